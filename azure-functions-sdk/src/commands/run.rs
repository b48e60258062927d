//! `cargo func run`: build the app, host it, show what happens, and stop when told to.

use std::process::ExitCode;

use azure_functions_host::{Config, Events, Host, HostError, HostHandle};
use futures::FutureExt as _;
use tokio::runtime::Runtime;

use crate::{
    cargo::App,
    cli::RunArgs,
    error::{Explain, Failure, SystemError},
    exit,
    render::Terminal,
};

/// The worker ended before it was ready, and what it printed was shown as it came.
#[derive(Debug, thiserror::Error)]
#[error("the worker ended before it was ready: {0}")]
struct EndedEarly(String);

impl Explain for EndedEarly {
    fn hint(&self) -> Option<String> {
        Some("the reason is in what it printed above".to_owned())
    }
}

/// Builds the app and hosts it until a signal comes.
///
/// # Errors
///
/// When the app cannot be built or hosted, or the host stops by itself.
pub(crate) fn run(args: &RunArgs, terminal: &Terminal) -> Result<ExitCode, Failure> {
    let app = App::find(&args.cargo)?;
    // Before the build, so that nobody waits for it only to hear of a comma in `host.json`.
    let mut config = config(&app, args)?;
    config.worker = app.build(&args.cargo, &terminal.cargo_flags())?;
    let runtime = Runtime::new().map_err(|source| SystemError {
        what: "start the threads of the host",
        source,
    })?;
    runtime.block_on(host(config, terminal))
}

/// What the host is started with: the files in the folder of the app, and the port of the command line before theirs.
fn config(app: &App, args: &RunArgs) -> Result<Config, Failure> {
    let mut config = Config::read("", app.directory())?;
    if let Some(port) = args.port {
        config.port = port;
    }
    config.durable_store.clone_from(&args.durable_store);
    Ok(config)
}

async fn host(config: Config, terminal: &Terminal) -> Result<ExitCode, Failure> {
    let mut signals = Signals::new()?;
    let host = Host::new(config);
    let mut events = host.events();
    let started = {
        let mut launch = std::pin::pin!(host.launch());
        loop {
            tokio::select! {
                handle = &mut launch => break handle,
                Some(event) = events.next() => terminal.starting(&event),
                () = signals.next() => return Ok(ExitCode::SUCCESS),
            }
        }
    };
    let mut handle = match started {
        Ok(handle) => handle,
        Err(error) => {
            rest(&mut events, terminal);
            return Err(match error {
                HostError::Exited {
                    summary,
                    last_words,
                } if terminal.shows_all() && !last_words.is_empty() => EndedEarly(summary).into(),
                error => error.into(),
            });
        }
    };
    terminal.ready(&handle);
    loop {
        tokio::select! {
            Some(event) = events.next() => terminal.event(&event),
            end = handle.wait() => {
                rest(&mut events, terminal);
                return end.map(|()| ExitCode::SUCCESS).map_err(Failure::from);
            }
            () = signals.next() => break,
        }
    }
    stop(handle, events, signals, terminal).await
}

/// Stops the host, and lets running functions end unless a second signal comes.
async fn stop(
    handle: HostHandle,
    mut events: Events,
    mut signals: Signals,
    terminal: &Terminal,
) -> Result<ExitCode, Failure> {
    terminal.stopping();
    let mut stop = std::pin::pin!(handle.stop());
    loop {
        tokio::select! {
            end = &mut stop => {
                rest(&mut events, terminal);
                return end.map(|()| ExitCode::SUCCESS).map_err(Failure::from);
            }
            Some(event) = events.next() => terminal.event(&event),
            () = signals.next() => return Ok(ExitCode::from(exit::INTERRUPTED)),
        }
    }
}

/// Shows what happened before the end and was not shown yet.
fn rest(events: &mut Events, terminal: &Terminal) {
    while let Some(Some(event)) = events.next().now_or_never() {
        terminal.event(&event);
    }
}

/// The signals that tell a program to stop.
#[derive(Debug)]
struct Signals {
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
}

impl Signals {
    #[cfg(unix)]
    fn new() -> Result<Self, SystemError> {
        use tokio::signal::unix::{SignalKind, signal};

        let listen = |kind| {
            signal(kind).map_err(|source| SystemError {
                what: "listen for signals",
                source,
            })
        };
        Ok(Self {
            interrupt: listen(SignalKind::interrupt())?,
            terminate: listen(SignalKind::terminate())?,
        })
    }

    #[cfg(unix)]
    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }

    #[cfg(not(unix))]
    fn new() -> Result<Self, SystemError> {
        Ok(Self {})
    }

    #[cfg(not(unix))]
    async fn next(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
