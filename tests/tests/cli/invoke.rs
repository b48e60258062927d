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
    ("activityTrigger", "activityTrigger", ""),
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
    ("mcpPromptTrigger", "mcpPromptArgument", ""),
    ("mcpResourceTrigger", "mcpResourceTrigger", ""),
    ("mcpToolTrigger", "mcpToolTrigger", ""),
    ("mcpToolTrigger", "mcpToolProperty", ""),
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
    let arguments: Vec<String> = [&["invoke"], arguments, &["--port", port]]
        .concat()
        .into_iter()
        .map(str::to_owned)
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

/// What runs over a history that only the task hub of Durable Functions has: [`what_nobody_can_call`] is told how it is started.
const HUB: [&str; 2] = ["entityTrigger", "orchestrationTrigger"];

#[test]
fn every_trigger_has_an_event() {
    let table = fs::read_to_string(build::root().join("docs/bindings.md")).unwrap();
    let rows = table.lines().filter_map(|line| {
        let cells: Vec<_> = line.split('|').map(str::trim).collect();
        (cells.get(3) == Some(&"trigger")).then(|| cells[1].trim_matches('`').to_owned())
    });
    let documented: BTreeSet<_> = rows.filter(|kind| !HUB.contains(&kind.as_str())).collect();
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
    check(
        &["queueTrigger", "--sample"],
        expect![[r#"
        exit code 0
        --- stdout
        done: A sample message
        --- stderr
          warning taking `A sample message`
          output queue $return: done: A sample message
        Called `queueTrigger` in [DURATION]
    "#]],
    )
    .await;
    check(&["QUEUEtrigger", "--data", "{}"], expect![[r#"
        exit code 1
        --- stderr
        error: the function `queueTrigger` failed: parameter `message`: missing field `title` at line 1 column 2
    "#]]).await;
    check(&["eventGridTrigger", "--sample=cloud-event"], expect![[r#"
        exit code 1
        --- stderr
        error: the function `eventGridTrigger` failed: parameter `event`: the event has the schema of CloudEvents; take a `CloudEvent`
    "#]]).await;
    check(
        &["mcpToolTrigger", "--sample"],
        expect![[r#"
        exit code 0
        --- stdout
        forecast {"city": String("sample")}
        --- stderr
        Called `mcpToolTrigger` in [DURATION]
    "#]],
    )
    .await;
    check(
        &["mcpToolTrigger", "--sample", "--quiet"],
        expect![[r#"
        exit code 0
        --- stdout
        forecast {"city": String("sample")}
    "#]],
    )
    .await;
    check(
        &["mcpToolProperty", "--sample"],
        expect![[r#"
        exit code 0
        --- stdout
        sample for 1 days
        --- stderr
        Called `mcpToolProperty` in [DURATION]
    "#]],
    )
    .await;
    check(
        &["mcpPromptArgument", "--sample"],
        expect![[r#"
        exit code 0
        --- stdout
        sample
        --- stderr
        Called `mcpPromptArgument` in [DURATION]
    "#]],
    )
    .await;
    check(
        &["activityTrigger", "--sample"],
        expect![[r#"
        exit code 0
        --- stdout
        Hello, sample!
        --- stderr
          warning greeting `sample`
        Called `activityTrigger` in [DURATION]
    "#]],
    )
    .await;
    check(
        &["activityTrigger", "--data", "\"Ferris\"", "--quiet"],
        expect![[r#"
            exit code 0
            --- stdout
            Hello, Ferris!
        "#]],
    )
    .await;
    check(
        &["warmup"],
        expect![[r#"
        exit code 0
        --- stderr
        Called `warmup` in [DURATION]
    "#]],
    )
    .await;
    check(
        &["blobTrigger", "--data", "incoming/a.b"],
        expect![[r#"
            exit code 1
            --- stderr
            error: the host does not call `blobTrigger`: there is no blob `incoming/a.b`

            hint: give what the trigger takes; `--sample` is an event that it does
        "#]],
    )
    .await;
    check(
        &["httpTrigger", "--sample", "--param", "word=a b&c"],
        expect![[r#"
            exit code 0
            --- stdout
            GET 1 `a b&c` ``--- stderr
            Called `httpTrigger` with GET /api/greet/1?word=a%20b%26c: 200 OK in [DURATION]
        "#]],
    )
    .await;
    check(
        &["httpTrigger", "--data", "hello", "--param", "id=7"],
        expect![[r#"
            exit code 0
            --- stdout
            POST 7 `` `hello`--- stderr
            Called `httpTrigger` with POST /api/greet/7: 200 OK in [DURATION]
        "#]],
    )
    .await;
    check(&["httpTrigger", "--param", "id=x"], expect![[r#"
        exit code 1
        --- stdout
        no function answers `GET /api/greet/x`; `/admin/functions` lists those that there are--- stderr
        Called `httpTrigger` with GET /api/greet/x: 404 Not Found in [DURATION]
    "#]]).await;
    check(
        &["httpTrigger", "--param", "id=1", "--method", "delete"],
        expect![[r#"
            exit code 1
            --- stdout
            no function answers `DELETE /api/greet/1`; `/admin/functions` lists those that there are--- stderr
            Called `httpTrigger` with DELETE /api/greet/1: 404 Not Found in [DURATION]
        "#]],
    )
    .await;
    check(
        &["teapot"],
        expect![[r#"
        exit code 1
        --- stderr
        Called `teapot` with GET /api/teapot: 418 I'm a teapot in [DURATION]
    "#]],
    )
    .await;
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_are_told_of_too() {
    let program = Path::new(env!("CARGO_BIN_EXE_http_app"));
    // The worker gets requests itself, or as part of the messages.
    for forwarded in [true, false] {
        let setup = Setup::new(program, &build::root().join("tests"));
        let setup = if forwarded {
            setup
        } else {
            setup.with("WHOLE", "1")
        };
        let app = setup.start().await;
        let port = port(&app);
        let check = async |arguments: &[&str], expected: Expect| {
            expected.assert_eq(&invoke(&port, arguments).await);
        };
        check(
            &["two", "--data", "an item"],
            expect![[r#"
            exit code 0
            --- stdout
            queued--- stderr
              output queue $return: an item
            Called `two` with POST /api/two: 200 OK in [DURATION]
        "#]],
        )
        .await;
        check(
            &["pieces", "--method", "get"],
            expect![[r#"
            exit code 0
            --- stdout
            1
            2
            3
            --- stderr
              information piece 1
              information piece 2
              information piece 3
            Called `pieces` with GET /api/pieces: 200 OK in [DURATION]
        "#]],
        )
        .await;
        check(
            &["fails"],
            expect![[r#"
            exit code 1
            --- stderr
            Called `fails` with GET /api/fails: 500 Internal Server Error in [DURATION]
            error: the function failed: no luck
        "#]],
        )
        .await;
        check(
            &["nothing"],
            expect![[r#"
            exit code 0
            --- stderr
            Called `nothing` with GET /api/nothing: 204 No Content in [DURATION]
        "#]],
        )
        .await;
        let shown = invoke(&port, &["two", "--data", "an item", "--json"]).await;
        let (_, object) = shown.split_once("\n--- stdout\n").unwrap();
        let object: Value = serde_json::from_str(object).unwrap();
        assert_eq!(object["succeeded"], true);
        assert_eq!(object["body"], "queued");
        assert_eq!(object["outputs"][0]["value"], "an item");
        assert!(object["invocationId"].is_string(), "{object}");
        app.stop().await;
    }
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
    check(
        &["queueTrigger", "--file", &good],
        expect![[r#"
        exit code 0
        --- stdout
        done: of a file
        --- stderr
          warning taking `of a file`
          output queue $return: done: of a file
        Called `queueTrigger` in [DURATION]
    "#]],
    )
    .await;
    check(
        &["queueTrigger", "--file", &broken],
        expect![[r#"
        exit code 1
        --- stderr
        error: `[FOLDER]/broken.json` is not JSON
          caused by: expected value at line 3 column 1

        hint: mend the file, or give it another ending if it is not meant to be JSON
    "#]],
    )
    .await;
    check(
        &["queueTrigger", "--file", &bytes],
        expect![[r#"
        exit code 1
        --- stderr
        error: the data is not text, but a message for this trigger is

        hint: write it as UTF-8; only a request to an HTTP function can have any bytes
    "#]],
    )
    .await;
    let missing = folder.path().join("missing").to_str().unwrap().to_owned();
    check(
        &["queueTrigger", "--file", &missing],
        expect![[r#"
        exit code 1
        --- stderr
        error: cannot read `[FOLDER]/missing`
          caused by: No such file or directory (os error [CODE])

        hint: check the path and the permissions
    "#]],
    )
    .await;
    check(
        &["httpTrigger", "--file", &bytes, "--param", "id=1"],
        expect![[r#"
            exit code 0
            --- stdout
            POST 1 `` ``--- stderr
            Called `httpTrigger` with POST /api/greet/1: 200 OK in [DURATION]
        "#]],
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
    check(
        &["queTrigger"],
        expect![[r#"
        exit code 1
        --- stderr
        error: the app has no function `queTrigger`

        hint: did you mean `queueTrigger`?
    "#]],
    )
    .await;
    check(&["zebra"], expect![[r#"
        exit code 1
        --- stderr
        error: the app has no function `zebra`

        hint: it has `activityTrigger`, `any`, `blobTrigger`, `cloudEvent`, `cosmosDBTrigger`, `daprBindingTrigger`, `daprServiceInvocationTrigger`, `daprTopicTrigger`, `entityTrigger`, `eventGridTrigger`, `eventHubTrigger`, `httpTrigger`, `kafkaTrigger`, `mcpPromptArgument`, `mcpPromptTrigger`, `mcpResourceTrigger`, `mcpToolProperty`, `mcpToolTrigger`, `mysqlTrigger`, `orchestrationTrigger`, `queueTrigger`, `rabbitMQTrigger`, `redisListTrigger`, `redisPubSubTrigger`, `redisStreamTrigger`, `serviceBusTrigger`, `signalRTrigger`, `sqlTrigger`, `teapot`, `timerTrigger`, `warmup`, `webPubSubTrigger`
    "#]]).await;
    check(
        &["queueTrigger"],
        expect![[r#"
        exit code 2
        --- stderr
        error: nothing says what the `queueTrigger` is to hand over

        hint: give it with `--data` or `--file`, or take a built-in event with `--sample`
    "#]],
    )
    .await;
    check(
        &["blobTrigger"],
        expect![[r#"
        exit code 2
        --- stderr
        error: nothing says what the `blobTrigger` is to hand over

        hint: give the path of a blob with `--data`, or take a built-in event with `--sample`
    "#]],
    )
    .await;
    check(&["orchestrationTrigger", "--sample"], expect![[r#"
        exit code 2
        --- stderr
        error: the function `orchestrationTrigger` is an orchestrator, which runs only over its history

        hint: start it with `cargo func durable start orchestrationTrigger`
    "#]]).await;
    check(&["entityTrigger"], expect![[r#"
        exit code 2
        --- stderr
        error: the function `entityTrigger` is an entity, which runs only over its history

        hint: an orchestration calls it, or a function signals it; `cargo func durable start NAME` starts an orchestration
    "#]]).await;
    check(
        &["activityTrigger", "--data", "Ferris"],
        expect![[r#"
        exit code 1
        --- stderr
        error: the data is not JSON, but the `activityTrigger` hands over JSON
          caused by: expected value at line 1 column 1

        hint: `--sample` takes an event as the service sends it
    "#]],
    )
    .await;
    check(
        &["queueTrigger", "--sample=entry"],
        expect![[r#"
        exit code 1
        --- stderr
        error: the `queueTrigger` has no built-in event `entry`

        hint: there is `message`
    "#]],
    )
    .await;
    check(
        &["sqlTrigger", "--data", "[1,\n}"],
        expect![[r#"
            exit code 1
            --- stderr
            error: the data is not JSON, but the `sqlTrigger` hands over JSON
              caused by: expected value at line 2 column 1

            hint: `--sample` takes an event as the service sends it
        "#]],
    )
    .await;
    check(
        &["httpTrigger"],
        expect![[r#"
        exit code 1
        --- stderr
        error: the route of the function `httpTrigger` has the parameter `id`, which has no value

        hint: give it with `--param id=VALUE`, or take a made-up one with `--sample`
    "#]],
    )
    .await;
    check(
        &["httpTrigger", "--param", "id"],
        expect![[r#"
        exit code 2
        --- stderr
        error: invalid value 'id' for '--param <NAME=VALUE>': write `NAME=VALUE`

        For more information, try '--help'.
    "#]],
    )
    .await;
    check(
        &["queueTrigger", "--data", "a", "--sample"],
        expect![[r#"
        exit code 2
        --- stderr
        error: the argument '--data <TEXT>' cannot be used with '--sample[=<NAME>]'

        Usage: cargo func invoke --data <TEXT> --port <PORT> <FUNCTION>

        For more information, try '--help'.
    "#]],
    )
    .await;
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
    check(
        &["--port", &free.port().to_string()],
        &[],
        expect![[r#"
        exit code 1
        --- stderr
        error: no function app answers at http://localhost:[PORT]
          caused by: io: Connection refused (os error [CODE])

        hint: start the app with `cargo func run`, or say where it listens with `--port` or `--url`
    "#]],
    );
    check(
        &["--url", "not an address"],
        &[],
        expect![[r#"
        exit code 1
        --- stderr
        error: `not an address` is not the address of a function app

        hint: write it as `https://NAME.azurewebsites.net` or `http://localhost:[PORT]`
    "#]],
    );
    check(
        &["--url", "http://example.com"],
        &[("CARGO_FUNC_KEY", "secret")],
        expect![[r#"
            exit code 1
            --- stderr
            error: the key would go to `http://example.com` unencrypted

            hint: use `https`
        "#]],
    );
    let website = StandIn::new(|_| ("200 OK", "<html>"));
    check(
        &["--port", &website.port()],
        &[],
        expect![[r#"
        exit code 1
        --- stderr
        error: what answers at http://localhost:[PORT] is not a Functions host

        hint: say where the app listens with `--port` or `--url`
    "#]],
    );
    let elsewhere = StandIn::new(|_| ("404 Not Found", ""));
    check(
        &["--port", &elsewhere.port()],
        &[],
        expect![[r#"
        exit code 1
        --- stderr
        error: what answers at http://localhost:[PORT] is not a Functions host

        hint: say where the app listens with `--port` or `--url`
    "#]],
    );
    let locked = StandIn::new(|_| ("401 Unauthorized", ""));
    check(
        &["--port", &locked.port()],
        &[],
        expect![[r#"
        exit code 1
        --- stderr
        error: the host at http://localhost:[PORT] asks for a key

        hint: give the master key in the variable `CARGO_FUNC_KEY` or with `--key`; `az functionapp keys list` shows it as `masterKey`
    "#]],
    );
    check(
        &["--port", &locked.port(), "--key", "wrong"],
        &[],
        expect![[r#"
            exit code 1
            --- stderr
            error: the host at http://localhost:[PORT] refuses the key

            hint: give the master key in the variable `CARGO_FUNC_KEY` or with `--key`; `az functionapp keys list` shows it as `masterKey`
        "#]],
    );
    let down = StandIn::new(|_| ("503 Service Unavailable", ""));
    check(
        &["--port", &down.port()],
        &[],
        expect![[r#"
        exit code 1
        --- stderr
        error: the host at http://localhost:[PORT] cannot run the app

        hint: the log of the host says why
    "#]],
    );
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
    check(
        &["work", "--sample"],
        expect![[r#"
        exit code 0
        --- stderr
        warning: the function `work` is disabled: only calls by hand reach it
        Began `work`; the host at http://localhost:[PORT] does not say what becomes of it

        hint: its log does, or Application Insights
    "#]],
    );
    check(
        &["look", "--sample"],
        expect![[r#"
        exit code 0
        --- stderr
        Began `look`; the host at http://localhost:[PORT] does not say what becomes of it
        note: it reads the blob `in/sample`, which has to be there

        hint: its log does, or Application Insights
    "#]],
    );
    check(
        &["look", "--sample", "--json"],
        expect![[r#"
        exit code 0
        --- stdout
        {"function":"look","succeeded":null,"blob":"in/sample"}
    "#]],
    );
    check(
        &["gone", "--sample"],
        expect![[r#"
            exit code 1
            --- stderr
            error: the host does not call `gone`: it answers 404 Not Found

            hint: give what the trigger takes; `--sample` is an event that it does
        "#]],
    );
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
    expect![[r#"
        exit code 1
        --- stderr
        error: `[FOLDER]/local.settings.json` is not JSON
          caused by: `}` begins no value; put strings into quotes, at `Values`, line 3, column 13
    "#]]
    .assert_eq(&filtered(&shown, folder.path()));
    // Port 1 is nobody's.
    fs::write(
        folder.path().join("local.settings.json"),
        r#"{ "Host": { "LocalHttpPort": 1 } }"#,
    )
    .unwrap();
    let shown = run(folder.path(), &["invoke", "greet"]);
    expect![[r#"
        exit code 1
        --- stderr
        error: no function app answers at http://localhost:[PORT]
          caused by: io: Connection refused (os error [CODE])

        hint: start the app with `cargo func run`, or say where it listens with `--port` or `--url`
    "#]]
    .assert_eq(&filtered(&shown, folder.path()));
}
