//! The soak: very many invocations through real hosts and real worker processes, and what became of each.
//!
//! `cargo xtask soak` and `cargo xtask durable-kills` run it in a release build; a short one of each is among the tests.

mod chaos;
mod dice;
mod kills;
mod memory;
mod mixture;
mod strays;

use std::{path::PathBuf, time::Duration};

use azure_functions_host::{Config, Host, HostHandle};

pub use self::{
    chaos::{Chaos, Report, run as chaos},
    kills::{Kills, Report as KillsReport, run as kills},
    mixture::{Mixture, Summary, run as mixture},
    strays::Strays,
};

/// No invocation may take longer, and nothing else may either.
const PATIENCE: Duration = Duration::from_secs(120);

/// The address of the app and how its hosts are to be.
fn config(program: &PathBuf) -> anyhow::Result<Config> {
    let mut config = Config::read(program, env!("CARGO_MANIFEST_DIR"))?;
    config.port = 0;
    config.settings.insert("RUST_BACKTRACE".into(), "0".into());
    // A real host gives up after three losses, and waits between them.
    config.limits.restart_budget = usize::MAX;
    config.limits.restart_delay = Duration::ZERO;
    config.limits.restart_interval = Duration::ZERO;
    Ok(config)
}

/// The number of the worker's process.
async fn process(host: &HostHandle) -> anyhow::Result<u32> {
    let answer = within(host.invoke("work", "process")).await??;
    Ok(chaos::text(&answer).parse()?)
}

async fn start(config: Config) -> anyhow::Result<HostHandle> {
    Ok(within(Host::start(config)).await??)
}

async fn within<T>(future: impl Future<Output = T>) -> anyhow::Result<T> {
    let result = tokio::time::timeout(PATIENCE, future).await;
    result.map_err(|_| anyhow::anyhow!("nothing happened for {} s", PATIENCE.as_secs()))
}
