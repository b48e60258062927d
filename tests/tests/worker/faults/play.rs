//! A script is played to a worker.

use std::{mem, time::Duration};

use azure_functions_shared::rpc::{
    Content, FunctionLoadRequest, FunctionsMetadataRequest, InvocationCancel, InvocationResponse,
    StreamingMessage, WorkerHeartbeat, WorkerInitRequest, WorkerStatusRequest, WorkerWarmupRequest,
};
use bytes::Bytes;
use proptest::test_runner::TestCaseError;
use tokio::process::Child;

use super::{
    call,
    calls::Calls,
    script::{End, Garbage, Odd, Script, Step},
    worker::Threaded,
};
use crate::host::{
    Host,
    wire::{frame, framed},
};

/// What a host of these tests tells the worker of the length of messages.
pub(super) const MAX_MESSAGE: i32 = 1 << 20;

/// Time passes for a worker in steps of this length while it is waited for.
const TICK: Duration = Duration::from_millis(250);

/// How many of those steps there are at most: a cancelled call takes 1.5 s, a terminated worker 5 s.
const TICKS: usize = 60;

/// What a script leaves the worker to do.
#[derive(Clone, Copy, Debug)]
pub(super) struct Expected {
    /// Whether all calls have to be answered.
    pub(super) is_clean: bool,
    /// Whether it may end well, and whether it has to.
    pub(super) may_succeed: bool,
    pub(super) must_succeed: bool,
    /// Whether it ends before the host closes the connection.
    pub(super) ends_by_itself: bool,
}

const TERMINATED: Expected = Expected {
    is_clean: true,
    may_succeed: true,
    must_succeed: true,
    ends_by_itself: false,
};

const PERHAPS_TERMINATED: Expected = Expected {
    is_clean: false,
    may_succeed: true,
    must_succeed: false,
    ends_by_itself: false,
};

const BROKEN: Expected = Expected {
    is_clean: false,
    may_succeed: false,
    must_succeed: false,
    ends_by_itself: false,
};

const BROKEN_OFF: Expected = Expected {
    ends_by_itself: true,
    ..BROKEN
};

/// A host in the middle of its script.
pub(super) struct Player<W> {
    pub(super) host: Host<W>,
    pub(super) calls: Calls,
    /// What was sent, so that it can be sent again.
    sent: Vec<Sent>,
    /// Messages that are sent once so many others were.
    held: Vec<(usize, Content)>,
    hold: usize,
    split: usize,
    is_cancelled_ahead: bool,
    pings: usize,
    has_ended: bool,
}

#[derive(Clone)]
struct Sent {
    id: String,
    label: String,
    content: Content,
}

/// What a script needs of a worker.
pub(super) trait Worker {
    /// How long it may go on once it was told to terminate.
    const GRACE: Duration;

    /// Lets time pass for it, if it has a clock of its own.
    async fn has_passed(&self, time: Duration) -> bool;
}

impl Worker for Threaded {
    const GRACE: Duration = Duration::from_secs(5);

    async fn has_passed(&self, time: Duration) -> bool {
        self.wait(time).await;
        true
    }
}

impl Worker for Child {
    const GRACE: Duration = Duration::from_millis(500);

    async fn has_passed(&self, _: Duration) -> bool {
        false
    }
}

impl<W: Worker> Player<W> {
    pub(super) fn new(host: Host<W>) -> Self {
        Self {
            host,
            calls: Calls::default(),
            sent: Vec::new(),
            held: Vec::new(),
            hold: 0,
            split: 0,
            is_cancelled_ahead: false,
            pings: 0,
            has_ended: false,
        }
    }

    pub(super) async fn play(&mut self, script: &Script) -> Result<Expected, TestCaseError> {
        self.host.init().await;
        for step in &script.steps {
            self.step(step).await?;
        }
        for (_, content) in mem::take(&mut self.held) {
            self.send(content).await;
        }
        self.end(script.end).await
    }

