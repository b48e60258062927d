//! Entities as an orchestrator sees them: calls, signals and locks.
//!
//! The extension has a message of its own for them, and with its default settings loses the calls that come in it (`bindings.md`
//! 20.4). What works everywhere is the event that the extension makes of such a message.

use std::{
    collections::{BTreeSet, HashMap},
    fmt,
    future::Future,
    marker::PhantomData,
    pin::Pin,
    task::{Context, Poll, ready},
};

use azure_functions_shared::durable::{
    OrchestrationInstance, SendEventAction,
    orchestrator_action::OrchestratorActionType as ActionType,
};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{
    EntityId, FailureDetails, TaskError,
    context::new_guid,
    json,
    state::{Instance, Listening, State},
};

/// The name of an event that asks an entity for something.
pub(crate) const OPERATION: &str = "op";

/// The name of an event that gives a lock back.
pub(crate) const RELEASE: &str = "release";

/// What an orchestrator has sent to entities, and what it has locked.
#[derive(Debug, Default)]
pub(crate) struct Outgoing {
    last: Option<Timestamp>,
    sent: HashMap<EntityId, Timestamp>,
    locked: Option<BTreeSet<EntityId>>,
    called: BTreeSet<EntityId>,
}

/// What travels in an event to an entity.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Request {
    pub(crate) op: Option<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) signal: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) input: Option<String>,
    pub(crate) id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) parent: Option<String>,
    #[serde(
        rename = "parentExecution",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub(crate) parent_execution: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) due: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) lockset: Option<Vec<Member>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) pos: Option<u32>,
    #[serde(rename = "Timestamp", default, skip_serializing_if = "Option::is_none")]
    pub(crate) timestamp: Option<String>,
    #[serde(
        rename = "Predecessor",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub(crate) predecessor: Option<String>,
}

/// One of the entities that are to be locked.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Member {
    pub(crate) name: String,
    pub(crate) key: String,
}

/// What an entity answers.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Response {
    pub(crate) result: Option<String>,
    #[serde(
        rename = "exceptionType",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub(crate) exception_type: Option<String>,
    #[serde(
        rename = "failureDetails",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub(crate) failure: Option<ResponseFailure>,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct ResponseFailure {
    pub(crate) error_type: String,
    pub(crate) error_message: String,
    pub(crate) stack_trace: Option<String>,
    pub(crate) inner_failure: Option<Box<Self>>,
    pub(crate) is_non_retriable: bool,
}

impl ResponseFailure {
    fn into_details(self) -> FailureDetails {
        FailureDetails {
            error_type: self.error_type,
            message: self.error_message,
            stack_trace: self.stack_trace,
            inner: self
                .inner_failure
                .map(|inner| Box::new(inner.into_details())),
            non_retriable: self.is_non_retriable,
        }
    }
}

/// Calls an operation and waits.
pub(crate) fn call<O>(
    instance: &Instance,
    entity: &EntityId,
    operation: &str,
    input: impl Serialize,
) -> EntityCall<O> {
    let task = format!("operation `{operation}` of entity `{entity}`");
    let sent = json::write(&input)
        .map_err(|reason| TaskError::Input {
            task: task.clone(),
            reason,
        })
        .and_then(|input| {
            occupy(&mut instance.state(), entity, &task)?;
            let id = new_guid(instance).to_string();
            let answer = instance.listen(&id);
            let mut state = instance.state();
            let request = Request {
                op: Some(operation.to_owned()),
                input,
                id,
                parent: Some(state.instance_id.clone()),
                parent_execution: state.execution_id.clone(),
                ..Request::default()
            };
            send(&mut state, entity, OPERATION, request);
            Ok(answer)
        });
    EntityCall {
        instance: instance.clone(),
        entity: entity.clone(),
        task,
        answer: Some(sent),
        output: PhantomData,
    }
}

