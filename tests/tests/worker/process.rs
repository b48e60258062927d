//! What only a process shows: exit codes, signals, its environment, its panics, its output.

use std::{collections::HashMap, env, process::Output};

use azure_functions_shared::rpc::{
    Content, Data, FunctionEnvironmentReloadRequest, InvocationResponse, WorkerInitRequest,
    rpc_log::{Level, RpcLogCategory},
    status_result::Status,
};
use tokio::process::{Child, Command};

use crate::host::{Host, status};

async fn start(variables: &[(&str, &str)]) -> Host<Child> {
    let mut host = Host::start_process(variables).await;
    host.init().await;
    host
}

fn text(response: InvocationResponse) -> String {
    match response.return_value.and_then(|value| value.data) {
        Some(Data::String(text)) => text,
        other => panic!("expected a text, got {other:?}"),
    }
}

/// Waits until a function says so in the log.
async fn waiting(host: &mut Host<Child>) {
    loop {
        match host.next().await.and_then(|message| message.content) {
            Some(Content::RpcLog(log)) if log.message == "waiting" => return,
            Some(Content::RpcLog(_)) => {}
            other => panic!("expected a log record, got {other:?}"),
        }
    }
}

#[track_caller]
fn check_end(end: &Output, success: bool, stderr: &str) {
    assert_eq!(end.status.success(), success, "{end:?}");
    assert!(end.status.code().is_some(), "killed: {end:?}");
    assert_eq!(
        String::from_utf8_lossy(&end.stdout),
        "stdout is the app's own\n"
    );
    assert_eq!(String::from_utf8_lossy(&end.stderr), stderr);
}

#[tokio::test]
async fn without_a_host() {
    let end = Command::new(env!("CARGO_BIN_EXE_small_app"))
        .output()
        .await
        .unwrap();
    check_end(
        &end,
        false,
        "error: this program is an Azure Functions app, which a Functions host starts; run it with `cargo func run`\n",
    );
}

#[tokio::test]
async fn terminated() {
    let mut host = start(&[]).await;
    host.invoke("1", "wait").await;
    waiting(&mut host).await;
    host.terminate(5).await;
    assert_eq!(text(host.response().await), "told");
    check_end(&host.exit().await, true, "");
}

#[tokio::test]
async fn host_goes_away() {
    let host = start(&[]).await;
    let end = host.hang_up().await;
    assert_eq!(end.status.code(), Some(1));
    assert!(
        String::from_utf8_lossy(&end.stderr).starts_with("error: the "),
        "{end:?}"
    );
}

#[tokio::test]
async fn host_dies() {
    let (mut host, wire) = Host::start_process_on_a_wire().await;
    host.init().await;
    host.invoke("1", "wait").await;
    waiting(&mut host).await;
    wire.abort();
    let end = host.output().await;
    assert_eq!(end.status.code(), Some(1));
    assert!(
        String::from_utf8_lossy(&end.stderr).starts_with("error: the "),
        "{end:?}"
    );
}

#[cfg(unix)]
#[tokio::test]
async fn signalled() {
    for (signal, name) in [("-TERM", "`SIGTERM`"), ("-INT", "an interrupt")] {
        let mut host = start(&[]).await;
        host.invoke("1", "wait").await;
        waiting(&mut host).await;
        let pid = host.pid().to_string();
        assert!(
            Command::new("kill")
                .args([signal, &pid])
                .status()
                .await
                .unwrap()
                .success()
        );
        assert_eq!(text(host.response().await), "told");
        let end = host.exit().await;
        check_end(
            &end,
            false,
            &format!("error: the worker was stopped by {name}\n"),
        );
    }
}

#[tokio::test]
async fn logs_come_before_the_answer() {
    let mut host = start(&[]).await;
    host.invoke("7", "log").await;
    assert_eq!(text(host.response().await), "logged");
    let logs: Vec<_> = host
        .logs
        .iter()
        .filter(|log| log.log_category() == RpcLogCategory::User)
        .map(|log| {
            (
                log.invocation_id.as_str(),
                log.category.as_str(),
                log.message.as_str(),
            )
        })
        .collect();
    assert_eq!(
        logs,
        [
            ("7", "Function.log.User", "from tracing"),
            ("7", "Function.log.User", "from log")
        ]
    );
}

