//! Start, loss, restart and end of the worker.

use std::{path::Path, time::Duration};

use azure_functions_host::{EventKind, HostError, InvokeError};
use azure_functions_shared::rpc::{Content, FunctionRpcClient, StartStream, WorkerStatusResponse};
use serde_json::json;
use tokio_stream::StreamExt as _;

use crate::{
    client::{get, post},
    support::{Setup, function, http, soon},
};

#[tokio::test]
async fn the_worker_hears_what_the_real_host_says_in_its_order() {
    let app = Setup::new(&[http("echo"), http("pid")]).start().await;
    let answer = soon(app.host.invoke("echo", "hello")).await.unwrap();
    assert!(!answer.invocation_id().is_empty());
    let record = app.record();
    let names: Vec<_> = record
        .iter()
        .map(|(direction, message)| {
            let content = format!("{:?}", message.content.as_ref().unwrap());
            let name = content.split('(').next().unwrap().to_owned();
            format!("{direction} {name}")
        })
        .collect();
    assert_eq!(
        names,
        [
            "out StartStream",
            "in WorkerInitRequest",
            "out WorkerInitResponse",
            "in FunctionsMetadataRequest",
            "out FunctionMetadataResponse",
            "in FunctionLoadRequest",
            "out FunctionLoadResponse",
            "in FunctionLoadRequest",
            "out FunctionLoadResponse",
            "in InvocationRequest",
            "out InvocationResponse",
        ]
    );
    soon(app.host.stop()).await.unwrap();
}

#[tokio::test]
async fn a_worker_that_does_not_get_ready_is_explained() {
    for (start, expected) in [
        (
            "exit",
            "the worker ended before it was ready: `scripted-worker` exited with code 3 (0x3)\n  | fatal: exits before its first message",
        ),
        (
            "leave",
            "the worker ended before it was ready: `scripted-worker` exited with code 4 (0x4)\n  | fatal: leaves instead of an answer",
        ),
        (
            "silent",
            "the worker is not ready: the worker did not send `StartStream` within 0.3 s",
        ),
        (
            "mute",
            "the worker is not ready: the worker did not send `WorkerInitResponse` within 0.3 s",
        ),
        (
            "refuse",
            "the worker refused to be initialized: does not want to\nat scripted",
        ),
    ] {
        let mut setup = Setup::new(&[http("echo")]).with("SCRIPT_START", start);
        if start == "silent" {
            setup.config.limits.startup = Duration::from_millis(300);
        }
        if start == "mute" {
            setup.config.limits.initialization = Duration::from_millis(300);
        }
        let error = setup.try_start().await.unwrap_err();
        assert_eq!(error.to_string(), expected, "{start}");
    }
}

#[tokio::test]
async fn a_lost_worker_fails_its_calls_at_once_and_is_replaced() {
    for (function, reason) in [
        (
            "crash",
            "`scripted-worker` exited with code 1 (0x1)\nfatal: crashes on purpose",
        ),
        (
            "panic",
            "`scripted-worker` exited with code 101 (0x65)\nthread 'main' panicked at src/main.rs:1:1:\nboom",
        ),
        ("again", "`scripted-worker` exited with code 200 (0xC8)"),
    ] {
        let app = Setup::new(&[http("echo"), http("never"), http(function)])
            .start()
            .await;
        let (never, crash) = soon(async {
            tokio::join!(app.host.invoke("never", ""), app.host.invoke(function, ""))
        })
        .await;
        for failure in [never, crash] {
            assert_eq!(failure, Err(InvokeError::WorkerLost(reason.to_owned())));
        }
        soon(app.host.invoke("echo", "")).await.unwrap();
        // The second process loads the functions without being asked for them again.
        let loads = |message: &Content| matches!(message, Content::FunctionLoadRequest(_));
        let asks = |message: &Content| matches!(message, Content::FunctionsMetadataRequest(_));
        let record = app.record();
        let count = |which: &dyn Fn(&Content) -> bool| {
            record
                .iter()
                .filter(|(_, message)| which(message.content.as_ref().unwrap()))
                .count()
        };
        assert_eq!((count(&loads), count(&asks)), (6, 1), "{function}");
    }
}

#[tokio::test]
async fn too_many_losses_stop_the_host() {
    let mut setup = Setup::new(&[http("echo"), http("crash")]);
    setup.config.limits.restart_interval = Duration::ZERO;
    let mut app = setup.start().await;
    for _ in 0..3 {
        soon(app.host.invoke("crash", "")).await.unwrap_err();
    }
    let error = soon(app.host.invoke("echo", "")).await.unwrap_err();
    assert!(matches!(error, InvokeError::NoWorker(_)), "{error}");
    let error = soon(app.host.wait()).await.unwrap_err();
    assert!(error.to_string().contains("lost 3 times"), "{error}");
    // It has been said.
    soon(app.host.wait()).await.unwrap();
    soon(app.host.stop()).await.unwrap();
}

