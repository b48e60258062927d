//! Requests for a worker that has its own HTTP server: they go there as they are, and the response comes back as it is.
//!
//! The invocation is sent beside the request, and says nothing of it but the values of the route's parameters. The call
//! ends when both have ended.

mod body;
mod delivery;
mod header;

use std::{
    pin::Pin,
    sync::{Arc, Mutex},
    task::{Context, Poll, ready},
};

use axum::{
    BoxError,
    body::Body,
    response::{IntoResponse as _, Response},
};
use bytes::Bytes;
use http::{StatusCode, header as names, request::Parts};
use http_body::{Body as HttpBody, Frame, SizeHint};
use http_body_util::{BodyExt as _, Limited};
use tokio::{sync::oneshot, task::JoinHandle};
use tokio_util::sync::{CancellationToken, DropGuard};

use self::body::Upload;
pub(crate) use self::delivery::{Forward, ForwardError, Forwarder, Forwarding};
use crate::{
    app::{App, Found},
    http::{Refusal, no_worker, refuse},
    invoke::{Answer, InvokeError, Observer},
    throttle::Place,
};

/// A body up to this length is read before the function is called, because its JSON gives values to other bindings and to
/// the trigger metadata. The real host reads all that say how long they are.
const READ: usize = 1 << 20;

/// Answers a request by the worker's own server.
pub(crate) async fn answer(
    app: &Arc<App>,
    found: &Found,
    parts: Parts,
    body: Body,
    place: Place,
    observer: Option<Observer>,
) -> Response {
    let (known, upload) = match upload(app, found, &parts, body).await {
        Ok(upload) => upload,
        Err(refusal) => return refuse(refusal),
    };
    let (respond, responded) = oneshot::channel();
    let mut call = app.forwarded_call(found, &parts, &known);
    call.forward = Some(Box::new(Forward {
        parts,
        upload,
        limit: app.body_limit,
        respond,
    }));
    let left = CancellationToken::new();
    let guard = left.clone().drop_guard();
    let dispatcher = Arc::clone(&app.dispatcher);
    let visit = app.visits.begin();
    let running = tokio::spawn(async move {
        let _visit = visit;
        dispatcher.invoke_before(observer, call, left).await
    });
    if let Ok(response) = responded.await {
        return response.map(|body| {
            Body::new(Returned {
                body,
                running: Some(running),
                guard: Some(guard),
                _place: place,
            })
        });
    }
    let result = running.await;
    guard.disarm();
    match result {
        Ok(Err(InvokeError::NoWorker(_))) => no_worker(),
        // The reason stands in the events.
        Ok(_) | Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// The body of a request: what is known of it before the function is called, and what is forwarded.
async fn upload(
    app: &App,
    found: &Found,
    parts: &Parts,
    body: Body,
) -> Result<(Bytes, Upload), Refusal> {
    let limit = app.body_limit;
    let length = parts.headers.get(names::CONTENT_LENGTH);
    let length: Option<usize> = length.and_then(|length| length.to_str().ok()?.parse().ok());
    if length.is_some_and(|length| length > limit) {
        return Err(Refusal::TooLarge(limit));
    }
    if body.is_end_stream() {
        return Ok((Bytes::new(), Upload::Empty));
    }
    let body = Limited::new(body, limit);
    let reads = if found.plan.has_other_bindings() {
        limit
    } else {
        READ
    };
    if length.is_some_and(|length| length <= reads) {
        let bytes = body
            .collect()
            .await
            .map_err(|_| Refusal::Broken)?
            .to_bytes();
        return Ok((bytes.clone(), Upload::Whole(bytes)));
    }
    let body = Arc::new(Mutex::new(Body::new(body)));
    Ok((Bytes::new(), Upload::Stream(body)))
}

/// The body of a response, which is not at its end before the call is, and whose client cancels the call when it leaves.
#[derive(Debug)]
struct Returned {
    body: Body,
    running: Option<JoinHandle<Result<Answer, InvokeError>>>,
    guard: Option<DropGuard>,
    _place: Place,
}

impl HttpBody for Returned {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(cx));
        if frame.is_none()
            && let Some(running) = &mut self.running
        {
            // The real host ends its response after the invocation, whatever came of that.
            let _ = ready!(Pin::new(running).poll(cx));
            self.running = None;
        }
        Poll::Ready(frame.map(|frame| frame.map_err(Into::into)))
    }

    fn is_end_stream(&self) -> bool {
        // One of known length is complete with its last byte.
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Returned {
    fn drop(&mut self) {
        if self.body.is_end_stream()
            && let Some(guard) = self.guard.take()
        {
            guard.disarm();
        }
    }
}
