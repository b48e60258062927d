//! A small app to build, pack and deploy, and programs that stand in for others.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

use expect_test::Expect;
use regex::Regex;
use tempfile::TempDir;

use crate::support::{filtered, run_with};

/// A package without dependencies, in a folder of its own, and programs that are found before all others.
pub(crate) struct App {
    folder: TempDir,
    programs: TempDir,
}

impl App {
    pub(crate) fn new() -> Self {
        let app = Self {
            folder: tempfile::tempdir().unwrap(),
            programs: tempfile::tempdir().unwrap(),
        };
        app.write(
            "Cargo.toml",
            "[package]\nname = \"small\"\nedition = \"2024\"\n\n[workspace]\n",
        );
        app.write("src/main.rs", "fn main() {}");
        app.write("host.json", "{ \"version\": \"2.0\" }\n");
        app
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn write(&self, file: &str, text: &str) {
        let file = self.path().join(file);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    }

    /// Adds a program, which is a script.
    pub(crate) fn program(&self, name: &str, script: &str) {
        let file = self.programs.path().join(name);
        fs::write(&file, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(file, fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// What a program wrote to a file beside it.
    pub(crate) fn said(&self, file: &str) -> String {
        fs::read_to_string(self.programs.path().join(file)).unwrap_or_default()
    }

    /// Runs the tool with the programs.
    pub(crate) fn run(&self, arguments: &[&str]) -> String {
        let path = std::env::var("PATH").unwrap();
        self.run_in(
            &format!("{}:{path}", self.programs.path().display()),
            arguments,
        )
    }

    /// Runs the tool with no other programs than those that were added.
    pub(crate) fn run_alone(&self, arguments: &[&str]) -> String {
        self.run_in(self.programs.path().to_str().unwrap(), arguments)
    }

    fn run_in(&self, path: &str, arguments: &[&str]) -> String {
        let here = self.programs.path().to_str().unwrap();
        let variables = [("PATH", path), ("HERE", here)];
        run_with(self.path(), arguments, &variables)
    }

    #[track_caller]
    pub(crate) fn check(&self, arguments: &[&str], expected: &Expect) {
        expected.assert_eq(&self.shown(&self.run(arguments)));
    }

    /// What is printed, without what differs from machine to machine.
    pub(crate) fn shown(&self, text: &str) -> String {
        let mut text = filtered(text, self.path());
        for (pattern, with) in [
            (r"\d+\.\d (kB|MB)", "[SIZE]"),
            (r"(needs|with) glibc \d\.\d+", "$1 glibc [VERSION]"),
            (r"libraries  .*", "libraries  [LIBRARIES]"),
            (r" +\[SIZE\]", " [SIZE]"),
        ] {
            text = Regex::new(pattern)
                .unwrap()
                .replace_all(&text, with)
                .into_owned();
        }
        text
    }

    /// Every file below a folder of the app, sorted, with what its mode says of executing it.
    pub(crate) fn files(&self, folder: &str) -> String {
        let root = self.path().join(folder);
        let mut files = Vec::new();
        let mut folders = vec![root.clone()];
        while let Some(next) = folders.pop() {
            for entry in fs::read_dir(next).into_iter().flatten() {
                let path: PathBuf = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    let mode = path.metadata().unwrap().permissions().mode();
                    let below = path.strip_prefix(&root).unwrap();
                    files.push(format!("{:o} {}\n", mode & 0o777, below.display()));
                }
            }
        }
        files.sort();
        files.concat()
    }
}
