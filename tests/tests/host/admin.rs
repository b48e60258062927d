//! The admin pages.

use azure_functions_host::EventKind;
use serde_json::{Value, json};

use crate::{
    client::{get, post, receive, send},
    support::{App, Setup, http, soon},
};

async fn app() -> App {
    let timer = json!({ "name": "echo_timer", "bindings": [
        { "type": "timerTrigger", "direction": "in", "name": "timer", "schedule": "0 0 0 1 1 *" },
    ]});
    let broken = json!({ "name": "broken", "bindings": [
        { "type": "queueTrigger", "direction": "in", "name": "x", "queueName": "%NO_SUCH_SETTING%" },
    ]});
    Setup::new(&[http("echo"), http("fail"), timer, broken])
        .start()
        .await
}

async fn page(app: &App, path: &str) -> Value {
    let reply = get(app.host.address(), path).await;
    assert_eq!(reply.status, 200, "{path}");
    assert!(
        reply.header.contains("application/json; charset=utf-8"),
        "{path}"
    );
    serde_json::from_str(&reply.body).unwrap()
}

#[tokio::test]
async fn the_pages_say_what_runs() {
    let app = app().await;
    let address = app.host.address();
    let status = page(&app, "/ADMIN/HOST/STATUS/").await;
    assert_eq!(status["state"], "Running");
    assert!(status["workerLatencyMs"].as_f64().unwrap() > 0.0);
    let error = status["errors"][0].as_str().unwrap();
    assert!(
        error.contains("'broken'") && error.contains("NO_SUCH_SETTING"),
        "{error}"
    );

    let list = page(&app, "/admin/functions").await;
    let names: Vec<_> = list
        .as_array()
        .unwrap()
        .iter()
        .map(|function| &function["name"])
        .collect();
    assert_eq!(names, ["echo", "echo_timer", "fail"]);
    let echo = page(&app, "/admin/functions/ECHO").await;
    assert_eq!(
        echo["invoke_url_template"],
        format!("http://{address}/api/echo")
    );
    assert_eq!(echo["config"]["bindings"][0]["type"], "httpTrigger");
    assert_eq!(echo["isDisabled"], false);
    assert_eq!(page(&app, "/admin/functions/echo/status").await, json!({}));
    let broken = page(&app, "/admin/functions/broken/status").await;
    assert!(
        broken["errors"][0]
            .as_str()
            .unwrap()
            .contains("NO_SUCH_SETTING")
    );

    for (path, status) in [
        ("/", 200),
        ("/admin/host/ping", 200),
        ("/admin/functions/missing", 404),
        ("/admin", 404),
        ("/admin/nosuch", 404),
    ] {
        assert_eq!(get(address, path).await.status, status, "{path}");
    }
}

