//! The workers that scripts are played to: one on a thread of this process, and one that is a process.

use std::{
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use azure_functions::Error;
use tokio::{
    process::{Child, Command},
    runtime::{Builder, Handle},
    sync::{
        mpsc::{self, UnboundedSender},
        oneshot,
    },
    task::yield_now,
};

use super::functions::{Gate, app};

/// How long the tasks of a worker may take to end after it; only a mistake takes so long.
const PATIENCE: Duration = Duration::from_secs(10);

/// A worker on a thread of its own, with a clock that only the test moves.
pub(super) struct Threaded {
    thread: Option<JoinHandle<Ended>>,
    served: Option<oneshot::Receiver<()>>,
    clock: UnboundedSender<(Duration, oneshot::Sender<()>)>,
    gate: Gate,
}

/// How such a worker ended, and what it left behind.
#[derive(Debug)]
pub(super) struct Ended {
    pub(super) result: Result<(), Error>,
    /// The tasks that are still there.
    pub(super) tasks: usize,
    /// The functions that still run, once the blocking ones were let go.
    pub(super) running: usize,
}

impl Threaded {
    pub(super) fn start(line: Vec<String>) -> Self {
        let (app, gate) = app();
        let (clock, ticks) = mpsc::unbounded_channel();
        let (has_served, served) = oneshot::channel();
        let opener = gate.clone();
        let thread = thread::spawn(move || {
            let runtime = Builder::new_current_thread()
                .enable_all()
                .start_paused(true)
                .build()
                .unwrap();
            let (result, tasks) = runtime.block_on(async {
                // Time stands still while a blocking task runs, so that only the test moves it.
                let (still, waiting) = std::sync::mpsc::channel::<()>();
                let still_running = tokio::task::spawn_blocking(move || waiting.recv());
                let moving = tokio::spawn(keep_time(ticks));
                let result = app.arguments(line).serve().await;
                let _ = has_served.send(());
                moving.abort();
                let _ = moving.await;
                drop(still);
                let _ = still_running.await;
                (result, tasks_left().await)
            });
            opener.open();
            // Waits for the blocking functions.
            drop(runtime);
            Ended {
                result,
                tasks,
                running: opener.running(),
            }
        });
        Self {
            thread: Some(thread),
            served: Some(served),
            clock,
            gate,
        }
    }

    pub(super) fn gate(&self) -> &Gate {
        &self.gate
    }

    /// Lets time pass for the worker, and waits until it has.
    pub(super) async fn wait(&self, time: Duration) {
        let (passed, has_passed) = oneshot::channel();
        // The clock of a worker that has ended stands.
        if self.clock.send((time, passed)).is_ok() {
            let _ = has_passed.await;
        }
    }

    /// Waits until it serves no more; the connection's own tasks may still wait for the host.
    pub(super) async fn served(&mut self) {
        if let Some(served) = self.served.take() {
            let _ = served.await;
        }
    }

    /// Waits for its end.
    pub(super) fn end(mut self) -> Ended {
        self.thread.take().unwrap().join().unwrap()
    }
}

impl Drop for Threaded {
    fn drop(&mut self) {
        // A test that failed must not leave the thread behind.
        self.gate.open();
    }
}

async fn keep_time(mut ticks: mpsc::UnboundedReceiver<(Duration, oneshot::Sender<()>)>) {
    while let Some((time, passed)) = ticks.recv().await {
        tokio::time::advance(time).await;
        let _ = passed.send(());
    }
}

/// How many tasks do not end although nothing is left to do.
async fn tasks_left() -> usize {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let tasks = Handle::current().metrics().num_alive_tasks();
        if tasks == 0 || Instant::now() > deadline {
            return tasks;
        }
        yield_now().await;
    }
}

/// The fault app as a process.
pub(super) fn process(line: Vec<String>) -> Child {
    Command::new(env!("CARGO_BIN_EXE_fault_app"))
        .args(line)
        .env_remove("RUST_BACKTRACE")
        .env_remove("RUST_LOG")
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap()
}
