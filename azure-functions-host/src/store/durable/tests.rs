//! The hub, with the engine in place of a worker and a clock that stands still.

mod file;
mod locks;

use std::{sync::Arc, time::Duration};

use azure_functions_shared::durable::{
    CompleteOrchestrationAction, CreateSubOrchestrationAction, CreateTimerAction,
    OrchestrationStatus as Status, OrchestratorAction, OrchestratorResponse, ScheduleTaskAction,
    TaskCompletedEvent, TaskFailedEvent, TaskFailureDetails, TerminateOrchestrationAction,
    history_event::EventType, orchestrator_action::OrchestratorActionType as Action,
};
use jiff::Timestamp;

use super::{HubError, Start, TaskHub, Turn, time::wire};
use crate::clock::{Clock as _, ManualClock};

fn hub() -> (TaskHub, ManualClock) {
    let clock = ManualClock::new("2026-11-21T03:42:17Z".parse().unwrap());
    (TaskHub::new(Arc::new(clock.clone())), clock)
}

fn start(hub: &TaskHub, id: &str) {
    let start = Start {
        name: "Chain".to_owned(),
        input: Some("\"in\"".to_owned()),
        ..Start::new(id.to_owned())
    };
    hub.start(start, None).unwrap();
}

/// What an orchestrator wants, with ids from 0 on.
fn wants(actions: Vec<Action>) -> OrchestratorResponse {
    let actions = actions.into_iter().zip(0..);
    let actions = actions.map(|(action, id)| OrchestratorAction {
        id,
        orchestrator_action_type: Some(action),
    });
    OrchestratorResponse {
        actions: actions.collect(),
        ..OrchestratorResponse::default()
    }
}

fn call(name: &str) -> Action {
    Action::ScheduleTask(ScheduleTaskAction {
        name: name.to_owned(),
        input: Some("1".to_owned()),
        ..ScheduleTaskAction::default()
    })
}

fn end(status: Status, result: &str) -> Action {
    Action::CompleteOrchestration(CompleteOrchestrationAction {
        orchestration_status: status.into(),
        result: Some(result.to_owned()),
        ..CompleteOrchestrationAction::default()
    })
}

/// The kinds of the events of a turn: what is past, and what is new.
fn told(turn: &Turn) -> (String, String) {
    let request = turn.clone().request();
    let kinds = |events: &[azure_functions_shared::durable::HistoryEvent]| {
        let kinds = events.iter().map(|event| {
            let kind = format!("{:?}", event.event_type.as_ref().unwrap());
            let kind = kind.split('(').next().unwrap().to_owned();
            match event.event_id {
                -1 => kind,
                id => format!("{kind} {id}"),
            }
        });
        kinds.collect::<Vec<_>>().join(", ")
    };
    (kinds(&request.past_events), kinds(&request.new_events))
}

fn status(hub: &TaskHub, id: &str) -> Status {
    hub.get(id).unwrap().orchestration_status()
}

fn done(id: i32) -> EventType {
    EventType::TaskCompleted(TaskCompletedEvent {
        task_scheduled_id: id,
        result: Some("2".to_owned()),
    })
}

#[test]
fn a_turn_is_told_as_recorded() {
    let (hub, _) = hub();
    start(&hub, "a");
    assert_eq!(status(&hub, "a"), Status::Pending);
    let turn = hub.take_turn().unwrap();
    assert!(hub.take_turn().is_none(), "one turn at a time");
    assert_eq!(
        told(&turn),
        (
            String::new(),
            "OrchestratorStarted, ExecutionStarted".to_owned()
        )
    );
    hub.end_turn(&turn, wants(vec![call("hello")])).unwrap();
    assert_eq!(status(&hub, "a"), Status::Running);
    assert!(hub.take_turn().is_none(), "nothing new");
    let (number, task) = hub.take_task().unwrap();
    assert_eq!((task.name.as_str(), task.event_id), ("hello", 0));
    hub.end_task(number, done(0));
    // The second answer of the same call does not count.
    hub.end_task(number, done(0));
    let turn = hub.take_turn().unwrap();
    assert_eq!(
        told(&turn),
        (
            "OrchestratorStarted, ExecutionStarted, TaskScheduled 0, OrchestratorCompleted"
                .to_owned(),
            "OrchestratorStarted, TaskCompleted".to_owned()
        )
    );
    hub.end_turn(&turn, wants(vec![end(Status::Completed, "3")]))
        .unwrap();
    let state = hub.get("a").unwrap();
    assert_eq!(state.orchestration_status(), Status::Completed);
    assert_eq!(state.output.as_deref(), Some("3"));
    assert_eq!(state.custom_status.as_deref(), Some("null"));
    assert!(hub.take_turn().is_none());
}

