//! The host as a whole: start, handle, end.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use tokio::{
    sync::{mpsc, oneshot, watch},
    task::{JoinHandle, JoinSet},
};
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::{
    app::{self, App},
    error::HostError,
    event::{EventSink, Events, Level},
    functions::{Function, FunctionError},
    generation::{self, Base, Generation, Next},
    http::{Listening, Serving},
    invoke::{Answer, InvokeError},
    rpc::Server,
    services::{Ground, Receipts, durable::Durable, service_bus::Running},
    setup::Config,
    store::{
        BlobStore, EventHubStore, MemoryBlobs, MemoryCosmos, MemoryEventHubs, MemoryQueues,
        MemoryTables, QueueStore, SentOutputs, TableStore, durable::TaskHub,
        service_bus::ServiceBus,
    },
};

/// The version of the real host that this one follows; workers and clients are told it.
pub const HOST_VERSION: &str = "4.1037.0.0";

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
        let ground = ground(&config, &events, address)?;
        let server = Server::bind(&ground).map_err(HostError::Rpc)?;
        let base = Arc::new(Base {
            door: server.door(),
            ground,
            events: events.clone(),
        });
        let next = base.prepare(&config).await?;
        let (publish, current) = watch::channel(Arc::clone(next.app()));
        let generation = next.run(None, config.limits.retire);
        let (switch, switches) = mpsc::channel(1);
        let stop = CancellationToken::new();
        let parts = Parts {
            generation,
            retiring: JoinSet::new(),
            retire: config.limits.retire,
            publish,
            switches,
            server,
            serving: listening.serve(current.clone()),
        };
        let task = tokio::spawn(parts.run(stop.clone()));
        events.host(Level::Information, "Host.Startup", "Host started");
        Ok(HostHandle {
            address,
            current,
            base,
            switch,
            stop: stop.drop_guard(),
            task: Some(task),
        })
    }
}

/// A host that runs. Dropping it stops it without waiting.
#[derive(Debug)]
pub struct HostHandle {
    address: SocketAddr,
    current: watch::Receiver<Arc<App>>,
    base: Arc<Base>,
    switch: mpsc::Sender<Switch>,
    stop: DropGuard,
    /// None once its result was given.
    task: Option<JoinHandle<Result<(), HostError>>>,
}

impl HostHandle {
    fn app(&self) -> Arc<App> {
        Arc::clone(&self.current.borrow())
    }

    /// Where the host listens for HTTP.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The functions that the host runs, by name.
    pub fn functions(&self) -> Vec<Arc<Function>> {
        let app = self.app();
        let functions = app.plans().map(|plan| plan.function());
        functions.map(Arc::clone).collect()
    }

    /// The functions that the host cannot run, and why.
    pub fn errors(&self) -> Vec<FunctionError> {
        self.app().errors().to_vec()
    }

    /// The address of an HTTP function, with the parameters of its route as they are written.
    pub fn url(&self, function: &Function) -> Option<String> {
        let path = self.app().path(function)?;
        Some(format!("http://{}/{path}", self.address))
    }

    /// Puts another build of the app in the place of the one that runs, and no request fails for it.
    ///
    /// The new worker is started beside the old one. Once it has listed its functions and loaded them all, requests go to it,
    /// and what the old one has begun ends there, within [`Limits::retire`](crate::Limits::retire); triggers other than HTTP
    /// are listened for as soon as the old listeners have ended. Of the configuration, the port, the clock and the stores
    /// stay as they were.
    ///
    /// The future does not borrow the handle. Dropping it before it is ready leaves the host as it is.
    ///
    /// # Errors
    ///
    /// [`HostError`] if the new worker does not become ready: as [`Host::launch`], and if it cannot load a function. Then
    /// the old one still runs.
    pub fn replace(
        &self,
        config: Config,
    ) -> impl Future<Output = Result<(), HostError>> + Send + use<> {
        let base = Arc::clone(&self.base);
        let switch = self.switch.clone();
        Box::pin(async move {
            let next = base.prepare(&config).await?;
            let failures = next.load_failures();
            if !failures.is_empty() {
                return Err(HostError::NotLoaded(failures));
            }
            let gone = || HostError::Internal("the host is stopping".to_owned());
            let (done, switched) = oneshot::channel();
            let next = Box::new(next);
            switch
                .send(Switch { next, done })
                .await
                .map_err(|_| gone())?;
            switched.await.map_err(|_| gone())
        })
    }

