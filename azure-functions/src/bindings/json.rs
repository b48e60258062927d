//! Values that go to the host as JSON.

use serde::Serialize;
use serde_json::Value;

use crate::{
    BindError, Data,
    payload::{self, Encoded},
};

/// A value as a JSON output.
///
/// # Errors
///
/// It cannot be written as JSON.
pub(super) fn to_data<T: Serialize + ?Sized>(value: &T) -> Result<Data, BindError> {
    let json = serde_json::to_string(value).map_err(|error| unwritable(&error))?;
    Ok(Data::json(json))
}

/// A value as an element of a JSON array.
///
/// # Errors
///
/// It cannot be written as JSON.
pub(super) fn to_element<T: Serialize + ?Sized>(value: &T) -> Result<Value, BindError> {
    serde_json::to_value(value).map_err(|error| unwritable(&error))
}

/// A value that goes back to the trigger: text as text, bytes as bytes, all else as JSON.
///
/// # Errors
///
/// It cannot be written as JSON.
pub(super) fn to_reply<T: Serialize + 'static>(value: &T) -> Result<Data, BindError> {
    let text = |bytes: bytes::Bytes| String::from_utf8_lossy(&bytes).into_owned();
    Ok(match payload::encode(value)? {
        Encoded::Text(bytes) => Data::text(text(bytes)),
        Encoded::Binary(bytes) => Data::bytes(bytes),
        Encoded::Json(bytes) => Data::json(text(bytes)),
    })
}

fn unwritable(error: &serde_json::Error) -> BindError {
    BindError::new(format!("the value cannot be written as JSON: {error}"))
}
