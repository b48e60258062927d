//! Why there is no new project.

use std::{io, path::PathBuf};

use crate::{error::Explain, exit};

/// Why there is no new project.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ProjectError {
    #[error("nothing says where the app is to be")]
    NoPath,
    #[error("`{0}` cannot be the name of a package: {1}")]
    Name(String, &'static str),
    #[error("the folder `{}` has no name", .0.display())]
    Nameless(PathBuf),
    #[error("the folder `{}` is not empty", .0.display())]
    NotEmpty(PathBuf),
    #[error("`{}` exists, and is not a folder", .0.display())]
    NotAFolder(PathBuf),
    #[error("cannot write to `{}`", .folder.display())]
    Write { folder: PathBuf, source: io::Error },
    #[error("there is no crate `azure-functions` in `{}`", .0.display())]
    NoCrate(PathBuf),
    #[error("`git init` failed: {0}")]
    Git(String),
    #[error("the package `{0}` is not a function app")]
    NotAnApp(String),
}

impl Explain for ProjectError {
    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::NoPath => "write `cargo func new-app PATH`; at a terminal it asks",
            Self::Name(..) | Self::Nameless(_) => "choose another with `--name`",
            Self::NotEmpty(_) => {
                "choose another folder, or make the crate in it a function app with `cargo func init`"
            }
            Self::NotAFolder(_) => "choose another folder",
            Self::Write { .. } => {
                "check the permissions, or choose another folder; nothing was written"
            }
            Self::NoCrate(_) => "write the folder of the crate, which has its `Cargo.toml`",
            Self::Git(_) => "install git, or go without it with `--vcs none`; nothing was written",
            Self::NotAnApp(_) => "make it one with `cargo func init`",
        };
        Some(hint.to_owned())
    }

    fn exit_code(&self) -> u8 {
        match self {
            Self::NoPath => exit::USAGE,
            _ => exit::FAILURE,
        }
    }
}
