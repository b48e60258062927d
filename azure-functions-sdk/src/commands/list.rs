//! `cargo func list`: the functions of the app.

use std::process::ExitCode;

use crate::{
    app,
    cargo::App,
    cli::ListArgs,
    error::Failure,
    render::{Listed, Terminal},
};

/// Lists the functions.
///
/// # Errors
///
/// The app cannot be built or started.
pub(crate) fn run(args: &ListArgs, terminal: &Terminal) -> Result<ExitCode, Failure> {
    let app = App::find(&args.cargo)?;
    let (listing, config) = app::list(&app, &args.cargo, terminal)?;
    terminal.answer(&Listed::new(&listing, &config.host_json.http.route_prefix));
    Ok(ExitCode::SUCCESS)
}
