//! How values travel: messages as Base64 of protobuf, inputs and results as JSON texts.

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use prost::Message;
use serde::{Serialize, de::DeserializeOwned};

use crate::{BindError, Data};

/// Reads a message of the Durable extension.
///
/// # Errors
///
/// When it is none, or one of the extension's older protocol.
pub(super) fn decode<M: Message + Default>(data: &Data) -> Result<M, BindError> {
    if data.is_none() {
        return Err(BindError::missing());
    }
    let Some(text) = data.as_text().map(str::trim) else {
        return Err(BindError::unexpected("a text in Base64", "another value"));
    };
    if text.starts_with('{') {
        return Err(BindError::new(
            "the Durable extension sent JSON, its older protocol, which this worker does not speak; use an extension bundle \
             with version 3.15.0 of the extension or later (3.14 obeys `durableRequiresGrpc`, which the function has)",
        ));
    }
    let bytes = BASE64
        .decode(text)
        .map_err(|error| BindError::new(format!("the message is not Base64: {error}")))?;
    M::decode(bytes.as_slice())
        .map_err(|error| BindError::new(format!("the message is not protobuf: {error}")))
}

/// Writes a message.
pub(super) fn encode(message: &impl Message) -> Data {
    Data::text(BASE64.encode(message.encode_to_vec()))
}

/// The value that a JSON text is; no text is `null`.
///
/// # Errors
///
/// When it is not of the type. The text says where.
pub(super) fn read<T: DeserializeOwned>(data: &Data) -> Result<T, BindError> {
    let text = if data.is_none() {
        "null"
    } else {
        data.as_text()
            .ok_or_else(|| BindError::unexpected("a JSON text", "another value"))?
    };
    let mut json = serde_json::Deserializer::from_str(text);
    let value = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let path = error.path().to_string();
        let inner = error.into_inner();
        BindError::new(if path == "." {
            inner.to_string()
        } else {
            format!("`{path}`: {inner}")
        })
    })?;
    json.end()
        .map_err(|error| BindError::new(error.to_string()))?;
    Ok(value)
}

/// A result, as the JSON text that it becomes.
///
/// # Errors
///
/// When it cannot be written as JSON. The text says where.
pub(super) fn write<T: Serialize>(value: &T) -> Result<Data, BindError> {
    text(value)
        .map(Data::json)
        .map_err(|reason| BindError::new(format!("the result cannot be written as JSON: {reason}")))
}

/// The JSON text of a value.
///
/// # Errors
///
/// When it cannot be written as JSON. The text says where.
pub(super) fn text<T: Serialize>(value: &T) -> Result<String, String> {
    let mut text = Vec::new();
    let mut json = serde_json::Serializer::new(&mut text);
    serde_path_to_error::serialize(value, &mut json)
        .map_err(|error| format!("`{}`: {}", error.path(), error.inner()))?;
    String::from_utf8(text).map_err(|error| error.to_string())
}
