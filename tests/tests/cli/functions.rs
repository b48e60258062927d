//! New functions: what is written and changed, and what is refused.

use std::{fs, path::PathBuf};

use expect_test::{Expect, expect};
use tempfile::TempDir;

use crate::support::{filtered, run};

/// A new app.
struct App(TempDir);

impl App {
    fn new() -> Self {
        let app = Self(tempfile::tempdir().unwrap());
        run(app.0.path(), &["new-app", "app", "--vcs", "none"]);
        app
    }

    fn folder(&self) -> PathBuf {
        self.0.path().join("app")
    }

    fn read(&self, file: &str) -> String {
        fs::read_to_string(self.folder().join(file)).unwrap()
    }

    fn write(&self, file: &str, text: &str) {
        fs::write(self.folder().join(file), text).unwrap();
    }

    #[track_caller]
    fn check(&self, arguments: &[&str], expected: &Expect) {
        let folder = self.folder();
        expected.assert_eq(&filtered(&run(&folder, arguments), &folder));
    }
}

#[test]
fn a_function_with_options() {
    let app = App::new();
    app.write(
        "src/functions/mod.rs",
        "//! Mine.\n\nmod  zebra ; // the last\n\nconst A: u8 = 1;\n",
    );
    app.write("src/functions/zebra.rs", "");
    app.check(
        &[
            "new",
            "event-hub",
            "readAll",
            "--event-hub-name",
            "read\"ings",
            "--connection",
            "Hubs",
        ],
        &expect![[r#"
            exit code 0
            --- stderr
            Added function `readAll` in `src/functions/read_all.rs`

              + src/functions/read_all.rs
              ~ infra/connections.json
              ~ local.settings.json
              ~ src/functions/mod.rs

            hint: give the setting `Hubs` in `local.settings.json` a value before the function meets the real service
        "#]],
    );
    expect![[r#"
        use azure_functions::{bindings::EventHubTrigger, func};

        /// Takes each event of the event hub `read"ings`.
        ///
        /// # Errors
        ///
        /// The event is empty. The host goes on with the next event; `#[func(retry = …)]` tries again before that.
        #[func(name = "readAll")]
        fn read_all(
            #[binding(event_hub_name = "read\"ings", connection = "Hubs")] event: &EventHubTrigger,
        ) -> Result<(), &'static str> {
            if event.message.is_empty() {
                return Err("the event is empty");
            }
            tracing::info!("received `{}`", event.message);
            Ok(())
        }

        #[cfg(test)]
        mod tests {
            use super::*;

            #[test]
            fn takes_what_is_not_empty() {
                let event = |text: &str| EventHubTrigger::new(text.to_owned());
                assert_eq!(read_all(&event("hi")), Ok(()));
                assert!(read_all(&event("")).is_err());
            }
        }
    "#]].assert_eq(&app.read("src/functions/read_all.rs"));
    expect![[r#"
        //! Mine.

        mod read_all;
        mod  zebra ; // the last

        const A: u8 = 1;
    "#]]
    .assert_eq(&app.read("src/functions/mod.rs"));
    expect![[r#"
        {
          "IsEncrypted": false,
          "Values": {
            "FUNCTIONS_WORKER_RUNTIME": "native",
            "AzureWebJobsStorage": "UseDevelopmentStorage=true",
            "Hubs": ""
          }
        }
    "#]]
    .assert_eq(&app.read("local.settings.json"));
    expect![[r#"
        [
          {
            "name": "Hubs",
            "service": "eventHubs"
          }
        ]
    "#]]
    .assert_eq(&app.read("infra/connections.json"));
    app.check(&["new", "mcp-tool", "ask", "--json"], &expect![[r#"
        exit code 0
        --- stdout
        {"function":"ask","file":"src/functions/ask.rs","created":["src/functions/ask.rs"],"changed":["Cargo.toml","infra/connections.json","src/functions/mod.rs"],"empty_settings":[]}
    "#]]);
    let manifest = app.read("Cargo.toml");
    assert!(manifest.contains("features = [\"mcp\"]"), "{manifest}");
    app.check(
        &[
            "new",
            "http",
            "list",
            "--route",
            "items/{id:int}",
            "--methods",
            "get,head",
            "--auth-level",
            "anonymous",
            "--quiet",
        ],
        &expect![[r#"
            exit code 0
        "#]],
    );
    expect![[r#"
        use azure_functions::{bindings::HttpRequest, func};

        /// Greets who asks: `?name=Rust`.
        #[func]
        fn list(
            #[binding(
                route = "items/{id:int}",
                methods = "get|head",
                auth_level = "anonymous"
            )]
            request: &HttpRequest,
        ) -> String {
            let name = request.query_param("name").unwrap_or("world");
            format!("Hello, {name}!")
        }

    "#]]
    .assert_eq(
        app.read("src/functions/list.rs")
            .split("#[cfg")
            .next()
            .unwrap(),
    );
}

#[test]
fn parts_of_durable_functions() {
    let app = App::new();
    let start = ["new", "durable-client", "start", "--orchestration"];
    app.check(&[&start[..], &["greetAll"]].concat(), &expect![[r#"
        exit code 1
        --- stderr
        error: there is no function `greetAll` in `[FOLDER]/src/functions/mod.rs`, which `--orchestration` names

        hint: make it first with `cargo func new orchestration greetAll`; nothing was changed
    "#]]);
    app.check(
        &start[..3],
        &expect![[r#"
        exit code 2
        --- stderr
        error: the following required arguments were not provided:
          --orchestration <FUNCTION>

        Usage: cargo func new durable-client --orchestration <FUNCTION> <NAME>

        For more information, try '--help'.
    "#]],
    );
    app.check(
        &["new", "activity", "greet", "--quiet"],
        &expect![[r#"
        exit code 0
    "#]],
    );
    app.check(
        &["new", "orchestration", "greetAll", "--activity", "greet"],
        &expect![[r#"
            exit code 0
            --- stderr
            Added function `greetAll` in `src/functions/greet_all.rs`

              + src/functions/greet_all.rs
              ~ src/functions/mod.rs
        "#]],
    );
    app.check(
        &[&start[..], &["greetAll"]].concat(),
        &expect![[r#"
        exit code 0
        --- stderr
        Added function `start` in `src/functions/start.rs`

          + src/functions/start.rs
          ~ src/functions/mod.rs
    "#]],
    );
    app.check(&["new", "entity", "1st"], &expect![[r#"
        exit code 1
        --- stderr
        error: `1st` cannot be the name of a function

        hint: begin with a letter, and go on with letters, digits, `_` and `-`; `host` is the host's own
    "#]]);
    app.check(
        &["new", "orchestration", "other", "--activity", "1st"],
        &expect![[r#"
            exit code 2
            --- stderr
            error: invalid value '1st' for '--activity <FUNCTION>': `1st` cannot be the name of a function; begin with a letter, and go on with letters, digits, `_` and `-`; `host` is the host's own

            For more information, try '--help'.
        "#]],
    );
    let code = |file: &str| {
        let text = app.read(file);
        text.split("\n#[cfg").next().unwrap().to_owned()
    };
    expect![[r#"
        use azure_functions::{
            bindings::{DurableOrchestrationContext, OrchestrationOutput, durable::TaskError},
            func,
        };

        use super::greet::greet;

        /// Has the activity `greet` do the work. It is replayed from its history, so that it does nothing by itself but call and wait.
        ///
        /// # Errors
        ///
        /// The activity failed.
        #[func(name = "greetAll")]
        pub(crate) async fn greet_all(
            ctx: DurableOrchestrationContext<String>,
        ) -> Result<OrchestrationOutput<String>, TaskError> {
            let result = ctx.call_activity(greet, ctx.input().clone()).await?;
            Ok(OrchestrationOutput(result))
        }
    "#]].assert_eq(&code("src/functions/greet_all.rs"));
    expect![[r#"
        use azure_functions::{
            BoxError,
            bindings::{DurableOrchestrationClient, HttpRequest, HttpResponse},
            func,
        };

        use super::greet_all::greet_all;

        /// Starts the orchestration `greetAll` for somebody: `?name=Rust`. The answer says where to ask for its status.
        ///
        /// # Errors
        ///
        /// The host does not start it.
        #[func]
        async fn start(
            #[binding(methods = "post")] request: HttpRequest,
            client: DurableOrchestrationClient,
        ) -> Result<HttpResponse, BoxError> {
            let id = client.start(greet_all, input(&request)).await?;
            Ok(client.check_status_response(&id)?)
        }

        /// What the orchestration is started with.
        fn input(request: &HttpRequest) -> String {
            request.query_param("name").unwrap_or("world").to_owned()
        }
    "#]].assert_eq(&code("src/functions/start.rs"));
    expect![[r#"
        [
          {
            "name": "AzureWebJobsStorage",
            "service": "durable"
          }
        ]
    "#]]
    .assert_eq(&app.read("infra/connections.json"));
    let manifest = app.read("Cargo.toml");
    assert!(manifest.contains("features = [\"durable\"]"), "{manifest}");
}

#[test]
fn what_cannot_be_a_new_function() {
    let app = App::new();
    run(&app.folder(), &["new", "http", "greet"]);
    app.write("src/functions/alone.rs", "");
    let long = "a".repeat(129);
    for (arguments, expected) in [
        (
            &["new"][..],
            expect![[r#"
            exit code 2
            --- stderr
            error: nothing says what starts the function

            hint: write `cargo func new TRIGGER NAME`; `cargo func new --help` lists the triggers
        "#]],
        ),
        (
            &["new", "htpp", "greet"],
            expect![[r#"
            exit code 2
            --- stderr
            error: unrecognized subcommand 'htpp'

              tip: a similar subcommand exists: 'http'

            Usage: cargo func new [OPTIONS] [TRIGGER]

            For more information, try '--help'.
        "#]],
        ),
        (
            &["new", "http", "greet"],
            expect![[r#"
            exit code 1
            --- stderr
            error: there is a module `greet` in `[FOLDER]/src/functions/mod.rs`

            hint: choose another name for the function; nothing was changed
        "#]],
        ),
        (
            &["new", "timer", "Greet"],
            expect![[r#"
            exit code 1
            --- stderr
            error: there is a module `greet` in `[FOLDER]/src/functions/mod.rs`

            hint: choose another name for the function; nothing was changed
        "#]],
        ),
        (
            &["new", "http", "alone"],
            expect![[r#"
            exit code 1
            --- stderr
            error: `[FOLDER]/src/functions/alone.rs` exists

            hint: choose another name for the function; nothing was changed
        "#]],
        ),
        (
            &["new", "http", "match"],
            expect![[r#"
            exit code 1
            --- stderr
            error: `match` is a word of Rust, and cannot be the name of a function

            hint: choose another, such as `match_it`
        "#]],
        ),
        (
            &["new", "http", "host"],
            expect![[r#"
            exit code 1
            --- stderr
            error: `host` cannot be the name of a function

            hint: begin with a letter, and go on with letters, digits, `_` and `-`; `host` is the host's own
        "#]],
        ),
        (
            &["new", "http", "1st"],
            expect![[r#"
            exit code 1
            --- stderr
            error: `1st` cannot be the name of a function

            hint: begin with a letter, and go on with letters, digits, `_` and `-`; `host` is the host's own
        "#]],
        ),
        (
            &["new", "http", "../x"],
            expect![[r#"
            exit code 1
            --- stderr
            error: `../x` cannot be the name of a function

            hint: begin with a letter, and go on with letters, digits, `_` and `-`; `host` is the host's own
        "#]],
        ),
        (
            &["new", "http", &long],
            expect![[r#"
            exit code 1
            --- stderr
            error: the name of the function has 129 characters; 128 are allowed

            hint: choose a shorter one
        "#]],
        ),
        (
            &["new", "http", "a", "--route", "/x"],
            expect![[r#"
            exit code 2
            --- stderr
            error: invalid value '/x' for '--route <TEXT>': the route has an empty segment: remove the leading or doubled `/`

            For more information, try '--help'.
        "#]],
        ),
        (
            &["new", "timer", "a", "--schedule", "* * *"],
            expect![[r#"
            exit code 2
            --- stderr
            error: invalid value '* * *' for '--schedule <TEXT>': the number of fields is 3, not five or six; write `second minute hour day month day-of-week` with spaces between them, such as `0 */5 * * * *`

            For more information, try '--help'.
        "#]],
        ),
        (
            &["new", "queue", "a", "--queue-name", "Jobs"],
            expect![[r#"
            exit code 2
            --- stderr
            error: invalid value 'Jobs' for '--queue-name <TEXT>': the queue name has an upper-case letter; write it in lower case

            For more information, try '--help'.
        "#]],
        ),
        (
            &["new", "queue", "a", "--connection", "Account=x;Key=y"],
            expect![[r#"
                exit code 2
                --- stderr
                error: invalid value 'Account=x;Key=y' for '--connection <SETTING>': it is not the name of an app setting; write the name, and the connection string into `local.settings.json`

                For more information, try '--help'.
            "#]],
        ),
        (
            &["new", "generic", "a"],
            expect![[r#"
            exit code 2
            --- stderr
            error: the following required arguments were not provided:
              --type <TEXT>

            Usage: cargo func new generic --type <TEXT> <NAME>

            For more information, try '--help'.
        "#]],
        ),
        (
            &["new", "generic", "a", "--type", "x", "--property", "y"],
            expect![[r#"
                exit code 2
                --- stderr
                error: invalid value 'y' for '--property <NAME=VALUE>': it is not `NAME=VALUE`; write for example `queue_name=jobs`

                For more information, try '--help'.
            "#]],
        ),
    ] {
        app.check(arguments, &expected);
    }
    assert!(!app.folder().join("src/functions/a.rs").exists());
}

#[test]
fn files_that_are_broken() {
    let app = App::new();
    app.write("src/functions/mod.rs", "mod a;\nmod ;\n");
    app.check(
        &["new", "http", "b"],
        &expect![[r#"
        exit code 1
        --- stderr
        error: `[FOLDER]/src/functions/mod.rs` is not Rust: line 2, column 5: expected identifier

        hint: mend the file and try again; nothing was changed
    "#]],
    );
    app.write("src/functions/mod.rs", "//! Mine.\nmod a\n");
    app.check(&["new", "http", "b"], &expect![[r#"
        exit code 1
        --- stderr
        error: `[FOLDER]/src/functions/mod.rs` is not Rust: line 2, column 6: unexpected end of input, expected `;` or curly braces

        hint: mend the file and try again; nothing was changed
    "#]]);
    app.write("src/functions/mod.rs", "");
    app.write(
        "local.settings.json",
        "{\n  \"Values\": {\n    \"A\" \"B\"\n  }\n}\n",
    );
    app.check(&["new", "redis-list", "b"], &expect![[r#"
        exit code 1
        --- stderr
        error: `[FOLDER]/local.settings.json` is not JSON: line 3, column 9: expected colon after the string or word in object property

        hint: mend the file and try again; nothing was changed
    "#]]);
    app.write("local.settings.json", "{ \"Values\": [] }");
    app.check(
        &["new", "redis-list", "b"],
        &expect![[r#"
        exit code 1
        --- stderr
        error: `[FOLDER]/local.settings.json`: `Values` is not an object; write `"Values": {}`

        hint: mend the file and try again; nothing was changed
    "#]],
    );
    app.write("Cargo.toml", "[package]\nname = \"app\"\nedition = \n");
    app.check(
        &["new", "http", "b"],
        &expect![[r#"
            exit code 1
            --- stderr
            error: string values must be quoted, expected literal string
             --> Cargo.toml:3:11
              |
            3 | edition =
              |           ^

            hint: mend the file at the place that is shown
        "#]],
    );
    assert!(!app.folder().join("src/functions/b.rs").exists());
    assert_eq!(app.read("src/functions/mod.rs"), "");
}

#[test]
fn a_package_that_is_no_app() {
    let folder = tempfile::tempdir().unwrap();
    let expected = expect![[r#"
        exit code 1
        --- stderr
        error: could not find `Cargo.toml` in `[FOLDER]` or any parent directory

        hint: go to the folder of the app, or name its `Cargo.toml` with `--manifest-path`
    "#]];
    expected.assert_eq(&filtered(
        &run(folder.path(), &["new", "http", "a"]),
        folder.path(),
    ));
    fs::create_dir(folder.path().join("src")).unwrap();
    fs::write(folder.path().join("src/main.rs"), "fn main() {}\n").unwrap();
    let manifest = "[package]\nname = \"plain\"\n\n[workspace]\n";
    fs::write(folder.path().join("Cargo.toml"), manifest).unwrap();
    let expected = expect![[r#"
        exit code 1
        --- stderr
        error: the package `plain` is not a function app

        hint: make it one with `cargo func init`
    "#]];
    expected.assert_eq(&filtered(
        &run(folder.path(), &["new", "http", "a"]),
        folder.path(),
    ));
}
