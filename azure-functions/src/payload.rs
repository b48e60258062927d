//! How a payload becomes a Rust value and back: one rule for every binding.
//!
//! A type that serde reads or writes as a **string** takes the text of the payload as it is, one that it reads or
//! writes as **bytes** takes the bytes as they are, and every other type is **JSON**. So `QueueTrigger<String>`,
//! `QueueTrigger<Bytes>`, `QueueTrigger<Vec<u8>>` and `QueueTrigger<Order>` all do what they say; [`Json`] asks for
//! JSON where the type is a string.

mod read;
mod write;

use std::{
    any::{Any, TypeId},
    ops,
};

use bytes::Bytes;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::DeserializeOwned};

use crate::{BindError, Data};

/// The name by which the reader and the writer recognize [`Json`].
const JSON: &str = "$azure_functions::Json";

/// A value that is always JSON, even when it is a string.
///
/// As a parameter of an HTTP function it is the body of the request; as a return value it is the body of the response.
///
/// ```
/// use azure_functions::{func, Json};
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Deserialize)]
/// struct Order {
///     amount: u32,
/// }
///
/// #[derive(Serialize)]
/// struct Receipt {
///     total: u32,
/// }
///
/// #[func]
/// fn order(Json(order): Json<Order>) -> Json<Receipt> {
///     Json(Receipt { total: order.amount * 2 })
/// }
/// # fn main() {}
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Json<T>(pub T);

impl<T> ops::Deref for Json<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T> ops::DerefMut for Json<T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.0
    }
}

impl<T: Serialize> Serialize for Json<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_newtype_struct(JSON, &self.0)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Json<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer
            .deserialize_newtype_struct(JSON, read::JsonVisitor::new())
            .map(Json)
    }
}

/// Reads a payload.
///
/// # Errors
///
/// When there is no value, or it is no `T`.
pub(crate) fn decode<T: DeserializeOwned + 'static>(data: Data) -> Result<T, BindError> {
    if data.is_none() {
        return absent();
    }
    let is_json = data.is_json();
    let bytes = data.into_bytes()?;
    // These two would cost a copy on the way through serde, or be taken for a list of numbers.
    let bytes = match same::<Bytes, T>(bytes) {
        Ok(value) => return Ok(value),
        Err(bytes) => bytes.unwrap_or_default(),
    };
    if TypeId::of::<T>() == TypeId::of::<Vec<u8>>() {
        return same::<Vec<u8>, T>(bytes.into()).map_err(|_| BindError::missing());
    }
    let quoted = is_json && bytes.trim_ascii_start().first() == Some(&b'"');
    if TypeId::of::<T>() == TypeId::of::<String>()
        && !quoted
        && let Ok(text) = str::from_utf8(&bytes)
    {
        return same::<String, T>(text.to_owned()).map_err(|_| BindError::missing());
    }
    let is_null = bytes.trim_ascii() == b"null";
    if is_null
        && is_json
        && let Ok(value) = absent()
    {
        return Ok(value);
    }
    // To check all of it at once costs a tenth of what it costs to check each string in it. And to know the path costs as
    // much as to read, so it is read again for that.
    if let Ok(text) = str::from_utf8(&bytes)
        && let Ok(value) = T::deserialize(read::Payload::new(text, is_json))
    {
        return Ok(value);
    }
    match serde_path_to_error::deserialize(read::Payload::new(&*bytes, is_json)) {
        // `None` is written as `null`. To an `Option<String>` a text is a text, and so this comes last.
        Err(error) if is_null => absent().map_err(|_| unreadable(error)),
        read => read.map_err(unreadable),
    }
}

/// A payload that was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Encoded {
    /// A text, as it is.
    Text(Bytes),
    /// Bytes, as they are.
    Binary(Bytes),
    /// JSON.
    Json(Bytes),
}

impl Encoded {
    /// What was written.
    pub(crate) fn into_bytes(self) -> Bytes {
        match self {
            Self::Text(bytes) | Self::Binary(bytes) | Self::Json(bytes) => bytes,
        }
    }
}

/// Writes a payload.
///
/// # Errors
///
/// When `value` cannot be written as JSON.
pub(crate) fn encode<T: Serialize + 'static>(value: &T) -> Result<Encoded, BindError> {
    let any = value as &dyn Any;
    if let Some(bytes) = any.downcast_ref::<Bytes>() {
        return Ok(Encoded::Binary(bytes.clone()));
    }
    if let Some(bytes) = any.downcast_ref::<Vec<u8>>() {
        return Ok(Encoded::Binary(Bytes::copy_from_slice(bytes)));
    }
    let (mut out, mut raw) = (Vec::new(), None);
    let mut json = write::JsonWriter::new(&mut out);
    value
        .serialize(write::Payload::new(&mut json, &mut raw))
        .map_err(|error| BindError::new(format!("the value cannot be written as JSON: {error}")))?;
    Ok(match raw {
        Some(write::Raw::Text(text)) => Encoded::Text(text.into()),
        Some(write::Raw::Binary(bytes)) => Encoded::Binary(bytes.into()),
        None => Encoded::Json(out.into()),
    })
}

/// `value` as a `To`, if that is what it is; otherwise `value` again.
fn same<From: 'static, To: 'static>(value: From) -> Result<To, Option<From>> {
    let mut value = Some(value);
    match (&mut value as &mut dyn Any)
        .downcast_mut::<Option<To>>()
        .and_then(Option::take)
    {
        Some(same) => Ok(same),
        None => Err(value),
    }
}

/// What to make of no value: `None` for a type that has it.
fn absent<T: DeserializeOwned + 'static>() -> Result<T, BindError> {
    T::deserialize(read::Absent).map_err(|_| BindError::missing())
}

/// What is wrong, and where if serde can tell.
fn unreadable(error: serde_path_to_error::Error<read::Error>) -> BindError {
    let path = error.path().to_string();
    let inner = error.into_inner();
    if path == "." || path == "?" {
        BindError::new(inner.to_string())
    } else {
        BindError::new(format!("`{path}`: {inner}"))
    }
}

#[cfg(test)]
pub(crate) mod round_trips;
#[cfg(test)]
mod tests;
