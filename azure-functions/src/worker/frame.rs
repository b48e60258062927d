//! Messages as they stand in a gRPC stream: five bytes with the length, and the message.
//!
//! They are encoded where they are made, so that the one task that writes to the stream has only to hand them on.

use std::collections::HashMap;

use azure_functions_shared::{
    names,
    rpc::{Content, InvocationResponse, StatusResult, status_result::Status},
};
use bytes::{BufMut, Bytes};
use prost::Message;

use crate::{data::Written, wire};

/// From this length on a payload is handed on as it is; below, it is cheaper to copy it.
const LARGE: usize = 16 << 10;

/// How long the part before a message is.
pub(super) const PREFIX: usize = 5;

/// The numbers of fields of the protocol's `StreamingMessage`, `InvocationResponse` and `ParameterBinding`.
mod field {
    pub(super) const REQUEST_ID: u32 = 1;
    pub(super) const RESPONSE: u32 = 5;
    pub(super) const OUTPUTS: u32 = 2;
    pub(super) const RETURN: u32 = 4;
    pub(super) const NAME: u32 = 1;
    pub(super) const DATA: u32 = 2;
}

/// An encoded message. It has parts before the last only if a payload is large.
#[derive(Debug, Default)]
pub(super) struct Frame {
    pub(super) parts: Vec<Bytes>,
    pub(super) last: Vec<u8>,
}

impl Frame {
    /// The message that carries this content as the answer to `request_id`.
    pub(super) fn of(content: Content, request_id: String) -> Self {
        let message = content.into_message(request_id);
        let length = message.encoded_len();
        let mut frame = Self::with_prefix(length, length);
        message.encode_raw(&mut frame.last);
        frame
    }

    /// A frame that has the part before a message, and room for so many bytes of it.
    fn with_prefix(length: usize, room: usize) -> Self {
        let mut last = Vec::with_capacity(room + PREFIX);
        last.put_u8(0);
        // Nobody sends more than the host says that it takes, which is less.
        last.put_u32(u32::try_from(length).unwrap_or(u32::MAX));
        Self {
            parts: Vec::new(),
            last,
        }
    }

    fn put_payload(&mut self, payload: Bytes) {
        if payload.len() < LARGE {
            self.last.extend_from_slice(&payload);
            return;
        }
        let before = std::mem::take(&mut self.last);
        self.parts.push(before.into());
        self.parts.push(payload);
    }
}

/// The answer to an invocation.
#[derive(Debug)]
pub(super) struct Response {
    /// All but the outputs.
    message: InvocationResponse,
    outputs: Vec<(&'static str, Written)>,
}

impl Response {
    /// The answer that is `message` with these outputs, by their names.
    pub(super) fn new(message: InvocationResponse, outputs: Vec<(&'static str, Written)>) -> Self {
        Self { message, outputs }
    }

    /// All but the outputs.
    pub(super) fn message(&self) -> &InvocationResponse {
        &self.message
    }

    /// Gives it these tags for the host's span, and no others.
    pub(super) fn set_tags(&mut self, tags: HashMap<String, String>) {
        self.message.trace_context_attributes = tags;
    }

    /// Which invocation it answers.
    pub(super) fn into_id(self) -> String {
        self.message.invocation_id
    }

    /// Whether the function came to an end as it should.
    pub(super) fn is_success(&self) -> bool {
        let result = self.message.result.as_ref();
        result.map(StatusResult::status) == Some(Status::Success)
    }

    /// How many bytes it has.
    pub(super) fn len(&self) -> usize {
        let outputs = self.outputs.iter();
        let outputs: usize = outputs.map(|(name, data)| output_len(name, data)).sum();
        self.message.encoded_len() + outputs
    }

    /// The message that carries it as the answer to `request_id`.
    pub(super) fn into_frame(self, request_id: &str) -> Frame {
        let length = self.len();
        let mut whole = wire::length(field::RESPONSE, length);
        if !request_id.is_empty() {
            whole += wire::length(field::REQUEST_ID, request_id.len());
        }
        let mut frame = Frame::with_prefix(whole, whole.min(LARGE));
        if !request_id.is_empty() {
            wire::put(field::REQUEST_ID, request_id.as_bytes(), &mut frame.last);
        }
        wire::put_head(field::RESPONSE, length, &mut frame.last);
        self.message.encode_raw(&mut frame.last);
        for (name, data) in self.outputs {
            if name == names::RETURN {
                wire::put_head(field::RETURN, data.len(), &mut frame.last);
            } else {
                let binding = wire::length(field::NAME, name.len());
                let binding = binding + wire::length(field::DATA, data.len());
                wire::put_head(field::OUTPUTS, binding, &mut frame.last);
                wire::put(field::NAME, name.as_bytes(), &mut frame.last);
                wire::put_head(field::DATA, data.len(), &mut frame.last);
            }
            let payload = data.put_head(&mut frame.last);
            frame.put_payload(payload);
        }
        frame
    }
}

fn output_len(name: &str, data: &Written) -> usize {
    if name == names::RETURN {
        return wire::length(field::RETURN, data.len());
    }
    let binding = wire::length(field::NAME, name.len()) + wire::length(field::DATA, data.len());
    wire::length(field::OUTPUTS, binding)
}

#[cfg(test)]
mod tests {
    use azure_functions_shared::rpc::{
        Content, Data as RpcData, InvocationResponse, StatusResult, StreamingMessage, TypedData,
        parameter_binding::RpcData as Bound,
    };
    use bytes::Bytes;
    use prost::Message as _;

