//! Functions within layers: how the innermost service calls one, and what the outermost one's result is answered.

use std::panic::{AssertUnwindSafe, catch_unwind};

use futures::FutureExt as _;
use tokio::task::spawn_blocking;
use tracing::{Instrument as _, Span};

use super::{
    answer::{self, Answer},
    invoke::not_started,
    limit::Threads,
    panics::Panic,
};
#[cfg(feature = "durable")]
use crate::driver::Drive;
use crate::{
    BoxError, Call, FunctionDef, InvokeError, Invoker, Outputs,
    layer::{Failure, FunctionError, Invocation, Next, Outcome},
};

/// Runs an invocation through the layers of its function.
pub(super) async fn answer(
    next: Next,
    function: &'static FunctionDef,
    call: Call,
    span: Span,
    threads: Threads,
) -> Answer {
    let invocation = Invocation::new(function, call, span, threads);
    // A panic of the function does not come as far.
    match AssertUnwindSafe(next.run(invocation)).catch_unwind().await {
        Ok(Ok(outcome)) => Answer::of(function, outcome.into_outputs(function)),
        Ok(Err(error)) => match error.downcast::<FunctionError>() {
            Ok(error) => failed(function, error.into_failure()),
            Err(error) => Answer::layer_failed(&error),
        },
        Err(payload) => Answer::layer_panicked(Panic::of(payload)),
    }
}

/// Calls the function itself.
pub(crate) async fn call_function(invocation: Invocation) -> Result<Outcome, BoxError> {
    let (function, call, span, threads) = invocation.into_parts();
    #[cfg(feature = "durable")]
    if let Some(driver) = function.driver() {
        let drive = Drive::new(function, call, threads);
        let result = AssertUnwindSafe(driver.run(drive)).catch_unwind();
        let result = result.instrument(span).await;
        return outcome(
            function,
            result.map_err(|payload| Failure::Panicked(Panic::of(payload))),
        );
    }
    let result = match function.invoker {
        Invoker::Async(invoke) => AssertUnwindSafe(async { invoke(call).await })
            .catch_unwind()
            .instrument(span)
            .await
            .map_err(|payload| Failure::Panicked(Panic::of(payload))),
        Invoker::Blocking(invoke) => call_blocking(invoke, call, span, threads).await,
    };
    outcome(function, result)
}

/// What layers see of a call.
fn outcome(
    function: &'static FunctionDef,
    result: Result<Invoked, Failure>,
) -> Result<Outcome, BoxError> {
    let outputs = result.and_then(|result| {
        // A rejected request has its response, which layers see like any other.
        answer::accept_rejection(function, result).map_err(Failure::Invoke)
    });
    match outputs {
        Ok(outputs) => Ok(Outcome::of(function, outputs)),
        Err(failure) => Err(FunctionError::new(failure).into()),
    }
}

type Invoked = Result<Outputs, InvokeError>;

async fn call_blocking(
    invoke: fn(Call) -> Invoked,
    call: Call,
    span: Span,
    threads: Threads,
) -> Result<Invoked, Failure> {
    let permit = tokio::select! {
        biased;
        permit = threads.take() => permit,
        () = call.context().cancelled() => return Err(Failure::NotStarted),
    };
    let running = spawn_blocking(move || {
        // Held until the function really ends, which can be long after a layer gave it up.
        let _permit = permit;
        let _entered = span.entered();
        catch_unwind(AssertUnwindSafe(|| invoke(call)))
            .map_err(|payload| Failure::Panicked(Panic::of(payload)))
    });
    running.await.unwrap_or_else(|error| {
        Err(Failure::Lost(format!(
            "the function's thread was lost: {error}"
        )))
    })
}

fn failed(function: &FunctionDef, failure: Failure) -> Answer {
    match failure {
        Failure::Invoke(error) => Answer::of(function, Err(error)),
        Failure::Panicked(panic) => Answer::panicked(panic),
        Failure::NotStarted => not_started(),
        Failure::Lost(reason) => Answer::refused(reason),
    }
}
