//! Why a command failed, what to do about it, and the exit code.

use std::{error::Error, io};

use azure_functions_host::{HostError, config::ConfigError};

use crate::exit;

/// An error that a command may end with: `Display` says the fact, and this what follows from it.
pub(crate) trait Explain: Error {
    /// What to do about it.
    fn hint(&self) -> Option<String> {
        None
    }

    /// The exit code, as `cargo func --help` explains it.
    fn exit_code(&self) -> u8 {
        exit::FAILURE
    }
}

/// What every command fails with. Any [`Explain`] becomes one with `?`, so that each command has errors of its own.
#[derive(Debug)]
pub(crate) struct Failure(Box<dyn Explain>);

impl Failure {
    /// What happened.
    pub(crate) fn reason(&self) -> &dyn Explain {
        &*self.0
    }
}

impl<E: Explain + 'static> From<E> for Failure {
    fn from(error: E) -> Self {
        Self(Box::new(error))
    }
}

/// The machine did not give what every program needs.
#[derive(Debug, thiserror::Error)]
#[error("cannot {what}")]
pub(crate) struct SystemError {
    /// What could not be done.
    pub(crate) what: &'static str,
    pub(crate) source: io::Error,
}

impl Explain for SystemError {}

impl Explain for ConfigError {}

impl Explain for HostError {
    fn hint(&self) -> Option<String> {
        self.hint()
    }
}

/// The names as a list in backticks.
pub(crate) fn quoted<T: AsRef<str>>(names: &[T]) -> String {
    let names: Vec<_> = names
        .iter()
        .map(|name| format!("`{}`", name.as_ref()))
        .collect();
    names.join(", ")
}
