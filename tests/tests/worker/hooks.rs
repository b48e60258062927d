//! Hooks: when they run, in which order, and what becomes of those that fail or never end.

use std::{collections::HashMap, future::pending, io, sync::Arc};

use azure_functions::{
    App, AppContext, BoxError, FunctionDef, Invoker, Outputs, State, func, functions,
};
use azure_functions_shared::rpc::{
    Content, Data, FunctionEnvironmentReloadRequest, FunctionLoadRequest,
    FunctionLoadRequestCollection, FunctionsMetadataRequest, ParameterBinding, RpcFunctionMetadata,
    StatusResult, WorkerStatusRequest, WorkerWarmupRequest, parameter_binding::RpcData,
    status_result::Status,
};
use azure_functions_tests::ping::function;
use tokio::sync::{
    Notify,
    mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
};

use crate::host::{Host, invocation, status};

static FUNCTIONS: [FunctionDef; 2] = [
    function(
        "note",
        Invoker::Blocking(|call| {
            let notes: State<Notes> = azure_functions::FromContext::from_context(call.context())
                .map_err(|error| azure_functions::InvokeError::Bind {
                    parameter: "notes",
                    error,
                })?;
            notes.note(call.context().invocation_id());
            Ok(Outputs::new())
        }),
    ),
    function(
        "wait",
        Invoker::Async(|call| {
            Box::pin(async move {
                call.context().cancelled().await;
                Ok(Outputs::new())
            })
        }),
    ),
];

/// What the hooks and functions tell.
#[derive(Clone)]
struct Notes(UnboundedSender<String>);

impl Notes {
    fn note(&self, text: impl Into<String>) {
        self.0.send(text.into()).unwrap();
    }

    /// A hook that says `name`, and then is `result`.
    fn hook(
        &self,
        name: &'static str,
        result: Result<(), &'static str>,
    ) -> impl Fn(AppContext) -> std::future::Ready<Result<(), BoxError>> + Send + Sync + 'static
    {
        let notes = self.clone();
        move |_| {
            notes.note(name);
            std::future::ready(result.map_err(Into::into))
        }
    }

    /// A hook that says `name`, and never ends.
    fn stuck(
        &self,
        name: &'static str,
    ) -> impl Fn(AppContext) -> std::future::Pending<Result<(), BoxError>> + Send + Sync + 'static
    {
        let notes = self.clone();
        move |_| {
            notes.note(name);
            pending()
        }
    }
}

fn notes() -> (Notes, UnboundedReceiver<String>) {
    let (sender, receiver) = unbounded_channel();
    (Notes(sender), receiver)
}

/// All that was told so far, in one line.
fn told(notes: &mut UnboundedReceiver<String>) -> String {
    let told: Vec<_> = std::iter::from_fn(|| notes.try_recv().ok()).collect();
    told.join(" ")
}

/// Adds hooks to an app.
type Given = fn(App, &Notes) -> App;

fn app() -> App {
    App::with_functions(&FUNCTIONS)
}

fn reason(result: Option<StatusResult>) -> String {
    let exception = result.and_then(|result| result.exception);
    exception
        .map(|exception| exception.message)
        .unwrap_or_default()
}

fn load(id: &str) -> FunctionLoadRequest {
    FunctionLoadRequest {
        function_id: id.to_owned(),
        metadata: Some(RpcFunctionMetadata {
            name: id.to_owned(),
            ..RpcFunctionMetadata::default()
        }),
        ..FunctionLoadRequest::default()
    }
}

/// Loads a function, and gives the reason if that fails.
async fn load_failure(host: &mut Host, id: &str) -> String {
    host.send(Content::FunctionLoadRequest(load(id))).await;
    match host.answer().await {
        Content::FunctionLoadResponse(response) => reason(response.result),
        other => panic!("expected an answer to a load, got {other:?}"),
    }
}

