//! The app: its functions, its state, and how it is run.

use std::{collections::HashMap, ffi::OsString, process::ExitCode, thread, time::Duration};

use crate::{
    Error, FunctionDef,
    context::States,
    error::Kind,
    hook::Hooks,
    registry,
    worker::{
        Worker,
        args::Arguments,
        limit::Limits,
        logs::{self, LogLayer, Logs},
        panics,
        telemetry::Telemetry,
        watchdog,
    },
};

/// The longest body that is held in memory.
const BODY: usize = 100 << 20;

/// Runs an app of all functions in the program that have `#[func]`.
///
/// It is the whole `main` of most apps:
///
/// ```no_run
/// fn main() -> std::process::ExitCode {
///     azure_functions::run()
/// }
/// ```
pub fn run() -> ExitCode {
    App::new().run()
}

/// An app: its functions, its state and its limits.
///
/// ```no_run
/// use std::process::ExitCode;
///
/// use azure_functions::App;
///
/// fn main() -> ExitCode {
///     App::new().state(String::from("what all invocations share")).run()
/// }
/// ```
#[derive(Debug)]
pub struct App {
    functions: Vec<&'static FunctionDef>,
    states: States,
    hooks: Hooks,
    #[cfg(feature = "tower")]
    layers: crate::layer::Layers,
    limits: Limits,
    logs: Logs,
    telemetry: Telemetry,
    arguments: Option<Vec<OsString>>,
    http_streaming: Option<bool>,
}

impl App {
    /// An app with all functions that `#[func]` registered.
    pub fn new() -> Self {
        Self::with_functions(registry::registered())
    }

    /// An app with these functions and no others.
    pub fn with_functions(functions: impl IntoIterator<Item = &'static FunctionDef>) -> Self {
        Self {
            functions: functions.into_iter().collect(),
            states: States::default(),
            hooks: Hooks::default(),
            #[cfg(feature = "tower")]
            layers: crate::layer::Layers::default(),
            limits: Limits {
                blocking: blocking_limit(),
                total: None,
                functions: HashMap::new(),
                message: usize::MAX,
                body: BODY,
                poll: Some(watchdog::THRESHOLD),
            },
            logs: Logs::default(),
            telemetry: Telemetry::default(),
            arguments: None,
            http_streaming: None,
        }
    }

