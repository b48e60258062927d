//! The one place where what became of a call turns into the answer on the wire.

use std::{error::Error as StdError, fmt::Write as _};

use azure_functions_shared::{
    names,
    rpc::{
        InvocationResponse, ParameterBinding, RpcException, StatusResult, TypedData,
        parameter_binding::RpcData,
    },
};

use super::panics::Panic;
use crate::{BindError, FunctionDef, InvokeError, Outputs, function::OUTPUT_NAMES};

/// What a call is answered, except for its id.
#[derive(Debug)]
pub(super) struct Answer {
    result: StatusResult,
    outputs: Vec<ParameterBinding>,
    return_value: Option<TypedData>,
}

impl Answer {
    /// The answer to a call of `function` that ended by itself.
    pub(super) fn of(function: &FunctionDef, result: Result<Outputs, InvokeError>) -> Self {
        match result {
            Ok(outputs) => Self::success(outputs),
            Err(InvokeError::Rejected {
                parameter,
                error,
                output_type,
                data,
            }) => match output_of_type(function, output_type) {
                Some(output) => {
                    let mut outputs = Outputs::new();
                    outputs.put(output, data);
                    Self::success(outputs)
                }
                None => Self::failure(bind_exception("parameter", parameter, &error)),
            },
            Err(InvokeError::Bind { parameter, error }) => {
                Self::failure(bind_exception("parameter", parameter, &error))
            }
            Err(InvokeError::Output { output, error }) => {
                Self::failure(bind_exception("output", &output, &error))
            }
            Err(InvokeError::User { type_name, error }) => Self::failure(RpcException {
                stack_trace: chain(type_name, error.as_ref()),
                message: error.to_string(),
                is_user_exception: true,
                r#type: type_name.to_owned(),
                ..RpcException::default()
            }),
        }
    }

    /// The answer to a call whose function panicked.
    pub(super) fn panicked(panic: Panic) -> Self {
        Self::failure(RpcException {
            stack_trace: panic.trace,
            message: panic.message,
            is_user_exception: true,
            r#type: "panic".to_owned(),
            ..RpcException::default()
        })
    }

    /// The answer to a call that never reached a function.
    pub(super) fn refused(reason: impl Into<String>) -> Self {
        Self::failure(RpcException {
            message: reason.into(),
            r#type: "azure_functions::InvokeError".to_owned(),
            ..RpcException::default()
        })
    }

    /// The answer to a call that the host no longer wanted.
    pub(super) fn cancelled(reason: impl Into<String>) -> Self {
        Self {
            result: StatusResult::cancelled(RpcException {
                message: reason.into(),
                ..RpcException::default()
            }),
            outputs: Vec::new(),
            return_value: None,
        }
    }

    /// The message that carries it.
    pub(super) fn into_response(self, invocation_id: String) -> InvocationResponse {
        InvocationResponse {
            invocation_id,
            output_data: self.outputs,
            result: Some(self.result),
            return_value: self.return_value,
            ..InvocationResponse::default()
        }
    }

    fn success(outputs: Outputs) -> Self {
        let mut answer = Self {
            result: StatusResult::success(),
            outputs: Vec::new(),
            return_value: None,
        };
        for (name, data) in outputs {
            let data = data.into_wire();
            if name == names::RETURN {
                answer.return_value = Some(data);
            } else {
                answer.outputs.push(ParameterBinding {
                    name: name.to_owned(),
                    rpc_data: Some(RpcData::Data(data)),
                });
            }
        }
        answer
    }

    fn failure(exception: RpcException) -> Self {
        Self {
            result: StatusResult::failure(exception),
            outputs: Vec::new(),
            return_value: None,
        }
    }
}

/// The first output of `function` that has this type.
fn output_of_type(function: &FunctionDef, wire_type: &str) -> Option<&'static str> {
    OUTPUT_NAMES
        .into_iter()
        .zip(function.outputs)
        .find(|(_, binding)| binding.is_some_and(|binding| binding.wire_type == wire_type))
        .map(|(name, _)| name)
}

fn bind_exception(role: &str, name: &str, error: &BindError) -> RpcException {
    const TYPE: &str = "azure_functions::BindError";
    RpcException {
        stack_trace: chain(TYPE, error),
        message: format!("{role} `{name}`: {error}"),
        r#type: TYPE.to_owned(),
        ..RpcException::default()
    }
}

/// The error and all that caused it, a line each.
pub(super) fn chain(type_name: &str, error: &(dyn StdError + 'static)) -> String {
    let mut text = format!("{type_name}: {error}");
    let mut cause = error.source();
    while let Some(error) = cause {
        let _ = write!(text, "\ncaused by: {error}");
        cause = error.source();
    }
    text
}
