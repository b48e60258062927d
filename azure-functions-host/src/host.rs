//! The host as a whole: start, handle, end.

use std::{
    net::SocketAddr,
    sync::{Arc, atomic::AtomicUsize},
    time::Duration,
};

use azure_functions_shared::rpc::WorkerInitRequest;
use tokio::{
    sync::watch,
    task::{JoinError, JoinHandle, JoinSet},
};
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::{
    app::{App, Functions},
    error::HostError,
    event::{EventSink, Events, Level},
    forward::Forwarder,
    functions::{Function, FunctionError},
    http::{Listening, Serving},
    invoke::{Answer, Dispatcher, InvokeError},
    process::Launch,
    rpc::Server,
    services::{Ground, Listener, Surroundings, durable::Durable, service_bus::Running},
    setup::Config,
    store::{
        BlobStore, EventHubStore, MemoryBlobs, MemoryCosmos, MemoryEventHubs, MemoryQueues,
        MemoryTables, QueueStore, SentOutputs, TableStore, durable::TaskHub,
        service_bus::ServiceBus,
    },
    supervisor::{State, Supervisor},
    wire::Capabilities,
    workers::Workers,
};

/// The version of the real host that this one follows; workers and clients are told it.
pub const HOST_VERSION: &str = "4.1037.0.0";

/// How long listeners may take once no call runs any more.
const LAST_STEPS: Duration = Duration::from_secs(2);

/// A host that has not started yet.
#[derive(Debug)]
pub struct Host {
    config: Config,
    events: EventSink,
}

impl Host {
    /// A host with this configuration.
    pub fn new(config: Config) -> Self {
        Self {
            events: EventSink::new(config.host_json.log_levels.clone()),
            config,
        }
    }

    /// Starts a host: [`new`](Self::new) and [`launch`](Self::launch) for those who do not read its first events.
    ///
    /// # Errors
    ///
    /// As [`launch`](Self::launch).
    pub async fn start(config: Config) -> Result<HostHandle, HostError> {
        Self::new(config).launch().await
    }

    /// The events of the host from now on.
    pub fn events(&self) -> Events {
        self.events.subscribe()
    }

    /// What a host is made of.
    pub(crate) fn into_parts(self) -> (Config, EventSink) {
        (self.config, self.events)
    }

    /// Starts the worker, indexes its functions, and listens for what triggers them.
    ///
    /// # Errors
    ///
    /// [`HostError`] if any of that fails, or takes longer than [`Limits`](crate::Limits) allow; nothing runs then.
    pub async fn launch(self) -> Result<HostHandle, HostError> {
        // The steps of the start are large futures together, and a caller may hold several.
        Box::pin(self.steps()).await
    }

    async fn steps(self) -> Result<HostHandle, HostError> {
        let Self { config, events } = self;
        let listening = Listening::bind(config.port).await?;
        let address = listening.address();
        let directory = config.directory.to_string_lossy().into_owned();
        let ground = ground(&config, &events, address)?;
        let supervisor = Supervisor {
            processes: config.processes()?,
            init: WorkerInitRequest {
                host_version: HOST_VERSION.to_owned(),
                worker_directory: directory.clone(),
                function_app_directory: directory.clone(),
                // The real host offers `MultiStream`; this one takes one stream of a worker.
                ..WorkerInitRequest::default()
            },
            launch: launch(&config),
            server: Server::bind(&ground).map_err(HostError::Rpc)?,
            limits: config.limits.clone(),
            events: events.clone(),
        };
        let mut starting = supervisor.start().await?;
        let metadata = starting.functions(&directory).await?;
        let functions = Functions::new(metadata, &config, &ground)?;
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
        let app = App::new(functions, dispatcher, capabilities, &config, events.clone());
        let app = Arc::new(app);

        app.warn();

        let stop = CancellationToken::new();
        let ending = CancellationToken::new();
        let stop_worker = CancellationToken::new();
        let supervising =
            supervisor.supervise(running, reloads, state, stop_worker.clone(), ending.clone());
        let parts = Parts {
            supervising: tokio::spawn(supervising),
            stop_worker,
            listeners: listen(&app, &stop, &ending),
            serving: listening.serve(Arc::clone(&app)),
        };
        let task = tokio::spawn(parts.run(stop.clone()));
        events.host(Level::Information, "Host.Startup", "Host started");
        Ok(HostHandle {
            address,
            app,
            ground,
            stop: stop.drop_guard(),
            task: Some(task),
        })
    }
}