    async fn step(&mut self, step: &Step) -> Result<(), TestCaseError> {
        match step {
            Step::Call(function) => {
                let id = self.calls.by_id.len().to_string();
                if mem::take(&mut self.is_cancelled_ahead) {
                    self.say(cancel(&id)).await;
                }
                self.attempt(id, function).await;
            }
            Step::Again(back, function) => {
                if self.calls.by_id.is_empty() {
                    return Ok(());
                }
                let id = back.index(self.calls.by_id.len()).to_string();
                self.settle(&id).await?;
                self.attempt(id, function).await;
            }
            Step::Twice(back) if !self.sent.is_empty() => {
                let Sent { id, label, content } = back.get(&self.sent).clone();
                self.calls.by_id.entry(id).or_default().repeats += 1;
                self.calls.labels.entry(label).or_default().0 += 1;
                self.say(content).await;
            }
            Step::Cancel(back) if !self.sent.is_empty() => {
                let id = back.get(&self.sent).id.clone();
                self.say(cancel(&id)).await;
            }
            Step::Twice(_) | Step::Cancel(_) => {}
            Step::CancelAhead => self.is_cancelled_ahead = true,
            Step::Hold(steps) => self.hold = *steps,
            Step::Odd(odd) => self.odd(*odd).await,
            Step::Split(length) => self.split = *length,
            Step::Read => self.ping().await?,
            Step::Wait(milliseconds) => self.pass(Duration::from_millis(*milliseconds)).await?,
        }
        Ok(())
    }

    async fn attempt(&mut self, id: String, function: &str) {
        let attempts = &mut self.calls.by_id.entry(id.clone()).or_default().attempts;
        *attempts += 1;
        let label = format!("{id}.{attempts};");
        self.calls.labels.entry(label.clone()).or_default().0 += 1;
        let content = call(&id, function, &label);
        self.sent.push(Sent {
            id,
            label,
            content: content.clone(),
        });
        self.say(content).await;
    }

    /// Sees to it that all calls of an id are answered, as a host does that tries again.
    async fn settle(&mut self, id: &str) -> Result<(), TestCaseError> {
        for (_, content) in mem::take(&mut self.held) {
            self.send(content).await;
        }
        self.send(cancel(id)).await;
        for _ in 0..TICKS {
            self.ping().await?;
            if self
                .calls
                .by_id
                .get(id)
                .is_none_or(|call| call.answers >= call.attempts)
            {
                return Ok(());
            }
            self.pass(TICK).await?;
        }
        Err(TestCaseError::fail(format!(
            "`{id}` is not answered: {:?}",
            self.calls
        )))
    }

    /// Sends a message now, or later if the script says so.
    async fn say(&mut self, content: Content) {
        let hold = mem::take(&mut self.hold);
        if hold > 0 {
            self.held.push((hold, content));
            return;
        }
        self.send(content).await;
        let mut due = Vec::new();
        self.held.retain_mut(|(left, content)| {
            *left -= 1;
            if *left == 0 {
                due.push(content.clone());
            }
            *left > 0
        });
        for content in due {
            self.send(content).await;
        }
    }

    async fn send(&mut self, content: Content) {
        self.send_frame(frame(&content.into_message(""))).await;
    }

    async fn send_frame(&mut self, mut frame: Bytes) {
        if self.split > 0 {
            // In a few pieces, of which the last is the rest.
            for _ in 0..4 {
                let piece = frame.split_to(self.split.min(frame.len()));
                self.host.send_bytes(piece).await;
            }
        }
        self.host.send_bytes(frame).await;
    }

