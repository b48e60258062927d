//! The life of the workers: first start, loss and restart, orderly end.
//!
//! There are as many processes as the app wants, each in a slot of its own, in which a lost one is replaced. The losses
//! of all count together, and what is left of the workers goes on.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use azure_functions_shared::rpc::{FunctionLoadRequest, RpcFunctionMetadata, WorkerInitRequest};
use futures::{StreamExt as _, stream::FuturesUnordered};
use tokio::{
    sync::{Semaphore, watch},
    task::{JoinHandle, JoinSet},
    time::{Instant, timeout},
};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::{
    error::HostError,
    event::{EventSink, Level},
    limits::Limits,
    process::{Exit, Launch, Process},
    restart::Losses,
    rpc::{Channel, Gone, Ready, Server, Session, SessionError},
};

/// How long the two ends of a worker, its process and its stream, may differ about whether it lives.
const SETTLE: Duration = Duration::from_secs(1);
/// A worker that exits with this wants to be started again.
const RESTART_ME: i32 = 200;

/// Whether there is a worker to call.
#[derive(Debug, Clone)]
pub(crate) enum State {
    /// One is being started.
    Starting,
    /// One of these, of which there is at least one.
    Ready(Vec<Arc<Channel>>),
    /// There will be none any more; this is why.
    Ended(Arc<str>),
}

/// The workers that take calls, for those who call.
#[derive(Debug)]
struct Pool(watch::Sender<State>);

impl Pool {
    fn add(&self, channel: &Arc<Channel>) {
        self.0.send_modify(|state| match state {
            State::Ready(channels) => channels.push(Arc::clone(channel)),
            State::Starting => *state = State::Ready(vec![Arc::clone(channel)]),
            State::Ended(_) => {}
        });
    }

    fn remove(&self, channel: &Arc<Channel>) {
        self.0.send_modify(|state| {
            if let State::Ready(channels) = state {
                channels.retain(|other| !Arc::ptr_eq(other, channel));
                if channels.is_empty() {
                    *state = State::Starting;
                }
            }
        });
    }

    fn end(&self, reason: &str) {
        self.0.send_replace(State::Ended(Arc::from(reason)));
    }
}

/// What the slots of the workers share.
#[derive(Debug)]
struct Shared {
    pool: Pool,
    losses: Mutex<Losses>,
    /// What every worker but the first is asked to load, without having been asked what there is.
    loads: Vec<FunctionLoadRequest>,
    stop: CancellationToken,
    /// Cancelled when the first worker was told to terminate.
    ending: CancellationToken,
    /// The workers are terminated one after the other, as the real host does it.
    turn: Semaphore,
}

