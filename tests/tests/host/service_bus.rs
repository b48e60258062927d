//! Service Bus: what triggers functions, in which form, and what becomes of the messages.

use std::{sync::Arc, time::Duration};

use azure_functions_host::{
    EventKind, HostHandle, Level,
    clock::ManualClock,
    store::service_bus::{Message, NewMessage},
};
use azure_functions_shared::rpc::{Data, InvocationRequest, parameter_binding::RpcData};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::{
    support::{App, Setup, function, soon, until},
    triggers::calls,
};

/// A function that reads `orders`.
fn reader(name: &str, more: &Value) -> Value {
    let mut trigger = json!({
        "type": "serviceBusTrigger", "direction": "in", "name": "trigger", "queueName": "orders",
        "dataType": "string",
    });
    trigger
        .as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    function(name, &json!([trigger]))
}

fn send(host: &HostHandle, queue: &str, texts: &[&str]) {
    for text in texts {
        let message = NewMessage::new((*text).to_owned()).in_session("s");
        host.service_bus().send(queue, message).unwrap();
    }
}

/// The messages of a queue, once they are as they should be.
async fn messages(
    host: &HostHandle,
    queue: &str,
    wanted: impl Fn(&[Message]) -> bool,
) -> Vec<Message> {
    let bus = host.service_bus();
    let look = async || Some(bus.peek(queue).unwrap()).filter(|messages| wanted(messages));
    until(bus.changes(), look).await
}

async fn empty(host: &HostHandle, queue: &str) {
    messages(host, queue, <[_]>::is_empty).await;
}

/// What a call brings: its text or texts.
fn texts(call: &InvocationRequest) -> Vec<String> {
    let Some(RpcData::Data(value)) = &call.input_data[0].rpc_data else {
        panic!("{call:?}");
    };
    match &value.data {
        None => vec!["nothing".to_owned()],
        Some(Data::String(text)) => vec![text.clone()],
        Some(Data::Bytes(bytes)) => vec![format!("{} bytes", bytes.len())],
        Some(Data::CollectionString(list)) => list.string.clone(),
        Some(Data::CollectionBytes(list)) => {
            let lengths = list.bytes.iter().map(bytes::Bytes::len);
            lengths.map(|length| format!("{length} bytes")).collect()
        }
        Some(Data::Json(text)) => vec![format!("json {text}")],
        other => panic!("{other:?}"),
    }
}

fn all(app: &App) -> Vec<Vec<String>> {
    calls(app).iter().map(texts).collect()
}

#[tokio::test]
async fn messages_come_as_the_binding_says() {
    let sessions = "isSessionsEnabled";
    for (more, expected) in [
        // One call at a time, so that there is an order.
        (
            json!({ sessions: true }),
            json!([["1"], ["nothing"], ["3"]]),
        ),
        (
            json!({ sessions: true, "dataType": "binary" }),
            json!([["1 bytes"], ["nothing"], ["1 bytes"]]),
        ),
        (json!({ "cardinality": "many" }), json!([["1", "", "3"]])),
        (
            json!({ "cardinality": "many", sessions: true, "dataType": "binary" }),
            json!([["1 bytes", "0 bytes", "1 bytes"]]),
        ),
    ] {
        let mut app = Setup::new(&[reader("echo", &more)]).start().await;
        // A listener that is held up finds all three.
        send(&app.host, "orders", &["1", "", "3"]);
        empty(&app.host, "orders").await;
        let calls: Vec<_> = all(&app).concat();
        let expected: Vec<Vec<String>> = serde_json::from_value(expected).unwrap();
        assert_eq!(calls, expected.concat(), "{more}");
        app.event(EventKind::Succeeded).await;
        soon(app.host.stop()).await.unwrap();
    }
}

#[tokio::test]
async fn a_session_waits_for_the_message_that_fails() {
    let more = json!({ "isSessionsEnabled": true });
    let app = Setup::new(&[reader("fail", &more)]).start().await;
    send(&app.host, "orders", &["a", "b"]);
    let dead = "orders/$deadletterqueue";
    messages(&app.host, dead, |messages| messages.len() == 2).await;
    let mut expected = vec![["a"]; 10];
    expected.extend([["b"]; 10]);
    assert_eq!(all(&app), expected);
}

#[tokio::test]
async fn a_function_that_settles_what_the_host_completes_is_warned() {
    let yes = json!({ "autoCompleteMessages": true });
    let no = json!({ "autoCompleteMessages": false });
    for (more, warned) in [(yes, true), (no, false)] {
        let mut app = Setup::new(&[reader("complete", &more)]).start().await;
        send(&app.host, "orders", &["a"]);
        app.event(EventKind::Succeeded).await;
        empty(&app.host, "orders").await;
        soon(app.host.stop()).await.unwrap();
        let mut warnings = 0;
        while let Some(event) = app.events.next().await {
            assert!(event.level < Level::Error, "{event:?}");
            warnings += usize::from(
                event
                    .message
                    .contains("set `autoCompleteMessages` to false"),
            );
        }
        assert_eq!(warnings, usize::from(warned), "{more}");
    }
}

