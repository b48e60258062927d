//! [`Data`]: one value on its way between the host and a function.

use azure_functions_shared::rpc;
use bytes::Bytes;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::value::RawValue;

use crate::{
    BindError,
    bindings::http::{HttpResponse, arrived::Arrived},
    payload,
};

/// A value that came from the host, or goes to it.
///
/// A binding reads it with [`decode`](Self::decode) or one of the `into_` methods, and makes one with
/// [`encode`](Self::encode), [`text`](Self::text), [`bytes`](Self::bytes) or [`json`](Self::json). What form the host chose is
/// not part of the contract: a queue message, for example, comes as text or as JSON, and all methods accept both.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Data(Option<Value>);

/// Where a value is.
#[derive(Clone, Debug, PartialEq)]
enum Value {
    /// In a message, or ready for one.
    Wire(rpc::Data),
    /// In a request to the worker's own server.
    Request(Box<Arrived>),
    /// In a response, which becomes a message only if the host sends it.
    Response(Box<HttpResponse>),
    /// Made by the function's trigger, for one call.
    #[cfg(feature = "durable")]
    Made(Made),
}

/// A value that a trigger made for one call of its function.
#[cfg(feature = "durable")]
#[derive(Clone)]
struct Made(std::sync::Arc<dyn std::any::Any + Send + Sync>);

#[cfg(feature = "durable")]
impl std::fmt::Debug for Made {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Made")
    }
}

