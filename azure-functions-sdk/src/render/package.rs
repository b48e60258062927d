//! What is said of programs, packages and publications.

use std::{
    fmt::Write as _,
    path::{Path, PathBuf},
};

use owo_colors::OwoColorize as _;
use serde::Serialize;

use super::Report;
use crate::{
    package::Part,
    program::{Glibc, Program},
};

/// A program that was built.
#[derive(Debug, Serialize)]
pub(crate) struct Built<'a> {
    pub(crate) name: &'a str,
    pub(crate) profile: &'a str,
    pub(crate) file: &'a Path,
    #[serde(flatten)]
    pub(crate) program: &'a Program,
    #[serde(rename = "static")]
    pub(crate) is_static: bool,
    pub(crate) image_glibc: Glibc,
    pub(crate) foreign_libraries: Vec<&'a str>,
}

impl Report for Built<'_> {
    fn text(&self) -> String {
        let mut text = format!(
            "{} `{}` for Linux on {}, with the profile `{}`\n",
            "Built".green().bold(),
            self.name,
            self.program.machine.word(),
            self.profile
        );
        let linked = match self.program.glibc {
            _ if self.is_static => "statically; it needs nothing of the image".to_owned(),
            Some(glibc) => format!("with glibc {glibc}; the image has {}", self.image_glibc),
            None => "dynamically".to_owned(),
        };
        for (name, value) in [
            ("program", short(self.file)),
            ("size", bytes(self.program.size)),
            ("linked", linked),
            ("libraries", self.program.libraries.join(", ")),
        ] {
            if !value.is_empty() {
                let _ = write!(text, "\n  {name:<9}  {value}");
            }
        }
        text.push_str(&foreign(&self.foreign_libraries));
        text
    }
}

/// A package that was written.
#[derive(Debug, Serialize)]
pub(crate) struct Packed<'a> {
    pub(crate) name: &'a str,
    pub(crate) package: &'a Path,
    pub(crate) container: bool,
    pub(crate) size: u64,
    pub(crate) files: &'a [Part],
    pub(crate) foreign_libraries: Vec<&'a str>,
}

impl Report for Packed<'_> {
    fn text(&self) -> String {
        let package = short(self.package);
        let mut text = format!(
            "{} `{}` into `{package}`, {}\n",
            "Packed".green().bold(),
            self.name,
            bytes(self.size)
        );
        let groups = groups(self.files);
        let width = groups.iter().map(|group| group.name.len()).max();
        let width = width.unwrap_or_default();
        for group in groups {
            let size = bytes(group.size);
            let _ = write!(text, "\n  {:<width$}  {size:>8}", group.name);
            if !self.container {
                let _ = write!(text, "  {:>8} packed", bytes(group.packed));
            }
            if group.executable {
                text.push_str("  executable");
            }
            if group.files > 1 {
                let _ = write!(text, "  {} files", group.files);
            }
        }
        if self.container {
            let _ = write!(text, "\n\n  docker build --tag {} {package}", self.name);
        }
        text.push_str(&foreign(&self.foreign_libraries));
        text
    }
}

/// An app that was published.
#[derive(Debug, Serialize)]
pub(crate) struct Deployed<'a> {
    pub(crate) name: &'a str,
    pub(crate) resource_group: &'a str,
    pub(crate) package: &'a Path,
    pub(crate) size: u64,
}

impl Report for Deployed<'_> {
    fn text(&self) -> String {
        format!(
            "{} `{}`, {}, to the function app `{}`",
            "Published".green().bold(),
            short(self.package),
            bytes(self.size),
            self.name
        )
    }
}

/// What would be done.
#[derive(Debug, Serialize)]
pub(crate) struct Planned<'a> {
    pub(crate) dry_run: bool,
    pub(crate) commands: Vec<Vec<String>>,
    pub(crate) package: &'a Path,
    pub(crate) files: Vec<(String, PathBuf)>,
}

impl Report for Planned<'_> {
    fn text(&self) -> String {
        let mut text = "Commands\n".to_owned();
        for command in &self.commands {
            let words: Vec<_> = command.iter().map(|word| shell_word(word)).collect();
            let _ = write!(text, "\n  {}", words.join(" "));
        }
        let _ = write!(text, "\n\nFiles in `{}`\n", short(self.package));
        let width = self.files.iter().map(|(path, _)| path.len()).max();
        let width = width.unwrap_or_default();
        for (path, source) in &self.files {
            let _ = write!(text, "\n  {path:<width$}  {}", short(source));
        }
        let label = "note:".cyan().bold().to_string();
        let _ = write!(text, "\n\n{label} this was a dry run; nothing was done");
        text
    }
}

/// The pages of the manual that were written.
#[derive(Debug, Serialize)]
pub(crate) struct Manual<'a> {
    pub(crate) folder: &'a Path,
}

impl Report for Manual<'_> {
    fn text(&self) -> String {
        format!(
            "{} the manual to `{}`",
            "Wrote".green().bold(),
            self.folder.display()
        )
    }
}

/// The files of a package that are in one folder of its root.
#[derive(Debug)]
struct Group {
    name: String,
    size: u64,
    packed: u64,
    files: usize,
    executable: bool,
}

fn groups(parts: &[Part]) -> Vec<Group> {
    let name = |part: &Part| match part.path.split_once('/') {
        Some((folder, _)) => format!("{folder}/"),
        None => part.path.clone(),
    };
    // Sorted as they are, those in one folder stand together.
    let groups = parts.chunk_by(|one, other| name(one) == name(other));
    groups
        .map(|parts| Group {
            name: parts.first().map(name).unwrap_or_default(),
            size: parts.iter().map(|part| part.size).sum(),
            packed: parts.iter().map(|part| part.packed).sum(),
            files: parts.len(),
            executable: parts.iter().any(|part| part.executable),
        })
        .collect()
}

fn foreign(libraries: &[&str]) -> String {
    if libraries.is_empty() {
        return String::new();
    }
    format!(
        "\n\n{} the image may not have {}; link it statically, or use an image of your own with `--container`",
        "warning:".yellow().bold(),
        crate::error::quoted(libraries)
    )
}

/// A size for people.
#[expect(
    clippy::cast_precision_loss,
    reason = "a tenth of a megabyte is precise enough"
)]
fn bytes(size: u64) -> String {
    match size {
        0..1_000 => format!("{size} B"),
        1_000..1_000_000 => format!("{:.1} kB", size as f64 / 1e3),
        _ => format!("{:.1} MB", size as f64 / 1e6),
    }
}

/// A path as seen from the current folder.
fn short(path: &Path) -> String {
    let current = std::env::current_dir().unwrap_or_default();
    let path = path.strip_prefix(current).unwrap_or(path);
    path.display().to_string()
}

/// A word as a shell would want it.
fn shell_word(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=,@+%".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}
