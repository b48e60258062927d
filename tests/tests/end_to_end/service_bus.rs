//! Service Bus: topics, batches, sessions, and messages that functions settle themselves.

use azure_functions_host::{
    EventKind, Level,
    binding_data::Value,
    store::service_bus::{Message, NewMessage},
};
use azure_functions_tests::app::{App, Setup, until};

async fn start() -> App {
    Setup::example("service-bus").start().await
}

fn send(app: &App, queue: &str, text: &str) {
    let message = NewMessage::new(text.to_owned());
    app.host.service_bus().send(queue, message).unwrap();
}

/// The messages of a queue, once they are as they should be.
async fn messages(app: &App, queue: &str, wanted: impl Fn(&[Message]) -> bool) -> Vec<Message> {
    let bus = app.host.service_bus();
    let look = async || Some(bus.peek(queue).unwrap()).filter(|messages| wanted(messages));
    until(bus.changes(), look).await
}

async fn empty(app: &App, queue: &str) {
    messages(app, queue, <[_]>::is_empty).await;
}

fn property<'a>(message: &'a Message, name: &str) -> Option<&'a Value> {
    message.sent.properties.get(name)
}

fn text(text: &str) -> Value {
    Value::String(text.to_owned())
}

#[tokio::test]
async fn an_article_reaches_each_subscription() {
    let mut app = start().await;
    let reply = app
        .post("/admin/functions/publish", r#"{"input":"{\"a\": [1]}"}"#)
        .await;
    assert_eq!(reply.status, 202, "{}", reply.body);
    let mut logged = Vec::new();
    while logged.len() < 2 {
        let event = app.event_that(|event| event.kind == EventKind::User).await;
        logged.push(event.message);
    }
    logged.sort();
    // As it was sent: the host takes no JSON apart that is an element of an array.
    assert_eq!(logged, ["mailed `{\"a\": [1]}`", "printed `{\"a\": [1]}`"]);
    empty(&app, "news/subscriptions/mail").await;
    empty(&app, "news/subscriptions/print").await;
    app.stop().await;
}

#[tokio::test]
async fn words_come_in_batches_and_in_order() {
    let mut app = start().await;
    send(&app, "lines", "to be or not");
    for (number, word) in ["to", "be", "or", "not"].into_iter().enumerate() {
        let expected = format!("word {} is `{word}`", number + 1);
        assert_eq!(app.logged("count").await, expected);
    }
    empty(&app, "words").await;
    app.stop().await;
}

#[tokio::test]
async fn a_message_that_fails_ten_times_is_a_dead_letter() {
    let mut app = start().await;
    send(&app, "fragile", "bad");
    for _ in 0..10 {
        app.event(EventKind::Failed, "fail").await;
    }
    let queue = "fragile/$deadletterqueue";
    let dead = messages(&app, queue, |messages| !messages.is_empty()).await;
    let reason = property(&dead[0], "DeadLetterReason");
    assert_eq!(reason, Some(&text("MaxDeliveryCountExceeded")));
    empty(&app, "fragile").await;
    app.stop().await;
}

#[tokio::test]
async fn a_function_settles_its_messages() {
    let mut app = start().await;
    send(&app, "orders", r#"{"amount":2}"#);
    assert_eq!(app.logged("accept").await, "accepted 2");
    // The second time it is believed.
    send(&app, "orders", r#"{"amount":100}"#);
    assert_eq!(app.logged("accept").await, "accepted 100");
    empty(&app, "orders").await;

    send(&app, "orders", r#"{"amount":0}"#);
    let mourned = app.logged("mourn").await;
    assert_eq!(mourned, "`{\"amount\":0}` is dead: empty");
    empty(&app, "orders/$deadletterqueue").await;

    send(&app, "orders", r#"{"amount":1,"later":true}"#);
    let deferred = |messages: &[Message]| messages.iter().any(|message| message.deferred);
    messages(&app, "orders", deferred).await;
    app.stop().await;
}

#[tokio::test]
async fn a_batch_is_settled_message_by_message() {
    let app = start().await;
    for amount in [1, 0, 2] {
        send(&app, "bulk", &format!("{{\"amount\":{amount}}}"));
    }
    let dead = "bulk/$deadletterqueue";
    let dead = messages(&app, dead, |messages| !messages.is_empty()).await;
    assert_eq!(dead[0].sent.body, "{\"amount\":0}");
    empty(&app, "bulk").await;
    app.stop().await;
}

#[tokio::test]
async fn a_call_by_hand_can_settle_its_message() {
    let mut app = start().await;
    let order = r#"{"input":"{\"amount\":0}"}"#;
    let reply = app.post("/admin/functions/accept", order).await;
    assert_eq!(reply.status, 202, "{}", reply.body);
    // It is read as soon as it is settled, which may be before `accept` has ended.
    let mourned = app.logged("mourn").await;
    assert_eq!(mourned, "`{\"amount\":0}` is dead: empty");
    app.stop().await;
}

#[tokio::test]
async fn what_a_settlement_says_reaches_the_message() {
    let mut setup = Setup::example("service-bus");
    // So that nobody reads the dead letters.
    setup = setup.with("AzureWebJobs.mourn.Disabled", "true");
    let app = setup.start().await;
    send(&app, "orders", r#"{"amount":0}"#);
    let queue = "orders/$deadletterqueue";
    let dead = messages(&app, queue, |messages| !messages.is_empty()).await;
    let said = ["DeadLetterReason", "DeadLetterErrorDescription", "amount"];
    assert_eq!(
        said.map(|name| property(&dead[0], name).cloned()),
        [
            Some(text("empty")),
            Some(text("an order of nothing")),
            Some(Value::Integer(0))
        ]
    );
    app.stop().await;
}

#[tokio::test]
async fn sessions_keep_their_order_and_their_state() {
    let mut app = start().await;
    let bus = app.host.service_bus();
    let mut sent = 0;
    for place in ["home", "road", "abroad"] {
        for id in ["ann", "ben"] {
            let message = NewMessage::new(place).in_session(id);
            bus.send("steps", message).unwrap();
            sent += 1;
        }
    }
    let mut logged = Vec::new();
    for _ in 0..sent {
        logged.push(app.logged("step").await);
    }
    // The two sessions run side by side; each is in order.
    logged.sort_by_key(|line| line.starts_with("ben"));
    assert_eq!(
        logged,
        [
            "ann: home",
            "ann: home, road",
            "ann: home, road, abroad",
            "ben: home",
            "ben: home, road",
            "ben: home, road, abroad",
        ]
    );
    empty(&app, "steps").await;
    // Nothing went wrong on the way.
    let mut events = app.host.events();
    app.stop().await;
    while let Some(event) = events.next().await {
        assert!(event.level < Level::Error, "{event:?}");
    }
}
