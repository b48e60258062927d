//! The arguments of `cargo func new-app` and `cargo func init`.

use std::path::PathBuf;

use clap::{Args, ValueEnum, builder::PossibleValuesParser};

use crate::{exit, triggers::TRIGGERS};

/// Make a function app in a new folder
///
/// Writes a package with everything to run it here, to build it for Azure, and to make what it needs there. Without a path it
/// asks, if the input is a terminal.
#[derive(Debug, Args)]
#[command(after_help = exit::HELP)]
pub(crate) struct NewAppArgs {
    /// Folder of the app; it must not exist, or be empty
    #[arg(required_if_eq("yes", "true"))]
    pub(crate) path: Option<PathBuf>,
    /// Name of the app [default: the name of the folder]
    #[arg(long)]
    pub(crate) name: Option<String>,
    #[command(flatten)]
    pub(crate) app: AppArgs,
    /// Version control for the new folder [default: git, unless it is in a repository already]
    #[arg(long, value_name = "SYSTEM")]
    pub(crate) vcs: Option<Vcs>,
    /// Ask nothing, and take what is the default
    #[arg(short, long)]
    pub(crate) yes: bool,
}

/// Make a function app of the package in this folder
///
/// Adds the dependency, the module `functions` and the files of a function app that are not there yet, and changes nothing else.
#[derive(Debug, Args)]
#[command(after_help = exit::HELP)]
pub(crate) struct InitArgs {
    #[command(flatten)]
    pub(crate) app: AppArgs,
    /// Package to make a function app of
    #[arg(short, long, value_name = "SPEC")]
    pub(crate) package: Option<String>,
    /// Path to `Cargo.toml`
    #[arg(long, value_name = "PATH")]
    pub(crate) manifest_path: Option<PathBuf>,
    /// Ask nothing, as is always so; for scripts that are for `new-app` too
    #[arg(short, long, hide = true)]
    pub(crate) yes: bool,
}

/// What an app is made with
#[derive(Debug, Args)]
pub(crate) struct AppArgs {
    /// Trigger of a first function
    #[arg(long, value_name = "TRIGGER", value_parser = templates())]
    pub(crate) template: Option<String>,
    /// Folder of the crate `azure-functions` to depend on, instead of the published one
    ///
    /// When `cargo func` was built from a checkout that is still there, it is the folder in that checkout.
    #[arg(long, value_name = "FOLDER")]
    pub(crate) azure_functions_path: Option<PathBuf>,
}

/// A version control system
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Vcs {
    /// `git init`
    Git,
    /// Nothing
    None,
}

/// The triggers of which a function can be made without further words.
fn templates() -> PossibleValuesParser {
    let triggers = TRIGGERS.iter().filter(|trigger| trigger.needs_nothing());
    PossibleValuesParser::new(triggers.map(|trigger| trigger.name))
}
