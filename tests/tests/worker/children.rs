//! Tasks that a function spawns: none is left behind by its invocation, and none fails unnoticed.

use std::{future::pending, sync::Arc};

use azure_functions::{
    App, BoxError, Call, Context, FromContext, FunctionDef, InvokeError, Invoker, Outputs, State,
};
use azure_functions_shared::rpc::{
    Content, InvocationCancel, InvocationResponse, WorkerStatusRequest, status_result::Status,
};
use azure_functions_tests::ping::function;
use tokio::{
    sync::{
        Semaphore,
        mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
    },
    time::{Duration, Instant, sleep},
};

use crate::host::{Host, status};

static FUNCTIONS: [FunctionDef; 8] = [
    function(
        "child_panics",
        Invoker::Async(|call| {
            Box::pin(async move {
                call.context().spawn(async { panic!("oh {}", "no") });
                Ok(Outputs::new())
            })
        }),
    ),
    function(
        "blocking_child_panics",
        Invoker::Blocking(|call| {
            call.context().spawn_blocking(|| panic!("oh {}", "no"));
            Ok(Outputs::new())
        }),
    ),
    function(
        "child_waits",
        Invoker::Async(|call| {
            Box::pin(async move {
                let gate = gate(&call);
                call.context()
                    .spawn(async move { gate.opened.acquire().await.unwrap().forget() });
                started(&call);
                Ok(Outputs::new())
            })
        }),
    ),
    function(
        "both_fail",
        Invoker::Async(|call| {
            Box::pin(async move {
                call.context().spawn(async { panic!("the child") });
                Err(InvokeError::User {
                    type_name: "app::Error",
                    error: BoxError::from("the function"),
                })
            })
        }),
    ),
    function(
        "function_panics",
        Invoker::Async(|call| {
            Box::pin(async move {
                let gate = gate(&call);
                call.context()
                    .spawn(async move { gate.opened.acquire().await.unwrap().forget() });
                started(&call);
                panic!("the function")
            })
        }),
    ),
    function(
        "child_is_stuck",
        Invoker::Async(|call| {
            Box::pin(async move {
                let gone = Gone(gate(&call).0);
                call.context().spawn(async move {
                    let _gone = gone;
                    pending::<()>().await;
                });
                started(&call);
                Ok(Outputs::new())
            })
        }),
    ),
    function(
        "both_are_slow",
        Invoker::Async(|call| {
            Box::pin(async move {
                let context = call.context().clone();
                context.spawn(pending::<()>());
                started(&call);
                context.cancelled().await;
                sleep(Duration::from_secs(1)).await;
                Ok(Outputs::new())
            })
        }),
    ),
    function(
        "child_obeys",
        Invoker::Async(|call| {
            Box::pin(async move {
                let context = call.context().clone();
                call.context()
                    .spawn(async move { context.cancelled().await });
                started(&call);
                Ok(Outputs::new())
            })
        }),
    ),
];

/// What the functions tell the test, and are told by it.
struct Gate {
    contexts: UnboundedSender<Context>,
    gone: UnboundedSender<()>,
    opened: Semaphore,
}

struct Handle(Arc<Gate>);

impl std::ops::Deref for Handle {
    type Target = Gate;

    fn deref(&self) -> &Gate {
        &self.0
    }
}

/// Says when it is dropped.
struct Gone(Arc<Gate>);

impl Drop for Gone {
    fn drop(&mut self) {
        let _ = self.0.gone.send(());
    }
}

fn gate(call: &Call) -> Handle {
    let gate: State<Arc<Gate>> = State::from_context(call.context()).unwrap();
    Handle(Arc::clone(&gate))
}

fn started(call: &Call) {
    let context = call.context().clone();
    gate(call).contexts.send(context).unwrap();
}

struct Remote {
    gate: Arc<Gate>,
    contexts: UnboundedReceiver<Context>,
    gone: UnboundedReceiver<()>,
}

