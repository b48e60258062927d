//! Watching the sources of an app: whatever the system tells, a change is what differs from the last look.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, SystemTime},
};

use ignore::{DirEntry, WalkBuilder};
use notify::{EventKind, RecommendedWatcher, RecursiveMode, Watcher as _};
use tokio::sync::{Notify, mpsc};

use crate::{
    cargo::App,
    error::{Explain, Failure},
};

/// How long the files must have been left alone: editors write in several steps.
const QUIET: Duration = Duration::from_millis(50);
/// How often to wait for that, so that a file that is written all the time holds up nothing.
const MOST: usize = 20;
/// The file by which programs mark a folder that can be made again, such as the target directory.
const CACHE: &str = "CACHEDIR.TAG";
/// What cargo itself writes when it builds.
const LOCK: &str = "Cargo.lock";

/// The sources cannot be watched.
#[derive(Debug, thiserror::Error)]
#[error("cannot watch `{}`", .path.display())]
struct WatchError {
    path: PathBuf,
    source: notify::Error,
}

impl Explain for WatchError {
    fn hint(&self) -> Option<String> {
        Some(match self.source.kind {
            notify::ErrorKind::MaxFilesWatch => {
                "raise `fs.inotify.max_user_watches`, or run with `--no-watch`".to_owned()
            }
            _ => "run with `--no-watch`".to_owned(),
        })
    }
}

/// The files of an app as they were found: when each was written, and how long it is.
type Files = BTreeMap<PathBuf, (Option<SystemTime>, u64)>;

/// What is watched.
#[derive(Debug, Clone)]
struct Sources {
    folders: Vec<PathBuf>,
    /// These count whatever ignores them.
    files: Vec<PathBuf>,
}

/// Watches the sources of an app, the manifest of its workspace, and these files; what arrives are the paths that changed.
///
/// At most one change waits to be received; later ones are found when it has been.
///
/// # Errors
///
/// When the system does not let a folder be watched.
pub(crate) fn start(
    app: &App,
    files: Vec<PathBuf>,
) -> Result<mpsc::Receiver<Vec<PathBuf>>, Failure> {
    let sources = Sources {
        folders: app.folders(),
        files: files
            .into_iter()
            .chain([app.workspace_manifest()])
            .collect(),
    };
    let mut watched = Watched::new()?;
    let (mut seen, folders) = sources.look();
    watched.add(folders)?;
    let (sender, changes) = mpsc::channel(1);
    tokio::spawn(async move {
        loop {
            tokio::select! {
                () = watched.told() => {}
                () = sender.closed() => return,
            }
            let look = sources.clone();
            let Ok((now, folders)) = tokio::task::spawn_blocking(move || look.look()).await else {
                return;
            };
            // If a new folder cannot be watched, what is in it is found with the next change elsewhere.
            let _ = watched.add(folders);
            let different = difference(&seen, &now);
            seen = now;
            if !different.is_empty() && sender.send(different).await.is_err() {
                return;
            }
        }
    });
    Ok(changes)
}

impl Sources {
    /// All files that count, and the folders that they are in.
    fn look(&self) -> (Files, BTreeSet<PathBuf>) {
        let mut files = Files::new();
        let mut folders = BTreeSet::new();
        for folder in &self.folders {
            let walk = WalkBuilder::new(folder)
                // An app is an app without git, too.
                .require_git(false)
                .filter_entry(|entry| entry.depth() == 0 || !is_cache(entry))
                .build();
            for entry in walk.flatten() {
                if entry.file_type().is_some_and(|kind| kind.is_dir()) {
                    folders.insert(entry.into_path());
                } else if entry.file_name() != LOCK
                    && let Ok(metadata) = entry.metadata()
                {
                    files.insert(
                        entry.into_path(),
                        (metadata.modified().ok(), metadata.len()),
                    );
                }
            }
        }
        for file in &self.files {
            folders.extend(
                file.parent()
                    .filter(|folder| folder.is_dir())
                    .map(Path::to_owned),
            );
            if let Ok(metadata) = file.metadata() {
                files.insert(file.clone(), (metadata.modified().ok(), metadata.len()));
            }
        }
        (files, folders)
    }
}

