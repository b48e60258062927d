//! How a trigger calls its function when that is more than once with what the host sent: the seam between the Durable bindings and
//! the worker.

use std::{
    any::Any,
    error::Error as StdError,
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
};

use futures::{FutureExt as _, future::BoxFuture};
use tokio::task::spawn_blocking;
use tracing::Span;

use crate::{
    Call, Data, FunctionDef, InvokeError, Invoker, Outputs,
    worker::{limit::Threads, panics::Panic},
};

/// What an invocation gives.
pub(crate) type Invoked = Result<Outputs, InvokeError>;

/// How a trigger calls its function.
#[derive(Clone, Copy)]
pub struct Driver(fn(Drive) -> BoxFuture<'static, Invoked>);

impl Driver {
    pub(crate) const fn new(drive: fn(Drive) -> BoxFuture<'static, Invoked>) -> Self {
        Self(drive)
    }

    /// Runs an invocation.
    pub(crate) fn run(self, drive: Drive) -> BoxFuture<'static, Invoked> {
        (self.0)(drive)
    }
}

impl fmt::Debug for Driver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Driver")
    }
}

/// An invocation that a trigger drives.
pub(crate) struct Drive {
    function: &'static FunctionDef,
    call: Call,
    threads: Threads,
}

impl Drive {
    pub(crate) fn new(function: &'static FunctionDef, call: Call, threads: Threads) -> Self {
        Self {
            function,
            call,
            threads,
        }
    }

    /// The name of the trigger's parameter.
    pub(crate) fn parameter(&self) -> &'static str {
        self.function.trigger().map_or("", |trigger| trigger.name)
    }

    /// Takes what the host sent for the trigger.
    pub(crate) fn take(&mut self) -> Data {
        self.call.take(self.parameter())
    }

    /// A call with `data` in place of what the host sent for the trigger.
    fn call(&self, data: Data) -> Call {
        let mut call = self.call.again();
        call.put(self.parameter(), data);
        call
    }

    /// Calls the function with `data` for its trigger, on this thread even if it is not async.
    pub(crate) fn begin(&self, data: Data) -> BoxFuture<'static, Invoked> {
        let call = self.call(data);
        match self.function.invoker {
            Invoker::Async(invoke) => invoke(call),
            Invoker::Blocking(invoke) => std::future::ready(invoke(call)).boxed(),
        }
    }

    /// Calls the function with `data` for its trigger, on a thread where it may block if it is not async. A panic is an error.
    pub(crate) async fn call_once(&self, data: Data) -> Invoked {
        let call = self.call(data);
        let caught = match self.function.invoker {
            Invoker::Async(invoke) => {
                AssertUnwindSafe(async { invoke(call).await })
                    .catch_unwind()
                    .await
            }
            Invoker::Blocking(invoke) => {
                let permit = self.threads.take().await;
                let span = Span::current();
                let running = spawn_blocking(move || {
                    // Held until the function really ends.
                    let _permit = permit;
                    let _entered = span.entered();
                    catch_unwind(AssertUnwindSafe(|| invoke(call)))
                });
                match running.await {
                    Ok(caught) => caught,
                    Err(error) => return Err(user("JoinError", error)),
                }
            }
        };
        caught.unwrap_or_else(|payload| Err(panicked(payload)))
    }
}

fn user(type_name: &'static str, error: impl StdError + Send + Sync + 'static) -> InvokeError {
    InvokeError::User {
        type_name,
        error: error.into(),
    }
}

/// The failure of a function that panicked.
fn panicked(payload: Box<dyn Any + Send>) -> InvokeError {
    let Panic { message, trace } = Panic::of(payload);
    let place = (!trace.is_empty()).then_some(Place(trace));
    user("panic", Panicked { message, place })
}

/// A panic, as an error.
#[derive(Debug)]
struct Panicked {
    message: String,
    place: Option<Place>,
}

impl fmt::Display for Panicked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl StdError for Panicked {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.place.as_ref().map(|place| place as _)
    }
}

/// Where a panic was.
#[derive(Debug)]
struct Place(String);

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl StdError for Place {}

impl fmt::Debug for Drive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Drive")
            .field("function", &self.function.name)
            .finish_non_exhaustive()
    }
}
