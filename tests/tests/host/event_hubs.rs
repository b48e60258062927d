//! Event hubs: what triggers functions, in which batches, and where a reader goes on.

use std::{sync::Arc, time::Duration};

use azure_functions_host::{
    EventKind, HostHandle, Level,
    clock::ManualClock,
    store::{EventHubStore, MemoryEventHubs, NewEvent, Start},
};
use azure_functions_shared::rpc::{Data, InvocationRequest, parameter_binding::RpcData};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::{
    support::{App, Setup, function, soon, until},
    triggers::calls,
};

/// A function that reads `orders`, and some events that lie there.
fn reader(name: &str, more: &Value) -> Value {
    let mut trigger = json!({
        "type": "eventHubTrigger", "direction": "in", "name": "trigger", "eventHubName": "orders",
        "connection": "Hubs", "dataType": "string",
    });
    trigger
        .as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    function(name, &json!([trigger]))
}

/// Hubs with one partition, in which these events lie.
async fn hubs(setup: &mut Setup, texts: &[&str]) -> Arc<MemoryEventHubs> {
    let clock = Arc::clone(&setup.config.clock);
    let hubs = Arc::new(MemoryEventHubs::with_partitions(clock, 1));
    setup.config.event_hubs = Some(hubs.clone());
    send(&*hubs, texts).await;
    hubs
}

async fn send(hubs: &dyn EventHubStore, texts: &[&str]) {
    for text in texts {
        let event = NewEvent::new((*text).to_owned());
        hubs.send("orders", event).await.unwrap();
    }
}

/// Waits until the only partition has a checkpoint at `next`.
async fn checkpoint(host: &HostHandle, next: i64) {
    until(host.event_hubs().changes(), || async {
        let hubs = host.event_hubs();
        let position = hubs.position("orders", "$Default", 0).await.unwrap();
        (position == Some(next)).then_some(())
    })
    .await;
}

/// The texts of a call: one, or those of a batch.
fn texts(call: &InvocationRequest) -> Vec<String> {
    let Some(RpcData::Data(value)) = &call.input_data[0].rpc_data else {
        panic!("{call:?}");
    };
    match value.data.as_ref().unwrap() {
        Data::String(text) => vec![text.clone()],
        Data::CollectionString(list) => list.string.clone(),
        Data::CollectionBytes(list) => list
            .bytes
            .iter()
            .map(|bytes| format!("{} bytes", bytes.len()))
            .collect(),
        Data::Json(text) => vec![format!("json {text}")],
        other => panic!("{other:?}"),
    }
}

fn all(app: &App) -> Vec<Vec<String>> {
    calls(app).iter().map(texts).collect()
}

#[tokio::test]
async fn events_come_as_the_binding_and_the_host_say() {
    let many = |name: &str, data_type: &str| {
        let more = json!({ "cardinality": "many", "dataType": data_type });
        reader(name, &more)
    };
    let capabilities = "TypedDataCollection";
    let both = "TypedDataCollection,IncludeEmptyEntriesInMessagePayload";
    for (function, capabilities, max, expected) in [
        (
            reader("one", &json!({})),
            both,
            2,
            json!([["1"], [""], ["3"]]),
        ),
        (many("many", "string"), both, 2, json!([["1", ""], ["3"]])),
        (many("many", "string"), both, 9, json!([["1", "", "3"]])),
        (many("many", "string"), capabilities, 9, json!([["1", "3"]])),
        (
            many("many", "string"),
            "",
            9,
            json!([["json [\"1\",\"\",\"3\"]"]]),
        ),
        (
            many("many", "binary"),
            both,
            9,
            json!([["1 bytes", "0 bytes", "1 bytes"]]),
        ),
        (
            many("many", "binary"),
            "",
            9,
            json!([["json [\"MQ==\",\"\",\"Mw==\"]"]]),
        ),
    ] {
        let mut setup = Setup::new(&[function]).with("SCRIPT_CAPABILITIES", capabilities);
        setup.config.host_json.event_hubs.max_event_batch_size = max;
        let _hubs = hubs(&mut setup, &["1", "", "3"]).await;
        let app = setup.start().await;
        checkpoint(&app.host, 3).await;
        assert_eq!(json!(all(&app)), expected);
        soon(app.host.stop()).await.unwrap();
    }
}

