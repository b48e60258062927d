//! Entities whose operations are the methods of a type: [`Entity`].

use std::{
    any::{TypeId, type_name},
    error::Error,
    fmt,
    marker::PhantomData,
    ops,
};

use futures::future::BoxFuture;
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    EntityContext, EntityId, TaskError,
    operation::{OperationArgument, OperationContext, OperationFunction, OperationResult},
};

type BoxError = Box<dyn Error + Send + Sync>;

/// A type that is the state of entities, and whose methods are their operations.
///
/// `#[func]` on an `impl` block of the type implements it, and each method there that takes `self` is an operation. One that takes
/// `&self` leaves the entity as it is, one that takes `&mut self` changes it, and one that takes `self` deletes it. An entity that does
/// not exist yet has the type's `Default` as its state.
pub trait Entity: Default + Serialize + DeserializeOwned + Send + 'static {
    /// The name of the entities.
    const NAME: &'static str;
    /// What they can do.
    const OPERATIONS: &'static [Operation<Self>];
}

/// One operation of the entities of a type.
pub struct Operation<E> {
    name: &'static str,
    /// The type of the method, by which it is found.
    method: fn() -> TypeId,
    run: fn(OperationCall<E>) -> BoxFuture<'static, Operated>,
}

/// What an operation gives: its result as a JSON text.
pub type Operated = Result<Option<String>, OperationError>;

impl<E> Operation<E> {
    /// The operation `name`, which is a method of this type and is run so.
    pub const fn new(
        name: &'static str,
        method: fn() -> TypeId,
        run: fn(OperationCall<E>) -> BoxFuture<'static, Operated>,
    ) -> Self {
        Self { name, method, run }
    }

    /// Its name.
    pub fn name(&self) -> &'static str {
        self.name
    }
}

/// Runs the operation that `context` asks for.
///
/// # Errors
///
/// When there is no such operation, its input or the state is not of the type, or it fails.
pub async fn operate<E: Entity>(context: EntityContext) -> Operated {
    let name = context.operation_name();
    let Some(operation) = E::OPERATIONS
        .iter()
        .find(|operation| operation.name == name)
    else {
        let names = E::OPERATIONS.iter();
        let names: Vec<_> = names
            .map(|operation| format!("`{}`", operation.name))
            .collect();
        return Err(OperationError::from(TaskError::Misuse {
            task: format!("operation `{name}` of entity `{}`", context.entity_id()),
            reason: format!("there is no such operation; there is {}", names.join(", ")),
        }));
    };
    let call = OperationCall {
        context,
        entity: PhantomData,
    };
    (operation.run)(call).await
}

/// An operation that runs. It is for what `#[func]` writes.
pub struct OperationCall<E> {
    context: EntityContext,
    entity: PhantomData<fn() -> E>,
}

impl<E: Entity> OperationCall<E> {
    /// The state before the operation.
    ///
    /// # Errors
    ///
    /// When it is not of the type.
    pub fn state(&self) -> Result<E, OperationError> {
        Ok(self.context.state()?.unwrap_or_default())
    }

    /// The first parameter after `self`.
    ///
    /// # Errors
    ///
    /// When it is the input, and that is not of the type.
    pub fn argument<A: OperationArgument>(&self) -> Result<A, OperationError> {
        Ok(A::of(&self.context)?)
    }

    /// The parameter behind the input.
    pub fn context<C: OperationContext>(&self) -> C {
        C::of(&self.context)
    }

    /// The end of an operation that took `&self`: it leaves the state as it is.
    ///
    /// # Errors
    ///
    /// When the operation failed, or its result cannot be written as JSON.
    pub fn left<R: OperationResult>(self, result: R) -> Operated {
        result.into_json()
    }

    /// The end of an operation that took `&mut self`: the state is what it made of it.
    ///
    /// # Errors
    ///
    /// When the operation failed, or its result or the state cannot be written as JSON.
    pub fn changed<R: OperationResult>(self, state: &E, result: R) -> Operated {
        let result = result.into_json()?;
        self.context.set_state(state)?;
        Ok(result)
    }

    /// The end of an operation that took `self`: it is the end of the entity.
    ///
    /// # Errors
    ///
    /// When the operation failed, or its result cannot be written as JSON.
    pub fn ended<R: OperationResult>(self, result: R) -> Operated {
        let result = result.into_json()?;
        self.context.delete_state();
        Ok(result)
    }
}

/// Why an operation failed.
#[derive(Debug)]
pub struct OperationError {
    /// The Rust type of the error.
    pub type_name: &'static str,
    /// The error.
    pub error: BoxError,
}

impl From<TaskError> for OperationError {
    fn from(error: TaskError) -> Self {
        Self {
            type_name: type_name::<TaskError>(),
            error: error.into(),
        }
    }
}

/// Which entity, with the type that its operations are methods of.
///
/// It dereferences to an [`EntityId`].
pub struct EntityRef<E> {
    id: EntityId,
    entity: PhantomData<fn() -> E>,
}

impl<E: Entity> EntityRef<E> {
    /// The entity of this type with this key.
    pub fn new(key: impl Into<String>) -> Self {
        Self {
            id: EntityId::new(E::NAME, key),
            entity: PhantomData,
        }
    }

    /// The name of the operation that a method is.
    ///
    /// # Errors
    ///
    /// When it is a method of another `impl` block.
    pub fn operation_name<F, Via>(&self, operation: F) -> Result<&'static str, TaskError>
    where
        F: OperationFunction<E, Via>,
    {
        let _ = operation;
        let mut operations = E::OPERATIONS.iter();
        operations
            .find(|operation| (operation.method)() == TypeId::of::<F>())
            .map(|operation| operation.name)
            .ok_or_else(|| TaskError::Misuse {
                task: format!("method `{}`", type_name::<F>()),
                reason: format!(
                    "it is no operation of the entity `{}`; write it in the `impl` block that has `#[func]`",
                    E::NAME
                ),
            })
    }
}

impl<E> ops::Deref for EntityRef<E> {
    type Target = EntityId;

    fn deref(&self) -> &EntityId {
        &self.id
    }
}

impl<E> From<EntityRef<E>> for EntityId {
    fn from(entity: EntityRef<E>) -> Self {
        entity.id
    }
}

impl<E> From<&EntityRef<E>> for EntityId {
    fn from(entity: &EntityRef<E>) -> Self {
        entity.id.clone()
    }
}

impl<E> Clone for EntityRef<E> {
    fn clone(&self) -> Self {
        Self {
            id: self.id.clone(),
            entity: PhantomData,
        }
    }
}

impl<E> PartialEq for EntityRef<E> {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl<E> Eq for EntityRef<E> {}

impl<E> fmt::Debug for EntityRef<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("EntityRef").field(&self.id).finish()
    }
}

impl<E> fmt::Debug for Operation<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Operation").field(&self.name).finish()
    }
}

impl<E> fmt::Debug for OperationCall<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("OperationCall").field(&self.context).finish()
    }
}
