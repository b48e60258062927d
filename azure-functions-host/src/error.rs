//! Why the host cannot start, or has stopped; each with a hint at what to do.

use std::{fmt::Write as _, io, net::SocketAddr, path::PathBuf};

use crate::{config::ConfigError, store::JournalError};

/// Why the host cannot start, or has stopped.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HostError {
    /// The address for HTTP is in use, or not allowed.
    #[error("cannot listen on `{address}`")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// The port for the worker cannot be opened.
    #[error("cannot listen for the worker on the loopback interface")]
    Rpc(#[source] io::Error),
    /// The worker's program cannot be started.
    #[error("cannot start `{}`", .program.display())]
    Start {
        /// The program.
        program: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The folder of the app is not there.
    #[error("the folder `{}` does not exist", .0.display())]
    Folder(PathBuf),
    /// The file of the task hub cannot be used.
    #[error("cannot keep the task hub in `{}`: {source}", .path.display())]
    DurableStore {
        /// The file.
        path: PathBuf,
        /// Why.
        source: JournalError,
    },
    /// The worker ended before it was ready.
    #[error("the worker ended before it was ready: {summary}{}", quoted(.last_words))]
    Exited {
        /// How it ended.
        summary: String,
        /// The last lines it printed to standard error.
        last_words: Vec<String>,
    },
    /// The worker runs, and did not do its part of the start.
    #[error("the worker is not ready: {0}")]
    NotReady(String),
    /// The worker runs, and says why it cannot do its part of the start.
    #[error("{0}")]
    Refused(String),
    /// The worker listed no function.
    #[error("the app has no functions")]
    NoFunctions,
    /// The functions that the worker listed cannot be hosted together.
    #[error("the functions cannot be hosted:{}", listed(.0))]
    Functions(Vec<String>),
    /// The worker could not load functions.
    #[error("the worker could not load all functions:{}", listed(.0))]
    NotLoaded(Vec<String>),
    /// One of the files of the app cannot be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A setting of the app cannot be used.
    #[error("{0}")]
    Setting(String),
    /// A part of the host failed in a way that it should not.
    #[error("the host failed: {0}")]
    Internal(String),
    /// The worker was lost too often, or ended on its own.
    #[error("the host stopped: {0}")]
    WorkerLost(String),
}

impl HostError {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Listen { source, address } if source.kind() == io::ErrorKind::AddrInUse => {
                format!("another program uses port {}: choose another port, or 0 for a free one", address.port())
            }
            Self::Listen { source, .. } if source.kind() == io::ErrorKind::PermissionDenied => {
                "choose a port above 1023".to_owned()
            }
            Self::Start { source, .. } => match source.kind() {
                io::ErrorKind::NotFound => "build the app first".to_owned(),
                io::ErrorKind::PermissionDenied => "the file must be executable".to_owned(),
                _ => return None,
            },
            Self::Exited { last_words, .. } if last_words.is_empty() => {
                "the `main` function must hand over to `azure_functions::run()`".to_owned()
            }
            Self::NotReady(_) => {
                "the `main` function must hand over to `azure_functions::run()`, and not do long work before it".to_owned()
            }
            Self::Folder(_) => "start the host in the folder that has `host.json`".to_owned(),
            Self::NoFunctions => {
                "mark a function with `#[func]`; one in a library crate needs `use the_crate as _;` in the binary".to_owned()
            }
            _ => return None,
        };
        Some(hint)
    }
}

fn quoted(lines: &[String]) -> String {
    lines.iter().fold(String::new(), |mut text, line| {
        let _ = write!(text, "\n  | {line}");
        text
    })
}

fn listed(lines: &[String]) -> String {
    lines.iter().fold(String::new(), |mut text, line| {
        let _ = write!(text, "\n  - {line}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hints_fit_the_cause() {
        let listen = |kind: io::ErrorKind| HostError::Listen {
            address: SocketAddr::from(([127, 0, 0, 1], 80)),
            source: kind.into(),
        };
        let hint = |error: HostError| error.hint();
        assert!(
            hint(listen(io::ErrorKind::AddrInUse))
                .unwrap()
                .contains("80")
        );
        assert!(
            hint(listen(io::ErrorKind::PermissionDenied))
                .unwrap()
                .contains("1023")
        );
        assert_eq!(hint(listen(io::ErrorKind::Other)), None);
        assert!(hint(HostError::NoFunctions).unwrap().contains("#[func]"));
    }

    #[test]
    fn an_exit_shows_the_last_words() {
        let error = HostError::Exited {
            summary: "`app` exited with code 3 (0x3)".to_owned(),
            last_words: vec!["boom".to_owned()],
        };
        assert_eq!(
            error.to_string(),
            "the worker ended before it was ready: `app` exited with code 3 (0x3)\n  | boom"
        );
    }
}
