//! The arguments of `cargo func list`, `check` and `doctor`.

use clap::Args;

use super::CargoArgs;
use crate::exit;

/// List the functions of the app, with their bindings and the settings that they need
///
/// Builds the app, starts its worker, and asks it, as the host does. Nothing is triggered.
#[derive(Debug, Args)]
#[command(after_help = exit::HELP)]
pub(crate) struct ListArgs {
    #[command(flatten)]
    pub(crate) cargo: CargoArgs,
}

/// Check the bindings of the app against its settings and `host.json`
///
/// Builds the app, starts its worker, and asks it for its functions. It fails if something is wrong that would keep a function
/// from running: a missing setting or connection, a route or a name that is taken, an extension bundle without a binding. What
/// may be wrong is a warning.
#[derive(Debug, Args)]
#[command(after_help = exit::HELP)]
pub(crate) struct CheckArgs {
    #[command(flatten)]
    pub(crate) cargo: CargoArgs,
}

/// Check this machine and the files of the app
///
/// Looks for the compiler, what builds for Azure, and the other tools; for a free port; and for the files that a function app has.
#[derive(Debug, Args)]
#[command(after_help = exit::HELP)]
pub(crate) struct DoctorArgs {
    /// Add the files, lines and settings that are missing
    #[arg(long)]
    pub(crate) fix: bool,
    #[command(flatten)]
    pub(crate) cargo: CargoArgs,
}
