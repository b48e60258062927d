//! `cargo func run`: build the app, host it, show what happens, build it again when it changes, and stop when told to.

mod core_tools;
mod debugger;
mod keys;
mod program;
mod session;
mod settings;
mod signals;

use std::process::ExitCode;

use azure_functions_host::{Events, Gate, Host, HostError};
use futures::FutureExt as _;
use tokio::runtime::Runtime;

use self::{program::Program, session::Session, settings::Settings, signals::Signals};
use crate::{
    cargo::App,
    cli::{HostKind, RunArgs},
    error::{Explain, Failure, SystemError},
    render::Terminal,
    watch,
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
    let runtime = Runtime::new().map_err(|source| SystemError {
        what: "start the threads of the host",
        source,
    })?;
    match args.host {
        HostKind::Embedded => runtime.block_on(embedded(args, terminal)),
        HostKind::Func => runtime.block_on(core_tools::run(args, terminal)),
    }
}

async fn embedded(args: &RunArgs, terminal: &Terminal) -> Result<ExitCode, Failure> {
    let app = App::find(&args.cargo)?;
    let mut settings = Settings::new(&app, args)?;
    // Before the build, so that nobody waits for it only to hear of a comma in `host.json`.
    let mut config = settings.read()?;
    settings.changed();
    let mut signals = Signals::new()?;
    // As early, so that a change during the build is one.
    let changes = if args.no_watch {
        None
    } else {
        Some(watch::start(&app, settings.files())?)
    };
    let mut program = Program::new(&app, args, terminal);
    tokio::select! {
        // What it prints says why it failed.
        built = program.build() => config.worker = built?.unwrap_or_default(),
        () = signals.next() => return Ok(ExitCode::SUCCESS),
    }
    if args.debug {
        let terminal = terminal.clone();
        config.gate = Some(Gate::new(move |pid| debugger::wait(pid, terminal.clone())));
    }
    let gate = config.gate.clone();
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
    let handle = match started {
        Ok(handle) => handle,
        Err(error) => {
            rest(&mut events, terminal);
            return Err(early(error, terminal));
        }
    };
    program.keep();
    terminal.ready(&handle);
    if let Some(keys) = settings.keys() {
        terminal.keys(keys.keys(), keys.path());
    }
    let session = Session {
        handle,
        events,
        signals,
        changes,
        program,
        settings,
        gate,
        terminal: terminal.clone(),
    };
    session.run().await
}

/// Why a worker is not there, without what was shown already.
fn early(error: HostError, terminal: &Terminal) -> Failure {
    match error {
        HostError::Exited {
            summary,
            last_words,
        } if terminal.shows_all() && !last_words.is_empty() => EndedEarly(summary).into(),
        error => error.into(),
    }
}

/// Shows what happened before the end and was not shown yet.
fn rest(events: &mut Events, terminal: &Terminal) {
    while let Some(Some(event)) = events.next().now_or_never() {
        terminal.event(&event);
    }
}
