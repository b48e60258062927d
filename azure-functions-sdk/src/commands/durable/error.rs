//! Why the orchestrations of an app cannot be looked after.

use std::{io, path::PathBuf};

use crate::{
    client::ClientError,
    error::{Explain, quoted},
};

/// Why it cannot be done.
#[derive(Debug, thiserror::Error)]
pub(super) enum DurableError {
    #[error(transparent)]
    Client(ClientError),
    #[error("there is no instance `{0}`")]
    NoInstance(String),
    #[error("no instance that has ended is like that")]
    NonePurged,
    #[error("the app at {0} has no Durable Functions")]
    NoHub(String),
    #[error("the instance `{0}` has ended")]
    Ended(String),
    #[error("the host does not {what}: {reason}")]
    Refused {
        what: String,
        reason: String,
        hint: Option<String>,
    },
    #[error("the app has no orchestrator `{name}`")]
    NoOrchestrator {
        name: String,
        similar: Option<String>,
        known: Vec<String>,
    },
    #[error("the instance `{id}` has not ended within {seconds} s: it is {status}")]
    TimedOut {
        id: String,
        seconds: u64,
        status: String,
    },
    #[error("`{what}` is not JSON")]
    NotJson {
        what: String,
        /// It as JSON, if it is meant to be a text.
        quoted: String,
        source: serde_json::Error,
    },
    #[error("cannot read `{}`", .file.display())]
    Unreadable { file: PathBuf, source: io::Error },
    #[error("cannot write `{}`", .file.display())]
    Unwritable { file: PathBuf, source: io::Error },
}

impl Explain for DurableError {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Client(error) => return error.hint(),
            Self::NoInstance(_) => "`cargo func durable list` shows those that there are".to_owned(),
            Self::NonePurged => {
                "`cargo func durable list` with the same options shows those that run".to_owned()
            }
            Self::NoHub(_) => {
                "`cargo func list` shows what it has; an orchestrator takes a `DurableOrchestrationContext`"
                    .to_owned()
            }
            Self::Ended(id) => format!(
                "`cargo func durable status {id}` says how, and `cargo func durable restart {id}` starts it again"
            ),
            Self::Refused { hint, .. } => return hint.clone(),
            Self::NoOrchestrator {
                similar: Some(name),
                ..
            } => format!("did you mean `{name}`?"),
            Self::NoOrchestrator { known, .. } if known.is_empty() => {
                "it has none; an orchestrator takes a `DurableOrchestrationContext`".to_owned()
            }
            Self::NoOrchestrator { known, .. } => format!("it has {}", quoted(known)),
            Self::TimedOut { id, .. } => {
                format!("it goes on; `cargo func durable status {id} --wait` waits again")
            }
            Self::NotJson { quoted, .. } if quoted.len() < 80 => {
                format!("a text is JSON with quotes: `{quoted}`")
            }
            Self::NotJson { .. } => "write it as JSON".to_owned(),
            Self::Unreadable { .. } | Self::Unwritable { .. } => {
                "check the path and the permissions".to_owned()
            }
        })
    }
}

impl From<ClientError> for DurableError {
    fn from(error: ClientError) -> Self {
        Self::Client(error)
    }
}
