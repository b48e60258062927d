//! Messages: through functions, and to the poison queue.

use azure_functions_host::{
    EventKind, HostHandle,
    config::MessageEncoding,
    store::{Message, NewMessage},
};
use azure_functions_tests::app::{App, Setup, until};

async fn start() -> App {
    let mut setup = Setup::example("queue");
    // So that the tests can read and write messages.
    setup.config.host_json.queues.message_encoding = MessageEncoding::None;
    setup.start().await
}

/// The first message of a queue, once there is one.
async fn message(host: &HostHandle, queue: &str) -> Message {
    let look = async || host.queues().peek(queue, 1).await.unwrap().pop();
    until(host.queues().changes(), look).await
}

async fn empty(host: &HostHandle, queue: &str) {
    let look = async || (host.queues().len(queue).await.unwrap() == 0).then_some(());
    until(host.queues().changes(), look).await;
}

#[tokio::test]
async fn a_message_by_hand_goes_from_one_function_to_the_next() {
    let mut app = start().await;
    let reply = app.post("/admin/functions/echo", r#"{"input":"hi"}"#).await;
    assert_eq!(reply.status, 202, "{}", reply.body);
    app.event(EventKind::Succeeded, "echo").await;
    assert_eq!(app.logged("log").await, "received `hi`");
    app.event(EventKind::Succeeded, "log").await;
    empty(&app.host, "echo-out").await;
    app.stop().await;
}

#[tokio::test]
async fn a_message_of_any_text_arrives_as_it_was() {
    let mut app = start().await;
    for text in ["[1,2]", "{\"a\": 1}", "\"quoted\"", "é\n\t\u{1F980}", "  "] {
        let message = NewMessage::new(text.to_owned());
        app.host.queues().put("echo-in", message).await.unwrap();
        assert_eq!(app.logged("log").await, format!("received `{text}`"));
    }
    app.stop().await;
}

#[tokio::test]
async fn one_message_becomes_many() {
    let mut app = start().await;
    let message = NewMessage::new("to be or not");
    app.host.queues().put("many-in", message).await.unwrap();
    let mut words = Vec::new();
    for _ in 0..4 {
        words.push(app.logged("log").await);
    }
    words.sort();
    assert_eq!(
        words,
        [
            "received `be`",
            "received `not`",
            "received `or`",
            "received `to`"
        ]
    );
    app.stop().await;
}

#[tokio::test]
async fn a_message_that_fails_five_times_is_poison() {
    let mut app = start().await;
    let reply = app
        .post("/admin/functions/spoil", r#"{"input":"bad"}"#)
        .await;
    assert_eq!(reply.status, 202, "{}", reply.body);
    for _ in 0..5 {
        let event = app.event(EventKind::Failed, "fail").await;
        let exception = event.exception.unwrap();
        assert!(exception.contains("cannot work with `bad`"), "{exception}");
    }
    let poison = message(&app.host, "fail-in-poison").await;
    assert_eq!(poison.body, "bad");
    empty(&app.host, "fail-in").await;
    // Whatever else the function was called for would be an event before the last.
    let mut events = app.host.events();
    app.stop().await;
    while let Some(event) = events.next().await {
        assert_ne!(event.kind, EventKind::Started, "{event:?}");
    }
}
