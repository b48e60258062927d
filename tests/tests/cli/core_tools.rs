//! `cargo func run --host func`, with a `func` that writes down what it is told.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use azure_functions_tests::build;
use expect_test::{Expect, expect};
use tempfile::TempDir;

use crate::support::{filtered, shown};

/// An app, and a folder with a `func` of our own.
struct Setup {
    folder: TempDir,
}

impl Setup {
    /// The script is the `func`; without one there is none.
    fn new(script: Option<&str>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let setup = Self { folder };
        for (file, text) in [
            (
                "app/Cargo.toml",
                "[package]\nname = \"app\"\nedition = \"2024\"\n\n[workspace]\n",
            ),
            ("app/src/main.rs", "fn main() {}"),
            ("app/host.json", r#"{ "version": "2.0" }"#),
            ("app/.env", "FROM_FILE='two words'\n"),
        ] {
            let path = setup.path(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        fs::create_dir(setup.path("bin")).unwrap();
        if let Some(script) = script {
            let path = setup.path("bin/func");
            fs::write(&path, format!("#!/bin/sh\n{script}")).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        }
        setup
    }

    fn path(&self, file: &str) -> PathBuf {
        self.folder.path().join(file)
    }

    #[track_caller]
    fn check(&self, arguments: &[&str], expected: &Expect) {
        let cargo = std::env::var_os("CARGO").unwrap();
        let tools = Path::new(&cargo).parent().unwrap();
        // Nothing else, so that no `func` of the machine is found.
        let path = [
            self.path("bin"),
            tools.to_owned(),
            "/usr/bin".into(),
            "/bin".into(),
        ];
        let path: Vec<_> = path
            .into_iter()
            .filter(|folder| {
                folder.starts_with(self.folder.path()) || !folder.join("func").exists()
            })
            .collect();
        let output = Command::new(build::tool())
            .args(["func", "run", "--host", "func", "--port", "7000"])
            .args(arguments)
            .current_dir(self.path("app"))
            .env("PATH", std::env::join_paths(path).unwrap())
            .env_remove("CARGO_TARGET_DIR")
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let text = filtered(&shown(&output), self.folder.path());
        expected.assert_eq(&text);
    }
}

#[test]
fn the_core_tools_are_told_which_worker_to_run() {
    let setup = Setup::new(Some(
        r#"if [ "$1" = --version ]; then echo 4.0.7317; exit; fi
echo "func $*"
echo "in $PWD"
echo "FROM_FILE=$FROM_FILE"
echo "FUNCTIONS_WORKER_RUNTIME=$FUNCTIONS_WORKER_RUNTIME"
echo "languageWorkers__rust__workerDirectory=$languageWorkers__rust__workerDirectory"
cat "$languageWorkers__rust__workerDirectory/worker.config.json"
program=$(sed -n 's/.*"defaultExecutablePath": "\(.*\)".*/\1/p' "$languageWorkers__rust__workerDirectory/worker.config.json")
test -x "$program" && echo "the program is there"
"#,
    ));
    setup.check(
        &["--env-file", ".env"],
        &expect![[r#"
        exit code 0
        --- stdout
        func start --custom --port 7000
        in [FOLDER]/app
        FROM_FILE=two words
        FUNCTIONS_WORKER_RUNTIME=rust
        languageWorkers__rust__workerDirectory=[FOLDER]/app/target/func/app/core-tools
        {
          "description": {
            "language": "rust",
            "defaultExecutablePath": "[FOLDER]/app/target/func/app/run-[ID]/app",
            "workerIndexing": "true"
          }
        }
        the program is there
        --- stderr
            Starting the Azure Functions Core Tools 4.0.7317
        note: they keep the build that they start with; run the command again after a change
    "#]],
    );
}

#[test]
fn core_tools_that_cannot_be_used() {
    Setup::new(None).check(&[], &expect![[r#"
        exit code 1
        --- stderr
        error: the Azure Functions Core Tools are not installed: there is no `func` in the `PATH`

        hint: install them from https://aka.ms/azure-functions-core-tools, or run without `--host func`
    "#]]);
    Setup::new(Some("echo 3.0.5682\n")).check(
        &[],
        &expect![[r#"
        exit code 1
        --- stderr
        error: the Azure Functions Core Tools 3.0.5682 are too old

        hint: install version 4, or run without `--host func`
    "#]],
    );
    Setup::new(Some("echo hello\n")).check(
        &[],
        &expect![[r#"
        exit code 1
        --- stderr
        error: `func --version` says `hello`, which is no version

        hint: check which program `func` is
    "#]],
    );
    let failing =
        "if [ \"$1\" = --version ]; then echo 4.0.7317; exit; fi\necho no host >&2\nexit 7\n";
    Setup::new(Some(failing)).check(
        &["--no-watch"],
        &expect![[r#"
        exit code 1
        --- stderr
            Starting the Azure Functions Core Tools 4.0.7317
        no host
        error: `func start` ended with exit status: 7

        hint: the reason is in what it printed above
    "#]],
    );
    Setup::new(None).check(
        &["--auth"],
        &expect![[r#"
        exit code 2
        --- stderr
        error: `--auth` is for the embedded host, not for `--host func`

        hint: leave one of the two out
    "#]],
    );
    Setup::new(None).check(
        &["--durable-store", "tasks.db"],
        &expect![[r#"
        exit code 2
        --- stderr
        error: `--durable-store` is for the embedded host, not for `--host func`

        hint: leave one of the two out
    "#]],
    );
    Setup::new(None).check(
        &["--debug"],
        &expect![[r#"
        exit code 2
        --- stderr
        error: `--debug` is for the embedded host, not for `--host func`

        hint: leave one of the two out
    "#]],
    );
}
