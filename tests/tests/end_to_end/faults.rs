//! Functions that fail, workers that die, and apps that have nothing to run.

use std::{path::Path, process::Command};

use azure_functions_host::{EventKind, HostError, InvokeError};
use azure_functions_tests::{
    app::{App, Reply, Setup, soon},
    build,
};
use http::{Method, StatusCode};
use serde_json::Value;

/// The number of the worker's process.
async fn process(app: &App) -> u64 {
    let reply = app.get("/api/visit").await;
    let visit: Value = serde_json::from_str(&reply.body).unwrap();
    visit["process"].as_u64().unwrap()
}

#[tokio::test]
async fn a_function_that_fails_is_answered_with_500_and_the_reason_is_in_the_events() {
    let mut app = Setup::example("http").start().await;
    let before = process(&app).await;
    for (path, function, reason) in [
        ("/api/explode", "explode", "boom"),
        ("/api/double?number=x", "double", "`x` is not a number"),
    ] {
        let reply = app.get(path).await;
        assert_eq!(reply, Reply::new(StatusCode::INTERNAL_SERVER_ERROR, ""));
        let event = app.event(EventKind::Failed, function).await;
        let exception = event.exception.unwrap();
        assert!(exception.contains(reason), "{exception}");
    }
    assert_eq!(process(&app).await, before, "the worker was replaced");
    app.stop().await;
}

#[tokio::test]
async fn an_invocation_by_hand_says_what_the_function_said() {
    let app = Setup::example("http").start().await;
    let error = soon(app.host.invoke("explode", "")).await.unwrap_err();
    let InvokeError::Failed { message, stack } = &error else {
        panic!("{error:?}");
    };
    assert_eq!(message, "boom");
    assert!(stack.contains("examples/http/src/faults.rs"), "{stack}");
    app.stop().await;
}

#[cfg(unix)]
#[tokio::test]
async fn a_worker_that_is_killed_is_replaced() {
    let mut app = Setup::example("http").start().await;
    let before = process(&app).await;
    let request = tokio::spawn(app.send(Method::GET, "/api/pause?millis=600000", ""));
    assert_eq!(app.logged("pause").await, "waiting for 600000 ms");
    let kill = Command::new("kill")
        .args(["-KILL", &before.to_string()])
        .status();
    assert!(kill.unwrap().success());
    let reply = soon(request).await.unwrap();
    assert!((500..600).contains(&reply.status), "{reply:?}");
    assert_ne!(process(&app).await, before);
    assert_eq!(app.get("/api/greet").await.status, 200);
    app.stop().await;
}

#[tokio::test]
async fn an_app_without_functions_does_not_start() {
    let program = Path::new(env!("CARGO_BIN_EXE_empty_app"));
    let error = Setup::new(program, build::root())
        .try_start()
        .await
        .unwrap_err();
    assert!(matches!(error, HostError::Refused(_)), "{error:?}");
    let text = error.to_string();
    assert!(
        text.contains("no functions are registered; put `#[func]` on one"),
        "{text}"
    );
    assert_eq!(error.hint(), None, "the app knows better what to do");
}