#[tokio::test]
async fn a_message_that_nobody_settles_comes_again_when_its_lock_expires() {
    let clock = ManualClock::new(Timestamp::UNIX_EPOCH);
    let mut setup = Setup::new(&[reader("echo", &json!({}))]);
    setup.config.clock = Arc::new(clock.clone());
    setup.config.host_json.service_bus.auto_complete_messages = false;
    let mut app = setup.start().await;
    send(&app.host, "orders", &["a"]);
    for count in 1..=3 {
        app.event(EventKind::Succeeded).await;
        let messages = app.host.service_bus().peek("orders").unwrap();
        assert_eq!(messages[0].delivery_count, count);
        soon(clock.until_asleep(1)).await;
        clock.advance(Duration::from_secs(60));
    }
}

#[tokio::test]
async fn a_lock_is_renewed_while_the_function_runs_but_not_for_ever() {
    let clock = ManualClock::new(Timestamp::UNIX_EPOCH);
    let mut setup = Setup::new(&[reader("never", &json!({}))]);
    setup.config.clock = Arc::new(clock.clone());
    let limit = Duration::from_secs(90);
    setup
        .config
        .host_json
        .service_bus
        .max_auto_lock_renewal_duration = limit;
    setup.config.limits.drain = Duration::ZERO;
    let mut app = setup.start().await;
    send(&app.host, "orders", &["a"]);
    app.event(EventKind::Started).await;
    let locked_until = || {
        let messages = app.host.service_bus().peek("orders").unwrap();
        messages[0].lock.map(|lock| lock.until.as_second())
    };
    for (asleep, until) in [(2, 60), (2, 90), (1, 120), (1, 120)] {
        let as_it_should = |messages: &[Message]| {
            let lock = messages.first().and_then(|message| message.lock);
            lock.is_some_and(|lock| lock.until.as_second() == until)
        };
        messages(&app.host, "orders", as_it_should).await;
        soon(clock.until_asleep(asleep)).await;
        assert_eq!(locked_until(), Some(until));
        clock.advance(Duration::from_secs(30));
    }
    let again = |messages: &[Message]| messages[0].delivery_count == 2;
    messages(&app.host, "orders", again).await;
}

#[tokio::test]
async fn bindings_that_cannot_be_used_are_errors() {
    for (more, expected) in [
        (json!({ "queueName": "" }), "either `queueName`, or"),
        (json!({ "topicName": "news" }), "either `queueName`, or"),
        (
            json!({ "queueName": null, "topicName": "news" }),
            "needs `subscriptionName`",
        ),
        (json!({ "queueName": "a b" }), "`a b` names no queue"),
    ] {
        let functions = [reader("bad", &more), reader("good", &json!({}))];
        let app = Setup::new(&functions).start().await;
        let errors: Vec<_> = app.host.errors().iter().map(ToString::to_string).collect();
        assert!(
            errors.len() == 1 && errors[0].contains(expected),
            "{errors:?}"
        );
        soon(app.host.stop()).await.unwrap();
    }
}

#[tokio::test]
async fn outputs_go_to_queues_and_topics() {
    let output = |name: &str, more: &Value| {
        let mut output = json!({ "type": "serviceBus", "direction": "out", "name": name });
        output
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        output
    };
    let trigger = json!({
        "type": "queueTrigger", "direction": "in", "name": "trigger", "queueName": "start",
    });
    let echo = function(
        "echo",
        &json!([
            trigger,
            output("a", &json!({ "queueName": "plain" })),
            output("b", &json!({ "queueOrTopicName": "either" })),
            output("c", &json!({ "topicName": "news" })),
            output(
                "d",
                &json!({ "queueOrTopicName": "news", "entityType": "topic" })
            ),
            output("e", &json!({ "topicName": "nobody" })),
        ]),
    );
    let news = json!([{
        "type": "serviceBusTrigger", "direction": "in", "name": "trigger", "topicName": "news",
        "subscriptionName": "mail", "autoCompleteMessages": false,
    }]);
    let mut app = Setup::new(&[echo, function("log", &news)]).start().await;
    let call = app.host.invoke("echo", "[1,{\"a\":2}]");
    soon(call).await.unwrap();
    for (queue, copies) in [("plain", 1), ("either", 1), ("news/subscriptions/mail", 2)] {
        let messages = app.host.service_bus().peek(queue).unwrap();
        let bodies = messages.iter().map(|message| message.sent.body.clone());
        let expected = ["1", "{\n  \"a\": 2\n}"].repeat(copies);
        assert_eq!(bodies.collect::<Vec<_>>(), expected, "{queue}");
    }
    let nobody = soon(async {
        loop {
            let event = app.events.next().await.unwrap();
            if event.message.contains("`nobody` has no subscription") {
                return event;
            }
        }
    });
    assert_eq!(nobody.await.level, Level::Warning);
}
