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
