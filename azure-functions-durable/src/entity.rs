//! Entities: small pieces of state, each with a name and a key, whose operations run one after the other.

use std::{
    fmt,
    future::Future,
    str::FromStr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use azure_functions_shared::durable::{
    EntityBatchRequest, EntityBatchResult, OperationAction, OperationRequest, OperationResult,
    OperationResultFailure, OperationResultSuccess, SendSignalAction, StartNewOrchestrationAction,
    operation_action::OperationActionType, operation_result::ResultType,
};
use jiff::Timestamp;
use serde::{Serialize, de::DeserializeOwned};
use uuid::Uuid;

use crate::{Entity, EntityRef, FailureDetails, OperationFunction, TaskError, clock, json};

/// Which entity: its name, whose case does not matter, and its key.
///
/// ```
/// use azure_functions_durable::EntityId;
///
/// let id = EntityId::new("Counter", "a");
/// assert_eq!(id.to_string(), "@counter@a");
/// assert_eq!("@counter@a".parse(), Ok(id));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntityId {
    name: String,
    key: String,
}

impl EntityId {
    /// The entity of this name with this key.
    pub fn new(name: &str, key: impl Into<String>) -> Self {
        Self {
            name: name.to_lowercase(),
            key: key.into(),
        }
    }

    /// The name, in lower case.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The key.
    pub fn key(&self) -> &str {
        &self.key
    }
}

impl fmt::Display for EntityId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "@{}@{}", self.name, self.key)
    }
}

/// A text that is not the id of an entity.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not the id of an entity; it has the form `@name@key`")]
pub struct EntityIdError(String);

impl FromStr for EntityId {
    type Err = EntityIdError;

    fn from_str(text: &str) -> Result<Self, EntityIdError> {
        text.strip_prefix('@')
            .and_then(|rest| rest.split_once('@'))
            .filter(|(name, _)| !name.is_empty())
            .map(|(name, key)| Self::new(name, key))
            .ok_or_else(|| EntityIdError(text.to_owned()))
    }
}

/// Runs the operations of a batch one after the other, each with `handler`, and gives the answer to the batch.
///
/// `handler` gives the result of an operation as a JSON text. When it fails, the state is what it was before the operation, and what
/// the operation sent is not sent; the operations after it run.
pub async fn run_entity<F>(
    request: EntityBatchRequest,
    mut handler: impl FnMut(EntityContext) -> F,
) -> EntityBatchResult
where
    F: Future<Output = Result<Option<String>, FailureDetails>>,
{
    let mut batch = match EntityBatch::new(request) {
        Ok(batch) => batch,
        Err(answer) => return *answer,
    };
    while let Some(context) = batch.next_operation() {
        let result = handler(context).await;
        batch.end_operation(result);
    }
    batch.into_result()
}

/// The operations that an entity is given at once.
#[derive(Debug)]
pub struct EntityBatch {
    entity: EntityId,
    operations: std::vec::IntoIter<OperationRequest>,
    /// The state as it is if the running operation fails.
    state: Option<String>,
    running: Option<(EntityContext, Timestamp)>,
    results: Vec<OperationResult>,
    actions: Vec<OperationAction>,
}

impl EntityBatch {
    /// The batch of a request.
    ///
    /// # Errors
    ///
    /// When there is nothing to run: the answer is then this.
    pub fn new(request: EntityBatchRequest) -> Result<Self, Box<EntityBatchResult>> {
        // A host that keeps the state elsewhere sends it only if it is asked to.
        let partial = request.properties.get("IncludeState").is_some_and(|value| {
            matches!(value.kind, Some(prost_types::value::Kind::BoolValue(false)))
        });
        if partial && request.entity_state.is_none() {
            return Err(Box::new(EntityBatchResult {
                requires_state: true,
                ..EntityBatchResult::default()
            }));
        }
        let entity = request
            .instance_id
            .parse()
            .map_err(|error: EntityIdError| {
                let details = FailureDetails::new("EntityIdError", error.to_string());
                Box::new(EntityBatchResult {
                    failure_details: Some(details.into_wire()),
                    entity_state: request.entity_state.clone(),
                    ..EntityBatchResult::default()
                })
            })?;
        Ok(Self {
            entity,
            operations: request.operations.into_iter(),
            state: request.entity_state,
            running: None,
            results: Vec::new(),
            actions: Vec::new(),
        })
    }

