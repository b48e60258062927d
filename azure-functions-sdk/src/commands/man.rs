//! `cargo func man`: the manual.

use std::{fs, io, path::PathBuf, process::ExitCode};

use clap::CommandFactory as _;
use clap_mangen::Man;

use crate::{
    cli::{Cli, ManArgs},
    error::{Explain, Failure},
    render::{Manual, Terminal},
};

/// The pages cannot be written.
#[derive(Debug, thiserror::Error)]
#[error("cannot write the manual to `{}`", .folder.display())]
struct ManualError {
    folder: PathBuf,
    source: io::Error,
}

impl Explain for ManualError {}

/// Prints the page of the program, or writes the pages of all commands.
///
/// # Errors
///
/// The folder cannot be written.
pub(crate) fn run(args: &ManArgs, terminal: &Terminal) -> Result<ExitCode, Failure> {
    let command = Cli::command().name("cargo-func").bin_name("cargo-func");
    let Some(folder) = &args.out else {
        let mut page = Vec::new();
        // A vector takes every byte.
        let _ = Man::new(command).render(&mut page);
        terminal.document(&String::from_utf8_lossy(&page));
        return Ok(ExitCode::SUCCESS);
    };
    fs::create_dir_all(folder)
        .and_then(|()| clap_mangen::generate_to(command, folder))
        .map_err(|source| ManualError {
            folder: folder.clone(),
            source,
        })?;
    terminal.report(&Manual { folder });
    Ok(ExitCode::SUCCESS)
}
