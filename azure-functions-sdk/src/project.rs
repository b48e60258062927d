//! A function app on the disk: what a new one consists of, and what an old crate needs to become one.

mod dependency;
mod error;
mod name;
mod stage;

use std::path::Path;

use serde::Serialize;
use toml_edit::{DocumentMut, Table};

pub(crate) use self::{dependency::Source, error::ProjectError, name::check_name, stage::Stage};
use crate::{
    error::Failure,
    template::{FILES, FUNCTIONS, MAIN, MANIFEST, render},
};

/// What the templates of a project know.
#[derive(Debug, Serialize)]
pub(crate) struct Project {
    /// The name of the package.
    pub(crate) name: String,
    /// The dependency on `azure-functions`, as it stands in `Cargo.toml`.
    azure_functions: String,
    /// Whether there is a workspace around the app that it is not part of.
    own_workspace: bool,
}

impl Project {
    /// A project of that name, with the crate from there.
    pub(crate) fn new(name: String, source: &Source, own_workspace: bool) -> Self {
        Self {
            name,
            azure_functions: source.value(),
            own_workspace,
        }
    }

    /// The paths and the texts of all files of a new project.
    ///
    /// # Errors
    ///
    /// A template is broken.
    pub(crate) fn files(&self) -> Result<Vec<(&'static str, String)>, Failure> {
        let mut files = vec![
            ("Cargo.toml", render(MANIFEST, self)?),
            ("src/main.rs", render(MAIN, self)?),
            ("src/functions/mod.rs", render(FUNCTIONS, self)?),
        ];
        files.extend(self.tools()?);
        Ok(files)
    }

    /// The text of a new program.
    ///
    /// # Errors
    ///
    /// A template is broken.
    pub(crate) fn main(&self) -> Result<String, Failure> {
        Ok(render(MAIN, self)?)
    }

    /// The release profile of a new project.
    ///
    /// # Errors
    ///
    /// A template is broken.
    pub(crate) fn profile(&self) -> Result<Table, Failure> {
        let manifest = render(MANIFEST, self)?.parse::<DocumentMut>();
        let profile = manifest.ok().and_then(|manifest| {
            let profiles = manifest.get("profile")?.as_table()?;
            profiles.get("release")?.as_table().cloned()
        });
        Ok(profile.unwrap_or_default())
    }

    /// The paths and the texts of the files beside the sources and `Cargo.toml`.
    ///
    /// # Errors
    ///
    /// A template is broken.
    pub(crate) fn tools(&self) -> Result<Vec<(&'static str, String)>, Failure> {
        let files = FILES.iter().map(|file| Ok((file.path, file.render(self)?)));
        files.collect()
    }
}

/// Whether a folder is in a workspace, so that a package in it has to say that it is not a member.
pub(crate) fn in_workspace(folder: &Path) -> bool {
    folder.ancestors().skip(1).any(|folder| {
        std::fs::read_to_string(folder.join("Cargo.toml"))
            .ok()
            .and_then(|text| text.parse::<DocumentMut>().ok())
            .is_some_and(|manifest| manifest.contains_key("workspace"))
    })
}

/// Whether a folder is in a repository of git.
pub(crate) fn in_repository(folder: &Path) -> bool {
    let mut folders = folder.ancestors();
    folders.any(|folder| folder.join(".git").exists())
}
