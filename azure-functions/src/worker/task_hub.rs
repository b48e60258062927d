//! The conversation of functions with the task hub of the Durable extension, which is a gRPC service of the host.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, OnceLock, PoisonError},
    time::Duration,
};

use azure_functions_shared::durable::{
    CreateInstanceRequest, CreateInstanceResponse, GetEntityRequest, GetEntityResponse,
    GetInstanceRequest, GetInstanceResponse, HistoryEvent, PurgeInstancesRequest,
    PurgeInstancesResponse, QueryInstancesRequest, QueryInstancesResponse, RaiseEventRequest,
    RaiseEventResponse, RestartInstanceRequest, RestartInstanceResponse, ResumeRequest,
    ResumeResponse, RewindInstanceRequest, RewindInstanceResponse, SignalEntityRequest,
    SignalEntityResponse, StreamInstanceHistoryRequest, SuspendRequest, SuspendResponse,
    TerminateRequest, TerminateResponse,
    task_hub_sidecar_service_client::TaskHubSidecarServiceClient,
};
use tokio::time::timeout;
use tonic::{
    Code, Request, Response, Status,
    metadata::{Ascii, MetadataValue},
    transport::{Channel, Endpoint},
};

use crate::bindings::durable::{DurableClientError, TestHub};

/// How long the connection may take. The host is on the same machine.
const CONNECT: Duration = Duration::from_secs(5);

/// What the extension is told of who asks.
const AGENT: &str = concat!("durabletask-rust/", env!("CARGO_PKG_VERSION"));

/// The most connections that are kept. A host has one address, and another one after a restart.
const KEPT: usize = 16;

/// The connections of a worker, one for each address.
#[derive(Debug, Default)]
pub(crate) struct Connections(Mutex<HashMap<String, Connection>>);

impl Connections {
    /// The connection to this address.
    pub(crate) fn to(&self, address: &str) -> Connection {
        let mut connections = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if connections.len() >= KEPT && !connections.contains_key(address) {
            connections.clear();
        }
        let connection = connections
            .entry(address.to_owned())
            .or_insert_with(|| Connection::new(address));
        connection.clone()
    }
}

/// A connection, which is made when it is used first.
#[derive(Clone, Debug)]
pub(crate) struct Connection(To);

#[derive(Clone, Debug)]
enum To {
    Host(Arc<Address>),
    Test(TestHub),
}

/// Where a host is, and the connection to it if there is one.
#[derive(Debug)]
struct Address(String, OnceLock<Channel>);

impl Connection {
    pub(crate) fn new(address: &str) -> Self {
        Self(To::Host(Arc::new(Address(
            address.to_owned(),
            OnceLock::new(),
        ))))
    }

    /// To a hub in the same process.
    pub(crate) fn to_test_hub(hub: TestHub) -> Self {
        Self(To::Test(hub))
    }

    /// Whether it is the same as `other`, and not only to the same address.
    #[cfg(test)]
    pub(crate) fn is(&self, other: &Self) -> bool {
        matches!((&self.0, &other.0), (To::Host(this), To::Host(other)) if Arc::ptr_eq(this, other))
    }
}

impl Address {
    fn channel(&self) -> Result<Channel, DurableClientError> {
        let Self(address, channel) = self;
        if let Some(channel) = channel.get() {
            return Ok(channel.clone());
        }
        if !address.starts_with("http://") {
            return Err(DurableClientError::Binding(format!(
                "the task hub is at `{address}`, which is not the address of a gRPC service of this machine; the extension has \
                 to be 3.15.0 or later"
            )));
        }
        let endpoint = Endpoint::from_shared(address.clone()).map_err(|error| {
            DurableClientError::Binding(format!("the task hub is at `{address}`: {error}"))
        })?;
        let endpoint = endpoint.connect_timeout(CONNECT);
        Ok(channel.get_or_init(|| endpoint.connect_lazy()).clone())
    }
}

/// A task hub of the host.
#[derive(Clone, Debug)]
pub(crate) struct TaskHub {
    pub(crate) connection: Connection,
    pub(crate) name: Option<String>,
    /// The most bytes of an answer, if it is not gRPC's own limit.
    pub(crate) max_message: Option<usize>,
}

type Client = TaskHubSidecarServiceClient<Channel>;

impl TaskHub {
    fn client(&self, address: &Address) -> Result<Client, DurableClientError> {
        let client = Client::new(address.channel()?);
        Ok(match self.max_message {
            Some(max) => client.max_decoding_message_size(max),
            None => client,
        })
    }