async fn reload(host: &mut Host, variables: &[(&str, &str)]) -> (Status, String) {
    let variables = variables.iter();
    host.send(Content::FunctionEnvironmentReloadRequest(
        FunctionEnvironmentReloadRequest {
            environment_variables: variables
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect::<HashMap<_, _>>(),
            ..FunctionEnvironmentReloadRequest::default()
        },
    ))
    .await;
    match host.answer().await {
        Content::FunctionEnvironmentReloadResponse(response) => {
            let text = reason(response.result.clone());
            (status(response.result), text)
        }
        other => panic!("expected an answer to a reload, got {other:?}"),
    }
}

#[tokio::test]
async fn in_order_and_back() {
    let (notes, mut told_) = notes();
    let app = app()
        .on_start(notes.hook("a", Ok(())))
        .on_stop(notes.hook("-a", Ok(())))
        .on_start(notes.hook("b", Ok(())))
        .on_stop(notes.hook("-b", Err("too late")))
        .on_stop(|_| async {
            if true {
                panic!("at the end")
            } else {
                Ok::<_, io::Error>(())
            }
        })
        .on_stop(notes.hook("-c", Ok(())))
        .state(notes);
    let mut host = Host::initialized(app).await;
    assert_eq!(told(&mut told_), "", "not before the host asks");
    assert_eq!(load_failure(&mut host, "note").await, "");
    assert_eq!(load_failure(&mut host, "wait").await, "");
    assert_eq!(told(&mut told_), "a b", "once");
    host.invoke("1", "note").await;
    host.response().await;
    host.invoke("2", "wait").await;
    host.terminate(5).await;
    assert_eq!(status(host.response().await.result), Status::Success);
    let texts = &mut Vec::new();
    while let Some(message) = host.next().await {
        let Some(Content::RpcLog(log)) = message.content else {
            panic!("not a log record: {message:?}");
        };
        texts.push(log.message);
    }
    assert_eq!(told(&mut told_), "1 -c -b -a");
    assert!(
        matches!(&texts[..], [panicked, failed]
            if panicked.starts_with("`on_stop` at ") && panicked.ends_with(" panicked: at the end")
                && failed.ends_with(" failed: too late")),
        "{texts:?}"
    );
    host.hang_up().await.unwrap();
}

#[tokio::test]
async fn start_waits_for_the_environment() {
    let (notes, mut told_) = notes();
    let seen = notes.clone();
    let app = app()
        .on_start(async move |_| {
            seen.note(azure_functions::env::var("HOOKS").unwrap_or_default());
            Ok::<_, io::Error>(())
        })
        .state(notes);
    let mut host = Host::initialized(app).await;
    assert_eq!(
        reload(&mut host, &[("HOOKS", "settled")]).await.0,
        Status::Success
    );
    assert_eq!(load_failure(&mut host, "note").await, "");
    assert_eq!(told(&mut told_), "settled");
    let (status, reason) = reload(&mut host, &[]).await;
    assert_eq!(status, Status::Failure);
    assert!(
        reason.ends_with("another one needs a new process"),
        "{reason}"
    );
}