#[test]
fn a_timer_fires_when_its_time_has_come_and_not_before() {
    let (hub, clock) = hub();
    start(&hub, "a");
    let turn = hub.take_turn().unwrap();
    let at: Timestamp = "2026-11-21T04:42:17Z".parse().unwrap();
    let timer = Action::CreateTimer(CreateTimerAction {
        fire_at: Some(wire(at)),
    });
    hub.end_turn(&turn, wants(vec![timer])).unwrap();
    assert_eq!(hub.fire(), Some(at));
    clock.advance(Duration::from_secs(3599));
    assert_eq!(hub.fire(), Some(at));
    assert!(hub.take_turn().is_none());
    clock.advance(Duration::from_secs(1));
    assert_eq!(hub.fire(), None);
    let (_, new) = told(&hub.take_turn().unwrap());
    assert_eq!(new, "OrchestratorStarted, TimerFired");
}

#[test]
fn a_lost_turn_comes_again_after_three_seconds() {
    let (hub, clock) = hub();
    start(&hub, "a");
    let turn = hub.take_turn().unwrap();
    hub.abandon_turn(&turn);
    hub.raise("a", "go".to_owned(), None).unwrap();
    assert!(hub.take_turn().is_none());
    assert_eq!(status(&hub, "a"), Status::Pending);
    clock.advance(Duration::from_secs(3));
    hub.fire();
    let (past, new) = told(&hub.take_turn().unwrap());
    assert_eq!(past, "");
    assert_eq!(new, "OrchestratorStarted, ExecutionStarted, EventRaised");
}

#[test]
fn continuing_as_new_forgets_all_but_what_is_carried() {
    let (hub, _) = hub();
    start(&hub, "a");
    let turn = hub.take_turn().unwrap();
    hub.end_turn(&turn, wants(vec![call("hello")])).unwrap();
    hub.raise("a", "carry".to_owned(), None).unwrap();
    let turn = hub.take_turn().unwrap();
    let carried = turn.clone().request().new_events.pop().unwrap();
    // This comes while the turn runs.
    hub.raise("a", "late".to_owned(), None).unwrap();
    let action = Action::CompleteOrchestration(CompleteOrchestrationAction {
        orchestration_status: Status::ContinuedAsNew.into(),
        result: Some("9".to_owned()),
        carryover_events: vec![carried],
        ..CompleteOrchestrationAction::default()
    });
    hub.end_turn(&turn, wants(vec![action])).unwrap();
    // The answer to the execution before reaches nobody.
    let (number, _) = hub.take_task().unwrap();
    hub.end_task(number, done(0));
    let turn = hub.take_turn().unwrap();
    let (past, new) = told(&turn);
    assert_eq!(past, "");
    assert_eq!(
        new,
        "OrchestratorStarted, ExecutionStarted, EventRaised, EventRaised, OrchestratorCompleted"
    );
    let request = turn.clone().request();
    let Some(EventType::ExecutionStarted(started)) = &request.new_events[1].event_type else {
        panic!("{request:?}");
    };
    assert_eq!(started.input.as_deref(), Some("9"));
    let execution = started.orchestration_instance.clone().unwrap().execution_id;
    assert!(!execution.unwrap().contains('-'));
    // The turn after looks as any other.
    hub.end_turn(&turn, wants(vec![call("hello")])).unwrap();
    let (number, _) = hub.take_task().unwrap();
    hub.end_task(number, done(0));
    let (past, new) = told(&hub.take_turn().unwrap());
    assert!(past.ends_with("OrchestratorCompleted, TaskScheduled 0, OrchestratorCompleted"));
    assert_eq!(new, "OrchestratorStarted, TaskCompleted");
}

