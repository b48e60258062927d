//! [`Data`]: one value on its way between the host and a function.

use azure_functions_shared::rpc;
use bytes::Bytes;
use prost::Message as _;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::value::RawValue;

use crate::{
    BindError,
    bindings::http::{HttpResponse, arrived::Arrived},
    payload,
    wire::{self, Field, Malformed},
};

/// A value that came from the host, or goes to it.
///
/// A binding reads it with [`decode`](Self::decode) or one of the `into_` methods, and makes one with
/// [`encode`](Self::encode), [`text`](Self::text), [`bytes`](Self::bytes) or [`json`](Self::json). What form the host chose is
/// not part of the contract: a queue message, for example, comes as text or as JSON, and all methods accept both.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Data(Option<Value>);

/// A value in one of its forms. Texts and messages are parts of the frame that they came in, and are not checked until
/// someone reads them.
#[derive(Clone, Debug, PartialEq)]
enum Value {
    Text(Bytes),
    Json(Bytes),
    Bytes(Bytes),
    Int(i64),
    Double(f64),
    /// A message of the protocol, by its number in [`kind`].
    Message(u32, Bytes),
    /// A request to the worker's own server.
    Request(Box<Arrived>),
    /// A response, which becomes a message only if the host sends it.
    Response(Box<HttpResponse>),
}

/// The numbers of the forms in the protocol's `TypedData`.
mod kind {
    pub(super) const TEXT: u32 = 1;
    pub(super) const JSON: u32 = 2;
    pub(super) const BYTES: u32 = 3;
    pub(super) const STREAM: u32 = 4;
    pub(super) const HTTP: u32 = 5;
    pub(super) const INT: u32 = 6;
    pub(super) const DOUBLE: u32 = 7;
    pub(super) const MANY_BYTES: u32 = 8;
    pub(super) const MANY_TEXTS: u32 = 9;
    pub(super) const MANY_DOUBLES: u32 = 10;
    pub(super) const MANY_INTS: u32 = 11;
    pub(super) const REFERENCE: u32 = 12;
    pub(super) const MANY_REFERENCES: u32 = 13;
}

impl Data {
    /// No value: an input that does not exist, or an output that is not written.
    pub const fn none() -> Self {
        Self(None)
    }

    /// A text.
    pub fn text(text: impl Into<String>) -> Self {
        let text: String = text.into();
        Self(Some(Value::Text(text.into())))
    }

    /// Bytes, which the host hands on as they are.
    pub fn bytes(bytes: impl Into<Bytes>) -> Self {
        Self(Some(Value::Bytes(bytes.into())))
    }

    /// A JSON text.
    ///
    /// Most outputs that get an array write one message for each of its elements.
    pub fn json(json: impl Into<String>) -> Self {
        let json: String = json.into();
        Self(Some(Value::Json(json.into())))
    }

