//! What a call that the host cancels has for itself: one answer, in time.

use azure_functions_shared::rpc::{
    Content, InvocationCancel, WorkerStatusRequest, status_result::Status,
};
use tokio::time::Instant;

use crate::{
    functions::app,
    host::{Host, status},
};

async fn cancel(host: &Host, id: &str) {
    host.send(Content::InvocationCancel(InvocationCancel {
        invocation_id: id.to_owned(),
        ..InvocationCancel::default()
    }))
    .await;
}

/// The status of the next answer, which is to the call `1`, and the only one.
async fn only_answer(host: &mut Host) -> Status {
    let response = host.response().await;
    assert_eq!(response.invocation_id, "1");
    host.send(Content::WorkerStatusRequest(WorkerStatusRequest {}))
        .await;
    let next = host.answer().await;
    assert!(
        matches!(next, Content::WorkerStatusResponse(_)),
        "a second answer: {next:?}"
    );
    status(response.result)
}

#[tokio::test(start_paused = true)]
async fn an_async_function_has_a_second_and_a_half() {
    let (app, mut remote) = app();
    let mut host = Host::initialized(app).await;
    // Each has the id of the one before, as the attempts of a retried call have.
    for (function, expected, milliseconds) in [
        ("obey", Status::Success, 0),
        ("ignore", Status::Cancelled, 1500),
        ("ignore", Status::Cancelled, 1500),
        ("obey", Status::Success, 0),
    ] {
        host.invoke("1", function).await;
        remote.started().await;
        let before = Instant::now();
        // The host may say it twice; the time runs from the first.
        cancel(&host, "1").await;
        cancel(&host, "1").await;
        assert_eq!(only_answer(&mut host).await, expected, "{function}");
        let elapsed = before.elapsed().as_millis();
        assert!(
            (milliseconds..milliseconds + 100).contains(&elapsed),
            "{function}: {elapsed} ms"
        );
    }
}

#[tokio::test]
async fn a_blocking_function_is_told() {
    let (app, mut remote) = app();
    let mut host = Host::initialized(app).await;
    host.invoke("1", "obey_blocking").await;
    remote.started().await;
    cancel(&host, "1").await;
    assert_eq!(only_answer(&mut host).await, Status::Success);
}

#[tokio::test(start_paused = true)]
async fn those_that_do_not_end_are_named() {
    let (app, mut remote) = app();
    let mut host = Host::initialized(app).await;
    host.invoke("1", "ignore").await;
    host.invoke("2", "obey").await;
    remote.started().await;
    remote.started().await;
    host.terminate(5).await;
    assert_eq!(host.response().await.invocation_id, "2");
    let last = host.response().await;
    assert_eq!(
        (last.invocation_id.as_str(), status(last.result)),
        ("1", Status::Cancelled)
    );
    let text = &host.logs[0].message;
    assert!(text.contains("`ignore` (invocation `1`)"), "{text}");
    assert!(!text.contains("`obey`"), "{text}");
    host.end().await.unwrap();
}