#[test]
fn a_part_tells_its_whole_how_it_ended() {
    let failure = TaskFailureDetails {
        error_type: "MyOrchError".to_owned(),
        error_message: "it went wrong".to_owned(),
        ..TaskFailureDetails::default()
    };
    let failed = Action::CompleteOrchestration(CompleteOrchestrationAction {
        orchestration_status: Status::Failed.into(),
        failure_details: Some(failure),
        ..CompleteOrchestrationAction::default()
    });
    for (ending, output, event) in [
        (
            end(Status::Completed, "3"),
            "3",
            "SubOrchestrationInstanceCompleted",
        ),
        (
            failed,
            "MyOrchError: it went wrong",
            "SubOrchestrationInstanceFailed",
        ),
        (
            end(Status::Terminated, "no"),
            "no",
            "SubOrchestrationInstanceFailed",
        ),
    ] {
        let (hub, _) = hub();
        start(&hub, "a");
        let turn = hub.take_turn().unwrap();
        let part = Action::CreateSubOrchestration(CreateSubOrchestrationAction {
            instance_id: "part".to_owned(),
            name: "other".to_owned(),
            ..CreateSubOrchestrationAction::default()
        });
        hub.end_turn(&turn, wants(vec![part])).unwrap();
        let turn = hub.take_turn().unwrap();
        assert_eq!(turn.name, "other");
        hub.end_turn(&turn, wants(vec![ending])).unwrap();
        assert_eq!(hub.get("part").unwrap().output.as_deref(), Some(output));
        let (_, new) = told(&hub.take_turn().unwrap());
        assert_eq!(new, format!("OrchestratorStarted, {event}"));
    }
}

#[test]
fn what_would_hang_in_azure_fails_here() {
    for id in ["", "a"] {
        let (hub, _) = hub();
        start(&hub, "a");
        let turn = hub.take_turn().unwrap();
        let part = Action::CreateSubOrchestration(CreateSubOrchestrationAction {
            instance_id: id.to_owned(),
            ..CreateSubOrchestrationAction::default()
        });
        hub.end_turn(&turn, wants(vec![part])).unwrap();
        let (_, new) = told(&hub.take_turn().unwrap());
        assert_eq!(new, "OrchestratorStarted, SubOrchestrationInstanceFailed");
    }
}

#[test]
fn an_action_that_there_is_not_changes_nothing() {
    for (action, problem) in [
        (None, "Received unsupported action type 'None'."),
        (
            Some(Action::TerminateOrchestration(
                TerminateOrchestrationAction::default(),
            )),
            "Received unsupported action type 'TerminateOrchestration'.",
        ),
    ] {
        let (hub, _) = hub();
        start(&hub, "a");
        let turn = hub.take_turn().unwrap();
        let mut response = wants(vec![call("hello")]);
        response.actions.push(OrchestratorAction {
            id: 1,
            orchestrator_action_type: action,
        });
        assert_eq!(hub.end_turn(&turn, response), Err(problem.to_owned()));
        assert!(hub.take_task().is_none());
        hub.fail_turn(&turn, "{}".to_owned());
        assert_eq!(status(&hub, "a"), Status::Failed);
    }
}

