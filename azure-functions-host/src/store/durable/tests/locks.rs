//! Entities that are locked.

use azure_functions_shared::durable::{
    EntityBatchResult, OperationResult, OperationResultSuccess, OrchestrationInstance,
    SendEventAction, history_event::EventType, operation_result::ResultType,
    orchestrator_action::OrchestratorActionType as Action,
};
use serde_json::json;

use super::{hub, start, wants};

/// An event to the entity `@counter@KEY`, in the form of the recorded scenes `b4` and `b5`.
pub(super) fn ask(key: &str, name: &str, data: &serde_json::Value) -> Action {
    Action::SendEvent(SendEventAction {
        instance: Some(OrchestrationInstance {
            instance_id: format!("@Counter@{key}"),
            execution_id: None,
        }),
        name: name.to_owned(),
        data: Some(data.to_string()),
    })
}

#[test]
fn a_lock_keeps_others_out_until_it_is_given_back() {
    let (hub, _) = hub();
    let lock = json!({
        "id": "lock", "parent": "a", "pos": 0,
        "lockset": [{ "name": "counter", "key": "x" }, { "name": "counter", "key": "y" }],
    });
    let get = |parent: &str| json!({ "op": "get", "id": format!("of {parent}"), "parent": parent });
    start(&hub, "a");
    start(&hub, "b");
    let first = hub.take_turn().unwrap();
    let second = hub.take_turn().unwrap();
    hub.end_turn(&first, wants(vec![ask("x", "op", &lock)]))
        .unwrap();
    hub.end_turn(&second, wants(vec![ask("y", "op", &get("b"))]))
        .unwrap();
    assert!(hub.take_batch().is_none(), "`y` is locked by `a`");
    let granted = hub.take_turn().unwrap();
    let request = granted.clone().request();
    let Some(EventType::EventRaised(raised)) = &request.new_events[1].event_type else {
        panic!("{request:?}");
    };
    assert_eq!(raised.name, "lock");
    assert_eq!(
        raised.input.as_deref(),
        Some(r#"{"result":"Lock Acquisition Completed"}"#)
    );
    hub.end_turn(&granted, wants(vec![ask("y", "op", &get("a"))]))
        .unwrap();
    let batch = hub.take_batch().unwrap();
    assert_eq!(batch.request().operations[0].request_id, "of a");
    let one = |result: &str| EntityBatchResult {
        results: vec![OperationResult {
            result_type: Some(ResultType::Success(OperationResultSuccess {
                result: Some(result.to_owned()),
                ..OperationResultSuccess::default()
            })),
        }],
        entity_state: Some("7".to_owned()),
        ..EntityBatchResult::default()
    };
    hub.end_batch(&batch, one("7"));
    assert!(hub.take_batch().is_none(), "`y` is locked still");
    let turn = hub.take_turn().unwrap();
    let release = json!({ "id": "lock", "parent": "a" });
    hub.end_turn(&turn, wants(vec![ask("y", "release", &release)]))
        .unwrap();
    let batch = hub.take_batch().unwrap();
    let request = batch.request();
    assert_eq!(request.instance_id, "@counter@y");
    assert_eq!(request.entity_state.as_deref(), Some("7"));
    assert_eq!(request.operations[0].request_id, "of b");
    // A batch that is lost comes again, before what came later.
    hub.abandon_batch(&batch);
    assert!(hub.take_batch().is_none());
    let entity = hub.entity("@COUNTER@y", true).unwrap();
    assert_eq!(entity.backlog_queue_size, 1);
    assert_eq!(entity.serialized_state.as_deref(), Some("7"));
    assert!(hub.entity("@counter@x", true).is_none(), "`x` has no state");
}
