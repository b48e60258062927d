//! A turn of an orchestrator: what it is told, and what becomes of its answer.

use std::collections::HashMap;

use azure_functions_shared::durable::{
    ExecutionCompletedEvent, HistoryEvent, OrchestrationStatus as Status,
    OrchestratorCompletedEvent, OrchestratorEntityParameters, OrchestratorRequest,
    OrchestratorResponse, OrchestratorStartedEvent, SubOrchestrationInstanceCompletedEvent,
    SubOrchestrationInstanceFailedEvent, TaskFailureDetails, history_event::EventType,
    orchestrator_action::OrchestratorActionType as Action,
};
use jiff::{SignedDuration, Timestamp};
use prost_types::{Value, value::Kind};

use super::{
    instance::{Instance, event},
    state::{Due, State},
};

/// How long a turn waits that could not be had, or was lost with its worker.
pub(super) const AGAIN: SignedDuration = SignedDuration::from_secs(3);

/// How long the messages of an orchestrator to an entity are kept in order, in seconds; what requests say by default.
const REORDER_WINDOW: i64 = 30 * 60;

/// A turn that an orchestrator is to have.
#[derive(Debug, Clone)]
pub(crate) struct Turn {
    pub(crate) instance_id: String,
    /// The name of the orchestrator.
    pub(crate) name: String,
    execution_id: Option<String>,
    past: Vec<HistoryEvent>,
    new: Vec<HistoryEvent>,
    /// How many events of the inbox it has.
    taken: usize,
}

impl Turn {
    /// What the worker is sent; the past is in it only once, because nobody needs it after that.
    pub(crate) fn request(&mut self) -> OrchestratorRequest {
        OrchestratorRequest {
            instance_id: self.instance_id.clone(),
            past_events: std::mem::take(&mut self.past),
            new_events: self.new.clone(),
            entity_parameters: Some(OrchestratorEntityParameters {
                entity_message_reorder_window: Some(prost_types::Duration {
                    seconds: REORDER_WINDOW,
                    nanos: 0,
                }),
            }),
            properties: properties(),
            ..OrchestratorRequest::default()
        }
    }
}

/// What every request says of the extension's settings.
fn properties() -> HashMap<String, Value> {
    [
        (
            "HttpDefaultAsyncRequestSleepTimeMilliseconds",
            Kind::NumberValue(30_000.0),
        ),
        ("IncludeState", Kind::BoolValue(true)),
        ("IsExtendedSession", Kind::BoolValue(false)),
        (
            "ExtendedSessionIdleTimeoutInSeconds",
            Kind::NumberValue(0.0),
        ),
    ]
    .map(|(name, kind)| (name.to_owned(), Value { kind: Some(kind) }))
    .into()
}

impl State {
    /// The next turn.
    pub(super) fn take_turn(&mut self, now: Timestamp) -> Option<Turn> {
        loop {
            let id = self.turns.pop_front()?;
            let Some(instance) = self.instances.get_mut(&id) else {
                continue;
            };
            instance.queued = false;
            if !instance.is_ready() {
                continue;
            }
            instance.busy = true;
            let started = EventType::OrchestratorStarted(OrchestratorStartedEvent {});
            let mut new = vec![event(now, -1, started)];
            new.extend_from_slice(&instance.inbox);
            if instance.continued {
                let completed = EventType::OrchestratorCompleted(OrchestratorCompletedEvent {});
                new.push(event(now, -1, completed));
            }
            return Some(Turn {
                name: instance.state.name.clone(),
                execution_id: instance.state.execution_id.clone(),
                past: instance.history.clone(),
                new,
                taken: instance.inbox.len(),
                instance_id: id,
            });
        }
    }

    /// Gives a turn back, to be had later.
    pub(super) fn abandon_turn(&mut self, turn: &Turn, now: Timestamp) {
        if let Some(instance) = self.current(turn) {
            instance.busy = false;
            instance.held = true;
            let at = now.checked_add(AGAIN).unwrap_or(Timestamp::MAX);
            self.at(at, Due::Turn(turn.instance_id.clone()));
        }
    }

