//! Entities: small pieces of state whose operations run one after the other.

use std::{fmt, marker::PhantomData, ops};

use azure_functions_durable::{
    EntityBatch, EntityContext, TaskError,
    protocol::{EntityBatchRequest, EntityBatchResult},
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use super::{REQUIRES_GRPC, failure, message};
use crate::{
    BindError, Binding, Data, FromTrigger, IntoOutput, InvokeError, Offers, Outputs, Property,
    Setting, Trigger,
    driver::{Drive, Driver, Invoked},
};

/// The binding of [`DurableEntityContext`].
#[derive(Debug)]
pub struct EntityTriggerBinding;

impl Binding for EntityTriggerBinding {
    const TYPE: &'static str = "entityTrigger";
    const PROPERTIES: &'static [Property] = &[Property::string("entity_name")
        .default("the function's name")
        .doc("The name of the entities.")];
    const FIXED: &'static [Setting] = REQUIRES_GRPC;
    const OFFERS: Offers = Offers::names(&[]);
    const OUTPUTS: bool = false;
    const DRIVER: Option<Driver> = Some(Driver::new(|drive| Box::pin(operate(drive))));
}

/// Calls the function once for each operation of a batch.
async fn operate(mut drive: Drive) -> Invoked {
    let request: EntityBatchRequest =
        message::decode(&drive.take()).map_err(|error| InvokeError::Bind {
            parameter: drive.parameter(),
            error,
        })?;
    let answer: EntityBatchResult = match EntityBatch::new(request) {
        Ok(mut batch) => {
            while let Some(context) = batch.next_operation() {
                let invoked = drive.call_once(Data::made(context)).await;
                batch.end_operation(failure::result("an entity", invoked));
            }
            batch.into_result()
        }
        Err(answer) => *answer,
    };
    let mut outputs = Outputs::new();
    outputs.put(
        azure_functions_shared::names::RETURN,
        message::encode(&answer),
    );
    Ok(outputs)
}

/// The binding of [`EntityOutput`].
#[derive(Debug)]
pub struct EntityOutputBinding;

impl Binding for EntityOutputBinding {
    const TYPE: &'static str = "entityTrigger";
    const ONLY_WITH: Option<&'static str> = Some("entityTrigger");
    const RETURNED_TO_TRIGGER: bool = true;
}

/// An operation of an entity, which starts the function: what is asked, and the entity's state.
///
/// It is for entities whose operations are known only at run time. Others are written as the methods of their state, with `#[func]` on the
/// `impl` block: see [`Entity`](super::Entity).
///
/// `S` is the state, any type that serde can read and write as JSON. The function runs once for each operation, one after the other.
/// It dereferences to an [`EntityContext`], which has the operation's name and input, and can signal others. The caller
/// gets what the function returns as an [`EntityOutput`]; an error is the failure of the operation, and takes back what it changed.
///
/// # Properties
///
/// | Name | Type | Default | Meaning |
/// |---|---|---|---|
/// | `entity_name` | string | the function's name | The name of the entities. |
///
/// # Example
///
/// ```
/// use azure_functions::{
///     BoxError,
///     bindings::{
///         DurableEntityContext, EntityOutput,
///         durable::{EntityContext, EntityId},
///     },
///     func,
/// };
///
/// #[func]
/// fn counter(ctx: DurableEntityContext<i64>) -> Result<EntityOutput<i64>, BoxError> {
///     let mut count = ctx.state()?.unwrap_or_default();
///     match ctx.operation_name().as_str() {
///         "add" => count += ctx.input::<i64>()?,
///         "get" => {}
///         other => return Err(format!("a counter has no operation `{other}`").into()),
///     }
///     ctx.set_state(&count)?;
///     Ok(EntityOutput(count))
/// }
///
/// # fn main() -> Result<(), BoxError> {
/// let operation = EntityContext::new(EntityId::new("counter", "a"), "add", 3, 4)?;
/// assert_eq!(counter(operation.clone().into())?.0, 7);
/// assert_eq!(operation.state::<i64>()?, Some(7));
/// # Ok(())
/// # }
/// ```
pub struct DurableEntityContext<S = Value> {
    context: EntityContext,
    state: PhantomData<fn() -> S>,
}

impl<S: DeserializeOwned> DurableEntityContext<S> {
    /// The state; `None` if the entity does not exist yet.
    ///
    /// # Errors
    ///
    /// When the state is not of the type.
    pub fn state(&self) -> Result<Option<S>, TaskError> {
        self.context.state()
    }
}

impl<S: Serialize> DurableEntityContext<S> {
    /// Changes the state. [`delete_state`](EntityContext::delete_state) deletes the entity.
    ///
    /// # Errors
    ///
    /// When it cannot be written as JSON.
    pub fn set_state(&self, state: &S) -> Result<(), TaskError> {
        self.context.set_state(state)
    }
}

impl<S> ops::Deref for DurableEntityContext<S> {
    type Target = EntityContext;

    fn deref(&self) -> &EntityContext {
        &self.context
    }
}

impl<S> From<EntityContext> for DurableEntityContext<S> {
    fn from(context: EntityContext) -> Self {
        Self {
            context,
            state: PhantomData,
        }
    }
}

impl<S> FromTrigger for DurableEntityContext<S> {
    type Binding = EntityTriggerBinding;

    fn from_trigger(data: Data, _: &Trigger) -> Result<Self, BindError> {
        data.as_made::<EntityContext>()
            .map(Self::from)
            .ok_or_else(|| BindError::new("an entity runs only in a batch of operations"))
    }
}

impl<S> fmt::Debug for DurableEntityContext<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("DurableEntityContext")
            .field(&self.context)
            .finish()
    }
}

/// The result of an operation, as JSON. An operation without a result returns nothing.
///
/// # Properties
///
/// None.
///
/// Only in a function whose trigger is `entityTrigger`.
///
/// # Example
///
/// See [`DurableEntityContext`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(transparent)]
pub struct EntityOutput<T>(
    /// The result.
    pub T,
);

impl<T> From<T> for EntityOutput<T> {
    fn from(result: T) -> Self {
        Self(result)
    }
}

impl<T: Serialize> IntoOutput for EntityOutput<T> {
    type Binding = EntityOutputBinding;

    fn into_output(self) -> Result<Data, BindError> {
        message::write(&self.0)
    }
}
