//! One worker's conversation: initialization, functions, loads, and then calls until the stream ends.

use std::{
    collections::{HashMap, HashSet},
    ops::ControlFlow,
    sync::Arc,
    time::Duration,
};

use azure_functions_shared::rpc::{
    Content, FunctionLoadRequest, FunctionLoadResponse, FunctionsMetadataRequest,
    RpcFunctionMetadata, StatusResult, WorkerInitRequest, status_result::Status,
};

use super::{
    channel::{self, Channel},
    incoming::Incoming,
    logs,
    server::Connection,
};
use crate::{
    event::{EventSink, Level},
    limits::Limits,
};

/// Why a conversation with a worker cannot go on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum SessionError {
    /// The worker closed its stream.
    #[error("the worker closed its stream")]
    Closed,
    /// The stream broke.
    #[error("the stream of the worker broke: {0}")]
    Broken(String),
    /// The worker did not answer in time.
    #[error("the worker did not send {awaited} within {} s", .within.as_secs_f32())]
    Silent {
        awaited: &'static str,
        within: Duration,
    },
    /// The worker said no.
    #[error("the worker refused {what}: {reason}")]
    Refused { what: &'static str, reason: String },
    /// The worker said what the protocol does not allow.
    #[error("{0}")]
    Protocol(String),
}

/// A worker that has connected.
#[derive(Debug)]
pub(crate) struct Session {
    connection: Connection,
    capabilities: HashMap<String, String>,
    events: EventSink,
    category: String,
    limits: Limits,
}

impl Session {
    /// Initializes the worker that has connected.
    ///
    /// # Errors
    ///
    /// [`SessionError`] if it refuses, or does not answer in time.
    pub(crate) async fn initialize(
        connection: Connection,
        request: WorkerInitRequest,
        category: String,
        limits: Limits,
        events: EventSink,
    ) -> Result<Self, SessionError> {
        let mut session = Self {
            connection,
            capabilities: HashMap::new(),
            events,
            category,
            limits,
        };
        session.send(Content::WorkerInitRequest(request)).await?;
        let within = session.limits.initialization;
        let response = session
            .until("`WorkerInitResponse`", within, |incoming| match incoming {
                Incoming::Initialized(response) => ControlFlow::Break(response),
                other => ControlFlow::Continue(other),
            })
            .await?;
        succeeded("to be initialized", response.result.as_ref())?;
        session.capabilities = response.capabilities;
        channel::http_uri(&session.capabilities).map_err(|text| {
            SessionError::Protocol(format!(
                "the worker's `HttpUri` is `{text}`, which is not the address of an HTTP server; send `http://` and a \
                 host with its port"
            ))
        })?;
        session.events.host(
            Level::Information,
            "Host.Worker",
            "Worker process started and initialized.",
        );
        Ok(session)
    }

    /// Asks the worker for its functions.
    ///
    /// # Errors
    ///
    /// [`SessionError`] if it refuses, does not answer in time, or leaves the search to the host.
    pub(crate) async fn functions(
        &mut self,
        directory: &str,
    ) -> Result<Vec<RpcFunctionMetadata>, SessionError> {
        let request = FunctionsMetadataRequest {
            function_app_directory: directory.to_owned(),
        };
        self.send(Content::FunctionsMetadataRequest(request))
            .await?;
        let within = self.limits.load;
        let response = self
            .until(
                "`FunctionMetadataResponse`",
                within,
                |incoming| match incoming {
                    Incoming::Functions(response) => ControlFlow::Break(response),
                    other => ControlFlow::Continue(other),
                },
            )
            .await?;
        succeeded("to list its functions", response.result.as_ref())?;
        if response.use_default_metadata_indexing {
            return Err(SessionError::Protocol(
                "the worker leaves it to the host to read `function.json` files, which this host does not".to_owned(),
            ));
        }
        Ok(response.function_metadata_results)
    }

