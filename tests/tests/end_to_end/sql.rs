//! Rows, on a host without a SQL server: a change by hand, an output that is shown, an input that is missing.

use azure_functions_host::EventKind;
use azure_functions_tests::app::Setup;
use http::Method;
use serde_json::json;

#[tokio::test]
async fn a_change_by_hand_and_rows_that_go_nowhere() {
    let mut app = Setup::example("sql").start().await;
    let changes = r#"[{\"Operation\":0,\"Item\":{\"Id\":1,\"Title\":\"tea\"}},{\"Operation\":2,\"Item\":{\"Id\":2}}]"#;
    let input = format!("{{\"input\":\"{changes}\"}}");
    let reply = app.post("/admin/functions/watch", &input).await;
    assert_eq!(reply.status, 202, "{}", reply.body);
    assert_eq!(app.logged("watch").await, "1 is `tea`");
    assert_eq!(app.logged("watch").await, "2 is gone");

    let row = r#"[{"Id":1,"Title":"tea"}]"#;
    let reply = app.send(Method::PUT, "/api/to-dos", row).await;
    assert_eq!(reply.status, 204, "{}", reply.body);
    let sent = app.host.sent().by("sql");
    assert_eq!(sent.len(), 1);
    assert_eq!(sent[0].property("commandText"), Some("dbo.ToDo"));
    assert_eq!(
        sent[0].value,
        json!([{ "Id": 1, "Title": "tea", "Done": false }])
    );

    // There are no rows to read, not even none.
    assert_eq!(app.get("/api/to-dos/true").await.status, 500);
    let event = app.event(EventKind::Failed, "list").await;
    let exception = event.exception.unwrap();
    assert!(
        exception.contains("parameter `toDos`: the host sent no value"),
        "{exception}"
    );
    app.stop().await;
}
