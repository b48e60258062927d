//! All that the output of `#[func]` names. Nothing here is for people to use.

pub use inventory;

pub use crate::{
    BindError, Call, Cardinality, DataType, FunctionDef, InvokeError, Invoker, Outputs,
    ParameterDef,
    binding::{
        Description, Setting, Value,
        check::{self, OutputSettings, Parameter},
    },
    input::{Argument, Update},
    output::IntoOutputs,
    registry::Registration,
};

/// What a compiled function's future is.
pub type Future = futures::future::BoxFuture<'static, Result<Outputs, InvokeError>>;

/// Makes the value of a parameter.
///
/// # Errors
///
/// When the host's data has another shape.
pub fn bind<T: Argument<Via>, Via>(
    call: &mut Call,
    parameter: &'static str,
) -> Result<T, InvokeError> {
    T::bind(call, parameter).map_err(|error| match T::reject(&error) {
        Some((output_type, data)) => InvokeError::Rejected {
            parameter,
            error,
            output_type,
            data,
        },
        None => InvokeError::Bind { parameter, error },
    })
}

/// Makes the value of a parameter that is taken by `&mut`, which need not exist yet.
///
/// # Errors
///
/// When the host's data has another shape.
pub fn bind_mut<T: Argument<Via> + Update, Via>(
    call: &mut Call,
    parameter: &'static str,
) -> Result<T, InvokeError> {
    if call.has(parameter) {
        bind(call, parameter)
    } else {
        Ok(T::absent())
    }
}

/// Adds the output of a parameter that was taken by `&mut`.
///
/// # Errors
///
/// When the value cannot be sent.
pub fn write_back<T: Update>(
    value: T,
    before: T::Before,
    output: &'static str,
    outputs: &mut Outputs,
) -> Result<(), InvokeError> {
    let data = value.after(before).map_err(|error| InvokeError::Output {
        output: output.into(),
        error,
    })?;
    outputs.put(output, data);
    Ok(())
}

/// The description of what writes a parameter back that is taken by `&mut`.
pub const fn update<T: Update>() -> Description {
    Description::of::<T::Output>()
}
