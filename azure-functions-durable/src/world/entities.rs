//! The entities of a [`World`](crate::World).

use std::collections::{BTreeMap, VecDeque};

use azure_functions_shared::durable::{
    EntityBatchRequest, EntityBatchResult, EventRaisedEvent, OperationAction, OperationRequest,
    history_event::EventType, operation_action::OperationActionType, operation_result::ResultType,
};

use super::{
    Json,
    running::{Later, Running, missing},
};
use crate::{
    EntityBatch, EntityId, clock,
    entity_call::{self, Member, Request, Response, ResponseFailure},
    json,
};

pub(super) type Entities = BTreeMap<EntityId, Stored>;

/// The state of one entity.
#[derive(Default)]
pub(super) struct Stored {
    state: Json,
    locked_by: Option<String>,
    waiting: VecDeque<Request>,
}

/// The entities that have these states.
pub(super) fn stored(states: &BTreeMap<EntityId, Json>) -> Entities {
    let states = states.iter();
    states
        .map(|(entity, state)| {
            let stored = Stored {
                state: state.clone(),
                ..Stored::default()
            };
            (entity.clone(), stored)
        })
        .collect()
}

/// The states of the entities that exist.
pub(super) fn states(entities: Entities) -> BTreeMap<EntityId, String> {
    let entities = entities.into_iter();
    entities
        .filter_map(|(entity, stored)| Some((entity, stored.state?)))
        .collect()
}

impl Running<'_> {
    /// Takes in an event that is for an entity.
    pub(super) fn send_to_entity(&mut self, entity: &EntityId, name: &str, data: Option<&str>) {
        let Ok(request) = json::read::<Request>(data) else {
            return;
        };
        if name == entity_call::RELEASE {
            return self.release(entity);
        }
        match entity_call::due(name) {
            Some(time) => self.at(time, Later::Operation(entity.clone(), Box::new(request))),
            None => self.ask(entity, request),
        }
    }

    /// Runs an operation of an entity or locks it, unless somebody else has it.
    pub(super) fn ask(&mut self, entity: &EntityId, mut request: Request) {
        let stored = self.entities.entry(entity.clone()).or_default();
        if stored.locked_by.is_some() && stored.locked_by != request.parent {
            stored.waiting.push_back(request);
            return;
        }
        if let Some(members) = request.lockset.take() {
            stored.locked_by.clone_from(&request.parent);
            return self.lock_next(members, request);
        }
        let result = self.operate(entity, &request);
        if let Some(stored) = self.entities.get_mut(entity) {
            stored.state.clone_from(&result.entity_state);
        }
        if !request.signal {
            self.answer(request, &response(&result));
        }
        for action in result.actions {
            self.act_for_entity(action);
        }
    }

    /// Locks the next of the entities that are asked for.
    fn lock_next(&mut self, members: Vec<Member>, request: Request) {
        let pos = request.pos.unwrap_or_default() + 1;
        let next = usize::try_from(pos).ok().and_then(|at| members.get(at));
        if let Some(next) = next {
            let next = EntityId::new(&next.name, next.key.clone());
            let request = Request {
                pos: Some(pos),
                lockset: Some(members),
                ..request
            };
            return self.ask(&next, request);
        }
        let granted = Response {
            result: Some("Lock Acquisition Completed".to_owned()),
            ..Response::default()
        };
        self.answer(request, &granted);
    }

    fn operate(&mut self, entity: &EntityId, request: &Request) -> EntityBatchResult {
        let stored = self.entities.get(entity);
        let batch = EntityBatch::new(EntityBatchRequest {
            instance_id: entity.to_string(),
            entity_state: stored.and_then(|stored| stored.state.clone()),
            operations: vec![OperationRequest {
                operation: request.op.clone().unwrap_or_default(),
                request_id: request.id.clone(),
                input: request.input.clone(),
                trace_context: None,
            }],
            ..EntityBatchRequest::default()
        });
        let mut batch = match batch {
            Ok(batch) => batch,
            Err(result) => return *result,
        };
        if let Some(context) = batch.next_operation() {
            let result = match self.world.entities.get_mut(entity.name()) {
                Some(handler) => handler(context),
                None => Err(missing("entity", entity.name())),
            };
            batch.end_operation(result);
        }
        batch.into_result()
    }

    fn act_for_entity(&mut self, action: OperationAction) {
        match action.operation_action_type {
            Some(OperationActionType::SendSignal(signal)) => {
                let Ok(target) = signal.instance_id.parse() else {
                    return;
                };
                let request = Request {
                    op: Some(signal.name),
                    signal: true,
                    input: signal.input,
                    ..Request::default()
                };
                let time = signal.scheduled_time.as_ref().and_then(clock::from_wire);
                self.at(
                    time.unwrap_or(self.now),
                    Later::Operation(target, Box::new(request)),
                );
            }
            Some(OperationActionType::StartNewOrchestration(start)) => {
                self.begin(&start.instance_id, start.name, start.input, None);
            }
            None => {}
        }
    }

    fn answer(&mut self, request: Request, response: &Response) {
        let input = serde_json::to_string(response).ok();
        if let Some(parent) = request.parent {
            let event = EventRaisedEvent {
                name: request.id,
                input,
            };
            self.tell(&parent, -1, EventType::EventRaised(event));
        }
    }

    fn release(&mut self, entity: &EntityId) {
        let Some(stored) = self.entities.get_mut(entity) else {
            return;
        };
        stored.locked_by = None;
        for request in std::mem::take(&mut stored.waiting) {
            self.ask(entity, request);
        }
    }
}

/// What the caller of an operation is told.
fn response(result: &EntityBatchResult) -> Response {
    let result = result.results.first();
    match result.and_then(|result| result.result_type.as_ref()) {
        Some(ResultType::Failure(failure)) => {
            let details = failure.failure_details.clone().unwrap_or_default();
            Response {
                failure: Some(ResponseFailure {
                    error_type: details.error_type,
                    error_message: details.error_message,
                    ..ResponseFailure::default()
                }),
                ..Response::default()
            }
        }
        Some(ResultType::Success(success)) => Response {
            result: success.result.clone(),
            ..Response::default()
        },
        None => Response::default(),
    }
}