fn is_cache(entry: &DirEntry) -> bool {
    entry.file_type().is_some_and(|kind| kind.is_dir()) && entry.path().join(CACHE).exists()
}

/// The files that are new, gone, or not as they were.
fn difference(before: &Files, now: &Files) -> Vec<PathBuf> {
    let new = now
        .iter()
        .filter(|(path, file)| before.get(*path) != Some(file));
    let gone = before.iter().filter(|(path, _)| !now.contains_key(*path));
    new.chain(gone).map(|(path, _)| path.clone()).collect()
}

/// The folders that the system watches.
#[derive(Debug)]
struct Watched {
    watcher: RecommendedWatcher,
    folders: BTreeSet<PathBuf>,
    told: Arc<Notify>,
}

impl Watched {
    fn new() -> Result<Self, WatchError> {
        let told = Arc::new(Notify::new());
        let tell = Arc::clone(&told);
        let watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
            // To look is an event too, which must not make anybody look.
            if !event.is_ok_and(|event| matches!(event.kind, EventKind::Access(_))) {
                tell.notify_one();
            }
        });
        let watcher = watcher.map_err(|source| WatchError {
            path: PathBuf::new(),
            source,
        })?;
        Ok(Self {
            watcher,
            folders: BTreeSet::new(),
            told,
        })
    }

    /// Watches these folders from now on, and no other.
    fn add(&mut self, folders: BTreeSet<PathBuf>) -> Result<(), WatchError> {
        // The system forgets a folder that is gone; one that came again is another.
        self.folders.retain(|folder| folders.contains(folder));
        for folder in folders {
            if self.folders.contains(&folder) {
                continue;
            }
            match self.watcher.watch(&folder, RecursiveMode::NonRecursive) {
                Ok(()) => {
                    self.folders.insert(folder);
                }
                // It went away meanwhile.
                Err(_) if !folder.exists() => {}
                Err(source) => {
                    return Err(WatchError {
                        path: folder,
                        source,
                    });
                }
            }
        }
        Ok(())
    }

    /// Waits until something happened, and then until nothing does.
    async fn told(&self) {
        self.told.notified().await;
        for _ in 0..MOST {
            if tokio::time::timeout(QUIET, self.told.notified())
                .await
                .is_err()
            {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn what_is_ignored_is_not_looked_at_but_settings_are() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        for (file, text) in [
            ("src/main.rs", "fn main() {}"),
            ("src/functions/mod.rs", ""),
            ("target/CACHEDIR.TAG", ""),
            ("target/debug/app", "x"),
            ("out/data", ""),
            (".hidden/file", ""),
            ("local.settings.json", "{}"),
            (".gitignore", "/out/\n/local.settings.json\n*.log\n"),
            ("a.log", ""),
            ("Cargo.lock", ""),
        ] {
            let path = root.join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let sources = Sources {
            folders: vec![root.to_owned()],
            files: vec![root.join("local.settings.json"), root.join("host.json")],
        };
        let relative = |paths: Vec<PathBuf>| {
            let paths = paths.iter().map(|path| path.strip_prefix(root).unwrap());
            paths
                .map(|path| path.display().to_string())
                .collect::<Vec<_>>()
        };
        let (before, folders) = sources.look();
        assert_eq!(
            relative(before.keys().cloned().collect()),
            ["local.settings.json", "src/functions/mod.rs", "src/main.rs"]
        );
        assert_eq!(
            relative(folders.into_iter().collect()),
            ["", "src", "src/functions"]
        );
        fs::write(root.join("src/main.rs"), "fn main() { }").unwrap();
        fs::write(root.join("target/debug/app"), "other").unwrap();
        fs::write(root.join("host.json"), "{}").unwrap();
        fs::remove_file(root.join("src/functions/mod.rs")).unwrap();
        let (now, _) = sources.look();
        assert_eq!(
            relative(difference(&before, &now)),
            ["host.json", "src/main.rs", "src/functions/mod.rs"]
        );
    }
}
