//! Changes to files that people wrote: what is not meant to change stays as it is, to the last comment.

mod changes;
mod json;
mod manifest;
mod module;

use std::{io, path::PathBuf};

pub(crate) use self::{
    changes::Changes,
    json::{add_connection, add_setting},
    manifest::{Dependency, Manifest},
    module::{ModuleError, add_module, is_identifier},
};
use crate::error::Explain;

/// Why a file cannot be changed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum EditError {
    /// The file cannot be read.
    #[error("cannot read `{}`", .file.display())]
    Read { file: PathBuf, source: io::Error },
    /// The file cannot be written.
    #[error("cannot write `{}`", .file.display())]
    Write { file: PathBuf, source: io::Error },
    /// The text is not in its language.
    #[error("`{}` is not {language}: line {line}, column {column}: {problem}", .file.display())]
    Syntax {
        file: PathBuf,
        language: &'static str,
        line: usize,
        column: usize,
        problem: String,
    },
    /// A part of the file is something else than expected.
    #[error("`{}`: {problem}", .file.display())]
    Shape { file: PathBuf, problem: String },
}

impl Explain for EditError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Syntax { .. } | Self::Shape { .. } => {
                Some("mend the file and try again; nothing was changed".to_owned())
            }
            Self::Read { .. } | Self::Write { .. } => {
                Some("check the permissions; nothing was changed".to_owned())
            }
        }
    }
}

/// A text with one more line, that ends like the others.
pub(crate) fn with_line(text: &str, line: &str) -> String {
    let end = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let between = if text.is_empty() || text.ends_with('\n') {
        ""
    } else {
        end
    };
    format!("{text}{between}{line}{end}")
}

/// The line and the column of a place in a text, from 1.
fn place(text: &str, at: usize) -> (usize, usize) {
    let before = text.get(..at).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
    (line, column)
}
