//! The body of an answer: bytes, or a stream that tells how it ended.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{Response, StatusCode};
use http_body::{Body, Frame, SizeHint};
use http_body_util::Full;
use tokio::sync::oneshot;
use tracing::Span;

use crate::{BoxError, bindings::BodyStream, worker::panics::Panic};

/// How the body of an answer ended.
#[derive(Debug)]
pub(crate) enum End {
    /// All of it was taken.
    Complete,
    /// The stream had an error.
    Failed(BoxError),
    /// The stream panicked.
    Panicked(Panic),
    /// The client did not want the rest.
    Left,
}

/// The body of an answer.
#[derive(Debug)]
pub(crate) enum Reply {
    Whole(Full<Bytes>),
    Stream(Box<Streamed>),
}

/// A stream that tells how it ended. It ends early when nobody wants to know that any more.
#[derive(Debug)]
pub(crate) struct Streamed {
    /// `None` after its end.
    body: Option<BodyStream>,
    ended: Option<oneshot::Sender<End>>,
    /// What the user's code in it logs belongs to the invocation.
    span: Span,
    /// What breaks the response off, the next time it is asked for more.
    error: Option<BoxError>,
}

impl Reply {
    pub(crate) fn whole(bytes: Bytes) -> Self {
        Self::Whole(Full::new(bytes))
    }

    /// A stream, and how it ends.
    pub(crate) fn stream(body: BodyStream, span: Span) -> (Self, oneshot::Receiver<End>) {
        let (ended, end) = oneshot::channel();
        let streamed = Streamed {
            body: Some(body),
            ended: Some(ended),
            span,
            error: None,
        };
        (Self::Stream(Box::new(streamed)), end)
    }

    /// The answer that the host gives for an invocation that failed.
    pub(crate) fn failure() -> Response<Self> {
        let mut response = Response::new(Self::whole(Bytes::new()));
        *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
        response
    }
}

impl Body for Reply {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        match self.get_mut() {
            Self::Whole(body) => Pin::new(body)
                .poll_frame(cx)
                .map_err(|never| match never {}),
            Self::Stream(body) => body.poll(cx),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Whole(body) => body.is_end_stream(),
            Self::Stream(body) => {
                body.error.is_none() && body.body.as_ref().is_none_or(Body::is_end_stream)
            }
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(body) => body.size_hint(),
            Self::Stream(body) => body.body.as_ref().map(Body::size_hint).unwrap_or_default(),
        }
    }
}

impl Streamed {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        if let Some(error) = self.error.take() {
            return Poll::Ready(Some(Err(error)));
        }
        let Some(body) = &mut self.body else {
            return Poll::Ready(None);
        };
        if let Some(ended) = &mut self.ended
            && ended.poll_closed(cx).is_ready()
        {
            self.body = None;
            return self.break_off(cx, "the invocation was cancelled".into());
        }
        let span = self.span.clone();
        let polled = catch_unwind(AssertUnwindSafe(|| {
            let _entered = span.entered();
            Pin::new(body).poll_frame(cx)
        }));
        match polled {
            Ok(Poll::Ready(Some(Ok(frame)))) => {
                if frame.is_trailers() {
                    // Nothing comes after them, and nothing is asked for.
                    self.end(End::Complete);
                }
                Poll::Ready(Some(Ok(frame)))
            }
            Ok(Poll::Ready(Some(Err(error)))) => {
                let text = error.to_string();
                self.end(End::Failed(error));
                self.break_off(cx, text.into())
            }
            Ok(Poll::Ready(None)) => {
                self.end(End::Complete);
                Poll::Ready(None)
            }
            Ok(Poll::Pending) => Poll::Pending,
            Err(payload) => {
                self.end(End::Panicked(Panic::of(payload)));
                self.break_off(cx, "the stream panicked".into())
            }
        }
    }

    /// Ends the connection, but not before all that there is has been written: the server drops it with the error, and
    /// the host delivers a request again that has no answer, not even a header.
    fn break_off(
        &mut self,
        cx: &mut Context<'_>,
        error: BoxError,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        self.error = Some(error);
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    fn end(&mut self, end: End) {
        self.body = None;
        if let Some(ended) = self.ended.take() {
            let _ = ended.send(end);
        }
    }
}

impl Drop for Streamed {
    fn drop(&mut self) {
        // A body of known length is not asked for its end.
        let complete = self.body.as_ref().is_none_or(Body::is_end_stream);
        self.end(if complete { End::Complete } else { End::Left });
    }
}
