//! The command behind `cargo xtask bench`: measures, and prints a table.

use std::{env, path::PathBuf, process::Command, time::Duration};

use anyhow::Context;
use azure_functions_bench::{
    contender::{Contender, Kind},
    measure::{self, Effort},
    report,
    scenario::SCENARIOS,
};
use clap::Parser;

/// Measures what a worker costs, against a bare one and a custom handler.
#[derive(Debug, Parser)]
struct Arguments {
    /// How many rounds each scenario has.
    #[arg(long, default_value_t = 15)]
    rounds: usize,
    /// For how many milliseconds the slowest contender of a round runs.
    #[arg(long, default_value_t = 300)]
    slice: u64,
    /// How many times each program is started for the cold start.
    #[arg(long, default_value_t = 25)]
    starts: usize,
    /// Lets the workers run on all cores, instead of the last one alone.
    #[arg(long)]
    all_cores: bool,
    /// Only the scenarios with this in their name; `start` is the cold start.
    #[arg(long)]
    only: Option<String>,
    /// How many invocations run at a time, instead of what each scenario says.
    #[arg(long)]
    concurrency: Option<usize>,
    /// Another build of the app, to compare with.
    #[arg(long)]
    other: Option<PathBuf>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let folder = env::current_exe()?;
    let folder = folder.parent().context("the program is nowhere")?;
    let contender = |name, program: PathBuf, kind| Contender {
        name,
        program,
        kind,
    };
    let handler = folder.join("bench-custom-handler");
    let mut contenders = vec![
        contender("bare", folder.join("bench-bare-worker"), Kind::Worker),
        contender("azure-functions", folder.join("bench-app"), Kind::Worker),
        contender("axum", handler.clone(), Kind::Handler { lean: false }),
        contender("axum, lean", handler, Kind::Handler { lean: true }),
    ];
    if let Some(other) = arguments.other {
        contenders.push(contender("other", other, Kind::Worker));
    }
    let cores = std::thread::available_parallelism()?.get();
    let core = (!arguments.all_cores && cores > 1).then(|| cores - 1);
    if core.is_some() {
        keep_off_last(cores)?;
    }
    let effort = Effort {
        rounds: arguments.rounds,
        slice: Duration::from_millis(arguments.slice),
        starts: arguments.starts,
        core,
    };
    let wanted = |name: &str| {
        arguments
            .only
            .as_deref()
            .is_none_or(|only| name.contains(only))
    };
    let mut rows = Vec::new();
    for mut scenario in SCENARIOS {
        scenario.concurrency = arguments.concurrency.unwrap_or(scenario.concurrency);
        if wanted(scenario.name) {
            say(&format!("{} …", scenario.name));
            rows.push(measure::invocations(&contenders, &scenario, effort).await?);
        }
    }
    if wanted("start") {
        say("cold start …");
        rows.extend(measure::starts(&contenders, effort).await?);
    }
    let names: Vec<_> = contenders.iter().map(|contender| contender.name).collect();
    print(&report::table(&names, &rows));
    Ok(())
}

/// Leaves the last core to what is measured.
fn keep_off_last(cores: usize) -> anyhow::Result<()> {
    let others = format!("0-{}", cores - 2);
    let status = Command::new("taskset")
        .args(["-a", "-c", "-p", &others, &std::process::id().to_string()])
        .stdout(std::process::Stdio::null())
        .status()
        .context("`taskset` does not start; it is part of util-linux")?;
    anyhow::ensure!(status.success(), "`taskset` failed");
    Ok(())
}

#[expect(
    clippy::print_stderr,
    reason = "a task talks to the person who runs it"
)]
fn say(text: &str) {
    eprintln!("bench: {text}");
}

#[expect(clippy::print_stdout, reason = "the table is what it is for")]
fn print(text: &str) {
    println!("{text}");
}
