//! What triggers functions beside requests, and what they read and write.

use std::{sync::Arc, time::Duration};

use azure_functions_host::{
    EventKind, HostHandle,
    blob_path::BlobPath,
    clock::{Clock as _, ManualClock},
    config::MessageEncoding,
    store::{MemoryBlobs, NewBlob, NewMessage},
};
use azure_functions_shared::rpc::{
    Content, Data, InvocationRequest, TypedData, parameter_binding::RpcData,
};
use jiff::{Timestamp, tz::TimeZone};
use serde_json::{Value, json};

use crate::support::{App, Setup, function, http, soon, until};

/// The calls that the worker heard so far.
pub(crate) fn calls(app: &App) -> Vec<InvocationRequest> {
    let contents = app
        .record()
        .into_iter()
        .filter_map(|(_, message)| message.content);
    contents
        .filter_map(|content| match content {
            Content::InvocationRequest(request) => Some(request),
            _ => None,
        })
        .collect()
}

/// A value of a call, as JSON if it is JSON, else as its text.
fn value(data: &TypedData) -> Value {
    match data.data.as_ref() {
        None => Value::Null,
        Some(Data::String(text)) => json!(text),
        Some(Data::Json(text)) => serde_json::from_str(text).unwrap(),
        Some(Data::Bytes(bytes)) => json!(String::from_utf8_lossy(bytes)),
        other => panic!("{other:?}"),
    }
}

fn input(call: &InvocationRequest, at: usize) -> Value {
    match call.input_data[at].rpc_data.as_ref() {
        Some(RpcData::Data(data)) => value(data),
        other => panic!("{other:?}"),
    }
}

/// The one message of a queue, once there is one.
async fn message(host: &HostHandle, queue: &str) -> String {
    until(host.queues().changes(), || async {
        let messages = host.queues().peek(queue, 2).await.unwrap();
        assert!(messages.len() < 2, "{queue}");
        Some(String::from_utf8(messages.first()?.body.to_vec()).unwrap())
    })
    .await
}

async fn empty(host: &HostHandle, queue: &str) {
    until(host.queues().changes(), || async {
        (host.queues().len(queue).await.unwrap() == 0).then_some(())
    })
    .await;
}

fn setup(functions: &[Value]) -> Setup {
    let mut setup = Setup::new(functions);
    // So that the tests can read messages.
    setup.config.host_json.queues.message_encoding = MessageEncoding::None;
    setup
}

#[tokio::test]
async fn a_message_triggers_a_function_and_another_is_written() {
    let queue = function(
        "echo",
        &json!([
            { "type": "queueTrigger", "direction": "in", "name": "trigger", "queueName": "%IN%" },
            { "type": "queue", "direction": "out", "name": "out", "queueName": "{to}" },
        ]),
    );
    let app = setup(&[queue]).with("IN", "incoming").start().await;
    let text = r#"{"to":"outgoing","items":[1]}"#;
    app.host
        .queues()
        .put("incoming", NewMessage::new(text))
        .await
        .unwrap();
    let written = message(&app.host, "outgoing").await;
    assert_eq!(
        serde_json::from_str::<Value>(&written).unwrap(),
        serde_json::from_str::<Value>(text).unwrap()
    );
    empty(&app.host, "incoming").await;
    let calls = calls(&app);
    assert_eq!(calls.len(), 1);
    assert_eq!(input(&calls[0], 0), json!(text));
    assert_eq!(value(&calls[0].trigger_metadata["to"]), json!("outgoing"));
    assert_eq!(value(&calls[0].trigger_metadata["DequeueCount"]), json!(1));
    assert_eq!(calls[0].retry_context, None);
    soon(app.host.stop()).await.unwrap();
}

#[tokio::test]
async fn a_message_that_fails_five_times_goes_to_the_poison_queue() {
    let queue = function(
        "fail",
        &json!([{ "type": "queueTrigger", "direction": "in", "name": "trigger", "queueName": "work" }]),
    );
    let mut app = setup(&[queue]).start().await;
    app.host
        .queues()
        .put("work", NewMessage::new("bad"))
        .await
        .unwrap();
    for _ in 0..5 {
        app.event(EventKind::Failed).await;
    }
    assert_eq!(message(&app.host, "work-poison").await, "bad");
    empty(&app.host, "work").await;
    let calls = calls(&app);
    let counts: Vec<_> = calls
        .iter()
        .map(|call| value(&call.trigger_metadata["DequeueCount"]))
        .collect();
    assert_eq!(counts, [1, 2, 3, 4, 5]);
    let mut ids: Vec<_> = calls.iter().map(|call| &call.invocation_id).collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 5, "each delivery is a call of its own");
}

