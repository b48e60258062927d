//! Why a command failed, what to do about it, and the exit code.

use std::{io, path::PathBuf, process::ExitCode};

use azure_functions_host::{HostError, config::ConfigError};

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CliError {
    /// A program could not be run at all.
    #[error("cannot run `{}`", .program.display())]
    Program { program: PathBuf, source: io::Error },
    /// cargo does not know the project.
    #[error("{0}")]
    Project(String),
    /// There is no such package.
    #[error("the workspace has no package `{wanted}`")]
    NoPackage { wanted: String, apps: Vec<String> },
    /// Nothing says which package to run.
    #[error("the workspace has {} function apps: {}", .0.len(), quoted(.0))]
    ManyPackages(Vec<String>),
    /// No package of the workspace is a function app.
    #[error("the workspace at `{}` has no function app", .0.display())]
    NoApp(PathBuf),
    /// The package has nothing to run.
    #[error("the package `{package}` has no {kind}")]
    NoTarget { package: String, kind: &'static str },
    /// The package has no target of that name.
    #[error("the package `{package}` has no {kind} `{wanted}`")]
    UnknownTarget {
        package: String,
        kind: &'static str,
        wanted: String,
        known: Vec<String>,
    },
    /// Nothing says which binary to run.
    #[error("the package `{package}` has {} binaries: {}", .known.len(), quoted(.known))]
    ManyTargets { package: String, known: Vec<String> },
    /// cargo built it and failed.
    #[error("the package `{0}` could not be built")]
    Build(String),
    /// cargo built it and did not say where.
    #[error("cargo did not say where the executable of `{0}` is")]
    NoExecutable(String),
    /// `host.json` or `local.settings.json` cannot be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The worker ended before it was ready, and what it printed was shown as it came.
    #[error("the worker ended before it was ready: {0}")]
    Ended(String),
    /// The host could not start, or stopped.
    #[error(transparent)]
    Host(#[from] HostError),
    /// The machine did not give what every program needs.
    #[error("cannot {what}")]
    System {
        what: &'static str,
        source: io::Error,
    },
}

impl CliError {
    /// What to do about it.
    pub(crate) fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Program { .. } => "install Rust from https://rustup.rs, or check the `PATH`".to_owned(),
            Self::Project(_) => {
                "go to the folder of the app, or name its `Cargo.toml` with `--manifest-path`".to_owned()
            }
            Self::NoPackage { apps, .. } if apps.is_empty() => return None,
            Self::NoPackage { apps, .. } => format!("its function apps are {}", quoted(apps)),
            Self::ManyPackages(_) => "choose one with `--package`".to_owned(),
            Self::NoApp(_) => {
                "a function app is a package with a binary that depends on `azure-functions`; choose another with `--package`"
                    .to_owned()
            }
            Self::NoTarget { .. } => {
                "add `src/main.rs` with `fn main() -> std::process::ExitCode { azure_functions::run() }`".to_owned()
            }
            Self::UnknownTarget { kind, known, .. } if known.is_empty() => {
                format!("it has no {kind} at all")
            }
            Self::UnknownTarget { known, .. } => format!("it has {}", quoted(known)),
            Self::ManyTargets { .. } => {
                "choose one with `--bin`, or set `default-run` in `Cargo.toml`".to_owned()
            }
            Self::Build(_) => "the reason is in the output of `cargo build` above".to_owned(),
            Self::NoExecutable(_) => "check that `cargo build --message-format=json` lists it".to_owned(),
            Self::Config(_) => return None,
            Self::Ended(_) => "the reason is in what it printed above".to_owned(),
            Self::Host(error) => return error.hint(),
            Self::System { .. } => return None,
        };
        Some(hint)
    }

    /// The exit code, as `cargo func --help` explains it.
    pub(crate) fn exit_code(&self) -> ExitCode {
        ExitCode::from(match self {
            Self::Build(_) => 101,
            _ => 1,
        })
    }
}

/// The names as a list in backticks.
fn quoted(names: &[String]) -> String {
    let names: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
    names.join(", ")
}