    /// The payload of `value`: strings and bytes as they are, everything else as JSON.
    ///
    /// # Errors
    ///
    /// When `value` cannot be written as JSON.
    pub fn encode<T: Serialize + 'static>(value: &T) -> Result<Self, BindError> {
        Ok(Self::bytes(payload::encode(value)?.into_bytes()))
    }

    /// Whether there is no value.
    pub const fn is_none(&self) -> bool {
        self.0.is_none()
    }

    /// Reads the value as a payload: strings and bytes as they are, everything else as JSON.
    ///
    /// # Errors
    ///
    /// When there is no value, or it is no `T`. The error names the place in the JSON.
    pub fn decode<T: DeserializeOwned + 'static>(self) -> Result<T, BindError> {
        payload::decode(self)
    }

    /// Reads the value as JSON, whatever `T` is.
    ///
    /// # Errors
    ///
    /// When there is no value, or it is no `T`.
    pub fn decode_json<T: DeserializeOwned + 'static>(self) -> Result<T, BindError> {
        payload::decode(self).map(|payload::Json(value)| value)
    }

    /// The value as bytes.
    ///
    /// # Errors
    ///
    /// When there is no value, or it has another shape than a text or bytes.
    pub fn into_bytes(self) -> Result<Bytes, BindError> {
        match self.0 {
            Some(Value::Bytes(bytes) | Value::Text(bytes) | Value::Json(bytes)) => Ok(bytes),
            Some(Value::Int(number)) => Ok(number.to_string().into()),
            Some(Value::Double(number)) => Ok(number.to_string().into()),
            None => Err(BindError::missing()),
            Some(other) => Err(BindError::unexpected("one value", other.name())),
        }
    }

    /// The values of a batch, in the order in which the host sent them.
    ///
    /// A batch comes as a collection, or as a JSON array; of that a text is taken as it is, and `null` is no value.
    ///
    /// # Errors
    ///
    /// When there is no value, or it is no batch.
    pub fn into_list(self) -> Result<Vec<Self>, BindError> {
        const ELEMENT: u32 = 1;
        let unreadable = |_| BindError::new("the batch is damaged");
        match self.0 {
            Some(Value::Message(number @ (kind::MANY_BYTES | kind::MANY_TEXTS), message)) => {
                let of = if number == kind::MANY_BYTES {
                    Value::Bytes
                } else {
                    Value::Text
                };
                let elements = wire::all(&message, ELEMENT);
                Ok(elements
                    .map(|element| Self(Some(of(wire::slice(&message, element)))))
                    .collect())
            }
            Some(Value::Message(kind::MANY_INTS, message)) => {
                let list = rpc::CollectionSInt64::decode(message).map_err(unreadable)?;
                let numbers = list.sint64.into_iter();
                Ok(numbers
                    .map(|number| Self(Some(Value::Int(number))))
                    .collect())
            }
            Some(Value::Message(kind::MANY_DOUBLES, message)) => {
                let list = rpc::CollectionDouble::decode(message).map_err(unreadable)?;
                let numbers = list.double.into_iter();
                Ok(numbers
                    .map(|number| Self(Some(Value::Double(number))))
                    .collect())
            }
            Some(Value::Json(text) | Value::Text(text) | Value::Bytes(text)) => array(&text),
            None => Err(BindError::missing()),
            Some(other) => Err(BindError::unexpected("a batch", other.name())),
        }
    }

    /// The value as it came over the wire, in a message that holds one.
    ///
    /// # Errors
    ///
    /// When the message is damaged.
    pub(crate) fn read(message: &Bytes) -> Result<Self, Malformed> {
        let mut value = None;
        for field in wire::fields(message) {
            value = match field? {
                (kind::TEXT, Field::Bytes(text)) => Some(Value::Text(wire::slice(message, text))),
                (kind::JSON, Field::Bytes(text)) => Some(Value::Json(wire::slice(message, text))),
                (kind::BYTES | kind::STREAM, Field::Bytes(bytes)) => {
                    Some(Value::Bytes(wire::slice(message, bytes)))
                }
                #[expect(clippy::cast_possible_wrap, reason = "the sign is in the last bit")]
                (kind::INT, Field::Number(number)) => {
                    Some(Value::Int((number >> 1) as i64 ^ -((number & 1) as i64)))
                }
                (kind::DOUBLE, Field::Fixed(bits)) => Some(Value::Double(f64::from_bits(bits))),
                (
                    number @ (kind::HTTP | kind::MANY_BYTES..=kind::MANY_REFERENCES),
                    Field::Bytes(bytes),
                ) => Some(Value::Message(number, wire::slice(message, bytes))),
                (kind::TEXT..=kind::MANY_REFERENCES, _) => return Err(Malformed),
                _ => value,
            };
        }
        Ok(Self(value))
    }

    /// The value as it goes over the wire.
    pub(crate) fn write(self) -> Written {
        let (number, head, body) = match self.0 {
            None => return Written::default(),
            Some(Value::Text(text)) => (kind::TEXT, Vec::new(), text),
            Some(Value::Json(text)) => (kind::JSON, Vec::new(), text),
            Some(Value::Bytes(bytes)) => (kind::BYTES, Vec::new(), bytes),
            Some(Value::Message(number, message)) => (number, Vec::new(), message),
            Some(Value::Int(number)) => {
                return Written::whole(rpc::Data::Int(number));
            }
            Some(Value::Double(number)) => {
                return Written::whole(rpc::Data::Double(number));
            }
            // A request of which nothing is in a message looks like this to a binding that reads messages only.
            Some(Value::Request(_)) => (kind::HTTP, Vec::new(), Bytes::new()),
            Some(Value::Response(response)) => {
                let (head, body) = response.write();
                (kind::HTTP, head, body)
            }
        };
        Written { number, head, body }
    }

    /// The message that the host gets.
    #[cfg(test)]
    pub(crate) fn into_wire(self) -> rpc::TypedData {
        let written = self.write();
        let mut message = Vec::new();
        let body = written.put_head(&mut message);
        message.extend_from_slice(&body);
        rpc::TypedData::decode(message.as_slice()).unwrap()
    }

    /// The value of a message that was decoded, for tests.
    pub(crate) fn from_wire(data: &rpc::TypedData) -> Self {
        Self::read(&data.encode_to_vec().into()).unwrap_or_default()
    }

    /// A request to the worker's own server.
    pub(crate) fn request(request: Arrived) -> Self {
        Self(Some(Value::Request(Box::new(request))))
    }

    /// The request, if it is one to the worker's own server.
    ///
    /// # Errors
    ///
    /// The value, if it is another.
    pub(crate) fn into_request(self) -> Result<Arrived, Self> {
        match self.0 {
            Some(Value::Request(request)) => Ok(*request),
            other => Err(Self(other)),
        }
    }

    /// A response that has been checked.
    pub(crate) fn response(response: HttpResponse) -> Self {
        Self(Some(Value::Response(Box::new(response))))
    }

    /// The response, if it is one.
    ///
    /// # Errors
    ///
    /// The value, if it is another.
    pub(crate) fn into_response(self) -> Result<HttpResponse, Self> {
        match self.0 {
            Some(Value::Response(response)) => Ok(*response),
            other => Err(Self(other)),
        }
    }

    /// The response, if it is one.
    pub(crate) fn response_mut(&mut self) -> Option<&mut HttpResponse> {
        match &mut self.0 {
            Some(Value::Response(response)) => Some(response),
            _ => None,
        }
    }

    /// An HTTP request, as a host sends it that does not forward it.
    #[cfg(test)]
    pub(crate) fn http(http: rpc::RpcHttp) -> Self {
        Self::from_wire(&rpc::Data::Http(Box::new(http)).into())
    }

    /// The HTTP request, as a message of the protocol.
    pub(crate) fn into_http(self) -> Result<Bytes, BindError> {
        match self.0 {
            Some(Value::Message(kind::HTTP, message)) => Ok(message),
            Some(Value::Request(_)) => Ok(Bytes::new()),
            None => Err(BindError::missing()),
            Some(other) => Err(BindError::unexpected("an HTTP request", other.name())),
        }
    }

    /// The HTTP request, if it is a message of the protocol.
    pub(crate) fn as_http(&self) -> Option<&Bytes> {
        match &self.0 {
            Some(Value::Message(kind::HTTP, message)) => Some(message),
            _ => None,
        }
    }

    /// The value, if it came as text or JSON.
    pub(crate) fn as_text(&self) -> Option<&str> {
        match &self.0 {
            Some(Value::Text(text) | Value::Json(text)) => str::from_utf8(text).ok(),
            _ => None,
        }
    }

    /// Whether the value came as bytes.
    pub(crate) const fn is_bytes(&self) -> bool {
        matches!(self.0, Some(Value::Bytes(_)))
    }

    /// A value inside a JSON text: of a string its text, of `null` no value.
    pub(crate) fn of_member(json: Option<&RawValue>) -> Result<Self, BindError> {
        let Some(json) = json else {
            return Ok(Self::none());
        };
        match json.get() {
            "null" => Ok(Self::none()),
            text if text.starts_with('"') => serde_json::from_str::<String>(text)
                .map(Self::text)
                .map_err(|error| BindError::new(error.to_string())),
            json => Ok(Self::json(json)),
        }
    }

    /// Whether there is no value, or the one that JSON has for none.
    pub(crate) fn is_null(&self) -> bool {
        match &self.0 {
            None => true,
            Some(Value::Json(json)) => json.trim_ascii() == b"null",
            Some(_) => false,
        }
    }

    /// Whether the host said that the value is JSON, rather than a text that may happen to be.
    pub(crate) const fn is_json(&self) -> bool {
        matches!(self.0, Some(Value::Json(_)))
    }
}

