//! The soak as a program; `cargo xtask soak` builds and runs it.
//!
//! `--invocations N`, `--concurrency N`, `--workers N`, `--seed N`; or `--minutes N` for a mixture of everything.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "it talks to the person who runs it"
)]

use std::{process::ExitCode, time::Duration};

use anyhow::{Context as _, bail};
use azure_functions_tests::soak::{Chaos, Mixture, Strays, chaos, mixture};

/// How much memory may grow, in percent.
const GROWTH: f64 = 5.0;

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(faults) if faults.is_empty() => {
            println!("the soak succeeded");
            ExitCode::SUCCESS
        }
        Ok(faults) => {
            println!("the soak failed: {}", faults.join("; "));
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> anyhow::Result<Vec<String>> {
    let program = std::env::current_exe()?.with_file_name("soak_app");
    let mut plan = Chaos {
        program: program.clone(),
        invocations: 1_000_000,
        before: 0,
        concurrency: 256,
        workers: 16,
        seed: 4_711,
    };
    let mut minutes = None;
    let mut arguments = std::env::args().skip(1);
    while let Some(name) = arguments.next() {
        let value = arguments.next();
        let value: u64 = value
            .and_then(|value| value.parse().ok())
            .with_context(|| format!("`{name}` needs a number"))?;
        match name.as_str() {
            "--invocations" => plan.invocations = value,
            "--concurrency" => plan.concurrency = value,
            "--workers" => plan.workers = value.max(1),
            "--seed" => plan.seed = value,
            "--minutes" => minutes = Some(value),
            other => bail!("`{other}` is not known; see `cargo xtask soak --help`"),
        }
    }
    let strays = Strays::default();
    tracing::subscriber::set_global_default(strays.clone())?;
    let faults = if let Some(minutes) = minutes {
        let plan = Mixture {
            program,
            time: Duration::from_secs(60 * minutes),
            seed: plan.seed,
        };
        println!("soak for {minutes} minutes, seed {}", plan.seed);
        let summary = mixture(&plan, &strays).await?;
        println!("{summary}");
        summary.faults(Some(GROWTH))
    } else {
        plan.before = plan.invocations / 10;
        println!(
            "soak of {} invocations after {} others, {} at a time, {} workers, seed {}",
            plan.invocations, plan.before, plan.concurrency, plan.workers, plan.seed
        );
        let report = chaos(&plan, &strays).await?;
        println!("{report}");
        report.faults(Some(GROWTH))
    };
    Ok(faults)
}
