//! The app as its worker describes it.

use azure_functions_host::{Config, Host, Listing};
use tokio::runtime::Runtime;

use crate::{
    cargo::App,
    cli::CargoArgs,
    error::{Failure, SystemError},
    render::Terminal,
};

/// Builds an app, and asks its worker for the functions.
///
/// # Errors
///
/// The app cannot be built or started, or one of its files cannot be read.
pub(crate) fn list(
    app: &App,
    args: &CargoArgs,
    terminal: &Terminal,
) -> Result<(Listing, Config), Failure> {
    // Before the build, so that nobody waits for it only to hear of a comma in `host.json`.
    let mut config = Config::read("", app.directory())?;
    let mut flags = terminal.cargo_flags();
    if !flags.contains(&"--quiet") {
        // Progress is for a build that is asked for; this one is a means.
        flags.push("--quiet");
    }
    config.worker = app.build(args, &flags)?;
    let runtime = Runtime::new().map_err(|source| SystemError {
        what: "start the threads of the host",
        source,
    })?;
    let listing = runtime.block_on(Host::new(config.clone()).list())?;
    Ok((listing, config))
}
