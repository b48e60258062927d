//! The commands, one file for each.

mod run;

use std::process::ExitCode;

use crate::{cli::Command, error::Failure, render::Terminal};

/// Does what the command line says.
///
/// # Errors
///
/// When the command fails.
pub(crate) fn run(command: &Command, terminal: &Terminal) -> Result<ExitCode, Failure> {
    match command {
        Command::Run(args) => run::run(args, terminal),
    }
}
