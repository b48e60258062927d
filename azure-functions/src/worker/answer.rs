//! The one place where what became of a call turns into the answer on the wire.

use std::{error::Error as StdError, fmt::Write as _};

use azure_functions_shared::rpc::{
    InvocationResponse, RpcException, StatusResult, status_result::Status,
};

use super::{frame::Response, panics::Panic};
use crate::{
    BindError, BoxError, Data, FunctionDef, InvokeError, Outputs,
    bindings::http::{HttpResponse, arrived::Content},
    function::OUTPUT_NAMES,
    mark,
};

/// The type of the output that answers a request.
const HTTP: &str = "http";

/// What a call is answered, except for its id.
#[derive(Debug)]
pub(super) struct Answer {
    result: StatusResult,
    outputs: Outputs,
    /// Whether the function's error is marked as [`Permanent`](crate::Permanent).
    permanent: bool,
}

impl Answer {
    /// The answer to a call of `function` that ended by itself.
    pub(super) fn of(function: &FunctionDef, result: Result<Outputs, InvokeError>) -> Self {
        match accept_rejection(function, result) {
            Ok(outputs) => Self::success(outputs),
            Err(
                InvokeError::Bind { parameter, error }
                | InvokeError::Rejected {
                    parameter, error, ..
                },
            ) => Self::failure(bind_exception("parameter", parameter, &error)),
            Err(InvokeError::Output { output, error }) => {
                Self::failure(bind_exception("output", &output, &error))
            }
            Err(InvokeError::User { type_name, error }) => Self {
                permanent: mark::is_permanent(error.as_ref()),
                ..Self::failure(RpcException {
                    stack_trace: chain(type_name, error.as_ref()),
                    message: error.to_string(),
                    is_user_exception: true,
                    r#type: type_name.to_owned(),
                    ..RpcException::default()
                })
            },
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

    /// The answer to a call that a layer around its function failed.
    #[cfg(feature = "tower")]
    pub(super) fn layer_failed(error: &BoxError) -> Self {
        const TYPE: &str = "layer";
        Self {
            permanent: mark::is_permanent(error.as_ref()),
            ..Self::failure(RpcException {
                stack_trace: chain(TYPE, error.as_ref()),
                message: format!("a layer around the function failed: {error}"),
                is_user_exception: true,
                r#type: TYPE.to_owned(),
                ..RpcException::default()
            })
        }
    }

    /// The answer to a call of which a layer panicked.
    #[cfg(feature = "tower")]
    pub(super) fn layer_panicked(panic: Panic) -> Self {
        Self::panicked(Panic {
            message: format!("a layer around the function panicked: {}", panic.message),
            ..panic
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
            outputs: Outputs::new(),
            permanent: false,
        }
    }

    /// The answer to a call whose response broke off, because its stream had an error.
    pub(super) fn broken(error: &BoxError) -> Self {
        const TYPE: &str = "azure_functions::bindings::BodyStream";
        Self::failure(RpcException {
            stack_trace: chain(TYPE, error.as_ref()),
            message: format!("the stream of the response failed: {error}"),
            is_user_exception: true,
            r#type: TYPE.to_owned(),
            ..RpcException::default()
        })
    }

    /// An answer that wrote these outputs.
    pub(super) fn success(outputs: Outputs) -> Self {
        Self {
            result: StatusResult::success(),
            outputs,
            permanent: false,
        }
    }

    /// Whether the function came to an end as it should.
    pub(super) fn is_success(&self) -> bool {
        self.result.status() == Status::Success
    }

    /// Whether the function failed, and another attempt does not help.
    pub(super) fn is_permanent(&self) -> bool {
        self.permanent
    }

    /// The type and the text of the failure.
    pub(super) fn reason(&self) -> (String, String) {
        let exception = self.result.exception.clone().unwrap_or_default();
        (exception.r#type, exception.message)
    }

    /// How the call ended.
    pub(super) fn into_result(self) -> StatusResult {
        self.result
    }

    /// Takes out what `function` answers its request.
    pub(super) fn take_http(&mut self, function: &FunctionDef) -> Option<Data> {
        self.outputs.take(output_of_type(function, HTTP)?)
    }

    /// The responses among the outputs.
    pub(super) fn responses_mut(&mut self) -> impl Iterator<Item = &mut HttpResponse> {
        self.outputs.values_mut().filter_map(Data::response_mut)
    }

    /// Whether a response among the outputs is a stream.
    pub(super) fn streams(&mut self) -> bool {
        self.responses_mut()
            .any(|response| matches!(response.content_mut(), Content::Stream(_)))
    }

    /// The answer to the invocation with this id.
    pub(super) fn into_response(self, invocation_id: impl Into<String>) -> Response {
        let message = InvocationResponse {
            invocation_id: invocation_id.into(),
            result: Some(self.result),
            ..InvocationResponse::default()
        };
        let outputs = self.outputs.into_iter();
        let outputs = outputs.map(|(name, data)| (name, data.write())).collect();
        Response::new(message, outputs)
    }

    fn failure(exception: RpcException) -> Self {
        Self {
            result: StatusResult::failure(exception),
            outputs: Outputs::new(),
            permanent: false,
        }
    }
}

/// A parameter that was rejected becomes the answer that its trigger has for that, if `function` can give it.
pub(super) fn accept_rejection(
    function: &FunctionDef,
    result: Result<Outputs, InvokeError>,
) -> Result<Outputs, InvokeError> {
    match result {
        Err(InvokeError::Rejected {
            parameter,
            error,
            output_type,
            data,
        }) => match output_of_type(function, output_type) {
            Some(output) => {
                let mut outputs = Outputs::new();
                outputs.put(output, data);
                Ok(outputs)
            }
            None => Err(InvokeError::Bind { parameter, error }),
        },
        other => other,
    }
}

/// The output of `function` that answers a request.
#[cfg(feature = "tower")]
pub(crate) fn http_output(function: &FunctionDef) -> Option<&'static str> {
    output_of_type(function, HTTP)
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
