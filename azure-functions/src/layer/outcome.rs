//! [`Outcome`] and [`FunctionError`]: what passes through the layers on its way out.

use std::{error::Error as StdError, fmt};

use crate::{
    Data, FunctionDef, IntoOutput as _, InvokeError, Outputs,
    bindings::HttpResponse,
    http::StatusCode,
    worker::{answer::http_output, panics::Panic},
};

/// What became of an invocation that did not fail.
///
/// A layer can give one in place of the function: a response with [`from`](Self::from), or [`new`](Self::new) to succeed
/// without outputs, as for a message that was handled before.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    outputs: Outputs,
    response: Option<HttpResponse>,
}

impl Outcome {
    /// Success without outputs; a request is answered with 204.
    pub fn new() -> Self {
        Self::default()
    }

    /// What the function writes, by the names of its outputs; without the response to a request.
    pub fn outputs(&self) -> &Outputs {
        &self.outputs
    }

    /// What the function writes, to be changed.
    pub fn outputs_mut(&mut self) -> &mut Outputs {
        &mut self.outputs
    }

    /// The response, if the function was started by a request.
    pub fn response(&self) -> Option<&HttpResponse> {
        self.response.as_ref()
    }

    /// The response, to be changed.
    pub fn response_mut(&mut self) -> Option<&mut HttpResponse> {
        self.response.as_mut()
    }

    /// What `function` wrote.
    pub(crate) fn of(function: &FunctionDef, mut outputs: Outputs) -> Self {
        let Some(output) = http_output(function) else {
            return Self {
                outputs,
                response: None,
            };
        };
        let response = match outputs.take(output).map(Data::into_response) {
            None => Some(StatusCode::NO_CONTENT.into()),
            Some(Ok(response)) => Some(response),
            // A binding of the user's own, which may have written anything.
            Some(Err(data)) => {
                outputs.put(output, data);
                None
            }
        };
        Self { outputs, response }
    }

    /// What is written for `function`.
    pub(crate) fn into_outputs(self, function: &FunctionDef) -> Result<Outputs, InvokeError> {
        let Self {
            mut outputs,
            response,
        } = self;
        let Some(response) = response else {
            return Ok(outputs);
        };
        let problem = |output, error| InvokeError::Output {
            output: std::borrow::Cow::Borrowed(output),
            error,
        };
        let Some(output) = http_output(function) else {
            let text = "a layer gave a response, and the function has no request to answer; ask `Invocation::request` first";
            return Err(problem("response", crate::BindError::new(text)));
        };
        let data = response
            .into_output()
            .map_err(|error| problem(output, error))?;
        outputs.put(output, data);
        Ok(outputs)
    }
}

impl From<HttpResponse> for Outcome {
    /// An answer to the request.
    fn from(response: HttpResponse) -> Self {
        Self {
            outputs: Outputs::new(),
            response: Some(response),
        }
    }
}

/// Why a function failed, as the layers around it see it.
///
/// A layer that hands it on as it is leaves the invocation's failure as it would be without the layer.
///
/// ```
/// use azure_functions::{
///     BoxError,
///     bindings::HttpResponse,
///     http::StatusCode,
///     layer::{FunctionError, Invocation, Next, Outcome},
/// };
///
/// /// Answers a request for something that is not there with 404.
/// async fn not_found(invocation: Invocation, next: Next) -> Result<Outcome, BoxError> {
///     let answers = invocation.request().is_some();
///     next.run(invocation).await.or_else(|error| {
///         let function = error.downcast_ref::<FunctionError>();
///         match function.and_then(FunctionError::user::<std::io::Error>) {
///             Some(error) if answers && error.kind() == std::io::ErrorKind::NotFound => {
///                 Ok(HttpResponse::from(StatusCode::NOT_FOUND).into())
///             }
///             _ => Err(error),
///         }
///     })
/// }
/// ```
#[derive(Debug)]
pub struct FunctionError(Failure);

/// Why a function has no outputs.
#[derive(Debug)]
pub(crate) enum Failure {
    /// It could not be called, or returned an error, or its outputs could not be sent.
    Invoke(InvokeError),
    /// It panicked.
    Panicked(Panic),
    /// The host cancelled it while it waited for a thread.
    NotStarted,
    /// Its thread was lost.
    Lost(String),
}

impl FunctionError {
    pub(crate) fn new(failure: Failure) -> Self {
        Self(failure)
    }

    pub(crate) fn into_failure(self) -> Failure {
        self.0
    }

    /// The error, unless the function panicked or did not start.
    pub fn invoke_error(&self) -> Option<&InvokeError> {
        match &self.0 {
            Failure::Invoke(error) => Some(error),
            _ => None,
        }
    }

    /// The error that the function returned, if it is an `E`.
    pub fn user<E: StdError + 'static>(&self) -> Option<&E> {
        match &self.0 {
            Failure::Invoke(InvokeError::User { error, .. }) => error.downcast_ref(),
            _ => None,
        }
    }

    /// Whether the function panicked.
    pub fn is_panic(&self) -> bool {
        matches!(self.0, Failure::Panicked(_))
    }
}

impl fmt::Display for FunctionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Failure::Invoke(error) => error.fmt(f),
            Failure::Panicked(panic) => write!(f, "the function panicked: {}", panic.message),
            Failure::NotStarted => f.write_str("the host cancelled the invocation before it began"),
            Failure::Lost(reason) => f.write_str(reason),
        }
    }
}

impl StdError for FunctionError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match &self.0 {
            Failure::Invoke(error) => error.source(),
            _ => None,
        }
    }
}