/// A host that runs. Dropping it stops it without waiting.
#[derive(Debug)]
pub struct HostHandle {
    address: SocketAddr,
    app: Arc<App>,
    ground: Ground,
    stop: DropGuard,
    /// None once its result was given.
    task: Option<JoinHandle<Result<(), HostError>>>,
}

impl HostHandle {
    /// Where the host listens for HTTP.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The functions that the host runs, by name.
    pub fn functions(&self) -> Vec<Arc<Function>> {
        let functions = self.app.plans().map(|plan| plan.function());
        functions.map(Arc::clone).collect()
    }

    /// The functions that the host cannot run, and why.
    pub fn errors(&self) -> &[FunctionError] {
        self.app.errors()
    }

    /// The address of an HTTP function, with the parameters of its route as they are written.
    pub fn url(&self, function: &Function) -> Option<String> {
        let path = self.app.path(function)?;
        Some(format!("http://{}/{path}", self.address))
    }

    /// The events of the host from now on.
    pub fn events(&self) -> Events {
        self.app.events.subscribe()
    }

    /// The queues of the host.
    pub fn queues(&self) -> &Arc<dyn QueueStore> {
        &self.ground.queues
    }

    /// The blobs of the host.
    pub fn blobs(&self) -> &Arc<dyn BlobStore> {
        &self.ground.blobs
    }

    /// The Service Bus namespace of the host.
    pub fn service_bus(&self) -> &ServiceBus {
        &self.ground.service_bus
    }

    /// The event hubs of the host.
    pub fn event_hubs(&self) -> &Arc<dyn EventHubStore> {
        &self.ground.event_hubs
    }

    /// The tables of the host.
    pub fn tables(&self) -> &Arc<dyn TableStore> {
        &self.ground.tables
    }

    /// What functions sent by bindings whose services are not here: SignalR, Web PubSub, SendGrid, Twilio, and all that
    /// this host does not know.
    pub fn sent(&self) -> &Arc<SentOutputs> {
        &self.ground.sent
    }

    /// The Cosmos DB databases of the host.
    pub fn cosmos(&self) -> &MemoryCosmos {
        &self.ground.cosmos
    }

    /// Calls a function as its trigger would, with a text for the trigger's data: the body of a request, the content of
    /// a message, the path of a blob; a timer takes none.
    ///
    /// The call runs when the future is polled; it does not borrow the handle.
    ///
    /// # Errors
    ///
    /// [`InvokeError`] if there is no such function, or it fails.
    pub fn invoke(
        &self,
        name: &str,
        input: &str,
    ) -> impl Future<Output = Result<Answer, InvokeError>> + Send + use<> {
        self.invoke_until(name, input, std::future::pending())
    }

    /// [`invoke`](Self::invoke) by a caller who loses interest when `cancelled` ends.
    ///
    /// The worker is told then, and what it answers still counts.
    ///
    /// # Errors
    ///
    /// As [`invoke`](Self::invoke).
    pub fn invoke_until<C: Future<Output = ()> + Send + 'static>(
        &self,
        name: &str,
        input: &str,
        cancelled: C,
    ) -> impl Future<Output = Result<Answer, InvokeError>> + Send + use<C> {
        let app = Arc::clone(&self.app);
        let (name, input) = (name.to_owned(), input.to_owned());
        Box::pin(async move {
            let call = app.call_by_hand(&name, &input, None).await?;
            let cancellation = CancellationToken::new();
            let invocation = app.dispatcher.invoke(call, cancellation.clone());
            let cancel = async {
                cancelled.await;
                cancellation.cancel();
                std::future::pending().await
            };
            tokio::select! {
                result = invocation => result,
                result = cancel => result,
            }
        })
    }

    /// Waits until the host stops by itself; returns at once if it has, and has said so before.
    ///
    /// # Errors
    ///
    /// [`HostError`], which says why.
    ///
    /// # Cancel safety
    ///
    /// The future can be dropped and made anew.
    pub async fn wait(&mut self) -> Result<(), HostError> {
        let Some(task) = &mut self.task else {
            return Ok(());
        };
        let result = task.await;
        self.task = None;
        ended(result)
    }

    /// Stops the host: running calls may end, then the worker is told to terminate, then it is killed.
    ///
    /// Every step is bounded by the [`Limits`](crate::Limits).
    ///
    /// # Errors
    ///
    /// [`HostError`] if the host had stopped by itself before, and [`wait`](Self::wait) has not said so.
    pub async fn stop(mut self) -> Result<(), HostError> {
        drop(self.stop);
        match self.task.take() {
            Some(task) => ended(task.await),
            None => Ok(()),
        }
    }
}

