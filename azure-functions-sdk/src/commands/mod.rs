//! The commands, one file for each.

mod check;
mod doctor;
mod init;
mod invoke;
mod list;
mod new;
mod new_app;
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
        Command::NewApp(args) => new_app::run(args, terminal),
        Command::Init(args) => init::run(args, terminal),
        Command::New(args) => new::run(args, terminal),
        Command::Run(args) => run::run(args, terminal),
        Command::Invoke(args) => invoke::run(args, terminal),
        Command::List(args) => list::run(args, terminal),
        Command::Check(args) => check::run(args, terminal),
        Command::Doctor(args) => doctor::run(args, terminal),
    }
}
