//! The host's messages, taken out of the stream as they lie in it.

use azure_functions_shared::rpc::StreamingMessage;
use bytes::{Buf, Bytes, BytesMut};
use http_body_util::BodyExt as _;
use prost::Message as _;
use tonic::{Code, Status, body::Body};

use crate::{
    wire::{self, Field, Malformed},
    worker::{frame::PREFIX, request::Request},
};

/// The numbers of the fields of the protocol's `StreamingMessage`.
mod field {
    pub(super) const REQUEST_ID: u32 = 1;
    pub(super) const INVOCATION: u32 = 4;
}

/// How much room is made at once for a message that comes in pieces: a host can say a length that it does not send.
const ROOM: usize = 64 << 20;

/// A message of the host.
#[derive(Debug)]
pub(in crate::worker) enum Inbound {
    /// A function is to be called.
    Invocation {
        request_id: String,
        request: Request,
    },
    /// Anything else.
    Other(Box<StreamingMessage>),
}

/// The receiving direction of the stream.
#[derive(Debug)]
pub(in crate::worker) struct Incoming {
    body: Body,
    max_message: usize,
    /// What came last, and was not taken.
    piece: Bytes,
    /// The beginning of a message that came in several pieces.
    begun: BytesMut,
}

impl Incoming {
    pub(super) fn new(body: Body, max_message: usize) -> Self {
        Self {
            body,
            max_message,
            piece: Bytes::new(),
            begun: BytesMut::new(),
        }
    }

    /// The next message; nothing when the host has ended the stream.
    ///
    /// # Errors
    ///
    /// When the stream is broken, or holds what is no message.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost when the future is dropped.
    pub(in crate::worker) async fn next(&mut self) -> Option<Result<Inbound, Status>> {
        loop {
            match self.take() {
                Ok(Some(message)) => {
                    return Some(read(message).map_err(|_| {
                        Status::internal(
                            "the host sent something that is no message of the protocol",
                        )
                    }));
                }
                Ok(None) => {}
                Err(status) => return Some(Err(status)),
            }
            let frame = match self.body.frame().await {
                Some(Ok(frame)) => frame,
                Some(Err(status)) => return Some(Err(status)),
                None => return None,
            };
            match frame.into_data() {
                Ok(data) => self.piece = data,
                Err(frame) => {
                    let trailers = frame.into_trailers().unwrap_or_default();
                    return match Status::from_header_map(&trailers) {
                        Some(status) if status.code() != Code::Ok => Some(Err(status)),
                        _ => None,
                    };
                }
            }
        }
    }

    /// Takes a message out of what is there, if all of it is.
    ///
    /// One that came in one piece is a part of that. The others, which are long, are put together where they end up.
    fn take(&mut self) -> Result<Option<Bytes>, Status> {
        if self.begun.is_empty()
            && let Some(length) = self.length(&self.piece)?
            && self.piece.len() >= length
        {
            let mut message = self.piece.split_to(length);
            message.advance(PREFIX);
            return Ok(Some(message));
        }
        while !self.piece.is_empty() {
            let length = self.length(&self.begun)?;
            if let Some(length) = length {
                self.begun
                    .reserve(length.min(ROOM).saturating_sub(self.begun.len()));
            }
            let missing = length.unwrap_or(PREFIX) - self.begun.len();
            let part = self.piece.split_to(missing.min(self.piece.len()));
            self.begun.extend_from_slice(&part);
            if length == Some(self.begun.len()) {
                return Ok(Some(self.end()));
            }
        }
        // A message of no bytes has come when its length has.
        match self.length(&self.begun)? {
            Some(length) if length == self.begun.len() => Ok(Some(self.end())),
            _ => Ok(None),
        }
    }

    fn end(&mut self) -> Bytes {
        let mut message = std::mem::take(&mut self.begun).freeze();
        message.advance(PREFIX);
        message
    }

    /// How long the message is whose beginning this is, with what stands before it.
    fn length(&self, beginning: &[u8]) -> Result<Option<usize>, Status> {
        let Some((&[compressed, a, b, c, d], _)) = beginning.split_first_chunk() else {
            return Ok(None);
        };
        if compressed != 0 {
            return Err(Status::unimplemented(
                "the host sent a compressed message, which this worker did not offer to take",
            ));
        }
        let length = u32::from_be_bytes([a, b, c, d]) as usize;
        if length > self.max_message {
            return Err(Status::out_of_range(format!(
                "the host sent a message of {length} bytes, and said that there are none over {}",
                self.max_message
            )));
        }
        Ok(Some(length.saturating_add(PREFIX)))
    }
}

/// Reads a message, and of an invocation only what the worker itself needs.
fn read(message: Bytes) -> Result<Inbound, Malformed> {
    let mut request_id = "";
    let mut invocation = None;
    for field in wire::fields(&message) {
        match field? {
            (field::REQUEST_ID, Field::Bytes(text)) => {
                request_id = str::from_utf8(text).map_err(|_| Malformed)?;
            }
            (field::INVOCATION, Field::Bytes(request)) => invocation = Some(request),
            _ => {}
        }
    }
    match invocation {
        Some(request) => Ok(Inbound::Invocation {
            request_id: request_id.to_owned(),
            request: Request::read(wire::slice(&message, request))?,
        }),
        None => {
            let message = StreamingMessage::decode(message).map_err(|_| Malformed)?;
            Ok(Inbound::Other(Box::new(message)))
        }
    }
}
