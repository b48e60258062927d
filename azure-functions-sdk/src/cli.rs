//! The command line: what can be said, and nothing of what is done.

use std::{ffi::OsString, path::PathBuf};

use clap::{Args, Parser, Subcommand, ValueEnum};

const EXIT_CODES: &str = "\
Exit codes:
    0  it did what it was told; for `run`, it was stopped by Ctrl-C or SIGTERM
    1  something failed
    2  the command line was not understood
  101  the app could not be built
  130  it was told to stop twice, and did not wait for running functions";

/// Azure Functions in Rust, on your machine
#[derive(Debug, Parser)]
#[command(
    name = "cargo-func",
    bin_name = "cargo func",
    version,
    after_help = EXIT_CODES,
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
    Run(RunArgs),
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
    /// Print each event as a line of JSON to standard output
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

/// Build the function app and run it on a host of its own
///
/// The host is a part of this program: it needs neither Azure nor the Functions Core Tools. It reads `host.json` and
/// `local.settings.json` in the folder of the package, and keeps queues and blobs in memory.
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub(crate) struct RunArgs {
    /// Port to listen on, 0 for any free one [default: `LocalHttpPort` of `local.settings.json`, or 7071]
    #[arg(long)]
    pub(crate) port: Option<u16>,
    #[command(flatten)]
    pub(crate) cargo: CargoArgs,
}

/// What to build, in the words of cargo
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Cargo options")]
pub(crate) struct CargoArgs {
    /// Package that is the function app
    #[arg(short, long, value_name = "SPEC")]
    pub(crate) package: Option<String>,
    /// Binary to run
    #[arg(long, value_name = "NAME")]
    pub(crate) bin: Option<String>,
    /// Example to run
    #[arg(long, value_name = "NAME", conflicts_with = "bin")]
    pub(crate) example: Option<String>,
    /// Build with optimizations
    #[arg(short, long)]
    pub(crate) release: bool,
    /// Build with the given profile
    #[arg(long, value_name = "NAME", conflicts_with = "release")]
    pub(crate) profile: Option<String>,
    /// Features to enable, separated by commas or spaces
    #[arg(short = 'F', long)]
    pub(crate) features: Vec<String>,
    /// Enable all features
    #[arg(long)]
    pub(crate) all_features: bool,
    /// Do not enable the `default` feature
    #[arg(long)]
    pub(crate) no_default_features: bool,
    /// Directory for what is built
    #[arg(long, value_name = "DIRECTORY")]
    pub(crate) target_dir: Option<PathBuf>,
    /// Path to `Cargo.toml`
    #[arg(long, value_name = "PATH")]
    pub(crate) manifest_path: Option<PathBuf>,
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