#[tokio::test]
async fn a_blob_triggers_a_function_once_for_each_version() {
    let blob = function(
        "echo",
        &json!([
            { "type": "blobTrigger", "direction": "in", "name": "trigger", "path": "incoming/{name}.txt" },
            { "type": "blob", "direction": "in", "name": "other", "path": "other/{name}" },
            { "type": "blob", "direction": "out", "name": "out", "path": "outgoing/{name}.copy" },
        ]),
    );
    let mut app = setup(&[blob]).start().await;
    let blobs = Arc::clone(app.host.blobs());
    let path = |text: &str| BlobPath::parse(text).unwrap();
    blobs
        .put(&path("other/a"), NewBlob::new("beside"))
        .await
        .unwrap();
    for (round, text) in ["one", "two"].into_iter().enumerate() {
        blobs
            .put(&path("incoming/a.txt"), NewBlob::new(text))
            .await
            .unwrap();
        // One that does not match.
        blobs
            .put(&path("incoming/a.png"), NewBlob::new(text))
            .await
            .unwrap();
        app.event(EventKind::Succeeded).await;
        let copy = blobs.get(&path("outgoing/a.copy")).await.unwrap().unwrap();
        assert_eq!(copy.content, text);
        let calls = calls(&app);
        assert_eq!(calls.len(), round + 1);
        assert_eq!(input(&calls[round], 0), json!(text));
        assert_eq!(input(&calls[round], 1), json!("beside"));
        assert_eq!(value(&calls[round].trigger_metadata["name"]), json!("a"));
        assert_eq!(
            value(&calls[round].trigger_metadata["BlobTrigger"]),
            json!("incoming/a.txt")
        );
    }
    soon(app.host.stop()).await.unwrap();
}

#[tokio::test]
async fn a_blob_that_fails_five_times_is_given_up() {
    let blob = function(
        "fail",
        &json!([{ "type": "blobTrigger", "direction": "in", "name": "trigger", "path": "incoming" }]),
    );
    let app = setup(&[blob]).start().await;
    let path = BlobPath::parse("incoming/dir/a.txt").unwrap();
    app.host
        .blobs()
        .put(&path, NewBlob::new("bad"))
        .await
        .unwrap();
    let poison = message(&app.host, "webjobs-blobtrigger-poison").await;
    let poison: Value = serde_json::from_str(&poison).unwrap();
    assert_eq!(poison["FunctionId"], "Host.Functions.fail");
    assert_eq!(
        (&poison["ContainerName"], &poison["BlobName"]),
        (&json!("incoming"), &json!("dir/a.txt"))
    );
    assert_eq!(calls(&app).len(), 5);
}

#[tokio::test]
async fn an_expression_without_a_value_fails_the_call_before_the_worker_hears_of_it() {
    let queue = function(
        "echo",
        &json!([
            { "type": "httpTrigger", "direction": "in", "name": "req", "authLevel": "anonymous" },
            { "type": "http", "direction": "out", "name": "$return" },
            { "type": "queue", "direction": "out", "name": "out", "queueName": "{nowhere}" },
        ]),
    );
    let app = setup(&[queue]).start().await;
    let error = soon(app.host.invoke("echo", "x"))
        .await
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("`out`") && error.contains("nowhere"),
        "{error}"
    );
    assert_eq!(calls(&app).len(), 0);
}

