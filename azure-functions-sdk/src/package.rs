//! The app as Azure takes it: a zip, or a folder that an image is made of.

mod archive;
mod error;
mod files;
mod image;

use std::{io, path::Path};

use serde::Serialize;

pub(crate) use self::{
    archive::{verify, write},
    error::PackageError,
    files::{Entry, Files},
    image::write_context,
};

/// The name of the program in the package: the worker's configuration in the image of Flex Consumption starts `app`.
pub(crate) const PROGRAM: &str = "app";
/// The settings of the host, without which it takes no folder for an app.
pub(crate) const HOST_JSON: &str = "host.json";
/// The settings of this machine, which may hold secrets.
const LOCAL_SETTINGS: &str = "local.settings.json";

/// A file in a package that was written.
#[derive(Debug, Serialize)]
pub(crate) struct Part {
    /// Its path in the package.
    pub(crate) path: String,
    /// Its size, in bytes.
    pub(crate) size: u64,
    /// Its size in the package.
    pub(crate) packed: u64,
    /// Whether it can be executed.
    pub(crate) executable: bool,
}

/// A file of the app that cannot be read.
fn unreadable(file: &Path) -> impl FnOnce(io::Error) -> PackageError {
    move |source| PackageError::Read {
        file: file.to_owned(),
        source,
    }
}

/// A path that cannot be written.
fn unwritable(path: &Path) -> impl FnOnce(io::Error) -> PackageError {
    move |source| PackageError::Write {
        path: path.to_owned(),
        source,
    }
}
