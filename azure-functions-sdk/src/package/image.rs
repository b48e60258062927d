//! The folder that an image is made of.

use std::{
    fs,
    path::{Path, PathBuf},
};

use azure_functions_host::config::HostJson;

use super::{Files, PROGRAM, PackageError, Part, unreadable, unwritable};
use crate::{error::Failure, template};

/// The file that `docker build` reads.
const DOCKERFILE: &str = "Dockerfile";
/// The folder of what the host calls a worker: its configuration, and the program.
const WORKER: &str = "worker";
/// The folder of the app, as in a zip but for the program.
const SITE: &str = "site";
/// What says how to start the worker.
const WORKER_CONFIG: &str = "worker.config.json";

/// Writes the folder beside its place, and moves it there; it replaces one that was written before.
///
/// # Errors
///
/// A file cannot be read or written, or there is another folder.
pub(crate) fn write_context(
    out: &Path,
    program: &Path,
    files: &Files,
    image: &str,
) -> Result<Vec<Part>, Failure> {
    let replaced = out.exists();
    if replaced && !is_ours(out) {
        return Err(PackageError::OutIsForeign(out.to_owned()).into());
    }
    let parent = match out.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    fs::create_dir_all(parent).map_err(unwritable(parent))?;
    let around = tempfile::Builder::new()
        .prefix(".cargo-func-")
        .tempdir_in(parent)
        .map_err(|error| unwritable(out)(error.kind().into()))?;
    let folder = around.path().join("image");
    let mut context = Context {
        folder: folder.clone(),
        parts: Vec::new(),
    };
    context.copy(&format!("{WORKER}/{PROGRAM}"), program, true)?;
    let config = template::worker_config();
    context.write(&format!("{WORKER}/{WORKER_CONFIG}"), config)?;
    for (name, entry) in &files.entries {
        context.copy(&format!("{SITE}/{name}"), &entry.source, entry.executable)?;
    }
    context.write(DOCKERFILE, &dockerfile(image))?;
    HostJson::read(&folder.join(SITE), [])?;
    let mut parts = context.parts;
    parts.sort_by(|one, other| one.path.cmp(&other.path));
    if replaced {
        fs::remove_dir_all(out).map_err(unwritable(out))?;
    }
    fs::rename(&folder, out).map_err(unwritable(out))?;
    Ok(parts)
}

/// A folder that is written.
#[derive(Debug)]
struct Context {
    folder: PathBuf,
    parts: Vec<Part>,
}

impl Context {
    fn write(&mut self, path: &str, text: &str) -> Result<(), PackageError> {
        let place = self.place(path)?;
        fs::write(&place, text).map_err(unwritable(&place))?;
        self.done(path, text.len() as u64, false);
        Ok(())
    }

    fn copy(&mut self, path: &str, source: &Path, executable: bool) -> Result<(), PackageError> {
        let place = self.place(path)?;
        let size = fs::copy(source, &place).map_err(unreadable(source))?;
        set_mode(&place, executable).map_err(unwritable(&place))?;
        self.done(path, size, executable);
        Ok(())
    }

    /// Where a path is, in a folder that exists.
    fn place(&self, path: &str) -> Result<PathBuf, PackageError> {
        let place = self.folder.join(path);
        let parent = place.parent().unwrap_or(&place);
        fs::create_dir_all(parent).map_err(unwritable(parent))?;
        Ok(place)
    }

    fn done(&mut self, path: &str, size: u64, executable: bool) {
        self.parts.push(Part {
            path: path.to_owned(),
            size,
            packed: size,
            executable,
        });
    }
}

/// Whether a folder is one that was written here, or empty.
fn is_ours(folder: &Path) -> bool {
    let Ok(mut entries) = fs::read_dir(folder) else {
        return false;
    };
    let has = |path: &str| folder.join(path).is_file();
    entries.next().is_none() || (has(DOCKERFILE) && has(&format!("{WORKER}/{WORKER_CONFIG}")))
}

/// The folder of the worker has to be called like the runtime.
fn dockerfile(image: &str) -> String {
    format!(
        "# Written by `cargo func pack --container`.
FROM {image}
ENV AzureWebJobsScriptRoot=/home/site/wwwroot \\
    AzureFunctionsJobHost__Logging__Console__IsEnabled=true \\
    FUNCTIONS_WORKER_RUNTIME=native
COPY {WORKER}/ /azure-functions-host/workers/native/
COPY {SITE}/ /home/site/wwwroot/
"
    )
}

#[cfg(unix)]
fn set_mode(file: &Path, executable: bool) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;

    let mode = if executable { 0o755 } else { 0o644 };
    fs::set_permissions(file, fs::Permissions::from_mode(mode))
}

#[cfg(not(unix))]
fn set_mode(_: &Path, _: bool) -> std::io::Result<()> {
    Ok(())
}