/// A timer on a clock that the test moves.
fn timer(name: &str, trigger: &Value, clock: &ManualClock) -> Setup {
    let mut binding = json!({ "type": "timerTrigger", "direction": "in", "name": "timer" });
    binding
        .as_object_mut()
        .unwrap()
        .extend(trigger.as_object().unwrap().clone());
    let mut function = function(name, &json!([binding]));
    function["retry"] = json!(2);
    let mut setup = setup(&[function, http("unused")]);
    setup.config.clock = Arc::new(clock.clone());
    setup.config.zone = TimeZone::UTC;
    setup
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

#[tokio::test]
async fn a_timer_fires_when_its_time_has_come() {
    let clock = ManualClock::new(at("2026-03-01T10:00:30Z"));
    let trigger = json!({ "schedule": "%WHEN%" });
    let mut app = timer("echo", &trigger, &clock)
        .with("WHEN", "0 */5 * * * *")
        .start()
        .await;
    for minute in ["05", "10"] {
        soon(clock.until_asleep(1)).await;
        assert_eq!(calls(&app).len(), usize::from(minute != "05"));
        let next = at(&format!("2026-03-01T10:{minute}:00Z"));
        assert_eq!(clock.next_wake(), Some(next));
        clock.set(next);
        app.event(EventKind::Succeeded).await;
    }
    let calls = calls(&app);
    let status = |call| input(call, 0)["ScheduleStatus"].clone();
    assert_eq!(input(&calls[0], 0)["IsPastDue"], false);
    assert_eq!(
        status(&calls[0]),
        json!({
            "Last": "0001-01-01T00:00:00+00:00",
            "Next": "2026-03-01T10:05:00+00:00",
            "LastUpdated": "0001-01-01T00:00:00+00:00",
        })
    );
    assert_eq!(
        status(&calls[1]),
        json!({
            "Last": "2026-03-01T10:05:00+00:00",
            "Next": "2026-03-01T10:10:00+00:00",
            "LastUpdated": "2026-03-01T10:05:00+00:00",
        })
    );
    assert_eq!(
        value(&calls[0].trigger_metadata["TimerTrigger"]),
        json!("03/01/2026 10:05:00")
    );
    soon(app.host.stop()).await.unwrap();
}

#[tokio::test]
async fn a_timer_that_was_missed_is_made_up_for_once() {
    let clock = ManualClock::new(at("2026-03-01T10:00:30Z"));
    let blobs = Arc::new(MemoryBlobs::new(Arc::new(clock.clone())));
    let start = async |schedule: &str| {
        let mut setup = timer("echo", &json!({ "schedule": schedule }), &clock);
        setup.config.blobs = Some(blobs.clone());
        setup.start().await
    };
    let mut app = start("0 0 * * * *").await;
    soon(clock.until_asleep(1)).await;
    clock.set(at("2026-03-01T11:00:00Z"));
    app.event(EventKind::Succeeded).await;
    soon(app.host.stop()).await.unwrap();

    clock.advance(Duration::from_secs(5 * 3600 + 60));
    let mut app = start("0 0 * * * *").await;
    app.event(EventKind::Succeeded).await;
    soon(clock.until_asleep(1)).await;
    assert_eq!(clock.next_wake(), Some(at("2026-03-01T17:00:00Z")));
    let calls = calls(&app);
    assert_eq!(calls.len(), 1);
    let timer = input(&calls[0], 0);
    assert_eq!(timer["IsPastDue"], true);
    assert_eq!(timer["ScheduleStatus"]["Last"], "2026-03-01T11:00:00+00:00");
    assert!(clock.now() > at("2026-03-01T16:00:00Z"));
}

#[tokio::test]
async fn a_timer_runs_at_the_start_if_it_wants_and_its_policy_is_heeded() {
    let clock = ManualClock::new(at("2026-03-01T10:00:30Z"));
    let trigger = json!({ "schedule": "0 0 0 1 1 *", "runOnStartup": true });
    let mut app = timer("flaky", &trigger, &clock).start().await;
    app.event(EventKind::Failed).await;
    app.event(EventKind::Succeeded).await;
    let calls = calls(&app);
    let retries: Vec<_> = calls
        .iter()
        .map(|call| {
            let retry = call.retry_context.as_ref().unwrap();
            (
                retry.retry_count,
                retry.max_retry_count,
                retry.exception.is_some(),
            )
        })
        .collect();
    assert_eq!(retries, [(0, 2, false), (1, 2, true)]);
    assert_eq!(calls[0].invocation_id, calls[1].invocation_id);
    let told = calls[1].retry_context.clone().unwrap().exception.unwrap();
    assert!(told.message.contains("fails at first"), "{}", told.message);
}

#[tokio::test]
async fn a_message_that_cannot_be_decoded_is_given_up_unread() {
    let queue = function(
        "echo",
        &json!([{ "type": "queueTrigger", "direction": "in", "name": "trigger", "queueName": "work" }]),
    );
    let mut setup = setup(&[queue]);
    setup.config.host_json.queues.message_encoding = MessageEncoding::Base64;
    let app = setup.start().await;
    let queues = app.host.queues();
    queues
        .put("work", NewMessage::new("not base64!"))
        .await
        .unwrap();
    assert_eq!(message(&app.host, "work-poison").await, "not base64!");
    empty(&app.host, "work").await;
    assert_eq!(calls(&app).len(), 0);
}
