//! An app that exports its traces and logs, for the tests that need a process: there is one way of all events in each.

use std::{process::ExitCode, time::Duration};

use azure_functions::{
    App, Call, Context, Data, FunctionDef, InvokeError, Invoker, OpenTelemetry, Outputs,
};
use azure_functions_tests::ping::function;

static FUNCTIONS: [FunctionDef; 5] = [
    function(
        "hello",
        Invoker::Async(|call| {
            Box::pin(async move {
                tracing::info!(answer = 42, "inside");
                // A wait, so that the span is left and entered again.
                tokio::task::yield_now().await;
                work(call.context());
                Ok(pong())
            })
        }),
    ),
    function(
        "hello_blocking",
        Invoker::Blocking(|call| {
            work(call.context());
            Ok(pong())
        }),
    ),
    function("fail", Invoker::Blocking(fail)),
    function("boom", Invoker::Async(|_| Box::pin(async { boom() }))),
    function(
        "wait",
        Invoker::Async(|call| {
            Box::pin(async move {
                call.context().cancelled().await;
                Ok(pong())
            })
        }),
    ),
];

fn main() -> ExitCode {
    let mut export = OpenTelemetry::otlp();
    if azure_functions::env::var("DO_NOT_WAIT").is_some() {
        export = export.flush_timeout(Duration::ZERO);
    }
    App::with_functions(&FUNCTIONS).opentelemetry(export).run()
}

fn work(context: &Context) {
    tracing::info_span!("work", step = 1).in_scope(|| tracing::warn!("deeper"));
    context.set_trace_attribute("order.id", "7");
}

fn fail(_: Call) -> Result<Outputs, InvokeError> {
    Err(InvokeError::User {
        type_name: "Broken",
        error: "out of order".into(),
    })
}

fn pong() -> Outputs {
    let mut outputs = Outputs::new();
    outputs.put("$return", Data::text("pong"));
    outputs
}

#[expect(clippy::panic, reason = "it is what the test is about")]
fn boom() -> ! {
    panic!("boom")
}
