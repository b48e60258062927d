//! A host that runs: its events are shown, changes are built and take over, and a signal ends it.

use std::{path::PathBuf, process::ExitCode, time::Instant};

use azure_functions_host::{Config, Event, EventKind, Events, Gate, HostError, HostHandle, Level};
use futures::{FutureExt as _, future::BoxFuture};
use tokio::sync::mpsc;

use super::{Program, Settings, Signals, early, rest};
use crate::{error::Failure, exit, render::Terminal};

/// A host that runs, and what may happen to it.
#[derive(Debug)]
pub(super) struct Session<'r> {
    pub(super) handle: HostHandle,
    pub(super) events: Events,
    pub(super) signals: Signals,
    /// The files that changed, unless nobody looks.
    pub(super) changes: Option<mpsc::Receiver<Vec<PathBuf>>>,
    pub(super) program: Program<'r>,
    pub(super) settings: Settings,
    pub(super) gate: Option<Gate>,
    pub(super) terminal: Terminal,
}

/// What became of a change.
type Built = Result<Option<Box<Config>>, Failure>;

impl Session<'_> {
    /// Runs until a signal comes, or the host stops by itself.
    ///
    /// # Errors
    ///
    /// The host stopped by itself.
    pub(super) async fn run(self) -> Result<ExitCode, Failure> {
        let Self {
            mut handle,
            mut events,
            mut signals,
            mut changes,
            mut program,
            mut settings,
            gate,
            terminal,
        } = self;
        loop {
            // Waits for a change; then builds, and starts what was built. Other things happen meanwhile.
            let began = tokio::select! {
                Some(event) = events.next() => {
                    terminal.event(&event);
                    continue;
                }
                end = handle.wait() => return ended(end, &mut events, &terminal),
                () = signals.next() => break,
                changed = next(&mut changes) => {
                    terminal.changed(&changed, settings.directory());
                    Instant::now()
                }
            };
            let replaced = {
                let mut building = Box::pin(build(&mut program, &mut settings, gate.clone()));
                let mut starting: Option<BoxFuture<'static, Result<(), HostError>>> = None;
                loop {
                    tokio::select! {
                        Some(event) = events.next() => {
                            if starting.is_none() || !is_routine(&event) {
                                terminal.event(&event);
                            }
                        }
                        end = handle.wait() => return ended(end, &mut events, &terminal),
                        () = signals.next() => break None,
                        built = &mut building, if starting.is_none() => match built {
                            Ok(Some(config)) => starting = Some(handle.replace(*config).boxed()),
                            Ok(None) => break Some(Ok(false)),
                            Err(failure) => break Some(Err(failure)),
                        },
                        started = ready(&mut starting), if starting.is_some() => {
                            break Some(started.map(|()| true).map_err(|error| early(error, &terminal)));
                        }
                    }
                }
            };
            while let Some(Some(event)) = events.next().now_or_never() {
                if !is_routine(&event) {
                    terminal.event(&event);
                }
            }
            match replaced {
                None => break,
                Some(Ok(true)) => {
                    program.keep();
                    terminal.reloaded(&handle, began.elapsed());
                }
                Some(Ok(false)) => terminal.same(),
                Some(Err(failure)) => {
                    // What did not get ready is tried again with the next change, whatever that is.
                    program.forget();
                    settings.forget();
                    terminal.kept(failure.reason());
                }
            }
        }
        stop(handle, events, signals, &terminal).await
    }
}

/// Whether an event only says that a worker gets ready, which is said when it is.
fn is_routine(event: &Event) -> bool {
    event.kind == EventKind::Host
        && event.level == Level::Information
        && event.category == "Host.Worker"
}

/// The next files that changed; never if nobody looks.
async fn next(changes: &mut Option<mpsc::Receiver<Vec<PathBuf>>>) -> Vec<PathBuf> {
    match changes {
        Some(changes) => match changes.recv().await {
            Some(files) => files,
            None => std::future::pending().await,
        },
        None => std::future::pending().await,
    }
}

async fn ready(
    starting: &mut Option<BoxFuture<'static, Result<(), HostError>>>,
) -> Result<(), HostError> {
    match starting {
        Some(starting) => starting.await,
        None => std::future::pending().await,
    }
}

/// Builds the app and reads its settings; nothing if all is as before.
async fn build(program: &mut Program<'_>, settings: &mut Settings, gate: Option<Gate>) -> Built {
    let new = settings.changed();
    let mut config = settings.read()?;
    let built = program.build().await?;
    let Some(worker) = built.or_else(|| program.current().filter(|_| new)) else {
        return Ok(None);
    };
    config.worker = worker;
    config.gate = gate;
    Ok(Some(Box::new(config)))
}

fn ended(
    end: Result<(), HostError>,
    events: &mut Events,
    terminal: &Terminal,
) -> Result<ExitCode, Failure> {
    rest(events, terminal);
    end.map(|()| ExitCode::SUCCESS).map_err(Failure::from)
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
            end = &mut stop => return ended(end, &mut events, terminal),
            Some(event) = events.next() => terminal.event(&event),
            () = signals.next() => return Ok(ExitCode::from(exit::INTERRUPTED)),
        }
    }
}