    /// Does what an orchestrator wants.
    ///
    /// # Errors
    ///
    /// It wants something that there is not; the text says what. Nothing was done.
    pub(super) fn end_turn(
        &mut self,
        turn: &Turn,
        response: OrchestratorResponse,
        now: Timestamp,
    ) -> Result<(), String> {
        for action in &response.actions {
            if let Some(problem) = refused(action.orchestrator_action_type.as_ref()) {
                return Err(problem);
            }
        }
        let Some(instance) = self.heard(turn, now) else {
            return Ok(());
        };
        // An orchestrator without a custom status has `null`.
        let custom_status = response.custom_status;
        instance.state.custom_status = custom_status.or_else(|| Some("null".to_owned()));
        for action in response.actions {
            if let Some(what) = action.orchestrator_action_type {
                self.act(&turn.instance_id, action.id, what, now);
            }
        }
        if let Some(instance) = self.instances.get_mut(&turn.instance_id)
            && !instance.continued
        {
            let completed = EventType::OrchestratorCompleted(OrchestratorCompletedEvent {});
            instance.record(now, -1, completed);
        }
        self.touch(&turn.instance_id);
        Ok(())
    }

    /// Ends an instance whose orchestrator cannot be asked, or gives no answer that can be read.
    pub(super) fn fail_turn(&mut self, turn: &Turn, output: String, now: Timestamp) {
        if self.heard(turn, now).is_some() {
            self.complete(
                &turn.instance_id,
                -1,
                Status::Failed,
                Some(output),
                None,
                now,
            );
            self.touch(&turn.instance_id);
        }
    }

    /// The instance that has this turn.
    fn current(&mut self, turn: &Turn) -> Option<&mut Instance> {
        let instance = self.instances.get_mut(&turn.instance_id)?;
        (instance.busy && instance.is(turn.execution_id.as_deref())).then_some(instance)
    }

    /// Moves what an instance was told to its history.
    fn heard(&mut self, turn: &Turn, now: Timestamp) -> Option<&mut Instance> {
        let instance = self.current(turn)?;
        instance.busy = false;
        instance.continued = false;
        let taken = turn.taken.min(instance.inbox.len());
        instance.inbox.drain(..taken);
        instance.history.extend_from_slice(&turn.new);
        let status = match instance.status() {
            Status::Pending => Status::Running,
            other => other,
        };
        instance.set_status(status, now);
        Self::heed(instance, &turn.new, now);
        Some(instance)
    }

    /// Ends an instance, and tells the one that it is a part of.
    pub(super) fn complete(
        &mut self,
        id: &str,
        event_id: i32,
        status: Status,
        result: Option<String>,
        failure: Option<TaskFailureDetails>,
        now: Timestamp,
    ) {
        let Some(instance) = self.instances.get_mut(id) else {
            return;
        };
        let completed = ExecutionCompletedEvent {
            orchestration_status: status.into(),
            result: result.clone(),
            failure_details: failure.clone(),
        };
        instance.record(now, event_id, EventType::ExecutionCompleted(completed));
        instance.set_status(status, now);
        instance.inbox.clear();
        instance.state.output = match &failure {
            Some(failure) => Some(format!("{}: {}", failure.error_type, failure.error_message)),
            None => result.clone(),
        };
        let Some(parent) = instance.parent.clone() else {
            return;
        };
        let of = parent.orchestration_instance.unwrap_or_default();
        let what = if status == Status::Completed {
            EventType::SubOrchestrationInstanceCompleted(SubOrchestrationInstanceCompletedEvent {
                task_scheduled_id: parent.task_scheduled_id,
                result,
            })
        } else {
            EventType::SubOrchestrationInstanceFailed(SubOrchestrationInstanceFailedEvent {
                task_scheduled_id: parent.task_scheduled_id,
                failure_details: failure,
            })
        };
        self.tell(&of.instance_id, of.execution_id.as_deref(), what, now);
    }
}

/// Why an action cannot be done by anybody.
fn refused(action: Option<&Action>) -> Option<String> {
    let name = match action {
        None => "None",
        Some(Action::TerminateOrchestration(_)) => "TerminateOrchestration",
        Some(Action::RewindOrchestration(_)) => "RewindOrchestration",
        Some(_) => return None,
    };
    Some(format!("Received unsupported action type '{name}'."))
}