#[tokio::test]
async fn a_batch_without_a_data_type_must_be_json() {
    let more = json!({ "cardinality": "many", "dataType": "undefined" });
    let mut setup = Setup::new(&[reader("many", &more)]);
    setup.config.host_json.event_hubs.max_event_batch_size = 2;
    let _hubs = hubs(&mut setup, &["plain", "2", "3", "{'a':[]}"]).await;
    let app = setup.start().await;
    checkpoint(&app.host, 4).await;
    assert_eq!(all(&app), [["json [3,{\"a\":[]}]"]]);
}

#[tokio::test]
async fn a_reader_goes_on_after_a_failure_and_where_another_ended() {
    let mut setup = Setup::new(&[reader("fail", &json!({}))]);
    let hubs = hubs(&mut setup, &["1", "2"]).await;
    let mut app = setup.start().await;
    for _ in 0..2 {
        app.event(EventKind::Failed).await;
    }
    checkpoint(&app.host, 2).await;
    assert_eq!(all(&app), [["1"], ["2"]]);
    soon(app.host.stop()).await.unwrap();

    let mut setup = Setup::new(&[reader("echo", &json!({}))]);
    setup.config.event_hubs = Some(hubs.clone());
    let app = setup.start().await;
    send(&*hubs, &["3"]).await;
    checkpoint(&app.host, 3).await;
    assert_eq!(all(&app), [["3"]]);
}

#[tokio::test]
async fn a_policy_calls_again_before_the_checkpoint() {
    let mut flaky = reader("flaky", &json!({ "cardinality": "many" }));
    flaky["retry"] = json!(2);
    let mut setup = Setup::new(&[flaky]);
    let _hubs = hubs(&mut setup, &["1", "2"]).await;
    let app = setup.start().await;
    checkpoint(&app.host, 2).await;
    let calls = calls(&app);
    let tries: Vec<_> = calls
        .iter()
        .map(|call| {
            (
                texts(call),
                call.retry_context.as_ref().unwrap().retry_count,
            )
        })
        .collect();
    let batch = || vec!["1".to_owned(), "2".to_owned()];
    assert_eq!(tries, [(batch(), 0), (batch(), 1)]);
    assert_eq!(calls[0].invocation_id, calls[1].invocation_id);
}

#[tokio::test]
async fn a_call_that_the_end_of_the_host_breaks_off_is_made_anew() {
    let mut setup = Setup::new(&[reader("never", &json!({}))]);
    setup.config.limits.drain = Duration::ZERO;
    let hubs = hubs(&mut setup, &["1"]).await;
    let mut app = setup.start().await;
    app.event(EventKind::Started).await;
    soon(app.host.stop()).await.unwrap();

    let mut setup = Setup::new(&[reader("echo", &json!({}))]);
    setup.config.event_hubs = Some(hubs);
    let app = setup.start().await;
    checkpoint(&app.host, 1).await;
    assert_eq!(all(&app), [["1"]]);
}

#[tokio::test]
async fn checkpoints_are_as_frequent_as_host_json_says() {
    for (cardinality, max, frequency, expected, position) in [
        ("many", 1, 2, [false, true, false], 2),
        ("one", 2, 1, [false, true, true], 3),
    ] {
        let mut setup = Setup::new(&[reader("echo", &json!({ "cardinality": cardinality }))]);
        let settings = &mut setup.config.host_json.event_hubs;
        settings.max_event_batch_size = max;
        settings.batch_checkpoint_frequency = frequency;
        let hubs = hubs(&mut setup, &["1", "2", "3"]).await;
        let mut app = setup.start().await;
        for _ in 0..3 {
            app.event(EventKind::Succeeded).await;
        }
        let told: Vec<_> = calls(&app).iter().map(is_checkpointing).collect();
        assert_eq!(told, expected, "{cardinality}");
        soon(app.host.stop()).await.unwrap();
        let found = hubs.position("orders", "$Default", 0).await.unwrap();
        assert_eq!(found, Some(position), "{cardinality}");
    }
}