struct Pool(&'static str);
struct Repository(String);

#[func]
fn stored(
    #[binding(queue_name = "orders")] message: &azure_functions::bindings::QueueTrigger,
    repository: &State<Repository>,
    notes: &State<Notes>,
) {
    notes.note(format!("{} {}", message.message, repository.0));
}

#[tokio::test]
async fn states_are_made_at_the_start() {
    let (notes, mut told_) = notes();
    let app = App::with_functions(functions![stored]).state(notes.clone());
    let mut host = Host::initialized(app).await;
    assert!(
        load_failure(&mut host, "stored")
            .await
            .contains("takes `State<worker::hooks::Repository>`, and the app has no such state")
    );

    let app = App::with_functions(functions![stored])
        .state_with(async |_| Ok::<_, io::Error>(Pool("pool")))
        .state_with(|app: AppContext| async move {
            let pool = app.state::<Pool>().ok_or("no pool")?;
            Ok::<_, BoxError>(Repository(format!("in the {}", pool.0)))
        })
        .state(notes);
    let mut host = Host::initialized(app).await;
    // A host that does not wait has its answer too.
    host.invoke("0", "stored").await;
    let early = host.response().await;
    assert!(reason(early.result).contains("before the app had started"));
    assert_eq!(load_failure(&mut host, "stored").await, "");
    let Content::InvocationRequest(mut request) = invocation("1", "stored") else {
        unreachable!();
    };
    request.input_data.push(ParameterBinding {
        name: "message".to_owned(),
        rpc_data: Some(RpcData::Data(Data::String("order".to_owned()).into())),
    });
    host.send(Content::InvocationRequest(request)).await;
    assert_eq!(status(host.response().await.result), Status::Success);
    assert_eq!(told(&mut told_), "order in the pool");
}

#[tokio::test(start_paused = true)]
async fn a_start_that_fails_is_the_answer_to_loads() {
    let failing: [(Given, &str, &str); 4] = [
        (
            |app, notes| app.on_start(notes.hook("b", Err("no luck"))),
            "a b -a",
            " failed: no luck",
        ),
        (
            |app, _| app.on_start(|_| async { Err(io::Error::other("no disk")) }),
            "a -a",
            " failed: no disk",
        ),
        (
            |app, _| {
                app.on_start(|_| async {
                    if true {
                        panic!("oh no")
                    } else {
                        Ok::<_, io::Error>(())
                    }
                })
            },
            "a -a",
            " panicked: oh no",
        ),
        (
            |app, notes| app.on_start(notes.stuck("b")),
            "a b -a",
            " did not end within the 50.0 s that it had; it must not wait for what may not come",
        ),
    ];
    for (add, expected, reason) in failing {
        let (notes, mut told_) = notes();
        let app = app()
            .on_start(notes.hook("a", Ok(())))
            .on_stop(notes.hook("-a", Ok(())));
        let app = add(app, &notes)
            .on_start(notes.hook("never", Ok(())))
            .on_stop(notes.hook("-never", Ok(())))
            .state(notes);
        let mut host = Host::initialized(app).await;
        let failure = load_failure(&mut host, "note").await;
        assert!(
            failure.starts_with("the app cannot start: `on_start` at "),
            "{failure}"
        );
        assert!(failure.ends_with(reason), "{failure}");
        assert!(
            host.logs.iter().any(|log| log.message == failure),
            "{reason}"
        );
        host.send(Content::FunctionLoadRequestCollection(
            FunctionLoadRequestCollection {
                function_load_requests: vec![load("note"), load("?")],
            },
        ))
        .await;
        let Content::FunctionLoadResponseCollection(responses) = host.answer().await else {
            panic!("not an answer to loads");
        };
        for response in responses.function_load_responses {
            assert_eq!(status(response.result), Status::Failure);
        }
        host.invoke("1", "note").await;
        assert_eq!(
            host.response()
                .await
                .result
                .unwrap()
                .exception
                .unwrap()
                .message,
            failure
        );
        host.terminate(5).await;
        host.end().await.unwrap();
        assert_eq!(told(&mut told_), expected, "{reason}");
    }
}

#[tokio::test]
async fn the_reader_does_not_wait_for_hooks() {
    let (notes, mut told_) = notes();
    let gate = Arc::new(Notify::new());
    let opened = Arc::clone(&gate);
    let app = app()
        .on_start(async move |_| {
            opened.notified().await;
            Ok::<_, io::Error>(())
        })
        .on_warm_up(notes.stuck("warm"))
        .state(notes);
    let mut host = Host::initialized(app).await;
    host.send(Content::WorkerWarmupRequest(WorkerWarmupRequest::default()))
        .await;
    host.send(Content::FunctionLoadRequest(load("note"))).await;
    host.send(Content::FunctionsMetadataRequest(
        FunctionsMetadataRequest::default(),
    ))
    .await;
    let Content::FunctionMetadataResponse(response) = host.answer().await else {
        panic!("not the functions");
    };
    assert_eq!(status(response.result), Status::Success);
    host.send(Content::WorkerStatusRequest(WorkerStatusRequest {}))
        .await;
    assert!(matches!(
        host.answer().await,
        Content::WorkerStatusResponse(_)
    ));
    gate.notify_one();
    let Content::FunctionLoadResponse(response) = host.answer().await else {
        panic!("not an answer to a load");
    };
    assert_eq!(status(response.result), Status::Success);
    // The warm-up does not hold up the end.
    host.terminate(5).await;
    let Content::WorkerWarmupResponse(response) = host.answer().await else {
        panic!("not an answer to a warm-up");
    };
    assert_eq!(status(response.result), Status::Failure);
    host.end().await.unwrap();
    assert_eq!(told(&mut told_), "warm");
}

#[tokio::test(start_paused = true)]
async fn warm_up() {
    let cases: [(Given, &str); 3] = [
        (|app, notes| app.on_warm_up(notes.hook("b", Ok(()))), ""),
        (
            |app, notes| app.on_warm_up(notes.hook("b", Err("too cold"))),
            " failed: too cold",
        ),
        (
            |app, notes| app.on_warm_up(notes.stuck("b")),
            " did not end within the 80.0 s that it had; it must not wait for what may not come",
        ),
    ];
    for (add, reason_) in cases {
        let (notes, mut told_) = notes();
        let app = app()
            .on_start(notes.hook("start", Ok(())))
            .on_warm_up(notes.hook("a", Ok(())));
        let mut host = Host::initialized(add(app, &notes).state(notes)).await;
        for _ in 0..2 {
            host.send_message(
                Content::WorkerWarmupRequest(WorkerWarmupRequest::default()).into_message("id"),
            )
            .await;
            let Content::WorkerWarmupResponse(response) = host.answer().await else {
                panic!("not an answer to a warm-up");
            };
            let text = reason(response.result);
            assert!(
                text.ends_with(reason_) && text.is_empty() == reason_.is_empty(),
                "{text}"
            );
            assert_eq!(
                host.logs
                    .last()
                    .map(|log| log.message.clone())
                    .unwrap_or_default(),
                text
            );
            assert_eq!(told(&mut told_), "a b", "start hooks come later");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_stop_hook_that_is_stuck_is_named() {
    let (notes, mut told_) = notes();
    let app = app()
        .on_stop(notes.hook("last", Ok(())))
        .on_stop(notes.stuck("stuck"))
        .on_stop(notes.stuck("stuck too"))
        .state(notes);
    let mut host = Host::initialized(app).await;
    host.load("1", "note").await;
    let before = tokio::time::Instant::now();
    host.terminate(5).await;
    let mut texts = Vec::new();
    while let Some(message) = host.next().await {
        if let Some(Content::RpcLog(log)) = message.content {
            texts.push(log.message);
        }
    }
    assert_eq!(told(&mut told_), "stuck too stuck last");
    let shares: Vec<_> = texts
        .iter()
        .map(|text| text.split_once(" did not end within the "))
        .collect();
    assert!(
        matches!(&shares[..], [Some((hook, share)), Some((_, next))]
            if hook.starts_with("`on_stop` at tests/tests/worker/hooks.rs:")
                && share.starts_with("1.5 s") && next.starts_with("1.5 s")),
        "{texts:?}"
    );
    assert!(before.elapsed().as_secs_f32() < 4.6);
    host.hang_up().await.unwrap();
}

#[tokio::test]
async fn stop_hooks_run_when_the_host_goes_away() {
    let (notes, mut told_) = notes();
    let app = app().on_stop(notes.hook("stop", Ok(()))).state(notes);
    let mut host = Host::initialized(app).await;
    host.load("1", "wait").await;
    host.invoke("1", "wait").await;
    assert!(host.hang_up().await.unwrap_err().is_connection());
    assert_eq!(told(&mut told_), "stop");
}

#[tokio::test]
async fn stop_during_the_start() {
    let (notes, mut told_) = notes();
    let app = app()
        .on_stop(notes.hook("-a", Ok(())))
        .on_start(notes.stuck("b"))
        .on_stop(notes.hook("-b", Ok(())))
        .state(notes);
    let mut host = Host::initialized(app).await;
    host.send(Content::FunctionLoadRequest(load("note"))).await;
    assert_eq!(told_.recv().await.as_deref(), Some("b"));
    host.terminate(5).await;
    let Content::FunctionLoadResponse(response) = host.answer().await else {
        panic!("not an answer to a load");
    };
    assert!(reason(response.result).starts_with("the worker stopped before"));
    host.end().await.unwrap();
    assert_eq!(told(&mut told_), "-a");
}
