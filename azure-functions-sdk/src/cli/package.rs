//! The arguments of `cargo func build`, `pack` and `deploy`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::CargoArgs;
use crate::{exit, program::Glibc};

/// Build the app for Azure, and check that it runs there
///
/// Builds for Linux on x64 with the profile `release`, unless the options say otherwise, and reads the program: the machine that
/// it is for, the glibc that it needs, and the libraries that it is linked with have to be those of the image in Azure.
#[derive(Debug, Args)]
#[command(after_help = exit::HELP)]
pub(crate) struct BuildArgs {
    /// Build for an image of your own instead of Flex Consumption
    #[arg(long)]
    pub(crate) container: bool,
    #[command(flatten)]
    pub(crate) target: TargetArgs,
    #[command(flatten)]
    pub(crate) cargo: CargoArgs,
}

/// Build the app, and pack it for Azure
///
/// The package holds the program as `app`, `host.json`, and every other file in the folder of the app that `.funcignore` does not
/// leave out; never `local.settings.json`. Two packages of the same files have the same bytes.
#[derive(Debug, Args)]
#[command(after_help = exit::HELP)]
pub(crate) struct PackArgs {
    /// File to write, or folder with `--container` [default: in `target/func`]
    #[arg(short, long, value_name = "PATH")]
    pub(crate) out: Option<PathBuf>,
    /// Write a folder that `docker build` makes an image of, instead of a zip
    #[arg(long)]
    pub(crate) container: bool,
    /// Image to start from, which has the host in it
    #[arg(long, value_name = "IMAGE", requires = "container", default_value = DOTNET_IMAGE)]
    pub(crate) image: String,
    #[command(flatten)]
    pub(crate) limit: LimitArgs,
    #[command(flatten)]
    pub(crate) target: TargetArgs,
    #[command(flatten)]
    pub(crate) cargo: CargoArgs,
}

/// Build and pack the app, and publish it with the Azure CLI
///
/// Runs `az functionapp deployment source config-zip`, with the account that `az login` signed in. The function app has to exist.
#[derive(Debug, Args)]
#[command(after_help = exit::HELP)]
pub(crate) struct DeployArgs {
    /// Resource group of the function app
    #[arg(short = 'g', long, value_name = "NAME", value_parser = azure_name)]
    pub(crate) resource_group: String,
    /// Name of the function app in Azure
    #[arg(short, long, value_name = "NAME", value_parser = azure_name)]
    pub(crate) name: String,
    /// Name or id of the subscription [default: the one that `az account show` shows]
    #[arg(long, value_name = "SUBSCRIPTION", value_parser = azure_name)]
    pub(crate) subscription: Option<String>,
    /// Publish this package of `cargo func pack`, and build nothing
    #[arg(long, value_name = "FILE", conflicts_with_all = ["arm64", "target", "builder"])]
    pub(crate) zip: Option<PathBuf>,
    /// Show every command and every file, and do nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    #[command(flatten)]
    pub(crate) limit: LimitArgs,
    #[command(flatten)]
    pub(crate) target: TargetArgs,
    #[command(flatten)]
    pub(crate) cargo: CargoArgs,
}

/// The image that apps in containers start from.
const DOTNET_IMAGE: &str = "mcr.microsoft.com/azure-functions/dotnet:4";

/// What the app is built for
#[derive(Debug, Args)]
#[command(next_help_heading = "Target options")]
pub(crate) struct TargetArgs {
    /// Build for arm64, which only containers can run
    #[arg(long, conflicts_with = "target")]
    pub(crate) arm64: bool,
    /// Target of rustc, such as `x86_64-unknown-linux-musl`
    #[arg(long, value_name = "TRIPLE")]
    pub(crate) target: Option<String>,
    /// What to build with [default: cargo on such a machine, else cargo-zigbuild or cross, which is installed]
    #[arg(long, value_name = "PROGRAM")]
    pub(crate) builder: Option<Builder>,
    /// The glibc of the image [default: 2.39 of Ubuntu 24.04; 2.31 of Debian 11 for containers]
    #[arg(long, value_name = "VERSION")]
    pub(crate) glibc: Option<Glibc>,
    /// Build although a panic ends the whole worker with `panic = "abort"`
    #[arg(long)]
    pub(crate) allow_abort: bool,
}

/// What the package may be
#[derive(Debug, Args)]
#[command(next_help_heading = "Package options")]
pub(crate) struct LimitArgs {
    /// Largest package, in MB; more than 800 has no room in an instance of Flex Consumption
    #[arg(long, value_name = "MB", default_value_t = 800)]
    pub(crate) max_size: u64,
}

/// What builds
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Builder {
    /// cargo itself
    Cargo,
    /// cargo-zigbuild
    Zigbuild,
    /// cross
    Cross,
}

/// A name that `az` cannot take for an option.
fn azure_name(name: &str) -> Result<String, &'static str> {
    if name.trim().is_empty() {
        Err("it is empty")
    } else if name.starts_with('-') {
        Err("it begins with `-`, like an option")
    } else {
        Ok(name.to_owned())
    }
}
