//! What is said of new apps and functions.

use std::{
    fmt::Write as _,
    path::{Path, PathBuf},
};

use owo_colors::OwoColorize as _;
use serde::Serialize;

use super::Report;
use crate::{edit::Changes, function::Function};

/// An app in a new folder.
#[derive(Debug, Serialize)]
pub(crate) struct NewApp<'a> {
    pub(crate) name: &'a str,
    pub(crate) folder: &'a Path,
    /// The checkout that the app depends on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) azure_functions: Option<&'a Path>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) function: Option<&'a str>,
}

impl Report for NewApp<'_> {
    fn text(&self) -> String {
        let mut text = format!(
            "{} function app `{}` in `{}`\n",
            "Created".green().bold(),
            self.name,
            self.folder.display()
        );
        let _ = write!(text, "\n  cd {}", self.folder.display());
        if self.function.is_none() {
            text.push_str("\n  cargo func new http greet");
        }
        text.push_str("\n  cargo func run\n");
        if let Some(path) = self.azure_functions {
            let _ = write!(
                text,
                "\n{} it depends on the checkout in `{}`; that is for this machine only\n",
                "note:".cyan().bold(),
                path.display()
            );
        }
        text.trim_end().to_owned()
    }
}

/// A crate that became an app.
#[derive(Debug, Serialize)]
pub(crate) struct Initialized<'a> {
    name: &'a str,
    #[serde(flatten)]
    files: Files,
    /// Whether the program starts a worker.
    starts: bool,
}

impl<'a> Initialized<'a> {
    pub(crate) fn new(name: &'a str, folder: &Path, changes: &Changes, starts: bool) -> Self {
        Self {
            name,
            files: Files::new(folder, changes),
            starts,
        }
    }
}

impl Report for Initialized<'_> {
    fn text(&self) -> String {
        let mut text = if self.files.is_empty() {
            format!("The package `{}` is a function app already", self.name)
        } else {
            format!(
                "{} the package `{}` a function app\n{}",
                "Made".green().bold(),
                self.name,
                self.files.text()
            )
        };
        if !self.starts {
            let _ = write!(
                text,
                "\n\n{} let `main` return `azure_functions::run()`, an `ExitCode`",
                "hint:".cyan().bold()
            );
        }
        text
    }
}

/// A function of an app.
#[derive(Debug, Serialize)]
pub(crate) struct Added<'a> {
    function: &'a str,
    file: PathBuf,
    #[serde(flatten)]
    files: Files,
    /// App settings without a value.
    empty_settings: Vec<&'a str>,
}

impl<'a> Added<'a> {
    pub(crate) fn new(
        name: &'a str,
        function: &'a Function,
        folder: &Path,
        file: &Path,
        changes: &Changes,
    ) -> Self {
        let settings = function.settings.iter();
        Self {
            function: name,
            file: below(folder, file),
            files: Files::new(folder, changes),
            empty_settings: settings
                .filter(|(_, value)| value.is_empty())
                .map(|(name, _)| name.as_str())
                .collect(),
        }
    }
}

impl Report for Added<'_> {
    fn text(&self) -> String {
        let mut text = format!(
            "{} function `{}` in `{}`\n",
            "Added".green().bold(),
            self.function,
            self.file.display()
        );
        text.push_str(&self.files.text());
        for setting in &self.empty_settings {
            let _ = write!(
                text,
                "\n\n{} give the setting `{setting}` in `local.settings.json` a value before the function meets the real service",
                "hint:".cyan().bold()
            );
        }
        text
    }
}

/// The files that a command wrote.
#[derive(Debug, Serialize)]
struct Files {
    created: Vec<PathBuf>,
    changed: Vec<PathBuf>,
}

impl Files {
    fn new(folder: &Path, changes: &Changes) -> Self {
        let files = |new| {
            let files = changes.files().filter(move |(_, own)| *own == new);
            let mut files: Vec<_> = files.map(|(file, _)| below(folder, file)).collect();
            files.sort();
            files
        };
        Self {
            created: files(true),
            changed: files(false),
        }
    }

    fn is_empty(&self) -> bool {
        self.created.is_empty() && self.changed.is_empty()
    }

    fn text(&self) -> String {
        let mut text = String::new();
        for (files, sign) in [(&self.created, "+"), (&self.changed, "~")] {
            for file in files {
                let sign = sign.green().bold().to_string();
                let _ = write!(text, "\n  {sign} {}", file.display());
            }
        }
        text
    }
}

/// A path as seen from the folder of the app.
fn below(folder: &Path, file: &Path) -> PathBuf {
    file.strip_prefix(folder).unwrap_or(file).to_owned()
}
