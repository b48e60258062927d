//! Hooks: what an app does when it starts, when it stops, and to be warm. [`AppContext`] is what they can know.

use std::{
    fmt,
    panic::Location,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use futures::future::BoxFuture;

use crate::{App, BoxError, State, context::States};

/// How long the start hooks may take together. The host gives the functions a minute or more to load.
const START: Duration = Duration::from_secs(50);

/// What a hook can know of its app.
#[derive(Clone, Debug)]
pub struct AppContext {
    states: States,
    directory: Arc<Path>,
}

impl AppContext {
    pub(crate) fn new(states: States, directory: Arc<Path>) -> Self {
        Self { states, directory }
    }

    /// The state of type `T` that the app has so far; `None` if it is made by a later hook.
    pub fn state<T: Send + Sync + 'static>(&self) -> Option<State<T>> {
        self.states.get().map(State::from)
    }

    /// The root of the app, where `host.json` is. In a warm-up it can be another directory, because the host does not know the
    /// app then.
    pub fn function_directory(&self) -> &Path {
        &self.directory
    }

    /// This app in another directory.
    pub(crate) fn at(self, directory: &Arc<Path>) -> Self {
        Self {
            directory: Arc::clone(directory),
            ..self
        }
    }

    pub(crate) fn into_states(self) -> States {
        self.states
    }

    pub(crate) fn with(self, add: impl FnOnce(States) -> States) -> Self {
        Self {
            states: add(self.states),
            ..self
        }
    }
}

/// The hooks of an app, in the order in which they were given.
pub(crate) struct Hooks {
    /// Never locked: it makes the app `Sync`.
    steps: Mutex<Vec<Step>>,
    pub(crate) warm_ups: Vec<WarmUp>,
    /// How long the start may take.
    pub(crate) start_limit: Duration,
}

/// A hook that runs once.
pub(crate) struct Step {
    /// What it is called, and where it was given.
    pub(crate) name: String,
    pub(crate) work: Work,
}

/// What a hook does.
pub(crate) enum Work {
    /// When the app starts.
    Start(StartHook),
    /// When the app stops, if it has come as far in its start.
    Stop(StopHook),
}

/// What a start hook adds to the states.
pub(crate) type Made = Box<dyn FnOnce(States) -> States + Send>;

pub(crate) type StartHook =
    Box<dyn FnOnce(AppContext) -> BoxFuture<'static, Result<Option<Made>, BoxError>> + Send>;

pub(crate) type StopHook =
    Box<dyn FnOnce(AppContext) -> BoxFuture<'static, Result<(), BoxError>> + Send>;

/// A hook that runs as often as the host asks.
#[derive(Clone)]
pub(crate) struct WarmUp {
    pub(crate) name: String,
    pub(crate) run:
        Arc<dyn Fn(AppContext) -> BoxFuture<'static, Result<(), BoxError>> + Send + Sync>,
}

impl Hooks {
    /// The hooks that run once.
    pub(crate) fn take_steps(&mut self) -> Vec<Step> {
        let steps = self.steps.get_mut();
        std::mem::take(steps.unwrap_or_else(PoisonError::into_inner))
    }

    fn push(&mut self, name: &str, place: &Location<'_>, work: Work) {
        let name = named(name, place);
        let steps = self.steps.get_mut();
        steps
            .unwrap_or_else(PoisonError::into_inner)
            .push(Step { name, work });
    }
}

impl Default for Hooks {
    fn default() -> Self {
        Self {
            steps: Mutex::default(),
            warm_ups: Vec::new(),
            start_limit: START,
        }
    }
}

impl fmt::Debug for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Step")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for WarmUp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WarmUp")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Hooks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hooks").finish_non_exhaustive()
    }
}

fn named(name: &str, place: &Location<'_>) -> String {
    format!("`{name}` at {}:{}", place.file(), place.line())
}

impl App {
    /// Gives the app a value that all invocations share, and that is made when the app starts, such as a pool of
    /// connections. A function asks for it with [`State<T>`](crate::State), as for one that [`state`](Self::state) gives.
    ///
    /// It is made like an [`on_start`](Self::on_start) hook runs: in its place among them, with the states that were made
    /// before. If that fails, no function is called.
    ///
    /// ```
    /// use std::io;
    ///
    /// use azure_functions::{App, AppContext};
    ///
    /// struct Pool;
    ///
    /// impl Pool {
    ///     async fn connect() -> io::Result<Self> {
    ///         Ok(Self)
    ///     }
    ///     async fn close(&self) {}
    /// }
    ///
    /// let app = App::new()
    ///     .state_with(async |_| Pool::connect().await)
    ///     .on_stop(async |app: AppContext| {
    ///         if let Some(pool) = app.state::<Pool>() {
    ///             pool.close().await;
    ///         }
    ///         Ok::<_, io::Error>(())
    ///     });
    /// ```
    #[track_caller]
    pub fn state_with<T, E, F, A>(mut self, connect: F) -> Self
    where
        T: Send + Sync + 'static,
        E: Into<BoxError>,
        F: FnOnce(AppContext) -> A + Send + 'static,
        A: Future<Output = Result<T, E>> + Send + 'static,
    {
        let hook: StartHook = Box::new(move |app| {
            let value = connect(app);
            Box::pin(async move {
                let value = value.await.map_err(Into::into)?;
                let add: Made = Box::new(move |states: States| states.with(value));
                Ok(Some(add))
            })
        });
        let hooks = self.hooks_mut();
        hooks.push("state_with", Location::caller(), Work::Start(hook));
        self.with_promised::<T>()
    }

