//! What a look at an app or a machine has found.

use serde::Serialize;

/// A fact, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Finding {
    pub(crate) severity: Severity,
    /// What it is about: a function, a file, a tool.
    pub(crate) about: String,
    pub(crate) message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) hint: Option<String>,
}

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Severity {
    /// It is as it should be.
    Ok,
    /// It is missing, and not needed for everything.
    Note,
    /// It may be wrong.
    Warning,
    /// It is wrong.
    Error,
}

impl Finding {
    pub(crate) fn ok(about: impl Into<String>, message: impl Into<String>) -> Self {
        Self::new(Severity::Ok, about, message)
    }

    pub(crate) fn note(about: impl Into<String>, message: impl Into<String>) -> Self {
        Self::new(Severity::Note, about, message)
    }

    pub(crate) fn warning(about: impl Into<String>, message: impl Into<String>) -> Self {
        Self::new(Severity::Warning, about, message)
    }

    pub(crate) fn error(about: impl Into<String>, message: impl Into<String>) -> Self {
        Self::new(Severity::Error, about, message)
    }

    pub(crate) fn hint(self, hint: impl Into<String>) -> Self {
        Self {
            hint: Some(hint.into()),
            ..self
        }
    }

    fn new(severity: Severity, about: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            severity,
            about: about.into(),
            message: message.into(),
            hint: None,
        }
    }
}