    use super::{Frame, LARGE, PREFIX, Response};
    use crate::{Data, bindings::HttpResponse, output::IntoOutput as _};

    fn message(frame: Frame) -> StreamingMessage {
        let mut bytes: Vec<u8> = frame.parts.concat();
        bytes.extend(frame.last);
        let (prefix, message) = bytes.split_at(PREFIX);
        assert_eq!(prefix[0], 0);
        assert_eq!(
            prefix[1..],
            u32::try_from(message.len()).unwrap().to_be_bytes()
        );
        StreamingMessage::decode(message).unwrap()
    }

    #[track_caller]
    fn check(data: &Data, expected: RpcData) {
        let expected = TypedData {
            data: Some(expected),
        };
        for name in ["$return", "output1"] {
            let success = InvocationResponse {
                invocation_id: "i".repeat(36),
                result: Some(StatusResult::success()),
                ..InvocationResponse::default()
            };
            let response = Response::new(success, vec![(name, data.clone().write())]);
            assert!(response.is_success());
            let length = response.len();
            let message = message(response.into_frame("r"));
            assert_eq!(message.request_id, "r");
            let Some(Content::InvocationResponse(response)) = message.content else {
                panic!("{:?}", message.content);
            };
            assert_eq!(response.encoded_len(), length);
            let found = match name {
                "$return" => response.return_value.clone(),
                _ => match response.output_data[0].rpc_data.clone() {
                    Some(Bound::Data(data)) => Some(data),
                    _ => None,
                },
            };
            assert_eq!(found.as_ref(), Some(&expected));
        }
    }

    #[test]
    fn outputs() {
        check(&Data::text("t"), RpcData::String("t".into()));
        check(&Data::json("{}"), RpcData::Json("{}".into()));
        for length in [0, 1, 127, 128, LARGE - 1, LARGE, 3 * LARGE] {
            let bytes = Bytes::from(vec![b'x'; length]);
            check(&Data::bytes(bytes.clone()), RpcData::Bytes(bytes.clone()));
            let response = HttpResponse::from(bytes.clone()).into_output().unwrap();
            let http = azure_functions_shared::rpc::RpcHttp {
                status_code: "200".into(),
                headers: [("content-type".into(), "application/octet-stream".into())].into(),
                body: Some(Box::new(RpcData::Bytes(bytes).into())),
                ..Default::default()
            };
            check(&response, RpcData::Http(Box::new(http)));
        }
        for data in [
            RpcData::Int(-3),
            RpcData::Double(0.5),
            RpcData::CollectionString(azure_functions_shared::rpc::CollectionString {
                string: vec!["a".into(), String::new()],
            }),
        ] {
            check(&Data::from_wire(&data.clone().into()), data);
        }
    }

    #[test]
    fn large_payloads_are_not_copied() {
        let bytes = Bytes::from(vec![b'x'; LARGE]);
        let data = Data::bytes(bytes.clone()).write();
        let response = Response::new(InvocationResponse::default(), vec![("$return", data)]);
        let frame = response.into_frame("");
        assert!(
            frame
                .parts
                .iter()
                .any(|part| part.as_ptr() == bytes.as_ptr())
        );
    }
}
