//! Start, loss, restart and end of the worker.

use std::time::Duration;

use azure_functions_host::{EventKind, HostError, InvokeError};
use azure_functions_shared::rpc::Content;

use crate::support::{Setup, http, soon};

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
            "the worker is not ready: the worker refused to be initialized: does not want to\nat scripted",
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
    for drain in [Duration::ZERO, Duration::from_secs(10)] {
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
        setup.config.function_timeout = Some(Duration::from_millis(200));
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
