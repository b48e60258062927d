//! Measuring: rounds in which each contender runs the same invocations, so that what disturbs the machine disturbs all.

use std::time::{Duration, Instant};

use anyhow::Context;

use crate::{
    contender::{Contender, Running},
    report::{Figure, Row},
    scenario::{SCENARIOS, Scenario},
};

/// How much is measured.
#[derive(Clone, Copy, Debug)]
pub struct Effort {
    /// How many rounds.
    pub rounds: usize,
    /// For how long the slowest contender of a round runs.
    pub slice: Duration,
    /// How many times each contender is started.
    pub starts: usize,
    /// The core that contenders run on; the others are for the host.
    pub core: Option<usize>,
}

/// Measures the CPU time of an invocation, in microseconds.
///
/// # Errors
///
/// When a contender does not do what it should.
pub async fn invocations(
    contenders: &[Contender],
    scenario: &Scenario,
    effort: Effort,
) -> anyhow::Result<Row> {
    let mut running = Vec::new();
    for contender in contenders {
        running.push(if contender.can(scenario) {
            Some(contender.start(scenario, effort.core).await?)
        } else {
            None
        });
    }
    let mut count = scenario.concurrency;
    for runs in running.iter_mut().flatten() {
        runs.run(scenario, scenario.concurrency, true).await?;
    }
    // As many invocations as fill the time; this also warms up.
    loop {
        let mut longest = Duration::ZERO;
        for runs in running.iter_mut().flatten() {
            let start = Instant::now();
            runs.run(scenario, count, false).await?;
            longest = longest.max(start.elapsed());
        }
        if longest >= effort.slice {
            break;
        }
        count *= 2;
    }
    let mut row = Row::new(scenario.name, scenario.concurrency, contenders.len());
    for _ in 0..effort.rounds {
        for (at, runs) in running.iter_mut().enumerate() {
            if let Some(runs) = runs {
                let before = runs.process().cpu()?;
                runs.run(scenario, count, false).await?;
                let spent = runs.process().cpu()? - before;
                row.add(at, micros(spent) / invocations_of(runs, count));
            }
        }
    }
    Ok(row)
}

/// Measures the time from the start of a worker to its first answer in milliseconds, and then what memory it holds in MiB.
///
/// # Errors
///
/// When a contender does not do what it should.
pub async fn starts(contenders: &[Contender], effort: Effort) -> anyhow::Result<[Row; 2]> {
    let [mut one, ..] = SCENARIOS;
    one.concurrency = 1;
    let mut time = Row::new("cold start to the first answer, ms", 1, contenders.len());
    let mut memory = Row::new("memory when idle, MiB", 0, contenders.len());
    for _ in 0..effort.starts {
        for (at, contender) in contenders.iter().enumerate() {
            let start = Instant::now();
            let mut running = contender.start(&one, effort.core).await?;
            running.run(&one, 1, true).await?;
            time.add(at, start.elapsed().as_secs_f64() * 1e3);
            tokio::time::sleep(Duration::from_millis(20)).await;
            let kib = u32::try_from(running.process().memory()?).context("memory")?;
            memory.add(at, f64::from(kib) / 1024.0);
        }
    }
    Ok([time, memory])
}

/// Connections run the same number each, so that it can be a few more.
fn invocations_of(running: &Running, count: usize) -> f64 {
    let lanes = match running {
        Running::Worker { connections, .. } | Running::Handler { connections, .. } => {
            connections.len().max(1)
        }
    };
    let count = count.div_ceil(lanes) * lanes;
    u32::try_from(count).map_or(f64::MAX, f64::from)
}

fn micros(nanos: u64) -> Figure {
    Duration::from_nanos(nanos).as_secs_f64() * 1e6
}
