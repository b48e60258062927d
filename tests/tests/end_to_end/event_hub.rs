//! Events: sent, taken one by one and in batches, and tried again.

use std::sync::Arc;

use azure_functions_host::{
    EventKind,
    store::{EventHubStore as _, MemoryEventHubs, NewEvent},
};
use azure_functions_tests::app::Setup;
use serde_json::json;

fn reading(room: &str, celsius: f64) -> NewEvent {
    NewEvent::new(json!({ "room": room, "celsius": celsius }).to_string())
}

/// The example, with one partition in which these events lie when it starts.
async fn setup(events: impl IntoIterator<Item = NewEvent>) -> Setup {
    let mut setup = Setup::example("event-hub");
    let clock = Arc::clone(&setup.config.clock);
    let hubs = MemoryEventHubs::with_partitions(clock, 1);
    for event in events {
        hubs.send("readings", event).await.unwrap();
    }
    setup.config.event_hubs = Some(Arc::new(hubs));
    setup
}

#[tokio::test]
async fn events_go_from_one_function_to_the_others() {
    let mut app = Setup::example("event-hub").start().await;
    let readings = r#"[{"room":"attic","celsius":31.5},{"room":"cellar","celsius":12}]"#;
    let reply = app.post("/api/readings", readings).await;
    assert_eq!(reply.status, 202, "{}", reply.body);
    // They lie in two partitions, which are read side by side.
    let mut lines = [app.logged("receive").await, app.logged("receive").await];
    lines.sort();
    assert_eq!(
        lines,
        [
            "12 °C in the cellar, from here",
            "31.5 °C in the attic, from here"
        ]
    );
    app.stop().await;
}

#[tokio::test]
async fn a_batch_holds_all_that_is_there() {
    let device = NewEvent {
        system_properties: [("iothub-connection-device-id".to_owned(), json!("dev1"))].into(),
        ..reading("attic", 20.0)
    };
    let events = [device, reading("attic", 21.0), reading("cellar", 10.0)];
    let mut app = setup(events.clone()).await.start().await;
    assert_eq!(app.logged("average").await, "17 °C on average of 3");
    app.stop().await;

    let mut app = setup(events).await.start().await;
    for line in [
        "20 °C in the attic, from dev1",
        "21 °C in the attic, from here",
        "10 °C in the cellar, from here",
    ] {
        assert_eq!(app.logged("receive").await, line);
    }
    app.stop().await;
}

#[tokio::test]
async fn a_batch_that_fails_is_tried_as_the_policy_says_and_then_left_behind() {
    let mut app = setup([reading("attic", -300.0)]).await.start().await;
    let mut ids = Vec::new();
    for _ in 0..3 {
        let failed = app.event(EventKind::Failed, "check").await;
        let exception = failed.exception.unwrap();
        assert!(exception.contains("-300 °C in the attic"), "{exception}");
        ids.push(failed.invocation_id.unwrap());
    }
    ids.dedup();
    assert_eq!(ids.len(), 1, "they are attempts at one call");
    let hubs = Arc::clone(app.host.event_hubs());
    hubs.send("readings", reading("attic", 21.0)).await.unwrap();
    let succeeded = app.event(EventKind::Succeeded, "check").await;
    assert_ne!(succeeded.invocation_id.as_ref(), ids.first());
    app.stop().await;
}
