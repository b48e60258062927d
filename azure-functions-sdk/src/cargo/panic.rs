//! What a profile does when the program panics, as far as the files and variables that cargo reads say it.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use toml_edit::{DocumentMut, Item};

use crate::error::Explain;

/// More profiles than anybody has one inherit from the other; cargo itself refuses a circle.
const MAX_ANCESTORS: usize = 32;

/// A panic would end the worker.
#[derive(Debug, thiserror::Error)]
#[error("a panic in one function would end the whole worker: {place} says `panic = \"abort\"`")]
pub(crate) struct AbortError {
    place: String,
}

impl Explain for AbortError {
    fn hint(&self) -> Option<String> {
        Some(
            "take it out, so that a panic fails one invocation; or allow it with `--allow-abort`"
                .to_owned(),
        )
    }
}

/// Checks that a panic in a program of that profile unwinds.
///
/// # Errors
///
/// It aborts.
pub(crate) fn check_panic(workspace: &Path, profile: &str) -> Result<(), AbortError> {
    match aborts(workspace, profile) {
        Some(place) => Err(AbortError { place }),
        None => Ok(()),
    }
}

/// Which place makes the program abort, if it does.
fn aborts(workspace: &Path, profile: &str) -> Option<String> {
    for variable in ["CARGO_ENCODED_RUSTFLAGS", "RUSTFLAGS"] {
        let flags = env::var(variable).unwrap_or_default();
        if flags.contains("panic=abort") || flags.contains("panic=immediate-abort") {
            return Some(format!("the variable `{variable}`"));
        }
    }
    let documents = documents(workspace);
    let mut profile = profile.to_owned();
    for _ in 0..MAX_ANCESTORS {
        let variable = format!(
            "CARGO_PROFILE_{}_PANIC",
            profile.to_uppercase().replace('-', "_")
        );
        if let Ok(value) = env::var(&variable) {
            return (value != "unwind").then(|| format!("the variable `{variable}`"));
        }
        let get = |key: &str| {
            documents.iter().find_map(|(file, document)| {
                let item = document.get("profile")?.get(&profile)?.get(key)?;
                Some((file, Item::as_str(item)?.to_owned()))
            })
        };
        if let Some((file, value)) = get("panic") {
            return (value != "unwind")
                .then(|| format!("the profile `{profile}` in `{}`", file.display()));
        }
        profile = get("inherits")?.1;
    }
    None
}

/// The files that cargo takes profiles from, those first that count more.
fn documents(workspace: &Path) -> Vec<(PathBuf, DocumentMut)> {
    let current = env::current_dir().unwrap_or_default();
    let home = env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| Some(env::home_dir()?.join(".cargo")));
    let folders = current.ancestors().map(|folder| folder.join(".cargo"));
    let configurations = folders
        .chain(home)
        .flat_map(|folder| ["config", "config.toml"].map(|file| folder.join(file)));
    let files = configurations.chain([workspace.join("Cargo.toml")]);
    files
        .filter_map(|file| {
            // What cargo cannot read it will complain of itself.
            let document = fs::read_to_string(&file).ok()?.parse().ok()?;
            Some((file, document))
        })
        .collect()
}