impl Shared {
    fn losses<T>(&self, f: impl FnOnce(&mut Losses) -> T) -> T {
        f(&mut self.losses.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// A worker that is initialized, and has not loaded functions yet.
#[derive(Debug)]
pub(crate) struct Starting {
    process: Process,
    session: Session,
}

/// A worker that takes calls.
#[derive(Debug)]
pub(crate) struct Running {
    process: Process,
    channel: Arc<Channel>,
    reading: Reading,
}

/// The task that reads what the worker says.
#[derive(Debug)]
struct Reading {
    task: JoinHandle<SessionError>,
    end: Option<SessionError>,
}

impl Reading {
    /// Waits for the stream to end, and says why it did.
    async fn end(&mut self) -> SessionError {
        if let Some(end) = &self.end {
            return end.clone();
        }
        let end = (&mut self.task).await.unwrap_or(SessionError::Closed);
        self.end.insert(end).clone()
    }
}

/// Starts workers, and keeps them running.
#[derive(Debug)]
pub(crate) struct Supervisor {
    /// How many there are.
    pub(crate) processes: usize,
    pub(crate) launch: Launch,
    pub(crate) init: WorkerInitRequest,
    pub(crate) server: Server,
    pub(crate) limits: Limits,
    pub(crate) events: EventSink,
}

impl Supervisor {
    /// Starts a worker and initializes it.
    ///
    /// # Errors
    ///
    /// [`HostError`] if it cannot be started, ends, refuses or stays silent; it is gone then.
    pub(crate) async fn start(&self) -> Result<Starting, HostError> {
        let worker_id = Uuid::new_v4().to_string();
        let request_id = Uuid::new_v4().to_string();
        let connection = self.server.expect(&worker_id);
        let address = self.server.address();
        let mut process =
            Process::spawn(&self.launch, address, &worker_id, &request_id, &self.events)?;
        tracing::debug!(pid = process.id(), worker_id, "the worker was started");
        let within = self.limits.startup;
        let open = async {
            let connection = timeout(within, connection)
                .await
                .map_err(|_| SessionError::Silent {
                    awaited: "`StartStream`",
                    within,
                })?
                .map_err(|_| SessionError::Closed)?;
            let category = format!("Worker.LanguageWorkerChannel.native.{worker_id}");
            Session::initialize(
                connection,
                self.init.clone(),
                category,
                self.limits.clone(),
                self.events.clone(),
            )
            .await
        };
        let session = while_alive(&mut process, open).await?;
        Ok(Starting { process, session })
    }

    /// Keeps the workers running until `stop`, then ends them; `state` says which to call.
    ///
    /// A worker is told to terminate once the running calls have ended, or the time for that is up. `ending` is
    /// cancelled then, for the calls that nobody waits for.
    ///
    /// # Errors
    ///
    /// [`HostError::WorkerLost`] if workers were lost too often, or the last one ended on its own.
    pub(crate) async fn supervise(
        self,
        first: Running,
        loads: Vec<FunctionLoadRequest>,
        state: watch::Sender<State>,
        stop: CancellationToken,
        ending: CancellationToken,
    ) -> Result<(), HostError> {
        let shared = Shared {
            pool: Pool(state),
            losses: Mutex::new(Losses::new(&self.limits, self.processes)),
            loads,
            stop,
            ending,
            turn: Semaphore::new(1),
        };
        let mut slots = FuturesUnordered::new();
        slots.push(self.slot(Some(first), &shared));
        for _ in 1..self.processes {
            slots.push(self.slot(None, &shared));
        }
        let mut last = Ok(());
        while let Some(ended) = slots.next().await {
            if let Err(reason) = &ended {
                self.events
                    .host(Level::Critical, "Host.Worker", reason.as_str());
                // While there are others, calls go to them.
                if slots.is_empty() {
                    shared.pool.end(reason);
                }
            }
            last = ended;
        }
        drop(slots);
        self.server.stop().await;
        last.map_err(HostError::WorkerLost)
    }

    /// Keeps one worker running, the `first` or a new one, until it shall stop; or says why there is no other.
    async fn slot(&self, first: Option<Running>, shared: &Shared) -> Result<(), String> {
        let mut retired = JoinSet::new();
        let result = self.keep(first, shared, &mut retired).await;
        while retired.join_next().await.is_some() {}
        result
    }

    async fn keep(
        &self,
        first: Option<Running>,
        shared: &Shared,
        retired: &mut JoinSet<()>,
    ) -> Result<(), String> {
        let stopping = || shared.pool.end("the host is stopping");
        let mut running = tokio::select! {
            biased;
            running = self.begin(first, shared) => running?,
            () = shared.stop.cancelled() => {
                stopping();
                return Ok(());
            }
        };
        loop {
            shared.pool.add(&running.channel);
            let cause = tokio::select! {
                () = shared.stop.cancelled() => {
                    stopping();
                    self.end(running, shared).await;
                    return Ok(());
                }
                exit = running.process.wait() => Cause::Exit(exit),
                error = running.reading.end() => Cause::Stream(error),
                Gone(reason) = running.channel.condemned() => Cause::Asked(reason),
            };
            let next = self.replace(running, cause, shared, retired);
            running = tokio::select! {
                () = shared.stop.cancelled() => {
                    stopping();
                    return Ok(());
                }
                next = next => next?,
            };
        }
    }

    /// The first worker of a slot.
    async fn begin(&self, first: Option<Running>, shared: &Shared) -> Result<Running, String> {
        if let Some(running) = first {
            return Ok(running);
        }
        match self.start_next(shared).await {
            Some(running) => Ok(running),
            None => self.next(shared).await,
        }
    }

    /// Clears up after a worker, and starts the next.
    async fn replace(
        &self,
        mut lost: Running,
        cause: Cause,
        shared: &Shared,
        retired: &mut JoinSet<()>,
    ) -> Result<Running, String> {
        // First of all: a call that finds its worker gone then goes to another one, or waits for the next.
        shared.pool.remove(&lost.channel);
        let exit = match cause {
            Cause::Exit(exit) => Some(exit),
            Cause::Stream(error) => {
                let exit = timeout(SETTLE, lost.process.wait()).await.ok();
                if exit.is_none() {
                    let reason = format!("{error} while its process lived, and was killed");
                    self.events
                        .host(Level::Error, "Host.Worker", reason.as_str());
                    lost.process.kill().await;
                    lost.channel.close(&reason);
                    shared.losses(|losses| losses.count(Instant::now()));
                }
                exit
            }
            Cause::Asked(reason) => {
                self.events.host(Level::Warning, "Host.Worker", &*reason);
                let grace = self.limits.terminate_grace;
                // The next worker does not wait for the end of this one.
                retired.spawn(async move {
                    if lost.channel.terminate(grace) {
                        let _ = timeout(grace, lost.process.wait()).await;
                    }
                    lost.kill().await;
                });
                return self.next(shared).await;
            }
        };
        if let Some(exit) = exit {
            // What the worker said before it ended still counts.
            let _ = timeout(SETTLE, lost.reading.end()).await;
            let summary = exit.summary();
            if exit.code() == Some(0) {
                let reason = format!("{summary} without being asked, and is not started again");
                lost.channel.close(&reason);
                return Err(reason);
            }
            let level = if exit.code() == Some(RESTART_ME) {
                Level::Information
            } else {
                shared.losses(|losses| losses.count(Instant::now()));
                Level::Error
            };
            let text = [&[summary], exit.last_words.as_slice()].concat().join("\n");
            self.events.host(level, "Host.Worker", text.as_str());
            lost.channel.close(&text);
        }
        drop(lost);
        self.next(shared).await
    }

    /// Starts the next worker, as often as the budget allows.
    async fn next(&self, shared: &Shared) -> Result<Running, String> {
        loop {
            let (exhausted, number) = shared.losses(|losses| (losses.exhausted(), losses.number()));
            if exhausted {
                return Err(format!(
                    "the worker was lost {number} times; correct the app, then start the host again"
                ));
            }
            let at = shared.losses(|losses| losses.next_start(Instant::now()));
            tokio::time::sleep_until(at).await;
            if let Some(running) = self.start_next(shared).await {
                return Ok(running);
            }
        }
    }

    /// Starts a worker that loads the functions without being asked for them. A failure counts as a loss.
    async fn start_next(&self, shared: &Shared) -> Option<Running> {
        let loaded = async { self.start().await?.load(shared.loads.clone()).await };
        match loaded.await {
            Ok(running) => Some(running),
            Err(error) => {
                self.events
                    .host(Level::Error, "Host.Worker", error.to_string());
                shared.losses(|losses| losses.count(Instant::now()));
                None
            }
        }
    }

    /// Lets the running calls end, then the worker.
    async fn end(&self, mut running: Running, shared: &Shared) {
        let _ = timeout(self.limits.drain, running.channel.idle()).await;
        let turn = shared.turn.acquire().await;
        let grace = self.limits.terminate_grace;
        let told = running.channel.terminate(grace);
        // Calls of triggers are cancelled just after the worker has heard that it is to end.
        shared.ending.cancel();
        if told {
            let _ = timeout(grace, running.process.wait()).await;
        }
        running.kill().await;
        running.channel.close("the host stopped");
        drop(turn);
    }
}

/// How a worker was lost.
#[derive(Debug)]
enum Cause {
    Exit(Exit),
    Stream(SessionError),
    Asked(Arc<str>),
}

impl Starting {
    /// Asks for the functions.
    ///
    /// # Errors
    ///
    /// As [`Supervisor::start`].
    pub(crate) async fn functions(
        &mut self,
        directory: &str,
    ) -> Result<Vec<RpcFunctionMetadata>, HostError> {
        while_alive(&mut self.process, self.session.functions(directory)).await
    }

    /// Loads the functions; the worker takes calls then.
    ///
    /// # Errors
    ///
    /// As [`Supervisor::start`].
    pub(crate) async fn load(
        mut self,
        requests: Vec<FunctionLoadRequest>,
    ) -> Result<Running, HostError> {
        let ready: Ready = while_alive(&mut self.process, self.session.load(requests)).await?;
        Ok(Running {
            process: self.process,
            channel: Arc::clone(&ready.channel),
            reading: Reading {
                task: tokio::spawn(ready.run()),
                end: None,
            },
        })
    }
}

impl Running {
    /// What the worker said it can do.
    pub(crate) fn capabilities(&self) -> &HashMap<String, String> {
        self.channel.capabilities()
    }

    /// Kills the process if it still runs, and reads what it has said before.
    async fn kill(&mut self) {
        self.process.kill().await;
        let _ = timeout(SETTLE, self.reading.end()).await;
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.reading.task.abort();
        // Whatever happened: no call waits for ever.
        self.channel.close("the worker is gone");
    }
}

/// Does one step of the start, unless the process ends before.
async fn while_alive<T>(
    process: &mut Process,
    step: impl Future<Output = Result<T, SessionError>>,
) -> Result<T, HostError> {
    let error = tokio::select! {
        result = step => match result {
            Ok(value) => return Ok(value),
            Err(error) => error,
        },
        exit = process.wait() => return Err(exited(exit)),
    };
    if matches!(error, SessionError::Closed | SessionError::Broken(_))
        && let Ok(exit) = timeout(SETTLE, process.wait()).await
    {
        return Err(exited(exit));
    }
    process.kill().await;
    let text = error.to_string();
    Err(match error {
        SessionError::Refused { .. } => HostError::Refused(text),
        _ => HostError::NotReady(text),
    })
}

fn exited(exit: Exit) -> HostError {
    HostError::Exited {
        summary: exit.summary(),
        last_words: exit.last_words,
    }
}
