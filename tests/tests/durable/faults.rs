//! What breaks: activities, orchestrators, entities and their worker; the others go on.

use std::{path::Path, time::Duration};

use azure_functions_tests::app::{App, Reply, Setup, soon};
use http::Method;
use serde_json::{Value, json};

const API: &str = "/runtime/webhooks/durabletask";

/// The app of these tests; its worker is started again at once.
async fn start() -> App {
    let program = Path::new(env!("CARGO_BIN_EXE_durable_app"));
    let mut setup = Setup::new(program, Path::new(env!("CARGO_MANIFEST_DIR")));
    let limits = &mut setup.config.limits;
    limits.restart_budget = usize::MAX;
    limits.restart_delay = Duration::ZERO;
    limits.restart_interval = Duration::ZERO;
    setup.start().await
}

fn parsed(reply: &Reply) -> Value {
    serde_json::from_str(&reply.body).unwrap_or_else(|_| panic!("{reply:?}"))
}

/// Runs an instance to its end: its output if it has completed, and else its status.
pub(crate) async fn run(app: &App, name: &str, input: &Value) -> Value {
    let path = format!("{API}/orchestrators/{name}?timeout=50");
    let reply = app.post(&path, &input.to_string()).await;
    assert_eq!(reply.status, 200, "{name} {input}: {reply:?}");
    parsed(&reply)
}

pub(crate) async fn start_as(app: &App, name: &str, id: &str, input: &Value) {
    let path = format!("{API}/orchestrators/{name}/{id}");
    let reply = app.post(&path, &input.to_string()).await;
    assert_eq!(reply.status, 202, "{name} {id}: {reply:?}");
}

async fn post(app: &App, path: &str, body: &str) -> u16 {
    app.post(&format!("{API}{path}"), body).await.status
}

async fn delete(app: &App, path: &str) -> u16 {
    let path = format!("{API}{path}");
    soon(app.send(Method::DELETE, &path, "")).await.status
}

pub(crate) async fn status(app: &App, id: &str) -> Value {
    let path = format!("{API}/instances/{id}?showHistory=true");
    parsed(&app.get(&path).await)
}

/// Asks for the status until it is this one.
async fn until(app: &App, id: &str, wanted: &str) -> Value {
    soon(async {
        loop {
            let status = status(app, id).await;
            if status["runtimeStatus"] == wanted {
                return status;
            }
            let over = ["Completed", "Failed", "Terminated"].map(Value::from);
            assert!(!over.contains(&status["runtimeStatus"]), "{status}");
        }
    })
    .await
}

/// A name for a file that is not there.
fn mark(folder: &tempfile::TempDir, name: &str) -> String {
    folder.path().join(name).to_str().unwrap().to_owned()
}

#[tokio::test]
async fn what_fails_is_told_and_the_others_go_on() {
    let app = start().await;
    start_as(&app, "waits", "bystander", &json!(null)).await;
    let crashed = "Exception while executing function: Functions.act";
    let process = app.get("/api/process").await.body;
    for (words, expected) in [
        ("return", json!("")),
        (
            "fail on purpose",
            json!({ "error": "activity `act` failed: Error: failed on purpose" }),
        ),
        (
            "panic now",
            json!({ "error": "activity `act` failed: panic: panicked now" }),
        ),
        (
            "nothing",
            json!({ "error": "activity `act` failed: Error: `nothing` is no behaviour" }),
        ),
    ] {
        assert_eq!(run(&app, "tries", &json!(words)).await, expected, "{words}");
    }
    for (name, input, expected) in [
        (
            "number",
            json!("x"),
            "BindError: parameter `ctx`: the input of orchestrator `number`: invalid type: string \"x\", expected i64 at line 1 column 3",
        ),
        ("number", json!(null), "BindError: parameter `ctx`: "),
        ("panics", json!(null), "panic: an orchestrator panicked"),
    ] {
        let failed = run(&app, name, &input).await;
        assert_eq!(failed["runtimeStatus"], "Failed", "{name}: {failed}");
        let reason = failed["output"].as_str().unwrap();
        assert!(reason.starts_with(expected), "{name}: {reason}");
    }
    assert_eq!(
        app.get("/api/process").await.body,
        process,
        "the worker was replaced"
    );
    let died = run(&app, "tries", &json!("die")).await;
    let reason = died["error"].as_str().unwrap();
    assert!(reason.contains(crashed), "{reason}");
    assert_ne!(app.get("/api/process").await.body, process);
    assert_eq!(
        post(
            &app,
            "/instances/bystander/raiseEvent/go",
            "\"return here\""
        )
        .await,
        202
    );
    assert_eq!(
        until(&app, "bystander", "Completed").await["output"],
        "here"
    );
    app.stop().await;
}

