//! Methods as operations: what they take, what they give, and what a caller knows of them.

use std::{
    any::type_name,
    collections::{BTreeMap, BTreeSet},
    error::Error,
};

use serde::{Serialize, de::DeserializeOwned};

use crate::{
    EntityContext, TaskError, json,
    typed::{Entity, Operated, OperationError},
};

/// What an operation takes after `self`: its input, or the [`EntityContext`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the input of an operation",
    label = "not an input",
    note = "an operation takes at most one input, which serde can read and which borrows nothing, and after it an `EntityContext`"
)]
pub trait OperationArgument: Sized {
    /// It, of an operation.
    ///
    /// # Errors
    ///
    /// When the input is not of the type.
    fn of(context: &EntityContext) -> Result<Self, TaskError>;
}

#[diagnostic::do_not_recommend]
impl<T: DeserializeOwned> OperationArgument for T {
    fn of(context: &EntityContext) -> Result<Self, TaskError> {
        context.input()
    }
}

impl OperationArgument for EntityContext {
    fn of(context: &EntityContext) -> Result<Self, TaskError> {
        Ok(context.clone())
    }
}

/// What an operation takes behind its input: the [`EntityContext`].
#[diagnostic::on_unimplemented(
    message = "an operation takes one input, and after it nothing but an `EntityContext`",
    label = "a second input",
    note = "put several inputs into a struct"
)]
pub trait OperationContext: Sized {
    /// It, of an operation.
    fn of(context: &EntityContext) -> Self;
}

impl OperationContext for EntityContext {
    fn of(context: &EntityContext) -> Self {
        context.clone()
    }
}

/// What an operation gives: nothing, a number, a text, a list or a map of these, the entity's own type, or a `Result` of any type that serde
/// can write.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not the result of an operation",
    label = "not a result of an operation",
    note = "an operation returns nothing, a number, a text, a list or a map of these, the entity's own type, or a `Result` of any type \
            that serde can write, with an error that converts into `BoxError`; wrap any other type: `EntityOutput<…>`"
)]
pub trait OperationResult {
    /// What the caller gets.
    type Output;

    /// It as a JSON text.
    ///
    /// # Errors
    ///
    /// When it is an error, or cannot be written as JSON.
    fn into_json(self) -> Operated;
}

/// The JSON text of a result.
///
/// # Errors
///
/// When it cannot be written as JSON.
fn written(result: &impl Serialize) -> Operated {
    json::write(result).map_err(|reason| {
        OperationError::from(TaskError::Output {
            task: "an operation".to_owned(),
            reason,
        })
    })
}

impl<T, Err> OperationResult for Result<T, Err>
where
    T: Serialize,
    Err: Into<Box<dyn Error + Send + Sync>>,
{
    type Output = T;

    fn into_json(self) -> Operated {
        match self {
            Ok(result) => written(&result),
            Err(error) => Err(OperationError {
                type_name: type_name::<Err>(),
                error: error.into(),
            }),
        }
    }
}

#[diagnostic::do_not_recommend]
impl<E: Entity> OperationResult for E {
    type Output = E;

    fn into_json(self) -> Operated {
        written(&self)
    }
}

macro_rules! results {
    ($($result:ty $(where $($of:ident)+)?;)+) => {$(
        impl$(<$($of: Serialize),+>)? OperationResult for $result {
            type Output = Self;

            fn into_json(self) -> Operated {
                written(&self)
            }
        }
    )+};
}

results! {
    (); bool; char; String; f32; f64;
    i8; i16; i32; i64; i128; isize; u8; u16; u32; u64; u128; usize;
    jiff::Timestamp; serde_json::Value;
    Option<T> where T; Vec<T> where T; BTreeSet<T> where T; BTreeMap<K, V> where K V;
    (A, B) where A B; (A, B, C) where A B C;
}

/// A method that is an operation of the entities of the type `E`: `Counter::add` in `ctx.call_operation(&counter, Counter::add, 1)`.
///
/// `Via` is found by the compiler.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an operation of the entity `{E}`",
    label = "not an operation",
    note = "an operation is a method of the `impl` block with `#[func]`: it takes `&self`, `&mut self` or `self`, and at most one input"
)]
pub trait OperationFunction<E, Via>: Copy + 'static {
    /// What it is called with; `()` if it takes no input.
    type Input;
    /// What it gives.
    type Output;
}

/// How a method is one: by what it takes `self`, what else it takes, whether it is async, and what it gives.
#[derive(Debug)]
pub struct Via<Receiver, Parameters, Kind, Output>(
    std::marker::PhantomData<(Receiver, Parameters, Kind, Output)>,
);

/// `&self`
#[derive(Debug)]
pub enum Shared {}

/// `&mut self`
#[derive(Debug)]
pub enum Exclusive {}

/// `self`
#[derive(Debug)]
pub enum Whole {}

/// The context is a parameter.
#[derive(Debug)]
pub enum WithContext {}

/// A method that is async.
#[derive(Debug)]
pub enum Async {}

/// A method that is not async.
#[derive(Debug)]
pub enum Blocking {}

macro_rules! operations {
    ($($receiver:ident ($this:ty))+) => {$(
        operations!($receiver Blocking Fn ($this));
        operations!($receiver Async AsyncFn ($this));
    )+};
    ($receiver:ident $kind:ident $call:ident ($this:ty)) => {
        operations!($receiver $kind [] (), (), $call($this));
        operations!($receiver $kind [In] In, (In,), $call($this, In));
        operations!($receiver $kind [] (), WithContext, $call($this, EntityContext));
        operations!($receiver $kind [In] In, (In, WithContext), $call($this, In, EntityContext));
    };
    (
        $receiver:ident $kind:ident [$($generic:ident)?] $input:ty, $parameters:ty,
        $call:ident($($parameter:ty),+)
    ) => {
        #[diagnostic::do_not_recommend]
        impl<E, F, $($generic,)? Out> OperationFunction<E, Via<$receiver, $parameters, $kind, Out>> for F
        where
            E: 'static,
            F: $call($($parameter),+) -> Out + Copy + 'static,
            $($generic: Serialize + DeserializeOwned,)?
            Out: OperationResult,
        {
            type Input = $input;
            type Output = Out::Output;
        }
    };
}

operations! {
    Shared (&E)
    Exclusive (&mut E)
    Whole (E)
}
