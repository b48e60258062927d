//! An app for the tests that need a process: exit codes, signals, the environment, panics.

use std::process::ExitCode;

use azure_functions::{App, Data, FunctionDef, Invoker, Outputs};
use azure_functions_tests::ping::function;

static FUNCTIONS: [FunctionDef; 5] = [
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

#[expect(clippy::panic, reason = "it is what the test is about")]
fn boom() -> ! {
    panic!("boom")
}
