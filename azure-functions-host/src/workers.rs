//! One call of a worker that is there at the time: sent once, answered once, bounded in time.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use azure_functions_shared::rpc::{InvocationRequest, InvocationResponse};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::{
    forward::{Forward, Forwarder, Forwarding},
    invoke::InvokeError,
    rpc::{Answered, Channel, Unsent},
    supervisor::State,
};

/// The workers of the moment, for those who call them.
#[derive(Debug)]
pub(crate) struct Workers {
    pub(crate) state: watch::Receiver<State>,
    /// Whose turn it is: calls go to one after the other.
    pub(crate) turn: AtomicUsize,
    /// How long a call may take.
    pub(crate) function_timeout: Option<Duration>,
    /// How long a call whose time is up may still answer.
    pub(crate) timeout_grace: Duration,
    /// What sends requests to the worker's own server.
    pub(crate) forwarder: Forwarder,
}

impl Workers {
    /// Why there is no worker and will be none, if that is so.
    pub(crate) fn gone(&self) -> Option<String> {
        match &*self.state.borrow() {
            State::Ended(reason) => Some(reason.to_string()),
            State::Starting | State::Ready(_) => None,
        }
    }

    /// A worker that takes calls now.
    pub(crate) fn current(&self) -> Option<Arc<Channel>> {
        match &*self.state.borrow() {
            State::Ready(channels) => channels.first().map(Arc::clone),
            State::Starting | State::Ended(_) => None,
        }
    }

    /// Calls a function, and waits for the answer.
    ///
    /// A call waits while the worker restarts. When `cancellation` fires the worker is told, and its answer still
    /// counts. When the time for a function is up the worker is told too, and replaced if it does not answer.
    ///
    /// # Errors
    ///
    /// [`InvokeError`] if there is no worker, it goes, has not loaded the function, or the time is up.
    pub(crate) async fn call(
        &self,
        function: &Arc<str>,
        request: InvocationRequest,
        forward: Option<Box<Forward>>,
        cancellation: &CancellationToken,
    ) -> Result<InvocationResponse, InvokeError> {
        let id = request.invocation_id.clone();
        let Sent {
            channel,
            mut answered,
            mut forwarding,
        } = self.send(function, request, forward, cancellation).await?;
        let deadline = async {
            match self.function_timeout {
                Some(limit) => tokio::time::sleep(limit).await,
                None => std::future::pending().await,
            }
        };
        tokio::pin!(deadline);
        let cancelled = async {
            cancellation.cancelled().await;
            channel.cancel(&id).await;
            // The answer still counts, so this arm waits for the others.
            std::future::pending().await
        };
        tokio::pin!(cancelled);
        let ended = async {
            let answer = answered.wait().await?;
            if let Some(forwarding) = &mut forwarding {
                forwarding.end().await?;
            }
            Ok(answer)
        };
        tokio::pin!(ended);
        tokio::select! {
            answer = &mut ended => answer,
            error = &mut cancelled => Err(error),
            () = &mut deadline => {
                let last_chance = async {
                    if !cancellation.is_cancelled() {
                        channel.cancel(&id).await;
                    }
                    // Whatever it is: the time is up.
                    (&mut ended).await.is_ok()
                };
                let answer = tokio::time::timeout(self.timeout_grace, last_chance).await;
                if answer.is_err() {
                    replace(&channel, &id);
                }
                Err(self.timed_out())
            }
        }
    }

    async fn send(
        &self,
        function: &Arc<str>,
        mut request: InvocationRequest,
        mut forward: Option<Box<Forward>>,
        cancellation: &CancellationToken,
    ) -> Result<Sent, InvokeError> {
        let id = request.invocation_id.clone();
        loop {
            let channel = self.ready().await?;
            if let Some(reason) = channel.load_failure(&request.function_id) {
                return Err(InvokeError::NotLoaded(reason.to_owned()));
            }
            if cancellation.is_cancelled() && !channel.has("HandlesInvocationCancelMessage") {
                return Err(InvokeError::Cancelled(
                    "the call was cancelled before it was sent to the worker".to_owned(),
                ));
            }
            // The real host does this first too; the worker gets both in any order.
            let forwarding = match forward.take() {
                None => None,
                Some(forward) => {
                    let uri = channel.http_uri().ok_or_else(|| {
                        InvokeError::WorkerLost("the new worker has no HTTP server".to_owned())
                    })?;
                    Some(forward.start(&self.forwarder, uri, &id))
                }
            };
            let limit = self.function_timeout.unwrap_or(Duration::MAX);
            let call = channel.call(function, request);
            match tokio::time::timeout(limit, call).await {
                Ok(Ok(answered)) => {
                    return Ok(Sent {
                        channel,
                        answered,
                        forwarding,
                    });
                }
                Ok(Err(Unsent(_))) if forwarding.is_some() => {
                    return Err(InvokeError::WorkerLost(
                        "the worker went before it was called".to_owned(),
                    ));
                }
                Ok(Err(Unsent(unsent))) => request = *unsent,
                // The worker does not read.
                Err(_) => {
                    replace(&channel, &id);
                    return Err(self.timed_out());
                }
            }
        }
    }

    async fn ready(&self) -> Result<Arc<Channel>, InvokeError> {
        let mut state = self.state.clone();
        let decided = |state: &State| match state {
            State::Starting => false,
            // One that is lost is about to be replaced.
            State::Ready(channels) => channels.iter().any(|channel| channel.is_open()),
            State::Ended(_) => true,
        };
        let state = state
            .wait_for(decided)
            .await
            .map_err(|_| InvokeError::NoWorker("the host stopped".to_owned()))?;
        match &*state {
            State::Ready(channels) => {
                let open: Vec<_> = channels
                    .iter()
                    .filter(|channel| channel.is_open())
                    .collect();
                let turn = self.turn.fetch_add(1, Ordering::Relaxed);
                let next = turn.checked_rem(open.len()).and_then(|at| open.get(at));
                let lost =
                    || InvokeError::WorkerLost("the worker went before it was called".to_owned());
                next.map(|channel| Arc::clone(channel)).ok_or_else(lost)
            }
            State::Ended(reason) => Err(InvokeError::NoWorker(reason.to_string())),
            State::Starting => Err(InvokeError::NoWorker("the worker is starting".to_owned())),
        }
    }

    fn timed_out(&self) -> InvokeError {
        InvokeError::TimedOut(self.function_timeout.unwrap_or_default())
    }
}

/// A call that has been sent.
struct Sent {
    channel: Arc<Channel>,
    answered: Answered,
    /// Its request, if it went to the worker's own server.
    forwarding: Option<Forwarding>,
}

/// Has a worker replaced that is stuck in a call.
fn replace(channel: &Channel, invocation_id: &str) {
    channel.condemn(&format!(
        "A function timeout has occurred. Restarting worker process executing invocationId '{invocation_id}'."
    ));
}
