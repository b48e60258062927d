//! Orchestrators: functions that describe a workflow, and are replayed.

use std::{fmt, ops};

use azure_functions_durable::{
    EntityId, OrchestrationContext, Task, TaskError, protocol::OrchestratorRequest, run,
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use super::{
    REQUIRES_GRPC, failure,
    function::{ActivityFunction, EntityFunction, OrchestratorFunction, name_of},
    message,
};
use crate::{
    BindError, Binding, Data, FromTrigger, IntoOutput, InvokeError, Offers, Outputs, Property,
    Setting, Trigger,
    driver::{Drive, Driver, Invoked},
};

/// The binding of [`DurableOrchestrationContext`].
#[derive(Debug)]
pub struct OrchestrationTriggerBinding;

impl Binding for OrchestrationTriggerBinding {
    const TYPE: &'static str = "orchestrationTrigger";
    const PROPERTIES: &'static [Property] = &[Property::string("orchestration")
        .default("the function's name")
        .doc("The name by which it is started.")];
    const FIXED: &'static [Setting] = REQUIRES_GRPC;
    const OFFERS: Offers = Offers::names(&[]);
    const INPUTS: bool = false;
    const OUTPUTS: bool = false;
    const DRIVER: Option<Driver> =
        Some(Driver::new(|drive| Box::pin(async move { replay(drive) })));
}

/// Runs the orchestrator over its history until it waits for something that has not happened.
///
/// The engine polls it here, without tokio: what it awaits ends when the history says so.
fn replay(mut drive: Drive) -> Invoked {
    let request: OrchestratorRequest =
        message::decode(&drive.take()).map_err(|error| InvokeError::Bind {
            parameter: drive.parameter(),
            error,
        })?;
    let response = run(request, |context| {
        let running = drive.begin(Data::made(context));
        async move { failure::result("an orchestrator", running.await) }
    });
    let mut outputs = Outputs::new();
    outputs.put(
        azure_functions_shared::names::RETURN,
        message::encode(&response),
    );
    Ok(outputs)
}

/// The binding of [`OrchestrationOutput`].
#[derive(Debug)]
pub struct OrchestrationOutputBinding;

impl Binding for OrchestrationOutputBinding {
    const TYPE: &'static str = "orchestrationTrigger";
    const ONLY_WITH: Option<&'static str> = Some("orchestrationTrigger");
    const RETURNED_TO_TRIGGER: bool = true;
}

/// An orchestration, which starts the function and has it replayed: its input, and what an orchestrator can do.
///
/// `I` is the input, any type that serde can read from JSON. The orchestrator is an `async` function that may use nothing but its
/// input and this context: what it awaits is kept in the history of the instance, and each time something has happened, the function runs
/// again from its beginning with what is known. It dereferences to an [`OrchestrationContext`], which has timers, events,
/// entities, calls by name, and the rest. The output is what the function returns as an [`OrchestrationOutput`]; an error fails the instance.
///
/// # Properties
///
/// | Name | Type | Default | Meaning |
/// |---|---|---|---|
/// | `orchestration` | string | the function's name | The name by which it is started. |
///
/// # Example
///
/// ```
/// use azure_functions::{
///     bindings::{
///         ActivityOutput, ActivityTrigger, DurableOrchestrationContext, OrchestrationOutput,
///         durable::{TaskError, World},
///     },
///     func,
/// };
///
/// #[func]
/// fn double(ActivityTrigger(number): ActivityTrigger<i64>) -> ActivityOutput<i64> {
///     ActivityOutput(2 * number)
/// }
///
/// #[func]
/// async fn quadruple(ctx: DurableOrchestrationContext<i64>) -> Result<OrchestrationOutput<i64>, TaskError> {
///     let doubled = ctx.call_activity(double, *ctx.input()).await?;
///     Ok(OrchestrationOutput(ctx.call_activity(double, doubled).await?))
/// }
///
/// # fn main() {
/// // A test runs it in a world of its own.
/// let mut world = World::new();
/// world.activity("double", |number: i64| Ok::<_, TaskError>(2 * number));
/// assert_eq!(world.run("quadruple", 3, quadruple).output(), Ok(12));
/// # }
/// ```
#[derive(Clone)]
pub struct DurableOrchestrationContext<I = Value> {
    context: OrchestrationContext,
    input: I,
}

impl<I> DurableOrchestrationContext<I> {
    /// What the instance was started with.
    pub fn input(&self) -> &I {
        &self.input
    }

