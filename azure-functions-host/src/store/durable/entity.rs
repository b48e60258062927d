//! Entities: a state, what is asked of it, and who has locked it.

use std::collections::VecDeque;

use azure_functions_shared::durable::{
    EntityBatchRequest, EntityBatchResult, EventRaisedEvent, OperationAction, OperationRequest,
    TaskFailureDetails, history_event::EventType, operation_action::OperationActionType,
    operation_result::ResultType,
};
use jiff::Timestamp;
use prost_types::{Value, value::Kind};
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use super::{
    Start,
    state::{Due, State},
    time::moment,
    turn::AGAIN,
};

/// The name of an event that asks an entity for something.
pub(super) const OPERATION: &str = "op";
/// The name of an event that gives a lock back.
pub(super) const RELEASE: &str = "release";
/// How many operations an entity is asked for at a time.
const BATCH: usize = 50;
/// What an orchestrator is told that has got its locks; not JSON, as from the real host.
const GRANTED: &str = "Lock Acquisition Completed";

/// An entity.
#[derive(Debug, Clone, Default)]
pub(super) struct Entity {
    pub(super) state: Option<String>,
    /// The instance that has locked it.
    pub(super) locked_by: Option<String>,
    pub(super) queue: VecDeque<Operation>,
    /// What the worker is asked for at the moment.
    pub(super) running: Vec<Operation>,
    pub(super) modified: Option<Timestamp>,
    pub(super) busy: bool,
    pub(super) queued: bool,
    /// It has no batch before a moment that is among the timers.
    pub(super) held: bool,
}

/// What an entity is asked for, as the JSON of the event says it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Operation {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) op: Option<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) signal: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) input: Option<String>,
    #[serde(default)]
    pub(super) id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) parent: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) parent_execution: Option<String>,
    /// The entities to be locked one after the other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) lockset: Option<Vec<Member>>,
    /// Which of them this is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) pos: Option<usize>,
}

impl Operation {
    pub(super) fn to_json(&self) -> String {
        // Texts and numbers can always be written.
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// One of the entities that are to be locked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Member {
    name: String,
    key: String,
}

/// What an entity is to do in one call of its function.
#[derive(Debug, Clone)]
pub(crate) struct Batch {
    /// `@name@key`.
    pub(crate) id: String,
    state: Option<String>,
    operations: Vec<Operation>,
}

impl Batch {
    /// The name of the entity function.
    pub(crate) fn name(&self) -> &str {
        split_id(&self.id).map_or("", |(name, _)| name)
    }

    /// What the worker is sent.
    pub(crate) fn request(&self) -> EntityBatchRequest {
        let rollback = Value {
            kind: Some(Kind::BoolValue(true)),
        };
        let operations = self.operations.iter().map(|operation| OperationRequest {
            operation: operation.op.clone().unwrap_or_default(),
            request_id: operation.id.clone(),
            input: operation.input.clone(),
            trace_context: None,
        });
        EntityBatchRequest {
            instance_id: self.id.clone(),
            entity_state: self.state.clone(),
            operations: operations.collect(),
            properties: [("RollbackEntityOperationsOnExceptions".to_owned(), rollback)].into(),
        }
    }
}

/// The name and the key of an entity.
pub(crate) fn split_id(id: &str) -> Option<(&str, &str)> {
    id.strip_prefix('@')?.split_once('@')
}

/// The id of an entity as it is kept: its name in lower case.
pub(crate) fn normal_id(id: &str) -> String {
    match split_id(id) {
        Some((name, key)) => format!("@{}@{key}", name.to_lowercase()),
        None => id.to_owned(),
    }
}

impl State {
    /// Takes in an event that is for an entity. One that is not in the form of the extension is lost, as there.
    pub(super) fn send_to_entity(
        &mut self,
        id: &str,
        name: &str,
        data: Option<&str>,
        now: Timestamp,
    ) {
        let operation = data.and_then(|data| serde_json::from_str::<Operation>(data).ok());
        let Some(operation) = operation else {
            return;
        };
        if name == RELEASE {
            self.release(id, operation.parent.as_deref());
            return;
        }
        let due = name.strip_prefix(OPERATION).and_then(|rest| {
            let time = rest.strip_prefix('@')?;
            let zoned = time.parse::<Timestamp>().ok();
            // A time without a zone is UTC.
            zoned.or_else(|| format!("{time}Z").parse().ok())
        });
        match due.filter(|due| *due > now) {
            Some(due) => self.ask_later(id, operation, due),
            None => self.ask(id, operation, now),
        }
    }

