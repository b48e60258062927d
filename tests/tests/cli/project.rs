//! New apps, and crates that become apps: what is written, and what is refused.

use std::{fs, path::Path};

use azure_functions_tests::build;
use expect_test::{Expect, expect};
use tempfile::TempDir;

use crate::support::{filtered, run};

#[track_caller]
fn check(folder: &Path, arguments: &[&str], expected: &Expect) {
    let shown = run(folder, arguments);
    expected.assert_eq(&filtered(&shown, folder));
}

/// Every file below a folder but those of git, sorted.
fn files(folder: &Path) -> String {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() && !path.ends_with(".git") {
                folders.push(path);
            } else {
                let below = path.strip_prefix(folder).unwrap();
                files.push(format!("{}\n", below.display()));
            }
        }
    }
    files.sort();
    files.concat()
}

fn write(folder: &TempDir, file: &str, text: &str) {
    let file = folder.path().join(file);
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(file, text).unwrap();
}

#[test]
fn an_app_in_a_new_folder() {
    let folder = tempfile::tempdir().unwrap();
    check(
        folder.path(),
        &["new-app", "hello"],
        &expect![[r#"
        exit code 0
        --- stderr
        Created function app `hello` in `hello`

          cd hello
          cargo func new http greet
          cargo func run

        note: it depends on the checkout in `[ROOT]/azure-functions`; that is for this machine only
    "#]],
    );
    expect![[r#"
        hello/.dockerignore
        hello/.funcignore
        hello/.git
        hello/.github/workflows/deploy.yml
        hello/.gitignore
        hello/.vscode/extensions.json
        hello/.vscode/launch.json
        hello/.vscode/tasks.json
        hello/Cargo.toml
        hello/Dockerfile
        hello/azure.yaml
        hello/docker/worker.config.json
        hello/host.json
        hello/infra/connections.json
        hello/infra/main.bicep
        hello/infra/main.parameters.json
        hello/infra/resources.bicep
        hello/local.settings.json
        hello/src/functions/mod.rs
        hello/src/main.rs
    "#]]
    .assert_eq(&files(folder.path()));
    let text = |file: &str| fs::read_to_string(folder.path().join("hello").join(file)).unwrap();
    let shown = ["Cargo.toml", "src/main.rs", "host.json"]
        .map(text)
        .join("\n");
    expect![[r#"
        [package]
        name = "hello"
        version = "0.1.0"
        edition = "2024"
        publish = false

        [dependencies]
        azure-functions = { path = "[ROOT]/azure-functions", version = "0.12.0" }
        tracing = "0.1"

        # A small program starts fast. It unwinds, so that a panic fails one invocation and not all that run beside it.
        [profile.release]
        codegen-units = 1
        lto = true
        opt-level = "s"
        panic = "unwind"
        strip = true

        //! The function app `hello`.

        mod functions;

        use std::process::ExitCode;

        fn main() -> ExitCode {
            azure_functions::run()
        }

        {
          "version": "2.0",
          "extensionBundle": {
            "id": "Microsoft.Azure.Functions.ExtensionBundle",
            "version": "[4.*, 5.0.0)"
          }
        }
    "#]].assert_eq(&filtered(&shown, build::root()));
}

#[test]
fn an_app_as_the_command_line_wants_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = build::root().join("azure-functions");
    fs::create_dir(folder.path().join("empty")).unwrap();
    check(
        folder.path(),
        &[
            "new-app",
            "empty",
            "--yes",
            "--json",
            "--name",
            "other-name",
            "--template",
            "queue",
            "--vcs",
            "none",
            "--azure-functions-path",
            path.to_str().unwrap(),
        ],
        &expect![[r#"
            exit code 0
            --- stdout
            {"name":"other-name","folder":"empty","azure_functions":"[ROOT]/azure-functions","function":"work"}
        "#]],
    );
    let app = folder.path().join("empty");
    assert!(!app.join(".git").exists());
    let text = |file: &str| fs::read_to_string(app.join(file)).unwrap();
    let shown = [
        "src/functions/mod.rs",
        "src/functions/work.rs",
        "infra/connections.json",
    ];
    expect![[r#"
        //! The functions of the app. `cargo func new TRIGGER NAME` adds one.

        mod work;

        use azure_functions::{bindings::QueueTrigger, func};

        /// Takes each message of the queue `work`.
        ///
        /// # Errors
        ///
        /// The message is empty. The host tries a message that fails again, five times in all, and then moves it to `work-poison`.
        #[func]
        fn work(#[binding(queue_name = "work")] message: &QueueTrigger) -> Result<(), &'static str> {
            if message.message.is_empty() {
                return Err("the message is empty");
            }
            tracing::info!("received `{}`", message.message);
            Ok(())
        }

        #[cfg(test)]
        mod tests {
            use super::*;

            #[test]
            fn takes_what_is_not_empty() {
                let message = |text: &str| QueueTrigger::new(text.to_owned());
                assert_eq!(work(&message("hi")), Ok(()));
                assert!(work(&message("")).is_err());
            }
        }

        [
          {
            "name": "AzureWebJobsStorage",
            "service": "queue"
          }
        ]
    "#]].assert_eq(&shown.map(text).join("\n"));
}

#[test]
fn what_cannot_be_a_new_app() {
    let folder = tempfile::tempdir().unwrap();
    write(&folder, "full/file", "");
    write(&folder, "file", "");
    let long = "a".repeat(65);
    for (arguments, expected) in [
        (
            &["new-app"][..],
            expect![[r#"
            exit code 2
            --- stderr
            error: nothing says where the app is to be

            hint: write `cargo func new-app PATH`; at a terminal it asks
        "#]],
        ),
        (
            &["new-app", "full"],
            expect![[r#"
            exit code 1
            --- stderr
            error: the folder `full` is not empty

            hint: choose another folder, or make the crate in it a function app with `cargo func init`
        "#]],
        ),
        (
            &["new-app", "file"],
            expect![[r#"
            exit code 1
            --- stderr
            error: `file` exists, and is not a folder

            hint: choose another folder
        "#]],
        ),
        (
            &["new-app", "file/app"],
            expect![[r#"
                exit code 1
                --- stderr
                error: `file` exists, and is not a folder

                hint: choose another folder
            "#]],
        ),
        (
            &["new-app", "match"],
            expect![[r#"
            exit code 1
            --- stderr
            error: `match` cannot be the name of a package: it is a word of Rust

            hint: choose another with `--name`
        "#]],
        ),
        (
            &["new-app", "1st"],
            expect![[r#"
            exit code 1
            --- stderr
            error: `1st` cannot be the name of a package: it does not begin with a letter from `a` to `z`

            hint: choose another with `--name`
        "#]],
        ),
        (
            &["new-app", "a b"],
            expect![[r#"
            exit code 1
            --- stderr
            error: `a b` cannot be the name of a package: it has a character that is no letter from `a` to `z`, digit, `-` or `_`

            hint: choose another with `--name`
        "#]],
        ),
        (
            &["new-app", "app", "--name", "std"],
            expect![[r#"
                exit code 1
                --- stderr
                error: `std` cannot be the name of a package: cargo, Rust or a crate of every app is called so

                hint: choose another with `--name`
            "#]],
        ),
        (
            &["new-app", &long],
            expect![[r#"
            exit code 1
            --- stderr
            error: `aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa` cannot be the name of a package: it has more than 64 characters

            hint: choose another with `--name`
        "#]],
        ),
        (
            &["new-app", "app", "--azure-functions-path", "full"],
            expect![[r#"
                exit code 1
                --- stderr
                error: there is no crate `azure-functions` in `full`

                hint: write the folder of the crate, which has its `Cargo.toml`
            "#]],
        ),
        (
            &["new-app", "app", "--template", "generic"],
            expect![[r#"
                exit code 2
                --- stderr
                error: invalid value 'generic' for '--template <TRIGGER>'
                  [possible values: http, timer, queue, blob, cosmos-db, event-grid, event-hub, service-bus-queue, service-bus-topic, signalr, sql, my-sql, kafka, rabbit-mq, redis-list, redis-stream, redis-pub-sub, dapr-service-invocation, dapr-binding, dapr-topic, web-pubsub, mcp-tool, mcp-resource, mcp-prompt, orchestration, activity, entity, warmup]

                For more information, try '--help'.
            "#]],
        ),
    ] {
        check(folder.path(), arguments, &expected);
    }
    // Nothing of what was refused is there.
    expect![[r#"
        file
        full/file
    "#]]
    .assert_eq(&files(folder.path()));
}

#[cfg(unix)]
#[test]
fn a_folder_that_cannot_be_written() {
    // Root may write everywhere but into the kernel's files.
    let shown = run(
        Path::new("/proc"),
        &["new-app", "/proc/app", "--vcs", "none"],
    );
    expect![[r#"
        exit code 1
        --- stderr
        error: cannot write to `/proc/app`
          caused by: entity not found

        hint: check the permissions, or choose another folder; nothing was written
    "#]]
    .assert_eq(&filtered(&shown, build::root()));
}

#[test]
fn a_crate_that_becomes_an_app() {
    let folder = tempfile::tempdir().unwrap();
    write(
        &folder,
        "Cargo.toml",
        "# mine\n[package]\nname = \"old\"\nedition = \"2024\"\n\n[dependencies]\n# none yet\n\n[workspace]\n",
    );
    write(
        &folder,
        "src/main.rs",
        "fn main() {\n    println!(\"Hello, world!\");\n}\n",
    );
    write(&folder, ".gitignore", "/target");
    write(&folder, "host.json", "{}");
    check(
        folder.path(),
        &["init", "--template", "timer"],
        &expect![[r#"
            exit code 0
            --- stderr
            Made the package `old` a function app

              + .dockerignore
              + .funcignore
              + .github/workflows/deploy.yml
              + .vscode/extensions.json
              + .vscode/launch.json
              + .vscode/tasks.json
              + Dockerfile
              + azure.yaml
              + docker/worker.config.json
              + infra/connections.json
              + infra/main.bicep
              + infra/main.parameters.json
              + infra/resources.bicep
              + local.settings.json
              + src/functions/mod.rs
              + src/functions/tick.rs
              ~ .gitignore
              ~ Cargo.toml
              ~ src/main.rs
        "#]],
    );
    let text = |file: &str| fs::read_to_string(folder.path().join(file)).unwrap();
    let shown = [
        "Cargo.toml",
        "src/main.rs",
        "src/functions/mod.rs",
        ".gitignore",
        "host.json",
    ];
    let shown = shown.map(text).join("\n");
    expect![[r##"
        # mine
        [package]
        name = "old"
        edition = "2024"

        [dependencies]
        azure-functions = { path = "[ROOT]/azure-functions", version = "0.12.0" }
        tracing = "0.1"
        # none yet

        [workspace]

        # A small program starts fast. It unwinds, so that a panic fails one invocation and not all that run beside it.
        [profile.release]
        codegen-units = 1
        lto = true
        opt-level = "s"
        panic = "unwind"
        strip = true

        //! The function app `old`.

        mod functions;

        use std::process::ExitCode;

        fn main() -> ExitCode {
            azure_functions::run()
        }

        //! The functions of the app. `cargo func new TRIGGER NAME` adds one.

        mod tick;

        /target
        /local.settings.json

        {}"##]].assert_eq(&filtered(&shown, build::root()));
    // A second time there is nothing to do.
    check(
        folder.path(),
        &["init"],
        &expect![[r#"
            exit code 0
            --- stderr
            The package `old` is a function app already
        "#]],
    );
}

#[test]
fn a_program_of_ones_own_stays() {
    let folder = tempfile::tempdir().unwrap();
    write(
        &folder,
        "Cargo.toml",
        "[package]\nname = \"old\"\n\n[workspace]\n",
    );
    write(
        &folder,
        "src/main.rs",
        "// Mine.\nmod work;\n\nfn main() {\n    work::work();\n}\n",
    );
    write(&folder, "src/work.rs", "pub fn work() {}\n");
    check(
        folder.path(),
        &["init", "--quiet"],
        &expect![[r#"
        exit code 0
    "#]],
    );
    expect![[r#"
        mod functions;
        // Mine.
        mod work;

        fn main() {
            work::work();
        }
    "#]]
    .assert_eq(&fs::read_to_string(folder.path().join("src/main.rs")).unwrap());
    check(
        folder.path(),
        &["init"],
        &expect![[r#"
            exit code 0
            --- stderr
            The package `old` is a function app already

            hint: let `main` return `azure_functions::run()`, an `ExitCode`
        "#]],
    );
}

#[test]
fn what_cannot_become_an_app() {
    let folder = tempfile::tempdir().unwrap();
    check(
        folder.path(),
        &["init"],
        &expect![[r#"
        exit code 1
        --- stderr
        error: could not find `Cargo.toml` in `[FOLDER]` or any parent directory

        hint: go to the folder of the app, or name its `Cargo.toml` with `--manifest-path`
    "#]],
    );
    write(
        &folder,
        "Cargo.toml",
        "[package]\nname = \"old\"\nversion = 1\n",
    );
    check(
        folder.path(),
        &["init"],
        &expect![[r#"
            exit code 1
            --- stderr
            error: invalid type: integer `1`, expected SemVer version
             --> Cargo.toml:3:11
              |
            3 | version = 1
              |           ^

            hint: mend the file at the place that is shown
        "#]],
    );
    write(
        &folder,
        "Cargo.toml",
        "[package]\nname = \"old\"\n\n[workspace]\n",
    );
    write(&folder, "src/main.rs", "fn main( {}\n");
    check(
        folder.path(),
        &["init"],
        &expect![[r#"
            exit code 1
            --- stderr
            error: `[FOLDER]/src/main.rs` is not Rust: line 1, column 8: a bracket has no partner, or a character no meaning

            hint: mend the file and try again; nothing was changed
        "#]],
    );
}
