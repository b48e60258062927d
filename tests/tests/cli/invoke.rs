//! Calls of functions: every trigger with its built-in event, what is printed, and what can be wrong.

use std::{collections::BTreeSet, fs, net::TcpListener, path::Path};

use azure_functions_tests::{
    app::{App, Setup},
    build,
};
use expect_test::{Expect, expect};
use serde_json::{Value, json};

use crate::{
    stand_in::StandIn,
    support::{filtered, run, run_with},
};

/// Which function of the app is called with which event, for each trigger that `docs/bindings.md` has.
const TRIGGERS: &[(&str, &str, &str)] = &[
    ("any", "any", ""),
    ("blobTrigger", "blobTrigger", ""),
    ("cosmosDBTrigger", "cosmosDBTrigger", ""),
    ("daprBindingTrigger", "daprBindingTrigger", ""),
    (
        "daprServiceInvocationTrigger",
        "daprServiceInvocationTrigger",
        "",
    ),
    ("daprTopicTrigger", "daprTopicTrigger", ""),
    ("eventGridTrigger", "eventGridTrigger", ""),
    ("eventGridTrigger", "cloudEvent", "cloud-event"),
    ("eventHubTrigger", "eventHubTrigger", ""),
    ("httpTrigger", "httpTrigger", ""),
    ("kafkaTrigger", "kafkaTrigger", ""),
    ("mcpPromptTrigger", "mcpPromptTrigger", ""),
    ("mcpResourceTrigger", "mcpResourceTrigger", ""),
    ("mcpToolTrigger", "mcpToolTrigger", ""),
    ("mysqlTrigger", "mysqlTrigger", ""),
    ("queueTrigger", "queueTrigger", ""),
    ("rabbitMQTrigger", "rabbitMQTrigger", ""),
    ("redisListTrigger", "redisListTrigger", ""),
    ("redisPubSubTrigger", "redisPubSubTrigger", ""),
    ("redisStreamTrigger", "redisStreamTrigger", ""),
    ("serviceBusTrigger", "serviceBusTrigger", ""),
    ("signalRTrigger", "signalRTrigger", ""),
    ("sqlTrigger", "sqlTrigger", ""),
    ("timerTrigger", "timerTrigger", ""),
    ("warmupTrigger", "warmup", ""),
    ("webPubSubTrigger", "webPubSubTrigger", ""),
];

async fn app() -> App {
    let folder = build::root().join("tests");
    Setup::new(Path::new(env!("CARGO_BIN_EXE_triggers_app")), &folder)
        .start()
        .await
}

/// Runs the tool beside a host, which is on this thread's runtime.
async fn invoke(port: &str, arguments: &[&str]) -> String {
    let arguments: Vec<_> = ["invoke"]
        .iter()
        .chain(arguments)
        .map(|&text| text.to_owned());
    let arguments: Vec<String> = arguments
        .chain(["--port".to_owned(), port.to_owned()])
        .collect();
    let running = tokio::task::spawn_blocking(move || {
        let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
        filtered(&run(build::root(), &arguments), build::root())
    });
    running.await.unwrap()
}

fn port(app: &App) -> String {
    app.host.address().port().to_string()
}

