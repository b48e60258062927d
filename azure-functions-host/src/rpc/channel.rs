//! The way to a worker that is ready: calls out, answers and logs back.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use azure_functions_shared::rpc::{
    Content, InvocationCancel, InvocationRequest, InvocationResponse, RpcLog, StreamingMessage,
    WorkerStatusRequest, WorkerTerminate, rpc_log::RpcLogCategory,
};
use http::Uri;
use tokio::{
    sync::{
        mpsc::{self, error::SendError},
        oneshot, watch,
    },
    time::Instant,
};
use tokio_util::sync::CancellationToken;

use super::{incoming::Incoming, logs};
use crate::event::EventSink;

/// The worker is gone, or going; this says why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Gone(pub(crate) Arc<str>);

impl fmt::Display for Gone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A call that was not sent; another worker can have it.
#[derive(Debug)]
pub(crate) struct Unsent(pub(crate) Box<InvocationRequest>);

/// One worker that has loaded the functions.
#[derive(Debug)]
pub(crate) struct Channel {
    outbound: mpsc::Sender<StreamingMessage>,
    capabilities: HashMap<String, String>,
    http_uri: Option<Uri>,
    /// Why a function is not loaded, by its id.
    failures: HashMap<String, String>,
    calls: Mutex<Calls>,
    running: watch::Sender<usize>,
    /// Says that the worker is to be replaced.
    condemned: CancellationToken,
    events: EventSink,
    category: String,
}

/// The calls and questions that wait for an answer.
#[derive(Debug, Default)]
struct Calls {
    /// Why no call is taken any more.
    closed: Option<Arc<str>>,
    pending: HashMap<String, Pending>,
    status: HashMap<String, oneshot::Sender<()>>,
}

#[derive(Debug)]
struct Pending {
    function: Arc<str>,
    answer: oneshot::Sender<InvocationResponse>,
}

impl Channel {
    pub(super) fn new(
        outbound: mpsc::Sender<StreamingMessage>,
        capabilities: HashMap<String, String>,
        failures: HashMap<String, String>,
        events: EventSink,
        category: String,
    ) -> Self {
        Self {
            outbound,
            http_uri: http_uri(&capabilities).unwrap_or_default(),
            capabilities,
            failures,
            calls: Mutex::default(),
            running: watch::Sender::new(0),
            condemned: CancellationToken::new(),
            events,
            category,
        }
    }

    /// What the worker said it can do.
    pub(crate) fn capabilities(&self) -> &HashMap<String, String> {
        &self.capabilities
    }

    /// Whether the worker has a capability: any value that is not empty switches a capability on.
    pub(crate) fn has(&self, capability: &str) -> bool {
        self.capabilities
            .get(capability)
            .is_some_and(|value| !value.is_empty())
    }

    /// Where the worker's own HTTP server listens, if it has one.
    pub(crate) fn http_uri(&self) -> Option<&Uri> {
        self.http_uri.as_ref()
    }

    /// Whether calls can be sent; once they cannot, they never can again.
    pub(crate) fn is_open(&self) -> bool {
        !self.outbound.is_closed() && self.calls().closed.is_none()
    }

    /// Why the worker has not loaded a function.
    pub(crate) fn load_failure(&self, function_id: &str) -> Option<&str> {
        self.failures.get(function_id).map(String::as_str)
    }

    /// Sends a call to the worker; the answer arrives at what this returns.
    ///
    /// # Errors
    ///
    /// [`Unsent`] if the worker is gone, or going.
    pub(crate) async fn call(
        self: &Arc<Self>,
        function: &Arc<str>,
        request: InvocationRequest,
    ) -> Result<Answered, Unsent> {
        let Some(answered) = self.expect(function, &request.invocation_id) else {
            return Err(Unsent(Box::new(request)));
        };
        let message = Content::InvocationRequest(request).into_message("");
        match self.outbound.send(message).await {
            Ok(()) => Ok(answered),
            Err(SendError(StreamingMessage {
                content: Some(Content::InvocationRequest(request)),
                ..
            })) => Err(Unsent(Box::new(request))),
            // What comes back is what was sent.
            Err(_) => Ok(answered),
        }
    }

    /// Makes room for an answer, unless no call is taken any more.
    fn expect(self: &Arc<Self>, function: &Arc<str>, id: &str) -> Option<Answered> {
        let (answer, receiver) = oneshot::channel();
        let mut calls = self.calls();
        if calls.closed.is_some() {
            return None;
        }
        let pending = Pending {
            function: Arc::clone(function),
            answer,
        };
        calls.pending.insert(id.to_owned(), pending);
        self.count(&calls);
        Some(Answered {
            channel: Arc::clone(self),
            id: id.to_owned(),
            receiver,
        })
    }

    /// Tells the worker that nobody waits for the answer of a call, if it wants to know.
    pub(crate) async fn cancel(&self, invocation_id: &str) {
        if self.has("HandlesInvocationCancelMessage") {
            let cancel = InvocationCancel {
                invocation_id: invocation_id.to_owned(),
                ..InvocationCancel::default()
            };
            let message = Content::InvocationCancel(cancel).into_message("");
            let _ = self.outbound.send(message).await;
        }
    }

    /// Tells the worker to end within `grace`, if it wants to know; says whether it does.
    pub(crate) fn terminate(&self, grace: Duration) -> bool {
        if !self.has("HandlesWorkerTerminateMessage") {
            return false;
        }
        let terminate = WorkerTerminate {
            grace_period: prost_types::Duration::try_from(grace).ok(),
        };
        let message = Content::WorkerTerminate(terminate).into_message("");
        // A worker whose queue is full reads nothing, and is killed like one that cannot terminate.
        self.outbound.try_send(message).is_ok()
    }