async fn start() -> (Host, Remote) {
    let (contexts, started) = unbounded_channel();
    let (gone, left) = unbounded_channel();
    let gate = Arc::new(Gate {
        contexts,
        gone,
        opened: Semaphore::new(0),
    });
    let app = App::with_functions(&FUNCTIONS).state(Arc::clone(&gate));
    let remote = Remote {
        gate,
        contexts: started,
        gone: left,
    };
    (Host::initialized(app).await, remote)
}

fn message(response: InvocationResponse) -> (Status, String) {
    let result = response.result.unwrap();
    let status = result.status();
    (status, result.exception.unwrap_or_default().message)
}

async fn cancel(host: &Host) {
    host.send(Content::InvocationCancel(InvocationCancel {
        invocation_id: "1".to_owned(),
        ..InvocationCancel::default()
    }))
    .await;
}

/// Sees that nothing is answered but a status request.
async fn nothing_is_answered(host: &mut Host) {
    for _ in 0..100 {
        host.send(Content::WorkerStatusRequest(WorkerStatusRequest {}))
            .await;
        let answer = host.answer().await;
        assert!(
            matches!(answer, Content::WorkerStatusResponse(_)),
            "{answer:?}"
        );
    }
}

#[tokio::test]
async fn a_panic_fails_the_invocation() {
    let (mut host, _remote) = start().await;
    for (name, spawned) in [
        ("child_panics", "spawn(async { panic!(\"oh"),
        ("blocking_child_panics", "spawn_blocking(|| panic!(\"oh"),
    ] {
        let mut lines = include_str!("children.rs").lines();
        let line = lines.position(|line| line.contains(spawned)).unwrap() + 1;
        host.invoke("1", name).await;
        let (status, text) = message(host.response().await);
        assert_eq!(status, Status::Failure);
        assert!(
            text.starts_with(&format!(
                "the child task spawned at tests/tests/worker/children.rs:{line}:"
            )) && text.ends_with(" panicked: oh no"),
            "{text}"
        );
    }
    // What the function says itself comes first.
    host.invoke("1", "both_fail").await;
    let failure = (Status::Failure, "the function".to_owned());
    assert_eq!(message(host.response().await), failure);
}

#[tokio::test]
async fn the_answer_waits_for_children() {
    let (mut host, mut remote) = start().await;
    for (name, expected) in [
        ("child_waits", (Status::Success, "")),
        ("function_panics", (Status::Failure, "the function")),
    ] {
        host.invoke("1", name).await;
        let context = remote.contexts.recv().await.unwrap();
        nothing_is_answered(&mut host).await;
        remote.gate.opened.add_permits(1);
        let (status, text) = message(host.response().await);
        assert_eq!((status, text.as_str()), expected, "{name}");
        // Nothing can be added to it any more.
        let late = context.spawn(async {}).await.unwrap_err();
        assert!(late.is_refused(), "{late}");
        assert!(late.to_string().contains("invocation `1`"), "{late}");
    }
    host.terminate(5).await;
    host.end().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn cancelled_children_have_the_time_of_their_function() {
    let (mut host, mut remote) = start().await;
    for (name, expected, milliseconds) in [
        ("child_obeys", Status::Success, 0),
        ("child_is_stuck", Status::Cancelled, 1500),
        // Not once more, when the function has used a part of it.
        ("both_are_slow", Status::Cancelled, 1500),
    ] {
        host.invoke("1", name).await;
        let context = remote.contexts.recv().await.unwrap();
        nothing_is_answered(&mut host).await;
        let before = Instant::now();
        cancel(&host).await;
        assert_eq!(status(host.response().await.result), expected, "{name}");
        let elapsed = before.elapsed().as_millis();
        assert!(
            (milliseconds..milliseconds + 100).contains(&elapsed),
            "{name}: {elapsed} ms"
        );
        assert!(context.spawn(async {}).await.unwrap_err().is_refused());
    }
    remote.gone.recv().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn children_are_dropped_when_the_worker_stops() {
    let (mut host, mut remote) = start().await;
    host.invoke("1", "child_is_stuck").await;
    remote.contexts.recv().await.unwrap();
    host.terminate(5).await;
    assert_eq!(status(host.response().await.result), Status::Cancelled);
    remote.gone.recv().await.unwrap();
    host.end().await.unwrap();
}
