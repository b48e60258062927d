//! Bindings that neither the crate nor the host knows, by hand.

use azure_functions_host::EventKind;
use azure_functions_tests::app::Setup;

#[tokio::test]
async fn a_binding_of_ones_own_is_called_by_hand_and_its_output_shown() {
    let mut app = Setup::example("own-binding").start().await;
    let none = app
        .event_that(|event| event.message.starts_with("nothing triggers `forward` here"))
        .await;
    assert!(none.message.contains("`pigeonTrigger`"), "{}", none.message);
    let letter = r#"{"input":"{\"to\":\"north\",\"text\":\"hi\"}"}"#;
    let reply = app.post("/admin/functions/forward", letter).await;
    assert_eq!(reply.status, 202, "{}", reply.body);
    let shown = app
        .event_that(|event| {
            event
                .message
                .starts_with("the `pigeon` output `$return` is not sent")
        })
        .await;
    assert!(
        shown.message.contains("hi (0 at home)"),
        "{}",
        shown.message
    );
    app.event(EventKind::Succeeded, "forward").await;

    // A text is a batch when it is a list; what is none fails, and says so.
    let reply = app
        .post("/admin/functions/count", r#"{"input":"[\"a\",\"b\"]"}"#)
        .await;
    assert_eq!(reply.status, 202, "{}", reply.body);
    let shown = app
        .event_that(|event| {
            event
                .message
                .starts_with("the `pigeon` output `$return` is not sent")
        })
        .await;
    assert!(shown.message.contains("2 letters"), "{}", shown.message);
    let reply = app
        .post("/admin/functions/count", r#"{"input":"no list"}"#)
        .await;
    assert_eq!(reply.status, 202, "{}", reply.body);
    let failed = app.event(EventKind::Failed, "count").await;
    let exception = failed.exception.unwrap();
    assert!(
        exception.contains("parameter `pigeons`: expected a batch"),
        "{exception}"
    );
    app.stop().await;
}
