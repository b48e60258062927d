//! The gRPC service on the loopback interface: it joins the stream of a worker to whoever waits for it.

use std::{
    collections::HashMap,
    io,
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use azure_functions_shared::{
    durable::task_hub_sidecar_service_server::TaskHubSidecarServiceServer,
    rpc::{Content, FunctionRpc, FunctionRpcServer, SettlementServer, StreamingMessage},
};
use futures::StreamExt as _;
use tokio::{
    sync::{mpsc, oneshot},
    task::JoinHandle,
};
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status, Streaming, transport::server::TcpIncoming};

use super::{settlement, task_hub};
use crate::services::Ground;

/// How many messages may wait to be written to one worker.
const OUTBOUND: usize = 256;
/// The window of a stream, and of a connection; one worker has one of each, and bodies may be large.
const WINDOW: u32 = 4 << 20;
/// How long a stream may stay without its first message.
const FIRST_MESSAGE: Duration = Duration::from_secs(60);
/// How long open streams may go on when the server stops.
const STOP: Duration = Duration::from_secs(1);

/// Both directions of one worker's stream.
#[derive(Debug)]
pub(crate) struct Connection {
    pub(crate) inbound: Streaming<StreamingMessage>,
    pub(crate) outbound: mpsc::Sender<StreamingMessage>,
}

/// The service, listening.
#[derive(Debug)]
pub(crate) struct Server {
    door: Door,
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl Server {
    /// Listens on a free port of the loopback interface, for workers, for what they settle, and for clients of the task hub.
    pub(crate) fn bind(ground: &Ground) -> io::Result<Self> {
        let running = ground.running.clone();
        let incoming =
            TcpIncoming::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?.with_nodelay(Some(true));
        let address = incoming.local_addr()?;
        // One hub has one server.
        let _ = ground.durable.rpc.set(address);
        let expected = Expected::default();
        let service = FunctionRpcServer::new(Service {
            expected: expected.clone(),
        })
        .max_decoding_message_size(usize::MAX)
        .max_encoding_message_size(usize::MAX);
        let stop = CancellationToken::new();
        let serving = tonic::transport::Server::builder()
            .initial_stream_window_size(WINDOW)
            .initial_connection_window_size(WINDOW)
            .add_service(service)
            .add_service(SettlementServer::new(settlement::Service { running }))
            .add_service(TaskHubSidecarServiceServer::new(task_hub::Service {
                hub: ground.durable.hub.clone(),
            }))
            .serve_with_incoming_shutdown(incoming, stop.clone().cancelled_owned());
        let task = tokio::spawn(async move {
            if let Err(error) = serving.await {
                tracing::warn!(%error, "the worker service ended");
            }
        });
        Ok(Self {
            door: Door { address, expected },
            stop,
            task,
        })
    }

    /// Where workers come in.
    pub(crate) fn door(&self) -> Door {
        self.door.clone()
    }

    /// Stops listening, and closes what is still open after a short while.
    pub(crate) async fn stop(mut self) {
        self.stop.cancel();
        if tokio::time::timeout(STOP, &mut self.task).await.is_err() {
            self.task.abort();
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// Where workers come in.
#[derive(Debug, Clone)]
pub(crate) struct Door {
    address: SocketAddr,
    expected: Expected,
}

impl Door {
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Announces a worker; its stream arrives at the receiver.
    pub(crate) fn expect(&self, worker_id: &str) -> oneshot::Receiver<Connection> {
        self.expected.insert(worker_id)
    }
}

/// The workers that were started and have not connected yet.
#[derive(Debug, Clone, Default)]
struct Expected {
    workers: Arc<Mutex<HashMap<String, oneshot::Sender<Connection>>>>,
}

impl Expected {
    fn insert(&self, worker_id: &str) -> oneshot::Receiver<Connection> {
        let (sender, receiver) = oneshot::channel();
        let mut workers = self.workers.lock().unwrap_or_else(PoisonError::into_inner);
        // Workers that died before they connected leave their entry behind; it goes with the next start.
        workers.retain(|_, sender| !sender.is_closed());
        workers.insert(worker_id.to_owned(), sender);
        receiver
    }

    fn remove(&self, worker_id: &str) -> Option<oneshot::Sender<Connection>> {
        self.workers
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(worker_id)
    }
}

#[derive(Debug)]
struct Service {
    expected: Expected,
}

type Outbound = futures::stream::BoxStream<'static, Result<StreamingMessage, Status>>;

#[tonic::async_trait]
impl FunctionRpc for Service {
    type EventStreamStream = Outbound;

    async fn event_stream(
        &self,
        request: Request<Streaming<StreamingMessage>>,
    ) -> Result<Response<Outbound>, Status> {
        let mut inbound = request.into_inner();
        let first = tokio::time::timeout(FIRST_MESSAGE, inbound.message())
            .await
            .map_err(|_| Status::deadline_exceeded("no `StartStream` arrived"))??;
        let Some(StreamingMessage {
            content: Some(Content::StartStream(start)),
            ..
        }) = first
        else {
            return Err(Status::invalid_argument(
                "the first message must be `StartStream`",
            ));
        };
        let Some(waiting) = self.expected.remove(&start.worker_id) else {
            // The real host ends such a stream without a word.
            tracing::debug!(worker_id = %start.worker_id, "the stream of an unknown worker was ended");
            return Ok(Response::new(futures::stream::empty().boxed()));
        };
        let (outbound, messages) = mpsc::channel(OUTBOUND);
        if waiting.send(Connection { inbound, outbound }).is_err() {
            return Ok(Response::new(futures::stream::empty().boxed()));
        }
        Ok(Response::new(ReceiverStream::new(messages).map(Ok).boxed()))
    }
}
