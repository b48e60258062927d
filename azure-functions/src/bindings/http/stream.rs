//! [`BodyStream`]: a body that is read or written piece by piece.

use std::{
    fmt, io, mem,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll, ready},
    time::Duration,
};

use ::http::HeaderMap;
use bytes::{Bytes, BytesMut};
use futures::{Stream, future::poll_fn};
use http_body::{Body as HttpBody, Frame, SizeHint};
use tokio::{runtime::Handle, time::timeout};

use crate::{BindError, BoxError};

/// How long the rest of a request is still read when nobody wants it: an answer can get lost when its connection is
/// closed while the client still sends.
const DRAIN: Duration = Duration::from_secs(5);

/// A body that is read or written piece by piece.
///
/// As the body of a request it is taken with [`HttpRequest<BodyStream>`](super::HttpRequest) or
/// [`http::Request<BodyStream>`](::http::Request); the function then starts before the body is there. As the body of a
/// response it is made from a stream, from another [`http_body::Body`], or from bytes.
///
/// A host that does not forward requests to the worker (see [`App::http_streaming`](crate::App::http_streaming)) sends
/// whole bodies; such a body comes as one piece, and a response is collected before it is sent.
///
/// ```
/// use azure_functions::{
///     BoxError,
///     bindings::{BodyStream, HttpRequest},
///     func,
/// };
///
/// /// Counts the bytes of an upload without holding them.
/// #[func]
/// async fn count(request: HttpRequest<BodyStream>) -> Result<String, BoxError> {
///     let mut body = request.into_body();
///     let mut length = 0;
///     while let Some(chunk) = body.chunk().await? {
///         length += chunk.len();
///     }
///     Ok(length.to_string())
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let request = HttpRequest::post("/api/count").with_stream("hello".into());
/// assert_eq!(count(request).await.unwrap(), "5");
/// # }
/// ```
pub struct BodyStream {
    source: Mutex<Source>,
    /// What came after the last piece.
    trailers: Option<Box<HeaderMap>>,
}

type Boxed = Pin<Box<dyn HttpBody<Data = Bytes, Error = BoxError> + Send>>;

/// The `Mutex` around it is never locked: it makes the body `Sync`, so that a function can hold its request across an
/// `.await`.
enum Source {
    /// All that is left, at once.
    Bytes(Bytes),
    /// A request that comes in.
    Incoming(hyper::body::Incoming),
    /// What somebody else makes.
    Boxed(Boxed),
}

impl BodyStream {
    /// A body that has the frames of another: data, and trailers at the end.
    pub fn new<B>(body: B) -> Self
    where
        B: HttpBody + Send + 'static,
        B::Data: Send,
        B::Error: Into<BoxError>,
    {
        use http_body_util::BodyExt as _;

        let body = body
            .map_frame(|frame| {
                frame.map_data(|mut data| {
                    let length = bytes::Buf::remaining(&data);
                    bytes::Buf::copy_to_bytes(&mut data, length)
                })
            })
            .map_err(Into::into);
        Source::Boxed(Box::pin(body)).into()
    }

    /// A body that has the pieces of a stream. An error breaks the response off.
    pub fn from_stream<S, B, E>(stream: S) -> Self
    where
        S: Stream<Item = Result<B, E>> + Send + 'static,
        B: Into<Bytes>,
        E: Into<BoxError>,
    {
        use futures::StreamExt as _;

        let frames = stream.map(|chunk| match chunk {
            Ok(chunk) => Ok(Frame::data(chunk.into())),
            Err(error) => Err(error.into()),
        });
        Source::Boxed(Box::pin(http_body_util::StreamBody::new(frames))).into()
    }

    /// This body, and trailers after it.
    ///
    /// They reach a client that says `te: trailers`, of a response whose header `trailer` names them; a host that takes
    /// whole bodies does not know trailers.
    #[must_use]
    pub fn with_trailers(self, trailers: HeaderMap) -> Self {
        use http_body_util::BodyExt as _;

        Self::new(http_body_util::BodyExt::with_trailers(
            self.map_frame(|frame| frame),
            async move { Some(Ok(trailers)) },
        ))
    }

