//! An app for the tests that need a process: exit codes, signals, the environment, panics.

use std::process::ExitCode;

use azure_functions::{App, Data, FunctionDef, InvokeError, Invoker, Outputs};
use azure_functions_tests::ping::function;

static FUNCTIONS: [FunctionDef; 8] = [
    function(
        "where_am_i",
        Invoker::Blocking(|_| {
            let setting = azure_functions::env::var("SETTING").unwrap_or_default();
            let directory = std::env::current_dir().unwrap_or_default();
            Ok(pong(format!("{setting} {}", directory.display())))
        }),
    ),
    function(
        "log",
        Invoker::Blocking(|_| {
            tracing::debug!("too fine");
            tracing::info!("from tracing");
            tracing_log::log::warn!("from log");
            Ok(pong("logged"))
        }),
    ),
    function("boom", Invoker::Async(|_| Box::pin(async { boom() }))),
    function("boom_blocking", Invoker::Blocking(|_| boom())),
    function(
        "log_and_fail",
        Invoker::Async(|_| {
            Box::pin(async {
                log_lines();
                Err(InvokeError::User {
                    type_name: "fmt::Error",
                    error: Box::new(std::fmt::Error),
                })
            })
        }),
    ),
    function(
        "log_and_boom",
        Invoker::Async(|_| {
            Box::pin(async {
                log_lines();
                boom()
            })
        }),
    ),
    function(
        "log_and_boom_blocking",
        Invoker::Blocking(|_| {
            log_lines();
            boom()
        }),
    ),
    function(
        "wait",
        Invoker::Async(|call| {
            Box::pin(async move {
                tracing::info!("waiting");
                call.context().cancelled().await;
                Ok(pong("told"))
            })
        }),
    ),
];

#[expect(clippy::print_stdout, reason = "the host must not mind")]
fn main() -> ExitCode {
    println!("stdout is the app's own");
    tracing::info!("nobody listens yet");
    App::with_functions(&FUNCTIONS).run()
}

fn pong(text: impl Into<String>) -> Outputs {
    let mut outputs = Outputs::new();
    outputs.put("$return", Data::text(text));
    outputs
}

fn log_lines() {
    for line in 0..100 {
        tracing::info!("line {line}");
    }
}

#[expect(clippy::panic, reason = "it is what the test is about")]
fn boom() -> ! {
    panic!("boom")
}
