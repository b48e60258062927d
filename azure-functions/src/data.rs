//! [`Data`]: one value on its way between the host and a function.

use azure_functions_shared::rpc;
use bytes::Bytes;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::value::RawValue;

use crate::{BindError, payload};

/// A value that came from the host, or goes to it.
///
/// A binding reads it with [`decode`](Self::decode) or one of the `into_` methods, and makes one with
/// [`encode`](Self::encode), [`text`](Self::text), [`bytes`](Self::bytes) or [`json`](Self::json). What form the host chose is
/// not part of the contract: a queue message, for example, comes as text or as JSON, and all methods accept both.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Data(Option<rpc::Data>);

impl Data {
    /// No value: an input that does not exist, or an output that is not written.
    pub const fn none() -> Self {
        Self(None)
    }

    /// A text.
    pub fn text(text: impl Into<String>) -> Self {
        Self(Some(rpc::Data::String(text.into())))
    }

    /// Bytes, which the host hands on as they are.
    pub fn bytes(bytes: impl Into<Bytes>) -> Self {
        Self(Some(rpc::Data::Bytes(bytes.into())))
    }

    /// A JSON text.
    ///
    /// Most outputs that get an array write one message for each of its elements.
    pub fn json(json: impl Into<String>) -> Self {
        Self(Some(rpc::Data::Json(json.into())))
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
        match self.0 {
            Some(rpc::Data::CollectionBytes(list)) => {
                Ok(list.bytes.into_iter().map(Self::bytes).collect())
            }
            Some(rpc::Data::CollectionString(list)) => {
                Ok(list.string.into_iter().map(Self::text).collect())
            }
            Some(rpc::Data::CollectionSint64(list)) => Ok(list
                .sint64
                .into_iter()
                .map(|number| Self(Some(rpc::Data::Int(number))))
                .collect()),
            Some(rpc::Data::CollectionDouble(list)) => Ok(list
                .double
                .into_iter()
                .map(|number| Self(Some(rpc::Data::Double(number))))
                .collect()),
            Some(rpc::Data::Json(text) | rpc::Data::String(text)) => array(text.as_bytes()),
            Some(rpc::Data::Bytes(bytes)) => array(&bytes),
            None => Err(BindError::missing()),
            Some(other) => Err(BindError::unexpected("a batch", kind(&other))),
        }
    }

    /// The value as it came over the wire.
    pub(crate) fn from_wire(data: rpc::TypedData) -> Self {
        Self(data.data)
    }

    /// The value as it goes over the wire.
    pub(crate) fn into_wire(self) -> rpc::TypedData {
        rpc::TypedData { data: self.0 }
    }

    /// An HTTP request or response.
    pub(crate) fn http(http: rpc::RpcHttp) -> Self {
        Self(Some(rpc::Data::Http(Box::new(http))))
    }

    /// The HTTP request.
    pub(crate) fn into_http(self) -> Result<rpc::RpcHttp, BindError> {
        match self.0 {
            Some(rpc::Data::Http(http)) => Ok(*http),
            None => Err(BindError::missing()),
            Some(other) => Err(BindError::unexpected("an HTTP request", kind(&other))),
        }
    }

    /// Whether the host said that the value is JSON, rather than a text that may happen to be.
    pub(crate) const fn is_json(&self) -> bool {
        matches!(self.0, Some(rpc::Data::Json(_)))
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
        .map(|element| match element.get() {
            "null" => Ok(Data::none()),
            text if text.starts_with('"') => serde_json::from_str::<String>(text)
                .map(Data::text)
                .map_err(|error| BindError::new(error.to_string())),
            json => Ok(Data::json(json)),
        })
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
