//! What an orchestrator can do and know: [`OrchestrationContext`].

use std::{future::Future, marker::PhantomData, time::Duration};

use azure_functions_shared::durable::{
    CreateSubOrchestrationAction, OrchestrationInstance, ScheduleTaskAction, SendEventAction,
    orchestrator_action::OrchestratorActionType as ActionType,
};
use jiff::Timestamp;
use serde::{Serialize, de::DeserializeOwned};
use uuid::Uuid;

use crate::{
    ContinueAsNew, DurableHttpRequest, Entity, EntityCall, EntityId, EntityRef, ExternalEvent,
    FailureDetails, HttpCall, LockEntities, OperationFunction, Spawned, Task, TaskError, Timer,
    clock, entity_call, json,
    state::{Continued, Instance},
    task::Order,
};

/// What an orchestrator can do and know.
///
/// An orchestrator is run again from its beginning each time something has happened, and what it awaits then has its old value.
/// So it has to do the same each time: it may use nothing but its input and this context. Time is [`now`](Self::now), random
/// numbers come from [`new_guid`](Self::new_guid), tasks of its own from [`spawn`](Self::spawn); everything else belongs into an
/// activity.
///
/// What is called here begins at once, not when it is awaited: two activities that are called one after the other and then
/// awaited run at the same time. Cloning is cheap.
#[derive(Clone, Debug)]
pub struct OrchestrationContext {
    instance: Instance,
}

impl OrchestrationContext {
    pub(crate) fn new(instance: Instance) -> Self {
        Self { instance }
    }

    /// The id of the instance.
    pub fn instance_id(&self) -> String {
        self.instance.state().instance_id.clone()
    }

    /// The id of this execution of the instance: a new one each time it continues as new.
    pub fn execution_id(&self) -> Option<String> {
        self.instance.state().execution_id.clone()
    }

    /// The instance that started this one as its sub-orchestration.
    pub fn parent_instance_id(&self) -> Option<String> {
        self.instance.state().parent_instance_id.clone()
    }

    /// The name of the orchestrator.
    pub fn name(&self) -> String {
        self.instance.state().name.clone()
    }

    /// The version that the instance was started with, if it was.
    pub fn version(&self) -> Option<String> {
        self.instance.state().version.clone()
    }

    /// Whether what runs now has run before, so that it need not be logged again.
    pub fn is_replaying(&self) -> bool {
        self.instance.state().replaying
    }

    /// The time, which is the same in each replay.
    pub fn now(&self) -> Timestamp {
        self.instance.state().now
    }

    /// What the instance was started with. No input reads as `null`.
    ///
    /// # Errors
    ///
    /// When the input is not of the type.
    pub fn input<T: DeserializeOwned>(&self) -> Result<T, TaskError> {
        let state = self.instance.state();
        json::read(state.input.as_deref()).map_err(|reason| TaskError::Input {
            task: format!("orchestrator `{}`", state.name),
            reason,
        })
    }

    /// A GUID that nobody else has, and that is the same in each replay.
    pub fn new_guid(&self) -> Uuid {
        new_guid(&self.instance)
    }

    /// A number that is the same in each replay.
    pub fn random_u64(&self) -> u64 {
        self.new_guid().as_u64_pair().0
    }

    /// Calls the activity of this name.
    ///
    /// `null` is not sent; `()` is the input of an activity without one.
    pub fn call_activity_by_name<O: DeserializeOwned>(
        &self,
        name: &str,
        input: impl Serialize,
    ) -> Task<O> {
        let task = format!("activity `{name}`");
        match json::write(&input) {
            Ok(input) => Task::new(
                &self.instance,
                task,
                Order::Again(ActionType::ScheduleTask(ScheduleTaskAction {
                    name: name.to_owned(),
                    input,
                    ..ScheduleTaskAction::default()
                })),
            ),
            Err(reason) => Task::failed(&self.instance, TaskError::Input { task, reason }),
        }
    }

    /// A task that has failed before it began: for one who cannot say what is to be called.
    pub fn failed<O>(&self, error: TaskError) -> Task<O> {
        Task::failed(&self.instance, error)
    }

