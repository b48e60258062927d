//! The wire under the scripted host: gRPC by hand, so that a host can also say what no gRPC server would.

use std::{
    convert::Infallible,
    io,
    pin::Pin,
    sync::{Arc, Mutex},
    task::{Context, Poll, ready},
};

use azure_functions_shared::rpc::StreamingMessage;
use bytes::{Buf as _, BufMut as _, Bytes, BytesMut};
use http::{HeaderMap, HeaderValue, Request, Response};
use http_body_util::BodyExt as _;
use hyper::{
    body::{Body, Frame, Incoming},
    server::conn::http2,
    service::service_fn,
};
use hyper_util::rt::{TokioExecutor, TokioIo};
use prost::Message as _;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{mpsc, oneshot},
};

/// The window of the stream: so small that a host which does not read is noticed soon.
const WINDOW: u32 = 1 << 16;

/// The length of what stands before a message: whether it is compressed, and its length.
const PREFIX: usize = 5;

/// What goes to the worker.
pub(crate) enum Said {
    /// These bytes, whatever they are.
    Bytes(Bytes),
    /// The stream is reset.
    Reset,
}

/// The connection of a worker, once there is one.
pub(crate) type Connection = Arc<Mutex<Option<std::net::TcpStream>>>;

/// The way to the worker. When it is dropped, the stream ends well.
pub(crate) type ToWorker = mpsc::Sender<Said>;

/// The way from the worker.
pub(crate) struct FromWorker {
    body: Incoming,
    read: BytesMut,
}

impl FromWorker {
    /// The next message; `None` at the end of the stream, however it ended.
    ///
    /// # Cancel safety
    ///
    /// No message is lost when the returned future is dropped.
    pub(crate) async fn next(&mut self) -> Option<StreamingMessage> {
        loop {
            if let Some(mut prefix) = self.read.get(..PREFIX) {
                assert_eq!(prefix.get_u8(), 0, "a compressed message");
                let length = prefix.get_u32() as usize;
                if self.read.len() >= PREFIX + length {
                    self.read.advance(PREFIX);
                    let message = self.read.split_to(length).freeze();
                    return Some(StreamingMessage::decode(message).unwrap());
                }
            }
            let frame = self.body.frame().await?.ok()?;
            if let Ok(data) = frame.into_data() {
                self.read.extend_from_slice(&data);
            }
        }
    }
}

/// A message as it is on the wire.
pub(crate) fn frame(message: &StreamingMessage) -> Bytes {
    framed(&message.encode_to_vec())
}

/// Anything as a message on the wire.
pub(crate) fn framed(content: &[u8]) -> Bytes {
    let mut frame = BytesMut::with_capacity(PREFIX + content.len());
    frame.put_u8(0);
    frame.put_u32(content.len().try_into().unwrap());
    frame.put_slice(content);
    frame.freeze()
}

/// Takes the first stream that comes, and gives both of its ends; `connected` gets what it runs over.
pub(crate) fn serve(
    listener: TcpListener,
    connected: Connection,
) -> oneshot::Receiver<(ToWorker, FromWorker)> {
    let (opened, stream) = oneshot::channel();
    let opened = Arc::new(Mutex::new(Some(opened)));
    tokio::spawn(async move {
        // A worker has one connection.
        let (connection, _) = listener.accept().await.unwrap();
        connection.set_nodelay(true).unwrap();
        let connection = connection.into_std().unwrap();
        *connected.lock().unwrap() = Some(connection.try_clone().unwrap());
        let connection = TcpStream::from_std(connection).unwrap();
        let service = service_fn(move |request| {
            let answer = answer(&opened, request);
            async { Ok::<_, Infallible>(answer) }
        });
        let _ = http2::Builder::new(TokioExecutor::new())
            .initial_stream_window_size(WINDOW)
            .initial_connection_window_size(WINDOW)
            .serve_connection(TokioIo::new(connection), service)
            .await;
    });
    stream
}

type Opened = Mutex<Option<oneshot::Sender<(ToWorker, FromWorker)>>>;

fn answer(opened: &Opened, request: Request<Incoming>) -> Response<Saying> {
    assert_eq!(
        request.uri().path(),
        "/AzureFunctionsRpcMessages.FunctionRpc/EventStream"
    );
    let (to_worker, said) = mpsc::channel(16);
    let from_worker = FromWorker {
        body: request.into_body(),
        read: BytesMut::new(),
    };
    let opened = opened.lock().unwrap().take().expect("one stream");
    let _ = opened.send((to_worker, from_worker));
    let mut response = Response::new(Saying(Some(said)));
    let kind = HeaderValue::from_static("application/grpc");
    response.headers_mut().insert("content-type", kind);
    response
}

/// The body of the host's half of the stream; `None` after its end.
struct Saying(Option<mpsc::Receiver<Said>>);

impl Body for Saying {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        let Some(said) = &mut self.0 else {
            return Poll::Ready(None);
        };
        match ready!(said.poll_recv(cx)) {
            Some(Said::Bytes(bytes)) => Poll::Ready(Some(Ok(Frame::data(bytes)))),
            Some(Said::Reset) => {
                self.0 = None;
                Poll::Ready(Some(Err(io::Error::other("on purpose"))))
            }
            None => {
                self.0 = None;
                let mut trailers = HeaderMap::new();
                trailers.insert("grpc-status", HeaderValue::from_static("0"));
                Poll::Ready(Some(Ok(Frame::trailers(trailers))))
            }
        }
    }
}
