//! Dapr, which no machine has by itself: functions are called by hand, and what they send is shown.

use azure_functions_host::EventKind;
use azure_functions_tests::app::Setup;
use serde_json::json;

#[tokio::test]
async fn a_call_by_hand_is_answered_and_its_outputs_are_shown() {
    let mut app = Setup::example("dapr").start().await;
    for text in [
        "nothing triggers `visit` here, for this host has no `daprServiceInvocationTrigger`",
        "the input `visits` is empty, for this host has no `daprState`",
        "the output `output2` is shown, but not sent, for this host has no `daprPublish`",
    ] {
        app.event_that(|event| {
            event.function.as_deref() == Some("visit") && event.message.contains(text)
        })
        .await;
    }
    let reply = app
        .post(
            "/admin/functions/visit",
            r#"{"input":"{\"page\":\"home\"}"}"#,
        )
        .await;
    assert_eq!(reply.status, 202, "{}", reply.body);
    for text in [
        r#"the `daprState` output `output1` is not sent: {"value":1}"#,
        r#"the `daprPublish` output `output2` is not sent: {"payload":{"page":"home"}}"#,
        "the `daprServiceInvocationTrigger` gets back: 1",
    ] {
        app.event_that(|event| event.message == text).await;
    }
    app.event(EventKind::Succeeded, "visit").await;
    let sent = app.host.sent().by("daprPublish");
    assert_eq!(sent[0].value, json!({ "payload": { "page": "home" } }));
    assert_eq!(sent[0].property("topic"), Some("visits"));

    let event = json!({ "specversion": "1.0", "data": { "page": "home" } }).to_string();
    app.host.invoke("report", &event).await.unwrap();
    assert_eq!(app.logged("report").await, "somebody visited `home`");
    app.host.invoke("archive", "ding").await.unwrap();
    let archived = app.host.sent().by("daprBinding");
    assert_eq!(archived[0].value, json!({ "data": "ding" }));
    app.stop().await;
}
