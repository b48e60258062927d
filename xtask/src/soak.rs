//! The soak: very many invocations against real hosts and worker processes, in a release build.

use std::{path::Path, process::Command};

use anyhow::{Context, bail};
use clap::Args;

/// How long, how many, how.
#[derive(Debug, Args)]
pub(crate) struct Soak {
    /// How many invocations count.
    #[arg(long, default_value_t = 1_000_000)]
    invocations: u64,
    /// How many run at a time.
    #[arg(long, default_value_t = 256)]
    concurrency: u64,
    /// How many worker processes there are; a quarter of them is never killed.
    #[arg(long, default_value_t = 16)]
    workers: u64,
    /// What decides what each invocation does.
    #[arg(long, default_value_t = 4_711)]
    seed: u64,
    /// Run a mixture of requests, messages, batches, logs and streams instead, for so long.
    #[arg(long)]
    minutes: Option<u64>,
}

/// Builds the programs and runs the soak.
pub(crate) fn run(root: &Path, soak: &Soak) -> anyhow::Result<()> {
    let programs = ["--bin", "soak", "--bin", "soak_app"];
    cargo(root, "build", &programs, &[])?;
    let mut arguments = vec![
        ("--invocations", soak.invocations),
        ("--concurrency", soak.concurrency),
        ("--workers", soak.workers),
        ("--seed", soak.seed),
    ];
    arguments.extend(soak.minutes.map(|minutes| ("--minutes", minutes)));
    let arguments: Vec<_> = arguments
        .into_iter()
        .flat_map(|(name, value)| [name.to_owned(), value.to_string()])
        .collect();
    cargo(root, "run", &["--bin", "soak"], &arguments)
}

/// Has cargo do something with programs of the tests, in a release build.
pub(crate) fn cargo(
    root: &Path,
    task: &str,
    programs: &[&str],
    rest: &[String],
) -> anyhow::Result<()> {
    let mut cargo = Command::new(env!("CARGO"));
    cargo
        .current_dir(root)
        .args([
            task,
            "--release",
            "--quiet",
            "--package",
            "azure-functions-tests",
        ])
        .args(programs);
    if !rest.is_empty() {
        cargo.arg("--").args(rest);
    }
    let status = cargo.status().context("cargo does not start")?;
    if !status.success() {
        bail!("it failed; see above");
    }
    Ok(())
}