#[tokio::test]
async fn a_turn_or_a_batch_that_is_lost_with_its_worker_comes_again() {
    let folder = tempfile::tempdir().unwrap();
    let app = start().await;
    let file = mark(&folder, "orchestrator");
    assert_eq!(run(&app, "dies", &json!(file)).await, "fine");

    assert_eq!(post(&app, "/entities/keeper/k?op=add", "4").await, 202);
    assert_eq!(post(&app, "/entities/keeper/k?op=panic", "").await, 202);
    let file = json!(mark(&folder, "entity")).to_string();
    assert_eq!(
        post(&app, "/entities/keeper/k?op=die-once", &file).await,
        202
    );
    assert_eq!(post(&app, "/entities/keeper/k?op=add", "5").await, 202);
    soon(async {
        let path = format!("{API}/entities/keeper/k");
        while app.get(&path).await.body != "10" {
            tokio::task::yield_now().await;
        }
    })
    .await;

    let changed = run(&app, "changes", &json!(mark(&folder, "changes"))).await;
    assert_eq!(changed["runtimeStatus"], "Failed");
    let reason = changed["output"].as_str().unwrap();
    assert!(
        reason.contains("has activity `act`, and the code now scheduled a timer"),
        "{reason}"
    );
    app.stop().await;
}

#[tokio::test]
async fn an_instance_is_told_what_a_client_wants() {
    let folder = tempfile::tempdir().unwrap();
    let app = start().await;
    for id in ["ended", "held", "failed", "purged"] {
        start_as(&app, "waits", id, &json!(null)).await;
        until(&app, id, "Running").await;
    }

    assert_eq!(
        post(&app, "/instances/ended/terminate?reason=enough", "").await,
        202
    );
    assert_eq!(until(&app, "ended", "Terminated").await["output"], "enough");
    assert_eq!(post(&app, "/instances/ended/raiseEvent/go", "1").await, 410);

    assert_eq!(
        post(&app, "/instances/held/suspend?reason=wait", "").await,
        202
    );
    assert_eq!(until(&app, "held", "Suspended").await["output"], "wait");
    assert_eq!(
        post(&app, "/instances/held/raiseEvent/go", "\"return late\"").await,
        202
    );
    // It is told, but does nothing before it is resumed: what another one does in the meantime takes longer than that.
    assert_eq!(run(&app, "tries", &json!("return it")).await, "it");
    assert_eq!(status(&app, "held").await["runtimeStatus"], "Suspended");
    assert_eq!(
        post(&app, "/instances/held/resume?reason=on", "").await,
        202
    );
    assert_eq!(until(&app, "held", "Completed").await["output"], "late");

    let words = format!("\"fail-once {}\"", mark(&folder, "rewound"));
    assert_eq!(
        post(&app, "/instances/failed/raiseEvent/go", &words).await,
        202
    );
    let failed = until(&app, "failed", "Failed").await;
    assert!(
        failed["output"]
            .as_str()
            .unwrap()
            .contains("failed the first time"),
        "{failed}"
    );
    assert_eq!(
        post(&app, "/instances/failed/rewind?reason=again", "").await,
        202
    );
    assert_eq!(until(&app, "failed", "Completed").await["output"], "did it");

    assert_eq!(delete(&app, "/instances/purged").await, 412);
    assert_eq!(post(&app, "/instances/purged/terminate", "").await, 202);
    until(&app, "purged", "Terminated").await;
    assert_eq!(delete(&app, "/instances/purged").await, 200);
    assert_eq!(delete(&app, "/instances/purged").await, 404);
    assert_eq!(app.get("/api/ask/purged").await.body, "none");

    assert_eq!(
        post(
            &app,
            "/instances/ended/restart?restartWithNewInstanceId=false",
            ""
        )
        .await,
        202
    );
    until(&app, "ended", "Running").await;
    assert_eq!(
        post(&app, "/instances/ended/raiseEvent/GO", "\"return 2\"").await,
        202
    );
    assert_eq!(until(&app, "ended", "Completed").await["output"], "2");
    app.stop().await;
}

#[tokio::test]
async fn values_over_the_size_of_a_message_are_named() {
    let app = start().await;
    // A result of five million bytes is kept, and a client that has it limited is told so.
    start_as(&app, "tries", "big", &json!("big 5000000")).await;
    let ended = until(&app, "big", "Completed").await;
    assert_eq!(ended["output"].as_str().unwrap().len(), 5_000_000);
    for path in ["/api/ask/big", "/api/begin/5000000"] {
        let said = app.get(path).await.body;
        let expected = "a value is larger than a message of the task hub may be: ";
        assert!(said.starts_with(expected), "{path}: {said}");
        assert!(
            said.contains("the limit is: 4194304 bytes"),
            "{path}: {said}"
        );
    }
    assert_eq!(run(&app, "tries", &json!("return on")).await, "on");
    app.stop().await;
}