    /// The next piece; `None` at the end, after which [`trailers`](Self::trailers) has what came behind it.
    ///
    /// # Errors
    ///
    /// When the sender broke off.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost when the returned future is dropped.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, BoxError> {
        loop {
            match poll_fn(|cx| Pin::new(&mut *self).poll_frame(cx)).await {
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(data) => return Ok(Some(data)),
                    Err(frame) => {
                        self.trailers = frame.into_trailers().ok().map(Box::new);
                    }
                },
                Some(Err(error)) => return Err(error),
                None => return Ok(None),
            }
        }
    }

    /// The trailers of a request, once [`chunk`](Self::chunk) has come to its end; `None` if it has none.
    ///
    /// A host that sends whole bodies leaves them out.
    pub fn trailers(&self) -> Option<&HeaderMap> {
        self.trailers.as_deref()
    }

    /// The whole body, if it has at most `limit` bytes.
    ///
    /// # Errors
    ///
    /// [`TooLong`](io::ErrorKind::FileTooLarge), as an [`io::Error`], when it is longer; or when the sender broke off.
    pub async fn into_bytes(mut self, limit: usize) -> Result<Bytes, BoxError> {
        let too_long = || io::Error::new(io::ErrorKind::FileTooLarge, TooLong { limit });
        let least = usize::try_from(self.size_hint().lower()).unwrap_or(usize::MAX);
        if least > limit {
            return Err(too_long().into());
        }
        let Some(first) = self.chunk().await? else {
            return Ok(Bytes::new());
        };
        if first.len() > limit {
            return Err(too_long().into());
        }
        let Some(second) = self.chunk().await? else {
            return Ok(first);
        };
        let mut whole = BytesMut::with_capacity(least.max(first.len() + second.len()).min(limit));
        whole.extend_from_slice(&first);
        let mut next = Some(second);
        while let Some(chunk) = next {
            if chunk.len() > limit - whole.len() {
                return Err(too_long().into());
            }
            whole.extend_from_slice(&chunk);
            next = self.chunk().await?;
        }
        Ok(whole.freeze())
    }

    /// The pieces as a [`Stream`], without trailers.
    pub fn into_data_stream(self) -> impl Stream<Item = Result<Bytes, BoxError>> + Send + Sync {
        futures::stream::try_unfold(self, |mut body| async move {
            Ok(body.chunk().await?.map(|chunk| (chunk, body)))
        })
    }

    /// The body of a request that comes in.
    pub(crate) fn incoming(body: hyper::body::Incoming) -> Self {
        Source::Incoming(body).into()
    }

    fn source(&mut self) -> &mut Source {
        self.source
            .get_mut()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl HttpBody for BodyStream {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        match self.source() {
            Source::Bytes(bytes) if bytes.is_empty() => Poll::Ready(None),
            Source::Bytes(bytes) => Poll::Ready(Some(Ok(Frame::data(mem::take(bytes))))),
            Source::Incoming(body) => {
                let frame = ready!(Pin::new(body).poll_frame(cx));
                Poll::Ready(frame.map(|frame| frame.map_err(Into::into)))
            }
            Source::Boxed(body) => body.as_mut().poll_frame(cx),
        }
    }

    fn is_end_stream(&self) -> bool {
        match &*self.source.lock().unwrap_or_else(PoisonError::into_inner) {
            Source::Bytes(bytes) => bytes.is_empty(),
            Source::Incoming(body) => body.is_end_stream(),
            Source::Boxed(body) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &*self.source.lock().unwrap_or_else(PoisonError::into_inner) {
            Source::Bytes(bytes) => SizeHint::with_exact(bytes.len() as u64),
            Source::Incoming(body) => body.size_hint(),
            Source::Boxed(body) => body.size_hint(),
        }
    }
}

impl Drop for BodyStream {
    /// Reads on for a while what nobody wants, so that the sender gets to read the answer.
    fn drop(&mut self) {
        let Source::Incoming(body) = mem::replace(self.source(), Source::Bytes(Bytes::new()))
        else {
            return;
        };
        if let Ok(runtime) = Handle::try_current()
            && !body.is_end_stream()
        {
            runtime.spawn(timeout(DRAIN, drain(body)));
        }
    }
}

async fn drain(mut body: hyper::body::Incoming) {
    while let Some(Ok(_)) = poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await {}
}

impl From<Source> for BodyStream {
    fn from(source: Source) -> Self {
        Self {
            source: Mutex::new(source),
            trailers: None,
        }
    }
}

impl Default for BodyStream {
    /// No body.
    fn default() -> Self {
        Source::Bytes(Bytes::new()).into()
    }
}

macro_rules! from_bytes {
    ($($type:ty)*) => {$(
        impl From<$type> for BodyStream {
            fn from(bytes: $type) -> Self {
                Source::Bytes(bytes.into()).into()
            }
        }
    )*};
}

from_bytes! { &'static str String &'static [u8] Vec<u8> Bytes }

impl fmt::Debug for BodyStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BodyStream").finish_non_exhaustive()
    }
}

/// A body is longer than it may be.
#[derive(Debug)]
struct TooLong {
    limit: usize,
}

impl fmt::Display for TooLong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the body has more than the {} bytes that are held in memory; send less, or raise `App::http_body_limit`",
            self.limit
        )
    }
}

impl std::error::Error for TooLong {}

/// Whether reading a body failed because it is too long, and not because its sender broke off.
pub(crate) fn is_too_long(error: &BoxError) -> bool {
    error
        .downcast_ref::<io::Error>()
        .is_some_and(|error| error.kind() == io::ErrorKind::FileTooLarge)
}

/// A stream that a value and its clones share: the first to send it has it.
#[derive(Clone, Debug)]
pub(crate) struct Shared(Arc<Mutex<Option<BodyStream>>>);

impl Shared {
    pub(super) fn new(body: BodyStream) -> Self {
        Self(Arc::new(Mutex::new(Some(body))))
    }

    /// Takes the stream.
    ///
    /// # Errors
    ///
    /// When a clone has been sent.
    pub(crate) fn take(&self) -> Result<BodyStream, BindError> {
        let mut body = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        body.take().ok_or_else(|| {
            BindError::new("the stream of the body was used already, by a clone; make one for each")
        })
    }
}

impl PartialEq for Shared {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Shared {}
