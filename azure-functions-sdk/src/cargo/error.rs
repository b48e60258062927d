//! Why there is no app to work with, or no program of it.

use std::{io, path::PathBuf};

use crate::{
    error::{Explain, quoted},
    exit,
};

/// Why there is no app to work with, or no program of it.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CargoError {
    /// cargo could not be run at all.
    #[error("cannot run `{}`", .program.display())]
    Program { program: PathBuf, source: io::Error },
    /// cargo does not know the project.
    #[error("{0}")]
    Project(String),
    /// There is no such package.
    #[error("the workspace has no package `{wanted}`")]
    NoPackage { wanted: String, apps: Vec<String> },
    /// Nothing says which package is meant.
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
    /// Nothing says which binary is meant.
    #[error("the package `{package}` has {} binaries: {}", .known.len(), quoted(.known))]
    ManyTargets { package: String, known: Vec<String> },
    /// cargo built it and failed.
    #[error("the package `{0}` could not be built")]
    Build(String),
    /// cargo built it and did not say where.
    #[error("cargo did not say where the executable of `{0}` is")]
    NoExecutable(String),
}

impl Explain for CargoError {
    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Program { .. } => "install Rust from https://rustup.rs, or check the `PATH`".to_owned(),
            Self::Project(text) if text.contains("-->") => {
                "mend the file at the place that is shown".to_owned()
            }
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
        };
        Some(hint)
    }

    fn exit_code(&self) -> u8 {
        match self {
            Self::Build(_) => exit::BUILD,
            _ => exit::FAILURE,
        }
    }
}
