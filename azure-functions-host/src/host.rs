//! The host as a whole: start, handle, end.

use std::{net::SocketAddr, sync::Arc};

use azure_functions_shared::rpc::WorkerInitRequest;
use tokio::{
    sync::{mpsc, watch},
    task::JoinHandle,
};
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::{
    setup::Config,
    error::HostError,
    event::{EventSink, Events, Level},
    functions::Function,
    invoke::{Answer, Call, Dispatcher, InvokeError},
    process::Launch,
    rpc::Server,
    supervisor::{State, Supervisor},
    workers::Workers,
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
            config,
            events: EventSink::new(),
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

    /// Starts the worker, indexes its functions, and listens for what triggers them.
    ///
    /// # Errors
    ///
    /// [`HostError`] if any of that fails, or takes longer than [`Limits`](crate::Limits) allow; nothing runs then.
    pub async fn launch(self) -> Result<HostHandle, HostError> {
        let Self { config, events } = self;
        let directory = config.directory.to_string_lossy().into_owned();
        let supervisor = Supervisor {
            init: WorkerInitRequest {
                host_version: HOST_VERSION.to_owned(),
                worker_directory: directory.clone(),
                function_app_directory: directory.clone(),
                ..WorkerInitRequest::default()
            },
            launch: launch(&config),
            server: Server::bind().map_err(HostError::Rpc)?,
            limits: config.limits.clone(),
            events: events.clone(),
        };
        let mut starting = supervisor.start().await?;
        let functions: Vec<Function> = starting
            .functions(&directory)
            .await?
            .into_iter()
            .map(|metadata| Function { metadata })
            .collect();
        if functions.is_empty() {
            return Err(HostError::NoFunctions);
        }
        let loads: Vec<_> = functions.iter().map(Function::load_request).collect();
        let running = starting.load(loads.clone()).await?;

        let (state, state_receiver) = watch::channel(State::Starting);
        let (restarts, restart_receiver) = mpsc::channel(1);
        let dispatcher = Arc::new(Dispatcher {
            workers: Workers {
                state: state_receiver,
                restarts,
                function_timeout: config.function_timeout,
                timeout_grace: config.limits.timeout_grace,
            },
            events: events.clone(),
        });
        let stop = CancellationToken::new();
        let ending = CancellationToken::new();
        let task = tokio::spawn(supervisor.supervise(
            running,
            loads,
            state,
            restart_receiver,
            stop.clone(),
            ending,
        ));
        events.host(Level::Information, "Host.Startup", "Host started");
        Ok(HostHandle {
            address: SocketAddr::from(([127, 0, 0, 1], 0)),
            functions: functions.into(),
            dispatcher,
            events,
            stop: stop.drop_guard(),
            task,
        })
    }
}

/// A host that runs. Dropping it stops it without waiting.
#[derive(Debug)]
pub struct HostHandle {
    address: SocketAddr,
    functions: Arc<[Function]>,
    dispatcher: Arc<Dispatcher>,
    events: EventSink,
    stop: DropGuard,
    task: JoinHandle<Result<(), HostError>>,
}

impl HostHandle {
    /// Where the host listens for HTTP.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The functions that the host runs.
    pub fn functions(&self) -> &[Function] {
        &self.functions
    }

    /// The events of the host from now on.
    pub fn events(&self) -> Events {
        self.events.subscribe()
    }

    /// Calls a function as its trigger would, with a text for the trigger's data.
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
        let function = self
            .functions
            .iter()
            .find(|function| function.metadata.name.eq_ignore_ascii_case(name))
            .ok_or_else(|| InvokeError::UnknownFunction(name.to_owned()));
        let call = function.map(|function| Call {
            function_id: function.metadata.function_id.clone(),
            function: Arc::from(function.metadata.name.as_str()),
            retry: None,
            reason: "This function was programmatically called via the host APIs.",
            inputs: vec![azure_functions_shared::rpc::ParameterBinding {
                name: "x".to_owned(),
                rpc_data: Some(
                    azure_functions_shared::rpc::parameter_binding::RpcData::Data(
                        azure_functions_shared::rpc::Data::String(input.to_owned()).into(),
                    ),
                ),
            }],
            metadata: std::collections::HashMap::new(),
        });
        let dispatcher = Arc::clone(&self.dispatcher);
        async move { dispatcher.invoke(call?, CancellationToken::new()).await }
    }

    /// Waits until the host stops by itself.
    ///
    /// # Errors
    ///
    /// [`HostError::WorkerLost`], which is the only reason.
    pub async fn wait(&mut self) -> Result<(), HostError> {
        (&mut self.task).await.unwrap_or(Ok(()))
    }

    /// Stops the host: running calls may end, then the worker is told to terminate, then it is killed.
    ///
    /// # Errors
    ///
    /// [`HostError::WorkerLost`] if the host had stopped by itself before.
    pub async fn stop(self) -> Result<(), HostError> {
        drop(self.stop);
        self.task.await.unwrap_or(Ok(()))
    }
}

fn launch(config: &Config) -> Launch {
    let text = |path: &std::path::Path| path.to_string_lossy().into_owned();
    let directory = text(&config.directory);
    let mut environment = vec![
        (
            "AZURE_FUNCTIONS_ENVIRONMENT".to_owned(),
            "Development".to_owned(),
        ),
        ("AzureWebJobsScriptRoot".to_owned(), directory.clone()),
        ("FUNCTIONS_WORKER_RUNTIME".to_owned(), "native".to_owned()),
    ];
    environment.extend(config.environment.iter().cloned());
    environment.push(("FUNCTIONS_WORKER_DIRECTORY".to_owned(), directory.clone()));
    environment.push(("FUNCTIONS_APPLICATION_DIRECTORY".to_owned(), directory));
    Launch {
        program: config.worker.clone(),
        arguments: Vec::new(),
        directory: config.directory.clone(),
        environment,
    }
}