    pub(super) fn ask_later(&mut self, id: &str, operation: Operation, time: Timestamp) {
        let due = Due::Operation {
            entity: id.to_owned(),
            operation: Box::new(operation),
        };
        self.at(time, due);
    }

    /// Asks an entity for something.
    pub(super) fn ask(&mut self, id: &str, operation: Operation, now: Timestamp) {
        if split_id(id).is_none() {
            return;
        }
        let entity = self.entities.entry(id.to_owned()).or_default();
        entity.queue.push_back(operation);
        self.settle_locks(id, now);
        self.touch_entity(id);
    }

    fn touch_entity(&mut self, id: &str) {
        self.dirty.entities.insert(id.to_owned());
        self.schedule_entity(id);
    }

    pub(super) fn schedule_entity(&mut self, id: &str) {
        let Some(entity) = self.entities.get_mut(id) else {
            return;
        };
        if !entity.busy && !entity.held && !entity.queued && entity.next().is_some() {
            entity.queued = true;
            self.batches.push_back(id.to_owned());
        }
    }

    /// Gives the lock to whoever is the next to ask for it, if nobody has it and nothing stands before.
    fn settle_locks(&mut self, id: &str, now: Timestamp) {
        let Some(entity) = self.entities.get_mut(id) else {
            return;
        };
        let wants = entity
            .queue
            .front()
            .is_some_and(|first| first.lockset.is_some());
        if entity.locked_by.is_some() || !entity.running.is_empty() || !wants {
            return;
        }
        let Some(request) = entity.queue.pop_front() else {
            return;
        };
        entity.locked_by.clone_from(&request.parent);
        self.dirty.entities.insert(id.to_owned());
        let position = request.pos.unwrap_or_default() + 1;
        let members = request.lockset.as_deref().unwrap_or_default();
        let Some(next) = members.get(position) else {
            return self.answer(&request, &json!({ "result": GRANTED }), now);
        };
        let next = normal_id(&format!("@{}@{}", next.name, next.key));
        let request = Operation {
            pos: Some(position),
            ..request
        };
        self.ask(&next, request, now);
    }

    pub(super) fn release(&mut self, id: &str, owner: Option<&str>) {
        if let Some(entity) = self.entities.get_mut(id)
            && (owner.is_none() || entity.locked_by.as_deref() == owner)
        {
            entity.locked_by = None;
        }
        // Somebody else may have waited for the lock; it is given when the turn's other actions are done.
        self.touch_entity(id);
    }

    /// The next batch.
    pub(super) fn take_batch(&mut self, now: Timestamp) -> Option<Batch> {
        loop {
            let id = self.batches.pop_front()?;
            self.settle_locks(&id, now);
            let Some(entity) = self.entities.get_mut(&id) else {
                continue;
            };
            entity.queued = false;
            if entity.busy || entity.held {
                continue;
            }
            let mut operations = Vec::new();
            while operations.len() < BATCH
                && let Some(at) = entity.next()
                && entity
                    .queue
                    .get(at)
                    .is_some_and(|next| next.lockset.is_none())
                && let Some(operation) = entity.queue.remove(at)
            {
                operations.push(operation);
            }
            if operations.is_empty() {
                continue;
            }
            entity.busy = true;
            entity.running.clone_from(&operations);
            return Some(Batch {
                state: entity.state.clone(),
                operations,
                id,
            });
        }
    }

    /// Gives a batch back, to be done later.
    pub(super) fn abandon_batch(&mut self, batch: &Batch, now: Timestamp) {
        if let Some(entity) = self.entities.get_mut(&batch.id) {
            entity.busy = false;
            entity.held = true;
            for operation in std::mem::take(&mut entity.running).into_iter().rev() {
                entity.queue.push_front(operation);
            }
            let at = now.checked_add(AGAIN).unwrap_or(Timestamp::MAX);
            self.at(at, Due::Batch(batch.id.clone()));
        }
    }

