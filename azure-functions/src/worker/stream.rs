//! The connection to the host, and the one queue of everything that goes to it.
//!
//! There is one queue, because the order of a call's log records and its answer is part of the protocol: the host drops
//! records that come after the answer. Answers wait when the queue is full, and the worker then reads nothing that would make
//! more of them: a host that takes no answers gives no work. Log records do not wait: the last
//! [`RESERVE`] places are not for them, and what finds no place is dropped and counted. The count is reported once the
//! queue has run dry.

use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use azure_functions_shared::rpc::{
    Content, FunctionRpcClient, RpcLog, StartStream, StreamingMessage, rpc_log,
};
use futures::Stream;
use tokio::{
    sync::mpsc,
    time::{Instant, sleep},
};
use tonic::{
    Streaming,
    transport::{Channel, Endpoint},
};

use super::{args::Arguments, logs};
use crate::{Error, error::Kind};

/// How many messages can wait to be sent.
const CAPACITY: usize = 1024;

/// How many of these places are for answers only.
const RESERVE: usize = 256;

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
    let channel = connect(&endpoint, &arguments.uri).await?;
    let mut client = FunctionRpcClient::new(channel.clone())
        .max_decoding_message_size(arguments.max_message)
        .max_encoding_message_size(arguments.max_message);
    let (outbox, outgoing) = queue();
    let start = Content::StartStream(StartStream {
        worker_id: arguments.worker_id.clone(),
    });
    // The host says nothing, not even its headers, before it has read this: so it is queued before the wait below.
    outbox.send(start, arguments.request_id.clone()).await;
    let response = client.event_stream(outgoing).await.map_err(|status| {
        Error::new(Kind::Connection(format!(
            "the host at `{}` refused the stream; see its log for the reason",
            arguments.uri
        )))
        .with_source(status)
    })?;
    Ok(Opened {
        outbox,
        inbound: response.into_inner(),
        channel,
    })
}

/// Both directions of the stream, and the connection that it uses.
pub(super) struct Opened {
    pub(super) outbox: Outbox,
    pub(super) inbound: Streaming<StreamingMessage>,
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
        // Not part of the future, which would have to hold it twice.
        let message = Box::new(content.into_message(request_id));
        async move {
            let _ = self.queue.send(Entry::Message(message)).await;
        }
    }

    /// Sends a log record, or counts it as dropped when the queue is too full.
    pub(super) fn log(&self, log: RpcLog) {
        let message = Box::new(Content::RpcLog(log).into_message(String::new()));
        let room = self.queue.capacity() > RESERVE;
        if !room || self.queue.try_send(Entry::Message(message)).is_err() {
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

    /// Ends the stream after everything that is queued.
    pub(super) async fn end(&self) {
        let _ = self.queue.send(Entry::End).await;
    }
}

enum Entry {
    Message(Box<StreamingMessage>),
    End,
}

/// The receiving half of the queue, as tonic wants it. tonic takes all that is there each time it is woken, so the writer
/// is woken once for a batch of answers.
pub(super) struct Outgoing {
    queue: mpsc::Receiver<Entry>,
    dropped: Arc<AtomicU64>,
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
    };
    (outbox, outgoing)
}

impl Stream for Outgoing {
    type Item = StreamingMessage;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<StreamingMessage>> {
        match self.queue.poll_recv(cx) {
            Poll::Ready(Some(Entry::Message(message))) => Poll::Ready(Some(*message)),
            Poll::Ready(Some(Entry::End)) => {
                self.queue.close();
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
}

fn lost(count: u64) -> StreamingMessage {
    let text = format!(
        "{count} log records were dropped, because the host did not take them fast enough; log less, or set `RUST_LOG`"
    );
    Content::RpcLog(logs::system(rpc_log::Level::Warning, text)).into_message(String::new())
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

#[cfg(test)]
mod tests {
    use azure_functions_shared::rpc::{
        Content, InvocationResponse, StreamingMessage, WorkerStatusResponse, rpc_log::Level,
    };
    use futures::{FutureExt, StreamExt};
    use tokio::task::unconstrained;

    use super::{CAPACITY, Outgoing, RESERVE, queue};
    use crate::worker::logs;

    fn drain(outgoing: &mut Outgoing) -> Vec<StreamingMessage> {
        // tokio makes a task pause after 128 messages, which here would look like the end.
        let mut next = || unconstrained(outgoing.next()).now_or_never().flatten();
        std::iter::from_fn(&mut next).collect()
    }

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
        outbox.end().await;
        outbox.log(logs::system(Level::Information, "late".to_owned()));
        assert_eq!(text(&outgoing.next().await.unwrap()), "first");
        assert_eq!(outgoing.next().await, None);
    }
}