#[test]
fn every_trigger_has_an_event() {
    let table = fs::read_to_string(build::root().join("docs/bindings.md")).unwrap();
    let rows = table.lines().filter_map(|line| {
        let cells: Vec<_> = line.split('|').map(str::trim).collect();
        (cells.get(3) == Some(&"trigger")).then(|| cells[1].trim_matches('`').to_owned())
    });
    let documented: BTreeSet<_> = rows.collect();
    let called: BTreeSet<_> = TRIGGERS
        .iter()
        .map(|(kind, ..)| (*kind).to_owned())
        .collect();
    assert_eq!(called, documented);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_event_is_taken() {
    let app = app().await;
    let port = port(&app);
    for (kind, function, sample) in TRIGGERS {
        let sample = match *sample {
            "" => "--sample".to_owned(),
            name => format!("--sample={name}"),
        };
        let shown = invoke(&port, &[function, &sample]).await;
        assert!(
            shown.starts_with("exit code 0\n"),
            "{kind} {function}\n{shown}"
        );
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn results_outputs_and_lines_are_shown() {
    let app = app().await;
    let port = port(&app);
    let check = async |arguments: &[&str], expected: Expect| {
        expected.assert_eq(&invoke(&port, arguments).await);
    };
    check(&["queueTrigger", "--sample"], expect![[""]]).await;
    check(&["QUEUEtrigger", "--data", "{}"], expect![[""]]).await;
    check(&["eventGridTrigger", "--sample=cloud-event"], expect![[""]]).await;
    check(&["mcpToolTrigger", "--sample"], expect![[""]]).await;
    check(&["mcpToolTrigger", "--sample", "--quiet"], expect![[""]]).await;
    check(&["warmup"], expect![[""]]).await;
    check(&["blobTrigger", "--data", "incoming/a.b"], expect![[""]]).await;
    check(
        &["httpTrigger", "--sample", "--param", "word=a b&c"],
        expect![[""]],
    )
    .await;
    check(
        &["httpTrigger", "--data", "hello", "--param", "id=7"],
        expect![[""]],
    )
    .await;
    check(&["httpTrigger", "--param", "id=x"], expect![[""]]).await;
    check(
        &["httpTrigger", "--param", "id=1", "--method", "delete"],
        expect![[""]],
    )
    .await;
    check(&["teapot"], expect![[""]]).await;
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn programs_get_an_object() {
    let app = app().await;
    let port = port(&app);
    let object = async |arguments: &[&str]| -> (bool, Value) {
        let shown = invoke(&port, &[arguments, &["--json"]].concat()).await;
        let (code, object) = shown.split_once("\n--- stdout\n").unwrap();
        (code == "exit code 0", serde_json::from_str(object).unwrap())
    };
    let (succeeded, work) = object(&["queueTrigger", "--sample"]).await;
    assert!(succeeded);
    assert_eq!(work["succeeded"], true);
    assert_eq!(
        work["outputs"],
        json!([{ "name": "$return", "type": "queue", "value": "done: A sample message" }])
    );
    assert_eq!(work["logs"][0]["message"], "taking `A sample message`");
    assert_eq!(work["logs"][0]["level"], "warning");
    let (succeeded, work) = object(&["queueTrigger", "--data", "none"]).await;
    assert!(!succeeded);
    assert_eq!(work["succeeded"], false);
    assert!(
        work["error"]
            .as_str()
            .unwrap()
            .contains("parameter `message`"),
        "{work}"
    );
    let (succeeded, greet) = object(&["httpTrigger", "--sample"]).await;
    assert!(succeeded);
    assert_eq!(greet["status"], 200);
    assert_eq!(greet["path"], "/api/greet/1");
    assert_eq!(greet["body"], "GET 1 `` ``");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn data_comes_from_files() {
    let app = app().await;
    let port = port(&app);
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, content: &[u8]| {
        let path = folder.path().join(name);
        fs::write(&path, content).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let good = file("good.json", br#"{ "title": "of a file" }"#);
    let broken = file("broken.json", b"{\n  \"title\": \n}");
    let bytes = file("bytes", b"\xff\xfe");
    let check = async |arguments: &[&str], expected: Expect| {
        let shown = invoke(&port, arguments).await;
        expected.assert_eq(&filtered(&shown, folder.path()));
    };
    check(&["queueTrigger", "--file", &good], expect![[""]]).await;
    check(&["queueTrigger", "--file", &broken], expect![[""]]).await;
    check(&["queueTrigger", "--file", &bytes], expect![[""]]).await;
    let missing = folder.path().join("missing").to_str().unwrap().to_owned();
    check(&["queueTrigger", "--file", &missing], expect![[""]]).await;
    check(
        &["httpTrigger", "--file", &bytes, "--param", "id=1"],
        expect![[""]],
    )
    .await;
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_can_call() {
    let app = app().await;
    let port = port(&app);
    let check = async |arguments: &[&str], expected: Expect| {
        expected.assert_eq(&invoke(&port, arguments).await);
    };
    check(&["queTrigger"], expect![[""]]).await;
    check(&["zebra"], expect![[""]]).await;
    check(&["queueTrigger"], expect![[""]]).await;
    check(&["blobTrigger"], expect![[""]]).await;
    check(&["queueTrigger", "--sample=entry"], expect![[""]]).await;
    check(&["sqlTrigger", "--data", "[1,\n}"], expect![[""]]).await;
    check(&["httpTrigger"], expect![[""]]).await;
    check(&["httpTrigger", "--param", "id"], expect![[""]]).await;
    check(&["queueTrigger", "--data", "a", "--sample"], expect![[""]]).await;
    app.stop().await;
}

#[test]
fn hosts_that_are_not_there() {
    let check = |arguments: &[&str], variables: &[(&str, &str)], expected: Expect| {
        let shown = run_with(
            build::root(),
            &[&["invoke", "greet"], arguments].concat(),
            variables,
        );
        expected.assert_eq(&filtered(&shown, build::root()));
    };
    let free = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    check(&["--port", &free.port().to_string()], &[], expect![[""]]);
    check(&["--url", "not an address"], &[], expect![[""]]);
    check(
        &["--url", "http://example.com"],
        &[("CARGO_FUNC_KEY", "secret")],
        expect![[""]],
    );
    let website = StandIn::new(|_| ("200 OK", "<html>"));
    check(&["--port", &website.port()], &[], expect![[""]]);
    let elsewhere = StandIn::new(|_| ("404 Not Found", ""));
    check(&["--port", &elsewhere.port()], &[], expect![[""]]);
    let locked = StandIn::new(|_| ("401 Unauthorized", ""));
    check(&["--port", &locked.port()], &[], expect![[""]]);
    check(
        &["--port", &locked.port(), "--key", "wrong"],
        &[],
        expect![[""]],
    );
    let down = StandIn::new(|_| ("503 Service Unavailable", ""));
    check(&["--port", &down.port()], &[], expect![[""]]);
}

/// What the real host answers, as it is recorded in `admin.jsonl`.
fn real(request: &str) -> (&'static str, &'static str) {
    const LIST: &str = r#"[
        {"name":"work","invoke_url_template":null,"isDisabled":true,"config":{"bindings":[{"type":"queueTrigger","name":"m","queueName":"q"}]}},
        {"name":"look","invoke_url_template":null,"isDisabled":false,"config":{"bindings":[{"type":"blobTrigger","name":"b","path":"in/{name}"}]}},
        {"name":"gone","invoke_url_template":null,"isDisabled":false,"config":{"bindings":[{"type":"queueTrigger","name":"m","queueName":"q"}]}}
    ]"#;
    match request {
        "GET /admin/functions HTTP/1.1" => ("200 OK", LIST),
        "POST /admin/functions/gone HTTP/1.1" => ("404 Not Found", ""),
        _ => ("202 Accepted", ""),
    }
}

#[test]
fn a_host_that_tells_nothing() {
    let host = StandIn::new(real);
    let port = host.port();
    let check = |arguments: &[&str], expected: Expect| {
        let shown = run(
            build::root(),
            &[&["invoke"], arguments, &["--port", &port]].concat(),
        );
        expected.assert_eq(&filtered(&shown, build::root()));
    };
    check(&["work", "--sample"], expect![[""]]);
    check(&["look", "--sample"], expect![[""]]);
    check(&["look", "--sample", "--json"], expect![[""]]);
    check(&["gone", "--sample"], expect![[""]]);
}

#[test]
fn settings_that_cannot_be_read() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("host.json"), "{}").unwrap();
    fs::write(
        folder.path().join("local.settings.json"),
        "{\n  \"Host\": { \"LocalHttpPort\": 1 },\n  \"Values\": }\n",
    )
    .unwrap();
    let shown = run(folder.path(), &["invoke", "greet"]);
    expect![[""]].assert_eq(&filtered(&shown, folder.path()));
    // Port 1 is nobody's.
    fs::write(
        folder.path().join("local.settings.json"),
        r#"{ "Host": { "LocalHttpPort": 1 } }"#,
    )
    .unwrap();
    let shown = run(folder.path(), &["invoke", "greet"]);
    expect![[""]].assert_eq(&filtered(&shown, folder.path()));
}
