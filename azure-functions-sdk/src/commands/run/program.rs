//! The program of the app: built by cargo, and run from a place where the next build does not overwrite it.

use std::{
    io,
    path::{Path, PathBuf},
    time::SystemTime,
};

use tempfile::TempDir;

use crate::{
    cargo::App,
    cli::{CargoArgs, RunArgs},
    error::{Explain, Failure},
    render::Terminal,
};

/// How many builds are kept: the one that runs, and the one before, which may still answer.
const KEPT: usize = 2;

/// The built program could not be put in a place of its own.
#[derive(Debug, thiserror::Error)]
#[error("cannot copy `{}` to `{}`", .from.display(), .to.display())]
struct CopyError {
    from: PathBuf,
    to: PathBuf,
    source: io::Error,
}

impl Explain for CopyError {}

/// What tells one build from another.
#[derive(Debug, PartialEq, Eq)]
struct Build {
    modified: Option<SystemTime>,
    length: u64,
}

/// The builds of an app.
#[derive(Debug)]
pub(super) struct Program<'r> {
    app: App,
    cargo: &'r CargoArgs,
    flags: Vec<&'static str>,
    last: Option<Build>,
    /// Where the last build is, until it runs.
    new: Option<TempDir>,
    /// Where those are that run or have run; they are deleted with this.
    places: Vec<TempDir>,
}

impl<'r> Program<'r> {
    pub(super) fn new(app: &App, args: &'r RunArgs, terminal: &Terminal) -> Self {
        Self {
            app: app.clone(),
            cargo: &args.cargo,
            flags: terminal.cargo_flags(),
            last: None,
            new: None,
            places: Vec::new(),
        }
    }

    /// Builds the program and says where it is; nothing if it is the same as before.
    ///
    /// Dropping the future ends cargo.
    ///
    /// # Errors
    ///
    /// When cargo fails, or the program cannot be copied.
    pub(super) async fn build(&mut self) -> Result<Option<PathBuf>, Failure> {
        let program = self.app.build(self.cargo, &self.flags).await?;
        let build = std::fs::metadata(&program).ok().map(|metadata| Build {
            modified: metadata.modified().ok(),
            length: metadata.len(),
        });
        if build.is_some() && build == self.last {
            return Ok(None);
        }
        let (place, program) = copy(&program, &self.app.own_target())?;
        self.last = build;
        self.new = Some(place);
        Ok(Some(program))
    }

    /// The last build runs now.
    pub(super) fn keep(&mut self) {
        self.places.extend(self.new.take());
        if self.places.len() > KEPT {
            self.places.remove(0);
        }
    }

    /// The last build does not run, and the next one is another in any case.
    pub(super) fn forget(&mut self) {
        self.last = None;
        self.new = None;
    }

    /// The build that runs.
    pub(super) fn current(&self) -> Option<PathBuf> {
        let place = self.places.last()?;
        let mut entries = std::fs::read_dir(place.path()).ok()?;
        Some(entries.next()?.ok()?.path())
    }
}

/// Copies a program to a folder of its own in another.
fn copy(program: &Path, folder: &Path) -> Result<(TempDir, PathBuf), CopyError> {
    let failed = |to: &Path| {
        let (from, to) = (program.to_owned(), to.to_owned());
        move |source| CopyError { from, to, source }
    };
    std::fs::create_dir_all(folder).map_err(failed(folder))?;
    let place = tempfile::Builder::new().prefix("run-").tempdir_in(folder);
    let place = place.map_err(failed(folder))?;
    let name = program.file_name().unwrap_or("app".as_ref());
    let to = place.path().join(name);
    std::fs::copy(program, &to).map_err(failed(&to))?;
    Ok((place, to))
}
