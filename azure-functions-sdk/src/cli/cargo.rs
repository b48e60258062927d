//! What to build, in the words of cargo.

use std::path::PathBuf;

use clap::Args;

/// What to build, in the words of cargo
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Cargo options")]
pub(crate) struct CargoArgs {
    /// Package that is the function app
    #[arg(short, long, value_name = "SPEC")]
    pub(crate) package: Option<String>,
    /// Binary to run
    #[arg(long, value_name = "NAME")]
    pub(crate) bin: Option<String>,
    /// Example to run
    #[arg(long, value_name = "NAME", conflicts_with = "bin")]
    pub(crate) example: Option<String>,
    /// Build with optimizations
    #[arg(short, long)]
    pub(crate) release: bool,
    /// Build with the given profile
    #[arg(long, value_name = "NAME", conflicts_with = "release")]
    pub(crate) profile: Option<String>,
    /// Features to enable, separated by commas or spaces
    #[arg(short = 'F', long)]
    pub(crate) features: Vec<String>,
    /// Enable all features
    #[arg(long)]
    pub(crate) all_features: bool,
    /// Do not enable the `default` feature
    #[arg(long)]
    pub(crate) no_default_features: bool,
    /// Directory for what is built
    #[arg(long, value_name = "DIRECTORY")]
    pub(crate) target_dir: Option<PathBuf>,
    /// Path to `Cargo.toml`
    #[arg(long, value_name = "PATH")]
    pub(crate) manifest_path: Option<PathBuf>,
}
