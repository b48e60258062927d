//! Layers of `tower` around functions, on both ways of HTTP and around a queue.

use std::path::Path;

use azure_functions_host::{EventKind, config::MessageEncoding, store::NewMessage};
use azure_functions_tests::app::{App, Setup, soon};
use bytes::Bytes;
use http::{Method, Request};
use http_body_util::{BodyExt as _, Full};
use hyper_util::{client::legacy::Client, rt::TokioExecutor};

async fn start(forwarded: bool) -> App {
    let program = Path::new(env!("CARGO_BIN_EXE_layered_app"));
    let mut setup = Setup::new(program, Path::new(env!("CARGO_MANIFEST_DIR")));
    // So that the test can write messages.
    setup.config.host_json.queues.message_encoding = MessageEncoding::None;
    let setup = if forwarded {
        setup
    } else {
        setup.with("WHOLE", "1")
    };
    setup.start().await
}

/// Sends a request, and gives the status, the header that a layer adds, and the body.
async fn ask(
    app: &App,
    method: Method,
    path: &str,
    user: Option<&str>,
    body: &'static str,
) -> String {
    let mut request = Request::builder()
        .method(method)
        .uri(format!("http://{}/api/{path}", app.host.address()));
    if let Some(user) = user {
        request = request.header("x-user", user);
    }
    let client: Client<_, Full<Bytes>> = Client::builder(TokioExecutor::new()).build_http();
    let response = client.request(request.body(Full::from(body)).unwrap());
    let (parts, body) = soon(response).await.unwrap().into_parts();
    let body = soon(body.collect()).await.unwrap().to_bytes();
    let header = |name| {
        parts
            .headers
            .get(name)
            .and_then(|value| value.to_str().ok())
    };
    format!(
        "{} {:?} {:?} {}",
        parts.status.as_u16(),
        header("x-served"),
        header("www-authenticate"),
        String::from_utf8_lossy(&body)
    )
}

#[tokio::test]
async fn around_requests() {
    for forwarded in [false, true] {
        let mut app = start(forwarded).await;
        for (method, path, user, body, expected) in [
            (
                Method::GET,
                "greet",
                None,
                "",
                "401 None Some(\"x-user\") who asks for GET /api/greet?",
            ),
            (
                Method::GET,
                "greet",
                Some("Ada"),
                "",
                "200 Some(\"Ada\") None Hello, Ada",
            ),
            (
                Method::POST,
                "echo",
                None,
                "hi",
                "401 None Some(\"x-user\") who asks for POST /api/echo?",
            ),
            (
                Method::POST,
                "echo",
                Some("Ada"),
                "hi",
                "200 Some(\"Ada\") None hi",
            ),
            // A function that gives no response has one when a layer does.
            (
                Method::GET,
                "nothing",
                None,
                "",
                "401 None Some(\"x-user\") who asks for GET /api/nothing?",
            ),
            (
                Method::GET,
                "nothing",
                Some("Ada"),
                "",
                "204 Some(\"Ada\") None ",
            ),
            // A request that is rejected is answered within the layers.
            (
                Method::POST,
                "typed",
                Some("Ada"),
                "x",
                "400 Some(\"Ada\") None {\"error\":\"expected value at line 1 column 1\"}",
            ),
            (
                Method::GET,
                "fails",
                Some("Ada"),
                "",
                "418 Some(\"Ada\") None short and stout",
            ),
            (Method::GET, "slow", Some("Ada"), "", "500 None None "),
            (
                Method::GET,
                "site/a",
                Some("Ada"),
                "",
                "200 Some(\"Ada\") None a for Ada",
            ),
            (
                Method::GET,
                "site/a",
                None,
                "",
                "401 None Some(\"x-user\") who asks for GET /api/site/a?",
            ),
        ] {
            let got = ask(&app, method, path, user, body).await;
            assert_eq!(got, expected, "{path}, forwarded: {forwarded}");
        }
        let event = app.event(EventKind::Failed, "slow").await;
        let exception = event.exception.unwrap_or_default();
        assert!(
            exception.contains("a layer around the function failed: request timed out"),
            "{exception}"
        );
        app.stop().await;
    }
}

#[tokio::test]
async fn around_messages() {
    let mut app = start(true).await;
    let queues = app.host.queues();
    queues.put("taken", NewMessage::new("hi")).await.unwrap();
    assert_eq!(app.logged("message").await, "a queueTrigger passes");
    app.event(EventKind::Succeeded, "message").await;
    app.host
        .queues()
        .put("slow", NewMessage::new("hi"))
        .await
        .unwrap();
    let event = app.event(EventKind::Failed, "slow_message").await;
    let exception = event.exception.unwrap_or_default();
    assert!(exception.contains("request timed out"), "{exception}");
    app.stop().await;
}