    async fn odd(&mut self, odd: Odd) {
        let content = match odd {
            Odd::Unknown => {
                // Field 99, with a text.
                self.send_frame(framed(&[0x9a, 0x06, 0x01, b'x'])).await;
                return;
            }
            Odd::Empty => {
                self.send_frame(frame(&StreamingMessage::default())).await;
                return;
            }
            Odd::Answer => Content::InvocationResponse(InvocationResponse::default()),
            Odd::Heartbeat => Content::WorkerHeartbeat(WorkerHeartbeat {}),
            Odd::Load => Content::FunctionLoadRequest(FunctionLoadRequest::default()),
            Odd::Metadata => Content::FunctionsMetadataRequest(FunctionsMetadataRequest::default()),
            Odd::Initialization => Content::WorkerInitRequest(WorkerInitRequest::default()),
            Odd::WarmUp => Content::WorkerWarmupRequest(WorkerWarmupRequest::default()),
            Odd::NoFunction => {
                let id = self.calls.by_id.len().to_string();
                self.attempt(id, "no such function").await;
                return;
            }
        };
        self.say(content).await;
    }

    /// Lets time pass. A process has the time of everyone: it is listened to for as long.
    async fn pass(&mut self, time: Duration) -> Result<(), TestCaseError> {
        if self.host.worker().has_passed(time).await {
            return Ok(());
        }
        let listen = async {
            while let Some(message) = self.host.next().await {
                if let Some(Content::InvocationResponse(response)) = message.content {
                    self.calls.answered(&response)?;
                }
            }
            self.has_ended = true;
            Ok(())
        };
        tokio::time::timeout(time, listen).await.unwrap_or(Ok(()))
    }

    /// Reads all that the worker has said so far: to the answer to a question, or to the end.
    async fn ping(&mut self) -> Result<(), TestCaseError> {
        self.pings += 1;
        let ping = format!("ping {}", self.pings);
        let request = Content::WorkerStatusRequest(WorkerStatusRequest {});
        self.host
            .send_message(request.into_message(ping.as_str()))
            .await;
        while let Some(message) = self.host.next().await {
            match message.content {
                Some(Content::InvocationResponse(response)) => self.calls.answered(&response)?,
                Some(Content::WorkerStatusResponse(_)) if message.request_id == ping => {
                    return Ok(());
                }
                _ => {}
            }
        }
        self.has_ended = true;
        Ok(())
    }

    async fn end(&mut self, end: End) -> Result<Expected, TestCaseError> {
        match end {
            End::Terminate(times) => {
                for _ in 0..times {
                    self.host.terminate_within(W::GRACE).await;
                }
                for _ in 0..TICKS {
                    self.ping().await?;
                    if self.has_ended {
                        return Ok(TERMINATED);
                    }
                    self.pass(TICK).await?;
                }
                Err(TestCaseError::fail(format!(
                    "the worker does not end: {:?}",
                    self.calls
                )))
            }
            End::TerminateAndClose => {
                self.host.terminate_within(W::GRACE).await;
                Ok(PERHAPS_TERMINATED)
            }
            End::Close => Ok(BROKEN),
            End::Reset => {
                self.host.reset().await;
                Ok(BROKEN_OFF)
            }
            End::Garbage(garbage) => {
                self.host.send_bytes(bytes(garbage)).await;
                Ok(match garbage {
                    // There may be more to come.
                    Garbage::Truncated => BROKEN,
                    _ => BROKEN_OFF,
                })
            }
        }
    }
}

/// Garbage, which need not be the end of the host: it closes the stream after that.
fn bytes(garbage: Garbage) -> Bytes {
    match garbage {
        Garbage::Protobuf => framed(&[0xff; 7]),
        Garbage::Compressed => Bytes::from_static(&[1, 0, 0, 0, 1, 0]),
        Garbage::Truncated => Bytes::from_static(&[0, 0, 0, 1, 0, 10]),
        Garbage::TooLong => {
            let length = u32::try_from(MAX_MESSAGE).unwrap() + 1;
            let mut prefix = vec![0];
            prefix.extend(length.to_be_bytes());
            prefix.into()
        }
        // The first byte of a frame is 0 or 1.
        Garbage::Noise(noise) => [&[0xfe], noise.to_be_bytes().as_slice()].concat().into(),
    }
}

fn cancel(id: &str) -> Content {
    Content::InvocationCancel(InvocationCancel {
        invocation_id: id.to_owned(),
        ..InvocationCancel::default()
    })
}
