//! Tasks for those who work on this repository: `cargo xtask <task>`.

mod codegen;

use std::path::{Path, PathBuf};

use clap::Parser;

/// Tasks for those who work on this repository.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask")]
enum Task {
    /// Generates the Rust of the worker protocol from `protobuf/`.
    Codegen {
        /// Fail if the committed files differ, and change nothing.
        #[arg(long)]
        check: bool,
    },
}

fn main() -> anyhow::Result<()> {
    match Task::parse() {
        Task::Codegen { check } => codegen::run(&root(), check),
    }
}

/// The folder of the workspace.
fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_path_buf()
}