/// The elements of a JSON array, which are parts of it.
fn array(json: &Bytes) -> Result<Vec<Data>, BindError> {
    let elements: Vec<&RawValue> = serde_json::from_slice(json).map_err(|error| {
        BindError::new(format!(
            "expected a batch, found a value that is no JSON array: {error}"
        ))
    })?;
    let part = |text: &str| wire::slice(json, text.as_bytes());
    elements
        .into_iter()
        .map(|element| match element.get() {
            "null" => Ok(Data::none()),
            text if text.starts_with('"') => match text.strip_prefix('"') {
                Some(inner) if !text.contains('\\') => {
                    let inner = inner.strip_suffix('"').unwrap_or(inner);
                    Ok(Data(Some(Value::Text(part(inner)))))
                }
                _ => Data::of_member(Some(element)),
            },
            text => Ok(Data(Some(Value::Json(part(text))))),
        })
        .collect()
}

impl Value {
    /// What to call it in an error.
    const fn name(&self) -> &'static str {
        match self {
            Self::Text(_) => "a text",
            Self::Json(_) => "JSON",
            Self::Bytes(_) => "bytes",
            Self::Int(_) | Self::Double(_) => "a number",
            Self::Message(
                kind::MANY_BYTES | kind::MANY_TEXTS | kind::MANY_DOUBLES | kind::MANY_INTS,
                _,
            ) => "a batch",
            Self::Message(kind::REFERENCE | kind::MANY_REFERENCES, _) => {
                "a reference for an SDK client"
            }
            Self::Message(..) | Self::Request(_) | Self::Response(_) => "an HTTP request",
        }
    }
}

