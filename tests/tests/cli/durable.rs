//! Orchestrations as they are looked after from the command line: an app under `cargo func run`, and hosts that answer otherwise.

use std::{fs, process::Stdio};

use azure_functions_tests::build;
use expect_test::{Expect, expect};
use regex::Regex;
use tokio::process::Command;

use crate::{
    run::Tool,
    stand_in::StandIn,
    support::{filtered, run, run_with},
};

/// What differs from run to run.
fn plain(text: &str) -> String {
    let mut text = text.to_owned();
    for (pattern, with) in [
        (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", "[MOMENT]"),
        (r"\b[0-9a-f]{32}\b", "[ID]"),
        (r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "[GUID]"),
    ] {
        let pattern = Regex::new(pattern).unwrap();
        text = pattern.replace_all(&text, with).into_owned();
    }
    filtered(&text, build::root())
}

/// Runs the tool while the runtime of the test goes on.
async fn durable(port: &str, arguments: &[&str]) -> String {
    let arguments: Vec<String> = [&["durable"], arguments, &["--port", port]]
        .concat()
        .into_iter()
        .map(str::to_owned)
        .collect();
    let running = tokio::task::spawn_blocking(move || {
        let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
        run(build::root(), &arguments)
    });
    running.await.unwrap()
}

/// Waits until an instance of `approve` does.
async fn waits_for_an_answer(port: &str, id: &str) {
    for _ in 0..1000 {
        let shown = durable(port, &["status", id]).await;
        if shown.contains("waits for an answer") {
            return;
        }
    }
    assert_eq!(durable(port, &["status", id]).await, "", "it does not wait");
}

/// `cargo func run` of the example, and its port.
async fn app() -> (Tool, String) {
    // It is built already then, and cargo says little.
    build::example("durable");
    let mut command = Command::new(build::tool());
    command
        .args(["func", "run", "-p", "durable-example", "--port", "0"])
        .args(["--no-watch", "--json"])
        .current_dir(build::root())
        .stdin(Stdio::null());
    let mut tool = Tool::spawn(&mut command);
    let ready = tool.event("ready").await;
    let url = ready["url"].as_str().unwrap();
    let port = url.rsplit(':').next().unwrap().to_owned();
    (tool, port)
}

#[tokio::test(flavor = "multi_thread")]
async fn instances_are_looked_after() {
    let (tool, port) = app().await;
    let check = async |arguments: &[&str], expected: Expect| {
        expected.assert_eq(&plain(&durable(&port, arguments).await));
    };
    check(
        &["list"],
        expect![[r#"
        exit code 0
        --- stdout
        no instances
    "#]],
    )
    .await;
    check(
        &[
            "start", "chain", "--id", "c1", "--input", "\"Welt\"", "--wait",
        ],
        expect![[r#"
            exit code 0
            --- stdout
            c1
              orchestrator  chain
              status        Completed
              created       [MOMENT]
              last updated  [MOMENT]
              input         "Welt"
              output        "Hello, world!"
        "#]],
    )
    .await;
    check(
        &["start", "chian"],
        expect![[r#"
        exit code 1
        --- stderr
        error: the app has no orchestrator `chian`

        hint: did you mean `chain`?
    "#]],
    )
    .await;
    check(
        &["start", "chain", "--input", "\"Welt\""],
        expect![[r#"
        exit code 0
        --- stdout
        [ID]
        --- stderr
        Started `chain` with the id
    "#]],
    )
    .await;
    check(
        &[
            "start", "journey", "--id", "j1", "--input", "[\"\"]", "--wait",
        ],
        expect![[r#"
            exit code 1
            --- stdout
            j1
              orchestrator  journey
              status        Failed
              created       [MOMENT]
              last updated  [MOMENT]
              input         [""]
              output        Error: activity `book` failed: Error: there is nothing to book
        "#]],
    )
    .await;
    check(
        &[
            "start",
            "approve",
            "--id",
            "a1",
            "--input",
            "\"May I?\"",
            "--json",
        ],
        expect![[r#"
            exit code 0
            --- stdout
            {"name":"approve","instanceId":"a1"}
        "#]],
    )
    .await;
    waits_for_an_answer(&port, "a1").await;
    check(
        &["status", "a1", "--wait", "--timeout", "0"],
        expect![[r#"
        exit code 1
        --- stderr
        error: the instance `a1` has not ended within 0 s: it is Running

        hint: it goes on; `cargo func durable status a1 --wait` waits again
    "#]],
    )
    .await;
    check(
        &["start", "approve", "--id", "a1", "--input", "\"Again?\""],
        expect![[r#"
            exit code 1
            --- stderr
            error: the host does not start it: An Orchestration instance with the status Running already exists

            hint: take another `--id`, or end it with `cargo func durable terminate a1`
        "#]],
    )
    .await;
    check(
        &["suspend", "a1", "--reason", "lunch"],
        expect![[r#"
        exit code 0
        --- stderr
        Told `a1` to suspend
    "#]],
    )
    .await;
    check(
        &["resume", "a1"],
        expect![[r#"
        exit code 0
        --- stderr
        Told `a1` to resume
    "#]],
    )
    .await;
    check(&["purge", "a1"], expect![[r#"
        exit code 1
        --- stderr
        error: the host does not purge it: Only orchestrations in a terminal state can be purged, but the orchestration with instance ID a1 has status Running

        hint: end it with `cargo func durable terminate a1`
    "#]]).await;
    check(&["rewind", "c1"], expect![[r#"
        exit code 1
        --- stderr
        error: the host does not rewind it: This orchestration has status Completed, but only orchestrations in the "Failed" state can be rewound

        hint: `cargo func durable status c1` says how far it is
    "#]]).await;
    check(
        &["events", "a1", "Approval", "--data", "true"],
        expect![[r#"
            exit code 0
            --- stderr
            Raised `Approval` for `a1`
        "#]],
    )
    .await;
    check(
        &["status", "a1", "--wait"],
        expect![[r#"
        exit code 0
        --- stdout
        a1
          orchestrator  approve
          status        Completed
          created       [MOMENT]
          last updated  [MOMENT]
          input         "May I?"
          custom        "waits for an answer"
          output        "approved"
    "#]],
    )
    .await;
    check(&["status", "c1", "--json"], expect![[r#"
        exit code 0
        --- stdout
        {"name":"chain","instanceId":"c1","runtimeStatus":"Completed","input":"Welt","customStatus":null,"output":"Hello, world!","createdTime":"[MOMENT]","lastUpdatedTime":"[MOMENT]"}
    "#]]).await;
    check(
        &["events", "a1", "Approval", "--data", "true"],
        expect![[r#"
            exit code 1
            --- stderr
            error: the instance `a1` has ended

            hint: `cargo func durable status a1` says how, and `cargo func durable restart a1` starts it again
        "#]],
    )
    .await;
    check(&["terminate", "a1"], expect![[r#"
        exit code 1
        --- stderr
        error: the instance `a1` has ended

        hint: `cargo func durable status a1` says how, and `cargo func durable restart a1` starts it again
    "#]]).await;
    check(
        &["rewind", "j1", "--json"],
        expect![[r#"
        exit code 0
        --- stdout
        {"instanceId":"j1","toldTo":"rewind"}
    "#]],
    )
    .await;
    check(
        &["status", "j1", "--wait"],
        expect![[r#"
        exit code 1
        --- stdout
        j1
          orchestrator  journey
          status        Failed
          created       [MOMENT]
          last updated  [MOMENT]
          input         [""]
          output        Error: activity `book` failed: Error: there is nothing to book
    "#]],
    )
    .await;
    check(
        &["restart", "c1", "--same-id"],
        expect![[r#"
        exit code 0
        --- stdout
        c1
        --- stderr
        Started `chain` with the id
    "#]],
    )
    .await;
    check(
        &["status", "c1", "--wait", "-q"],
        expect![[r#"
        exit code 0
        --- stdout
        c1
          orchestrator  chain
          status        Completed
          created       [MOMENT]
          last updated  [MOMENT]
          input         "Welt"
          output        "Hello, world!"
    "#]],
    )
    .await;
    check(
        &[
            "start",
            "approve",
            "--id",
            "a2",
            "--input",
            "\"May I?\"",
            "-q",
        ],
        expect![[r#"
            exit code 0
            --- stdout
            a2
        "#]],
    )
    .await;
    waits_for_an_answer(&port, "a2").await;
    check(
        &["terminate", "a2", "--reason", "enough"],
        expect![[r#"
        exit code 0
        --- stderr
        Told `a2` to terminate
    "#]],
    )
    .await;
    check(
        &["status", "a2", "--wait"],
        expect![[r#"
        exit code 1
        --- stdout
        a2
          orchestrator  approve
          status        Terminated
          created       [MOMENT]
          last updated  [MOMENT]
          input         "May I?"
          custom        "waits for an answer"
          output        enough
    "#]],
    )
    .await;
    check(
        &[
            "list",
            "--prefix",
            "a",
            "--status",
            "terminated,completed",
            "--after",
            "1h",
        ],
        expect![[r#"
            exit code 0
            --- stdout
            a1  approve  Completed   [MOMENT]
            a2  approve  Terminated  [MOMENT]
        "#]],
    )
    .await;
    check(&["list", "--prefix", "a", "--limit", "1", "--json"], expect![[r#"
        exit code 0
        --- stdout
        {"instances":[{"name":"approve","instanceId":"a1","runtimeStatus":"Completed","input":"May I?","customStatus":"waits for an answer","output":"approved","createdTime":"[MOMENT]","lastUpdatedTime":"[MOMENT]"}],"more":true}
    "#]]).await;
    check(
        &["purge", "c1"],
        expect![[r#"
        exit code 0
        --- stderr
        Purged 1 instance
    "#]],
    )
    .await;
    check(
        &["purge", "--status", "failed"],
        expect![[r#"
        exit code 0
        --- stderr
        Purged 1 instance
    "#]],
    )
    .await;
    check(
        &["purge", "--before", "1d"],
        expect![[r#"
        exit code 1
        --- stderr
        error: no instance that has ended is like that

        hint: `cargo func durable list` with the same options shows those that run
    "#]],
    )
    .await;
    for verb in [
        "status",
        "terminate",
        "suspend",
        "purge",
        "restart",
        "history",
    ] {
        let shown = durable(&port, &[verb, "nobody"]).await;
        let expected = "exit code 1\n--- stderr\nerror: there is no instance `nobody`\n\n\
                        hint: `cargo func durable list` shows those that there are\n";
        assert_eq!(shown, expected, "{verb}");
    }
    tool.signal("-TERM");
    assert!(tool.end().await.success());
}

#[tokio::test(flavor = "multi_thread")]
async fn histories_are_written_and_replay() {
    let (tool, port) = app().await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("histories/c1.json");
    let started = durable(
        &port,
        &[
            "start", "chain", "--id", "c1", "--input", "\"Welt\"", "--wait",
        ],
    )
    .await;
    assert!(started.starts_with("exit code 0\n"), "{started}");
    let shown = durable(&port, &["history", "c1", "--out", file.to_str().unwrap()]).await;
    expect![[r#"
        exit code 0
        --- stderr
        Wrote `[FOLDER]/histories/c1.json` with 12 events of `c1`
    "#]]
    .assert_eq(&plain(&filtered(&shown, folder.path())));
    expect![[r#"
        {
          "historyVersion": 1,
          "instanceId": "c1",
          "exact": true,
          "events": [
            {"time":"[MOMENT]","event":"orchestratorStarted"},
            {"time":"[MOMENT]","event":"executionStarted","name":"chain","instanceId":"c1","executionId":"[GUID]","value":"Welt"},
            {"time":"[MOMENT]","event":"taskScheduled","id":0,"name":"translate"},
            {"time":"[MOMENT]","event":"orchestratorCompleted"},
            {"time":"[MOMENT]","event":"orchestratorStarted"},
            {"time":"[MOMENT]","event":"taskCompleted","of":0,"value":"world"},
            {"time":"[MOMENT]","event":"taskScheduled","id":1,"name":"greet"},
            {"time":"[MOMENT]","event":"orchestratorCompleted"},
            {"time":"[MOMENT]","event":"orchestratorStarted"},
            {"time":"[MOMENT]","event":"taskCompleted","of":1,"value":"Hello, world!"},
            {"time":"[MOMENT]","event":"executionCompleted","id":2,"status":"completed","value":"Hello, world!"},
            {"time":"[MOMENT]","event":"orchestratorCompleted"}
          ]
        }
    "#]].assert_eq(&plain(&fs::read_to_string(&file).unwrap()));
    let shown = durable(&port, &["history", "c1"]).await;
    let printed = shown.strip_prefix("exit code 0\n--- stdout\n").unwrap();
    assert_eq!(printed, fs::read_to_string(&file).unwrap());
    let shown = durable(&port, &["history", "c1", "--out", "/dev/null/x"]).await;
    expect![[r#"
        exit code 1
        --- stderr
        error: cannot write `/dev/null/x`
          caused by: File exists (os error [CODE])

        hint: check the path and the permissions
    "#]]
    .assert_eq(&plain(&shown));
    tool.signal("-TERM");
    assert!(tool.end().await.success());
}

#[test]
fn a_status_page_becomes_a_history() {
    /// The page of a recorded instance.
    fn page(request: &str) -> (&'static str, &'static str) {
        let id = request.split("/instances/").nth(1).unwrap();
        let id = id.split('?').next().unwrap();
        let data = build::root().join("tests/data/transcripts/durable");
        for scene in ["b", "b4"] {
            let text = fs::read_to_string(data.join(format!("{scene}.client.jsonl"))).unwrap();
            for line in text.lines() {
                let row: serde_json::Value = serde_json::from_str(line).unwrap();
                if row["answer"]["instanceId"] == id && !row["answer"]["historyEvents"].is_null() {
                    return ("200 OK", row["answer"].to_string().leak());
                }
            }
        }
        ("404 Not Found", "")
    }
    let host = StandIn::new(page);
    for (id, expected) in [
        (
            "retry-1",
            expect![[r#"
            exit code 0
            --- stdout
            {
              "historyVersion": 1,
              "instanceId": "retry-1",
              "exact": false,
              "events": [
                {"time":"2026-11-21T03:42:39.335598200Z","event":"orchestratorStarted"},
                {"time":"2026-11-21T03:42:39.335598200Z","event":"executionStarted","name":"retry","instanceId":"retry-1","value":"k1"},
                {"time":"2026-11-21T03:42:39.349169100Z","event":"taskScheduled","id":0,"name":"flaky"},
                {"time":"2026-11-21T03:42:39.400338700Z","event":"orchestratorStarted"},
                {"time":"2026-11-21T03:42:39.400338700Z","event":"taskFailed","of":0,"failure":{"type":"FlakyError","message":"try again","stack":"at flaky"}},
                {"time":"2026-11-21T03:42:39.421373500Z","event":"timerCreated","id":1,"fireAt":"2026-11-21T03:42:40.414Z"},
                {"time":"2026-11-21T03:42:40.414Z","event":"orchestratorStarted"},
                {"time":"2026-11-21T03:42:40.414Z","event":"timerFired","of":1,"fireAt":"2026-11-21T03:42:40.414Z"},
                {"time":"2026-11-21T03:42:39.435708600Z","event":"taskScheduled","id":2,"name":"flaky"},
                {"time":"2026-11-21T03:42:40.414Z","event":"orchestratorStarted"},
                {"time":"2026-11-21T03:42:39.441861500Z","event":"taskFailed","of":2,"failure":{"type":"FlakyError","message":"try again","stack":"at flaky"}},
                {"time":"2026-11-21T03:42:39.449286800Z","event":"timerCreated","id":3,"fireAt":"2026-11-21T03:42:40.446Z"},
                {"time":"2026-11-21T03:42:40.446Z","event":"orchestratorStarted"},
                {"time":"2026-11-21T03:42:40.446Z","event":"timerFired","of":3,"fireAt":"2026-11-21T03:42:40.446Z"},
                {"time":"2026-11-21T03:42:39.454600600Z","event":"taskScheduled","id":4,"name":"flaky"},
                {"time":"2026-11-21T03:42:40.446Z","event":"orchestratorStarted"},
                {"time":"2026-11-21T03:42:39.461689600Z","event":"taskCompleted","of":4,"value":"third time"},
                {"time":"2026-11-21T03:42:39.466752100Z","event":"executionCompleted","status":"completed","value":"third time"}
              ]
            }
            --- stderr
            warning: this host does not tell the ids of events and the clock of the orchestrator, so they are guessed; for the whole history, let the app give away what `DurableOrchestrationClient::history` does
        "#]],
        ),
        (
            "sub-1",
            expect![[r#"
            exit code 0
            --- stdout
            {
              "historyVersion": 1,
              "instanceId": "sub-1",
              "exact": false,
              "events": [
                {"time":"2026-11-21T03:42:37.933452Z","event":"orchestratorStarted"},
                {"time":"2026-11-21T03:42:37.933452Z","event":"executionStarted","name":"sub","instanceId":"sub-1"},
                {"time":"2026-11-21T03:42:37.950941900Z","event":"subOrchestrationInstanceCreated","id":0,"name":"chain","instanceId":"child-of-sub-1"},
                {"time":"2026-11-21T03:42:38.042367Z","event":"orchestratorStarted"},
                {"time":"2026-11-21T03:42:38.042367Z","event":"subOrchestrationInstanceCompleted","of":0,"value":["hello Tokyo","hello {\"k\":[1,2]}"]},
                {"time":"2026-11-21T03:42:38.064794Z","event":"subOrchestrationInstanceCreated","id":1,"name":"one","instanceId":"sub-1:0001"},
                {"time":"2026-11-21T03:42:38.089279900Z","event":"orchestratorStarted"},
                {"time":"2026-11-21T03:42:38.089279900Z","event":"subOrchestrationInstanceCompleted","of":1,"value":"hello auto"},
                {"time":"2026-11-21T03:42:38.098301800Z","event":"executionCompleted","status":"completed","value":[["hello Tokyo","hello {\"k\":[1,2]}"],"hello auto"]}
              ]
            }
            --- stderr
            warning: this host does not tell the ids of events and the clock of the orchestrator, so they are guessed; for the whole history, let the app give away what `DurableOrchestrationClient::history` does
        "#]],
        ),
        (
            "entityts-1",
            expect![[r#"
            exit code 0
            --- stdout
            {
              "historyVersion": 1,
              "instanceId": "entityts-1",
              "exact": false,
              "events": [
                {"time":"2026-11-21T03:49:50.095944200Z","event":"orchestratorStarted"},
                {"time":"2026-11-21T03:49:50.095944200Z","event":"executionStarted","name":"entityts","instanceId":"entityts-1"},
                {"time":"2026-11-21T03:49:50.304257200Z","event":"eventSent","id":0,"name":"op","instanceId":"@counter@a","value":{"op":"add","signal":true,"input":"3","id":"193cb751-0000-4000-8000-000000000000","parent":"entityts-1","parentExecution":"48a0a3f0-9a27-4262-abe8-a117c484cfb8","Timestamp":"2026-11-21T03:49:50.217Z","Predecessor":"0001-01-01T00:00:00"}},
                {"time":"2026-11-21T03:49:50.305470500Z","event":"eventSent","id":1,"name":"op","instanceId":"@counter@a","value":{"op":"get","id":"193cb752-0000-4000-8000-000000000001","parent":"entityts-1","parentExecution":"48a0a3f0-9a27-4262-abe8-a117c484cfb8","Timestamp":"2026-11-21T03:49:50.218Z","Predecessor":"2026-11-21T03:49:50.217Z"}},
                {"time":"2026-11-21T03:49:50.472618200Z","event":"orchestratorStarted"},
                {"time":"2026-11-21T03:49:50.472618200Z","event":"eventRaised","name":"193cb752-0000-4000-8000-000000000001","value":{"result":"3"}},
                {"time":"2026-11-21T03:49:50.505523700Z","event":"eventSent","id":2,"name":"op","instanceId":"@counter@a","value":{"op":"add","input":"4","id":"193cb753-0000-4000-8000-000000000002","parent":"entityts-1","parentExecution":"48a0a3f0-9a27-4262-abe8-a117c484cfb8","Timestamp":"2026-11-21T03:49:50.496Z"}},
                {"time":"2026-11-21T03:49:50.535390300Z","event":"orchestratorStarted"},
                {"time":"2026-11-21T03:49:50.535390300Z","event":"eventRaised","name":"193cb753-0000-4000-8000-000000000002","value":{"result":"7"}},
                {"time":"2026-11-21T03:49:50.544909800Z","event":"eventSent","id":3,"name":"op","instanceId":"@counter@a","value":{"op":"boom","input":"1","id":"193cb754-0000-4000-8000-000000000003","parent":"entityts-1","parentExecution":"48a0a3f0-9a27-4262-abe8-a117c484cfb8","Timestamp":"2026-11-21T03:49:50.544Z"}},
                {"time":"2026-11-21T03:49:50.575943200Z","event":"orchestratorStarted"},
                {"time":"2026-11-21T03:49:50.575943200Z","event":"eventRaised","name":"193cb754-0000-4000-8000-000000000003","value":{"result":null,"failureDetails":{"ErrorType":"EntityError","ErrorMessage":"EntityError: no operation boom","StackTrace":"at entity","InnerFailure":null,"IsNonRetriable":false,"Properties":{}}}},
                {"time":"2026-11-21T03:49:50.594587500Z","event":"executionCompleted","status":"completed","value":[3,7,{"caught":{"result":null,"failureDetails":{"ErrorType":"EntityError","ErrorMessage":"EntityError: no operation boom","StackTrace":"at entity","InnerFailure":null,"IsNonRetriable":false,"Properties":{}}}}]}
              ]
            }
            --- stderr
            warning: this host does not tell the ids of events and the clock of the orchestrator, so they are guessed; for the whole history, let the app give away what `DurableOrchestrationClient::history` does
        "#]],
        ),
    ] {
        let shown = run(
            build::root(),
            &["durable", "history", id, "--port", &host.port()],
        );
        expected.assert_eq(&shown);
    }
}

#[test]
fn what_can_be_wrong() {
    let answer = |request: &str| {
        if request.contains("/admin/functions") {
            return ("401 Unauthorized", "");
        }
        match request
            .split("/instances/")
            .nth(1)
            .and_then(|rest| rest.split([' ', '?', '/']).next())
        {
            Some("denied") => ("401 Unauthorized", ""),
            Some("gone") => ("410 Gone", ""),
            Some("starting") => ("503 Service Unavailable", ""),
            Some("page") => ("200 OK", "<html>"),
            Some("long") => ("200 OK", "{}"),
            Some("broken") => (
                "400 Bad Request",
                r#"{"Message":"Invalid JSON content","ExceptionMessage":"it says so."}"#,
            ),
            _ => ("404 Not Found", ""),
        }
    };
    let host = StandIn::new(answer);
    let port = host.port();
    let check = |arguments: &[&str], variables: &[(&str, &str)], expected: Expect| {
        let arguments = [&["durable"], arguments, &["--port", &port]].concat();
        expected.assert_eq(&plain(&run_with(build::root(), &arguments, variables)));
    };
    check(
        &["status", "denied"],
        &[],
        expect![[r#"
        exit code 1
        --- stderr
        error: the host at http://localhost:[PORT] asks for a key

        hint: give the master key in the variable `CARGO_FUNC_KEY` or with `--key`; `az functionapp keys list` shows it as `masterKey`
    "#]],
    );
    check(
        &["status", "denied"],
        &[("CARGO_FUNC_KEY", "secret")],
        expect![[r#"
            exit code 1
            --- stderr
            error: the host at http://localhost:[PORT] refuses the key

            hint: give the master key in the variable `CARGO_FUNC_KEY` or with `--key`; `az functionapp keys list` shows it as `masterKey`
        "#]],
    );
    check(
        &["status", "starting"],
        &[],
        expect![[r#"
        exit code 1
        --- stderr
        error: the host at http://localhost:[PORT] cannot run the app

        hint: the log of the host says why
    "#]],
    );
    check(
        &["status", "page"],
        &[],
        expect![[r#"
        exit code 1
        --- stderr
        error: what answers at http://localhost:[PORT] is not a Functions host

        hint: say where the app listens with `--port` or `--url`
    "#]],
    );
    check(
        &["history", "long"],
        &[],
        expect![[r#"
        exit code 1
        --- stderr
        error: the host does not tell its history: its status page has no `historyEvents`
    "#]],
    );
    check(
        &["events", "gone", "e"],
        &[],
        expect![[r#"
        exit code 1
        --- stderr
        error: the instance `gone` has ended

        hint: `cargo func durable status gone` says how, and `cargo func durable restart gone` starts it again
    "#]],
    );
    check(
        &["events", "broken", "e"],
        &[],
        expect![[r#"
        exit code 1
        --- stderr
        error: the host does not raise the event: Invalid JSON content: it says so

        hint: `cargo func durable status broken` says how far it is
    "#]],
    );
    check(
        &["start", "chain"],
        &[],
        expect![[r#"
        exit code 1
        --- stderr
        error: the app at http://localhost:[PORT] has no Durable Functions

        hint: `cargo func list` shows what it has; an orchestrator takes a `DurableOrchestrationContext`
    "#]],
    );
    check(
        &["list"],
        &[],
        expect![[r#"
        exit code 1
        --- stderr
        error: the app at http://localhost:[PORT] has no Durable Functions

        hint: `cargo func list` shows what it has; an orchestrator takes a `DurableOrchestrationContext`
    "#]],
    );
    check(
        &["start", "chain", "--input", "Welt"],
        &[],
        expect![[r#"
        exit code 1
        --- stderr
        error: `--input` is not JSON
          caused by: expected value at line 1 column 1

        hint: a text is JSON with quotes: `"Welt"`
    "#]],
    );
    check(
        &["start", "chain", "--file", "no-such.json"],
        &[],
        expect![[r#"
            exit code 1
            --- stderr
            error: cannot read `no-such.json`
              caused by: No such file or directory (os error [CODE])

            hint: check the path and the permissions
        "#]],
    );
    check(
        &["purge"],
        &[],
        expect![[r#"
        exit code 2
        --- stderr
        error: the following required arguments were not provided:
          <ID|--status <STATUS>|--after <TIME>|--before <TIME>>

        Usage: cargo func durable purge --port <PORT> <ID|--status <STATUS>|--after <TIME>|--before <TIME>>

        For more information, try '--help'.
    "#]],
    );
    check(
        &["purge", "a", "--before", "1d"],
        &[],
        expect![[r#"
        exit code 2
        --- stderr
        error: the argument '[ID]' cannot be used with '--before <TIME>'

        Usage: cargo func durable purge --port <PORT> <ID|--status <STATUS>|--after <TIME>|--before <TIME>>

        For more information, try '--help'.
    "#]],
    );
    check(
        &["purge", ""],
        &[],
        expect![[r#"
        exit code 2
        --- stderr
        error: invalid value '' for '[ID]': no instance, orchestrator or event is called so

        For more information, try '--help'.
    "#]],
    );
    check(
        &["list", "--after", "soon"],
        &[],
        expect![[r#"
        exit code 2
        --- stderr
        error: invalid value 'soon' for '--after <TIME>': write a time such as `[MOMENT]`, a date such as `2026-01-31`, or how long ago, such as `7d`

        For more information, try '--help'.
    "#]],
    );
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let free = nobody.local_addr().unwrap().port().to_string();
    drop(nobody);
    let shown = run(build::root(), &["durable", "list", "--port", &free]);
    expect![[r#"
        exit code 1
        --- stderr
        error: no function app answers at http://localhost:[PORT]
          caused by: io: Connection refused (os error [CODE])

        hint: start the app with `cargo func run`, or say where it listens with `--port` or `--url`
    "#]]
    .assert_eq(&plain(&shown));
}
