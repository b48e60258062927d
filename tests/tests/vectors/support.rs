//! Reading a recording, and collecting what differs from it.

use serde::de::DeserializeOwned;

pub(crate) use azure_functions_tests::recording::{Difference, Outcome};

/// The rows of one recording.
pub(crate) fn rows<T: DeserializeOwned>(file: &str) -> Vec<T> {
    azure_functions_tests::recording::rows(&format!("vectors/{file}"))
}
