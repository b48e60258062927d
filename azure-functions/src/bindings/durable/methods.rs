//! Entities from one `impl` block: what `#[func]` makes of it.

#[cfg(test)]
mod tests;

use std::{any::TypeId, convert::Infallible};

use azure_functions_durable::{
    Entity, EntityContext, Operated, OperationError, OperationResult, operate,
};
use azure_functions_shared::names;
use futures::FutureExt as _;
use serde::Serialize;

use super::{EntityOutput, EntityOutputBinding, EntityTriggerBinding};
use crate::{
    BindError, Call, Data, Description, FunctionDef, InvokeError, Invoker, Outputs, ParameterDef,
};

/// The name of the trigger.
const PARAMETER: &str = "entity";

const PARAMETERS: &[ParameterDef] = &[ParameterDef {
    name: PARAMETER,
    binding: Some(Description::of::<EntityTriggerBinding>()),
    trigger: true,
    data_type: None,
    cardinality: None,
    settings: &[],
    need: None,
    update: None,
}];

const OUTPUTS: &[Option<Description>] = &[Some(Description::of::<EntityOutputBinding>())];

/// The function that the operations of `E` are to the host. It is async if one of them is.
pub const fn definition<E: Entity>(file: &'static str, line: u32, waits: bool) -> FunctionDef {
    FunctionDef {
        name: E::NAME,
        file,
        line,
        parameters: PARAMETERS,
        outputs: OUTPUTS,
        output_settings: &[],
        retry: None,
        invoker: if waits {
            Invoker::Async(|call| Box::pin(run::<E>(call)))
        } else {
            Invoker::Blocking(|call| {
                // Nothing in it waits.
                run::<E>(call).now_or_never().unwrap_or_else(|| {
                    Err(InvokeError::Bind {
                        parameter: PARAMETER,
                        error: BindError::new("an operation that is not async waits"),
                    })
                })
            })
        },
        identity: Some(TypeId::of::<E>),
    }
}

async fn run<E: Entity>(mut call: Call) -> Result<Outputs, InvokeError> {
    let data = call.take(PARAMETER);
    drop(call);
    let context: EntityContext = data.as_made().ok_or_else(|| InvokeError::Bind {
        parameter: PARAMETER,
        error: BindError::new("an entity runs only in a batch of operations"),
    })?;
    let result = operate::<E>(context).await;
    let result = result
        .map_err(|OperationError { type_name, error }| InvokeError::User { type_name, error })?;
    let mut outputs = Outputs::new();
    if let Some(result) = result {
        outputs.put(names::RETURN, Data::json(result));
    }
    Ok(outputs)
}

impl<T: Serialize> OperationResult for EntityOutput<T> {
    type Output = T;

    fn into_json(self) -> Operated {
        Ok::<T, Infallible>(self.0).into_json()
    }
}