/// A value as it goes over the wire: the message `TypedData` in parts, so that the last, which can be large, is not copied.
#[derive(Debug, Default)]
pub(crate) struct Written {
    /// Which form it has; with 0 the head says that too.
    number: u32,
    head: Vec<u8>,
    body: Bytes,
}

impl Written {
    fn whole(data: rpc::Data) -> Self {
        Self {
            head: rpc::TypedData::from(data).encode_to_vec(),
            ..Self::default()
        }
    }

    /// How long the message is.
    pub(crate) fn len(&self) -> usize {
        let inner = self.head.len() + self.body.len();
        match self.number {
            0 => inner,
            number => wire::length(number, inner),
        }
    }

    /// Writes the message up to its body, and gives that.
    pub(crate) fn put_head(self, out: &mut Vec<u8>) -> Bytes {
        if self.number > 0 {
            wire::put_head(self.number, self.head.len() + self.body.len(), out);
        }
        out.extend_from_slice(&self.head);
        self.body
    }
}

#[cfg(test)]
mod tests {
    use azure_functions_shared::rpc;

    use super::Data;
    use crate::{BindError, FromTrigger, Trigger, bindings::QueueTrigger};

    fn collection(data: rpc::Data) -> Data {
        Data::from_wire(&data.into())
    }

