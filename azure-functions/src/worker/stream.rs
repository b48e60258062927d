//! The connection to the host, and the one queue of everything that goes to it.
//!
//! There is one queue, because the order of a call's log records and its answer is part of the protocol: the host drops
//! records that come after the answer. Answers wait when the queue is full, and the worker then reads nothing that would make
//! more of them: a host that takes no answers gives no work. Log records do not wait: the last
//! [`RESERVE`] places are not for them, and what finds no place is dropped and counted. The count is reported once the
//! queue has run dry.

mod incoming;

use std::{
    collections::VecDeque,
    convert::Infallible,
    future::poll_fn,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use azure_functions_shared::rpc::{Content, RpcLog, StartStream, rpc_log};
use bytes::{Bytes, BytesMut};
use http::{HeaderValue, Method, Request, StatusCode, Uri, Version, header};
use tokio::{
    sync::mpsc::{self, error::TrySendError},
    time::{Instant, sleep},
};
use tonic::{
    Code, Status,
    body::Body,
    client::GrpcService,
    transport::{self, Channel, Endpoint},
};

pub(super) use self::incoming::{Inbound, Incoming, Invocation};
use super::{args::Arguments, frame::Frame, logs};
use crate::{Error, error::Kind};

/// The method of the protocol's service.
const EVENT_STREAM: &str = "/AzureFunctionsRpcMessages.FunctionRpc/EventStream";

/// How many messages can wait to be sent.
const CAPACITY: usize = 1024;

/// How many of these places are for answers only.
const RESERVE: usize = 256;

/// How many bytes of small messages are handed on at once.
const BATCH: usize = 32 << 10;

/// The host kills a worker that is silent for 60 s; an error that can be read is better.
const PATIENCE: Duration = Duration::from_secs(50);

/// The pause between two attempts to connect: it doubles up to the longest.
const PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_millis(500);

/// Opens the stream and says who is there.
///
/// # Errors
///
/// When the host cannot be reached within [`PATIENCE`], or does not take the stream.
pub(super) async fn open(arguments: &Arguments) -> Result<Opened, Error> {
    let endpoint = Endpoint::from_shared(arguments.uri.clone())
        .map_err(|error| {
            Error::new(Kind::Arguments(format!(
                "`{}` is not the address of a Functions host; run the app with `cargo func run`",
                arguments.uri
            )))
            .with_source(error)
        })?
        // Otherwise an answer waits for the host's delayed acknowledgement of the one before it: 40 ms.
        .tcp_nodelay(true);
    let mut channel = connect(&endpoint, &arguments.uri).await?;
    let (outbox, outgoing) = queue();
    let start = Content::StartStream(StartStream {
        worker_id: arguments.worker_id.clone(),
    });
    // The host says nothing, not even its headers, before it has read this: so it is queued before the wait below.
    outbox.send(start, arguments.request_id.clone()).await;
    let response = call(&mut channel, outgoing).await.map_err(|status| {
        Error::new(Kind::Connection(format!(
            "the host at `{}` refused the stream; see its log for the reason",
            arguments.uri
        )))
        .with_source(status)
    })?;
    Ok(Opened {
        outbox,
        incoming: Incoming::new(response, arguments.max_message),
        channel,
    })
}

/// Calls the one method of the host's service.
///
/// tonic's own client would copy each message on its way in and out, and wants to know its type.
async fn call(channel: &mut Channel, outgoing: Outgoing) -> Result<Body, Status> {
    let mut request = Request::new(Body::new(outgoing));
    *request.method_mut() = Method::POST;
    *request.uri_mut() = Uri::from_static(EVENT_STREAM);
    *request.version_mut() = Version::HTTP_2;
    let headers = request.headers_mut();
    headers.insert(header::TE, HeaderValue::from_static("trailers"));
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/grpc"),
    );
    let failed = |error: transport::Error| Status::from_error(error.into());
    poll_fn(|cx| channel.poll_ready(cx)).await.map_err(failed)?;
    let response = GrpcService::call(channel, request).await.map_err(failed)?;
    match Status::from_header_map(response.headers()) {
        Some(status) if status.code() != Code::Ok => Err(status),
        None if response.status() != StatusCode::OK => Err(Status::unknown(format!(
            "the host answered with the status `{}`, which is not gRPC",
            response.status()
        ))),
        _ => Ok(response.into_body()),
    }
}

/// Both directions of the stream, and the connection that it uses.
pub(super) struct Opened {
    pub(super) outbox: Outbox,
    pub(super) incoming: Incoming,
    /// For the host's other services.
    pub(super) channel: Channel,
}