    /// Has the host send an HTTP request, and waits for the answer.
    ///
    /// An answer 202 with a `Location` says that the work goes on: the orchestrator asks there until it is done, each time after the pause that
    /// `Retry-After` says, and meanwhile needs no worker.
    pub fn call_http(&self, request: DurableHttpRequest) -> HttpCall {
        HttpCall::new(&self.instance, request)
    }

    /// Starts the orchestrator of this name as a part of this one, under an id that the engine makes.
    pub fn call_sub_orchestrator_by_name<O: DeserializeOwned>(
        &self,
        name: &str,
        input: impl Serialize,
    ) -> Task<O> {
        self.sub_orchestrator(name, None, input)
    }

    /// Starts the orchestrator of this name as a part of this one, under this id.
    pub fn call_sub_orchestrator_by_name_with_id<O: DeserializeOwned>(
        &self,
        name: &str,
        instance_id: impl Into<String>,
        input: impl Serialize,
    ) -> Task<O> {
        self.sub_orchestrator(name, Some(instance_id.into()), input)
    }

    fn sub_orchestrator<O: DeserializeOwned>(
        &self,
        name: &str,
        instance_id: Option<String>,
        input: impl Serialize,
    ) -> Task<O> {
        let task = format!("sub-orchestration `{name}`");
        let input = match json::write(&input) {
            Ok(input) => input,
            Err(reason) => {
                return Task::failed(&self.instance, TaskError::Input { task, reason });
            }
        };
        let action = CreateSubOrchestrationAction {
            name: name.to_owned(),
            input,
            ..CreateSubOrchestrationAction::default()
        };
        let order = match instance_id.filter(|id| !id.is_empty()) {
            Some(instance_id) => Order::Again(ActionType::CreateSubOrchestration(
                CreateSubOrchestrationAction {
                    instance_id,
                    ..action
                },
            )),
            // The host makes none, and would wait for ever.
            None => Order::NewInstance(action),
        };
        Task::new(&self.instance, task, order)
    }

    /// Waits until this time, however far away.
    ///
    /// The host may wake the orchestrator up to a second early: do not compare [`now`](Self::now) with the time again.
    pub fn sleep_until(&self, time: Timestamp) -> Timer {
        Timer::new(&self.instance, time)
    }

    /// Waits for this long, however long.
    pub fn sleep(&self, duration: Duration) -> Timer {
        self.sleep_until(clock::later(self.now(), duration))
    }

    /// Waits for an event of this name from outside. Its case does not matter.
    ///
    /// Each event reaches one who waits for it; those that nobody waits for yet are kept.
    pub fn wait_for_event<T: DeserializeOwned>(&self, name: &str) -> ExternalEvent<T> {
        ExternalEvent::new(&self.instance, name)
    }

    /// Sends an event to another instance.
    ///
    /// # Errors
    ///
    /// When the data cannot be written as JSON.
    pub fn send_event(
        &self,
        instance_id: &str,
        name: &str,
        data: impl Serialize,
    ) -> Result<(), TaskError> {
        let data = json::write(&data).map_err(|reason| TaskError::Input {
            task: format!("event `{name}`"),
            reason,
        })?;
        let action = SendEventAction {
            instance: Some(OrchestrationInstance {
                instance_id: instance_id.to_owned(),
                execution_id: None,
            }),
            name: name.to_owned(),
            data,
        };
        let mut state = self.instance.state();
        state.post(ActionType::SendEvent(action));
        Ok(())
    }

    /// What those who ask for the status of the instance are told besides it.
    ///
    /// # Errors
    ///
    /// When the value cannot be written as JSON.
    pub fn set_custom_status(&self, status: impl Serialize) -> Result<(), TaskError> {
        let status = json::write(&status).map_err(|reason| TaskError::Input {
            task: "the custom status".to_owned(),
            reason,
        })?;
        self.instance.state().custom_status = Some(status.unwrap_or_else(|| "null".to_owned()));
        Ok(())
    }

