//! One build of the app, from its worker to its listeners: how it is made ready, runs, and gives way to the next.

use std::{
    path::Path,
    sync::{Arc, atomic::AtomicUsize},
    time::Duration,
};

use azure_functions_shared::rpc::{FunctionLoadRequest, WorkerInitRequest};
use tokio::{
    sync::watch,
    task::{JoinHandle, JoinSet},
};
use tokio_util::sync::CancellationToken;

use crate::{
    app::{App, Functions},
    error::HostError,
    event::{EventSink, Level},
    forward::Forwarder,
    host::HOST_VERSION,
    invoke::Dispatcher,
    process::Launch,
    rpc::Door,
    services::{Ground, Listener, Surroundings},
    setup::Config,
    supervisor::{Running, State, Supervisor},
    wire::Capabilities,
    workers::Workers,
};

/// How long listeners may take once no call runs any more.
const LAST_STEPS: Duration = Duration::from_secs(2);

/// What all generations of a host share.
#[derive(Debug)]
pub(crate) struct Base {
    pub(crate) door: Door,
    pub(crate) ground: Ground,
    pub(crate) events: EventSink,
}

/// A generation whose worker is ready, and that takes no calls yet. Dropping it kills the worker.
#[derive(Debug)]
pub(crate) struct Next {
    app: Arc<App>,
    supervisor: Supervisor,
    running: Running,
    reloads: Vec<FunctionLoadRequest>,
    state: watch::Sender<State>,
    drain: Duration,
}

/// A generation that runs.
#[derive(Debug)]
pub(crate) struct Generation {
    app: Arc<App>,
    /// Ends the listeners.
    stop: CancellationToken,
    stop_worker: CancellationToken,
    supervising: JoinHandle<Result<(), HostError>>,
    listening: JoinHandle<()>,
    /// Cancelled when no listener runs any more.
    listened: CancellationToken,
    retire: Duration,
}

impl Base {
    /// Starts a worker, and has it list and load its functions.
    ///
    /// # Errors
    ///
    /// [`HostError`] if any of that fails, or takes longer than the limits allow; the worker is gone then.
    pub(crate) async fn prepare(&self, config: &Config) -> Result<Next, HostError> {
        let directory = config.directory.to_string_lossy().into_owned();
        let events = self.events.with_levels(config.host_json.log_levels.clone());
        let ground = Ground {
            zone: config.zone.clone(),
            settings: config.host_json.clone(),
            events: events.clone(),
            ..self.ground.clone()
        };
        let supervisor = supervisor(config, self.door.clone(), events.clone())?;
        let mut starting = supervisor.start().await?;
        let metadata = starting.functions(&directory).await?;
        let functions = Functions::new(metadata, config, &ground)?;
        let running = starting.load(functions.load_requests()).await?;
        let reloads = functions.reload_requests();
        let (state, current) = watch::channel(State::Starting);
        let capabilities = Capabilities::new(running.capabilities());
        let dispatcher = Arc::new(Dispatcher {
            workers: Workers {
                state: current,
                turn: AtomicUsize::new(0),
                function_timeout: config.host_json.function_timeout,
                timeout_grace: config.limits.timeout_grace,
                forwarder: Forwarder::new(config.limits.forward_idle),
            },
            clock: Arc::clone(&ground.clock),
            sent: Arc::clone(&ground.sent),
            events: events.clone(),
            capabilities,
        });
        let app = App::new(functions, dispatcher, capabilities, config, events);
        Ok(Next {
            app: Arc::new(app),
            supervisor,
            running,
            reloads,
            state,
            drain: config.limits.drain,
        })
    }
}

impl Next {
    pub(crate) fn app(&self) -> &Arc<App> {
        &self.app
    }

    /// The functions that the worker could not load, and why.
    pub(crate) fn load_failures(&self) -> Vec<String> {
        let plans = self.app.plans().map(|plan| plan.function());
        let failures = plans.filter_map(|function| {
            let reason = self.running.load_failure(&function.id)?;
            Some(format!("`{}`: {reason}", function.name))
        });
        failures.collect()
    }

    /// Takes calls from now on, and listens for what triggers them: as soon as `previous` does not any more, so that no event
    /// has two readers.
    pub(crate) fn run(self, previous: Option<&Generation>, retire: Duration) -> Generation {
        let stop = CancellationToken::new();
        let ending = CancellationToken::new();
        let stop_worker = CancellationToken::new();
        let listened = CancellationToken::new();
        self.app.warn();
        let supervising = tokio::spawn(self.supervisor.supervise(
            self.running,
            self.reloads,
            self.state,
            stop_worker.clone(),
            ending.clone(),
        ));
        let listeners = Listeners {
            app: Arc::clone(&self.app),
            stop: stop.clone(),
            ending,
        };
        let before = previous.map(|previous| previous.listened.clone());
        // At once if possible: what happens from now on is not to be missed.
        let first = before.is_none().then(|| listeners.start());
        let patience = self.drain;
        let end = listened.clone().drop_guard();
        let listening = tokio::spawn(async move {
            let _end = end;
            let running = match (first, before) {
                (Some(first), _) => Some(first),
                (None, Some(before)) => listeners.start_after(before, patience).await,
                (None, None) => None,
            };
            if let Some(mut running) = running {
                while running.join_next().await.is_some() {}
            }
        });
        Generation {
            app: self.app,
            stop,
            stop_worker,
            supervising,
            listening,
            listened,
            retire,
        }
    }
}

impl Generation {
    pub(crate) fn app(&self) -> &Arc<App> {
        &self.app
    }