    /// The events of the host from now on.
    pub fn events(&self) -> Events {
        self.base.events.subscribe()
    }

    /// The queues of the host.
    pub fn queues(&self) -> &Arc<dyn QueueStore> {
        &self.base.ground.queues
    }

    /// The blobs of the host.
    pub fn blobs(&self) -> &Arc<dyn BlobStore> {
        &self.base.ground.blobs
    }

    /// The Service Bus namespace of the host.
    pub fn service_bus(&self) -> &ServiceBus {
        &self.base.ground.service_bus
    }

    /// The event hubs of the host.
    pub fn event_hubs(&self) -> &Arc<dyn EventHubStore> {
        &self.base.ground.event_hubs
    }

    /// The tables of the host.
    pub fn tables(&self) -> &Arc<dyn TableStore> {
        &self.base.ground.tables
    }

    /// What functions sent by bindings whose services are not here: SignalR, Web PubSub, SendGrid, Twilio, and all that
    /// this host does not know.
    pub fn sent(&self) -> &Arc<SentOutputs> {
        &self.base.ground.sent
    }

    /// The Cosmos DB databases of the host.
    pub fn cosmos(&self) -> &MemoryCosmos {
        &self.base.ground.cosmos
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
        let (app, visit) = app::visit(&self.current);
        let (name, input) = (name.to_owned(), input.to_owned());
        Box::pin(async move {
            let _visit = visit;
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
        generation::joined(result)
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
            Some(task) => generation::joined(task.await),
            None => Ok(()),
        }
    }
}

/// How many generations may still answer what they have begun.
const RETIRING: usize = 4;

/// A wish to have the next generation take over.
#[derive(Debug)]
struct Switch {
    next: Box<Next>,
    done: oneshot::Sender<()>,
}

/// What runs while the host does.
#[derive(Debug)]
struct Parts {
    generation: Generation,
    /// Those that others have taken the place of.
    retiring: JoinSet<()>,
    retire: Duration,
    publish: watch::Sender<Arc<App>>,
    switches: mpsc::Receiver<Switch>,
    server: Server,
    serving: Serving,
}

impl Parts {
    /// Runs until the host is stopped, or the worker is lost for good; ends the parts one after the other then.
    async fn run(mut self, stop: CancellationToken) -> Result<(), HostError> {
        let lost = loop {
            tokio::select! {
                () = stop.cancelled() => break None,
                result = self.generation.lost() => break Some(result),
                Some(switch) = self.switches.recv() => self.switch(switch, &stop).await,
            }
        };
        // Nothing new, from listeners and from clients.
        stop.cancel();
        self.switches.close();
        self.serving.refuse();
        let result = self.generation.end(lost).await;
        while self.retiring.join_next().await.is_some() {}
        self.server.stop().await;
        self.serving.end().await;
        result
    }

    /// Lets the next generation take over.
    async fn switch(&mut self, Switch { next, done }: Switch, stop: &CancellationToken) {
        while self.retiring.try_join_next().is_some() {}
        if self.retiring.len() >= RETIRING {
            self.retiring.join_next().await;
        }
        let next = next.run(Some(&self.generation), self.retire);
        // From here on, nobody begins a visit of the old one.
        self.publish.send_replace(Arc::clone(next.app()));
        let old = std::mem::replace(&mut self.generation, next);
        old.rest();
        self.retiring.spawn(old.retire(stop.clone()));
        // Who asked may have left.
        let _ = done.send(());
    }
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
        receipts: Receipts::default(),
        durable: Durable::new(hub, address, config.keys.as_deref()),
        zone: config.zone.clone(),
        settings: config.host_json.clone(),
        events: events.clone(),
        clock: Arc::clone(&config.clock),
    })
}
