//! Layers around functions: what they see and change, and what becomes of those that fail or wait.

use std::{
    io,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context as Task, Poll},
    time::Duration,
};

use azure_functions::{
    App, BoxError, Context, FromContext as _, FunctionDef, InvokeError, Invoker, Outputs,
    bindings::HttpResponse,
    http::StatusCode,
    layer::{FunctionError, Invocation, Next, Outcome, from_fn},
};
use azure_functions_shared::rpc::{
    Content, Data, FunctionsMetadataRequest, InvocationCancel, InvocationResponse,
    status_result::Status,
};
use azure_functions_tests::ping::function;
use tower::{
    Layer, Service, ServiceBuilder,
    limit::ConcurrencyLimitLayer,
    timeout::TimeoutLayer,
    util::{MapErrLayer, MapRequestLayer, MapResponseLayer},
};

use crate::{
    functions::{self, Remote},
    host::{Host, status},
};

/// What layers saw.
#[derive(Clone, Default)]
struct Notes(Arc<Mutex<Vec<String>>>);

impl Notes {
    fn note(&self, text: String) {
        self.0.lock().unwrap().push(text);
    }

    fn take(&self) -> String {
        std::mem::take(&mut *self.0.lock().unwrap()).join(" ")
    }
}

/// A layer written by hand: notes what goes in and what comes out.
#[derive(Clone)]
struct Tag(&'static str, Notes);

#[derive(Clone)]
struct Tagged<S>(Tag, S);

impl<S> Layer<S> for Tag {
    type Service = Tagged<S>;

    fn layer(&self, inner: S) -> Tagged<S> {
        self.1.note(format!("+{}", self.0));
        Tagged(self.clone(), inner)
    }
}

impl<S> Service<Invocation> for Tagged<S>
where
    S: Service<Invocation, Response = Outcome, Error = BoxError>,
    S::Future: Send + 'static,
{
    type Response = Outcome;
    type Error = BoxError;
    type Future = futures::future::BoxFuture<'static, Result<Outcome, BoxError>>;

    fn poll_ready(&mut self, cx: &mut Task<'_>) -> Poll<Result<(), BoxError>> {
        self.1.poll_ready(cx)
    }

    fn call(&mut self, invocation: Invocation) -> Self::Future {
        let Tag(name, notes) = self.0.clone();
        notes.note(format!("{name}:{}", invocation.function_name()));
        let outcome = self.1.call(invocation);
        Box::pin(async move {
            let outcome = outcome.await;
            notes.note(match &outcome {
                Ok(outcome) => format!("{name}={:?}", outcome.outputs().get("$return").is_some()),
                Err(error) => format!("{name}!{error}"),
            });
            outcome
        })
    }
}

/// Puts layers around the functions of an app.
type Given = fn(App) -> App;

async fn start(layers: impl FnOnce(App) -> App) -> (Host, Remote) {
    let (app, remote) = functions::app();
    (Host::initialized(layers(app)).await, remote)
}

/// The status of a response, and the text that came back or the reason why none did.
fn summary(response: InvocationResponse) -> (Status, String) {
    let exception = response
        .result
        .as_ref()
        .and_then(|result| result.exception.clone());
    let text = match response.return_value.and_then(|value| value.data) {
        Some(Data::String(text)) => text,
        _ => exception
            .map(|exception| exception.message)
            .unwrap_or_default(),
    };
    (status(response.result), text)
}

async fn call(host: &mut Host, function: &str) -> (Status, String) {
    host.invoke("1", function).await;
    summary(host.response().await)
}

#[tokio::test]
async fn around_all_and_around_some() {
    let notes = Notes::default();
    let tag = |name| Tag(name, notes.clone());
    let (mut host, _remote) = start(|app| {
        app.layer(tag("a"))
            .layer_for(["echo", "fail_blocking"], tag("b"))
            .layer_for(["panic"], tag("c"))
            .layer(tag("d"))
    })
    .await;
    assert_eq!(notes.take(), "+a +b +c +d", "once each");
    let cases = [
        ("about", "d:about a:about a=true d=true"),
        (
            "echo_blocking",
            "d:echo_blocking a:echo_blocking a=false d=false",
        ),
        ("echo", "d:echo b:echo a:echo a=false b=false d=false"),
        (
            "fail_blocking",
            "d:fail_blocking b:fail_blocking a:fail_blocking a!the order is lost b!the order is lost d!the order is lost",
        ),
        (
            "panic",
            "d:panic c:panic a:panic a!the function panicked: oh no c!the function panicked: oh no d!the function panicked: oh no",
        ),
    ];
    for (function, expected) in cases {
        call(&mut host, function).await;
        assert_eq!(notes.take(), expected);
    }
    assert_eq!(notes.take(), "");
}

#[tokio::test]
async fn what_layers_hand_on_is_as_it_would_be_without() {
    let (mut plain, _remote) = start(|app| app).await;
    let (mut layered, _remote) = start(|app| {
        app.layer(
            ServiceBuilder::new()
                .buffer(4)
                .load_shed()
                .layer(ConcurrencyLimitLayer::new(1))
                .timeout(Duration::from_secs(60))
                .map_request(|invocation: Invocation| invocation)
                .map_response(|outcome: Outcome| outcome),
        )
        .layer(from_fn(|invocation: Invocation, next: Next| {
            next.run(invocation)
        }))
    })
    .await;
    for function in [
        "echo",
        "echo_blocking",
        "about",
        "two",
        "fail",
        "fail_blocking",
        "unbound",
        "unsent",
        "reject",
        "reject_nowhere",
        "panic",
        "panic_early",
        "panic_blocking",
        "panic_display",
        "log",
        "log_blocking",
    ] {
        plain.invoke("1", function).await;
        layered.invoke("1", function).await;
        assert_eq!(
            layered.response().await,
            plain.response().await,
            "{function}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn layers_that_fail() {
    let cases: [(Given, &str, Status, &str); 8] = [
        (
            |app| app.layer(TimeoutLayer::new(Duration::from_secs(9))),
            "ignore",
            Status::Failure,
            "a layer around the function failed: request timed out",
        ),
        (
            |app| app.layer(MapErrLayer::new(|error: BoxError| format!("so: {error}"))),
            "fail",
            Status::Failure,
            "a layer around the function failed: so: the order is lost",
        ),
        (
            |app| {
                app.layer(from_fn(async |_, _| {
                    Err::<Outcome, _>(io::Error::other("closed"))
                }))
            },
            "echo",
            Status::Failure,
            "a layer around the function failed: closed",
        ),
        (
            |app| app.layer(MapRequestLayer::new(|_| -> Invocation { panic!("early") })),
            "echo",
            Status::Failure,
            "a layer around the function panicked: early",
        ),
        (
            |app| {
                app.layer(MapResponseLayer::new(|_: Outcome| -> Outcome {
                    panic!("late")
                }))
            },
            "echo_blocking",
            Status::Failure,
            "a layer around the function panicked: late",
        ),
        (
            |app| {
                app.layer(from_fn(async |_, _| {
                    Ok::<_, BoxError>(HttpResponse::from(StatusCode::OK))
                }))
            },
            "echo",
            Status::Failure,
            "output `response`: a layer gave a response, and the function has no request to answer; ask `Invocation::request` first",
        ),
        (
            |app| app.layer(from_fn(async |_, _| Ok::<_, BoxError>(Outcome::new()))),
            "fail",
            Status::Success,
            "",
        ),
        (
            |app| {
                app.layer(from_fn(async |invocation: Invocation, next: Next| {
                    assert_eq!(invocation.trigger_type(), "pingTrigger");
                    assert!(invocation.request().is_none());
                    next.run(invocation).await.or_else(|error| {
                        let error = error.downcast::<FunctionError>()?;
                        assert!(matches!(
                            error.invoke_error(),
                            Some(InvokeError::User { .. })
                        ));
                        assert!(!error.is_panic() && error.user::<io::Error>().is_none());
                        let mut outcome = Outcome::new();
                        let text = azure_functions::Data::text("mended");
                        outcome.outputs_mut().put("$return", text);
                        Ok::<_, BoxError>(outcome)
                    })
                }))
            },
            "fail_blocking",
            Status::Success,
            "mended",
        ),
    ];
    for (layers, function, status, text) in cases {
        let (mut host, _remote) = start(layers).await;
        assert_eq!(call(&mut host, function).await, (status, text.to_owned()));
        // The next call is answered like this one.
        assert_eq!(call(&mut host, function).await, (status, text.to_owned()));
    }
}

#[tokio::test(start_paused = true)]
async fn waiting_is_part_of_the_invocation() {
    let (mut host, mut remote) =
        start(|app| app.layer_for(["obey", "ignore"], ConcurrencyLimitLayer::new(1))).await;
    host.invoke("1", "obey").await;
    assert_eq!(remote.started().await, "1");
    // The limit is one for both of them, and none for others.
    host.invoke("2", "ignore").await;
    host.invoke("3", "ignore").await;
    host.invoke("4", "echo").await;
    assert_eq!(host.response().await.invocation_id, "4");
    assert!(!remote.any_started());
    let cancel = |id: &str| {
        Content::InvocationCancel(InvocationCancel {
            invocation_id: id.to_owned(),
            ..InvocationCancel::default()
        })
    };
    host.send(cancel("2")).await;
    let response = host.response().await;
    assert_eq!(response.invocation_id, "2");
    assert_eq!(summary(response).0, Status::Cancelled);
    assert!(!remote.any_started());
    // Cancelled in the function, which ends; the next one begins, is dropped, and gives its place back.
    host.send(cancel("1")).await;
    assert_eq!(
        summary(host.response().await),
        (Status::Success, "obeyed".to_owned())
    );
    assert_eq!(remote.started().await, "3");
    host.send(cancel("3")).await;
    assert_eq!(summary(host.response().await).0, Status::Cancelled);
    host.invoke("5", "obey").await;
    assert_eq!(remote.started().await, "5");
    host.terminate(5).await;
    assert_eq!(
        summary(host.response().await),
        (Status::Success, "obeyed".to_owned())
    );
    host.end().await.unwrap();
}

#[tokio::test]
async fn load_is_shed() {
    let shed = ServiceBuilder::new().load_shed().concurrency_limit(1);
    let (mut host, mut remote) =
        start(|app| app.layer_for(["block", "echo"], shed.into_inner())).await;
    host.invoke("1", "block").await;
    assert_eq!(remote.started().await, "1");
    host.invoke("2", "echo").await;
    assert_eq!(
        summary(host.response().await),
        (
            Status::Failure,
            "a layer around the function failed: service overloaded".to_owned()
        )
    );
    remote.words.send("done".to_owned()).unwrap();
}

#[tokio::test]
async fn mistakes_in_layers() {
    let cases: [(Given, &str); 2] = [
        (
            |app| app.layer_for(["ehco"], TimeoutLayer::new(Duration::ZERO)),
            "a layer is for the function `ehco`, which the app does not have; give it to `App::with_functions`, or leave it \
             out of `App::layer_for`",
        ),
        (
            |app| app.layer(Odd),
            "a layer panicked when it was applied: odd",
        ),
    ];
    for (layers, expected) in cases {
        let (mut host, _remote) = start(layers).await;
        assert_eq!(
            host.logs.first().map(|log| log.message.as_str()),
            Some(expected)
        );
        host.send(Content::FunctionsMetadataRequest(
            FunctionsMetadataRequest::default(),
        ))
        .await;
        let Content::FunctionMetadataResponse(response) = host.answer().await else {
            panic!("not the functions");
        };
        assert_eq!(
            response.result.unwrap().exception.unwrap().message,
            expected
        );
        assert_eq!(host.load("1", "echo").await, Status::Failure);
    }
}

struct Odd;

impl Layer<Next> for Odd {
    type Service = Next;

    fn layer(&self, _: Next) -> Next {
        panic!("odd")
    }
}

#[tokio::test]
async fn functions_know_what_layers_found() {
    #[derive(Clone)]
    struct User(usize);
    static GREET: [FunctionDef; 1] = [function(
        "greet",
        Invoker::Blocking(|call| {
            let context = Context::from_context(call.context()).unwrap();
            let mut outputs = Outputs::new();
            let User(number) = context.extension().unwrap();
            outputs.put("$return", azure_functions::Data::text(number.to_string()));
            Ok(outputs)
        }),
    )];
    let count = Arc::new(AtomicUsize::new(0));
    let app = App::with_functions(&GREET).state(7_u8).layer(from_fn(
        move |invocation: Invocation, next: Next| {
            assert_eq!(invocation.state::<u8>().as_deref(), Some(&7));
            invocation.insert(User(count.fetch_add(1, Ordering::Relaxed)));
            next.run(invocation)
        },
    ));
    let mut host = Host::initialized(app).await;
    for number in ["0", "1"] {
        assert_eq!(
            call(&mut host, "greet").await,
            (Status::Success, number.to_owned())
        );
    }
}