    /// Keeps the state that an entity has now, answers its callers, and does what it wants.
    pub(super) fn end_batch(&mut self, batch: &Batch, result: EntityBatchResult, now: Timestamp) {
        if let Some(failure) = result.failure_details {
            return self.fail_batch(batch, &failure, now);
        }
        let Some(entity) = self.entities.get_mut(&batch.id) else {
            return;
        };
        let mut running = std::mem::take(&mut entity.running);
        // What it did not come to is asked for again.
        let left = running.split_off(result.results.len().min(running.len()));
        for operation in left.into_iter().rev() {
            entity.queue.push_front(operation);
        }
        entity.busy = false;
        entity.state = result.entity_state;
        entity.modified = Some(now);
        for (operation, result) in running.iter().zip(result.results) {
            let answer = match result.result_type {
                Some(ResultType::Failure(failure)) => {
                    failed(&failure.failure_details.unwrap_or_default())
                }
                Some(ResultType::Success(success)) => json!({ "result": success.result }),
                None => json!({ "result": null }),
            };
            self.answer(operation, &answer, now);
        }
        for action in result.actions {
            self.act_for_entity(action, now);
        }
        self.settle_locks(&batch.id, now);
        self.touch_entity(&batch.id);
    }

    /// Answers the callers of a batch that its entity could not do; the state stays.
    pub(super) fn fail_batch(
        &mut self,
        batch: &Batch,
        failure: &TaskFailureDetails,
        now: Timestamp,
    ) {
        let Some(entity) = self.entities.get_mut(&batch.id) else {
            return;
        };
        entity.busy = false;
        for operation in std::mem::take(&mut entity.running) {
            self.answer(&operation, &failed(failure), now);
        }
        self.settle_locks(&batch.id, now);
        self.touch_entity(&batch.id);
    }

    fn answer(&mut self, operation: &Operation, answer: &serde_json::Value, now: Timestamp) {
        if operation.signal {
            return;
        }
        let Some(parent) = &operation.parent else {
            return;
        };
        let raised = EventType::EventRaised(EventRaisedEvent {
            name: operation.id.clone(),
            input: Some(answer.to_string()),
        });
        self.tell(parent, operation.parent_execution.as_deref(), raised, now);
    }

    fn act_for_entity(&mut self, action: OperationAction, now: Timestamp) {
        match action.operation_action_type {
            Some(OperationActionType::SendSignal(signal)) => {
                let operation = Operation {
                    op: Some(signal.name),
                    signal: true,
                    input: signal.input,
                    id: Uuid::new_v4().to_string(),
                    ..Operation::default()
                };
                let target = normal_id(&signal.instance_id);
                let due = signal.scheduled_time.as_ref().and_then(moment);
                match due.filter(|due| *due > now) {
                    Some(due) => self.ask_later(&target, operation, due),
                    None => self.ask(&target, operation, now),
                }
            }
            Some(OperationActionType::StartNewOrchestration(start)) => {
                let start = Start {
                    name: start.name,
                    version: start.version,
                    input: start.input,
                    at: start.scheduled_time.as_ref().and_then(moment),
                    ..Start::new(start.instance_id)
                };
                let running = self.instances.get(&start.instance_id);
                if running.is_none_or(super::instance::Instance::is_over) {
                    self.add(start, now);
                }
            }
            None => {}
        }
    }
}

impl Entity {
    /// Whether nothing would be lost with it.
    pub(super) fn is_empty(&self) -> bool {
        self.state.is_none()
            && self.locked_by.is_none()
            && self.queue.is_empty()
            && self.running.is_empty()
    }

    /// Where in the queue the next is that it may do.
    fn next(&self) -> Option<usize> {
        match &self.locked_by {
            None => (!self.queue.is_empty()).then_some(0),
            owner => self
                .queue
                .iter()
                .position(|operation| operation.parent == *owner && operation.lockset.is_none()),
        }
    }
}

/// The answer of an operation that failed.
fn failed(failure: &TaskFailureDetails) -> serde_json::Value {
    json!({ "result": null, "failureDetails": details(failure) })
}

/// Details of a failure with the names that .NET gives them.
pub(crate) fn details(failure: &TaskFailureDetails) -> serde_json::Value {
    json!({
        "ErrorType": failure.error_type,
        "ErrorMessage": failure.error_message,
        "StackTrace": failure.stack_trace,
        "InnerFailure": failure.inner_failure.as_deref().map(details),
        "IsNonRetriable": failure.is_non_retriable,
        "Properties": {},
    })
}
