//! The Azure CLI, which knows who is signed in and talks to Azure. Nothing secret is among its arguments.

use std::{
    ffi::OsStr,
    io,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use crate::error::Explain;

/// Why nothing was published.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AzureError {
    #[error("the Azure CLI `az` is not installed")]
    Missing,
    #[error("cannot run `{}`", .program.display())]
    Start { program: PathBuf, source: io::Error },
    #[error("nobody is signed in to Azure")]
    SignedOut,
    #[error("the account cannot be used: {0}")]
    Account(String),
    #[error("`az` could not publish the package")]
    Publish,
}

impl Explain for AzureError {
    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Missing => {
                "install it as https://aka.ms/install-azure-cli says; or make the package with `cargo func pack`, and publish it in another way"
            }
            Self::Start { .. } => "check with `az version` that it works",
            Self::SignedOut => "sign in with `az login`",
            Self::Account(_) => {
                "`az account list` shows the subscriptions; choose one with `--subscription`"
            }
            Self::Publish => {
                "the reason is in the output of `az` above; check `--name` and `--resource-group`, and the role of the account"
            }
        };
        Some(hint.to_owned())
    }
}

/// A package, and the function app that it is for.
#[derive(Debug)]
pub(crate) struct Publication<'a> {
    pub(crate) resource_group: &'a str,
    pub(crate) name: &'a str,
    pub(crate) subscription: Option<&'a str>,
    pub(crate) package: &'a Path,
}

impl Publication<'_> {
    /// The commands that publish it, as a person would type them.
    pub(crate) fn commands(&self) -> Vec<Vec<String>> {
        let commands = [self.show_account(), self.config_zip()];
        let words = commands.map(|arguments| {
            let words = std::iter::once(OsStr::new("az")).chain(arguments);
            words
                .map(|word| word.to_string_lossy().into_owned())
                .collect()
        });
        words.into()
    }

    /// Asks who is signed in.
    fn show_account(&self) -> Vec<&OsStr> {
        self.command(&["account", "show"])
    }

    /// Publishes the package.
    fn config_zip(&self) -> Vec<&OsStr> {
        let mut arguments = self.command(&["functionapp", "deployment", "source", "config-zip"]);
        for (option, value) in [
            ("--resource-group", OsStr::new(self.resource_group)),
            ("--name", OsStr::new(self.name)),
            ("--src", self.package.as_os_str()),
        ] {
            arguments.extend([OsStr::new(option), value]);
        }
        arguments
    }

    fn command<'w>(&'w self, words: &[&'w str]) -> Vec<&'w OsStr> {
        let mut arguments: Vec<_> = words.iter().copied().map(OsStr::new).collect();
        arguments.extend(["--output", "none"].map(OsStr::new));
        if let Some(subscription) = self.subscription {
            arguments.extend(["--subscription", subscription].map(OsStr::new));
        }
        arguments
    }
}

/// The Azure CLI on this machine.
#[derive(Debug)]
pub(crate) struct Az {
    program: PathBuf,
}

impl Az {
    /// Finds it.
    ///
    /// # Errors
    ///
    /// It is not installed.
    pub(crate) fn find() -> Result<Self, AzureError> {
        // On Windows it is `az.cmd`, which only a search finds.
        match which::which("az") {
            Ok(program) => Ok(Self { program }),
            Err(_) => Err(AzureError::Missing),
        }
    }

    /// Checks that somebody is signed in.
    ///
    /// # Errors
    ///
    /// Nobody is, or not to the subscription.
    pub(crate) fn check_account(&self, publication: &Publication<'_>) -> Result<(), AzureError> {
        let output = self
            .command(&publication.show_account())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .output()
            .map_err(|source| self.failed(source))?;
        if output.status.success() {
            return Ok(());
        }
        let text = String::from_utf8_lossy(&output.stderr);
        if text.contains("az login") {
            return Err(AzureError::SignedOut);
        }
        let line = text.lines().rfind(|line| !line.trim().is_empty());
        let line = line.unwrap_or("`az account show` failed").trim();
        let line = line.strip_prefix("ERROR: ").unwrap_or(line);
        Err(AzureError::Account(line.trim_end_matches('.').to_owned()))
    }

    /// Publishes a package. What `az` says of it goes to standard error.
    ///
    /// # Errors
    ///
    /// `az` fails.
    pub(crate) fn publish(&self, publication: &Publication<'_>) -> Result<(), AzureError> {
        let status = self
            .command(&publication.config_zip())
            .stdout(Stdio::null())
            .status()
            .map_err(|source| self.failed(source))?;
        if status.success() {
            Ok(())
        } else {
            Err(AzureError::Publish)
        }
    }

    fn command(&self, arguments: &[&OsStr]) -> Command {
        let mut command = Command::new(&self.program);
        command.args(arguments).stdin(Stdio::null());
        command
    }

    fn failed(&self, source: io::Error) -> AzureError {
        AzureError::Start {
            program: self.program.clone(),
            source,
        }
    }
}
