//! A function app that is built at once: a package whose program becomes the scripted worker, with the functions that a test wants.

use std::{fs, path::Path};

use expect_test::Expect;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{filtered, run};

/// An app in a folder of its own.
pub(crate) struct Scripted {
    folder: TempDir,
    settings: Value,
}

impl Scripted {
    /// An app with these functions: their names and bindings, as JSON that may lack quotes.
    pub(crate) fn new(functions: &Value) -> Self {
        let app = Self::of(env!("CARGO_BIN_EXE_scripted-worker"));
        app.with("SCRIPT_FUNCTIONS", &functions.to_string())
    }

    /// An app whose program becomes another one.
    pub(crate) fn of(program: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let main = format!(
            "use std::os::unix::process::CommandExt as _;\n\
             fn main() {{ let _ = std::process::Command::new({program:?}).args(std::env::args().skip(1)).exec(); }}\n"
        );
        let app = Self {
            folder,
            settings: json!({}),
        };
        fs::create_dir(app.path().join("src")).unwrap();
        app.write("src/main.rs", &main);
        app.write(
            "Cargo.toml",
            "[package]\nname = \"app\"\nedition = \"2024\"\n\n[workspace]\n",
        );
        app.write_settings();
        app
    }

    /// The same with a setting.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.settings[name] = value.into();
        self.write_settings();
        self
    }

    /// The same with a file.
    pub(crate) fn file(self, name: &str, text: &str) -> Self {
        self.write(name, text);
        self
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Runs the tool in the folder, and compares all that it prints.
    #[track_caller]
    pub(crate) fn check(&self, arguments: &[&str], expected: &Expect) {
        expected.assert_eq(&self.run(arguments));
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> String {
        filtered(&run(self.path(), arguments), self.path())
    }

    fn write_settings(&self) {
        let settings = json!({ "Values": self.settings });
        self.write("local.settings.json", &settings.to_string());
    }

    fn write(&self, file: &str, text: &str) {
        fs::write(self.path().join(file), text).unwrap();
    }
}
