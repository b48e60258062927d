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
#[expect(
    clippy::large_enum_variant,
    reason = "it is the one that is frequent, and there is one at a time"
)]
pub(in crate::worker) enum Inbound {
    /// A function is to be called.
    Invocation(Invocation),
    /// Anything else.
    Other(Box<StreamingMessage>),
}

/// A request to call a function.
#[derive(Debug)]
pub(in crate::worker) struct Invocation {
    pub(in crate::worker) request_id: String,
    pub(in crate::worker) request: Request,
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
    if let Some(request) = invocation {
        return Ok(Inbound::Invocation(Invocation {
            request_id: request_id.to_owned(),
            request: Request::read(&wire::slice(&message, request))?,
        }));
    }
    let message = StreamingMessage::decode(message).map_err(|_| Malformed)?;
    Ok(Inbound::Other(Box::new(message)))
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use azure_functions_shared::rpc::{
        Content, Data, InvocationRequest, ParameterBinding, WorkerStatusRequest,
        parameter_binding::RpcData,
    };
    use bytes::Bytes;
    use futures::stream;
    use http_body_util::StreamBody;
    use hyper::body::Frame;
    use tonic::body::Body;

    use super::{Inbound, Incoming, Invocation};
    use crate::worker::frame;

    fn invocation(id: &str, payload: &Bytes) -> Content {
        Content::InvocationRequest(InvocationRequest {
            invocation_id: id.to_owned(),
            input_data: vec![ParameterBinding {
                name: "p".to_owned(),
                rpc_data: Some(RpcData::Data(Data::Bytes(payload.clone()).into())),
            }],
            ..InvocationRequest::default()
        })
    }

    fn bytes(content: Content, request_id: &str) -> Vec<u8> {
        frame::Frame::of(content, request_id.to_owned()).last
    }

    fn incoming(pieces: Vec<Bytes>) -> Incoming {
        let pieces = pieces.into_iter();
        let pieces = pieces.map(|piece| Ok::<_, Infallible>(Frame::data(piece)));
        Incoming::new(Body::new(StreamBody::new(stream::iter(pieces))), 10_000)
    }

    /// What comes of a stream: a line for each message, or the error.
    async fn read(mut incoming: Incoming) -> Vec<String> {
        let mut seen = Vec::new();
        while let Some(message) = incoming.next().await {
            match message {
                Ok(Inbound::Invocation(Invocation { request, .. })) => {
                    let (name, data) = request.inputs.unwrap().remove(0);
                    let name = String::from_utf8(name.into()).unwrap();
                    let length = data.into_bytes().unwrap().len();
                    seen.push(format!("{} {name} {length}", request.id));
                }
                Ok(Inbound::Other(message)) => {
                    let known = message.content.is_some();
                    seen.push(format!("other {} {known}", message.request_id));
                }
                Err(status) => {
                    seen.push(status.message().to_owned());
                    break;
                }
            }
        }
        seen
    }

    #[tokio::test]
    async fn messages_in_pieces_of_any_length() {
        let payload = Bytes::from(vec![b'x'; 3000]);
        let mut all = bytes(invocation("first", &Bytes::from_static(b"1")), "");
        all.extend(bytes(
            Content::WorkerStatusRequest(WorkerStatusRequest {}),
            "status",
        ));
        // A message of no bytes.
        all.extend([0; 5]);
        all.extend(bytes(invocation("second", &payload), "r"));
        let all = Bytes::from(all);
        for length in [1, 2, 3, 4, 5, 6, 7, 64, 1000, all.len()] {
            let mut pieces = Vec::new();
            let mut rest = all.clone();
            while !rest.is_empty() {
                pieces.push(rest.split_to(length.min(rest.len())));
            }
            let seen = read(incoming(pieces)).await;
            let expected = [
                "first p 1",
                "other status true",
                "other  false",
                "second p 3000",
            ];
            assert_eq!(seen, expected, "pieces of {length}");
        }
    }

    #[tokio::test]
    async fn payloads_are_parts_of_what_came() {
        let payload = Bytes::from(vec![b'x'; 3000]);
        let piece = Bytes::from(bytes(invocation("i", &payload), ""));
        let range = piece.as_ptr_range();
        let message = incoming(vec![piece.clone()]).next().await;
        let Some(Ok(Inbound::Invocation(Invocation { request, .. }))) = message else {
            panic!("an invocation");
        };
        let (_, data) = request.inputs.unwrap().remove(0);
        assert!(range.contains(&data.into_bytes().unwrap().as_ptr()));
    }

    #[tokio::test]
    async fn what_is_no_message() {
        for (piece, error) in [
            (
                &b"\x01\0\0\0\0"[..],
                "the host sent a compressed message, which this worker did not offer to take",
            ),
            (
                b"\0\xff\xff\xff\xff",
                "the host sent a message of 4294967295 bytes, and said that there are none over 10000",
            ),
            (
                b"\0\0\0\0\x02\x0a\x05",
                "the host sent something that is no message of the protocol",
            ),
        ] {
            assert_eq!(
                read(incoming(vec![Bytes::from_static(piece)])).await,
                [error]
            );
        }
    }
}
