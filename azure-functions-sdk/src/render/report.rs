//! What a command says when it is done.

use serde::Serialize;

/// The outcome of a command: one object for programs, some lines for people.
pub(crate) trait Report: Serialize {
    /// The lines.
    fn text(&self) -> String;
}
