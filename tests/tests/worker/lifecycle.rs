//! Start, concurrency, cancellation and the end.

use azure_functions::App;
use azure_functions_shared::rpc::{
    Content, Data, InvocationCancel, WorkerStatusRequest, WorkerTerminate, status_result::Status,
};

use crate::{
    functions::{Remote, app},
    host::{Host, status},
};

async fn start() -> (Host, Remote) {
    let (app, remote) = app();
    (Host::initialized(app).await, remote)
}

async fn cancel(host: &Host, id: &str) {
    host.send(Content::InvocationCancel(InvocationCancel {
        invocation_id: id.to_owned(),
        ..InvocationCancel::default()
    }))
    .await;
}

/// Waits for an answer, and says what it is: the id, the status, the text that came back.
async fn answer(host: &mut Host) -> (String, Status, String) {
    let response = host.response().await;
    let text = match response.return_value.and_then(|value| value.data) {
        Some(Data::String(text)) => text,
        _ => String::new(),
    };
    (response.invocation_id, status(response.result), text)
}

fn is(id: &str, status: Status, text: &str) -> (String, Status, String) {
    (id.to_owned(), status, text.to_owned())
}

#[tokio::test]
async fn status_is_answered_while_all_threads_are_busy() {
    let (app, mut remote) = app();
    let mut host = Host::initialized(app.blocking_limit(1)).await;
    host.invoke("1", "block").await;
    assert_eq!(remote.started().await, "1");
    host.invoke("2", "block").await;
    // Often enough that the second one would have begun if it could.
    for at in 0..100 {
        let request_id = format!("ping {at}");
        let request = Content::WorkerStatusRequest(WorkerStatusRequest {});
        host.send_message(request.into_message(&request_id)).await;
        let message = host.next().await.unwrap();
        assert_eq!(message.request_id, request_id);
        assert!(matches!(
            message.content,
            Some(Content::WorkerStatusResponse(_))
        ));
    }
    assert!(!remote.any_started(), "only one may run at a time");
    for id in ["1", "2"] {
        remote.words.send("done".to_owned()).unwrap();
        assert_eq!(answer(&mut host).await, is(id, Status::Success, "done"));
    }
}

#[tokio::test]
async fn concurrency_is_limited() {
    let (app, mut remote) = app();
    let mut host = Host::initialized(app.max_concurrency(1)).await;
    host.invoke("1", "obey").await;
    assert_eq!(remote.started().await, "1");
    host.invoke("2", "obey").await;
    host.invoke("3", "obey").await;
    // A call that has not begun is answered at once.
    cancel(&host, "2").await;
    assert_eq!(answer(&mut host).await, is("2", Status::Cancelled, ""));
    cancel(&host, "1").await;
    assert_eq!(answer(&mut host).await, is("1", Status::Success, "obeyed"));
    assert_eq!(remote.started().await, "3");
}

#[tokio::test(start_paused = true)]
async fn cancelled() {
    let (mut host, mut remote) = start().await;
    for (function, expected) in [
        ("obey", is("1", Status::Success, "obeyed")),
        ("ignore", is("1", Status::Cancelled, "")),
        ("panic_drop", is("1", Status::Failure, "")),
    ] {
        host.invoke("1", function).await;
        remote.started().await;
        cancel(&host, "1").await;
        assert_eq!(answer(&mut host).await, expected, "{function}");
    }
    // Too late, or never known.
    cancel(&host, "1").await;
    cancel(&host, "?").await;
    host.invoke("2", "echo").await;
    assert_eq!(answer(&mut host).await, is("2", Status::Success, ""));
}

#[tokio::test(start_paused = true)]
async fn cancelled_while_blocking() {
    let (mut host, mut remote) = start().await;
    host.invoke("1", "block").await;
    remote.started().await;
    cancel(&host, "1").await;
    // Time does not pass by itself while a thread is busy.
    host.invoke("2", "echo").await;
    answer(&mut host).await;
    tokio::time::advance(std::time::Duration::from_secs(2)).await;
    assert_eq!(answer(&mut host).await, is("1", Status::Cancelled, ""));
    // The id can be used again, and the late result goes nowhere.
    host.invoke("1", "block").await;
    remote.started().await;
    remote.words.send("late".to_owned()).unwrap();
    remote.words.send("new".to_owned()).unwrap();
    let (id, status, _) = answer(&mut host).await;
    assert_eq!((id.as_str(), status), ("1", Status::Success));
    host.terminate(5).await;
    host.end().await.unwrap();
}

#[tokio::test]
async fn same_id() {
    let (mut host, mut remote) = start().await;
    host.invoke("1", "obey").await;
    remote.started().await;
    host.invoke("1", "echo").await;
    host.invoke("2", "echo").await;
    assert_eq!(answer(&mut host).await, is("2", Status::Success, ""));
    cancel(&host, "1").await;
    assert_eq!(answer(&mut host).await, is("1", Status::Success, "obeyed"));
    // The host reads the answer and tries again at once.
    for _ in 0..100 {
        host.invoke("1", "echo").await;
        assert_eq!(answer(&mut host).await, is("1", Status::Success, ""));
    }
}

