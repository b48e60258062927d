//! What can go wrong, by layer: one value, one invocation, the whole app.

use std::{borrow::Cow, error::Error as StdError, fmt};

use crate::Data;

/// Any error that a function can return.
pub type BoxError = Box<dyn StdError + Send + Sync>;

/// Why a value of the host could not become a parameter, or a value of a function could not become an output.
///
/// The parameter or output that it is about is added on the way to the log, so a binding only states the fact.
#[derive(Debug)]
pub struct BindError {
    message: Cow<'static, str>,
    source: Option<BoxError>,
}

impl BindError {
    /// An error that states `message`.
    pub fn new(message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            message: message.into(),
            source: None,
        }
    }

    /// The host sent no value where one is needed.
    pub fn missing() -> Self {
        Self::new("the host sent no value; take an `Option` if it can be absent")
    }

    /// The host sent a value of another kind.
    pub fn unexpected(expected: &str, found: &str) -> Self {
        Self::new(format!("expected {expected}, found {found}"))
    }

    /// Says that the error is about one element of a batch, counted from 0.
    #[must_use]
    pub fn of_element(self, at: usize) -> Self {
        Self {
            message: format!("element {at}: {}", self.message).into(),
            ..self
        }
    }

    /// Adds the cause.
    #[must_use]
    pub fn with_source(self, source: impl Into<BoxError>) -> Self {
        Self {
            source: Some(source.into()),
            ..self
        }
    }
}

impl fmt::Display for BindError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl StdError for BindError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_ref().map(|source| source.as_ref() as _)
    }
}

/// Why an invocation has no result. The worker turns it into an answer in one place.
#[derive(Debug)]
#[non_exhaustive]
pub enum InvokeError {
    /// A parameter could not be made.
    Bind {
        /// The parameter's name on the wire.
        parameter: &'static str,
        /// Why.
        error: BindError,
    },
    /// A parameter could not be made, and the trigger knows what to answer.
    Rejected {
        /// The parameter's name on the wire.
        parameter: &'static str,
        /// Why.
        error: BindError,
        /// The type of the output that takes the answer.
        output_type: &'static str,
        /// The answer.
        data: Data,
    },
    /// An output could not be sent.
    Output {
        /// The output's name on the wire.
        output: Cow<'static, str>,
        /// Why.
        error: BindError,
    },
    /// The function returned an error.
    User {
        /// The Rust type of the error.
        type_name: &'static str,
        /// The error.
        error: BoxError,
    },
}

impl fmt::Display for InvokeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bind { parameter, error }
            | Self::Rejected {
                parameter, error, ..
            } => write!(f, "parameter `{parameter}`: {error}"),
            Self::Output { output, error } => write!(f, "output `{output}`: {error}"),
            Self::User { error, .. } => error.fmt(f),
        }
    }
}

impl StdError for InvokeError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            Self::Bind { error, .. }
            | Self::Rejected { error, .. }
            | Self::Output { error, .. } => error.source(),
            Self::User { error, .. } => error.source(),
        }
    }
}

/// Why the app could not start, or had to stop.
#[derive(Debug)]
pub struct Error {
    kind: Kind,
    source: Option<BoxError>,
}

#[derive(Debug)]
pub(crate) enum Kind {
    /// The command line of the host was not understood.
    Arguments(String),
    /// The functions of the app cannot be served.
    Functions(String),
    /// The conversation with the host could not begin, or broke.
    Connection(String),
    /// The runtime or another part of the machine failed.
    System(String),
}

impl Error {
    pub(crate) fn new(kind: Kind) -> Self {
        Self { kind, source: None }
    }

    pub(crate) fn with_source(self, source: impl Into<BoxError>) -> Self {
        Self {
            source: Some(source.into()),
            ..self
        }
    }

    /// Whether the program was not started by a Functions host.
    pub fn is_arguments(&self) -> bool {
        matches!(self.kind, Kind::Arguments(_))
    }

    /// Whether the app has no functions, or functions that clash.
    pub fn is_functions(&self) -> bool {
        matches!(self.kind, Kind::Functions(_))
    }

    /// Whether the conversation with the host could not begin, or broke.
    pub fn is_connection(&self) -> bool {
        matches!(self.kind, Kind::Connection(_))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            Kind::Arguments(text)
            | Kind::Functions(text)
            | Kind::Connection(text)
            | Kind::System(text) => f.write_str(text),
        }
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_ref().map(|source| source.as_ref() as _)
    }
}
