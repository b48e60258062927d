//! The keys of an app that asks for keys: in a file, so that they are the same at the next run.

use std::{
    fs::OpenOptions,
    io::{self, Write as _},
    path::{Path, PathBuf},
    sync::Arc,
};

use azure_functions_host::Keys;

use crate::error::Explain;

/// The keys, and where they stand.
#[derive(Debug, Clone)]
pub(super) struct KeyFile {
    path: PathBuf,
    keys: Arc<Keys>,
}

/// Why the keys cannot be had.
#[derive(Debug, thiserror::Error)]
pub(super) enum KeyFileError {
    /// The file cannot be read or written.
    #[error("cannot {what} the keys in `{}`", .path.display())]
    Io {
        what: &'static str,
        path: PathBuf,
        source: io::Error,
    },
    /// It holds something else.
    #[error("`{}` does not hold keys", .path.display())]
    Content {
        path: PathBuf,
        source: serde_json::Error,
    },
}

impl Explain for KeyFileError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Io { .. } => None,
            Self::Content { .. } => {
                Some("correct it, or delete it to have new keys made".to_owned())
            }
        }
    }
}

impl KeyFile {
    /// The keys in that file; new ones if it does not exist.
    ///
    /// # Errors
    ///
    /// The file cannot be read, written or understood.
    pub(super) fn open(path: PathBuf) -> Result<Self, KeyFileError> {
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Self::make(path),
            Err(source) => {
                let what = "read";
                return Err(KeyFileError::Io { what, path, source });
            }
        };
        let mut keys: Keys = match serde_json::from_str(&text) {
            Ok(keys) => keys,
            Err(source) => return Err(KeyFileError::Content { path, source }),
        };
        // One that was made before an extension had a key gets that.
        if keys.complete() {
            return Self::keep(path, keys);
        }
        Ok(Self {
            path,
            keys: Arc::new(keys),
        })
    }

    fn make(path: PathBuf) -> Result<Self, KeyFileError> {
        Self::keep(path, Keys::generate())
    }

    fn keep(path: PathBuf, keys: Keys) -> Result<Self, KeyFileError> {
        match serde_json::to_string_pretty(&keys) {
            Ok(text) => {
                if let Err(source) = write(&path, &text) {
                    let what = "write";
                    return Err(KeyFileError::Io { what, path, source });
                }
            }
            Err(source) => return Err(KeyFileError::Content { path, source }),
        }
        Ok(Self {
            path,
            keys: Arc::new(keys),
        })
    }

    pub(super) fn keys(&self) -> &Arc<Keys> {
        &self.keys
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

/// Writes a file that nobody else may read.
fn write(path: &Path, text: &str) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
        .open(path)?
        .write_all(format!("{text}\n").as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_made_once_and_only_for_their_owner() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("func/app/keys.json");
        let made = KeyFile::open(path.clone()).unwrap();
        let read = KeyFile::open(path.clone()).unwrap();
        assert_eq!(made.keys(), read.keys());
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let rights = std::fs::metadata(&path).unwrap().permissions().mode();
            assert_eq!(rights & 0o777, 0o600);
        }
        std::fs::write(
            &path,
            r#"{ "masterKey": "m", "systemKeys": { "EventGrid_extension": "e" } }"#,
        )
        .unwrap();
        let completed = KeyFile::open(path.clone()).unwrap();
        let Keys { system_keys, .. } = &**completed.keys();
        let names: Vec<_> = system_keys.keys().map(String::as_str).collect();
        assert_eq!(names, ["EventGrid_extension", "durabletask_extension"]);
        let read = KeyFile::open(path.clone()).unwrap();
        assert_eq!(completed.keys(), read.keys());
        std::fs::write(&path, "{\n  \"master\": 1\n}").unwrap();
        let error = KeyFile::open(path.clone()).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("`{}` does not hold keys", path.display())
        );
        let cause = std::error::Error::source(&error).unwrap().to_string();
        assert!(cause.contains("line 2 column 10"), "{cause}");
    }
}
