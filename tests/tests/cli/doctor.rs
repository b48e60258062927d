//! What is said of a machine and the files of an app, with stand-ins for the tools.

use std::{
    fs,
    net::TcpListener,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

use expect_test::{Expect, expect};
use tempfile::TempDir;

use crate::support::{filtered, run, run_with};

/// A machine with some tools, and an app.
struct Machine {
    folder: TempDir,
}

impl Machine {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("bin")).unwrap();
        let machine = Self { folder };
        machine
            .tool("rustc", "rustc 1.95.0 (0000000 2026-01-01)")
            .tool("getconf", "glibc 2.39")
            .tool("func", "4.0.7317")
            .tool("az", r#"{ "azure-cli": "2.70.0" }"#)
    }

    /// A tool that prints this.
    fn tool(self, name: &str, says: &str) -> Self {
        let file = self.folder.path().join("bin").join(name);
        fs::write(&file, format!("#!/bin/sh\ncat <<'END'\n{says}\nEND\n")).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
        self
    }

    fn without(self, name: &str) -> Self {
        fs::remove_file(self.folder.path().join("bin").join(name)).unwrap();
        self
    }

    /// An app as `new-app` makes it, on a port that is free.
    fn with_app(self) -> Self {
        run(self.folder.path(), &["new-app", "app", "--vcs", "none"]);
        let port = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        self.set_port(port)
    }

    fn set_port(self, port: u16) -> Self {
        let file = self.app().join("local.settings.json");
        let text = fs::read_to_string(&file).unwrap();
        let host = format!("{{\n  \"Host\": {{ \"LocalHttpPort\": {port} }},");
        fs::write(file, text.replacen('{', &host, 1)).unwrap();
        self
    }

    fn app(&self) -> PathBuf {
        self.folder.path().join("app")
    }

    fn run(&self, folder: &Path, arguments: &[&str]) -> String {
        let bin = self.folder.path().join("bin");
        // The shell and `cat` of the stand-ins, and what cargo needs; but no other tool.
        let path = format!("{}:/bin-of-the-test", bin.display());
        for tool in ["sh", "cat"] {
            let link = bin.join(tool);
            if !link.exists() {
                std::os::unix::fs::symlink(format!("/bin/{tool}"), link).unwrap();
            }
        }
        let cargo = std::env::var("CARGO").unwrap();
        let arguments = [&["doctor"], arguments].concat();
        let shown = run_with(folder, &arguments, &[("PATH", &path), ("CARGO", &cargo)]);
        filtered(&shown, folder)
    }

    #[track_caller]
    fn check(&self, arguments: &[&str], expected: &Expect) {
        expected.assert_eq(&self.run(&self.app(), arguments));
    }
}

