//! The file of a history.

use std::{fmt, fs, path::Path};

use super::error::DurableError;

/// Writes the file.
///
/// # Errors
///
/// The disk does not take it.
pub(super) fn write(file: &Path, text: &str) -> Result<(), DurableError> {
    let unwritable = |source| DurableError::Unwritable {
        file: file.to_owned(),
        source,
    };
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder).map_err(unwritable)?;
    }
    fs::write(file, text).map_err(unwritable)
}

/// The host did not tell all.
#[derive(Debug)]
pub(super) struct Inexact;

impl fmt::Display for Inexact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "this host does not tell the ids of events and the clock of the orchestrator, so they are guessed; for the whole history, let \
             the app give away what `DurableOrchestrationClient::history` does",
        )
    }
}
