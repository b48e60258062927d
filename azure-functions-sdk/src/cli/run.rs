//! The arguments of `cargo func run`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::CargoArgs;
use crate::exit;

/// Build the function app and run it, anew whenever it changes
///
/// The host is a part of this program: it needs neither Azure nor the Functions Core Tools. It reads `host.json` and
/// `local.settings.json` in the folder of the package, and keeps queues and blobs in memory.
///
/// When a file of the package changes, or of a package in the same workspace or on this disk that it depends on, the app is
/// built again. The host stays up meanwhile, and switches to the new build once that is ready; what the old one has begun ends
/// there. If the build fails, or does not get ready, the old one stays. What `.gitignore` names is not watched.
#[derive(Debug, Args)]
#[command(after_help = exit::HELP)]
pub(crate) struct RunArgs {
    /// Port to listen on, 0 for any free one [default: `LocalHttpPort` of `local.settings.json`, or 7071]
    #[arg(long)]
    pub(crate) port: Option<u16>,
    /// Build once, and do not look for changes
    #[arg(long)]
    pub(crate) no_watch: bool,
    /// File of settings, one `NAME=value` a line; they replace those of `local.settings.json`, and variables of the shell
    /// replace them
    #[arg(long, value_name = "FILE")]
    pub(crate) env_file: Option<PathBuf>,
    /// Ask for function, host and master keys, as in Azure
    ///
    /// The keys are made at the first run, and stand in `func/PACKAGE/keys.json` in the target directory. Add those of single
    /// functions there: `"functions": { "NAME": { "default": "KEY" } }`.
    #[arg(long)]
    pub(crate) auth: bool,
    /// Print the number of the worker's process, and wait for a debugger before functions run
    ///
    /// The worker runs and waits for the host, which goes on when a debugger has attached, or when you press Enter. Calls have
    /// no time limit then.
    #[arg(long)]
    pub(crate) debug: bool,
    /// Which host runs the app
    #[arg(long, value_name = "HOST", default_value = "embedded")]
    pub(crate) host: HostKind,
    /// Keep orchestrations and entities in this file, so that they go on in the next run [default: in memory]
    #[arg(long, value_name = "FILE")]
    pub(crate) durable_store: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) cargo: CargoArgs,
}

/// A host for the app
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum HostKind {
    /// The one in this program
    Embedded,
    /// `func` of the Azure Functions Core Tools, which must be installed; it keeps the build that it starts with, for it cannot
    /// change to another worker while it runs
    Func,
}
