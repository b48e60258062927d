//! Functions as arguments: what `call_activity(resize, …)` knows of `resize`.

use std::any::{TypeId, type_name};

use azure_functions_durable::TaskError;

use super::{
    ActivityOutput, ActivityTrigger, DurableActivityContext, DurableEntityContext,
    DurableOrchestrationContext, OrchestrationOutput,
};
use crate::{FunctionDef, Value, registry};

/// A function that is an activity: it takes an [`ActivityTrigger`] or a [`DurableActivityContext`] first, and returns an
/// [`ActivityOutput`], nothing, or a `Result` of one of them.
///
/// `Via` is found by the compiler.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an activity",
    label = "not an activity",
    note = "an activity takes `ActivityTrigger<…>` as its first parameter and returns `ActivityOutput<…>`, `()`, or a `Result` of these"
)]
pub trait ActivityFunction<Via>: Copy + 'static {
    /// What it is called with.
    type Input;
    /// What it gives.
    type Output;
}

/// A function that is an orchestrator: it takes a [`DurableOrchestrationContext`] first, and returns an
/// [`OrchestrationOutput`], nothing, or a `Result` of one of them.
///
/// `Via` is found by the compiler.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an orchestrator",
    label = "not an orchestrator",
    note = "an orchestrator takes `DurableOrchestrationContext<…>` as its first parameter and returns `OrchestrationOutput<…>`, `()`, or a `Result` of these"
)]
pub trait OrchestratorFunction<Via>: Copy + 'static {
    /// What it is started with.
    type Input;
    /// What it gives.
    type Output;
}

/// A function that is an entity: it takes a [`DurableEntityContext`] first.
///
/// `Via` is found by the compiler.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an entity",
    label = "not an entity",
    note = "an entity takes `DurableEntityContext<…>` as its first parameter"
)]
pub trait EntityFunction<Via>: Copy + 'static {
    /// The state of the entities.
    type State;
}

/// That a function is async.
#[derive(Debug)]
pub enum Async {}

/// That a function is not async.
#[derive(Debug)]
pub enum Blocking {}

/// The first parameter of an activity.
pub trait ActivityInput {
    /// The input.
    type Input;
}

impl<T> ActivityInput for ActivityTrigger<T> {
    type Input = T;
}

impl<T> ActivityInput for DurableActivityContext<T> {
    type Input = T;
}

impl<T: ActivityInput> ActivityInput for &T {
    type Input = T::Input;
}

/// The first parameter of an orchestrator.
pub trait OrchestratorInput {
    /// The input.
    type Input;
}

impl<T> OrchestratorInput for DurableOrchestrationContext<T> {
    type Input = T;
}

impl<T: OrchestratorInput> OrchestratorInput for &T {
    type Input = T::Input;
}

/// The first parameter of an entity.
pub trait EntityInput {
    /// The state.
    type State;
}

impl<S> EntityInput for DurableEntityContext<S> {
    type State = S;
}

impl<T: EntityInput> EntityInput for &T {
    type State = T::State;
}

/// What an activity returns.
pub trait ActivityResult {
    /// The result.
    type Output;
}

impl<T> ActivityResult for ActivityOutput<T> {
    type Output = T;
}

/// What an orchestrator returns.
pub trait OrchestratorResult {
    /// The output.
    type Output;
}

impl<T> OrchestratorResult for OrchestrationOutput<T> {
    type Output = T;
}

macro_rules! results {
    ($($result:ident),+) => {$(
        impl $result for () {
            type Output = ();
        }

        impl<T: $result, E> $result for Result<T, E> {
            type Output = T::Output;
        }
    )+};
}

results!(ActivityResult, OrchestratorResult);

