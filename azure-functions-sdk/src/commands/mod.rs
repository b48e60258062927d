//! The commands, one file for each.

mod build;
mod check;
mod completions;
mod deploy;
mod doctor;
mod durable;
mod init;
mod invoke;
mod list;
mod man;
mod new;
mod new_app;
mod pack;
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
        Command::Durable(args) => durable::run(args, terminal),
        Command::List(args) => list::run(args, terminal),
        Command::Check(args) => check::run(args, terminal),
        Command::Doctor(args) => doctor::run(args, terminal),
        Command::Build(args) => build::run(args, terminal),
        Command::Pack(args) => pack::run(args, terminal),
        Command::Deploy(args) => deploy::run(args, terminal),
        Command::Completions(args) => Ok(completions::run(args, terminal)),
        Command::Man(args) => man::run(args, terminal),
    }
}