    /// Does something when the app starts: before the first invocation, and in an environment that stays.
    ///
    /// A worker can be started before the host knows which app it is for. So the hooks run when the host asks for the
    /// functions, or has them loaded; the host waits for them before it calls one. They run one after another, in the order
    /// in which they were given. When one fails, panics, or all together take longer than 50 s
    /// ([`start_timeout`](Self::start_timeout)), the functions cannot be loaded: the host logs the reason, and every call
    /// fails with it.
    ///
    /// ```
    /// use azure_functions::{App, BoxError};
    ///
    /// let app = App::new().on_start(async |_| {
    ///     if azure_functions::env::var("SHOP_NAME").is_none() {
    ///         return Err(BoxError::from("the setting `SHOP_NAME` is missing"));
    ///     }
    ///     tracing::info!("the shop opens");
    ///     Ok(())
    /// });
    /// ```
    #[track_caller]
    pub fn on_start<E, F, A>(mut self, hook: F) -> Self
    where
        E: Into<BoxError>,
        F: FnOnce(AppContext) -> A + Send + 'static,
        A: Future<Output = Result<(), E>> + Send + 'static,
    {
        let hook: StartHook = Box::new(move |app| {
            let done = hook(app);
            Box::pin(async move { done.await.map(|()| None).map_err(Into::into) })
        });
        let hooks = self.hooks_mut();
        hooks.push("on_start", Location::caller(), Work::Start(hook));
        self
    }

    /// Does something when the app stops: after its invocations have ended, because the host says so, a signal comes, or the
    /// host goes away.
    ///
    /// Stop hooks run one after another, in the reverse of the order in which all hooks were given, and only those that the
    /// start has come past: a hook that undoes something is given after the one that does it. When a start hook fails, the
    /// stop hooks before it run at once.
    ///
    /// The host gives a worker 5 s to stop, and then kills it. An app with stop hooks uses 3.6 s of them at most for
    /// invocations that do not end, and the hooks have the rest of the first 4.5 s, each an equal share of what is left. A
    /// hook that needs longer is dropped, and the log names it.
    #[track_caller]
    pub fn on_stop<E, F, A>(mut self, hook: F) -> Self
    where
        E: Into<BoxError>,
        F: FnOnce(AppContext) -> A + Send + 'static,
        A: Future<Output = Result<(), E>> + Send + 'static,
    {
        let hook: StopHook = Box::new(move |app| {
            let done = hook(app);
            Box::pin(async move { done.await.map_err(Into::into) })
        });
        let hooks = self.hooks_mut();
        hooks.push("on_stop", Location::caller(), Work::Stop(hook));
        self
    }

    /// Does something when the host wants the worker to be warm: in the platform's pool of processes that wait for an app,
    /// before the app's settings are known.
    ///
    /// It is for what is slow the first time and needs no setting. Start hooks have not run, and the process may never
    /// serve this app. It may take 80 s, of the 90 s that the host waits; a failure is logged, and changes nothing.
    ///
    /// An app that wants to know of a new instance, with its settings, has a function with a
    /// [`WarmupTrigger`](crate::bindings::WarmupTrigger).
    ///
    /// ```
    /// use std::io;
    ///
    /// use azure_functions::App;
    ///
    /// # fn read_dictionary() {}
    /// let app = App::new().on_warm_up(async |_| {
    ///     read_dictionary();
    ///     Ok::<_, io::Error>(())
    /// });
    /// ```
    #[track_caller]
    pub fn on_warm_up<E, F, A>(mut self, hook: F) -> Self
    where
        E: Into<BoxError>,
        F: Fn(AppContext) -> A + Send + Sync + 'static,
        A: Future<Output = Result<(), E>> + Send + 'static,
    {
        let name = named("on_warm_up", Location::caller());
        let run = Arc::new(move |app| -> BoxFuture<'static, Result<(), BoxError>> {
            let done = hook(app);
            Box::pin(async move { done.await.map_err(Into::into) })
        });
        self.hooks_mut().warm_ups.push(WarmUp { name, run });
        self
    }

    /// How long all start hooks may take together: 50 s unless this says another time.
    ///
    /// The host waits for a function to load as long as `functionTimeout` in `host.json` says, and at least a minute.
    pub fn start_timeout(mut self, limit: Duration) -> Self {
        self.hooks_mut().start_limit = limit;
        self
    }
}
