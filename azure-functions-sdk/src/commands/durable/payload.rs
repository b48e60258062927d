//! What an instance or an event is given: JSON from the command line or from a file.

use std::{
    fs,
    io::{self, Read as _},
    path::Path,
};

use super::error::DurableError;

/// Reads what the command line gives, which has to be JSON.
///
/// # Errors
///
/// A file cannot be read, or it is not JSON.
pub(super) fn read(
    option: &'static str,
    text: Option<&str>,
    file: Option<&Path>,
) -> Result<Option<String>, DurableError> {
    let (text, what) = match (text, file) {
        (Some(text), _) => (text.to_owned(), option.to_owned()),
        (None, None) => return Ok(None),
        (None, Some(file)) => {
            let text = content(file).map_err(|source| DurableError::Unreadable {
                file: file.to_owned(),
                source,
            })?;
            (text, file.display().to_string())
        }
    };
    match serde_json::from_str::<serde::de::IgnoredAny>(&text) {
        Ok(_) => Ok(Some(text)),
        Err(source) => Err(DurableError::NotJson {
            what,
            quoted: serde_json::Value::from(text).to_string(),
            source,
        }),
    }
}

fn content(file: &Path) -> io::Result<String> {
    if file == Path::new("-") {
        let mut content = String::new();
        io::stdin().lock().read_to_string(&mut content)?;
        return Ok(content);
    }
    fs::read_to_string(file)
}
