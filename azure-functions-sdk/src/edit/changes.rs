//! Files that change together: all of them, or none.

use std::{
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use tempfile::NamedTempFile;

use super::EditError;

/// New texts of files, in the order in which they are to be written.
#[derive(Debug, Default)]
pub(crate) struct Changes(Vec<Change>);

#[derive(Debug)]
struct Change {
    file: PathBuf,
    text: String,
    /// What the file held, if it was there.
    before: Option<String>,
}

impl Changes {
    /// What a file holds once the changes are made; nothing if there is no such file.
    ///
    /// # Errors
    ///
    /// When it cannot be read.
    pub(crate) fn read(&self, file: &Path) -> Result<Option<String>, EditError> {
        if let Some(change) = self.0.iter().find(|change| change.file == file) {
            return Ok(Some(change.text.clone()));
        }
        match fs::read_to_string(file) {
            Ok(text) => Ok(Some(text)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(EditError::Read {
                file: file.to_owned(),
                source,
            }),
        }
    }

    /// Gives a file a text, unless it has it already.
    ///
    /// # Errors
    ///
    /// When it is there and cannot be read.
    pub(crate) fn write(&mut self, file: PathBuf, text: String) -> Result<(), EditError> {
        if let Some(change) = self.0.iter_mut().find(|change| change.file == file) {
            change.text = text;
            return Ok(());
        }
        let before = self.read(&file)?;
        if before.as_ref() != Some(&text) {
            self.0.push(Change { file, text, before });
        }
        Ok(())
    }

    /// The files, and whether they are new.
    pub(crate) fn files(&self) -> impl Iterator<Item = (&Path, bool)> {
        let files = self.0.iter();
        files.map(|change| (change.file.as_path(), change.before.is_none()))
    }

    /// Writes every file, and puts back what was there if one cannot be written.
    ///
    /// # Errors
    ///
    /// When a file cannot be written.
    pub(crate) fn apply(&self) -> Result<(), EditError> {
        let mut folders = Vec::new();
        for (done, change) in self.0.iter().enumerate() {
            if let Err(source) = change.apply(&mut folders) {
                for change in self.0.iter().take(done).rev() {
                    change.undo();
                }
                for folder in folders.iter().rev() {
                    // One that is not empty is somebody else's by now.
                    let _ = fs::remove_dir(folder);
                }
                return Err(EditError::Write {
                    file: change.file.clone(),
                    source,
                });
            }
        }
        Ok(())
    }
}

impl Change {
    fn apply(&self, folders: &mut Vec<PathBuf>) -> io::Result<()> {
        if let Some(folder) = self.file.parent() {
            let missing = folder.ancestors().take_while(|folder| !folder.is_dir());
            let mut missing: Vec<_> = missing.map(Path::to_owned).collect();
            missing.reverse();
            for folder in missing {
                fs::create_dir(&folder)?;
                folders.push(folder);
            }
        }
        put(&self.file, &self.text)
    }

    /// Writing failed already, so that there is nobody left to tell if this fails too.
    fn undo(&self) {
        let _ = match &self.before {
            Some(text) => put(&self.file, text),
            None => fs::remove_file(&self.file),
        };
    }
}

/// Writes a file beside its place and moves it there, so that nobody sees half of it.
fn put(file: &Path, text: &str) -> io::Result<()> {
    let folder = file.parent().unwrap_or(Path::new("."));
    let Ok(metadata) = fs::metadata(file) else {
        // A new file gets the permissions that every new file gets.
        return fs::write(file, text).inspect_err(|_| {
            let _ = fs::remove_file(file);
        });
    };
    let mut new = NamedTempFile::new_in(folder)?;
    new.write_all(text.as_bytes())?;
    new.as_file().set_permissions(metadata.permissions())?;
    new.persist(file)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_or_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str| folder.path().join(name);
        fs::write(file("old"), "before").unwrap();
        fs::write(file("in_the_way"), "").unwrap();
        let mut changes = Changes::default();
        let mut write = |name: &str, text: &str| changes.write(file(name), text.to_owned());
        write("a/b/new", "not yet").unwrap();
        write("a/b/new", "new").unwrap();
        write("old", "after").unwrap();
        assert!(write("in_the_way/file", "").is_err());
        changes.0.push(Change {
            file: file("in_the_way/file"),
            text: String::new(),
            before: None,
        });
        assert!(changes.apply().is_err());
        assert_eq!(fs::read_to_string(file("old")).unwrap(), "before");
        assert!(!file("a").exists());

        changes.0.pop();
        changes.apply().unwrap();
        assert_eq!(fs::read_to_string(file("old")).unwrap(), "after");
        assert_eq!(fs::read_to_string(file("a/b/new")).unwrap(), "new");
    }
}
