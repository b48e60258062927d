//! The arguments of `cargo func run`.

use std::path::PathBuf;

use clap::Args;

use super::CargoArgs;
use crate::exit;

/// Build the function app and run it on a host of its own
///
/// The host is a part of this program: it needs neither Azure nor the Functions Core Tools. It reads `host.json` and
/// `local.settings.json` in the folder of the package, and keeps queues and blobs in memory.
#[derive(Debug, Args)]
#[command(after_help = exit::HELP)]
pub(crate) struct RunArgs {
    /// Port to listen on, 0 for any free one [default: `LocalHttpPort` of `local.settings.json`, or 7071]
    #[arg(long)]
    pub(crate) port: Option<u16>,
    /// Keep orchestrations and entities in this file, so that they go on in the next run [default: in memory]
    #[arg(long, value_name = "FILE")]
    pub(crate) durable_store: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) cargo: CargoArgs,
}
