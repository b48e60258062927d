//! What the user writes for the host: `host.json`, and `local.settings.json` for the machine of the developer.
//!
//! Both are read as leniently as the real host reads them: comments, single quotes, bare names and trailing commas
//! pass, and members that nobody knows are ignored.

mod durable;
mod event_hubs;
mod host_json;
mod local_settings;
mod service_bus;
mod settings;

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use crate::lenient_json;

pub use durable::DurableSettings;
pub use event_hubs::EventHubSettings;
pub use host_json::{
    BlobSettings, HostJson, HttpSettings, LogLevel, MessageEncoding, QueueSettings,
};
pub use local_settings::LocalSettings;
pub use service_bus::ServiceBusSettings;

/// Why a configuration file cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read `{}`; check that it is a file and that you may read it", file.display())]
    Read {
        /// The file.
        file: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// The text is not JSON.
    #[error("`{}` is not JSON", file.display())]
    Syntax {
        /// The file.
        file: PathBuf,
        /// What is wrong, where, and what to do.
        #[source]
        source: lenient_json::Error,
    },
    /// A member has a value that cannot be used.
    #[error("`{}`: {problem}", file.display())]
    Value {
        /// The file.
        file: PathBuf,
        /// What is wrong, with the member's name, and what to do.
        problem: String,
    },
}

/// The text of a file, or nothing if there is no such file.
fn read(file: &Path) -> Result<Option<String>, ConfigError> {
    match fs::read(file) {
        Ok(bytes) => Ok(Some(decode(&bytes))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(ConfigError::Read {
            file: file.to_owned(),
            source,
        }),
    }
}

/// Decodes a text as the host does: by its byte order mark, otherwise as UTF-8, with a replacement for what is not.
fn decode(bytes: &[u8]) -> String {
    let utf_16 = |bytes: &[u8], unit: fn([u8; 2]) -> u16| {
        let (pairs, _) = bytes.as_chunks::<2>();
        let units: Vec<_> = pairs.iter().map(|pair| unit(*pair)).collect();
        String::from_utf16_lossy(&units)
    };
    match bytes {
        [0xFF, 0xFE, rest @ ..] => utf_16(rest, u16::from_le_bytes),
        [0xFE, 0xFF, rest @ ..] => utf_16(rest, u16::from_be_bytes),
        [0xEF, 0xBB, 0xBF, rest @ ..] => String::from_utf8_lossy(rest).into_owned(),
        bytes => String::from_utf8_lossy(bytes).into_owned(),
    }
}

/// The object that a text holds.
fn object(
    file: &Path,
    text: &str,
) -> Result<serde_json::Map<String, serde_json::Value>, ConfigError> {
    let value = lenient_json::parse(text).map_err(|source| ConfigError::Syntax {
        file: file.to_owned(),
        source,
    })?;
    match value {
        serde_json::Value::Object(members) => Ok(members),
        other => Err(ConfigError::Value {
            file: file.to_owned(),
            problem: format!("it holds `{other}`, but must hold an object; write `{{}}` at least"),
        }),
    }
}
