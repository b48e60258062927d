//! Outputs that have to be JSON objects: documents and rows.

use serde::Serialize;
use serde_json::{Value, value::RawValue};

use crate::{BindError, Data};

/// The JSON object that `content` is; `what` says what the host makes of it.
pub(super) fn output<T: Serialize + 'static>(content: &T, what: &str) -> Result<Data, BindError> {
    let bytes = Data::encode(content)?.into_bytes()?;
    object(&bytes, what).map(|object| Data::json(object.get()))
}

/// [`output`] as an element of an array.
pub(super) fn element<T: Serialize + 'static>(content: &T, what: &str) -> Result<Value, BindError> {
    let bytes = Data::encode(content)?.into_bytes()?;
    serde_json::from_str(object(&bytes, what)?.get()).map_err(|error| no_json(&error, what))
}

fn object<'a>(bytes: &'a [u8], what: &str) -> Result<&'a RawValue, BindError> {
    let object: &RawValue = serde_json::from_slice(bytes).map_err(|error| no_json(&error, what))?;
    if object.get().starts_with('{') {
        return Ok(object);
    }
    let start: String = object.get().chars().take(20).collect();
    Err(BindError::new(format!(
        "{what} is a JSON object, but this is `{start}`; write a struct or a map"
    )))
}

fn no_json(error: &serde_json::Error, what: &str) -> BindError {
    BindError::new(format!(
        "{what} is a JSON object, but this is no JSON: {error}"
    ))
}