    /// Waits until the worker is lost for good.
    ///
    /// # Cancel safety
    ///
    /// The future can be dropped and made anew.
    pub(crate) async fn lost(&mut self) -> Result<(), HostError> {
        joined((&mut self.supervising).await)
    }

    /// Triggers nothing any more; what runs goes on.
    pub(crate) fn rest(&self) {
        self.stop.cancel();
    }

    /// Ends the worker once its calls have ended, and then the listeners.
    ///
    /// # Errors
    ///
    /// [`HostError`] if the worker had been lost for good before.
    pub(crate) async fn end(
        mut self,
        lost: Option<Result<(), HostError>>,
    ) -> Result<(), HostError> {
        self.stop.cancel();
        self.stop_worker.cancel();
        let result = match lost {
            Some(result) => result,
            None => self.lost().await,
        };
        // No call runs any more, so these have little left to do.
        if tokio::time::timeout(LAST_STEPS, &mut self.listening)
            .await
            .is_err()
        {
            tracing::warn!("a listener did not end, and was aborted");
            self.listening.abort();
        }
        result
    }

    /// Ends a generation that another has taken the place of: what still waits for it is answered first, unless that takes
    /// too long, or `hurry` is cancelled.
    pub(crate) async fn retire(self, hurry: CancellationToken) {
        self.stop.cancel();
        let answered = async {
            self.app.visits.none().await;
            self.listened.cancelled().await;
        };
        tokio::select! {
            () = answered => {}
            () = tokio::time::sleep(self.retire) => {}
            () = hurry.cancelled() => {}
        }
        if let Err(error) = self.end(None).await {
            tracing::debug!(%error, "a worker was lost before it could be ended");
        }
    }
}

/// What listens for the triggers of a generation.
#[derive(Debug)]
struct Listeners {
    app: Arc<App>,
    stop: CancellationToken,
    ending: CancellationToken,
}

impl Listeners {
    /// Listens as soon as those of the generation before do not any more, or have had their time.
    async fn start_after(
        &self,
        before: CancellationToken,
        patience: Duration,
    ) -> Option<JoinSet<()>> {
        tokio::select! {
            () = before.cancelled() => {}
            () = tokio::time::sleep(patience) => {}
            () = self.stop.cancelled() => return None,
        }
        Some(self.start())
    }

    /// Listens for the triggers of all functions that are not disabled.
    fn start(&self) -> JoinSet<()> {
        let Self { app, stop, ending } = self;
        let mut listeners = JoinSet::new();
        for plan in app.plans().filter(|plan| !plan.function().disabled) {
            let Some(service) = app.services().trigger(plan.trigger().kind()) else {
                continue;
            };
            let listener = Listener {
                plan: Arc::clone(plan),
                dispatcher: Arc::clone(&app.dispatcher),
                stop: stop.clone(),
                ending: ending.clone(),
            };
            match service.listen(listener) {
                Ok(listening) => {
                    listeners.spawn(listening);
                }
                Err(error) => app.events.host(Level::Error, "Host.Triggers", error),
            }
        }
        let plans = app.plans().filter(|plan| !plan.function().disabled);
        let surroundings = Surroundings {
            plans: plans.map(Arc::clone).collect(),
            dispatcher: Arc::clone(&app.dispatcher),
            events: app.events.clone(),
            stop: stop.clone(),
            ending: ending.clone(),
        };
        for service in app.services().iter() {
            if let Some(running) = service.run(surroundings.clone()) {
                listeners.spawn(running);
            }
        }
        listeners
    }
}

/// What a task ended with.
pub(crate) fn joined(
    result: Result<Result<(), HostError>, tokio::task::JoinError>,
) -> Result<(), HostError> {
    result.unwrap_or_else(|error| Err(HostError::Internal(error.to_string())))
}

/// What starts the workers of an app, and watches them.
///
/// # Errors
///
/// [`HostError`] if the number of processes cannot be read.
pub(crate) fn supervisor(
    config: &Config,
    door: Door,
    events: EventSink,
) -> Result<Supervisor, HostError> {
    let directory = config.directory.to_string_lossy().into_owned();
    Ok(Supervisor {
        processes: config.processes()?,
        init: WorkerInitRequest {
            host_version: HOST_VERSION.to_owned(),
            worker_directory: directory.clone(),
            function_app_directory: directory,
            // The real host offers `MultiStream`; this one takes one stream of a worker.
            ..WorkerInitRequest::default()
        },
        launch: launch(config, &config.directory),
        gate: config.gate.clone(),
        door,
        limits: config.limits.clone(),
        events,
    })
}

/// How to start the worker: in the folder of the app, with its settings and what the real host adds.
fn launch(config: &Config, directory: &Path) -> Launch {
    let folder = directory.to_string_lossy();
    let own = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let mut environment = vec![own("AZURE_FUNCTIONS_ENVIRONMENT", "Development")];
    if config.setting("FUNCTIONS_WORKER_RUNTIME").is_none() {
        environment.push(own("FUNCTIONS_WORKER_RUNTIME", "native"));
    }
    let settings = config.settings.iter();
    environment.extend(settings.map(|(name, value)| own(name, value)));
    environment.extend([
        own("AzureWebJobsScriptRoot", &folder),
        own("FUNCTIONS_WORKER_DIRECTORY", &folder),
        own("FUNCTIONS_APPLICATION_DIRECTORY", &folder),
    ]);
    Launch {
        program: config.worker.clone(),
        arguments: config.arguments.clone(),
        directory: directory.to_owned(),
        environment,
    }
}