/// Calls an operation and goes on.
pub(crate) fn signal(
    instance: &Instance,
    entity: &EntityId,
    operation: &str,
    input: impl Serialize,
    time: Option<Timestamp>,
) -> Result<(), TaskError> {
    let task = || format!("operation `{operation}` of entity `{entity}`");
    let input = json::write(&input).map_err(|reason| TaskError::Input {
        task: task(),
        reason,
    })?;
    let id = new_guid(instance).to_string();
    let mut state = instance.state();
    let locked = state.entities.locked.as_ref();
    if locked.is_some_and(|locked| locked.contains(entity)) {
        return Err(TaskError::Misuse {
            task: task(),
            reason: "an entity that the orchestrator has locked cannot be signalled; call it"
                .to_owned(),
        });
    }
    let due = time.map(written);
    let name = match &due {
        Some(due) => format!("{OPERATION}@{due}"),
        None => OPERATION.to_owned(),
    };
    let request = Request {
        op: Some(operation.to_owned()),
        signal: true,
        input,
        id,
        parent: Some(state.instance_id.clone()),
        parent_execution: state.execution_id.clone(),
        due,
        ..Request::default()
    };
    send(&mut state, entity, &name, request);
    Ok(())
}

/// Locks entities.
pub(crate) fn lock(
    instance: &Instance,
    entities: impl IntoIterator<Item = EntityId>,
) -> LockEntities {
    let entities: BTreeSet<_> = entities.into_iter().collect();
    let id = new_guid(instance).to_string();
    let mut state = instance.state();
    let misuse = |reason: &str| {
        Err(TaskError::Misuse {
            task: "the lock of entities".to_owned(),
            reason: reason.to_owned(),
        })
    };
    let granted = match entities.first().cloned() {
        None => misuse("there is nothing to lock; name at least one entity"),
        Some(_) if state.entities.locked.is_some() => {
            misuse("the orchestrator has a lock already; lock all entities at once")
        }
        Some(first) => {
            // From here on, so that nothing is asked for while the lock is.
            state.entities.locked = Some(entities.clone());
            let request = Request {
                id: id.clone(),
                parent: Some(state.instance_id.clone()),
                lockset: Some(entities.iter().map(member).collect()),
                pos: Some(0),
                ..Request::default()
            };
            send(&mut state, &first, OPERATION, request);
            drop(state);
            Ok(instance.listen(&id))
        }
    };
    let lock = granted.is_ok().then(|| EntityLock {
        instance: instance.clone(),
        id,
        entities,
    });
    LockEntities {
        granted: Some(granted),
        lock,
    }
}

/// Says that an entity is being called. While there is a lock it has to be a locked one that is free.
fn occupy(state: &mut State, entity: &EntityId, task: &str) -> Result<(), TaskError> {
    let Some(locked) = &state.entities.locked else {
        return Ok(());
    };
    let reason = if !locked.contains(entity) {
        "the orchestrator has a lock, and this entity is not in it; lock all entities at once, or drop the lock first"
    } else if !state.entities.called.insert(entity.clone()) {
        "a locked entity takes one call at a time; await the call before it"
    } else {
        return Ok(());
    };
    Err(TaskError::Misuse {
        task: task.to_owned(),
        reason: reason.to_owned(),
    })
}

/// Sends `request`. What is not for a later time gets a stamp by which the entity finds the right order; without it a call is lost.
fn send(state: &mut State, entity: &EntityId, name: &str, mut request: Request) {
    // What stands for "nothing before this" in .NET.
    const NEVER: &str = "0001-01-01T00:00:00";
    const TICK: SignedDuration = SignedDuration::from_millis(1);
    if request.due.is_none() {
        let now = floor(state.now);
        let stamp = match state.entities.last {
            Some(last) if last >= now => last.checked_add(TICK).unwrap_or(last),
            _ => now,
        };
        state.entities.last = Some(stamp);
        let before = state.entities.sent.insert(entity.clone(), stamp);
        request.timestamp = Some(written(stamp));
        request.predecessor = Some(before.map_or_else(|| NEVER.to_owned(), written));
    }
    let data = serde_json::to_string(&request).unwrap_or_default();
    state.post(ActionType::SendEvent(SendEventAction {
        instance: Some(OrchestrationInstance {
            instance_id: entity.to_string(),
            execution_id: None,
        }),
        name: name.to_owned(),
        data: Some(data),
    }));
}

/// The time in whole milliseconds.
fn floor(time: Timestamp) -> Timestamp {
    Timestamp::from_millisecond(time.as_millisecond()).unwrap_or(time)
}

