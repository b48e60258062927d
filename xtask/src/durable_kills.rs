//! Orchestrations on a real host whose worker process is killed again and again, in a release build.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::soak::cargo;

/// How many, how large, how often.
#[derive(Debug, Args)]
pub(crate) struct DurableKills {
    /// How many instances there are.
    #[arg(long, default_value_t = 1_000)]
    instances: u32,
    /// How many activities each calls at once.
    #[arg(long, default_value_t = 100)]
    fan: u32,
    /// How many milliseconds an activity takes.
    #[arg(long, default_value_t = 5)]
    activity_ms: u32,
    /// How many milliseconds there are from one kill to the next.
    #[arg(long, default_value_t = 1_000)]
    every_ms: u32,
    /// Keep the task hub in this file, which must not be there yet; without it, it is in memory.
    #[arg(long)]
    store: Option<PathBuf>,
}

/// Builds the programs and runs them.
pub(crate) fn run(root: &Path, kills: &DurableKills) -> anyhow::Result<()> {
    let programs = ["--bin", "durable_kills", "--bin", "durable_app"];
    cargo(root, "build", &programs, &[])?;
    let numbers = [
        ("--instances", kills.instances),
        ("--fan", kills.fan),
        ("--activity-ms", kills.activity_ms),
        ("--every-ms", kills.every_ms),
    ];
    let mut arguments: Vec<_> = numbers
        .into_iter()
        .flat_map(|(name, value)| [name.to_owned(), value.to_string()])
        .collect();
    if let Some(store) = &kills.store {
        let store = std::path::absolute(store)?;
        arguments.extend(["--store".to_owned(), store.display().to_string()]);
    }
    cargo(root, "run", &["--bin", "durable_kills"], &arguments)
}