#[tokio::test]
async fn a_worker_that_quits_is_not_replaced_and_nobody_waits() {
    let mut app = Setup::new(&[http("quit"), http("never")]).start().await;
    let calls = async { tokio::join!(app.host.invoke("never", ""), app.host.invoke("quit", "")) };
    let (never, quit) = soon(calls).await;
    for failure in [never, quit] {
        assert!(
            matches!(failure, Err(InvokeError::WorkerLost(_))),
            "{failure:?}"
        );
    }
    let error = soon(app.host.wait()).await.unwrap_err();
    assert!(matches!(error, HostError::WorkerLost(_)), "{error}");
}

#[tokio::test]
async fn a_call_in_flight_is_answered_before_the_worker_ends() {
    for drain in [Duration::ZERO, Duration::from_secs(600)] {
        let mut setup = Setup::new(&[http("slow")]);
        setup.config.limits.drain = drain;
        let mut app = setup.start().await;
        let call = tokio::spawn(app.host.invoke("slow", "300"));
        app.event(EventKind::Started).await;
        soon(app.host.stop()).await.unwrap();
        soon(call).await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn a_call_that_takes_too_long_is_cancelled_and_its_worker_replaced_if_it_does_not_answer() {
    for (function, workers) in [("wait", 1), ("never", 2)] {
        let mut setup = Setup::new(&[http("echo"), http(function)]);
        setup.config.host_json.function_timeout = Some(Duration::from_millis(200));
        setup.config.limits.timeout_grace = Duration::from_millis(300);
        setup.config.limits.terminate_grace = Duration::from_millis(100);
        let app = setup.start().await;
        let error = soon(app.host.invoke(function, "")).await.unwrap_err();
        assert_eq!(error, InvokeError::TimedOut(Duration::from_millis(200)));
        soon(app.host.invoke("echo", "")).await.unwrap();
        let record = app.record();
        let count = |wanted: fn(&Content) -> bool| {
            let contents = record
                .iter()
                .filter_map(|(_, message)| message.content.as_ref());
            contents.filter(|content| wanted(content)).count()
        };
        let starts = count(|content| matches!(content, Content::StartStream(_)));
        let cancels = count(|content| matches!(content, Content::InvocationCancel(_)));
        assert_eq!((starts, cancels), (workers, 1), "{function}");
    }
}

#[tokio::test]
async fn the_worker_runs_in_the_folder_of_the_app_with_its_settings() {
    let app = Setup::new(&[http("env")])
        .with("MY_SETTING", "mine")
        .start()
        .await;
    let folder = app.folder.path().to_str().unwrap().to_owned();
    for (name, expected) in [
        ("", folder.as_str()),
        ("MY_SETTING", "mine"),
        ("FUNCTIONS_WORKER_DIRECTORY", &folder),
        ("FUNCTIONS_APPLICATION_DIRECTORY", &folder),
        ("AzureWebJobsScriptRoot", &folder),
        ("FUNCTIONS_WORKER_RUNTIME", "native"),
        ("AZURE_FUNCTIONS_ENVIRONMENT", "Development"),
    ] {
        let reply = post(app.host.address(), "/api/env", "text/plain", name).await;
        assert_eq!(reply.body, expected, "{name}");
    }
}

#[tokio::test]
async fn an_app_that_cannot_start_is_explained_with_a_hint() {
    let taken = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = taken.local_addr().unwrap().port();
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("missing");
    let plain = folder.path().join("plain");
    std::fs::write(&plain, "").unwrap();
    let program = |path: &Path| {
        let mut setup = Setup::new(&[http("echo")]);
        setup.config.worker = path.to_owned();
        setup
    };
    let mut busy = Setup::new(&[http("echo")]);
    busy.config.port = port;
    let mut astray = Setup::new(&[http("echo")]);
    astray.config.directory = missing.clone();
    let broken = function(
        "echo",
        &json!([{ "type": "http", "direction": "out", "name": "x" }]),
    );
    for (setup, text, hint) in [
        (busy, "cannot listen on", "another program uses port"),
        (program(&missing), "cannot start", "build the app first"),
        (program(&plain), "cannot start", "must be executable"),
        (astray, "does not exist", "`host.json`"),
        (Setup::new(&[]), "the app has no functions", "`#[func]`"),
        (
            Setup::new(&[http("echo"), http("ECHO")]),
            "differ only in case",
            "",
        ),
        (Setup::new(&[broken]), "No trigger binding specified", ""),
    ] {
        let error = setup.try_start().await.unwrap_err();
        assert!(error.to_string().contains(text), "{error}");
        assert!(
            error.hint().unwrap_or_default().contains(hint),
            "{error}: {:?}",
            error.hint()
        );
    }
}

#[tokio::test]
async fn a_function_that_is_not_loaded_fails_alone() {
    let app = Setup::new(&[http("echo"), http("unloadable")])
        .start()
        .await;
    let error = soon(app.host.invoke("unloadable", "")).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "the worker has not loaded the function: cannot be loaded\nat scripted"
    );
    soon(app.host.invoke("echo", "")).await.unwrap();
}

#[tokio::test]
async fn an_answer_counts_once() {
    let mut app = Setup::new(&[http("double")]).start().await;
    for _ in 0..2 {
        soon(app.host.invoke("double", "")).await.unwrap();
        app.event(EventKind::Succeeded).await;
    }
}

#[tokio::test]
async fn a_worker_that_closes_its_stream_and_lives_on_is_killed_and_replaced() {
    let app = Setup::new(&[http("pid"), http("hangup")]).start().await;
    let address = app.host.address();
    let pid = get(address, "/api/pid").await.body;
    let error = soon(app.host.invoke("hangup", "")).await.unwrap_err();
    assert!(
        error.to_string().contains("while its process lived"),
        "{error}"
    );
    assert!(!Path::new("/proc").join(&pid).exists(), "{pid} still lives");
    assert_ne!(get(address, "/api/pid").await.body, pid);
}

#[tokio::test]
async fn a_host_that_is_dropped_takes_its_worker_along() {
    let app = Setup::new(&[http("pid")]).start().await;
    let pid = get(app.host.address(), "/api/pid").await.body;
    let mut events = app.events;
    drop(app.host);
    // The events end with the last part of the host.
    soon(async { while events.next().await.is_some() {} }).await;
    assert!(!Path::new("/proc").join(&pid).exists(), "{pid} still lives");
}

#[tokio::test]
async fn a_worker_that_cannot_terminate_is_killed_once_its_calls_have_ended_or_their_time_is_up() {
    for (drain, answered) in [(Duration::ZERO, false), (Duration::from_secs(600), true)] {
        let mut setup = Setup::new(&[http("slow")]).with("SCRIPT_CAPABILITIES", "WorkerStatus");
        setup.config.limits.drain = drain;
        let mut app = setup.start().await;
        let call = tokio::spawn(app.host.invoke("slow", "300"));
        app.event(EventKind::Started).await;
        soon(app.host.stop()).await.unwrap();
        assert_eq!(soon(call).await.unwrap().is_ok(), answered, "{drain:?}");
    }
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn the_worker_does_not_hear_what_a_terminal_says_to_the_host() {
    let app = Setup::new(&[http("pid")]).start().await;
    let pid = get(app.host.address(), "/api/pid").await.body;
    let status = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    // After the name in brackets: state, parent, group.
    let group = status.rsplit_once(") ").unwrap().1.split(' ').nth(2);
    assert_eq!(group, Some(pid.as_str()));
}

#[tokio::test]
async fn the_stream_of_a_worker_that_nobody_started_is_ended() {
    let app = Setup::new(&[http("args")]).start().await;
    let arguments = get(app.host.address(), "/api/args").await.body;
    let arguments: Vec<_> = arguments.split(' ').collect();
    let names: Vec<_> = arguments.iter().step_by(2).copied().collect();
    assert_eq!(
        names,
        [
            "--host",
            "--port",
            "--workerId",
            "--requestId",
            "--grpcMaxMessageLength",
            "--functions-uri",
            "--functions-worker-id",
            "--functions-request-id",
            "--functions-grpc-max-message-length",
        ]
    );
    let start = |worker_id: &str| {
        let worker_id = worker_id.to_owned();
        Content::StartStream(StartStream { worker_id }).into_message("")
    };
    let status = || Content::WorkerStatusResponse(WorkerStatusResponse {}).into_message("");
    for (first, refused) in [
        (start("unknown"), false),
        // The one that is connected already.
        (start(arguments[5]), false),
        (status(), true),
    ] {
        let uri = arguments[11].to_owned();
        let mut client = FunctionRpcClient::connect(uri).await.unwrap();
        let said = tokio_stream::iter([first]).chain(tokio_stream::pending());
        match soon(client.event_stream(said)).await {
            Ok(stream) => {
                assert!(!refused);
                let heard = soon(stream.into_inner().message()).await.unwrap();
                assert_eq!(heard, None);
            }
            Err(error) => assert!(
                refused && error.message().contains("StartStream"),
                "{error}"
            ),
        }
    }
    soon(app.host.invoke("args", "")).await.unwrap();
}