#[tokio::test]
async fn terminate_when_idle() {
    let (host, _remote) = start().await;
    host.terminate(5).await;
    host.end().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn terminate_with_calls() {
    let (mut host, mut remote) = start().await;
    host.invoke("1", "obey").await;
    host.invoke("2", "ignore").await;
    remote.started().await;
    remote.started().await;
    let before = tokio::time::Instant::now();
    host.terminate(5).await;
    assert_eq!(answer(&mut host).await, is("1", Status::Success, "obeyed"));
    assert_eq!(answer(&mut host).await, is("2", Status::Cancelled, ""));
    assert_eq!(before.elapsed().as_secs(), 4);
    host.end().await.unwrap();
}

/// The host kills a worker whose time is up, so what is stuck is answered for a little before.
#[tokio::test(start_paused = true)]
async fn the_grace_period_is_what_the_host_says() {
    for (grace, millis) in [
        (Some((1, 0)), 800),
        (Some((10, 500_000_000)), 8400),
        // It says nothing, or nothing that can be meant.
        (None, 4000),
        (Some((0, 0)), 4000),
        (Some((-3, 0)), 4000),
    ] {
        let (mut host, mut remote) = start().await;
        host.invoke("1", "ignore").await;
        remote.started().await;
        let before = tokio::time::Instant::now();
        host.send(Content::WorkerTerminate(WorkerTerminate {
            grace_period: grace.map(|(seconds, nanos)| prost_types::Duration { seconds, nanos }),
        }))
        .await;
        assert_eq!(answer(&mut host).await, is("1", Status::Cancelled, ""));
        assert_eq!(
            before.elapsed().as_millis() / 100 * 100,
            millis,
            "{grace:?}"
        );
        host.end().await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn terminate_with_a_blocked_thread() {
    let (mut host, mut remote) = start().await;
    host.invoke("1", "block").await;
    remote.started().await;
    host.terminate(5).await;
    host.invoke("2", "echo").await;
    assert_eq!(answer(&mut host).await, is("2", Status::Cancelled, ""));
    tokio::time::advance(std::time::Duration::from_secs(4)).await;
    assert_eq!(answer(&mut host).await, is("1", Status::Cancelled, ""));
    host.end().await.unwrap();
    remote.words.send("end of the test".to_owned()).unwrap();
}

#[tokio::test]
async fn host_goes_away() {
    let (mut host, mut remote) = start().await;
    host.invoke("1", "obey").await;
    remote.started().await;
    host.invoke("2", "echo").await;
    answer(&mut host).await;
    assert!(host.hang_up().await.unwrap_err().is_connection());
}

#[tokio::test]
async fn host_does_not_know_the_worker() {
    // It ends the stream without a word.
    let host = Host::start(app().0).await;
    let error = host.hang_up().await.unwrap_err();
    assert!(error.is_connection());
    assert!(error.to_string().contains("closed the stream"), "{error}");
}

#[tokio::test]
async fn not_started_by_a_host() {
    let error = App::with_functions([])
        .arguments(["--help"])
        .serve()
        .await
        .unwrap_err();
    assert!(error.is_arguments());
    assert!(error.to_string().contains("`cargo func run`"));
    let error = App::with_functions([])
        .arguments(["--functions-uri=not an address", "--workerId=1"])
        .serve()
        .await
        .unwrap_err();
    assert!(error.is_arguments());
}

#[tokio::test]
async fn run_needs_its_own_runtime() {
    let line = ["--functions-uri=http://127.0.0.1:1/", "--workerId=1"];
    let code = App::with_functions([]).arguments(line).run();
    assert_eq!(
        format!("{code:?}"),
        format!("{:?}", std::process::ExitCode::FAILURE)
    );
}

#[tokio::test(start_paused = true)]
async fn no_host() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let before = tokio::time::Instant::now();
    let error = App::with_functions([])
        .arguments([
            format!("--functions-uri=http://127.0.0.1:{port}/"),
            "--workerId=1".to_owned(),
        ])
        .serve()
        .await
        .unwrap_err();
    assert!(error.is_connection());
    assert!((45..=50).contains(&before.elapsed().as_secs()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn terminate_with_a_thread_that_never_comes_back() {
    let (mut host, mut remote) = start().await;
    host.invoke("1", "spin").await;
    remote.started().await;
    host.terminate(1).await;
    // The task that would answer cannot run.
    assert_eq!(answer(&mut host).await, is("1", Status::Cancelled, ""));
    host.end().await.unwrap();
    remote.words.send("end of the test".to_owned()).unwrap();
}
