//! SignalR: a client is told where to connect, and what is sent to clients is recorded.

use azure_functions_host::{EventKind, Level};
use azure_functions_tests::app::{App, Setup};
use http::Method;
use serde_json::{Value, json};

async fn start() -> App {
    Setup::example("signalr").start().await
}

/// What was sent so far.
fn sent(app: &App) -> Vec<Value> {
    let sent = app.host.sent().by("signalR").into_iter();
    sent.map(|sent| {
        assert_eq!(sent.property("hubName"), Some("chat"));
        sent.value
    })
    .collect()
}

#[tokio::test]
async fn a_client_is_told_where_to_connect() {
    let app = start().await;
    let reply = app.post("/api/ann/negotiate", "").await;
    assert_eq!(reply.status, 200, "{}", reply.body);
    let info: Value = serde_json::from_str(&reply.body).unwrap();
    assert_eq!(info["url"], "https://signalr.localhost/client/?hub=chat");
    assert_eq!(info["accessToken"].as_str().unwrap().split('.').count(), 3);
    app.stop().await;
}

#[tokio::test]
async fn requests_become_messages_and_changes_of_groups() {
    let app = start().await;
    let message = json!({ "from": "ann", "text": "hi" });
    let (mut to_bob, mut to_group) = (message.clone(), message.clone());
    to_bob["to"] = "bob".into();
    to_group["group"] = "rust".into();
    let said = json!({ "target": "newMessage", "arguments": ["ann", "hi"] });
    let with = |name: &str, value: &str| {
        let mut said = said.clone();
        said[name] = value.into();
        said
    };
    let group = "/api/groups/rust/ann";
    let change = |action: &str| json!({ "action": action, "groupName": "rust", "userId": "ann" });
    for (method, path, body, expected) in [
        (Method::POST, "/api/messages", message, vec![said.clone()]),
        (
            Method::POST,
            "/api/messages",
            to_bob,
            vec![with("userId", "bob")],
        ),
        (
            Method::POST,
            "/api/messages",
            to_group,
            vec![with("groupName", "rust")],
        ),
        (Method::PUT, group, Value::Null, vec![change("add")]),
        (
            Method::DELETE,
            group,
            Value::Null,
            vec![
                change("remove"),
                json!({ "target": "left", "arguments": ["ann"], "groupName": "rust" }),
            ],
        ),
    ] {
        app.host.sent().clear();
        let reply = app.send(method, path, &body.to_string()).await;
        assert_eq!(reply.status, 202, "{path}: {}", reply.body);
        assert_eq!(sent(&app), expected, "{path} {body}");
    }
    app.stop().await;
}

#[tokio::test]
async fn what_a_client_calls_is_answered() {
    let mut app = start().await;
    assert_eq!(app.logged("warmup").await, "ready to chat");
    let call = json!({ "Category": "Messages", "UserId": "ann", "Arguments": ["hé"] }).to_string();
    let answer = app.host.invoke("say", &call).await.unwrap();
    assert!(answer.values().return_value().is_some());
    let shown = app
        .event_that(|event| event.message.contains("gets back"))
        .await;
    assert_eq!(
        (shown.kind, shown.level),
        (EventKind::Host, Level::Information)
    );
    assert_eq!(shown.message, "the `signalRTrigger` gets back: 2");
    assert_eq!(
        sent(&app),
        [json!({ "target": "newMessage", "arguments": ["ann", "hé"] })]
    );
    let call = json!({ "Category": "Messages", "Arguments": [7] }).to_string();
    let error = app.host.invoke("say", &call).await.unwrap_err().to_string();
    assert!(
        error.contains("parameter `call`: the arguments: "),
        "{error}"
    );
    app.stop().await;
}