    /// Gives the app a value that all invocations share. A function asks for it with [`State<T>`](crate::State).
    ///
    /// An app has one value of each type; the last one given counts.
    pub fn state<T: Send + Sync + 'static>(self, value: T) -> Self {
        Self {
            states: self.states.with(value),
            ..self
        }
    }

    /// The state of type `T`, to be replaced.
    #[cfg(feature = "tower")]
    pub(crate) fn mounted<T: Clone + Send + Sync + 'static>(&self) -> Option<T> {
        self.states.get::<T>().map(std::sync::Arc::unwrap_or_clone)
    }

    /// Adds a function.
    #[cfg(feature = "tower")]
    pub(crate) fn with_function(mut self, function: &'static FunctionDef) -> Self {
        self.functions.push(function);
        self
    }

    pub(crate) fn hooks_mut(&mut self) -> &mut Hooks {
        &mut self.hooks
    }

    /// Says that a hook makes a state of type `T`.
    pub(crate) fn with_promised<T: Send + Sync + 'static>(self) -> Self {
        Self {
            states: self.states.with_promised::<T>(),
            ..self
        }
    }

    #[cfg(feature = "tower")]
    pub(crate) fn layers_mut(&mut self) -> &mut crate::layer::Layers {
        &mut self.layers
    }

    /// How many functions that are not `async` may run at a time; at least 1.
    ///
    /// Each has a thread for as long as it runs, and the others wait. Without this it is four for each core, and at least
    /// 16: such a function waits for a disk or a network most of its time, so there have to be more of them than cores;
    /// and each costs a stack, so there cannot be any number.
    pub fn blocking_limit(mut self, limit: usize) -> Self {
        self.limits.blocking = limit;
        self
    }

    /// How many functions of both kinds may run at a time; at least 1. The others wait.
    ///
    /// Without this there is no limit besides those that `host.json` gives to each kind of trigger, which are the better
    /// place: the host keeps a message that it has not yet sent available to other workers.
    ///
    /// Up to 1024 invocations wait in the process, for this and all other limits together. Then the worker reads no more from
    /// the host until one of them begins, and the host keeps the rest. Cancellations come on the same stream, so a host that
    /// sends more than that at a time finds them obeyed late.
    pub fn max_concurrency(mut self, limit: usize) -> Self {
        self.limits.total = Some(limit);
        self
    }

    /// How many invocations of one function may run at a time; at least 1. The others wait, as with
    /// [`max_concurrency`](Self::max_concurrency), and do not count there before they run.
    ///
    /// `function` is the name that the host knows it by: that of the Rust function, unless `#[func(name = "…")]` says
    /// another. An app that has no function of that name does not start. A function without a limit of its own pays nothing.
    ///
    /// ```
    /// use azure_functions::{App, bindings::QueueTrigger, func};
    ///
    /// #[func]
    /// async fn resize(#[binding(queue_name = "images")] image: QueueTrigger) {
    ///     // Each takes a lot of memory.
    /// }
    ///
    /// # fn main() {
    /// let app = App::new().max_concurrency_of("resize", 4);
    /// # }
    /// ```
    pub fn max_concurrency_of(mut self, function: impl Into<String>, limit: usize) -> Self {
        self.limits.functions.insert(function.into(), limit);
        self
    }

    /// How long an `async` function may keep its thread to itself before a warning names it: 1 s unless this says another
    /// time, and without end for `None`.
    ///
    /// What blocks a thread of the runtime holds up other invocations, and with them the answers that the host waits for.
    /// The warning is written while the function still blocks, once for each time that it does: to the function's own log, to
    /// the worker's, and as a `tracing` event of the target `azure_functions::watchdog`. It tells the function, the
    /// invocation and for how long at least. Children of an invocation ([`Context::spawn`](crate::Context::spawn)) are
    /// watched too.
    ///
    /// A thread of its own looks four times within that time while there are invocations.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use azure_functions::App;
    ///
    /// let strict = App::new().watchdog(Duration::from_millis(100));
    /// let off = App::new().watchdog(None);
    /// ```
    pub fn watchdog(mut self, threshold: impl Into<Option<Duration>>) -> Self {
        self.limits.poll = threshold.into();
        self
    }

    /// Whether the host forwards requests to the worker's own HTTP server, on a port of the loopback interface.
    ///
    /// Forwarded requests and their responses are streamed, of any length. Otherwise both go through the one stream that
    /// all invocations share, as whole messages. Functions and their results are the same; but a
    /// [`BodyStream`](crate::bindings::BodyStream) is then whole before it is read or sent, a request without a
    /// `content-length` has no body, and identities ([`HttpRequest::identities`](crate::bindings::HttpRequest::identities))
    /// are known.
    ///
    /// The host forwards the requests of all functions or of none. A forwarded request costs more CPU than a small one that
    /// comes as a message, and its response is sent before the function's other outputs are written, so that its client does
    /// not learn when one of them cannot be. So, unless this says it, requests are forwarded only if one of the functions
    /// takes a `BodyStream`. Say it for an app that streams responses only.
    pub fn http_streaming(mut self, on: bool) -> Self {
        self.http_streaming = Some(on);
        self
    }

    /// How many bytes the body of a request or a response may have that is held in memory: 100 MiB unless this says
    /// another number, which is what the host takes unless its `FUNCTIONS_REQUEST_BODY_SIZE_LIMIT` says another.
    ///
    /// A longer request is answered with 413, and a longer response fails the invocation. Streamed bodies have no limit.
    pub fn http_body_limit(mut self, bytes: usize) -> Self {
        self.limits.body = bytes;
        self
    }

    /// The command line of the host, without the name of the program. Without this it is the process's own.
    pub fn arguments<T: Into<OsString>>(mut self, arguments: impl IntoIterator<Item = T>) -> Self {
        self.arguments = Some(arguments.into_iter().map(Into::into).collect());
        self
    }

    /// What sends `tracing` events to the host, for an app that sets up `tracing` itself.
    ///
    /// [`run`](Self::run) sets it up when the app has not, with the filter that `RUST_LOG` gives: levels and targets, as in
    /// `info,my_app=debug`. [`serve`](Self::serve) never does. A filter on this layer must let spans of the target
    /// `azure_functions` through, or the host does not learn which invocation an event belongs to.
    ///
    /// ```no_run
    /// use azure_functions::App;
    /// use tracing_subscriber::{layer::SubscriberExt, util::SubscriberInitExt};
    ///
    /// # async fn main_() -> Result<(), azure_functions::Error> {
    /// let app = App::new();
    /// tracing_subscriber::registry().with(app.log_layer()).init();
    /// app.serve().await
    /// # }
    /// ```
    pub fn log_layer(&self) -> LogLayer {
        LogLayer::new(self.logs.clone())
    }

    /// Exports traces and logs: each invocation is a span below the host's, and what happens in it goes with it.
    ///
    /// ```no_run
    /// use std::process::ExitCode;
    ///
    /// use azure_functions::{App, OpenTelemetry};
    ///
    /// fn main() -> ExitCode {
    ///     App::new().opentelemetry(OpenTelemetry::otlp()).run()
    /// }
    /// ```
    ///
    /// The spans and events of `tracing` that `RUST_LOG` lets through are exported, and the log records reach the host as
    /// before. See [`docs/opentelemetry.md`] for the attributes and the settings.
    ///
    /// [`docs/opentelemetry.md`]: https://github.com/azure-functions-rust/azure-functions/blob/main/docs/opentelemetry.md
    #[cfg(feature = "opentelemetry")]
    pub fn opentelemetry(mut self, export: crate::OpenTelemetry) -> Self {
        self.telemetry = Telemetry::new(export);
        self
    }

    /// What gives spans and events to the export, for an app that sets up `tracing` itself.
    ///
    /// [`run`](Self::run) sets it up when the app has not. The layer does nothing without
    /// [`opentelemetry`](Self::opentelemetry), which must come first. A filter on it must let spans of the target
    /// `azure_functions` through.
    #[cfg(feature = "opentelemetry")]
    pub fn opentelemetry_layer<S>(
        &self,
    ) -> impl tracing_subscriber::Layer<S> + Send + Sync + 'static + use<S>
    where
        S: tracing::Subscriber + for<'a> tracing_subscriber::registry::LookupSpan<'a> + Send + Sync,
    {
        self.telemetry.layer(|| None)
    }

    /// Runs the app until the host stops it, and gives what `main` has to return.
    ///
    /// It starts a tokio runtime with a thread for each core, takes over `SIGTERM` and `SIGINT`, and adds a panic hook
    /// before the one that is there: the failure of a function that panics then says where, and with `RUST_BACKTRACE`
    /// how it came there.
    #[expect(
        clippy::print_stderr,
        reason = "there is no stream to the host, or no longer one; the host logs the last lines of stderr"
    )]
    pub fn run(self) -> ExitCode {
        match self.run_to_end() {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("error: {}", with_causes(&error));
                ExitCode::FAILURE
            }
        }
    }

    /// Runs the app on the caller's runtime, which must have tokio's I/O and time drivers.
    ///
    /// It does not take over signals, panics, or `tracing`: see [`log_layer`](Self::log_layer). Dropping the future
    /// leaves the host without answers; the host stops an app by telling it to.
    ///
    /// # Errors
    ///
    /// When the program was not started by a Functions host, or the host goes away. The program must then end with another
    /// code than 0, or the host takes the end for intended and does not start it again.
    pub async fn serve(self) -> Result<(), Error> {
        let (worker, arguments) = self.into_worker()?;
        worker.run(&arguments, std::future::pending()).await
    }

    fn run_to_end(self) -> Result<(), Error> {
        if tokio::runtime::Handle::try_current().is_ok() {
            return Err(Error::new(Kind::System(
                "`run` starts a runtime of its own, and was called on one; call `serve` there"
                    .to_owned(),
            )));
        }
        let (worker, arguments) = self.into_worker()?;
        logs::install(worker.logs.clone(), &worker.telemetry);
        panics::install_hook();
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_io()
            .enable_time()
            // Blocking functions are limited by their own semaphore; this many more threads are for tokio and the app.
            .max_blocking_threads(worker.limits.blocking.saturating_add(64).min(1 << 15))
            .thread_name("azure-functions")
            .build()
            .map_err(|error| {
                Error::new(Kind::System("the tokio runtime cannot start".to_owned()))
                    .with_source(error)
            })?;
        // In a task, because the thread that blocks here is none of the runtime's: a reader on it would wake another thread
        // for each call that it starts. Where calls come one by one, that was a third of their CPU time when measured.
        let served = runtime.spawn(async move { worker.run(&arguments, signal()).await });
        let end = runtime.block_on(served).unwrap_or_else(|error| {
            Err(Error::new(Kind::System("the worker panicked".to_owned())).with_source(error))
        });
        // A blocking function may still be running, and nobody waits for its result.
        runtime.shutdown_background();
        end
    }

    fn into_worker(self) -> Result<(Worker, Arguments), Error> {
        let arguments = match self.arguments {
            Some(arguments) => Arguments::parse(arguments),
            None => Arguments::parse(std::env::args_os().skip(1)),
        }?;
        let worker = Worker {
            functions: self.functions,
            #[cfg(feature = "durable")]
            states: self
                .states
                .with(crate::worker::task_hub::Connections::default()),
            #[cfg(not(feature = "durable"))]
            states: self.states,
            hooks: self.hooks,
            #[cfg(feature = "tower")]
            layers: self.layers,
            limits: self.limits,
            logs: self.logs,
            telemetry: self.telemetry,
            http_streaming: self.http_streaming,
        };
        Ok((worker, arguments))
    }
}

impl Default for App {
    fn default() -> Self {
        Self::new()
    }
}

fn blocking_limit() -> usize {
    thread::available_parallelism().map_or(16, |cores| (cores.get() * 4).max(16))
}

/// Waits for the system to ask the program to end, and says how it asked.
async fn signal() -> &'static str {
    let interrupt = async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
        "an interrupt"
    };
    tokio::select! {
        name = interrupt => name,
        name = terminate() => name,
    }
}

#[cfg(unix)]
async fn terminate() -> &'static str {
    use tokio::signal::unix::{SignalKind, signal};

    match signal(SignalKind::terminate()) {
        Ok(mut signal) => {
            signal.recv().await;
            "`SIGTERM`"
        }
        Err(_) => std::future::pending().await,
    }
}

#[cfg(not(unix))]
async fn terminate() -> &'static str {
    std::future::pending().await
}

/// The error and all that caused it.
pub(crate) fn with_causes(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}
