//! How much the worker takes on: limits by function, and the stream that is not read when there is enough.

use std::sync::Arc;

use azure_functions::{App, FromContext, FunctionDef, Invoker, Outputs, State};
use azure_functions_shared::rpc::{
    Content, Data, FunctionsMetadataRequest, InvocationCancel, InvocationRequest, ParameterBinding,
    WorkerInitRequest, WorkerStatusRequest, parameter_binding::RpcData, status_result::Status,
};
use azure_functions_tests::ping::function;
use tokio::{
    sync::Semaphore,
    time::{Duration, timeout},
};

use crate::{
    functions::app,
    host::{Host, status},
};

/// How many calls may wait in the worker, and how many messages of [`LARGE`] bytes fit into the answers' queue.
const WAITING: usize = 1024;

/// What is on its way between host and worker besides: queues of the test's host, windows of the stream.
const ON_THE_WAY: usize = 400;

/// The length of a message, so that few fit into the windows.
const LARGE: usize = 16 * 1024;

static FUNCTIONS: [FunctionDef; 2] = [
    function(
        "gated",
        Invoker::Async(|call| {
            Box::pin(async move {
                let gate: State<Arc<Semaphore>> = State::from_context(call.context()).unwrap();
                gate.acquire().await.unwrap().forget();
                Ok(Outputs::new())
            })
        }),
    ),
    function(
        "echo",
        Invoker::Async(|mut call| {
            Box::pin(async move {
                let mut outputs = Outputs::new();
                outputs.put("$return", call.take("ping"));
                Ok(outputs)
            })
        }),
    ),
];

fn gated() -> (App, Arc<Semaphore>) {
    let gate = Arc::new(Semaphore::new(0));
    let app = App::with_functions(&FUNCTIONS).state(Arc::clone(&gate));
    (app, gate)
}

fn large(id: usize, function: &str) -> Content {
    Content::InvocationRequest(InvocationRequest {
        invocation_id: id.to_string(),
        function_id: function.to_owned(),
        input_data: vec![ParameterBinding {
            name: "ping".to_owned(),
            rpc_data: Some(RpcData::Data(Data::Bytes(vec![b'x'; LARGE].into()).into())),
        }],
        ..InvocationRequest::default()
    })
}

/// Sends large requests until the worker takes no more of them, and says how many it took.
async fn flood(host: &Host, function: &str, from: usize) -> usize {
    for id in from..from + 4 * WAITING {
        // Time passes when nothing else happens.
        let sent = timeout(Duration::from_secs(1), host.send(large(id, function)));
        if sent.await.is_err() {
            return id - from;
        }
    }
    panic!("the worker takes everything");
}

async fn answers(host: &mut Host, expected: usize) {
    let mut ids = std::collections::HashSet::new();
    for _ in 0..expected {
        let response = host.response().await;
        assert_eq!(status(response.result), Status::Success);
        assert!(ids.insert(response.invocation_id), "answered twice");
    }
}

async fn ping(host: &mut Host) {
    host.send(Content::WorkerStatusRequest(WorkerStatusRequest {}))
        .await;
    let answer = host.answer().await;
    assert!(
        matches!(answer, Content::WorkerStatusResponse(_)),
        "{answer:?}"
    );
}

async fn cancel(host: &Host, id: &str) {
    host.send(Content::InvocationCancel(InvocationCancel {
        invocation_id: id.to_owned(),
        ..InvocationCancel::default()
    }))
    .await;
}

#[tokio::test]
async fn of_one_function() {
    let (app, mut remote) = app();
    let mut host = Host::initialized(app.max_concurrency_of("obey", 1)).await;
    host.invoke("1", "obey").await;
    assert_eq!(remote.started().await, "1");
    host.invoke("2", "obey").await;
    host.invoke("3", "obey").await;
    // Others are not held up.
    host.invoke("4", "ignore").await;
    assert_eq!(remote.started().await, "4");
    ping(&mut host).await;
    assert!(!remote.any_started(), "only one may run at a time");
    cancel(&host, "2").await;
    let answer = host.response().await;
    assert_eq!(
        (answer.invocation_id.as_str(), status(answer.result)),
        ("2", Status::Cancelled)
    );
    cancel(&host, "1").await;
    assert_eq!(host.response().await.invocation_id, "1");
    assert_eq!(remote.started().await, "3");
}

#[tokio::test]
async fn of_no_function() {
    let mut host = Host::start(gated().0.max_concurrency_of("Gated", 1)).await;
    host.send(Content::WorkerInitRequest(WorkerInitRequest::default()))
        .await;
    host.answer().await;
    host.send(Content::FunctionsMetadataRequest(
        FunctionsMetadataRequest::default(),
    ))
    .await;
    let Content::FunctionMetadataResponse(response) = host.answer().await else {
        panic!("not a metadata response");
    };
    let message = response.result.unwrap().exception.unwrap().message;
    assert!(
        message.starts_with("`max_concurrency_of` limits the function `Gated`, and the app has no"),
        "{message}"
    );
    assert_eq!(host.logs[0].message, message);
}

#[tokio::test(start_paused = true)]
async fn calls_wait_with_the_host() {
    let (app, gate) = gated();
    let mut host = Host::initialized(app.max_concurrency(1)).await;
    // As long as less wait than may, everything gets through.
    for id in 0..WAITING {
        host.send(large(id, "gated")).await;
    }
    ping(&mut host).await;
    cancel(&host, "7").await;
    let answer = host.response().await;
    assert_eq!(
        (answer.invocation_id.as_str(), status(answer.result)),
        ("7", Status::Cancelled)
    );
    let more = flood(&host, "gated", WAITING).await;
    assert!(more < ON_THE_WAY, "it took {more} more than may wait");
    // It reads on as calls begin.
    gate.add_permits(WAITING + more - 1);
    answers(&mut host, WAITING + more - 1).await;
    ping(&mut host).await;
    host.terminate(5).await;
    host.end().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn terminate_with_calls_that_wait() {
    let (app, gate) = gated();
    let mut host = Host::initialized(app.max_concurrency(1)).await;
    for id in 0..WAITING {
        host.send(large(id, "gated")).await;
    }
    host.terminate(5).await;
    for _ in 1..WAITING {
        assert_eq!(status(host.response().await.result), Status::Cancelled);
    }
    gate.add_permits(1);
    assert_eq!(status(host.response().await.result), Status::Success);
    host.end().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn no_answers_no_work() {
    let mut host = Host::initialized(gated().0).await;
    let taken = flood(&host, "echo", 0).await;
    assert!(
        (WAITING..WAITING + ON_THE_WAY).contains(&taken),
        "it took {taken}"
    );
    answers(&mut host, taken).await;
    ping(&mut host).await;
}

#[tokio::test(start_paused = true)]
async fn a_host_that_dies_is_noticed_though_it_is_not_read() {
    let (app, _gate) = gated();
    let host = Host::initialized(app.max_concurrency(1)).await;
    flood(&host, "gated", 0).await;
    assert!(host.die().await.unwrap_err().is_connection());
}
