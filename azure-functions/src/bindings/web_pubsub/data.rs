//! What a message of Web PubSub holds.

use bytes::Bytes;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use serde_json::{Value, json};

use crate::BindError;

/// What a message holds: text, JSON or bytes.
///
/// It is made from text, bytes or a [`Value`] with `into()`, or from any type that serde can write with [`json`](Self::json).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum WebPubSubData {
    /// A text.
    Text(String),
    /// A JSON text.
    Json(String),
    /// Bytes.
    Binary(Bytes),
}

/// What kind of data a message holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum WebPubSubDataType {
    /// A text.
    #[default]
    #[serde(alias = "Text")]
    Text,
    /// JSON.
    #[serde(alias = "Json")]
    Json,
    /// Bytes.
    #[serde(alias = "Binary")]
    Binary,
}

impl WebPubSubDataType {
    /// The type of this name, in any case.
    pub(super) fn named(name: &str) -> Option<Self> {
        [
            ("text", Self::Text),
            ("json", Self::Json),
            ("binary", Self::Binary),
        ]
        .into_iter()
        .find(|(own, _)| own.eq_ignore_ascii_case(name))
        .map(|(_, data_type)| data_type)
    }
}

impl WebPubSubData {
    /// A message that holds `value` as JSON.
    ///
    /// # Errors
    ///
    /// It cannot be written as JSON.
    pub fn json<T: Serialize + ?Sized>(value: &T) -> Result<Self, BindError> {
        match serde_json::to_string(value) {
            Ok(json) => Ok(Self::Json(json)),
            Err(error) => Err(BindError::new(format!(
                "the value cannot be written as JSON: {error}"
            ))),
        }
    }

    /// What kind of data it is.
    pub fn data_type(&self) -> WebPubSubDataType {
        match self {
            Self::Text(_) => WebPubSubDataType::Text,
            Self::Json(_) => WebPubSubDataType::Json,
            Self::Binary(_) => WebPubSubDataType::Binary,
        }
    }
}

macro_rules! from {
    ($(|$value:ident: $from:ty| $data:expr;)+) => {$(
        impl From<$from> for WebPubSubData {
            fn from($value: $from) -> Self {
                $data
            }
        }
    )+};
}

from! {
    |text: &str| Self::Text(text.to_owned());
    |text: String| Self::Text(text);
    |value: Value| Self::Json(value.to_string());
    |value: &Value| Self::Json(value.to_string());
    |bytes: Bytes| Self::Binary(bytes);
    |bytes: Vec<u8>| Self::Binary(bytes.into());
    |bytes: &[u8]| Self::Binary(Bytes::copy_from_slice(bytes));
}

/// The two members that data is on the wire.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire {
    data: Value,
    #[serde(default)]
    data_type: WebPubSubDataType,
}

impl Serialize for WebPubSubData {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let data = match self {
            Self::Text(text) | Self::Json(text) => text.as_str().into(),
            // The service's extension takes bytes in the form that JavaScript gives to a buffer.
            Self::Binary(bytes) => json!({ "type": "Buffer", "data": bytes.as_ref() }),
        };
        let wire = Wire {
            data,
            data_type: self.data_type(),
        };
        wire.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for WebPubSubData {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Wire { data, data_type } = Wire::deserialize(deserializer)?;
        match (data_type, data) {
            (WebPubSubDataType::Text, Value::String(text)) => Ok(Self::Text(text)),
            (WebPubSubDataType::Json, Value::String(json)) => Ok(Self::Json(json)),
            (WebPubSubDataType::Binary, data) => bytes_of(data)
                .map(Self::Binary)
                .ok_or_else(|| D::Error::custom("`data` is neither a string nor a buffer")),
            (WebPubSubDataType::Text | WebPubSubDataType::Json, _) => {
                Err(D::Error::custom("`data` is not a string"))
            }
        }
    }
}

/// The bytes of a text, or of a buffer in JavaScript's form.
pub(super) fn bytes_of(data: Value) -> Option<Bytes> {
    #[derive(Deserialize)]
    struct Buffer {
        r#type: String,
        data: Vec<u8>,
    }

    if let Value::String(text) = data {
        return Some(text.into());
    }
    let buffer = Buffer::deserialize(data).ok()?;
    (buffer.r#type == "Buffer").then(|| buffer.data.into())
}