#[test]
fn clients_are_refused_what_does_not_fit_the_status() {
    let (hub, clock) = hub();
    let missing = HubError::NotFound("no".to_owned());
    assert_eq!(hub.terminate("no", None), Err(missing.clone()));
    assert_eq!(hub.purge("no"), Err(missing.clone()));
    assert_eq!(hub.rewind("no", None), Err(missing.clone()));
    assert_eq!(hub.restart("no", true), Err(missing));

    start(&hub, "a");
    let exists = |status| HubError::Exists {
        id: "a".to_owned(),
        status,
    };
    let again = || Start::new("a".to_owned());
    assert_eq!(hub.start(again(), None), Err(exists(Status::Pending)));
    let any = [Status::Pending, Status::Completed];
    assert_eq!(hub.start(again(), Some(&any)), Err(exists(Status::Pending)));
    let turn = hub.take_turn().unwrap();
    hub.end_turn(&turn, wants(vec![end(Status::Completed, "1")]))
        .unwrap();
    let wrong = HubError::Wrong {
        id: "a".to_owned(),
        status: Status::Completed,
    };
    assert_eq!(hub.raise("a", "e".to_owned(), None), Err(wrong.clone()));
    assert_eq!(hub.suspend("a", None), Err(wrong.clone()));
    assert_eq!(hub.rewind("a", None), Err(wrong));
    assert_eq!(
        hub.start(again(), Some(&[])),
        Err(exists(Status::Completed))
    );
    hub.start(again(), Some(&any)).unwrap();
    assert_eq!(status(&hub, "a"), Status::Pending);

    // One that is to start later can be ended before.
    let later = clock.now() + jiff::SignedDuration::from_secs(60);
    let start = Start {
        at: Some(later),
        ..Start::new("later".to_owned())
    };
    hub.start(start, None).unwrap();
    hub.take_turn().unwrap();
    assert!(hub.take_turn().is_none());
    hub.terminate("later", Some("no".to_owned())).unwrap();
    assert_eq!(status(&hub, "later"), Status::Terminated);
    hub.purge("later").unwrap();
    assert!(hub.get("later").is_none());
}

#[test]
fn suspension_shows_in_the_status_and_goes_on_delivering() {
    let (hub, _) = hub();
    start(&hub, "a");
    let turn = hub.take_turn().unwrap();
    hub.end_turn(&turn, wants(vec![])).unwrap();
    hub.suspend("a", Some("pause".to_owned())).unwrap();
    let turn = hub.take_turn().unwrap();
    hub.end_turn(&turn, wants(vec![])).unwrap();
    let state = hub.get("a").unwrap();
    assert_eq!(state.orchestration_status(), Status::Suspended);
    assert_eq!(state.output.as_deref(), Some("pause"));
    hub.raise("a", "go".to_owned(), None).unwrap();
    let turn = hub.take_turn().unwrap();
    assert_eq!(told(&turn).1, "OrchestratorStarted, EventRaised");
    hub.end_turn(&turn, wants(vec![])).unwrap();
    assert_eq!(status(&hub, "a"), Status::Suspended);
    hub.resume("a", None).unwrap();
    let turn = hub.take_turn().unwrap();
    hub.end_turn(&turn, wants(vec![])).unwrap();
    assert_eq!(status(&hub, "a"), Status::Running);
}

#[test]
fn a_rewound_instance_has_generic_events_where_it_failed() {
    let (hub, _) = hub();
    start(&hub, "a");
    let turn = hub.take_turn().unwrap();
    hub.end_turn(&turn, wants(vec![call("boom")])).unwrap();
    let (number, _) = hub.take_task().unwrap();
    hub.end_task(number, EventType::TaskFailed(TaskFailedEvent::default()));
    let turn = hub.take_turn().unwrap();
    let mut response = wants(vec![end(Status::Failed, "x")]);
    response.actions[0].id = 1;
    hub.end_turn(&turn, response).unwrap();
    hub.rewind("a", Some("try again".to_owned())).unwrap();
    // As in the recorded scene `b`, instance `g-fail`.
    assert_eq!(
        told(&hub.take_turn().unwrap()),
        (
            "OrchestratorStarted, ExecutionStarted, GenericEvent 0, OrchestratorCompleted, \
             OrchestratorStarted, GenericEvent, GenericEvent 1, OrchestratorCompleted"
                .to_owned(),
            "OrchestratorStarted, GenericEvent".to_owned()
        )
    );
}