#[tokio::test]
async fn a_function_is_run_by_hand() {
    const JSON: &str = "application/json";
    let mut app = app().await;
    let address = app.host.address();
    for (path, kind, body, status) in [
        ("echo", JSON, r#"{"input":{"a":1}}"#, 400),
        ("echo", JSON, "{bad", 400),
        ("echo", JSON, "", 400),
        ("echo", "text/plain", r#"{"input":"x"}"#, 415),
        ("missing", JSON, r#"{"input":"x"}"#, 404),
        ("broken", JSON, r#"{"input":"x"}"#, 404),
    ] {
        let reply = post(address, &format!("/admin/functions/{path}"), kind, body).await;
        assert_eq!(reply.status, status, "{path} {body}");
        assert!(!reply.body.is_empty(), "{path} {body}");
    }
    let bare = receive(send(address, "POST /admin/functions/echo", &[], "").await).await;
    assert_eq!(bare.status, 415);
    for name in ["echo", "ECHO_TIMER"] {
        let path = format!("/admin/functions/{name}");
        assert_eq!(
            post(address, &path, JSON, r#"{"input":"x"}"#).await.status,
            202
        );
        let event = app.event(EventKind::Succeeded).await;
        assert!(event.function.unwrap().eq_ignore_ascii_case(name));
    }
    soon(app.host.stop()).await.unwrap();
}

/// Pages of the real host that this one does not have; it answers 404.
const ABSENT: &[&str] = &[
    // It asks for no key, and keeps none.
    "/keys",
    "/admin/host/functionkeys",
    "/admin/host/systemkeys",
    "/admin/host/masterkey",
    // It shows and changes no files, and has no extensions to show.
    "/admin/vfs",
    "/admin/functions/download",
    "/admin/functions/newfn",
    "/admin/host/config",
    "/admin/host/extension",
    // It is not one instance of many that a platform drains, scales, restarts or switches off.
    "/admin/host/drain",
    "/admin/host/resume",
    "/admin/host/scale",
    "/admin/host/restart",
    "/admin/host/state",
    "/admin/host/synctriggers",
    "/admin/host/debug",
    "/admin/host/log",
    "/admin/warmup",
    "/admin/instance",
];

/// Recorded answers from which ours differ, and why.
const DIFFERENT: &[(&str, &str)] = &[
    (
        "GET /admin/functions/broken/status",
        "a binding type that is not emulated is no error here: it works in Azure",
    ),
    (
        "POST /admin/functions/broken",
        "as above: the function can be called by hand",
    ),
];

#[derive(Debug, serde::Deserialize)]
struct Row {
    method: String,
    path: String,
    status: Option<u16>,
    note: Option<String>,
    json: Option<Value>,
    request_body: Option<String>,
    #[serde(default)]
    request_headers: Vec<(String, String)>,
}

/// The functions of the recording, as it shows them.
fn recorded_functions(rows: &[Row]) -> Vec<Value> {
    let list = rows
        .iter()
        .find(|row| row.path == "/admin/functions")
        .unwrap();
    let list = list.json.as_ref().unwrap().as_array().unwrap();
    list.iter()
        .map(|function| function["config"].clone())
        .collect()
}

/// What is compared of a page: what the app says of itself, not the addresses of other pages.
fn essence(page: &Value) -> Value {
    match page {
        Value::Array(list) => list.iter().map(essence).collect(),
        Value::Object(members) if members.contains_key("config") => {
            let url = members["invoke_url_template"].as_str().map(|url| {
                let (_, path) = url.split_once("//").unwrap().1.split_once('/').unwrap();
                path.to_owned()
            });
            json!([
                members["name"],
                members["config"],
                members["isDisabled"],
                url
            ])
        }
        Value::Object(members) if members.contains_key("state") => {
            json!([members["state"], members["version"]])
        }
        other => other.clone(),
    }
}

#[tokio::test]
async fn the_pages_answer_as_those_of_the_real_host() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/data/vectors/admin.jsonl");
    let text = std::fs::read_to_string(path).unwrap();
    let rows: Vec<Row> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let app = Setup::new(&recorded_functions(&rows))
        .with("AzureWebJobs.dis.Disabled", "true")
        .start()
        .await;
    let mut compared = 0;
    let mut differences = Vec::new();
    for row in &rows {
        let staged = row.note.as_deref().is_some_and(|note| {
            note.starts_with("after")
                || note.starts_with("host started")
                || note.starts_with("directly")
        });
        if staged || ABSENT.iter().any(|page| row.path.contains(page)) {
            continue;
        }
        compared += 1;
        let mut headers: Vec<_> = row
            .request_headers
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        let length = row.request_body.as_ref().map(|body| body.len().to_string());
        if let Some(length) = &length {
            headers.push(("Content-Length", length));
            if !headers.iter().any(|(name, _)| *name == "Content-Type") {
                headers.push(("Content-Type", "application/json"));
            }
        }
        let target = format!("{} {}", row.method, row.path);
        let body = row.request_body.as_deref().unwrap_or_default();
        let reply = receive(send(app.host.address(), &target, &headers, body).await).await;
        let same = Some(reply.status) == row.status
            && row.json.as_ref().is_none_or(|json| {
                serde_json::from_str(&reply.body)
                    .is_ok_and(|page: Value| essence(&page) == essence(json))
            });
        if !same {
            differences.push((target, format!("{} {}", reply.status, reply.body)));
        }
    }
    assert!(compared >= 100, "{compared}");
    for (target, got) in &differences {
        assert!(
            DIFFERENT.iter().any(|(known, _)| known == target),
            "{target}: {got}"
        );
    }
    for (known, why) in DIFFERENT {
        assert!(
            differences.iter().any(|(target, _)| target == known),
            "{known} no longer differs: {why}"
        );
    }
}
