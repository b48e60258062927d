//! `cargo func doctor`: what is wrong with the machine and the files of the app.

use std::process::ExitCode;

use crate::{
    cli::DoctorArgs,
    doctor,
    error::Failure,
    exit,
    finding::Severity,
    render::{Diagnosis, Terminal},
};

/// Looks at everything, and mends what can be mended without a question.
///
/// # Errors
///
/// A file cannot be written.
pub(crate) fn run(args: &DoctorArgs, terminal: &Terminal) -> Result<ExitCode, Failure> {
    let mut visit = doctor::examine(&args.cargo, args.fix)?;
    let fails = visit
        .findings
        .iter()
        .any(|finding| finding.severity == Severity::Error);
    if terminal.is_quiet() {
        visit
            .findings
            .retain(|finding| finding.severity >= Severity::Warning);
    }
    terminal.answer(&Diagnosis(&visit));
    Ok(if fails {
        ExitCode::from(exit::FAILURE)
    } else {
        ExitCode::SUCCESS
    })
}