    #[track_caller]
    fn check(data: Data, expected: Result<&[Data], &str>) {
        let list = data.into_list().map_err(|error| error.to_string());
        assert_eq!(list.as_deref().map_err(String::as_str), expected,);
    }

    #[test]
    fn lists() {
        check(
            collection(rpc::Data::CollectionString(rpc::CollectionString {
                string: vec!["a".into(), String::new(), "[1]".into()],
            })),
            Ok(&[Data::text("a"), Data::text(""), Data::text("[1]")]),
        );
        check(
            collection(rpc::Data::CollectionBytes(rpc::CollectionBytes {
                bytes: vec!["\u{ff}".into()],
            })),
            Ok(&[Data::bytes("\u{ff}")]),
        );
        check(
            collection(rpc::Data::CollectionSint64(rpc::CollectionSInt64 {
                sint64: vec![i64::MIN],
            })),
            Ok(&[collection(rpc::Data::Int(i64::MIN))]),
        );
        check(
            collection(rpc::Data::CollectionDouble(rpc::CollectionDouble {
                double: vec![0.5],
            })),
            Ok(&[collection(rpc::Data::Double(0.5))]),
        );
        let elements = [
            Data::text("{\"a\":1}"),
            Data::json("{\"a\": 1}"),
            Data::json("18446744073709551615"),
            Data::none(),
            Data::json("[]"),
        ];
        let array = r#" ["{\"a\":1}", {"a": 1}, 18446744073709551615, null, []] "#;
        check(Data::json(array), Ok(&elements));
        check(Data::text(array), Ok(&elements));
        check(Data::bytes(array), Ok(&elements));
        check(Data::json("[]"), Ok(&[]));
        check(
            Data::none(),
            Err("the host sent no value; take an `Option` if it can be absent"),
        );
        check(
            Data::json("{}"),
            Err(
                "expected a batch, found a value that is no JSON array: invalid type: map, expected a sequence at line 1 column 0",
            ),
        );
        check(
            collection(rpc::Data::Int(3)),
            Err("expected a batch, found a number"),
        );
    }

    #[derive(Debug, PartialEq)]
    struct Letter(u8, Option<String>);

    impl FromTrigger for Letter {
        type Binding = <QueueTrigger as FromTrigger>::Binding;

        fn from_trigger(data: Data, trigger: &Trigger) -> Result<Self, BindError> {
            Ok(Self(data.decode()?, trigger.get("Stamp")))
        }
    }

    impl crate::FromBatch for Letter {}

    #[track_caller]
    fn check_batch(data: Data, stamps: &str, expected: Result<&[Letter], &str>) {
        let trigger = [("StampArray", Data::json(stamps))].into_iter().collect();
        let batch = Vec::<Letter>::from_trigger(data, &trigger).map_err(|error| error.to_string());
        assert_eq!(batch.as_deref().map_err(String::as_str), expected);
    }

    #[test]
    fn batches() {
        let stamped = |number, stamp: &str| Letter(number, Some(stamp.to_owned()));
        check_batch(
            Data::json("[1,\"2\"]"),
            "[\"a\",\"b\"]",
            Ok(&[stamped(1, "a"), stamped(2, "b")]),
        );
        // Nobody knows to which of the two it belongs.
        check_batch(
            Data::json("[1,2]"),
            "[\"a\"]",
            Ok(&[Letter(1, None), Letter(2, None)]),
        );
        check_batch(Data::json("[]"), "[]", Ok(&[]));
        check_batch(
            Data::json("[1,null]"),
            "[]",
            Err("element 1: the host sent no value; take an `Option` if it can be absent"),
        );
        check_batch(
            Data::json("[1,300]"),
            "[]",
            Err("element 1: invalid value: integer `300`, expected u8 at line 1 column 3"),
        );
        check_batch(
            Data::none(),
            "[]",
            Err("the host sent no value; take an `Option` if it can be absent"),
        );
    }
}