/// What runs while the host does.
#[derive(Debug)]
struct Parts {
    supervising: JoinHandle<Result<(), HostError>>,
    stop_worker: CancellationToken,
    listeners: JoinSet<()>,
    serving: Serving,
}

impl Parts {
    /// Runs until the host is stopped, or the worker is lost for good; ends the parts one after the other then.
    async fn run(mut self, stop: CancellationToken) -> Result<(), HostError> {
        let lost = tokio::select! {
            () = stop.cancelled() => None,
            result = &mut self.supervising => Some(result),
        };
        // Nothing new, from listeners and from clients.
        stop.cancel();
        self.serving.refuse();
        self.stop_worker.cancel();
        let result = match lost {
            Some(result) => result,
            None => self.supervising.await,
        };
        // No call runs any more, so these have little left to do.
        let rest = async { while self.listeners.join_next().await.is_some() {} };
        if tokio::time::timeout(LAST_STEPS, rest).await.is_err() {
            tracing::warn!("a listener did not end, and was aborted");
        }
        self.serving.end().await;
        ended(result)
    }
}

fn ended(result: Result<Result<(), HostError>, JoinError>) -> Result<(), HostError> {
    result.unwrap_or_else(|error| Err(HostError::Internal(error.to_string())))
}

/// Starts to listen for the triggers of all functions that are not disabled.
fn listen(app: &Arc<App>, stop: &CancellationToken, ending: &CancellationToken) -> JoinSet<()> {
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

pub(crate) fn ground(
    config: &Config,
    events: &EventSink,
    address: SocketAddr,
) -> Result<Ground, HostError> {
    let clock = Arc::clone(&config.clock);
    let queues = || -> Arc<dyn QueueStore> { Arc::new(MemoryQueues::new(Arc::clone(&clock))) };
    let blobs = || -> Arc<dyn BlobStore> { Arc::new(MemoryBlobs::new(Arc::clone(&clock))) };
    let service_bus = ServiceBus::new(Arc::clone(&clock));
    let event_hubs =
        || -> Arc<dyn EventHubStore> { Arc::new(MemoryEventHubs::new(Arc::clone(&clock))) };
    let tables = || -> Arc<dyn TableStore> { Arc::new(MemoryTables::new(Arc::clone(&clock))) };
    let cosmos = || MemoryCosmos::new(Arc::clone(&clock));
    let hub = match &config.durable_store {
        None => TaskHub::new(Arc::clone(&clock)),
        Some(path) => {
            TaskHub::open(Arc::clone(&clock), path, events.clone()).map_err(|source| {
                HostError::DurableStore {
                    path: path.clone(),
                    source,
                }
            })?
        }
    };
    Ok(Ground {
        running: Running::new(service_bus.clone()),
        service_bus,
        queues: config.queues.clone().unwrap_or_else(queues),
        blobs: config.blobs.clone().unwrap_or_else(blobs),
        event_hubs: config.event_hubs.clone().unwrap_or_else(event_hubs),
        tables: config.tables.clone().unwrap_or_else(tables),
        sent: Arc::new(SentOutputs::new()),
        cosmos: config.cosmos.clone().unwrap_or_else(cosmos),
        durable: Durable {
            hub,
            rpc: Arc::default(),
            http: address,
        },
        zone: config.zone.clone(),
        settings: config.host_json.clone(),
        events: events.clone(),
        clock: Arc::clone(&config.clock),
    })
}

/// How to start the worker: in the folder of the app, with its settings and what the real host adds.
pub(crate) fn launch(config: &Config) -> Launch {
    let directory = config.directory.to_string_lossy().into_owned();
    let own = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let mut environment = vec![own("AZURE_FUNCTIONS_ENVIRONMENT", "Development")];
    if config.setting("FUNCTIONS_WORKER_RUNTIME").is_none() {
        environment.push(own("FUNCTIONS_WORKER_RUNTIME", "native"));
    }
    let settings = config.settings.iter();
    environment.extend(settings.map(|(name, value)| own(name, value)));
    environment.extend([
        own("AzureWebJobsScriptRoot", &directory),
        own("FUNCTIONS_WORKER_DIRECTORY", &directory),
        own("FUNCTIONS_APPLICATION_DIRECTORY", &directory),
    ]);
    Launch {
        program: config.worker.clone(),
        arguments: config.arguments.clone(),
        directory: config.directory.clone(),
        environment,
    }
}