    /// Ends this execution, and begins the instance anew with another input and no history.
    ///
    /// It is what a loop without an end has to do now and then. What was called and not awaited goes on without the instance.
    /// Return what it gives: `return ctx.continue_as_new(next).await;`.
    pub fn continue_as_new<T>(&self, input: impl Serialize) -> ContinueAsNew<T> {
        let mut state = self.instance.state();
        match json::write(&input) {
            Ok(input) => {
                state.continued = Some(Continued {
                    input,
                    keep_events: true,
                });
            }
            Err(reason) => {
                let error = TaskError::Input {
                    task: "the next execution".to_owned(),
                    reason,
                };
                state.mistake = Some(FailureDetails::of("TaskError", &error));
            }
        }
        drop(state);
        ContinueAsNew {
            instance: self.instance.clone(),
            never: PhantomData,
        }
    }

    /// Calls an operation of an entity, and waits for its result.
    pub fn call_entity<O: DeserializeOwned>(
        &self,
        entity: &EntityId,
        operation: &str,
        input: impl Serialize,
    ) -> EntityCall<O> {
        entity_call::call(&self.instance, entity, operation, input)
    }

    /// Calls a method of an entity, and waits for its result: `ctx.call_operation(&counter, Counter::add, 1)`.
    pub fn call_operation<E, F, Via>(
        &self,
        entity: &EntityRef<E>,
        operation: F,
        input: F::Input,
    ) -> EntityCall<F::Output>
    where
        E: Entity,
        F: OperationFunction<E, Via>,
        F::Input: Serialize,
        F::Output: DeserializeOwned,
    {
        match entity.operation_name(operation) {
            Ok(name) => self.call_entity(entity, name, input),
            Err(error) => EntityCall::failed(&self.instance, entity, error),
        }
    }

    /// Calls a method of an entity, and goes on.
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
        self.signal_entity(entity, entity.operation_name(operation)?, input)
    }

    /// Has a method of an entity called at this time, and goes on.
    ///
    /// # Errors
    ///
    /// When the method is no operation, or the input cannot be written as JSON.
    pub fn signal_operation_at<E, F, Via>(
        &self,
        time: Timestamp,
        entity: &EntityRef<E>,
        operation: F,
        input: F::Input,
    ) -> Result<(), TaskError>
    where
        E: Entity,
        F: OperationFunction<E, Via>,
        F::Input: Serialize,
    {
        self.signal_entity_at(time, entity, entity.operation_name(operation)?, input)
    }

    /// Calls an operation of an entity, and goes on.
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
        entity_call::signal(&self.instance, entity, operation, input, None)
    }

    /// Has an operation of an entity called at this time, and goes on.
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
        entity_call::signal(&self.instance, entity, operation, input, Some(time))
    }

    /// Waits until the instance has all of these entities for itself: until the lock is dropped, nobody else changes them.
    ///
    /// They are locked one after the other in the same order everywhere, so that two orchestrators cannot wait for each other. While it
    /// has a lock, an orchestrator can call the locked entities only, each of them once at a time, and cannot lock others.
    pub fn lock_entities(&self, entities: impl IntoIterator<Item: Into<EntityId>>) -> LockEntities {
        let entities = entities.into_iter().map(Into::into);
        entity_call::lock(&self.instance, entities)
    }

    /// Runs a part of the orchestrator beside the rest of it.
    ///
    /// It replays like everything else. What has not ended when the orchestrator does is dropped.
    pub fn spawn<F>(&self, future: F) -> Spawned<F::Output>
    where
        F: Future<Output: Send> + Send + 'static,
    {
        crate::spawn::spawn(&self.instance, future)
    }
}

pub(crate) fn new_guid(instance: &Instance) -> Uuid {
    // The namespace that the other SDKs use.
    const NAMESPACE: Uuid = Uuid::from_u128(0x9e95_2958_5e33_4daf_827f_2fa1_2937_b875);
    let mut state = instance.state();
    let number = state.guid();
    let name = format!("{}_{}_{number}", state.instance_id, state.now);
    Uuid::new_v5(&NAMESPACE, name.as_bytes())
}
