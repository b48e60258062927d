//! Which files of the app's folder are in the package.

use std::{
    collections::BTreeMap,
    fs,
    path::{Component, Path, PathBuf},
};

use ignore::{
    Error,
    gitignore::{Gitignore, GitignoreBuilder},
};

use super::{HOST_JSON, LOCAL_SETTINGS, PROGRAM, PackageError, unreadable};
use crate::template;

/// What says which files stay out.
const FUNCIGNORE: &str = ".funcignore";

/// A file that belongs in the package.
#[derive(Debug)]
pub(crate) struct Entry {
    /// Where it is now.
    pub(crate) source: PathBuf,
    pub(crate) executable: bool,
}

/// The files of a package but for the program, by their paths in it.
#[derive(Debug, Default)]
pub(crate) struct Files {
    pub(crate) entries: BTreeMap<String, Entry>,
}

impl Files {
    /// Collects the files of the app in a folder, without those in the folders and files of `outputs`.
    ///
    /// # Errors
    ///
    /// There is no `host.json`, or something that cannot be in a package.
    pub(crate) fn collect(folder: &Path, outputs: &[&Path]) -> Result<Self, PackageError> {
        if !folder.join(HOST_JSON).is_file() {
            return Err(PackageError::NoHostJson(folder.to_owned()));
        }
        let root = folder.canonicalize().map_err(unreadable(folder))?;
        let mut walk = Walk {
            ignored: ignored(folder)?,
            outputs: outputs.iter().map(|path| resolved(path)).collect(),
            above: Vec::new(),
            files: Self::default(),
            folder,
            root,
        };
        let root = walk.root.clone();
        walk.enter(folder, &root)?;
        // Whatever the patterns say.
        walk.files.entries.insert(
            HOST_JSON.to_owned(),
            Entry {
                source: folder.join(HOST_JSON),
                executable: false,
            },
        );
        Ok(walk.files)
    }
}

/// A walk through the folder of an app.
#[derive(Debug)]
struct Walk<'f> {
    folder: &'f Path,
    /// The folder without links.
    root: PathBuf,
    ignored: Gitignore,
    /// What this program and cargo write, without links.
    outputs: Vec<PathBuf>,
    /// The folders from the root to the one that is read, without links.
    above: Vec<PathBuf>,
    files: Files,
}

impl Walk<'_> {
    /// Adds the files in a folder, which is `real` without links.
    fn enter(&mut self, path: &Path, real: &Path) -> Result<(), PackageError> {
        self.above.push(real.to_owned());
        let entries = fs::read_dir(path).map_err(unreadable(path))?;
        for entry in entries {
            let path = entry.map_err(unreadable(path))?.path();
            self.add(&path)?;
        }
        self.above.pop();
        Ok(())
    }

    fn add(&mut self, path: &Path) -> Result<(), PackageError> {
        let below = path.strip_prefix(self.folder).unwrap_or(path);
        let file_name = path.file_name().unwrap_or_default();
        let never = [".git", FUNCIGNORE, LOCAL_SETTINGS];
        if never
            .iter()
            .any(|name| file_name.eq_ignore_ascii_case(name))
        {
            return Ok(());
        }
        let own = fs::symlink_metadata(path).map_err(unreadable(path))?;
        // A pattern for folders is for links to folders too.
        let is_folder = path.is_dir();
        if self.ignored.matched(below, is_folder).is_ignore() {
            return Ok(());
        }
        let real = if own.is_symlink() {
            self.follow(path, below)?
        } else {
            let parent = self.above.last().unwrap_or(&self.root);
            parent.join(file_name)
        };
        if self.outputs.contains(&real) {
            return Ok(());
        }
        let found = fs::metadata(path).map_err(unreadable(path))?;
        if found.is_dir() {
            return self.enter(path, &real);
        }
        if !found.is_file() {
            return Err(PackageError::Special(below.to_owned()));
        }
        let name = name(below)?;
        if name.split('/').next() == Some(PROGRAM) {
            return Err(PackageError::Taken(PROGRAM));
        }
        let entry = Entry {
            source: path.to_owned(),
            executable: is_executable(&found),
        };
        self.files.entries.insert(name, entry);
        Ok(())
    }

    /// What a link leads to, if the package can have it.
    fn follow(&self, path: &Path, below: &Path) -> Result<PathBuf, PackageError> {
        let link = below.to_owned();
        let target = fs::read_link(path).map_err(unreadable(path))?;
        if target.is_absolute() {
            return Err(PackageError::LinkAbsolute { link, target });
        }
        let Ok(real) = path.canonicalize() else {
            return Err(PackageError::LinkBroken(link));
        };
        if !real.starts_with(&self.root) {
            return Err(PackageError::LinkOut { link, target });
        }
        if self.above.contains(&real) {
            return Err(PackageError::LinkCircle(link));
        }
        if real
            .file_name()
            .is_some_and(|name| name.eq_ignore_ascii_case(LOCAL_SETTINGS))
        {
            return Err(PackageError::LinkSecret(link));
        }
        Ok(real)
    }
}

/// What `.funcignore` says, or the one of a new app if there is none.
fn ignored(folder: &Path) -> Result<Gitignore, PackageError> {
    let mut builder = GitignoreBuilder::new("");
    let file = folder.join(FUNCIGNORE);
    let text = match fs::read_to_string(&file) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            template::funcignore().to_owned()
        }
        Err(error) => return Err(unreadable(&file)(error)),
    };
    for (line, pattern) in (1..).zip(text.lines()) {
        let added = builder.add_line(None, pattern);
        added.map_err(|error| PackageError::Ignore {
            line,
            problem: problem(&error),
        })?;
    }
    builder.build().map_err(|error| PackageError::Ignore {
        line: 1,
        problem: problem(&error),
    })
}

/// What is wrong, without the places that the crate adds.
fn problem(error: &Error) -> String {
    match error {
        Error::WithLineNumber { err, .. } | Error::WithPath { err, .. } => problem(err),
        Error::Glob { err, .. } => err.clone(),
        other => other.to_string(),
    }
}

/// The path of a file in the package.
fn name(below: &Path) -> Result<String, PackageError> {
    let invalid = || PackageError::Name(below.to_owned());
    let mut parts = Vec::new();
    for component in below.components() {
        match component {
            Component::Normal(part) => parts.push(part.to_str().ok_or_else(invalid)?),
            _ => return Err(invalid()),
        }
    }
    let name = parts.join("/");
    if name.contains('\\') {
        return Err(invalid());
    }
    Ok(name)
}

/// A path without links, as far as it exists.
fn resolved(path: &Path) -> PathBuf {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    if let Ok(real) = absolute.canonicalize() {
        return real;
    }
    match (absolute.parent(), absolute.file_name()) {
        (Some(parent), Some(name)) => resolved(parent).join(name),
        _ => absolute,
    }
}

#[cfg(unix)]
fn is_executable(file: &fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt as _;

    file.permissions().mode() & 0o111 != 0
}

#[cfg(not(unix))]
fn is_executable(_: &fs::Metadata) -> bool {
    false
}
