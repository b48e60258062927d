//! The app's hooks: run when the host has settled which app this is, before the end, and when it wants the worker warm.
//!
//! A hook runs in a task of its own, so that one that blocks its thread holds up neither the reader nor the bound on its
//! time. The first request for the functions, or for loading one, begins the start; loads are answered when it is over.
//! Before that the environment may still change: a worker that waits for an app is started without one.

use std::{
    fmt, mem,
    path::Path,
    sync::{
        Arc, Mutex, MutexGuard, OnceLock, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use azure_functions_shared::rpc::{
    Content, RpcException, StatusResult, WorkerWarmupResponse, rpc_log::Level,
};
use tokio::time::{Instant, timeout, timeout_at};
use tokio_util::{
    sync::CancellationToken,
    task::{AbortOnDropHandle, TaskTracker},
};

use super::{logs, panics::Panic, stream::Outbox};
use crate::{
    AppContext, BoxError,
    app::with_causes,
    context::States,
    hook::{Hooks, Step, StopHook, WarmUp, Work},
};

/// How long warm-up hooks may take together. The host waits for 90 s.
const WARM_UP: Duration = Duration::from_secs(80);

/// How long the stop hooks of an app may take whose start failed. The process goes on to say so.
const UNWIND: Duration = Duration::from_secs(5);

/// Whether the app has started: with which states, or why not.
#[derive(Clone, Debug, Default)]
pub(super) struct Started(Arc<Start>);

#[derive(Debug, Default)]
struct Start {
    result: OnceLock<Result<States, String>>,
    is_over: CancellationToken,
}

impl Started {
    /// What came of the start; `None` as long as it is not over.
    pub(super) fn get(&self) -> Option<&Result<States, String>> {
        self.0.result.get()
    }

    /// The states; none as long as the app has not started.
    pub(super) fn states(&self) -> States {
        match self.get() {
            Some(Ok(states)) => states.clone(),
            _ => States::default(),
        }
    }

    fn set(&self, result: Result<States, String>) {
        if self.0.result.set(result).is_ok() {
            self.0.is_over.cancel();
        }
    }

    /// Waits for the end of the start, and says why it failed.
    async fn failure(&self) -> Option<String> {
        self.0.is_over.cancelled().await;
        self.get()?.as_ref().err().cloned()
    }
}

/// The hooks of the app, and how far they have come.
#[derive(Debug)]
pub(super) struct Lifecycle {
    outbox: Outbox,
    started: Started,
    /// What has not begun.
    steps: Mutex<Vec<Step>>,
    /// Whether the start has anything to do, and whether it has begun.
    has_steps: bool,
    has_stop_hooks: bool,
    begun: AtomicBool,
    /// The stop hooks that the start has come past.
    armed: Mutex<Vec<Armed>>,
    /// What the hooks see.
    context: Mutex<AppContext>,
    warm_ups: Vec<WarmUp>,
    start_limit: Duration,
    tasks: TaskTracker,
    stopping: CancellationToken,
}

/// A stop hook that has something to stop.
struct Armed {
    name: String,
    hook: StopHook,
}

impl fmt::Debug for Armed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

impl Lifecycle {
    /// The life of an app with these hooks, and these states at its beginning. Without start hooks it has started.
    pub(super) fn new(mut hooks: Hooks, states: States, outbox: Outbox) -> Self {
        let steps = hooks.take_steps();
        let started = Started::default();
        if steps.is_empty() {
            started.set(Ok(states.clone()));
        }
        Self {
            outbox,
            started,
            has_steps: !steps.is_empty(),
            has_stop_hooks: steps.iter().any(|step| matches!(step.work, Work::Stop(_))),
            steps: Mutex::new(steps),
            begun: AtomicBool::new(false),
            armed: Mutex::default(),
            context: Mutex::new(AppContext::new(states, Path::new("").into())),
            warm_ups: hooks.warm_ups,
            start_limit: hooks.start_limit,
            tasks: TaskTracker::new(),
            stopping: CancellationToken::new(),
        }
    }

    pub(super) fn started(&self) -> Started {
        self.started.clone()
    }

    /// Whether the end takes time.
    pub(super) fn has_stop_hooks(&self) -> bool {
        self.has_stop_hooks
    }

    /// Whether the end has begun.
    pub(super) fn is_stopping(&self) -> bool {
        self.stopping.is_cancelled()
    }

    /// Why the environment of the app cannot change any more.
    pub(super) fn keeps_environment(&self) -> Option<&'static str> {
        (self.has_steps && self.begun.load(Ordering::Relaxed)).then_some(
            "the start hooks of the app have run in the environment before; another one needs a new process",
        )
    }

    /// Runs the start hooks, unless that has begun.
    pub(super) fn begin(self: &Arc<Self>, directory: &Arc<Path>) {
        if !self.has_steps || self.begun.swap(true, Ordering::Relaxed) {
            return;
        }
        let life = Arc::clone(self);
        let directory = Arc::clone(directory);
        self.tasks.spawn(async move {
            let result = tokio::select! {
                biased;
                () = life.stopping.cancelled() => Err("the worker stopped before the app had started".to_owned()),
                result = life.start(directory) => result,
            };
            let failed = result.is_err();
            if let Err(reason) = &result
                && !life.is_stopping()
            {
                life.log(Level::Error, reason.clone());
            }
            life.started.set(result);
            if failed && !life.is_stopping() {
                life.unwind(Instant::now() + UNWIND).await;
            }
        });
    }

    /// Sends the answer to a load once the start is over; a failure if that failed.
    pub(super) fn answer_when_started(self: &Arc<Self>, mut answer: Content, request_id: String) {
        let life = Arc::clone(self);
        self.tasks.spawn(async move {
            if let Some(reason) = life.started.failure().await {
                fail(&mut answer, &reason);
            }
            life.outbox.send(answer, request_id).await;
        });
    }

    /// Runs the warm-up hooks, and then answers; says `false` if there are none.
    pub(super) fn warm_up(self: &Arc<Self>, directory: &Arc<Path>, request_id: String) -> bool {
        if self.warm_ups.is_empty() {
            return false;
        }
        let life = Arc::clone(self);
        let app = self.context().clone().at(directory);
        self.tasks.spawn(async move {
            let result = tokio::select! {
                biased;
                () = life.stopping.cancelled() => Err("the worker stopped".to_owned()),
                result = life.warm(app) => result,
            };
            if let Err(reason) = &result {
                life.log(Level::Warning, reason.clone());
            }
            let answer = Content::WorkerWarmupResponse(WorkerWarmupResponse {
                result: Some(result.map_or_else(failure, |()| StatusResult::success())),
            });
            life.outbox.send(answer, request_id).await;
        });
        true
    }

    /// Ends what is running.
    pub(super) fn halt(&self) {
        self.stopping.cancel();
    }

    /// Ends what is running, and runs the stop hooks; no longer than until the deadline.
    pub(super) async fn stop(&self, deadline: Instant) {
        self.stopping.cancel();
        self.tasks.close();
        let _ = timeout_at(deadline, self.tasks.wait()).await;
        self.unwind(deadline).await;
    }

    async fn start(&self, directory: Arc<Path>) -> Result<States, String> {
        let deadline = Instant::now() + self.start_limit;
        let mut app = self.context().clone().at(&directory);
        let steps = mem::take(&mut *self.steps.lock().unwrap_or_else(PoisonError::into_inner));
        *self.context() = app.clone();
        for Step { name, work } in steps {
            let hook = match work {
                Work::Start(hook) => hook,
                Work::Stop(hook) => {
                    self.armed().push(Armed { name, hook });
                    continue;
                }
            };
            let left = deadline.saturating_duration_since(Instant::now());
            let seen = app.clone();
            let made = bounded(async move { hook(seen).await }, left)
                .await
                .map_err(|reason| format!("the app cannot start: {name} {reason}"))?;
            if let Some(add) = made {
                app = app.with(add);
                *self.context() = app.clone();
            }
        }
        Ok(app.into_states())
    }

    async fn warm(&self, app: AppContext) -> Result<(), String> {
        let deadline = Instant::now() + WARM_UP;
        for WarmUp { name, run } in &self.warm_ups {
            let left = deadline.saturating_duration_since(Instant::now());
            let (run, app) = (Arc::clone(run), app.clone());
            bounded(async move { run(app).await }, left)
                .await
                .map_err(|reason| format!("the worker is not warm: {name} {reason}"))?;
        }
        Ok(())
    }

    /// Runs the stop hooks, the last one first. Each has an equal share of the time that is left.
    async fn unwind(&self, deadline: Instant) {
        loop {
            let (left, hook) = {
                let mut armed = self.armed();
                (armed.len(), armed.pop())
            };
            let Some(Armed { name, hook }) = hook else {
                return;
            };
            let left = u32::try_from(left).unwrap_or(u32::MAX).max(1);
            let share = deadline.saturating_duration_since(Instant::now()) / left;
            let app = self.context().clone();
            if let Err(reason) = bounded(async move { hook(app).await }, share).await {
                self.log(Level::Error, format!("{name} {reason}"));
            }
        }
    }

    fn log(&self, level: Level, text: String) {
        self.outbox.log(logs::system(level, text));
    }

    fn armed(&self) -> MutexGuard<'_, Vec<Armed>> {
        self.armed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn context(&self) -> MutexGuard<'_, AppContext> {
        self.context.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Runs a hook in a task of its own, and says what went wrong.
async fn bounded<T: Send + 'static>(
    hook: impl Future<Output = Result<T, BoxError>> + Send + 'static,
    limit: Duration,
) -> Result<T, String> {
    let mut task = AbortOnDropHandle::new(tokio::spawn(hook));
    match timeout(limit, &mut task).await {
        Ok(Ok(Ok(value))) => Ok(value),
        Ok(Ok(Err(error))) => Err(format!("failed: {}", with_causes(error.as_ref()))),
        Ok(Err(error)) => Err(match error.try_into_panic() {
            Ok(payload) => format!("panicked: {}", Panic::of(payload).message),
            Err(error) => format!("was lost: {error}"),
        }),
        Err(_) => Err(format!(
            "did not end within the {:.1} s that it had; it must not wait for what may not come",
            limit.as_secs_f32()
        )),
    }
}

/// Makes a failure of the answer to a load that would succeed.
fn fail(answer: &mut Content, reason: &str) {
    let responses = match answer {
        Content::FunctionLoadResponse(response) => std::slice::from_mut(response),
        Content::FunctionLoadResponseCollection(responses) => {
            responses.function_load_responses.as_mut_slice()
        }
        _ => return,
    };
    for response in responses {
        response.result = Some(failure(reason.to_owned()));
    }
}

fn failure(message: String) -> StatusResult {
    StatusResult::failure(RpcException {
        message,
        ..RpcException::default()
    })
}