#[test]
fn all_is_well() {
    let machine = Machine::new().with_app();
    machine.check(
        &[],
        &expect![[r#"
            exit code 0
            --- stdout
            ok       rust                 rustc 1.95.0 (0000000 2026-01-01); 1.88 is needed
            ok       target               this machine builds for x86_64-unknown-linux-gnu itself
            ok       core tools           Core Tools 4.0.7317
            ok       azure cli            Azure CLI 2.70.0
            ok       app                  `app`
            ok       host.json            is there
            ok       local.settings.json  is there
            ok       .funcignore          is there
            ok       port                 port [PORT] is free for `cargo func run`
        "#]],
    );
    machine.check(
        &["--quiet"],
        &expect![[r#"
        exit code 0
    "#]],
    );
    machine.check(&["--json"], &expect![[r#"
        exit code 0
        --- stdout
        {"findings":[{"severity":"ok","about":"rust","message":"rustc 1.95.0 (0000000 2026-01-01); 1.88 is needed"},{"severity":"ok","about":"target","message":"this machine builds for x86_64-unknown-linux-gnu itself"},{"severity":"ok","about":"core tools","message":"Core Tools 4.0.7317"},{"severity":"ok","about":"azure cli","message":"Azure CLI 2.70.0"},{"severity":"ok","about":"app","message":"`app`"},{"severity":"ok","about":"host.json","message":"is there"},{"severity":"ok","about":"local.settings.json","message":"is there"},{"severity":"ok","about":".funcignore","message":"is there"},{"severity":"ok","about":"port","message":"port [PORT] is free for `cargo func run`"}],"fixed":[]}
    "#]]);
}

#[test]
fn tools_are_missing_or_old() {
    let machine = Machine::new()
        .with_app()
        .tool("rustc", "rustc 1.70.0 (0000000 2023-01-01)")
        .tool("func", "3.0.1")
        .without("az");
    machine.check(&["--quiet"], &expect![[r#"
        exit code 1
        --- stdout
        error    rust        `rustc 1.70.0 (0000000 2023-01-01)` is older than 1.88, which the crates need
                 hint: bring it up to date with `rustup update`
        warning  core tools  Core Tools 3.0.1 do not run version 4 of the host
                 hint: install version 4
    "#]]);
    let machine = machine
        .without("rustc")
        .without("func")
        .tool("getconf", "glibc 2.42");
    machine.check(&[], &expect![[r#"
        exit code 1
        --- stdout
        error    rust                 `rustc` cannot be run
                 hint: install Rust from https://rustup.rs
        warning  target               programs that are built here may need glibc 2.42, and Azure has 2.39
                 hint: install `cargo-zigbuild`, or `cross`
        note     core tools           the Azure Functions Core Tools are not installed
                 hint: `cargo func run` needs them only for `--host func`
        note     azure cli            the Azure CLI is not installed
                 hint: `cargo func deploy` needs it: https://aka.ms/azure-cli
        ok       app                  `app`
        ok       host.json            is there
        ok       local.settings.json  is there
        ok       .funcignore          is there
        ok       port                 port [PORT] is free for `cargo func run`
    "#]]);
    let machine = machine
        .tool("cargo-zigbuild", "")
        .tool("rustup", "x86_64-unknown-linux-musl");
    let shown = machine.run(&machine.app(), &[]);
    assert!(
        shown.contains("the target x86_64-unknown-linux-gnu is not"),
        "{shown}"
    );
}

#[test]
fn files_are_mended() {
    let machine = Machine::new().with_app();
    let app = machine.app();
    fs::remove_file(app.join("host.json")).unwrap();
    fs::write(app.join(".funcignore"), "/target").unwrap();
    fs::write(app.join(".gitignore"), "/target/\r\n").unwrap();
    fs::write(
        app.join("local.settings.json"),
        "{\n  // mine\n  \"Host\": { \"LocalHttpPort\": 0 },\n  \"Values\": { \"A\": \"b\" }\n}\n",
    )
    .unwrap();
    machine.check(&["--quiet"], &expect![[r#"
        exit code 1
        --- stdout
        error    host.json            is missing: the host takes a folder for an app by it
                 hint: add it with `cargo func doctor --fix`
        warning  local.settings.json  has no `FUNCTIONS_WORKER_RUNTIME`
                 hint: set it to `native`, with `cargo func doctor --fix`
        warning  local.settings.json  has no `AzureWebJobsStorage`
                 hint: set it to `UseDevelopmentStorage=true`, with `cargo func doctor --fix`
        warning  .funcignore          has no line `local.settings.json`: the package would hold the secrets in it
                 hint: add it with `cargo func doctor --fix`
        warning  .gitignore           has no line `local.settings.json`: git would take the secrets in it
                 hint: add it with `cargo func doctor --fix`
    "#]]);
    machine.check(
        &["--quiet", "--fix"],
        &expect![[r#"
        exit code 0
        --- stdout
        Fixed `.funcignore`
        Fixed `.gitignore`
        Fixed `host.json`
        Fixed `local.settings.json`
    "#]],
    );
    let read = |file: &str| fs::read_to_string(app.join(file)).unwrap();
    assert_eq!(read(".funcignore"), "/target\nlocal.settings.json\n");
    assert_eq!(read(".gitignore"), "/target/\r\nlocal.settings.json\r\n");
    assert!(read("host.json").contains("extensionBundle"));
    expect![[r#"
        {
          // mine
          "Host": { "LocalHttpPort": 0 },
          "Values": {
            "A": "b",
            "FUNCTIONS_WORKER_RUNTIME": "native",
            "AzureWebJobsStorage": "UseDevelopmentStorage=true"
          }
        }
    "#]]
    .assert_eq(&read("local.settings.json"));
    machine.check(
        &["--quiet"],
        &expect![[r#"
        exit code 0
    "#]],
    );
}

#[test]
fn files_that_cannot_be_read() {
    let machine = Machine::new().with_app();
    let app = machine.app();
    fs::write(app.join("local.settings.json"), "{\n  \"Values\": }\n").unwrap();
    machine.check(&["--quiet", "--fix"], &expect![[r#"
        exit code 1
        --- stdout
        error    files  `[FOLDER]/local.settings.json` is not JSON: `}` begins no value; put strings into quotes, at `Values`, line 2, column 13
                 hint: mend the file; `--fix` changes no file that it cannot read
    "#]]);
    fs::write(app.join("Cargo.toml"), "[package\nname = \"app\"\n").unwrap();
    machine.check(
        &["--quiet"],
        &expect![[r#"
            exit code 1
            --- stdout
            error    app  unclosed table, expected `]`
             --> Cargo.toml:1:9
              |
            1 | [package
              |         ^
                     hint: mend the file at the place that is shown
        "#]],
    );
}

#[test]
fn a_profile_that_aborts() {
    let machine = Machine::new().with_app();
    let manifest = machine.app().join("Cargo.toml");
    let text = fs::read_to_string(&manifest).unwrap();
    fs::write(
        &manifest,
        text.replace("panic = \"unwind\"", "panic = \"abort\""),
    )
    .unwrap();
    machine.check(&["--quiet"], &expect![[r#"
        exit code 0
        --- stdout
        warning  Cargo.toml  the release profile has `panic = "abort"`: one panic ends every invocation that runs
                 hint: drop the line, or write `panic = "unwind"`
    "#]]);
}

#[test]
fn a_port_in_use() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let machine = Machine::new().with_app();
    let app = machine.app();
    let port = taken.local_addr().unwrap().port();
    fs::write(
        app.join("local.settings.json"),
        format!(
            r#"{{ "Host": {{ "LocalHttpPort": {port} }}, "Values": {{ "FUNCTIONS_WORKER_RUNTIME": "native", "AzureWebJobsStorage": "x" }} }}"#
        ),
    )
    .unwrap();
    machine.check(&["--quiet"], &expect![[r#"
        exit code 0
        --- stdout
        warning  port  port [PORT] is in use, perhaps by `cargo func run` itself
                 hint: choose another with `cargo func run --port`, or in `Host.LocalHttpPort` of `local.settings.json`
    "#]]);
}

#[test]
fn no_app() {
    let machine = Machine::new();
    let shown = machine.run(machine.folder.path(), &[]);
    // Whether the usual port is free is not for the test to say.
    let lines: Vec<_> = shown
        .lines()
        .filter(|line| !line.contains("port"))
        .collect();
    expect![[r#"
        exit code 0
        --- stdout
        ok       rust        rustc 1.95.0 (0000000 2026-01-01); 1.88 is needed
        ok       target      this machine builds for x86_64-unknown-linux-gnu itself
        ok       core tools  Core Tools 4.0.7317
        ok       azure cli   Azure CLI 2.70.0
        note     app         there is no package in this folder
                 hint: make one with `cargo func new-app PATH`"#]]
    .assert_eq(&lines.join("\n"));
}
