//! `cargo func check`: what is wrong with the app.

use std::{collections::BTreeSet, process::ExitCode};

use crate::{
    app,
    cargo::App,
    cli::CheckArgs,
    error::Failure,
    exit,
    finding::Severity,
    lint,
    render::{Checked, Terminal},
};

/// Checks the app; what is wrong is the answer, and no error.
///
/// # Errors
///
/// The app cannot be built or started, so that there is nothing to check.
pub(crate) fn run(args: &CheckArgs, terminal: &Terminal) -> Result<ExitCode, Failure> {
    let app = App::find(&args.cargo)?;
    let (listing, config) = app::list(&app, &args.cargo, terminal)?;
    let findings = lint::check(&listing, &config);
    let refused = listing.refused.iter().map(|error| &error.function);
    let taken = listing.functions.iter().map(|function| &function.name);
    let functions: BTreeSet<_> = taken.chain(refused).collect();
    let checked = Checked::new(functions.len(), &findings);
    // Nothing to say is nothing to read.
    if !terminal.is_quiet() || !findings.is_empty() {
        terminal.answer(&checked);
    }
    let fails = findings
        .iter()
        .any(|finding| finding.severity == Severity::Error);
    Ok(if fails {
        ExitCode::from(exit::FAILURE)
    } else {
        ExitCode::SUCCESS
    })
}