#[cfg(feature = "durable")]
impl PartialEq for Made {
    fn eq(&self, other: &Self) -> bool {
        std::sync::Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Data {
    /// No value: an input that does not exist, or an output that is not written.
    pub const fn none() -> Self {
        Self(None)
    }

    /// A text.
    pub fn text(text: impl Into<String>) -> Self {
        Self::of(rpc::Data::String(text.into()))
    }

    /// Bytes, which the host hands on as they are.
    pub fn bytes(bytes: impl Into<Bytes>) -> Self {
        Self::of(rpc::Data::Bytes(bytes.into()))
    }

    /// A JSON text.
    ///
    /// Most outputs that get an array write one message for each of its elements.
    pub fn json(json: impl Into<String>) -> Self {
        Self::of(rpc::Data::Json(json.into()))
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
        match self.into_wire().data {
            Some(rpc::Data::Bytes(bytes) | rpc::Data::Stream(bytes)) => Ok(bytes),
            Some(rpc::Data::String(text) | rpc::Data::Json(text)) => Ok(text.into()),
            Some(rpc::Data::Int(number)) => Ok(number.to_string().into()),
            Some(rpc::Data::Double(number)) => Ok(number.to_string().into()),
            None => Err(BindError::missing()),
            Some(other) => Err(BindError::unexpected("one value", kind(&other))),
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
        match self.into_wire().data {
            Some(rpc::Data::CollectionBytes(list)) => {
                Ok(list.bytes.into_iter().map(Self::bytes).collect())
            }
            Some(rpc::Data::CollectionString(list)) => {
                Ok(list.string.into_iter().map(Self::text).collect())
            }
            Some(rpc::Data::CollectionSint64(list)) => Ok(list
                .sint64
                .into_iter()
                .map(|number| Self::of(rpc::Data::Int(number)))
                .collect()),
            Some(rpc::Data::CollectionDouble(list)) => Ok(list
                .double
                .into_iter()
                .map(|number| Self::of(rpc::Data::Double(number)))
                .collect()),
            Some(rpc::Data::Json(text) | rpc::Data::String(text)) => array(text.as_bytes()),
            Some(rpc::Data::Bytes(bytes)) => array(&bytes),
            None => Err(BindError::missing()),
            Some(other) => Err(BindError::unexpected("a batch", kind(&other))),
        }
    }

    /// The value as it came over the wire.
    pub(crate) fn from_wire(data: rpc::TypedData) -> Self {
        Self(data.data.map(Value::Wire))
    }

    /// The value as it goes over the wire.
    pub(crate) fn into_wire(self) -> rpc::TypedData {
        let data = self.0.map(|value| match value {
            Value::Wire(data) => data,
            // A request of which nothing is in a message looks like this to a binding that reads messages only.
            Value::Request(_) => rpc::Data::Http(Box::default()),
            // It never leaves its function.
            #[cfg(feature = "durable")]
            Value::Made(_) => rpc::Data::Json("null".to_owned()),
            Value::Response(response) => rpc::Data::Http(Box::new(response.into_wire())),
        });
        rpc::TypedData { data }
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

    /// A value that a trigger made for one call of its function.
    #[cfg(feature = "durable")]
    pub(crate) fn made<T: Send + Sync + 'static>(value: T) -> Self {
        Self(Some(Value::Made(Made(std::sync::Arc::new(value)))))
    }

    /// The value that a trigger made, if it is a `T`.
    #[cfg(feature = "durable")]
    pub(crate) fn as_made<T: Clone + 'static>(&self) -> Option<T> {
        match &self.0 {
            Some(Value::Made(made)) => made.0.downcast_ref().cloned(),
            _ => None,
        }
    }

    const fn of(data: rpc::Data) -> Self {
        Self(Some(Value::Wire(data)))
    }

    /// An HTTP request, as a host sends it that does not forward it.
    #[cfg(test)]
    pub(crate) fn http(http: rpc::RpcHttp) -> Self {
        Self::of(rpc::Data::Http(Box::new(http)))
    }

    /// The HTTP request.
    pub(crate) fn into_http(self) -> Result<rpc::RpcHttp, BindError> {
        match self.into_wire().data {
            Some(rpc::Data::Http(http)) => Ok(*http),
            None => Err(BindError::missing()),
            Some(other) => Err(BindError::unexpected("an HTTP request", kind(&other))),
        }
    }

    /// The value, if it came as text or JSON.
    pub(crate) fn as_text(&self) -> Option<&str> {
        match &self.0 {
            Some(Value::Wire(rpc::Data::String(text) | rpc::Data::Json(text))) => Some(text),
            _ => None,
        }
    }

    /// Whether the value came as bytes.
    pub(crate) const fn is_bytes(&self) -> bool {
        matches!(
            self.0,
            Some(Value::Wire(rpc::Data::Bytes(_) | rpc::Data::Stream(_)))
        )
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
            Some(Value::Wire(rpc::Data::Json(json))) => json.trim() == "null",
            Some(_) => false,
        }
    }

    /// Whether the host said that the value is JSON, rather than a text that may happen to be.
    pub(crate) const fn is_json(&self) -> bool {
        matches!(self.0, Some(Value::Wire(rpc::Data::Json(_))))
    }
}

/// The elements of a JSON array.
fn array(json: &[u8]) -> Result<Vec<Data>, BindError> {
    let elements: Vec<&RawValue> = serde_json::from_slice(json).map_err(|error| {
        BindError::new(format!(
            "expected a batch, found a value that is no JSON array: {error}"
        ))
    })?;
    elements
        .into_iter()
        .map(|element| Data::of_member(Some(element)))
        .collect()
}

/// What to call a value in an error.
const fn kind(data: &rpc::Data) -> &'static str {
    match data {
        rpc::Data::String(_) => "a text",
        rpc::Data::Json(_) => "JSON",
        rpc::Data::Bytes(_) | rpc::Data::Stream(_) => "bytes",
        rpc::Data::Http(_) => "an HTTP request",
        rpc::Data::Int(_) | rpc::Data::Double(_) => "a number",
        rpc::Data::CollectionBytes(_)
        | rpc::Data::CollectionString(_)
        | rpc::Data::CollectionDouble(_)
        | rpc::Data::CollectionSint64(_) => "a batch",
        rpc::Data::ModelBindingData(_) | rpc::Data::CollectionModelBindingData(_) => {
            "a reference for an SDK client"
        }
    }
}

#[cfg(test)]
mod tests {
    use azure_functions_shared::rpc;

    use super::Data;
    use crate::{BindError, FromTrigger, Trigger, bindings::QueueTrigger};

    fn collection(data: rpc::Data) -> Data {
        Data::of(data)
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
            Ok(&[Data::of(rpc::Data::Int(i64::MIN))]),
        );
        check(
            collection(rpc::Data::CollectionDouble(rpc::CollectionDouble {
                double: vec![0.5],
            })),
            Ok(&[Data::of(rpc::Data::Double(0.5))]),
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