/// The sending half of the queue.
#[derive(Clone, Debug)]
pub(crate) struct Outbox {
    queue: mpsc::Sender<Entry>,
    dropped: Arc<AtomicU64>,
}

impl Outbox {
    /// Sends a message, and waits for a place in the queue if need be. Without a stream it goes nowhere: the reader of the
    /// stream notices.
    pub(super) fn send(&self, content: Content, request_id: String) -> impl Future<Output = ()> {
        self.send_frame(Frame::of(content, request_id))
    }

    /// Sends a message that is encoded, as [`send`](Self::send).
    pub(super) async fn send_frame(&self, frame: Frame) {
        if let Err(TrySendError::Full(entry)) = self.queue.try_send(Entry::Message(frame)) {
            // In a box, because there is seldom need of it, and the future of each call would have room for it.
            let _ = Box::pin(self.queue.send(entry)).await;
        }
    }

    /// Sends a log record, or counts it as dropped when the queue is too full.
    pub(super) fn log(&self, log: RpcLog) {
        let room = self.queue.capacity() > RESERVE;
        let message = || Frame::of(Content::RpcLog(log), String::new());
        if !room || self.queue.try_send(Entry::Message(message())).is_err() {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Whether the next answer would have to wait.
    pub(super) fn is_full(&self) -> bool {
        self.queue.capacity() == 0
    }

    /// Waits until there is a place, behind all answers that wait for one; or until there is no stream any more.
    pub(super) async fn room(&self) {
        let _ = self.queue.reserve().await;
    }

    /// Waits until there is no stream any more.
    pub(super) async fn closed(&self) {
        self.queue.closed().await;
    }

    /// Ends the stream after everything that is queued, and waits until all of it is on its way.
    pub(super) async fn end(&self) {
        let _ = self.queue.send(Entry::End).await;
        self.queue.closed().await;
    }
}

enum Entry {
    Message(Frame),
    End,
}

/// The receiving half of the queue, as the body of the request that opens the stream.
///
/// It takes all that is there each time it is woken and hands it on as one piece, so the writer is woken and writes once
/// for a batch of answers.
#[derive(Debug)]
pub(super) struct Outgoing {
    queue: mpsc::Receiver<Entry>,
    dropped: Arc<AtomicU64>,
    /// Small messages that were taken.
    batch: BytesMut,
    /// Parts of a large one that was, and the end of it.
    parts: VecDeque<Bytes>,
    /// What is still in the queue came too late.
    ended: bool,
}

pub(super) fn queue() -> (Outbox, Outgoing) {
    let (sender, receiver) = mpsc::channel(CAPACITY);
    let dropped = Arc::new(AtomicU64::new(0));
    let outbox = Outbox {
        queue: sender,
        dropped: Arc::clone(&dropped),
    };
    let outgoing = Outgoing {
        queue: receiver,
        dropped,
        batch: BytesMut::new(),
        parts: VecDeque::new(),
        ended: false,
    };
    (outbox, outgoing)
}

impl Outgoing {
    /// The next message, unless there is none yet or no more.
    fn take(&mut self, cx: &mut Context<'_>) -> Poll<Option<Frame>> {
        if self.ended {
            return Poll::Ready(None);
        }
        match self.queue.poll_recv(cx) {
            Poll::Ready(Some(Entry::Message(frame))) => Poll::Ready(Some(frame)),
            Poll::Ready(Some(Entry::End)) => {
                self.queue.close();
                self.ended = true;
                match self.dropped.swap(0, Ordering::Relaxed) {
                    0 => Poll::Ready(None),
                    count => Poll::Ready(Some(lost(count))),
                }
            }
            Poll::Ready(None) => Poll::Ready(None),
            Poll::Pending => match self.dropped.swap(0, Ordering::Relaxed) {
                0 => Poll::Pending,
                count => Poll::Ready(Some(lost(count))),
            },
        }
    }

    /// The next piece, of one message or many.
    fn piece(&mut self, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
        if let Some(part) = self.parts.pop_front() {
            return Poll::Ready(Some(part));
        }
        let end = loop {
            match self.take(cx) {
                Poll::Ready(Some(frame)) if frame.parts.is_empty() => {
                    self.batch.extend_from_slice(&frame.last);
                }
                Poll::Ready(Some(frame)) => {
                    self.parts.extend(frame.parts);
                    if !frame.last.is_empty() {
                        self.parts.push_back(frame.last.into());
                    }
                    break Poll::Ready(None);
                }
                end => break end.map(|_| None),
            }
            if self.batch.len() >= BATCH {
                break Poll::Ready(None);
            }
        };
        if !self.batch.is_empty() {
            return Poll::Ready(Some(self.batch.split().freeze()));
        }
        match self.parts.pop_front() {
            Some(part) => Poll::Ready(Some(part)),
            None => end,
        }
    }
}

impl http_body::Body for Outgoing {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<http_body::Frame<Bytes>, Infallible>>> {
        let piece = self.piece(cx);
        piece.map(|piece| piece.map(|bytes| Ok(http_body::Frame::data(bytes))))
    }
}

fn lost(count: u64) -> Frame {
    let text = format!(
        "{count} log records were dropped, because the host did not take them fast enough; log less, or set `RUST_LOG`"
    );
    let log = logs::system(rpc_log::Level::Warning, text);
    Frame::of(Content::RpcLog(log), String::new())
}

/// Connects, and tries again while the host is not there yet.
async fn connect(endpoint: &Endpoint, uri: &str) -> Result<Channel, Error> {
    let deadline = Instant::now() + PATIENCE;
    let mut pause = PAUSE;
    loop {
        match endpoint.connect().await {
            Ok(channel) => return Ok(channel),
            Err(error) if Instant::now() + pause > deadline => {
                return Err(Error::new(Kind::Connection(format!(
                    "no Functions host answers at `{uri}`; run the app with `cargo func run`"
                )))
                .with_source(error));
            }
            Err(_) => {
                sleep(pause).await;
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
        }
    }
}

/// The messages that wait to be sent.
#[cfg(test)]
pub(super) fn drain(outgoing: &mut Outgoing) -> Vec<azure_functions_shared::rpc::StreamingMessage> {
    use bytes::Buf as _;
    use futures::FutureExt as _;
    use http_body_util::BodyExt as _;
    use prost::Message as _;

    let mut messages = Vec::new();
    // tokio makes a task pause after 128 messages, which here would look like the end.
    while let Some(Some(piece)) = tokio::task::unconstrained(outgoing.frame()).now_or_never() {
        let mut piece = piece.unwrap().into_data().unwrap();
        while piece.has_remaining() {
            assert_eq!(piece.get_u8(), 0);
            let length = piece.get_u32();
            let message = piece.split_to(length.try_into().unwrap());
            messages.push(azure_functions_shared::rpc::StreamingMessage::decode(message).unwrap());
        }
    }
    messages
}

#[cfg(test)]
mod tests {
    use std::pin::pin;

    use azure_functions_shared::rpc::{
        Content, InvocationResponse, StreamingMessage, WorkerStatusResponse, rpc_log::Level,
    };
    use futures::FutureExt;
    use http_body_util::BodyExt as _;
    use tokio::task::unconstrained;

    use super::{CAPACITY, RESERVE, drain, queue};
    use crate::worker::logs;

    fn text(message: &StreamingMessage) -> &str {
        match &message.content {
            Some(Content::RpcLog(log)) => &log.message,
            Some(Content::InvocationResponse(response)) => &response.invocation_id,
            _ => "other",
        }
    }

    #[tokio::test]
    async fn logs_leave_room_for_answers() {
        let (outbox, mut outgoing) = queue();
        for at in 0..CAPACITY {
            outbox.log(logs::system(Level::Information, format!("log {at}")));
        }
        for at in 0..RESERVE {
            let answer = Content::InvocationResponse(InvocationResponse {
                invocation_id: format!("answer {at}"),
                ..InvocationResponse::default()
            });
            let sent = unconstrained(outbox.send(answer, String::new()));
            assert!(sent.now_or_never().is_some(), "answer {at} has to wait");
        }
        let one_more = Content::WorkerStatusResponse(WorkerStatusResponse {});
        let waits = unconstrained(outbox.send(one_more, String::new()));
        assert!(waits.now_or_never().is_none());

        let sent = drain(&mut outgoing);
        assert_eq!(sent.len(), CAPACITY + 1);
        assert_eq!(text(&sent[CAPACITY - RESERVE]), "answer 0");
        assert!(text(&sent[CAPACITY]).starts_with("256 log records were dropped"));
        assert!(drain(&mut outgoing).is_empty(), "reported once");
    }

    #[tokio::test]
    async fn ends_after_what_is_queued() {
        let (outbox, mut outgoing) = queue();
        outbox.log(logs::system(Level::Information, "first".to_owned()));
        let mut end = pin!(outbox.end());
        assert_eq!(end.as_mut().now_or_never(), None);
        outbox.log(logs::system(Level::Information, "late".to_owned()));
        let first = drain(&mut outgoing);
        assert_eq!(first.len(), 1);
        assert_eq!(text(&first[0]), "first");
        assert!(outgoing.frame().await.is_none());
        end.await;
    }
}
