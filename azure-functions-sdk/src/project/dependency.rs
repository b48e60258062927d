//! Where a project gets the crate `azure-functions` from.

use std::path::{Path, PathBuf};

use super::ProjectError;
use crate::{edit::Dependency, template::literal};

/// The version of all crates of this workspace.
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Where the crate `azure-functions` is beside this one in a checkout; there is nothing when this one came from a registry.
const BESIDE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../azure-functions");

/// Where a project gets the crate `azure-functions` from.
#[derive(Debug)]
pub(crate) struct Source {
    path: Option<PathBuf>,
}

impl Source {
    /// The folder that the command line names, or else the checkout that this program was built from, or else the registry.
    ///
    /// # Errors
    ///
    /// There is no crate in the folder.
    pub(crate) fn find(given: Option<&Path>) -> Result<Self, ProjectError> {
        let path = match given {
            Some(folder) => {
                let missing = || ProjectError::NoCrate(folder.to_owned());
                if !is_crate(folder) {
                    return Err(missing());
                }
                Some(folder.canonicalize().map_err(|_| missing())?)
            }
            None => Some(PathBuf::from(BESIDE))
                .filter(|folder| is_crate(folder))
                .and_then(|folder| folder.canonicalize().ok()),
        };
        Ok(Self { path })
    }

    /// The folder, if the crate does not come from the registry.
    pub(crate) fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// The dependency.
    pub(crate) fn dependency(&self) -> Dependency {
        Dependency {
            name: "azure-functions",
            version: VERSION,
            path: self.path.as_ref().map(|path| path.display().to_string()),
            features: Vec::new(),
        }
    }

    /// The dependency as it stands in `Cargo.toml`.
    pub(super) fn value(&self) -> String {
        match &self.path {
            // A path of TOML is a text with the escapes of Rust.
            Some(path) => format!(
                "{{ path = {}, version = \"{VERSION}\" }}",
                literal(&path.display().to_string())
            ),
            None => format!("\"{VERSION}\""),
        }
    }
}

fn is_crate(folder: &Path) -> bool {
    folder.join("Cargo.toml").is_file() && folder.join("src/lib.rs").is_file()
}
