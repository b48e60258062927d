//! Why the task hub did not do what it was asked.

use std::{error::Error as StdError, fmt};

use azure_functions_durable::TaskError;

/// Why a [`DurableOrchestrationClient`](super::DurableOrchestrationClient) could not do what it was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DurableClientError {
    /// There is no such instance.
    NotFound(String),
    /// There is an instance with this id already, and it has not ended.
    AlreadyExists(String),
    /// The instance is not in a state in which this can be done. Most often it has ended.
    WrongState(String),
    /// The extension does not take the request.
    Invalid(String),
    /// A value is larger than a message may be.
    TooLarge(String),
    /// This extension cannot do that.
    Unsupported(String),
    /// The host does not answer.
    Unavailable(String),
    /// It took too long.
    TimedOut,
    /// A value cannot be written as JSON, or is not of the type that was asked for.
    Json(String),
    /// The function that was given is none of the app's.
    Function(TaskError),
    /// What the host says of the task hub makes no sense.
    Binding(String),
    /// Something else.
    Other(String),
}

impl fmt::Display for DurableClientError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (what, text) = match self {
            Self::NotFound(text) => ("there is no such instance", text),
            Self::AlreadyExists(text) => ("there is such an instance already", text),
            Self::WrongState(text) => ("the instance is not in a state for that", text),
            Self::Invalid(text) => ("the Durable extension does not take the request", text),
            Self::TooLarge(text) => (
                "a value is larger than a message of the task hub may be",
                text,
            ),
            Self::Unsupported(text) => ("the Durable extension cannot do that", text),
            Self::Unavailable(text) => ("the Durable extension does not answer", text),
            Self::TimedOut => {
                return f.write_str("the Durable extension did not answer in time");
            }
            Self::Json(text) | Self::Binding(text) => return f.write_str(text),
            Self::Function(error) => return error.fmt(f),
            Self::Other(text) => ("the Durable extension failed", text),
        };
        if text.is_empty() {
            f.write_str(what)
        } else {
            write!(f, "{what}: {text}")
        }
    }
}

impl StdError for DurableClientError {}
