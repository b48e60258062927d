//! What can be wrong with a project, an app or a port, and what the tool says of it.

use std::{fs, net::TcpListener};

use azure_functions_tests::build;
use expect_test::{Expect, expect};
use tempfile::TempDir;

use crate::support::{check, filtered, run};

/// A package without dependencies, in a folder of its own.
struct Project(TempDir);

impl Project {
    fn new(main: &str) -> Self {
        let project = Self(tempfile::tempdir().unwrap());
        project.write(
            "Cargo.toml",
            "[package]\nname = \"app\"\nedition = \"2024\"\n\n[workspace]\n",
        );
        fs::create_dir(project.0.path().join("src")).unwrap();
        project.write("src/main.rs", main);
        project
    }

    fn write(&self, file: &str, text: &str) {
        fs::write(self.0.path().join(file), text).unwrap();
    }

    #[track_caller]
    fn check(&self, arguments: &[&str], expected: &Expect) {
        let shown = run(self.0.path(), arguments);
        expected.assert_eq(&filtered(&shown, self.0.path()));
    }
}

#[test]
fn a_package_has_to_be_clear() {
    check(
        &["run"],
        &expect![[r#"
            exit code 1
            --- stderr
            error: the workspace has 22 function apps: `blob-example`, `cosmosdb-example`, `dapr-example`, `durable-example`, `event-grid-example`, `event-hub-example`, `generic-example`, `http-example`, `mcp-example`, `own-binding-example`, `queue-example`, `sendgrid-example`, `service-bus-example`, `signalr-example`, `sql-example`, `table-example`, `timer-example`, `twilio-example`, `web-pubsub-example`, `azure-functions-fuzz`, `azure-functions-tests`, `azure-functions-bench`

            hint: choose one with `--package`
        "#]],
    );
    check(
        &["run", "-p", "htp-example"],
        &expect![[r#"
            exit code 1
            --- stderr
            error: the workspace has no package `htp-example`

            hint: its function apps are `blob-example`, `cosmosdb-example`, `dapr-example`, `durable-example`, `event-grid-example`, `event-hub-example`, `generic-example`, `http-example`, `mcp-example`, `own-binding-example`, `queue-example`, `sendgrid-example`, `service-bus-example`, `signalr-example`, `sql-example`, `table-example`, `timer-example`, `twilio-example`, `web-pubsub-example`, `azure-functions-fuzz`, `azure-functions-tests`, `azure-functions-bench`
        "#]],
    );
    check(
        &["run", "-p", "azure-functions-shared"],
        &expect![[r#"
        exit code 1
        --- stderr
        error: the package `azure-functions-shared` has no binary

        hint: add `src/main.rs` with `fn main() -> std::process::ExitCode { azure_functions::run() }`
    "#]],
    );
    check(
        &["run", "-p", "azure-functions-tests"],
        &expect![[r#"
            exit code 1
            --- stderr
            error: the package `azure-functions-tests` has 12 binaries: `durable_app`, `durable_kills`, `empty_app`, `fault_app`, `http_app`, `layered_app`, `scripted-worker`, `small_app`, `soak`, `soak_app`, `telemetry_app`, `triggers_app`

            hint: choose one with `--bin`, or set `default-run` in `Cargo.toml`
        "#]],
    );
    check(
        &["run", "-p", "http-example", "--bin", "http"],
        &expect![[r#"
        exit code 1
        --- stderr
        error: the package `http-example` has no binary `http`

        hint: it has `http-example`
    "#]],
    );
    check(
        &["run", "-p", "http-example", "--example", "http"],
        &expect![[r#"
            exit code 1
            --- stderr
            error: the package `http-example` has no example `http`

            hint: it has no example at all
        "#]],
    );
    check(
        &["run", "--manifest-path", "nowhere/Cargo.toml"],
        &expect![[r#"
            exit code 1
            --- stderr
            error: manifest path `nowhere/Cargo.toml` does not exist

            hint: go to the folder of the app, or name its `Cargo.toml` with `--manifest-path`
        "#]],
    );
}

#[test]
fn a_folder_without_a_package() {
    let folder = tempfile::tempdir().unwrap();
    let shown = run(folder.path(), &["run"]);
    expect![[r#"
        exit code 1
        --- stderr
        error: could not find `Cargo.toml` in `[FOLDER]` or any parent directory

        hint: go to the folder of the app, or name its `Cargo.toml` with `--manifest-path`
    "#]]
    .assert_eq(&filtered(&shown, folder.path()));
}

#[test]
fn a_workspace_without_an_app() {
    let project = Project::new("fn main() {}");
    project.write("Cargo.toml", "[workspace]\nmembers = [\"member\"]\n");
    fs::create_dir_all(project.0.path().join("member/src")).unwrap();
    project.write(
        "member/Cargo.toml",
        "[package]\nname = \"member\"\nedition = \"2024\"\n",
    );
    project.write("member/src/lib.rs", "");
    project.check(&["run"], &expect![[r#"
        exit code 1
        --- stderr
        error: the workspace at `[FOLDER]` has no function app

        hint: a function app is a package with a binary that depends on `azure-functions`; choose another with `--package`
    "#]]);
}

#[test]
fn a_build_that_fails() {
    let project = Project::new("fn main() {\n    undefined();\n}\n");
    project.check(
        &["run", "--quiet"],
        &expect![[r#"
        exit code 101
        --- stderr
        error[E0425]: cannot find function `undefined` in this scope
         --> src/main.rs:2:5
          |
        2 |     undefined();
          |     ^^^^^^^^^ not found in this scope

        For more information about this error, try `rustc --explain E0425`.
        error: could not compile `app` (bin "app") due to 1 previous error
        error: the package `app` could not be built

        hint: the reason is in the output of `cargo build` above
    "#]],
    );
}

#[test]
fn files_that_cannot_be_read() {
    // The build would fail too: the files are read before it.
    let project = Project::new("broken");
    project.write(
        "host.json",
        "{\n  \"version\": \"2.0\"\n  \"http\": {}\n}\n",
    );
    project.check(&["run"], &expect![[r#"
        exit code 1
        --- stderr
        error: `[FOLDER]/host.json` is not JSON
          caused by: `"` stands after a value; put `,` between values, at `version`, line 3, column 3
    "#]]);
    project.write(
        "host.json",
        r#"{ "version": "2.0", "functionTimeout": "soon" }"#,
    );
    project.check(&["run"], &expect![[r#"
        exit code 1
        --- stderr
        error: `[FOLDER]/host.json`: `functionTimeout` is `soon`; write a TimeSpan `hh:mm:ss`, such as `00:05:00`
    "#]]);
    project.write("host.json", r#"{ "version": "2.0" }"#);
    project.write(
        "local.settings.json",
        r#"{ "Host": { "LocalHttpPort": "x" } }"#,
    );
    project.check(&["run"], &expect![[r#"
        exit code 1
        --- stderr
        error: `[FOLDER]/local.settings.json`: `Host.LocalHttpPort` is `"x"`; write a port from 0 to 65535
    "#]]);
}

#[test]
fn a_program_that_is_no_app() {
    let project = Project::new("fn main() {}");
    project.check(
        &["run", "--port", "0"],
        &expect![[r#"
        exit code 1
        --- stderr
        error: the worker ended before it was ready: `app` exited with code 0 (0x0)

        hint: the `main` function must hand over to `azure_functions::run()`
    "#]],
    );
    let project = Project::new("fn main() {\n    panic!(\"no configuration\");\n}\n");
    project.check(&["run", "--port", "0"], &expect![[r#"
        exit code 1
        --- stderr
        [TIME] app              info   thread 'main' ([THREAD]) panicked at src/main.rs:2:5:
        [TIME] app              info   no configuration
        [TIME] app              info   note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace
        error: the worker ended before it was ready: `app` exited with code 101 (0x65)

        hint: the reason is in what it printed above
    "#]]);
}

#[cfg(unix)]
#[test]
fn a_program_that_is_not_executable() {
    use std::os::unix::fs::PermissionsExt as _;

    let project = Project::new("fn main() {}");
    run(project.0.path(), &["run", "--port", "0"]);
    let program = project.0.path().join("target/debug/app");
    fs::set_permissions(program, fs::Permissions::from_mode(0o644)).unwrap();
    project.check(
        &["run", "--port", "0"],
        &expect![[r#"
            exit code 1
            --- stderr
            error: cannot start `[FOLDER]/target/func/app/run-[ID]/app`
              caused by: Permission denied (os error [CODE])

            hint: the file must be executable
        "#]],
    );
}

#[test]
fn an_app_without_functions() {
    check(
        &[
            "run",
            "--quiet",
            "-p",
            "azure-functions-tests",
            "--bin",
            "empty_app",
            "--port",
            "0",
        ],
        &expect![[r#"
            exit code 1
            --- stderr
            [TIME] app              error  no functions are registered; put `#[func]` on one, and if they live in a library crate, add `use my_crate as _;` to `main.rs` so that it is linked
            error: the worker refused to list its functions: no functions are registered; put `#[func]` on one, and if they live in a library crate, add `use my_crate as _;` to `main.rs` so that it is linked
        "#]],
    );
}

#[test]
fn a_port_that_is_taken() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    // The examples are built together with the others, so that nothing is to be compiled here.
    build::example("http");
    check(
        &["run", "-p", "http-example", "--port", &port.to_string()],
        &expect![[r#"
            exit code 1
            --- stderr
            error: cannot listen on `127.0.0.1:[PORT]`
              caused by: Address already in use (os error [CODE])

            hint: another program uses port [PORT]: choose another port, or 0 for a free one
        "#]],
    );
}
