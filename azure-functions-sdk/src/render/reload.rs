//! What is shown while an app is built again, and of what waits for a person.

use std::{
    fmt::Write as _,
    path::{Path, PathBuf},
    time::Duration,
};

use azure_functions_host::{HostHandle, Keys};
use owo_colors::OwoColorize as _;

use super::table;

/// How many changed files are named.
const NAMED: usize = 3;

/// The files that changed, relative to the folder of the app where they are in it.
pub(super) fn changed(paths: &[PathBuf], folder: &Path) -> String {
    let mut names = String::new();
    for path in paths.iter().take(NAMED) {
        if !names.is_empty() {
            names.push_str(", ");
        }
        let _ = write!(names, "{}", relative(path, folder));
    }
    match paths.len().saturating_sub(NAMED) {
        0 => {}
        more => {
            let _ = write!(names, " and {more} more");
        }
    }
    format!("     {} {names}", "Changed".green().bold())
}

/// The name of a file from the folder of the app.
pub(super) fn relative(path: &Path, folder: &Path) -> String {
    path.strip_prefix(folder)
        .unwrap_or(path)
        .display()
        .to_string()
}

/// The new build runs.
pub(super) fn reloaded(host: &HostHandle, took: Duration) -> String {
    let functions = match host.functions().len() {
        1 => "1 function".to_owned(),
        number => format!("{number} functions"),
    };
    let mut text = format!(
        "    {} {functions} in {:.1} s",
        "Reloaded".green().bold(),
        took.as_secs_f64()
    );
    for error in host.errors() {
        text.push_str(&table::cannot_run(&error));
    }
    text
}

/// The new build does not run.
pub(super) fn kept() -> String {
    format!(
        "        {} what ran before; save a change to try again",
        "Kept".yellow().bold()
    )
}

/// A change that changed nothing.
pub(super) fn same() -> String {
    format!("   {} the app is the same", "Unchanged".green().bold())
}

/// The keys that requests need.
pub(super) fn keys(keys: &Keys, path: &Path) -> String {
    let mut text = format!(
        "      {} for a key in `x-functions-key` or `?code=`; they stand in `{}`\n",
        "Asking".green().bold(),
        path.display()
    );
    let _ = write!(
        text,
        "\n  {}  {}",
        "all functions and pages".bold(),
        keys.master_key
    );
    for key in keys.function_keys.values() {
        let _ = write!(text, "\n  {}          {key}", "all functions".bold());
    }
    text.push('\n');
    text
}

/// The Core Tools that run the app.
pub(super) fn core_tools(version: &str, watched_for: bool) -> String {
    let mut text = format!(
        "    {} the Azure Functions Core Tools {version}",
        "Starting".green().bold()
    );
    if watched_for {
        let _ = write!(
            text,
            "\n{} they keep the build that they start with; run the command again after a change",
            "note:".cyan().bold()
        );
    }
    text
}

/// A worker that is held up.
pub(super) fn waits_for_debugger(pid: u32) -> String {
    format!(
        "     {} for a debugger to attach to process {}; press Enter to go on without",
        "Waiting".yellow().bold(),
        pid.bold()
    )
}