#[tokio::test]
async fn what_a_function_logged_that_fails_or_panics_comes_before_its_answer() {
    for (function, message) in [
        (
            "log_and_fail",
            "an error occurred when formatting an argument",
        ),
        ("log_and_boom", "boom"),
        ("log_and_boom_blocking", "boom"),
    ] {
        let mut host = start(&[]).await;
        host.invoke("7", function).await;
        let result = host.response().await.result.unwrap();
        assert_eq!(result.status(), Status::Failure, "{function}");
        assert_eq!(result.exception.unwrap().message, message, "{function}");
        let lines: Vec<_> = host
            .logs
            .iter()
            .filter(|log| log.invocation_id == "7")
            .map(|log| log.message.clone())
            .collect();
        let logged: Vec<_> = (0..100).map(|line| format!("line {line}")).collect();
        assert_eq!(lines, logged, "{function}");
    }
}

/// What the function `log` gets through, of an information and a warning.
async fn logged(host: &mut Host<Child>) -> Vec<String> {
    host.logs.clear();
    host.invoke("7", "log").await;
    host.response().await;
    let logs = host.logs.iter().filter(|log| log.invocation_id == "7");
    logs.map(|log| log.message.clone()).collect()
}

#[tokio::test]
async fn what_the_host_would_throw_away_is_not_sent() {
    const ALL: [&str; 2] = ["from tracing", "from log"];
    let app = tempfile::tempdir().unwrap();
    let file = r#"{ "version": "2.0", "logging": { "logLevel": { "Function": "Warning" } } }"#;
    std::fs::write(app.path().join("host.json"), file).unwrap();
    let directory = app.path().to_str().unwrap();
    let mut host = Host::start_process(&[]).await;
    // An app that is not known yet.
    host.init().await;
    assert_eq!(logged(&mut host).await, ALL);
    host.reload(&[], directory).await;
    assert_eq!(logged(&mut host).await, ["from log"]);
    // A setting has precedence over the file.
    let name = "AzureFunctionsJobHost__logging__logLevel__Function.log";
    host.reload(&[(name, "Information")], directory).await;
    assert_eq!(logged(&mut host).await, ALL);
    host.reload(&[(name, "None")], directory).await;
    assert!(logged(&mut host).await.is_empty());
    // A host may say it in its first message.
    for (level, expected) in [
        (Level::Information, &ALL[..]),
        (Level::Warning, &ALL[1..]),
        (Level::Critical, &[]),
    ] {
        host.init_with(WorkerInitRequest {
            log_categories: HashMap::from([("Function.log".to_owned(), level.into())]),
            function_app_directory: directory.to_owned(),
            ..WorkerInitRequest::default()
        })
        .await;
        assert_eq!(logged(&mut host).await, expected, "{level:?}");
    }
}

#[tokio::test]
async fn a_filter_does_not_hide_the_invocation() {
    let mut host = start(&[("RUST_LOG", "off,small_app=warn")]).await;
    host.invoke("7", "log").await;
    host.response().await;
    let logs: Vec<_> = host
        .logs
        .iter()
        .map(|log| (log.invocation_id.as_str(), log.message.as_str()))
        .collect();
    assert_eq!(logs, [("7", "from log")]);
}

#[tokio::test]
async fn panics_say_where() {
    for (variables, function, backtrace) in [
        (&[][..], "boom", false),
        (&[("RUST_BACKTRACE", "1")][..], "boom_blocking", true),
    ] {
        let mut host = start(variables).await;
        host.invoke("1", function).await;
        let response = host.response().await;
        let exception = response.result.unwrap().exception.unwrap();
        assert_eq!(
            (exception.message.as_str(), exception.r#type.as_str()),
            ("boom", "panic")
        );
        let trace = exception.stack_trace;
        assert!(
            trace.starts_with("panicked at tests/src/bin/small_app.rs:"),
            "{trace}"
        );
        assert_eq!(trace.contains("small_app::boom"), backtrace, "{trace}");
        // The others live on.
        host.invoke("2", "log").await;
        assert_eq!(text(host.response().await), "logged");
    }
}

#[tokio::test]
async fn environment() {
    let mut host = start(&[("SETTING", "before")]).await;
    let here = env::current_dir().unwrap();
    host.invoke("1", "where_am_i").await;
    assert_eq!(
        text(host.response().await),
        format!("before {}", here.display())
    );
    let there = env::temp_dir().canonicalize().unwrap();
    host.send(Content::FunctionEnvironmentReloadRequest(
        FunctionEnvironmentReloadRequest {
            environment_variables: HashMap::from([("SETTING".to_owned(), "after".to_owned())]),
            function_app_directory: there.display().to_string(),
        },
    ))
    .await;
    let Content::FunctionEnvironmentReloadResponse(response) = host.answer().await else {
        panic!("not a reload response");
    };
    assert_eq!(status(response.result), Status::Success);
    host.invoke("2", "where_am_i").await;
    assert_eq!(
        text(host.response().await),
        format!("after {}", there.display())
    );
}