    /// The input, and the context without it.
    pub fn into_parts(self) -> (I, OrchestrationContext) {
        (self.input, self.context)
    }

    /// Calls an activity: a function of this app that takes an [`ActivityTrigger`](super::ActivityTrigger) first.
    ///
    /// It has to have `#[func]`; the call fails if it has not. An activity of another app, or one whose name is made while the orchestrator runs, is
    /// called with [`call_activity_by_name`](OrchestrationContext::call_activity_by_name).
    pub fn call_activity<F, Via>(&self, activity: F, input: F::Input) -> Task<F::Output>
    where
        F: ActivityFunction<Via>,
        F::Input: Serialize,
        F::Output: DeserializeOwned,
    {
        let _ = activity;
        match name_of::<F>("activity") {
            Ok(name) => self.context.call_activity_by_name(name, input),
            Err(error) => self.context.failed(error),
        }
    }

    /// Starts an orchestrator of this app as a part of this one, under an id that is made for it.
    pub fn call_sub_orchestrator<F, Via>(&self, orchestrator: F, input: F::Input) -> Task<F::Output>
    where
        F: OrchestratorFunction<Via>,
        F::Input: Serialize,
        F::Output: DeserializeOwned,
    {
        self.call_sub_orchestrator_with_id(orchestrator, "", input)
    }

    /// Starts an orchestrator of this app as a part of this one, under this id.
    pub fn call_sub_orchestrator_with_id<F, Via>(
        &self,
        orchestrator: F,
        instance_id: impl Into<String>,
        input: F::Input,
    ) -> Task<F::Output>
    where
        F: OrchestratorFunction<Via>,
        F::Input: Serialize,
        F::Output: DeserializeOwned,
    {
        let _ = orchestrator;
        match name_of::<F>("orchestration") {
            Ok(name) => {
                self.context
                    .call_sub_orchestrator_by_name_with_id(name, instance_id, input)
            }
            Err(error) => self.context.failed(error),
        }
    }

    /// The entity of an entity function of this app that has this key.
    ///
    /// # Errors
    ///
    /// When the function has no `#[func]`.
    pub fn entity<F, Via>(&self, entity: F, key: impl Into<String>) -> Result<EntityId, TaskError>
    where
        F: EntityFunction<Via>,
    {
        let _ = entity;
        name_of::<F>("entity_name").map(|name| EntityId::new(name, key))
    }
}

impl<I> ops::Deref for DurableOrchestrationContext<I> {
    type Target = OrchestrationContext;

    fn deref(&self) -> &OrchestrationContext {
        &self.context
    }
}

impl<I: DeserializeOwned> TryFrom<OrchestrationContext> for DurableOrchestrationContext<I> {
    type Error = TaskError;

    fn try_from(context: OrchestrationContext) -> Result<Self, TaskError> {
        let input = context.input()?;
        Ok(Self { context, input })
    }
}

impl<I: DeserializeOwned> FromTrigger for DurableOrchestrationContext<I> {
    type Binding = OrchestrationTriggerBinding;

    fn from_trigger(data: Data, _: &Trigger) -> Result<Self, BindError> {
        let context: OrchestrationContext = data.as_made().ok_or_else(|| {
            BindError::new("an orchestrator runs only over its history; run it in a `World`")
        })?;
        Self::try_from(context).map_err(|error| BindError::new(error.to_string()))
    }
}

impl<I: fmt::Debug> fmt::Debug for DurableOrchestrationContext<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DurableOrchestrationContext")
            .field("instance_id", &self.context.instance_id())
            .field("input", &self.input)
            .finish_non_exhaustive()
    }
}

/// The output of an orchestration, as JSON. An orchestrator without an output returns nothing.
///
/// # Properties
///
/// None.
///
/// Only in a function whose trigger is `orchestrationTrigger`.
///
/// # Example
///
/// See [`DurableOrchestrationContext`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(transparent)]
pub struct OrchestrationOutput<T>(
    /// The output.
    pub T,
);

impl<T> From<T> for OrchestrationOutput<T> {
    fn from(output: T) -> Self {
        Self(output)
    }
}

impl<T: Serialize> IntoOutput for OrchestrationOutput<T> {
    type Binding = OrchestrationOutputBinding;

    fn into_output(self) -> Result<Data, BindError> {
        message::write(&self.0)
    }
}
