//! What a function is given.

use std::{
    fs,
    io::{self, Read as _},
    path::Path,
};

use azure_functions_host::{config::LocalSettings, expression::resolve_settings};
use serde_json::{Map, Value};

use super::error::InvokeError;
use crate::{cli::EventArgs, client::Described, samples};

/// What a function is given.
#[derive(Debug)]
pub(super) enum Event {
    /// Nothing.
    None,
    /// What the command line says, or names.
    Given(Vec<u8>),
    /// The built-in event of that name; the first without one.
    Sample(String),
}

impl Event {
    /// Reads what the command line says.
    ///
    /// # Errors
    ///
    /// A file cannot be read, or one that is called JSON is not.
    pub(super) fn read(args: &EventArgs) -> Result<Self, InvokeError> {
        if let Some(text) = &args.data {
            return Ok(Self::Given(text.clone().into_bytes()));
        }
        if let Some(name) = &args.sample {
            return Ok(Self::Sample(name.clone()));
        }
        let Some(file) = &args.file else {
            return Ok(Self::None);
        };
        let content = content(file).map_err(|source| InvokeError::File {
            file: file.clone(),
            source,
        })?;
        let is_json = file
            .extension()
            .is_some_and(|ending| ending.eq_ignore_ascii_case("json"));
        if is_json && let Err(source) = serde_json::from_slice::<serde::de::IgnoredAny>(&content) {
            return Err(InvokeError::BrokenFile {
                file: file.clone(),
                source,
            });
        }
        Ok(Self::Given(content))
    }
}

fn content(file: &Path) -> io::Result<Vec<u8>> {
    if file == Path::new("-") {
        let mut content = Vec::new();
        io::stdin().lock().read_to_end(&mut content)?;
        return Ok(content);
    }
    fs::read(file)
}

/// The text that bytes are.
pub(super) fn text(bytes: &[u8]) -> Result<String, InvokeError> {
    let text = std::str::from_utf8(bytes).map_err(|_| InvokeError::NotText)?;
    Ok(text.to_owned())
}

/// Says where a text is not JSON.
pub(super) fn check_json(kind: &str, text: &str) -> Result<(), InvokeError> {
    match serde_json::from_str::<serde::de::IgnoredAny>(text) {
        Ok(_) => Ok(()),
        Err(source) => Err(InvokeError::NotJson {
            kind: kind.to_owned(),
            source,
        }),
    }
}

/// The built-in event of that name for a trigger.
pub(super) fn sample(
    function: &Described,
    trigger: &Map<String, Value>,
    name: &str,
) -> Result<String, InvokeError> {
    samples::find(trigger, function.bindings(), name).map_err(|error| InvokeError::NoSample {
        kind: samples::text(trigger, "type")
            .unwrap_or_default()
            .to_owned(),
        name: name.to_owned(),
        known: error.known,
    })
}

/// The place of a made-up blob, if the trigger is one of blobs.
pub(super) fn blob(trigger: &Map<String, Value>, local: &LocalSettings) -> Option<String> {
    let kind = samples::text(trigger, "type")?;
    let path = samples::text(trigger, "path")?;
    if !kind.eq_ignore_ascii_case("blobTrigger") {
        return None;
    }
    let setting = |name: &str| {
        std::env::var(name)
            .ok()
            .or_else(|| local.values.get(name).cloned())
    };
    let path = resolve_settings(path, setting).unwrap_or_else(|_| path.to_owned());
    Some(samples::blob(&path))
}