    /// Has the worker load functions; those that it cannot load are remembered, and fail when they are called.
    ///
    /// # Errors
    ///
    /// [`SessionError`] if it does not answer for each function in time.
    pub(crate) async fn load(
        mut self,
        requests: Vec<FunctionLoadRequest>,
    ) -> Result<Ready, SessionError> {
        let mut awaited: HashSet<String> = requests
            .iter()
            .map(|request| request.function_id.clone())
            .collect();
        let mut failures = HashMap::new();
        let within = self.limits.load;
        let outbound = self.connection.outbound.clone();
        // Both at once: a worker may want to be read before it reads on.
        let send = async {
            for request in requests {
                let message = Content::FunctionLoadRequest(request).into_message("");
                outbound
                    .send(message)
                    .await
                    .map_err(|_| SessionError::Closed)?;
            }
            Ok(())
        };
        let receive = async {
            while !awaited.is_empty() {
                match self.next().await? {
                    Incoming::Loaded(responses) => {
                        for response in responses {
                            if !awaited.remove(&response.function_id) {
                                let id = &response.function_id;
                                return Err(SessionError::Protocol(format!(
                                    "the worker loaded a function that it was not asked to load: `{id}`"
                                )));
                            }
                            if let Some(reason) = refusal_of(&response) {
                                failures.insert(response.function_id, reason);
                            }
                        }
                    }
                    other => self.aside(other),
                }
            }
            Ok(())
        };
        tokio::time::timeout(within, futures::future::try_join(send, receive))
            .await
            .map_err(|_| SessionError::Silent {
                awaited: "a `FunctionLoadResponse` for each function",
                within,
            })??;
        let channel = Arc::new(Channel::new(
            self.connection.outbound.clone(),
            std::mem::take(&mut self.capabilities),
            failures,
            self.events.clone(),
            self.category.clone(),
        ));
        Ok(Ready {
            channel,
            session: self,
        })
    }

    async fn send(&self, content: Content) -> Result<(), SessionError> {
        self.connection
            .outbound
            .send(content.into_message(""))
            .await
            .map_err(|_| SessionError::Closed)
    }

    async fn next(&mut self) -> Result<Incoming, SessionError> {
        match self.connection.inbound.message().await {
            Ok(Some(message)) => Ok(message.into()),
            Ok(None) => Err(SessionError::Closed),
            Err(status) => Err(SessionError::Broken(status.message().to_owned())),
        }
    }

    /// Waits for one message; what comes before it is set aside.
    async fn until<T>(
        &mut self,
        awaited: &'static str,
        within: Duration,
        wanted: impl Fn(Incoming) -> ControlFlow<T, Incoming>,
    ) -> Result<T, SessionError> {
        let wait = async {
            loop {
                match wanted(self.next().await?) {
                    ControlFlow::Break(wanted) => return Ok(wanted),
                    ControlFlow::Continue(other) => self.aside(other),
                }
            }
        };
        tokio::time::timeout(within, wait)
            .await
            .map_err(|_| SessionError::Silent { awaited, within })?
    }

    /// Handles what a worker says while something else is awaited: only logs mean anything then.
    fn aside(&self, incoming: Incoming) {
        match incoming {
            Incoming::Log(log) => self.events.send(logs::system(&log, &self.category)),
            other => tracing::debug!(?other, "a message of the worker came out of turn"),
        }
    }
}

/// A worker that has loaded the functions.
#[derive(Debug)]
pub(crate) struct Ready {
    pub(crate) channel: Arc<Channel>,
    session: Session,
}

impl Ready {
    /// Reads the stream to its end, and says why it ended.
    ///
    /// Answers and logs are handled in the order in which they come; nothing here waits for anything else.
    pub(crate) async fn run(self) -> SessionError {
        let Self {
            channel,
            mut session,
        } = self;
        loop {
            match session.next().await {
                Ok(incoming) => channel.handle(incoming),
                Err(error) => return error,
            }
        }
    }
}

/// A result must be present: the default of the wire is a failure.
fn succeeded(what: &'static str, result: Option<&StatusResult>) -> Result<(), SessionError> {
    match refusal(result) {
        None => Ok(()),
        Some(reason) => Err(SessionError::Refused { what, reason }),
    }
}

fn refusal_of(response: &FunctionLoadResponse) -> Option<String> {
    refusal(response.result.as_ref())
}

fn refusal(result: Option<&StatusResult>) -> Option<String> {
    let Some(result) = result else {
        return Some("its answer has no `result`".to_owned());
    };
    if result.status() == Status::Success {
        return None;
    }
    let exception = result.exception.as_ref();
    Some(exception.map_or_else(|| "it gave no reason".to_owned(), logs::exception_text))
}
