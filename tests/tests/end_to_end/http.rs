//! Requests over a real socket, and what comes back.

use azure_functions_host::EventKind;
use azure_functions_tests::app::{App, Reply, Setup, soon};
use http::StatusCode;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

async fn check(app: &App, cases: &[(&str, &str, StatusCode, &str)]) {
    for (target, body, status, answer) in cases {
        let (method, path) = target.split_once(' ').unwrap();
        let reply = soon(app.send(method.parse().unwrap(), path, body)).await;
        assert_eq!(reply, Reply::new(*status, answer), "{target} {body}");
    }
}

#[tokio::test]
async fn functions_answer() {
    let app = Setup::example("http").start().await;
    check(
        &app,
        &[
            (
                "GET /api/greet?name=Rust",
                "",
                StatusCode::OK,
                "Hello, Rust!",
            ),
            ("GET /api/greet", "", StatusCode::OK, "Hello, world!"),
            (
                "GET /api/greet?name=%C3%89va%20%26%20Co",
                "",
                StatusCode::OK,
                "Hello, Éva & Co!",
            ),
            (
                "GET /API/Greet?name=Rust",
                "",
                StatusCode::OK,
                "Hello, Rust!",
            ),
            (
                "GET /api/pause?millis=1",
                "",
                StatusCode::OK,
                "Thank you for waiting",
            ),
            ("GET /api/double?number=21", "", StatusCode::OK, "42"),
            (
                "POST /api/order",
                r#"{"item":"book","amount":2,"price":1250}"#,
                StatusCode::OK,
                r#"{"item":"book","total":2500}"#,
            ),
        ],
    )
    .await;
    app.stop().await;
}

#[tokio::test]
async fn an_event_arrives_before_the_function_ends() {
    let mut app = Setup::example("http").start().await;
    let mut stream = TcpStream::connect(app.host.address()).await.unwrap();
    // An hour between the events: nobody waits for the second.
    let head = "GET /api/countdown/2?millis=3600000 HTTP/1.1\r\nHost: localhost\r\n\r\n";
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    while !answer.ends_with(b"data: 2\n\n\r\n") {
        soon(stream.read_buf(&mut answer)).await.unwrap();
    }
    drop(stream);
    // The client has left: the rest of the hours is not counted.
    let end = app.event(EventKind::Failed, "countdown").await;
    assert!(
        end.exception
            .unwrap()
            .contains("the client left before the end of the response")
    );
    app.stop().await;
}

#[tokio::test]
async fn a_body_that_does_not_fit_is_refused_with_the_field() {
    let app = Setup::example("http").start().await;
    for (body, named) in [
        (r#"{"item":"book","amount":"two","price":1}"#, "`amount`"),
        (r#"{"item":"book","amount":2}"#, "`price`"),
        (r#"{"item":"#, "line 1 column 8"),
        ("", "the request needs a body"),
    ] {
        let reply = app.post("/api/order", body).await;
        assert_eq!(reply.status, 400, "{body}");
        let answer: Value = serde_json::from_str(&reply.body).unwrap();
        let error = answer["error"].as_str().unwrap();
        assert!(error.contains(named), "{body}: {error}");
    }
    app.stop().await;
}

#[tokio::test]
async fn a_body_that_is_too_large_is_refused() {
    let app = Setup::example("http").start().await;
    let mut stream = TcpStream::connect(app.host.address()).await.unwrap();
    let limit = 100 << 20;
    let head = format!(
        "POST /api/order HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
        limit + 1
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    soon(stream.read_to_end(&mut answer)).await.unwrap();
    let answer = String::from_utf8(answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
    app.stop().await;
}

#[tokio::test]
async fn routes_have_parameters_with_constraints() {
    let app = Setup::example("http").start().await;
    check(
        &app,
        &[
            ("GET /api/items", "", StatusCode::OK, "book\nlamp\npen"),
            ("GET /api/items/1", "", StatusCode::OK, "lamp"),
            (
                "GET /api/items/7",
                "",
                StatusCode::NOT_FOUND,
                "there is no item 7",
            ),
        ],
    )
    .await;
    for target in [
        "GET /api/items/lamp",
        "GET /api/items/1/2",
        "GET /api/nothing",
        "POST /api/greet",
        "GET /nothing",
    ] {
        let (method, path) = target.split_once(' ').unwrap();
        let reply = soon(app.send(method.parse().unwrap(), path, "")).await;
        assert_eq!(reply.status, 404, "{target}");
        assert!(reply.body.contains(path), "{target}: {}", reply.body);
    }
    app.stop().await;
}

#[tokio::test]
async fn invocations_share_the_state() {
    let app = Setup::example("http").start().await;
    for number in 1..=3 {
        let reply = app.get("/api/visit").await;
        let visit: Value = serde_json::from_str(&reply.body).unwrap();
        assert_eq!(visit["number"], number);
    }
    app.stop().await;
}

#[tokio::test]
async fn the_admin_pages_tell_of_the_app() {
    let app = Setup::example("http").start().await;
    let json = async |path| serde_json::from_str::<Value>(&app.get(path).await.body).unwrap();
    assert_eq!(json("/admin/host/status").await["state"], "Running");
    let functions = json("/admin/functions").await;
    let names: Vec<_> = functions
        .as_array()
        .unwrap()
        .iter()
        .map(|function| function["name"].as_str().unwrap())
        .collect();
    assert_eq!(
        names,
        [
            "countdown",
            "double",
            "explode",
            "greet",
            "items",
            "measure",
            "order",
            "pause",
            "visit"
        ]
    );
    let greet = json("/admin/functions/greet").await;
    assert_eq!(
        greet["invoke_url_template"],
        json!(format!("http://{}/api/greet", app.host.address()))
    );
    assert_eq!(app.get("/admin/host/ping").await.status, 200);
    assert_eq!(app.get("/admin/functions/nothing").await.status, 404);
    let run = app.post("/admin/functions/visit", r#"{"input":""}"#).await;
    assert_eq!(run.status, 202, "{}", run.body);
    app.stop().await;
}
