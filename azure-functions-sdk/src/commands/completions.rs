//! `cargo func completions`: what a shell has to know to complete a command line.

use std::process::ExitCode;

use clap::CommandFactory as _;

use crate::{
    cli::{Cli, CompletionsArgs},
    render::Terminal,
};

/// Prints the completions.
pub(crate) fn run(args: &CompletionsArgs, terminal: &Terminal) -> ExitCode {
    let mut script = Vec::new();
    let mut command = Cli::command().bin_name("cargo-func");
    clap_complete::generate(args.shell, &mut command, "cargo-func", &mut script);
    terminal.document(&String::from_utf8_lossy(&script));
    ExitCode::SUCCESS
}
