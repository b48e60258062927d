//! The `container/blob` of a blob binding, once its template is resolved.

use std::{fmt, net::IpAddr};

use azure_functions_shared::storage_name::{self, StorageNameError};
use http::Uri;
use percent_encoding::percent_decode_str;

/// A blob by its container and name.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct BlobPath {
    /// The container.
    pub container: String,
    /// The name of the blob within it.
    pub blob: String,
}

/// What is wrong with the path of a blob.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BlobPathError {
    /// It does not name a container and a blob.
    #[error("the blob path `{0}` names no container and blob; write it as `container/blob`")]
    Shape(String),
    /// The storage service would refuse a name.
    #[error("the blob path `{path}` cannot be used: {error}")]
    Name {
        /// The whole path.
        path: String,
        /// What is wrong with the name.
        error: StorageNameError,
    },
}

impl BlobPath {
    /// Reads `container/blob` or the `http` address of a blob.
    ///
    /// # Errors
    ///
    /// Fails if a part is missing, or the storage service would refuse it.
    pub fn parse(text: &str) -> Result<Self, BlobPathError> {
        let shape = || BlobPathError::Shape(text.to_owned());
        let path = if text.starts_with("http://") || text.starts_with("https://") {
            from_address(text).ok_or_else(shape)?
        } else {
            let (container, blob) = text.split_once('/').ok_or_else(shape)?;
            if container.is_empty() || blob.is_empty() || container.contains(':') {
                return Err(shape());
            }
            Self {
                container: container.to_owned(),
                blob: blob.to_owned(),
            }
        };
        let named = |error| BlobPathError::Name {
            path: text.to_owned(),
            error,
        };
        storage_name::container(&path.container).map_err(named)?;
        storage_name::blob(&path.blob).map_err(named)?;
        Ok(path)
    }
}

impl fmt::Display for BlobPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.container, self.blob)
    }
}

/// Reads an address. A host that is a number, as the emulator's, has the account's name as its first segment.
fn from_address(text: &str) -> Option<BlobPath> {
    let uri: Uri = text.parse().ok()?;
    let mut path = uri
        .path()
        .strip_prefix('/')
        .filter(|path| !path.is_empty())?;
    let host = uri.host()?.trim_matches(['[', ']']);
    if host.parse::<IpAddr>().is_ok() {
        path = path.split_once('/')?.1;
    }
    let path = percent_decode_str(path).decode_utf8().ok()?;
    let (container, blob) = path.split_once('/').unwrap_or(("$root", &path));
    Some(BlobPath {
        container: container.to_owned(),
        blob: blob.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::BlobPath;

    #[test]
    fn paths() {
        for (text, wanted) in [
            ("abc/d/e", Ok("abc/d/e")),
            ("http://[::1]:10000/account/abc/d%2Fe", Ok("abc/d/e")),
            ("http://host/abc/%FF", Err("names no container and blob")),
            ("http://host", Err("names no container and blob")),
            ("c:/abc", Err("names no container and blob")),
            ("aB/c", Err("`aB/c` cannot be used: the container name")),
        ] {
            match (BlobPath::parse(text), wanted) {
                (Ok(path), Ok(wanted)) => assert_eq!(path.to_string(), wanted),
                (Err(error), Err(wanted)) => assert!(error.to_string().contains(wanted), "{error}"),
                (result, wanted) => panic!("{text}: {result:?}, not {wanted:?}"),
            }
        }
    }
}
