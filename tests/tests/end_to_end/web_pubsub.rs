//! Web PubSub: a client is told where to connect, its events are answered, and what is sent is recorded.

use azure_functions_tests::app::{App, Setup};
use serde_json::{Value, json};

/// What an event gets for an answer, and what is sent.
async fn tell(app: &mut App, function: &str, event: &Value) -> (Option<String>, Vec<Value>) {
    app.host.sent().clear();
    let answer = app.host.invoke(function, &event.to_string()).await.unwrap();
    let reply = if answer.values().return_value().is_some() {
        let shown = app.event_that(|event| event.message.contains("gets back"));
        let shown = shown.await.message;
        let reply = shown.strip_prefix("the `webPubSubTrigger` gets back: ");
        Some(reply.unwrap().to_owned())
    } else {
        None
    };
    let sent = app.host.sent().by("webPubSub").into_iter();
    (reply, sent.map(|sent| sent.value).collect())
}

#[tokio::test]
async fn a_client_comes_speaks_and_goes() {
    let mut app = Setup::example("web-pubsub").start().await;
    let reply = app.get("/api/negotiate?user=ann").await;
    assert_eq!(reply.status, 200, "{}", reply.body);
    let connection: Value = serde_json::from_str(&reply.body).unwrap();
    let base = "wss://webpubsub.localhost/client/hubs/chat";
    assert_eq!(connection["baseUrl"], base);
    assert!(connection["url"].as_str().unwrap().starts_with(base));

    let client = json!({ "userId": "ann", "connectionId": "c" });
    let connect = json!({ "connectionContext": client });
    let (reply, sent) = tell(&mut app, "connect", &connect).await;
    assert_eq!(
        reply.as_deref(),
        Some(r#"{"userId":"ann","groups":["members"]}"#)
    );
    assert_eq!(sent, [] as [Value; 0]);
    let stranger = json!({ "connectionContext": {} });
    let (reply, _) = tell(&mut app, "connect", &stranger).await;
    assert_eq!(
        reply.as_deref(),
        Some(r#"{"code":"unauthorized","errorMessage":"who are you?"}"#)
    );

    let said = json!({ "connectionContext": client, "data": "hi", "dataType": "text" });
    let (reply, sent) = tell(&mut app, "message", &said).await;
    assert_eq!(
        reply.as_deref(),
        Some(r#"{"data":"sent","dataType":"text"}"#)
    );
    assert_eq!(
        sent,
        [json!({
            "actionName": "sendToGroup", "group": "members", "data": "ann: hi", "dataType": "text", "excluded": ["c"],
        })]
    );

    app.host.sent().clear();
    let gone = connect.to_string();
    app.host.invoke("disconnected", &gone).await.unwrap();
    let sent = app.host.sent().by("webPubSub");
    assert_eq!(sent[0].value["data"], "ann has left");
    app.stop().await;
}
