//! The command line: what can be said, and nothing of what is done. The arguments of each command have a file of their own.

mod cargo;
mod durable;
mod inspect;
mod invoke;
mod new;
mod package;
mod project;
mod run;
mod shell;

use std::ffi::OsString;

use clap::{Args, Parser, Subcommand, ValueEnum};

pub(crate) use self::{
    cargo::CargoArgs,
    durable::{ActArgs, DurableArgs, DurableCommand, FilterArgs, InstanceStatus},
    inspect::{CheckArgs, DoctorArgs, ListArgs},
    invoke::{EventArgs, HostArgs, InvokeArgs},
    new::{NewArgs, NewFunction},
    package::{BuildArgs, Builder, DeployArgs, PackArgs, TargetArgs},
    project::{InitArgs, NewAppArgs, Vcs},
    run::{HostKind, RunArgs},
    shell::{CompletionsArgs, ManArgs},
};
use crate::exit;

/// Azure Functions in Rust, on your machine
#[derive(Debug, Parser)]
#[command(
    name = "cargo-func",
    bin_name = "cargo func",
    version,
    after_help = exit::HELP,
    max_term_width = 100
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    NewApp(NewAppArgs),
    Init(InitArgs),
    New(NewArgs),
    Run(RunArgs),
    Invoke(InvokeArgs),
    Durable(DurableArgs),
    List(ListArgs),
    Check(CheckArgs),
    Doctor(DoctorArgs),
    Build(BuildArgs),
    Pack(PackArgs),
    Deploy(DeployArgs),
    Completions(CompletionsArgs),
    Man(ManArgs),
}

/// How to print
#[derive(Debug, Args)]
#[command(next_help_heading = "Output options")]
pub(crate) struct OutputArgs {
    /// Print warnings and errors only
    #[arg(short, long, global = true)]
    pub(crate) quiet: bool,
    /// When to use colours
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub(crate) color: Color,
    /// Print JSON for programs to standard output: one object, or one a line for each event of `run`
    #[arg(long, global = true)]
    pub(crate) json: bool,
}

/// When to use colours
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Color {
    /// If the output is a terminal
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// The arguments of this program, without the `func` that cargo puts before them when it is called as `cargo func`.
pub(crate) fn arguments(all: impl IntoIterator<Item = OsString>) -> impl Iterator<Item = OsString> {
    all.into_iter()
        .enumerate()
        .filter(|(at, argument)| *at != 1 || argument != "func")
        .map(|(_, argument)| argument)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_definition_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn only_the_first_func_is_of_cargo() {
        let left = |all: &[&str]| -> Vec<_> { arguments(all.iter().map(OsString::from)).collect() };
        assert_eq!(left(&["cargo-func", "func", "run"]), ["cargo-func", "run"]);
        assert_eq!(left(&["cargo-func", "run"]), ["cargo-func", "run"]);
        assert_eq!(
            left(&["cargo-func", "func", "run", "-p", "func"]),
            ["cargo-func", "run", "-p", "func"]
        );
    }
}
