//! Every template in one app: it compiles, its tests pass, and it runs under the embedded host.

use std::{
    fs,
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Command, Stdio},
};

use azure_functions_tests::build;
use serde_json::Value;

use crate::support::run;

/// The triggers that the help of `new` lists.
fn triggers(folder: &Path) -> Vec<String> {
    let help = run(folder, &["new", "-h"]);
    let list = help.split("Triggers:\n").nth(1).unwrap();
    let lines = list.lines().take_while(|line| !line.is_empty());
    let names = lines.map(|line| line.split_whitespace().next().unwrap().to_owned());
    names.filter(|name| name != "help").collect()
}

/// A command that shares what the workspace has built already: the same lock file, target and profile.
fn sharing(command: &mut Command, app: &Path) {
    let target = std::env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| build::root().join("target"), Into::into);
    command
        .current_dir(app)
        .env("CARGO_TARGET_DIR", target)
        .env("CARGO_NET_OFFLINE", "true")
        .stdin(Stdio::null());
    if std::env::var_os("CARGO_PROFILE_DEV_DEBUG").is_none() {
        command.env("CARGO_PROFILE_DEV_DEBUG", "line-tables-only");
    }
}

#[test]
fn all_templates_work() {
    // Their dependencies are those of the app.
    build::example("http");
    // Always the same folder, so that each run replaces what the last one built.
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("templates");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    let path = build::root().join("azure-functions");
    let path = path.to_str().unwrap();
    run(
        &folder,
        &[
            "new-app",
            "every-trigger",
            "--vcs",
            "none",
            "--azure-functions-path",
            path,
        ],
    );
    let app = folder.join("every-trigger");
    let triggers = triggers(&app);
    assert!(triggers.len() > 20, "{triggers:?}");
    for trigger in &triggers {
        let name = format!("on-{trigger}");
        let mut arguments = vec!["new", trigger, &name, "--quiet"];
        if trigger == "generic" {
            // A type that the host does not know fails, and this one it knows.
            arguments.extend(["--type", "queueTrigger", "--property", "queue_name=generic"]);
        }
        if trigger == "durable-client" {
            arguments.extend(["--orchestration", "on-orchestration"]);
        }
        let shown = run(&app, &arguments);
        assert_eq!(shown, "exit code 0\n", "{trigger}");
    }
    // With another function of the app, its template is another.
    let calls = ["--activity", "on-activity", "--quiet"];
    let shown = run(
        &app,
        &[
            &["new", "orchestration", "on-orchestration-call"],
            &calls[..],
        ]
        .concat(),
    );
    assert_eq!(shown, "exit code 0\n");
    let names: Vec<_> = triggers
        .iter()
        .map(|trigger| format!("on-{trigger}"))
        .chain(["on-orchestration-call".to_owned()])
        .collect();
    fs::copy(build::root().join("Cargo.lock"), app.join("Cargo.lock")).unwrap();

    let mut tests = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    tests.args(["test", "--quiet", "--offline"]);
    sharing(&mut tests, &app);
    let output = tests.output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{text}{errors}");
    assert!(!errors.contains("warning"), "{errors}");
    let passed = format!("{} passed", names.len());
    assert!(text.contains(&passed), "{text}");

    let mut host = Command::new(build::tool());
    host.args(["func", "run", "--port", "0", "--json", "--quiet"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    sharing(&mut host, &app);
    let mut host = host.spawn().unwrap();
    let lines = BufReader::new(host.stdout.take().unwrap()).lines();
    let mut events = lines
        .map_while(Result::ok)
        .filter_map(|line| serde_json::from_str::<Value>(&line).ok());
    let ready = events.find(|event| event["event"] == "ready");
    let interrupt = Command::new("kill")
        .args(["-INT", &host.id().to_string()])
        .status();
    assert!(interrupt.unwrap().success());
    // What it still prints has to be read, or it could not end.
    events.for_each(drop);
    assert!(host.wait().unwrap().success());
    let ready = ready.unwrap();
    let mut listed: Vec<_> = ready["functions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|function| function["name"].as_str().unwrap().to_owned())
        .collect();
    listed.sort();
    let mut expected = names;
    expected.sort();
    assert_eq!(listed, expected);
}