    /// Asks the worker whether it is alive, if it answers such questions, and measures how long that takes.
    pub(crate) async fn latency(&self, patience: Duration) -> Option<Duration> {
        if !self.has("WorkerStatus") {
            return None;
        }
        let id = uuid::Uuid::new_v4().to_string();
        let (sender, answered) = oneshot::channel();
        self.calls().status.insert(id.clone(), sender);
        let began = Instant::now();
        let asked = async {
            let message = Content::WorkerStatusRequest(WorkerStatusRequest {}).into_message(&id);
            self.outbound.send(message).await.ok()?;
            answered.await.ok()
        };
        let answer = tokio::time::timeout(patience, asked).await.ok().flatten();
        self.calls().status.remove(&id);
        answer.map(|()| began.elapsed())
    }

    /// Takes no more calls; those that wait for an answer fail with `reason`.
    pub(crate) fn close(&self, reason: &str) {
        let mut calls = self.calls();
        calls.closed.get_or_insert_with(|| Arc::from(reason));
        calls.pending.clear();
        calls.status.clear();
        self.count(&calls);
    }

    /// Asks for another worker in the place of this one, which takes no more calls from now on.
    pub(crate) fn condemn(&self, reason: &str) {
        self.close(reason);
        self.condemned.cancel();
    }

    /// Waits until the worker is to be replaced, and says why.
    pub(crate) async fn condemned(&self) -> Gone {
        self.condemned.cancelled().await;
        self.gone()
    }

    /// Waits until no call waits for an answer.
    pub(crate) async fn idle(&self) {
        // The sender lives as long as `self`.
        let _ = self
            .running
            .subscribe()
            .wait_for(|running| *running == 0)
            .await;
    }

    /// Handles one message of the worker; never waits.
    pub(super) fn handle(&self, incoming: Incoming) {
        match incoming {
            Incoming::Answer(response) => self.answer(response),
            Incoming::Log(log) => self.log(log),
            Incoming::Status(request_id) => {
                if let Some(waiting) = self.calls().status.remove(&request_id) {
                    let _ = waiting.send(());
                }
            }
            Incoming::Initialized(_) => ignored("WorkerInitResponse"),
            Incoming::Functions(_) => ignored("FunctionMetadataResponse"),
            Incoming::Loaded(_) => ignored("FunctionLoadResponse"),
            Incoming::Other(name) => ignored(name),
        }
    }

    fn answer(&self, response: InvocationResponse) {
        let mut calls = self.calls();
        if let Some(pending) = calls.pending.remove(&response.invocation_id) {
            self.count(&calls);
            let _ = pending.answer.send(response);
        } else {
            let id = &response.invocation_id;
            tracing::debug!(invocation_id = %id, "an answer that nobody waits for was dropped");
        }
    }

    fn log(&self, log: RpcLog) {
        if log.log_category() == RpcLogCategory::System {
            self.events.send(logs::system(&log, &self.category));
            return;
        }
        let function = {
            let calls = self.calls();
            let Some(pending) = calls.pending.get(&log.invocation_id) else {
                // The real host drops it as well.
                return;
            };
            Arc::clone(&pending.function)
        };
        let event = match log.log_category() {
            RpcLogCategory::CustomMetric => logs::metric(&log, &function),
            _ => logs::user(&log, &function),
        };
        if let Some(event) = event {
            let id = Arc::from(log.invocation_id);
            self.events.send(event.of_call(&function, &id));
        }
    }

    fn gone(&self) -> Gone {
        let closed = self.calls().closed.clone();
        Gone(closed.unwrap_or_else(|| Arc::from("the worker closed its stream")))
    }

    fn count(&self, calls: &Calls) {
        self.running.send_replace(calls.pending.len());
    }

    fn calls(&self) -> MutexGuard<'_, Calls> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The answer of a call, to come. Dropping it forgets the call.
#[derive(Debug)]
pub(crate) struct Answered {
    channel: Arc<Channel>,
    id: String,
    receiver: oneshot::Receiver<InvocationResponse>,
}

impl Answered {
    /// Waits for the answer.
    ///
    /// # Errors
    ///
    /// [`Gone`] if the worker went before it answered.
    ///
    /// # Cancel safety
    ///
    /// The answer is not lost when the returned future is dropped.
    pub(crate) async fn wait(&mut self) -> Result<InvocationResponse, Gone> {
        (&mut self.receiver).await.map_err(|_| self.channel.gone())
    }
}

impl Drop for Answered {
    fn drop(&mut self) {
        // The id may be in use again by then, for the next attempt: only the own entry is closed by this.
        self.receiver.close();
        let mut calls = self.channel.calls();
        let own = |pending: &Pending| pending.answer.is_closed();
        if calls.pending.get(&self.id).is_some_and(own) {
            calls.pending.remove(&self.id);
            self.channel.count(&calls);
        }
    }
}

/// Where a worker with these capabilities says that its own HTTP server listens.
///
/// # Errors
///
/// What it says, if that is no such place.
pub(super) fn http_uri(capabilities: &HashMap<String, String>) -> Result<Option<Uri>, String> {
    let Some(text) = capabilities.get("HttpUri").filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    let uri = text.parse().ok();
    let uri = uri.filter(|uri: &Uri| uri.scheme_str() == Some("http") && uri.authority().is_some());
    uri.map(Some).ok_or_else(|| text.clone())
}

fn ignored(message: &'static str) {
    tracing::debug!(message, "a message of the worker was ignored");
}
