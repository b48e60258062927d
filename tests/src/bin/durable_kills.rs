//! Orchestrations whose worker is killed again and again, as a program; `cargo xtask durable-kills` builds and runs it.
//!
//! `--instances N`, `--fan N`, `--activity-ms N`, `--every-ms N`; with `--store FILE` the task hub is in that file.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "it talks to the person who runs it"
)]

use std::{process::ExitCode, time::Duration};

use anyhow::{Context as _, bail};
use azure_functions_tests::soak::{Kills, kills};

/// How long it may take.
const PATIENCE: Duration = Duration::from_secs(20 * 60);

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(faults) if faults.is_empty() => {
            println!("all completed");
            ExitCode::SUCCESS
        }
        Ok(faults) => {
            println!("it failed: {}", faults.join("; "));
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> anyhow::Result<Vec<String>> {
    let mut plan = Kills {
        program: std::env::current_exe()?.with_file_name("durable_app"),
        instances: 1_000,
        fan: 100,
        millis: 5,
        every: Duration::from_secs(1),
        store: None,
        patience: PATIENCE,
    };
    let mut arguments = std::env::args().skip(1);
    while let Some(name) = arguments.next() {
        let value = arguments.next();
        let value = value.with_context(|| format!("`{name}` needs a value"))?;
        let number = || {
            let number = value.parse::<usize>();
            number.with_context(|| format!("`{name}` needs a number"))
        };
        match name.as_str() {
            "--instances" => plan.instances = number()?,
            "--fan" => plan.fan = number()?,
            "--activity-ms" => plan.millis = number()? as u64,
            "--every-ms" => plan.every = Duration::from_millis(number()?.max(1) as u64),
            "--store" => plan.store = Some(value.into()),
            other => bail!("`{other}` is not known; see `cargo xtask durable-kills --help`"),
        }
    }
    println!(
        "{} instances of {} activities of {} ms each, task hub {}, a worker killed every {} ms",
        plan.instances,
        plan.fan,
        plan.millis,
        if plan.store.is_some() {
            "in a file"
        } else {
            "in memory"
        },
        plan.every.as_millis()
    );
    let report = kills(&plan).await?;
    println!("{report}");
    Ok(report.faults())
}
