//! Tasks for those who work on this repository: `cargo xtask <task>`.

mod bench;
mod ci;
mod codegen;
mod docs;
mod durable_kills;
mod fuzz;
mod protocol;
mod size;
mod soak;
mod tidy;
mod tour;

use std::path::{Path, PathBuf};

use clap::Parser;

/// Tasks for those who work on this repository.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask")]
enum Task {
    /// Measures what a worker costs, and prints the table of `docs/performance.md`.
    Bench {
        /// What the driver is told; `--help` shows what there is.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Runs everything that CI runs: formatting, lints, docs, generated code, house rules, tests.
    Ci,
    /// Generates the Rust of the worker protocol from `protobuf/`.
    Codegen {
        /// Fail if the committed files differ, and change nothing.
        #[arg(long)]
        check: bool,
    },
    /// Writes the tables of the bindings' properties: in the docs of each type, and `docs/bindings.md`.
    Docs {
        /// Fail if the committed files differ, and change nothing.
        #[arg(long)]
        check: bool,
    },
    /// Runs a thousand orchestrations of a hundred activities each, and kills their worker every second.
    DurableKills(durable_kills::DurableKills),
    /// Looks for inputs that break the worker or the embedded host, with `cargo fuzz`.
    Fuzz {
        /// Which target; without it all of them, one after the other.
        target: Option<String>,
        /// How long each target runs.
        #[arg(long, default_value_t = 60)]
        seconds: u32,
        /// Keep what was found for the tests, in `fuzz/found`.
        #[arg(long)]
        keep: bool,
    },
    /// Installs `cargo func`, and fails if the program has 15 MB or more.
    Size,
    /// Runs a million invocations with panics, errors, cancels and killed workers, or a mixture of everything for minutes.
    Soak(soak::Soak),
    /// Checks the rules of the house that no compiler checks.
    Tidy,
    /// Records `docs/tour.md` anew: an app from an empty directory to a changed answer.
    Tour,
}

fn main() -> anyhow::Result<()> {
    let root = root();
    match Task::parse() {
        Task::Bench { arguments } => bench::run(&root, &arguments),
        Task::Ci => ci::run(&root),
        Task::Codegen { check } => codegen::run(&root, check),
        Task::Docs { check } => docs::run(&root, check),
        Task::DurableKills(kills) => durable_kills::run(&root, &kills),
        Task::Fuzz {
            target,
            seconds,
            keep,
        } => fuzz::run(&root, target.as_deref(), seconds, keep),
        Task::Size => size::run(&root),
        Task::Soak(soak) => soak::run(&root, &soak),
        Task::Tidy => tidy::run(&root),
        Task::Tour => tour::run(&root),
    }
}

/// The folder of the workspace.
fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_path_buf()
}
