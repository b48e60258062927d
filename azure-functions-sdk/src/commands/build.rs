//! `cargo func build`: the program for Azure, and whether Azure can run it.

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use crate::{
    cargo::{App, Plan, check_panic, target_machine},
    cli::{BuildArgs, CargoArgs, TargetArgs},
    error::Failure,
    package::PackageError,
    program::{Glibc, Image, Machine, Program},
    render::{Built, Terminal},
};

/// Builds the program and reads it.
///
/// # Errors
///
/// It cannot be built, or Azure cannot run it.
pub(crate) fn run(args: &BuildArgs, terminal: &Terminal) -> Result<ExitCode, Failure> {
    let app = App::find(&args.cargo)?;
    let release = Release::plan(&app, &args.cargo, &args.target, args.container)?;
    let (file, program) = release.build(&app, terminal)?;
    terminal.report(&Built {
        name: app.program_name(),
        profile: &release.plan.profile,
        file: &file,
        image_glibc: release.image.glibc,
        is_static: program.is_static(),
        foreign_libraries: program.foreign_libraries().collect(),
        program: &program,
    });
    Ok(ExitCode::SUCCESS)
}

/// A program for an image, before it is built.
#[derive(Debug)]
pub(super) struct Release {
    pub(super) plan: Plan,
    pub(super) image: Image,
}

impl Release {
    /// Finds out how to build it, and whether its panics unwind.
    ///
    /// # Errors
    ///
    /// Azure does not run such a program, or nothing builds it.
    pub(super) fn plan(
        app: &App,
        cargo: &CargoArgs,
        target: &TargetArgs,
        container: bool,
    ) -> Result<Self, Failure> {
        let usual = if container {
            Glibc::CONTAINER
        } else {
            Glibc::FLEX
        };
        let glibc = target.glibc.unwrap_or(usual);
        if target_machine(target)? == Machine::Arm64 && !container {
            return Err(PackageError::Arm64.into());
        }
        let plan = Plan::new(app, cargo, target, glibc)?;
        if !target.allow_abort {
            check_panic(&plan.workspace, &plan.profile)?;
        }
        let image = Image {
            machine: plan.machine,
            glibc,
        };
        Ok(Self { plan, image })
    }

    /// Builds it.
    ///
    /// # Errors
    ///
    /// It cannot be built, or the image cannot run it.
    pub(super) fn build(
        &self,
        app: &App,
        terminal: &Terminal,
    ) -> Result<(PathBuf, Program), Failure> {
        let file = app.release(&self.plan, &terminal.cargo_flags())?;
        let program = Program::read(&file)?;
        program.check(self.image)?;
        Ok((file, program))
    }

    /// What the walk through the app's folder must not take for a part of it.
    pub(super) fn outputs<'a>(&'a self, out: &'a Path) -> [&'a Path; 2] {
        [&self.plan.target, out]
    }
}
