//! The app: its functions, its state, and how it is run.

use std::process::ExitCode;

use crate::{FunctionDef, context::States, registry};

/// An app: its functions and its state.
#[derive(Debug)]
pub struct App {
    functions: Vec<&'static FunctionDef>,
    states: States,
}

/// Runs the app.
pub fn run() -> ExitCode {
    ExitCode::SUCCESS
}

impl App {
    /// An app with all functions that `#[func]` registered.
    pub fn new() -> Self {
        Self {
            functions: registry::registered(),
            states: States::default(),
        }
    }

    /// Gives the app a state.
    pub fn state<T: Send + Sync + 'static>(self, value: T) -> Self {
        Self {
            states: self.states.with(value),
            ..self
        }
    }
}