fn is_checkpointing(call: &InvocationRequest) -> Value {
    match &call.trigger_metadata["PartitionContext"].data {
        Some(Data::Json(text)) => {
            let context: Value = serde_json::from_str(text).unwrap();
            context["IsCheckpointingAfterInvocation"].clone()
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_small_batch_waits_for_more() {
    let clock = ManualClock::new(Timestamp::UNIX_EPOCH);
    let mut setup = Setup::new(&[reader("many", &json!({ "cardinality": "many" }))]);
    setup.config.clock = Arc::new(clock.clone());
    setup.config.host_json.event_hubs.min_event_batch_size = 2;
    setup.config.host_json.event_hubs.max_wait_time = Duration::from_millis(500);
    setup.config.host_json.event_hubs.max_event_batch_size = 2;
    let _hubs = hubs(&mut setup, &["1", "2", "3"]).await;
    let mut app = setup.start().await;
    app.event(EventKind::Succeeded).await;
    // Until then the rest waits, and it asks for nothing but the time.
    checkpoint(&app.host, 2).await;
    let wake = Timestamp::UNIX_EPOCH + Duration::from_millis(500);
    soon(async {
        while clock.next_wake() != Some(wake) {
            tokio::task::yield_now().await;
        }
    })
    .await;
    assert_eq!(all(&app), [["1", "2"]]);
    clock.advance(Duration::from_millis(500));
    checkpoint(&app.host, 3).await;
    assert_eq!(all(&app), [vec!["1", "2"], vec!["3"]]);
}

#[tokio::test]
async fn a_new_group_begins_where_host_json_says() {
    let clock = ManualClock::new(Timestamp::UNIX_EPOCH);
    let mut setup = Setup::new(&[reader("echo", &json!({}))]);
    setup.config.clock = Arc::new(clock.clone());
    setup.config.host_json.event_hubs.initial_offset = Start::Next;
    let hubs = hubs(&mut setup, &["old"]).await;
    let app = setup.start().await;
    // The reader has looked, and waits.
    soon(clock.until_asleep(1)).await;
    send(&*hubs, &["new"]).await;
    checkpoint(&app.host, 2).await;
    assert_eq!(all(&app), [["new"]]);
}

#[tokio::test]
async fn partitions_are_read_side_by_side_and_outputs_are_split() {
    let fan_out = function(
        "echo",
        &json!([
            { "type": "queueTrigger", "direction": "in", "name": "trigger", "queueName": "in" },
            { "type": "eventHub", "direction": "out", "name": "out", "eventHubName": "orders", "connection": "Hubs" },
        ]),
    );
    // A call that never ends holds up its own partition only.
    let app = Setup::new(&[fan_out, reader("wait", &json!({}))]);
    let mut app = app.start().await;
    soon(app.host.invoke("echo", "[\"a\",{\"b\":1},3,4]"))
        .await
        .unwrap();
    for _ in 0..5 {
        app.event(EventKind::Started).await;
    }
    let mut sent = Vec::new();
    for partition in 0..4 {
        let hubs = app.host.event_hubs();
        let events = hubs.read("orders", partition, 0, 9).await.unwrap();
        let bodies = events.into_iter().map(|event| event.body);
        sent.push(bodies.collect::<Vec<_>>());
    }
    let expected = ["a", "{\n  \"b\": 1\n}", "3", "4"];
    assert_eq!(sent, expected.map(|body| [body]));
}

#[tokio::test]
async fn a_group_has_one_function_and_a_trigger_needs_a_hub() {
    let bad = reader("bad", &json!({ "eventHubName": "" }));
    let own = reader("own", &json!({ "consumerGroup": "own" }));
    let functions = [reader("a", &json!({})), reader("b", &json!({})), own, bad];
    let mut app = Setup::new(&functions).start().await;
    let refused = soon(async {
        loop {
            let event = app.events.next().await.unwrap();
            if event.level == Level::Error && event.category == "Host.Triggers" {
                return event.message;
            }
        }
    })
    .await;
    assert!(
        refused.starts_with("nothing triggers `b`: another function reads the event hub `orders`"),
        "{refused}"
    );
    let errors = app.host.errors();
    assert_eq!(errors.len(), 1);
    assert!(
        errors[0].message.contains("`eventHubName`"),
        "{}",
        errors[0]
    );
    send(&**app.host.event_hubs(), &["1"]).await;
    for _ in 0..2 {
        app.event(EventKind::Succeeded).await;
    }
    assert_eq!(calls(&app).len(), 2);
}