    /// Begins the next operation.
    pub fn next_operation(&mut self) -> Option<EntityContext> {
        let operation = self.operations.next()?;
        let context = EntityContext(Arc::new(Mutex::new(Operation {
            entity: self.entity.clone(),
            name: operation.operation,
            input: operation.input,
            state: self.state.clone(),
            actions: Vec::new(),
        })));
        self.running = Some((context.clone(), Timestamp::now()));
        Some(context)
    }

    /// Ends the operation that runs.
    pub fn end_operation(&mut self, result: Result<Option<String>, FailureDetails>) {
        let Some((context, begun)) = self.running.take() else {
            return;
        };
        let start = Some(clock::into_wire(begun));
        let end = Some(clock::into_wire(Timestamp::now()));
        let result = match result {
            Ok(result) => {
                let mut operation = context.operation();
                self.state.clone_from(&operation.state);
                for action in operation.actions.drain(..) {
                    self.actions.push(OperationAction {
                        id: i32::try_from(self.actions.len()).unwrap_or(i32::MAX),
                        operation_action_type: Some(action),
                    });
                }
                ResultType::Success(OperationResultSuccess {
                    result,
                    start_time_utc: start,
                    end_time_utc: end,
                })
            }
            Err(details) => ResultType::Failure(OperationResultFailure {
                failure_details: Some(details.into_wire()),
                start_time_utc: start,
                end_time_utc: end,
            }),
        };
        self.results.push(OperationResult {
            result_type: Some(result),
        });
    }

    /// The answer to the batch.
    pub fn into_result(self) -> EntityBatchResult {
        EntityBatchResult {
            results: self.results,
            actions: self.actions,
            entity_state: self.state,
            ..EntityBatchResult::default()
        }
    }
}

/// One operation of an entity: what is asked, and the state.
///
/// Cloning is cheap, and all clones are of the same operation.
#[derive(Clone)]
pub struct EntityContext(Arc<Mutex<Operation>>);

struct Operation {
    entity: EntityId,
    name: String,
    input: Option<String>,
    state: Option<String>,
    actions: Vec<OperationActionType>,
}

impl EntityContext {
    /// The operation `name` of `entity`, which has this state, as a unit test needs it.
    ///
    /// # Errors
    ///
    /// When input or state cannot be written as JSON.
    pub fn new(
        entity: EntityId,
        name: impl Into<String>,
        input: impl Serialize,
        state: impl Serialize,
    ) -> Result<Self, TaskError> {
        let name = name.into();
        let write = |value: Result<_, String>| {
            value.map_err(|reason| TaskError::Input {
                task: format!("operation `{name}` of entity `{entity}`"),
                reason,
            })
        };
        let input = write(json::write(&input))?;
        let state = write(json::write(&state))?;
        Ok(Self(Arc::new(Mutex::new(Operation {
            entity,
            name,
            input,
            state,
            actions: Vec::new(),
        }))))
    }

    fn operation(&self) -> MutexGuard<'_, Operation> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Which entity.
    pub fn entity_id(&self) -> EntityId {
        self.operation().entity.clone()
    }

    /// The name of the operation.
    pub fn operation_name(&self) -> String {
        self.operation().name.clone()
    }

    /// What came with the operation. No input reads as `null`.
    ///
    /// # Errors
    ///
    /// When the input is not of the type.
    pub fn input<T: DeserializeOwned>(&self) -> Result<T, TaskError> {
        let operation = self.operation();
        json::read(operation.input.as_deref()).map_err(|reason| TaskError::Output {
            task: operation.task("the input"),
            reason,
        })
    }

