//! Requests to HTTP functions.

use std::time::Duration;

use azure_functions_host::EventKind;
use azure_functions_shared::rpc::Content;

use crate::{
    client::{get, post, receive, send},
    support::{Setup, http, soon},
};

#[tokio::test]
async fn a_function_answers_a_request() {
    let app = Setup::new(&[http("echo"), http("fail")]).start().await;
    let address = app.host.address();
    let echo = post(address, "/api/echo", "text/plain", "hello").await;
    assert_eq!((echo.status, echo.body.as_str()), (200, "hello"));
    let failure = post(address, "/api/fail", "text/plain", "").await;
    assert_eq!((failure.status, failure.body.as_str()), (500, ""));
    soon(app.host.stop()).await.unwrap();
}

#[tokio::test]
async fn what_cannot_be_answered_is_refused_in_a_sentence() {
    let app = Setup::new(&[http("echo")]).start().await;
    let address = app.host.address();
    let long = "x".repeat(9000);
    let longer = "x".repeat(33_000);
    let line = |target: &str| format!("GET {target}");
    for (target, headers, status, words) in [
        (
            line("/api/none"),
            vec![],
            404,
            "no function answers `GET /api/none`",
        ),
        (line("/echo"), vec![], 404, "no function answers"),
        (
            line(&format!("/api/echo?{long}")),
            vec![],
            414,
            "the URL has 9010 bytes",
        ),
        (
            line("/api/echo"),
            vec![("x", longer.as_str())],
            431,
            "the header has",
        ),
        (
            "POST /api/echo".to_owned(),
            vec![("Content-Length", "104857601")],
            413,
            "the body has more than the 104857600 bytes",
        ),
    ] {
        let reply = receive(send(address, &target, &headers, "").await).await;
        assert_eq!(reply.status, status, "{target:.40}");
        assert!(
            reply.body.starts_with(words),
            "{target:.40}: {}",
            reply.body
        );
    }
}

#[tokio::test]
async fn a_killed_worker_fails_the_request_and_answers_the_next() {
    let mut app = Setup::new(&[http("pid"), http("never")]).start().await;
    let address = app.host.address();
    let pid = get(address, "/api/pid").await.body;
    app.event(EventKind::Succeeded).await;
    let request = send(address, "GET /api/never", &[], "").await;
    app.event(EventKind::Started).await;
    let kill = std::process::Command::new("kill")
        .args(["-KILL", &pid])
        .status();
    assert!(kill.unwrap().success());
    assert_eq!(receive(request).await.status, 500);
    let next = get(address, "/api/pid").await;
    assert_eq!(next.status, 200);
    assert_ne!(next.body, pid);
}

#[tokio::test]
async fn a_client_that_leaves_cancels_the_call() {
    let mut app = Setup::new(&[http("wait")]).start().await;
    let request = send(app.host.address(), "GET /api/wait", &[], "").await;
    app.event(EventKind::Started).await;
    drop(request);
    let failed = app.event(EventKind::Failed).await;
    assert_eq!(
        failed.exception.as_deref(),
        Some("Result: Cancelled\nException: was cancelled")
    );
    let record = app.record();
    let cancels = record
        .iter()
        .filter(|(_, message)| matches!(message.content, Some(Content::InvocationCancel(_))));
    assert_eq!(cancels.count(), 1);
}

#[tokio::test]
async fn a_slow_request_is_answered_while_the_host_stops() {
    // Longer than any test waits: that nothing runs any more must be noticed.
    for drain in [Duration::ZERO, Duration::from_secs(600)] {
        let mut setup = Setup::new(&[http("slow")]);
        setup.config.limits.drain = drain;
        let mut app = setup.start().await;
        let length = [("Content-Length", "3")];
        let request = send(app.host.address(), "POST /api/slow", &length, "300").await;
        app.event(EventKind::Started).await;
        soon(app.host.stop()).await.unwrap();
        let reply = receive(request).await;
        assert_eq!(
            (reply.status, reply.body.as_str()),
            (200, "300"),
            "{drain:?}"
        );
    }
}

#[tokio::test]
async fn the_logs_of_a_call_come_before_its_end_and_others_not_at_all() {
    let app = Setup::new(&[http("log")]).start().await;
    // The second time, so that all that the worker said the first time has been read.
    for _ in 0..2 {
        assert_eq!(get(app.host.address(), "/api/log").await.status, 200);
    }
    let mut events = app.events;
    soon(app.host.stop()).await.unwrap();
    let mut seen = Vec::new();
    while let Some(event) = soon(events.next()).await {
        if event.function.is_some() {
            seen.push((
                event.kind,
                event.category,
                event.message,
                event.invocation_id,
            ));
        }
    }
    let kinds: Vec<_> = seen.iter().map(|(kind, ..)| *kind).collect();
    let call = [EventKind::Started, EventKind::User, EventKind::Succeeded];
    assert_eq!(kinds, [call, call].concat());
    for call in seen.chunks(3) {
        assert_eq!(call[1].1, "Function.log.User");
        assert_eq!(call[1].2, "before the answer");
        assert!(call.iter().all(|event| event.3 == call[0].3));
    }
}

#[tokio::test]
async fn too_many_requests_are_refused() {
    let mut setup = Setup::new(&[http("wait")]);
    setup.config.host_json.http.max_outstanding_requests = Some(1);
    let mut app = setup.start().await;
    let address = app.host.address();
    let first = send(address, "GET /api/wait", &[], "").await;
    app.event(EventKind::Started).await;
    let second = get(address, "/api/wait").await;
    assert_eq!(second.status, 429);
    assert!(
        second.header.contains("x-function-scaleout: 1"),
        "{}",
        second.header
    );
    drop(first);
}

#[tokio::test]
async fn a_disabled_function_is_loaded_last_and_one_that_is_not_wanted_not_at_all() {
    let mut setup =
        Setup::new(&[http("a"), http("b"), http("c")]).with("AzureWebJobs.a.Disabled", "1");
    setup.config.host_json.functions = vec!["A".to_owned(), "b".to_owned()];
    let app = setup.start().await;
    let address = app.host.address();
    for (path, status) in [("/api/a", 404), ("/api/b", 200), ("/api/c", 404)] {
        assert_eq!(get(address, path).await.status, status, "{path}");
    }
    let loads = app
        .record()
        .into_iter()
        .filter_map(|(_, message)| match message.content {
            Some(Content::FunctionLoadRequest(request)) => Some(request.function_id),
            _ => None,
        });
    assert_eq!(loads.collect::<Vec<_>>(), ["id-b", "id-a"]);
}
