//! Values as JSON texts, and errors that say where.

use serde::{Serialize, de::DeserializeOwned};

/// The text of a value; `None` for one that is `null`, because that is how the host says "no value".
///
/// # Errors
///
/// When serde cannot write it. The text says where.
pub(crate) fn write<T: Serialize>(value: &T) -> Result<Option<String>, String> {
    let mut text = Vec::new();
    let mut serializer = serde_json::Serializer::new(&mut text);
    serde_path_to_error::serialize(value, &mut serializer).map_err(|error| at(&error))?;
    let text = String::from_utf8(text).map_err(|error| error.to_string())?;
    Ok(Some(text).filter(|text| text != "null"))
}

/// The value that a text is. No text is `null`.
///
/// # Errors
///
/// When it is not of the type. The text says where.
pub(crate) fn read<T: DeserializeOwned>(text: Option<&str>) -> Result<T, String> {
    let mut deserializer = serde_json::Deserializer::from_str(text.unwrap_or("null"));
    let value = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| at(&error))?;
    deserializer.end().map_err(|error| error.to_string())?;
    Ok(value)
}

fn at(error: &serde_path_to_error::Error<serde_json::Error>) -> String {
    let path = error.path().to_string();
    if path == "." {
        error.inner().to_string()
    } else {
        format!("at `{path}`: {}", error.inner())
    }
}
