//! The hub in a file.

use std::sync::Arc;

use azure_functions_shared::durable::{
    CompleteOrchestrationAction, CreateTimerAction, OrchestrationStatus as Status,
    orchestrator_action::OrchestratorActionType as Action,
};
use jiff::Timestamp;
use serde_json::json;

use super::{TaskHub, call, done, end, locks::ask, start, told, wants, wire};
use crate::clock::ManualClock;

#[test]
fn a_file_outlives_its_host() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("hub.db");
    let clock = ManualClock::new("2026-11-21T03:42:17Z".parse().unwrap());
    let open = || {
        let events = crate::event::EventSink::new([].into());
        TaskHub::open(Arc::new(clock.clone()), &path, events)
    };
    let at: Timestamp = "2026-11-21T04:42:17Z".parse().unwrap();
    let timer = Action::CreateTimer(CreateTimerAction {
        fire_at: Some(wire(at)),
    });
    let add = json!({ "op": "add", "signal": true, "input": "3", "id": "x" });

    let hub = open().unwrap();
    start(&hub, "a");
    start(&hub, "gone");
    let turn = hub.take_turn().unwrap();
    let actions = vec![call("hello"), timer, ask("k", "op", &add)];
    hub.end_turn(&turn, wants(actions)).unwrap();
    let turn = hub.take_turn().unwrap();
    hub.end_turn(&turn, wants(vec![end(Status::Completed, "1")]))
        .unwrap();
    hub.purge("gone").unwrap();
    start(&hub, "turn");
    // What runs when the host ends has not been done.
    hub.take_turn().unwrap();
    hub.take_task().unwrap();
    hub.take_batch().unwrap();
    assert!(open().is_err(), "one host at a time");
    drop(hub);

    let hub = open().unwrap();
    assert!(hub.get("gone").is_none());
    assert_eq!(hub.fire(), Some(at));
    let turn = hub.take_turn().unwrap();
    assert_eq!(turn.instance_id, "turn");
    assert!(hub.take_turn().is_none());
    let batch = hub.take_batch().unwrap();
    assert_eq!(batch.request().operations[0].input.as_deref(), Some("3"));
    let (number, task) = hub.take_task().unwrap();
    assert_eq!(
        (task.name.as_str(), task.instance_id.as_str()),
        ("hello", "a")
    );
    hub.end_task(number, done(0));
    let turn = hub.take_turn().unwrap();
    let again = Action::CompleteOrchestration(CompleteOrchestrationAction {
        orchestration_status: Status::ContinuedAsNew.into(),
        ..CompleteOrchestrationAction::default()
    });
    hub.end_turn(&turn, wants(vec![again])).unwrap();
    drop(hub);

    let hub = open().unwrap();
    assert!(hub.take_task().is_none(), "its answer is known");
    let turns = [hub.take_turn().unwrap(), hub.take_turn().unwrap()];
    let continued = turns.iter().find(|turn| turn.instance_id == "a").unwrap();
    assert_eq!(
        told(continued),
        (
            String::new(),
            "OrchestratorStarted, ExecutionStarted, OrchestratorCompleted".to_owned()
        )
    );
}