    /// The state; `None` if the entity does not exist yet.
    ///
    /// # Errors
    ///
    /// When the state is not of the type.
    pub fn state<S: DeserializeOwned>(&self) -> Result<Option<S>, TaskError> {
        let operation = self.operation();
        json::read(operation.state.as_deref()).map_err(|reason| TaskError::Output {
            task: operation.task("the state"),
            reason,
        })
    }

    /// Changes the state. `null` deletes the entity.
    ///
    /// # Errors
    ///
    /// When it cannot be written as JSON.
    pub fn set_state(&self, state: &impl Serialize) -> Result<(), TaskError> {
        let mut operation = self.operation();
        let state = json::write(state).map_err(|reason| TaskError::Input {
            task: operation.task("the state"),
            reason,
        })?;
        operation.state = state;
        Ok(())
    }

    /// Deletes the entity after the operation.
    pub fn delete_state(&self) {
        self.operation().state = None;
    }

    /// Calls an operation of another entity after this one, if this one succeeds.
    ///
    /// # Errors
    ///
    /// When the input cannot be written as JSON.
    pub fn signal_entity(
        &self,
        entity: &EntityId,
        operation: &str,
        input: impl Serialize,
    ) -> Result<(), TaskError> {
        self.signal(entity, operation, &input, None)
    }

    /// Has an operation of another entity called at this time, if this one succeeds.
    ///
    /// # Errors
    ///
    /// When the input cannot be written as JSON.
    pub fn signal_entity_at(
        &self,
        time: Timestamp,
        entity: &EntityId,
        operation: &str,
        input: impl Serialize,
    ) -> Result<(), TaskError> {
        self.signal(entity, operation, &input, Some(time))
    }

    /// Calls a method of another entity after this operation, if this one succeeds.
    ///
    /// # Errors
    ///
    /// When the method is no operation, or the input cannot be written as JSON.
    pub fn signal_operation<E, F, Via>(
        &self,
        entity: &EntityRef<E>,
        operation: F,
        input: F::Input,
    ) -> Result<(), TaskError>
    where
        E: Entity,
        F: OperationFunction<E, Via>,
        F::Input: Serialize,
    {
        self.signal(entity, entity.operation_name(operation)?, &input, None)
    }

    fn signal(
        &self,
        entity: &EntityId,
        operation: &str,
        input: &impl Serialize,
        time: Option<Timestamp>,
    ) -> Result<(), TaskError> {
        let input = json::write(input).map_err(|reason| TaskError::Input {
            task: format!("operation `{operation}` of entity `{entity}`"),
            reason,
        })?;
        let action = SendSignalAction {
            instance_id: entity.to_string(),
            name: operation.to_owned(),
            input,
            scheduled_time: time.map(clock::into_wire),
            request_time: Some(clock::into_wire(Timestamp::now())),
            ..SendSignalAction::default()
        };
        let action = OperationActionType::SendSignal(action);
        self.operation().actions.push(action);
        Ok(())
    }

    /// Starts an orchestrator after this operation, if it succeeds; gives the id of the new instance.
    ///
    /// # Errors
    ///
    /// When the input cannot be written as JSON.
    pub fn start_orchestration(
        &self,
        name: &str,
        input: impl Serialize,
    ) -> Result<String, TaskError> {
        let input = json::write(&input).map_err(|reason| TaskError::Input {
            task: format!("orchestrator `{name}`"),
            reason,
        })?;
        let instance_id = Uuid::new_v4().simple().to_string();
        let action = StartNewOrchestrationAction {
            instance_id: instance_id.clone(),
            name: name.to_owned(),
            input,
            request_time: Some(clock::into_wire(Timestamp::now())),
            ..StartNewOrchestrationAction::default()
        };
        let action = OperationActionType::StartNewOrchestration(action);
        self.operation().actions.push(action);
        Ok(instance_id)
    }
}

impl Operation {
    fn task(&self, what: &str) -> String {
        format!(
            "{what} of operation `{}` of entity `{}`",
            self.name, self.entity
        )
    }
}

impl fmt::Debug for EntityContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let operation = self.operation();
        f.debug_struct("EntityContext")
            .field("entity", &operation.entity)
            .field("operation", &operation.name)
            .finish_non_exhaustive()
    }
}
