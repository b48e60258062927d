//! `cargo func deploy`: the package goes to Azure, through the Azure CLI.

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use azure_functions_host::config::HostJson;

use super::{build::Release, pack::default_out};
use crate::{
    azure::{Az, Publication},
    cargo::App,
    cli::DeployArgs,
    error::Failure,
    package::{Files, PROGRAM, Part, verify, write},
    program::{Glibc, Image, Machine},
    render::{Deployed, Planned, Terminal},
};

/// Builds, packs and publishes the app.
///
/// # Errors
///
/// There is no `az`, nobody is signed in, or one of the steps fails.
pub(crate) fn run(args: &DeployArgs, terminal: &Terminal) -> Result<ExitCode, Failure> {
    let publication = |package| Publication {
        resource_group: &args.resource_group,
        name: &args.name,
        subscription: args.subscription.as_deref(),
        package,
    };
    if let Some(package) = &args.zip {
        return publish(args, &publication(package), terminal, || {
            verify(package, image(args))
        });
    }
    let app = App::find(&args.cargo)?;
    let release = Release::plan(&app, &args.cargo, &args.target, false)?;
    let out = default_out(&app, &release, ".zip");
    let files = Files::collect(app.directory(), &release.outputs(&out))?;
    HostJson::read(app.directory(), [])?;
    let publication = publication(&out);
    if args.dry_run {
        terminal.report(&Planned {
            dry_run: true,
            commands: [vec![release.plan.command()], publication.commands()].concat(),
            package: &out,
            files: contents(&files, &release.plan.output),
        });
        return Ok(ExitCode::SUCCESS);
    }
    publish(args, &publication, terminal, || {
        let (file, _) = release.build(&app, terminal)?;
        terminal.step("Packing", &format!("{} files", files.entries.len() + 1));
        write(&out, &file, &files, args.limit.max_size, release.image)
    })
}

/// Publishes a package once it is there; asks before whether it can be published at all.
fn publish(
    args: &DeployArgs,
    publication: &Publication<'_>,
    terminal: &Terminal,
    package: impl FnOnce() -> Result<Vec<Part>, Failure>,
) -> Result<ExitCode, Failure> {
    if args.dry_run {
        let parts = package()?;
        let itself = |part: Part| (part.path, publication.package.to_owned());
        terminal.report(&Planned {
            dry_run: true,
            commands: publication.commands(),
            package: publication.package,
            files: parts.into_iter().map(itself).collect(),
        });
        return Ok(ExitCode::SUCCESS);
    }
    let az = Az::find()?;
    az.check_account(publication)?;
    let parts = package()?;
    terminal.step("Publishing", &publication.package.display().to_string());
    az.publish(publication)?;
    terminal.report(&Deployed {
        name: publication.name,
        resource_group: publication.resource_group,
        package: publication.package,
        size: parts.iter().map(|part| part.packed).sum(),
    });
    Ok(ExitCode::SUCCESS)
}

/// The files that would be in the package, and where they are now.
fn contents(files: &Files, program: &Path) -> Vec<(String, PathBuf)> {
    let entries = files.entries.iter();
    let mut contents: Vec<_> = entries
        .map(|(path, entry)| (path.clone(), entry.source.clone()))
        .collect();
    contents.push((PROGRAM.to_owned(), program.to_owned()));
    contents.sort();
    contents
}

/// What a package that is there already has to run on.
fn image(args: &DeployArgs) -> Image {
    Image {
        machine: Machine::X64,
        glibc: args.target.glibc.unwrap_or(Glibc::FLEX),
    }
}
