//! The zip.

use std::{
    fs::File,
    io::{self, BufWriter, Read, Write},
    path::Path,
};

use azure_functions_host::config::{ConfigError, HostJson};
use zip::{CompressionMethod, DateTime, System, ZipArchive, ZipWriter, write::SimpleFileOptions};

use super::{
    Entry, Files, HOST_JSON, LOCAL_SETTINGS, PROGRAM, PackageError, Part, unreadable, unwritable,
};
use crate::{
    error::Failure,
    program::{Image, Program},
};

/// A million bytes, as Azure counts.
const MEGABYTE: u64 = 1_000_000;

/// Writes the package beside its place, reads it again, and moves it there.
///
/// # Errors
///
/// A file cannot be read or written, the package is too large, or it is not what it should be.
pub(crate) fn write(
    out: &Path,
    program: &Path,
    files: &Files,
    limit: u64,
    image: Image,
) -> Result<Vec<Part>, Failure> {
    if out.is_dir() {
        return Err(PackageError::OutIsFolder(out.to_owned()).into());
    }
    let folder = match out.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    std::fs::create_dir_all(folder).map_err(unwritable(folder))?;
    let mut builder = tempfile::Builder::new();
    builder.prefix(".cargo-func-").suffix(".zip");
    let mut file = readable(&mut builder)
        .tempfile_in(folder)
        .map_err(|error| unwritable(out)(error.kind().into()))?;
    let program = Entry {
        source: program.to_owned(),
        executable: true,
    };
    // By their names, so that the same files make the same package.
    let mut entries: Vec<_> = files.entries.iter().collect();
    let name = PROGRAM.to_owned();
    entries.push((&name, &program));
    entries.sort_by_key(|(name, _)| *name);
    let mut zip = ZipWriter::new(BufWriter::new(file.as_file_mut()));
    for (name, entry) in &entries {
        add(&mut zip, name, entry, out)?;
    }
    let failed = |error: zip::result::ZipError| unwritable(out)(error.into());
    let mut writer = zip.finish().map_err(failed)?;
    writer.flush().map_err(unwritable(out))?;
    drop(writer);
    let size = file.as_file().metadata().map_err(unwritable(out))?.len();
    if size > limit.saturating_mul(MEGABYTE) {
        return Err(PackageError::TooLarge { limit }.into());
    }
    let parts = verify(file.path(), image)?;
    let expected = entries.iter().map(|(name, _)| name.as_str());
    if !parts.iter().map(|part| part.path.as_str()).eq(expected) {
        return Err(PackageError::Invalid {
            file: out.to_owned(),
            problem: "it does not have the files that were written to it".to_owned(),
        }
        .into());
    }
    file.persist(out)
        .map_err(|error| unwritable(out)(error.error))?;
    Ok(parts)
}

/// Reads a package, and checks that Azure can run what is in it.
///
/// # Errors
///
/// It is not a package, or the image cannot run its program.
pub(crate) fn verify(file: &Path, image: Image) -> Result<Vec<Part>, Failure> {
    let invalid = |problem: String| PackageError::Invalid {
        file: file.to_owned(),
        problem,
    };
    let opened = File::open(file).map_err(unreadable(file))?;
    let mut archive = ZipArchive::new(opened).map_err(|error| invalid(error.to_string()))?;
    let mut parts = Vec::new();
    for index in 0..archive.len() {
        let mut entry = archive
            .by_index(index)
            .map_err(|error| invalid(error.to_string()))?;
        if entry.is_dir() {
            continue;
        }
        let path = match entry.name() {
            Ok(name) => name.into_owned(),
            Err(error) => return Err(invalid(error.to_string()).into()),
        };
        let mode = entry.unix_mode().unwrap_or_default();
        if entry.enclosed_name().is_none() || path.contains('\\') || path.starts_with('/') {
            return Err(invalid(format!("its file `{path}` would be outside of the app")).into());
        }
        if entry.is_symlink() {
            return Err(invalid(format!("its file `{path}` is a link")).into());
        }
        if path.rsplit('/').next() == Some(LOCAL_SETTINGS) {
            return Err(invalid(format!("it has `{path}`, the settings of a developer")).into());
        }
        let mut kept = Vec::new();
        let broken = |error: io::Error| invalid(format!("its file `{path}` is broken: {error}"));
        if path == PROGRAM || path == HOST_JSON {
            entry.read_to_end(&mut kept).map_err(broken)?;
        } else {
            // To its end, where the checksum is compared.
            io::copy(&mut entry, &mut io::sink()).map_err(broken)?;
        }
        if path == PROGRAM {
            if mode & 0o111 == 0 {
                return Err(invalid("its program `app` is not executable".to_owned()).into());
            }
            Program::parse(&kept, Path::new(PROGRAM))?.check(image)?;
        }
        if path == HOST_JSON
            && let Some(problem) = host_json_problem(&kept)?
        {
            return Err(invalid(format!("its `{HOST_JSON}` cannot be used: {problem}")).into());
        }
        parts.push(Part {
            size: entry.size(),
            packed: entry.compressed_size(),
            executable: mode & 0o111 != 0,
            path,
        });
    }
    for name in [PROGRAM, HOST_JSON] {
        if !parts.iter().any(|part| part.path == name) {
            return Err(invalid(format!("there is no `{name}` in it, outside of folders")).into());
        }
    }
    Ok(parts)
}

fn add(
    zip: &mut ZipWriter<impl Write + io::Seek>,
    name: &str,
    entry: &Entry,
    out: &Path,
) -> Result<(), PackageError> {
    // Nothing of the machine or of the day.
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .last_modified_time(DateTime::default())
        // On Windows too, or the mode would be lost.
        .system(System::Unix)
        .unix_permissions(if entry.executable { 0o755 } else { 0o644 });
    let mut file = File::open(&entry.source).map_err(unreadable(&entry.source))?;
    zip.start_file(name, options)
        .map_err(|error| unwritable(out)(error.into()))?;
    io::copy(&mut file, zip).map_err(unwritable(out))?;
    Ok(())
}

/// Reads the settings of the host as the host does, and says what is wrong with them.
fn host_json_problem(bytes: &[u8]) -> Result<Option<String>, PackageError> {
    let folder = tempfile::tempdir().map_err(unwritable(Path::new(HOST_JSON)))?;
    let file = folder.path().join(HOST_JSON);
    std::fs::write(&file, bytes).map_err(unwritable(&file))?;
    Ok(match HostJson::read(folder.path(), []) {
        Ok(_) => None,
        // The file itself has a place that nobody knows.
        Err(ConfigError::Syntax { source, .. }) => Some(source.to_string()),
        Err(ConfigError::Value { problem, .. }) => Some(problem),
        Err(other) => Some(other.to_string()),
    })
}

/// A temporary file is for its owner alone, and a package is not.
#[cfg(unix)]
fn readable<'b, 'p, 's>(
    builder: &'b mut tempfile::Builder<'p, 's>,
) -> &'b mut tempfile::Builder<'p, 's> {
    use std::os::unix::fs::PermissionsExt as _;

    builder.permissions(std::fs::Permissions::from_mode(0o666))
}

#[cfg(not(unix))]
fn readable<'b, 'p, 's>(
    builder: &'b mut tempfile::Builder<'p, 's>,
) -> &'b mut tempfile::Builder<'p, 's> {
    builder
}