    fn request<M>(&self, message: M, within: Duration) -> Request<M> {
        let mut request = Request::new(message);
        request.set_timeout(within);
        let metadata = request.metadata_mut();
        metadata.insert("x-user-agent", MetadataValue::from_static(AGENT));
        let name = self.name.as_deref().map(str::parse::<MetadataValue<Ascii>>);
        if let Some(Ok(name)) = name {
            metadata.insert("taskhub", name);
        }
        request
    }
}

impl TaskHub {
    /// The events of an instance; none if there is no such instance.
    pub(crate) async fn history(
        &self,
        message: StreamInstanceHistoryRequest,
        within: Duration,
    ) -> Result<Vec<HistoryEvent>, DurableClientError> {
        let mut client = match &self.connection.0 {
            To::Host(address) => self.client(address)?,
            To::Test(hub) => return hub.history(&message.instance_id),
        };
        let request = self.request(message, within);
        let read = async {
            let mut chunks = client.stream_instance_history(request).await?.into_inner();
            let mut events = Vec::new();
            while let Some(chunk) = chunks.message().await? {
                events.extend(chunk.events);
            }
            Ok(events)
        };
        match timeout(within, read).await {
            Ok(events) => events.map_err(failed),
            Err(_) => Err(DurableClientError::TimedOut),
        }
    }
}

macro_rules! calls {
    ($($name:ident($request:ty) -> $answer:ty;)+) => {
        impl TaskHub {$(
            pub(crate) async fn $name(
                &self,
                message: $request,
                within: Duration,
            ) -> Result<$answer, DurableClientError> {
                let mut client = match &self.connection.0 {
                    To::Host(address) => self.client(address)?,
                    To::Test(hub) => return hub.$name(message),
                };
                let request = self.request(message, within);
                match timeout(within, client.$name(request)).await {
                    Ok(answer) => answer.map(Response::into_inner).map_err(failed),
                    Err(_) => Err(DurableClientError::TimedOut),
                }
            }
        )+}
    };
}

calls! {
    start_instance(CreateInstanceRequest) -> CreateInstanceResponse;
    get_instance(GetInstanceRequest) -> GetInstanceResponse;
    wait_for_instance_start(GetInstanceRequest) -> GetInstanceResponse;
    wait_for_instance_completion(GetInstanceRequest) -> GetInstanceResponse;
    raise_event(RaiseEventRequest) -> RaiseEventResponse;
    terminate_instance(TerminateRequest) -> TerminateResponse;
    suspend_instance(SuspendRequest) -> SuspendResponse;
    resume_instance(ResumeRequest) -> ResumeResponse;
    rewind_instance(RewindInstanceRequest) -> RewindInstanceResponse;
    restart_instance(RestartInstanceRequest) -> RestartInstanceResponse;
    query_instances(QueryInstancesRequest) -> QueryInstancesResponse;
    purge_instances(PurgeInstancesRequest) -> PurgeInstancesResponse;
    signal_entity(SignalEntityRequest) -> SignalEntityResponse;
    get_entity(GetEntityRequest) -> GetEntityResponse;
}

/// What a failed call means.
#[expect(clippy::needless_pass_by_value, reason = "what `map_err` gives")]
fn failed(status: Status) -> DurableClientError {
    let message = status.message().to_owned();
    match status.code() {
        Code::NotFound => DurableClientError::NotFound(message),
        Code::AlreadyExists => DurableClientError::AlreadyExists(message),
        Code::FailedPrecondition => DurableClientError::WrongState(message),
        // Both sides of a connection have a limit, and gRPC has a code of its own for what is beyond it.
        Code::ResourceExhausted => DurableClientError::TooLarge(message),
        Code::OutOfRange if message.contains("message length too large") => {
            DurableClientError::TooLarge(message)
        }
        Code::InvalidArgument | Code::OutOfRange => DurableClientError::Invalid(message),
        Code::Unimplemented => DurableClientError::Unsupported(message),
        Code::Unavailable => DurableClientError::Unavailable(message),
        Code::DeadlineExceeded => DurableClientError::TimedOut,
        // tonic says so when its own timer is the first to end.
        Code::Cancelled if message == "Timeout expired" => DurableClientError::TimedOut,
        code => DurableClientError::Other(format!("{code:?}: {message}")),
    }
}
