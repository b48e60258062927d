//! Why a task failed, as an orchestrator sees it and as the host tells it.

use std::{error::Error, fmt};

use azure_functions_shared::durable::TaskFailureDetails;

/// What the host says of a failure: of an activity, a sub-orchestration, an entity, or an instance.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct FailureDetails {
    /// The type of the error; `(unknown)` when the failing function did not name one.
    pub error_type: String,
    /// The first line of the message.
    pub message: String,
    /// Where it happened, if it was said.
    pub stack_trace: Option<String>,
    /// What caused it.
    pub inner: Option<Box<Self>>,
    /// Whether it would be in vain to try again.
    pub non_retriable: bool,
}

impl FailureDetails {
    /// A failure of this type.
    pub fn new(error_type: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            error_type: error_type.into(),
            message: message.into(),
            ..Self::default()
        }
    }

    /// The failure that `error` is, with its causes.
    pub fn of(error_type: impl Into<String>, error: &(dyn Error + 'static)) -> Self {
        // A chain that is longer than this is a loop.
        const DEEPEST: usize = 32;
        let mut causes = Vec::new();
        let mut cause = error.source();
        while let Some(error) = cause.filter(|_| causes.len() < DEEPEST) {
            causes.push(error.to_string());
            cause = error.source();
        }
        let inner = causes.into_iter().rev().fold(None, |inner, message| {
            Some(Box::new(Self {
                inner,
                ..Self::new("(unknown)", message)
            }))
        });
        Self {
            inner,
            ..Self::new(error_type, error.to_string())
        }
    }

    /// The failure of something that returned `error`: of the type that the error says itself if it comes from a task, else of this.
    pub fn of_returned(
        error_type: impl Into<String>,
        error: &(dyn Error + Send + Sync + 'static),
    ) -> Self {
        match error.downcast_ref::<TaskError>() {
            Some(task) => Self::of(task.type_name(), error),
            None => Self::of(error_type, error),
        }
    }

    /// The same, and trying again is in vain.
    pub fn non_retriable(mut self) -> Self {
        self.non_retriable = true;
        self
    }

    pub(crate) fn from_wire(details: TaskFailureDetails) -> Self {
        Self {
            error_type: details.error_type,
            message: details.error_message,
            stack_trace: details.stack_trace.filter(|trace| !trace.is_empty()),
            inner: details
                .inner_failure
                .map(|inner| Box::new(Self::from_wire(*inner))),
            non_retriable: details.is_non_retriable,
        }
    }

    pub(crate) fn into_wire(self) -> TaskFailureDetails {
        TaskFailureDetails {
            error_type: self.error_type,
            error_message: self.message,
            stack_trace: self.stack_trace,
            inner_failure: self.inner.map(|inner| Box::new(inner.into_wire())),
            is_non_retriable: self.non_retriable,
            ..TaskFailureDetails::default()
        }
    }
}

impl fmt::Display for FailureDetails {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.error_type.is_empty() || self.error_type == "(unknown)" {
            f.write_str(&self.message)
        } else {
            write!(f, "{}: {}", self.error_type, self.message)
        }
    }
}

/// Why something that an orchestrator waited for gave no value.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TaskError {
    /// It failed.
    Failed {
        /// What failed, as in "activity `resize`".
        task: String,
        /// What the host says of it.
        details: FailureDetails,
    },
    /// It gave a value that is not of the type that was asked for.
    Output {
        /// What gave it.
        task: String,
        /// Where in the value, and why.
        reason: String,
    },
    /// The value for it cannot be written as JSON, or is not of the type that it takes.
    Input {
        /// What it was for.
        task: String,
        /// Where in the value, and why.
        reason: String,
    },
    /// It is not allowed at this place.
    Misuse {
        /// What was asked for.
        task: String,
        /// Why it is not allowed, and what to do instead.
        reason: String,
    },
}

impl TaskError {
    /// What the host says of the failure, if it is one.
    pub fn details(&self) -> Option<&FailureDetails> {
        match self {
            Self::Failed { details, .. } => Some(details),
            _ => None,
        }
    }

    /// Whether trying again could help: not if the failure says that it is in vain, nor for a value that does not fit.
    pub fn is_retriable(&self) -> bool {
        self.details().is_some_and(|details| !details.non_retriable)
    }

    /// The name of the error's type, as a failed instance shows it.
    pub(crate) fn type_name(&self) -> &str {
        match self {
            Self::Failed { details, .. } => &details.error_type,
            _ => "TaskError",
        }
    }
}

impl fmt::Display for TaskError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed { task, details } => write!(f, "{task} failed: {details}"),
            Self::Output { task, reason } => write!(f, "the result of {task}: {reason}"),
            Self::Input { task, reason } => write!(f, "the input of {task}: {reason}"),
            Self::Misuse { task, reason } => write!(f, "{task}: {reason}"),
        }
    }
}

impl Error for TaskError {}