macro_rules! activity_tuples {
    ($($(#[$attribute:meta])? ($($rest:ident),+))+) => {$(
        /// The first output is the result; the others are bindings.
        impl<T: ActivityResult, $($rest),+> ActivityResult for (T, $($rest),+) {
            type Output = T::Output;
        }
    )+};
}

activity_tuples! {
    (A)
    (A, B)
    (A, B, C)
    (A, B, C, D)
}

macro_rules! functions {
    ($(($($rest:ident),*))+) => {$(
        impl<Func, In, $($rest,)* Out> ActivityFunction<(Blocking, In, $($rest,)*)> for Func
        where
            Func: Fn(In, $($rest),*) -> Out + Copy + 'static,
            In: ActivityInput,
            Out: ActivityResult,
        {
            type Input = In::Input;
            type Output = Out::Output;
        }

        impl<Func, In, $($rest,)* Fut> ActivityFunction<(Async, In, $($rest,)*)> for Func
        where
            Func: Fn(In, $($rest),*) -> Fut + Copy + 'static,
            In: ActivityInput,
            Fut: Future<Output: ActivityResult>,
        {
            type Input = In::Input;
            type Output = <Fut::Output as ActivityResult>::Output;
        }

        impl<Func, In, $($rest,)* Out> OrchestratorFunction<(Blocking, In, $($rest,)*)> for Func
        where
            Func: Fn(In, $($rest),*) -> Out + Copy + 'static,
            In: OrchestratorInput,
            Out: OrchestratorResult,
        {
            type Input = In::Input;
            type Output = Out::Output;
        }

        impl<Func, In, $($rest,)* Fut> OrchestratorFunction<(Async, In, $($rest,)*)> for Func
        where
            Func: Fn(In, $($rest),*) -> Fut + Copy + 'static,
            In: OrchestratorInput,
            Fut: Future<Output: OrchestratorResult>,
        {
            type Input = In::Input;
            type Output = <Fut::Output as OrchestratorResult>::Output;
        }

        impl<Func, In, $($rest,)* Out> EntityFunction<(In, $($rest,)*)> for Func
        where
            Func: Fn(In, $($rest),*) -> Out + Copy + 'static,
            In: EntityInput,
        {
            type State = In::State;
        }
    )+};
}

functions! {
    ()
    (A)
    (A, B)
    (A, B, C)
    (A, B, C, D)
    (A, B, C, D, E)
}

/// The name by which the host knows a function: the property of its trigger, or its own.
///
/// # Errors
///
/// When it is no function of the app, or its name is a setting.
pub(super) fn name_of<F: 'static>(property: &str) -> Result<&'static str, TaskError> {
    match registry::find(TypeId::of::<F>()) {
        Some(function) => match given(function, property).unwrap_or(function.name) {
            // The host alone says what becomes of it.
            name if name.contains('%') => Err(TaskError::Misuse {
                task: format!("function `{}`", function.name),
                reason: format!(
                    "its property `{property}` is `{name}`, a setting, which only the host knows; write the name itself, or call \
                     the function by its name"
                ),
            }),
            name => Ok(name),
        },
        None => Err(TaskError::Misuse {
            task: format!("function `{}`", type_name::<F>()),
            reason: "the app does not have it; put `#[func]` on it, or call one by its name"
                .to_owned(),
        }),
    }
}

/// The orchestrators of the app, by the names that the host knows them by.
pub(super) fn orchestrators() -> impl Iterator<Item = (&'static str, &'static FunctionDef)> {
    let kind = <super::OrchestrationTriggerBinding as crate::Binding>::TYPE;
    let functions = registry::registered().into_iter();
    functions
        .filter(move |function| {
            let binding = function.trigger().and_then(|trigger| trigger.binding);
            binding.is_some_and(|binding| binding.wire_type == kind)
        })
        .map(|function| {
            let name = given(function, "orchestration").unwrap_or(function.name);
            (name, function)
        })
}

fn given(function: &FunctionDef, property: &str) -> Option<&'static str> {
    let settings = function.trigger()?.settings;
    let setting = settings.iter().find(|setting| setting.name == property)?;
    match setting.value {
        Value::Text(name) => Some(name),
        _ => None,
    }
}
