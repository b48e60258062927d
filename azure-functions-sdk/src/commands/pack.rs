//! `cargo func pack`: the app as a zip, or as a folder that an image is made of.

use std::{path::PathBuf, process::ExitCode};

use azure_functions_host::config::HostJson;

use super::build::Release;
use crate::{
    cargo::App,
    cli::PackArgs,
    error::Failure,
    package::{Files, write, write_context},
    render::{Packed, Terminal},
};

/// Builds the program, and writes the package.
///
/// # Errors
///
/// There is something in the app that Azure cannot run, or that cannot be packed.
pub(crate) fn run(args: &PackArgs, terminal: &Terminal) -> Result<ExitCode, Failure> {
    let app = App::find(&args.cargo)?;
    let release = Release::plan(&app, &args.cargo, &args.target, args.container)?;
    let extension = if args.container { "-image" } else { ".zip" };
    let out = args
        .out
        .clone()
        .unwrap_or_else(|| default_out(&app, &release, extension));
    // Before the build, so that nobody waits for it only to hear of a link.
    let files = Files::collect(app.directory(), &release.outputs(&out))?;
    HostJson::read(app.directory(), [])?;
    let (file, program) = release.build(&app, terminal)?;
    terminal.step("Packing", &format!("{} files", files.entries.len() + 1));
    let parts = if args.container {
        write_context(&out, &file, &files, &args.image)?
    } else {
        write(&out, &file, &files, args.limit.max_size, release.image)?
    };
    terminal.report(&Packed {
        name: app.program_name(),
        package: &out,
        container: args.container,
        size: parts.iter().map(|part| part.packed).sum(),
        files: &parts,
        foreign_libraries: program.foreign_libraries().collect(),
    });
    Ok(ExitCode::SUCCESS)
}

/// Where a package goes if nothing says where.
pub(super) fn default_out(app: &App, release: &Release, extension: &str) -> PathBuf {
    let name = format!("{}{extension}", app.program_name());
    release.plan.target.join("func").join(name)
}