fn written(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

fn member(entity: &EntityId) -> Member {
    Member {
        name: entity.name().to_owned(),
        key: entity.key().to_owned(),
    }
}

/// A running operation of an entity; awaiting it gives its result.
#[must_use = "it runs, but nobody learns how it ends"]
pub struct EntityCall<O> {
    instance: Instance,
    entity: EntityId,
    task: String,
    answer: Option<Result<Listening, TaskError>>,
    output: PhantomData<fn() -> O>,
}

impl<O> EntityCall<O> {
    /// A call that has failed before it began.
    pub(crate) fn failed(instance: &Instance, entity: &EntityId, error: TaskError) -> Self {
        Self {
            instance: instance.clone(),
            entity: entity.clone(),
            task: String::new(),
            answer: Some(Err(error)),
            output: PhantomData,
        }
    }
}

impl<O: DeserializeOwned> Future for EntityCall<O> {
    type Output = Result<O, TaskError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        let answer = match &mut this.answer {
            Some(Ok(listening)) => ready!(Pin::new(listening).poll(cx)),
            Some(Err(error)) => {
                let error = error.clone();
                this.answer = None;
                return Poll::Ready(Err(error));
            }
            None => return Poll::Pending,
        };
        this.answer = None;
        this.instance.state().entities.called.remove(&this.entity);
        let unreadable = |reason: String| TaskError::Output {
            task: this.task.clone(),
            reason,
        };
        let response: Response = json::read(answer.as_deref()).map_err(unreadable)?;
        let Response {
            result,
            exception_type,
            failure,
        } = response;
        let details = match (failure, exception_type) {
            (Some(failure), _) => failure.into_details(),
            // The message stands where the result would.
            (None, Some(error_type)) => FailureDetails::new(error_type, result.unwrap_or_default()),
            (None, None) => {
                return Poll::Ready(json::read(result.as_deref()).map_err(unreadable));
            }
        };
        Poll::Ready(Err(TaskError::Failed {
            task: this.task.clone(),
            details,
        }))
    }
}

impl<O> fmt::Debug for EntityCall<O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("EntityCall").field(&self.task).finish()
    }
}

/// The wait for a lock; awaiting it gives an [`EntityLock`].
#[must_use = "the entities stay locked until the lock is awaited and dropped"]
pub struct LockEntities {
    granted: Option<Result<Listening, TaskError>>,
    lock: Option<EntityLock>,
}

impl Future for LockEntities {
    type Output = Result<EntityLock, TaskError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        match &mut this.granted {
            Some(Ok(listening)) => {
                let _granted = ready!(Pin::new(listening).poll(cx));
            }
            Some(Err(error)) => {
                let error = error.clone();
                this.granted = None;
                return Poll::Ready(Err(error));
            }
            None => return Poll::Pending,
        }
        this.granted = None;
        match this.lock.take() {
            Some(lock) => Poll::Ready(Ok(lock)),
            None => Poll::Pending,
        }
    }
}

impl fmt::Debug for LockEntities {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("LockEntities").field(&self.lock).finish()
    }
}

/// Entities that the orchestrator has for itself until this is dropped.
#[must_use = "the entities are free again when it is dropped"]
pub struct EntityLock {
    instance: Instance,
    id: String,
    entities: BTreeSet<EntityId>,
}

impl EntityLock {
    /// The entities, in the order in which they were locked.
    pub fn entities(&self) -> impl Iterator<Item = &EntityId> {
        self.entities.iter()
    }
}

impl Drop for EntityLock {
    fn drop(&mut self) {
        let mut state = self.instance.state();
        state.entities.locked = None;
        state.entities.called.clear();
        for entity in &self.entities {
            let request = Request {
                id: self.id.clone(),
                parent: Some(state.instance_id.clone()),
                ..Request::default()
            };
            send(&mut state, entity, RELEASE, request);
        }
    }
}

impl fmt::Debug for EntityLock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("EntityLock").field(&self.entities).finish()
    }
}

/// Reads a time that stands in the name of an event.
pub(crate) fn due(name: &str) -> Option<Timestamp> {
    name.strip_prefix(OPERATION)?
        .strip_prefix('@')?
        .parse()
        .ok()
}
