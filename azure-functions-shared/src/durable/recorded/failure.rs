//! A failure in the file of a history.

use serde::{Deserialize, Serialize};

use crate::durable::TaskFailureDetails;

/// Why something failed.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Failure {
    #[serde(rename = "type")]
    pub(super) error_type: String,
    pub(super) message: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    stack: Option<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    non_retriable: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    inner: Option<Box<Self>>,
}

impl From<&TaskFailureDetails> for Failure {
    fn from(details: &TaskFailureDetails) -> Self {
        Self {
            error_type: details.error_type.clone(),
            message: details.error_message.clone(),
            stack: details.stack_trace.clone(),
            non_retriable: details.is_non_retriable,
            inner: details
                .inner_failure
                .as_deref()
                .map(|inner| Box::new(inner.into())),
        }
    }
}

impl From<Failure> for TaskFailureDetails {
    fn from(failure: Failure) -> Self {
        Self {
            error_type: failure.error_type,
            error_message: failure.message,
            stack_trace: failure.stack,
            inner_failure: failure.inner.map(|inner| Box::new((*inner).into())),
            is_non_retriable: failure.non_retriable,
            ..Self::default()
        }
    }
}
