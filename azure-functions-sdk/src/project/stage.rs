//! A place beside the target in which a project is written, so that there is all of it or nothing.

use std::{
    fs, io,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use tempfile::TempDir;

use super::ProjectError;

/// A folder that becomes the target when everything is in it.
#[derive(Debug)]
pub(crate) struct Stage {
    target: PathBuf,
    /// Holds the folder, which has the permissions of any new folder, unlike this one.
    around: TempDir,
    /// Folders above the target that were not there.
    made: Vec<PathBuf>,
}

impl Stage {
    /// Makes the place.
    ///
    /// # Errors
    ///
    /// The target is not empty, or cannot be written.
    pub(crate) fn new(target: &Path) -> Result<Self, ProjectError> {
        let failed = |source| ProjectError::Write {
            folder: target.to_owned(),
            source,
        };
        match fs::read_dir(target) {
            Ok(mut entries) => {
                if entries.next().is_some() {
                    return Err(ProjectError::NotEmpty(target.to_owned()));
                }
            }
            Err(error) if error.kind() == io::ErrorKind::NotADirectory => {
                let mut above = target.ancestors();
                let file = above.find(|path| path.exists()).unwrap_or(target);
                return Err(ProjectError::NotAFolder(file.to_owned()));
            }
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed(error)),
            Err(_) => {}
        }
        let parent = match target.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        let mut missing: Vec<_> = parent
            .ancestors()
            .take_while(|folder| !folder.as_os_str().is_empty() && !folder.exists())
            .map(Path::to_owned)
            .collect();
        missing.reverse();
        let mut made = Vec::new();
        for folder in missing {
            if let Err(error) = fs::create_dir(&folder) {
                remove(&made);
                return Err(failed(error));
            }
            made.push(folder);
        }
        let around = tempfile::Builder::new()
            .prefix(".cargo-func-")
            .tempdir_in(parent);
        let around = around.and_then(|around| {
            fs::create_dir(around.path().join("app"))?;
            Ok(around)
        });
        match around {
            Ok(around) => Ok(Self {
                target: target.to_owned(),
                around,
                made,
            }),
            Err(error) => {
                remove(&made);
                // Without the path of a folder that nobody has heard of.
                Err(failed(error.kind().into()))
            }
        }
    }

    /// The folder as long as it is not the target.
    pub(crate) fn folder(&self) -> PathBuf {
        self.around.path().join("app")
    }

    /// Makes a repository of git in it.
    ///
    /// # Errors
    ///
    /// There is no git, or it failed.
    pub(crate) fn git(&self) -> Result<(), ProjectError> {
        let output = Command::new("git")
            .args(["init", "--quiet"])
            .arg(self.folder())
            .stdin(Stdio::null())
            .output()
            .map_err(|error| ProjectError::Git(error.to_string()))?;
        if output.status.success() {
            return Ok(());
        }
        let text = String::from_utf8_lossy(&output.stderr);
        Err(ProjectError::Git(text.trim().replace('\n', "; ")))
    }

    /// Moves everything to the target.
    ///
    /// # Errors
    ///
    /// It cannot be moved; then the target is as it was.
    pub(crate) fn finish(mut self) -> Result<(), ProjectError> {
        let result = if self.target.is_dir() {
            self.fill()
        } else {
            fs::rename(self.folder(), &self.target)
        };
        result.map_err(|source| self.failed(source))?;
        self.made.clear();
        Ok(())
    }

    /// Fills a folder that is there already; the shell may stand in it, so that it has to stay.
    fn fill(&self) -> io::Result<()> {
        let mut moved = Vec::new();
        let mut result = Ok(());
        for entry in fs::read_dir(self.folder())? {
            let entry = entry?;
            let place = self.target.join(entry.file_name());
            result = fs::rename(entry.path(), &place);
            if result.is_err() {
                break;
            }
            moved.push((place, entry.path()));
        }
        if result.is_err() {
            for (place, back) in moved {
                // It came from there a moment ago.
                let _ = fs::rename(place, back);
            }
        }
        result
    }

    fn failed(&self, source: io::Error) -> ProjectError {
        ProjectError::Write {
            folder: self.target.clone(),
            source,
        }
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        // What is in the folders has to go before them.
        let _ = fs::remove_dir_all(self.around.path());
        remove(&self.made);
    }
}

/// Removes folders that were made for nothing.
fn remove(folders: &[PathBuf]) {
    for folder in folders.iter().rev() {
        let _ = fs::remove_dir(folder);
    }
}
