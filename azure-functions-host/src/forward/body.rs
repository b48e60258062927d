//! The bodies of a forwarded exchange, which tell that something moves, and how they end.

use std::{
    pin::Pin,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, ready},
    time::Duration,
};

use axum::{BoxError, body::Body};
use bytes::Bytes;
use http_body::{Body as HttpBody, Frame, SizeHint};
use http_body_util::LengthLimitError;
use hyper::body::Incoming;
use tokio::{
    sync::oneshot,
    time::{Instant, sleep_until},
};

/// When something moved last, in either direction.
#[derive(Clone, Debug)]
pub(super) struct Activity(Arc<Mutex<Instant>>);

impl Activity {
    pub(super) fn new() -> Self {
        Self(Arc::new(Mutex::new(Instant::now())))
    }

    /// Waits until nothing has moved for this long.
    pub(super) async fn idle(&self, limit: Duration) {
        loop {
            let until = *lock(&self.0) + limit;
            if until <= Instant::now() {
                return;
            }
            sleep_until(until).await;
        }
    }

    fn note(&self) {
        *lock(&self.0) = Instant::now();
    }
}

/// What a client sends, for as many deliveries as it allows.
#[derive(Debug)]
pub(super) enum Upload {
    /// Nothing.
    Empty,
    /// All of it.
    Whole(Bytes),
    /// What is still to come, which can be read once.
    Stream(Arc<Mutex<Body>>),
}

/// The body of one delivery.
#[derive(Debug)]
pub(super) struct Delivery {
    upload: Upload,
    activity: Activity,
    taken: Arc<Taken>,
}

/// What became of a body.
#[derive(Debug, Default)]
pub(super) struct Taken {
    /// Something of it was taken, and so it cannot be delivered again.
    pub(super) begun: AtomicBool,
    /// It is longer than this host takes.
    pub(super) too_long: AtomicBool,
}

impl Upload {
    /// The body for the next delivery. `taken` says afterwards what became of it.
    pub(super) fn deliver(&self, activity: &Activity, taken: &Arc<Taken>) -> Delivery {
        Delivery {
            upload: match self {
                Self::Empty => Self::Empty,
                Self::Whole(bytes) => Self::Whole(bytes.clone()),
                Self::Stream(body) => Self::Stream(Arc::clone(body)),
            },
            activity: activity.clone(),
            taken: Arc::clone(taken),
        }
    }
}

impl HttpBody for Delivery {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        self.taken.begun.store(true, Ordering::Relaxed);
        let Self { upload, taken, .. } = &mut *self;
        let frame = match upload {
            Upload::Empty => None,
            Upload::Whole(bytes) => {
                let bytes = std::mem::take(bytes);
                (!bytes.is_empty()).then(|| Ok(Frame::data(bytes)))
            }
            Upload::Stream(body) => {
                let frame = ready!(Pin::new(&mut *lock(body)).poll_frame(cx));
                frame.map(|frame| {
                    frame.map_err(|error| {
                        let error = error.into_inner();
                        let too_long = error.is::<LengthLimitError>();
                        taken.too_long.store(too_long, Ordering::Relaxed);
                        error
                    })
                })
            }
        };
        self.activity.note();
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        match &self.upload {
            Upload::Empty => true,
            Upload::Whole(bytes) => bytes.is_empty(),
            Upload::Stream(body) => lock(body).is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.upload {
            Upload::Empty => SizeHint::with_exact(0),
            Upload::Whole(bytes) => SizeHint::with_exact(bytes.len() as u64),
            Upload::Stream(body) => lock(body).size_hint(),
        }
    }
}

/// How the body of a response ended.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum End {
    /// All of it was passed on.
    Complete,
    /// The worker broke it off.
    Broken(String),
    /// The client did not want the rest.
    Left,
}

/// The body of the worker's response. It breaks off when nobody waits for its end any more.
#[derive(Debug)]
pub(super) struct Download {
    body: Incoming,
    activity: Activity,
    end: Option<oneshot::Sender<End>>,
}

impl Download {
    /// The body, and how it ends.
    pub(super) fn new(body: Incoming, activity: Activity) -> (Self, oneshot::Receiver<End>) {
        let (end, ended) = oneshot::channel();
        let end = Some(end);
        let download = Self {
            body,
            activity,
            end,
        };
        (download, ended)
    }

    fn end(&mut self, end: End) {
        if let Some(ended) = self.end.take() {
            let _ = ended.send(end);
        }
    }
}

impl HttpBody for Download {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        if let Some(end) = &mut self.end
            && end.poll_closed(cx).is_ready()
        {
            return Poll::Ready(Some(Err("the call ended before its response".into())));
        }
        let frame = ready!(Pin::new(&mut self.body).poll_frame(cx));
        self.activity.note();
        match &frame {
            Some(Ok(_)) => {}
            Some(Err(error)) => {
                let text = error.to_string();
                self.end(End::Broken(text));
            }
            None => self.end(End::Complete),
        }
        Poll::Ready(frame.map(|frame| frame.map_err(Into::into)))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Download {
    fn drop(&mut self) {
        // A body of known length is not asked for its end.
        let complete = self.body.is_end_stream();
        self.end(if complete { End::Complete } else { End::Left });
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
