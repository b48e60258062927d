//! The state of the machine and of the files of the app.

mod files;
mod tools;

use std::{net::TcpListener, path::PathBuf};

use azure_functions_host::Config;
use serde::Serialize;

use crate::{
    cargo::App,
    cli::CargoArgs,
    edit::Changes,
    error::{Explain, Failure},
    finding::Finding,
};

/// What was found, and what was mended.
#[derive(Debug, Serialize)]
pub(crate) struct Visit {
    pub(crate) findings: Vec<Finding>,
    /// The files that were written.
    pub(crate) fixed: Vec<PathBuf>,
}

/// Looks at the machine, and at the app if there is one.
///
/// # Errors
///
/// A file cannot be written.
pub(crate) fn examine(args: &CargoArgs, fix: bool) -> Result<Visit, Failure> {
    let mut findings = tools::check();
    let mut fixed = Vec::new();
    match App::find(args)
        .map_err(Failure::from)
        .and_then(|app| Ok((app.layout()?, app)))
    {
        Ok((layout, app)) => {
            let mut changes = Changes::default();
            let mut files = files::check(&app, &layout, fix.then_some(&mut changes))?;
            if fix {
                changes.apply()?;
                let written = changes
                    .files()
                    .map(|(file, _)| file.strip_prefix(&layout.folder).unwrap_or(file).to_owned());
                fixed = written.collect();
                fixed.sort();
                // What is mended is no finding any more.
                files = files::check(&app, &layout, None)?;
            }
            findings.extend(files);
            match Config::read("", &layout.folder) {
                Ok(config) => findings.push(port(config.port)),
                Err(error) => findings.push(unreadable(&error)),
            }
        }
        Err(failure) => {
            findings.push(port(azure_functions_host::PORT));
            findings.push(no_app(failure.reason(), args));
        }
    }
    Ok(Visit { findings, fixed })
}

/// An app that is not there is one thing, and one that cannot be read another.
fn no_app(reason: &dyn Explain, args: &CargoArgs) -> Finding {
    let asked = args.package.is_some() || args.manifest_path.is_some();
    let here = std::env::current_dir().unwrap_or_default();
    let has_manifest = here
        .ancestors()
        .any(|folder| folder.join("Cargo.toml").exists());
    let finding = if asked || has_manifest {
        Finding::error("app", reason.to_string())
    } else {
        Finding::note("app", "there is no package in this folder")
    };
    match reason.hint() {
        _ if !asked && !has_manifest => finding.hint("make one with `cargo func new-app PATH`"),
        Some(hint) => finding.hint(hint),
        None => finding,
    }
}

fn unreadable(error: &azure_functions_host::config::ConfigError) -> Finding {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    Finding::error("files", text).hint("mend the file; `--fix` changes no file that it cannot read")
}

fn port(port: u16) -> Finding {
    const WHAT: &str = "port";
    if port == 0 || TcpListener::bind(("127.0.0.1", port)).is_ok() {
        return Finding::ok(WHAT, format!("port {port} is free for `cargo func run`"));
    }
    Finding::warning(WHAT, format!("port {port} is in use, perhaps by `cargo func run` itself"))
        .hint("choose another with `cargo func run --port`, or in `Host.LocalHttpPort` of `local.settings.json`")
}
