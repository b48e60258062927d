//! One request on its way to the worker, and its response on the way back.

use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use axum::body::Body;
use http::{Method, Request, Response, Uri, Version, request::Parts};
use hyper_util::{
    client::legacy::{Client, Error, connect::HttpConnector},
    rt::TokioExecutor,
};
use tokio::{sync::oneshot, task::JoinSet};

use super::{
    body::{Activity, Delivery, Download, End, Taken, Upload},
    header,
};
use crate::http::{Refusal, refuse};

/// How often a request is sent that the worker does not take.
const ATTEMPTS: u32 = 10;
/// The pause after the first attempt: it doubles up to the longest.
const PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_millis(250);
/// How often in one attempt a request without a body is delivered whose connection the worker drops. It makes 40 in all,
/// as with the real host.
const DELIVERIES: u32 = 4;

/// Why a request has no response.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ForwardError {
    /// The worker cannot be reached, or drops the connection.
    #[error("Failed to proxy request with ForwarderError: Request: {0}")]
    Request(String),
    /// Nothing moved for too long.
    #[error("Failed to proxy request with ForwarderError: RequestTimedOut: nothing moved for {} s", .0.as_secs_f32())]
    TimedOut(Duration),
    /// The response broke off.
    #[error("Failed to proxy request with ForwarderError: ResponseBodyDestination: {0}")]
    Response(String),
}

/// Sends requests to workers.
#[derive(Clone, Debug)]
pub(crate) struct Forwarder {
    client: Client<HttpConnector, Delivery>,
    idle: Duration,
}

impl Forwarder {
    /// A forwarder that gives up when nothing moves for this long.
    pub(crate) fn new(idle: Duration) -> Self {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        Self {
            client: Client::builder(TokioExecutor::new()).build(connector),
            idle,
        }
    }
}

/// A client's request, which waits to be forwarded.
#[derive(Debug)]
pub(crate) struct Forward {
    pub(super) parts: Parts,
    pub(super) upload: Upload,
    /// The longest body that is taken.
    pub(super) limit: usize,
    pub(super) respond: oneshot::Sender<Response<Body>>,
}

/// A request that is on its way. It is given up when this is dropped.
#[derive(Debug)]
pub(crate) struct Forwarding(JoinSet<Result<(), ForwardError>>);

impl Forward {
    /// Sends the request to the worker at `worker` as that of an invocation.
    pub(crate) fn start(self, forwarder: &Forwarder, worker: &Uri, id: &str) -> Forwarding {
        let mut task = JoinSet::new();
        task.spawn(self.run(forwarder.clone(), worker.clone(), id.to_owned()));
        Forwarding(task)
    }

    async fn run(
        mut self,
        forwarder: Forwarder,
        worker: Uri,
        id: String,
    ) -> Result<(), ForwardError> {
        let target = header::target(&worker, &self.parts.uri)
            .ok_or_else(|| ForwardError::Request("the request has no target".to_owned()))?;
        header::to_worker(&mut self.parts.headers, &id);
        let activity = Activity::new();
        let taken = Arc::default();
        let idle = forwarder.idle;
        let delivered = tokio::select! {
            delivered = deliver(&forwarder.client, &self.parts, &target, &self.upload, &activity, &taken) => delivered,
            () = activity.idle(idle) => Err(ForwardError::TimedOut(idle)),
            () = self.respond.closed() => return Ok(()),
        };
        let mut response = match delivered {
            Ok(response) => response,
            Err(error) => {
                if taken.too_long.load(Ordering::Relaxed) {
                    let _ = self.respond.send(refuse(Refusal::TooLarge(self.limit)));
                }
                return Err(error);
            }
        };
        header::strip(response.headers_mut());
        *response.version_mut() = Version::HTTP_11;
        let (parts, body) = response.into_parts();
        let (download, ended) = Download::new(body, activity.clone());
        if self.parts.method == Method::HEAD {
            // There is nothing to pass on.
            drop(download);
            let response = Response::from_parts(parts, Body::empty());
            let _ = self.respond.send(response);
            return Ok(());
        }
        let response = Response::from_parts(parts, Body::new(download));
        let _ = self.respond.send(response);
        tokio::select! {
            end = ended => match end {
                Ok(End::Complete | End::Left) | Err(_) => Ok(()),
                Ok(End::Broken(reason)) => Err(ForwardError::Response(reason)),
            },
            () = activity.idle(idle) => Err(ForwardError::TimedOut(idle)),
        }
    }
}

impl Forwarding {
    /// Waits until the response has been passed on.
    ///
    /// # Errors
    ///
    /// [`ForwardError`] if there is none, or not all of it.
    pub(crate) async fn end(&mut self) -> Result<(), ForwardError> {
        match self.0.join_next().await {
            None => Ok(()),
            Some(Ok(end)) => end,
            Some(Err(error)) => Err(ForwardError::Request(error.to_string())),
        }
    }
}

/// Delivers a request until there is a response: again while nobody listens, and again when the connection is dropped,
/// unless that may have cost a part of the body.
async fn deliver(
    client: &Client<HttpConnector, Delivery>,
    parts: &Parts,
    target: &Uri,
    upload: &Upload,
    activity: &Activity,
    taken: &Arc<Taken>,
) -> Result<Response<hyper::body::Incoming>, ForwardError> {
    let mut pause = PAUSE;
    let mut attempt = 1;
    let mut delivery = 1;
    loop {
        let mut request = Request::new(upload.deliver(activity, taken));
        *request.method_mut() = parts.method.clone();
        *request.uri_mut() = target.clone();
        *request.headers_mut() = parts.headers.clone();
        let error: Error = match client.request(request).await {
            Ok(response) => return Ok(response),
            Err(error) => error,
        };
        let bodiless = matches!(upload, Upload::Empty);
        if !bodiless && taken.begun.load(Ordering::Relaxed) {
            return Err(failed(&error));
        }
        if !error.is_connect() && bodiless && delivery < DELIVERIES {
            delivery += 1;
            continue;
        }
        if attempt == ATTEMPTS {
            return Err(failed(&error));
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
        attempt += 1;
        delivery = 1;
    }
}

fn failed(error: &Error) -> ForwardError {
    ForwardError::Request(crate::services::in_full(error))
}
