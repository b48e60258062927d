//! Building the app for a machine in Azure, with cargo or what stands in for it.

use std::{
    ffi::OsString,
    io::BufReader,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use cargo_metadata::{Message, TargetKind};

use super::{App, CargoError, cargo, metadata, selection};
use crate::{
    cli::{Builder, CargoArgs, TargetArgs},
    error::Explain,
    exit,
    program::{Glibc, Machine},
};

/// Why the app cannot be built for the machine.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReleaseError {
    #[error("`{0}` is not a target that Azure runs")]
    Target(String),
    #[error("cargo alone cannot build for Linux on {} on this machine", .0.word())]
    NoBuilder(Machine),
    #[error("`{0}` is not installed")]
    Missing(&'static str),
}

impl Explain for ReleaseError {
    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Target(_) => {
                "choose one of Linux on `x86_64` or `aarch64`, such as `x86_64-unknown-linux-musl`"
            }
            Self::NoBuilder(_) => {
                "install cargo-zigbuild with `cargo install --locked cargo-zigbuild`, and zig; or install cross"
            }
            Self::Missing("cargo-zigbuild") => {
                "install it with `cargo install --locked cargo-zigbuild`, and zig, or choose another `--builder`"
            }
            Self::Missing(_) => {
                "install it with `cargo install --locked cross`, and Docker or Podman, or choose another `--builder`"
            }
        };
        Some(hint.to_owned())
    }

    fn exit_code(&self) -> u8 {
        match self {
            Self::Target(_) => exit::USAGE,
            Self::NoBuilder(_) | Self::Missing(_) => exit::FAILURE,
        }
    }
}

/// How the app is built, before it is.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) machine: Machine,
    pub(crate) profile: String,
    program: OsString,
    arguments: Vec<OsString>,
    /// Where the program will be.
    pub(crate) output: PathBuf,
    /// The folder of the workspace, whose profiles count.
    pub(crate) workspace: PathBuf,
    /// The folder for what is built.
    pub(crate) target: PathBuf,
}

impl Plan {
    /// Finds out how to build for the machine that is meant.
    ///
    /// # Errors
    ///
    /// There is no such machine in Azure, or nothing that builds for it.
    pub(crate) fn new(
        app: &App,
        args: &CargoArgs,
        target: &TargetArgs,
        glibc: Glibc,
    ) -> Result<Self, crate::error::Failure> {
        let machine = target_machine(target)?;
        let builder = builder(target, machine)?;
        let workspace = metadata(args)?;
        // Unlike `run`, which wants a short build.
        let args = CargoArgs {
            release: args.profile.is_none(),
            ..args.clone()
        };
        let triple = match (&target.target, builder) {
            (Some(triple), _) => Some(triple.clone()),
            (None, Builder::Cargo) => None,
            (None, _) => Some(format!("{}-unknown-linux-gnu", machine.architecture())),
        };
        let (program, verb) = match builder {
            Builder::Cargo => (cargo(), "build"),
            Builder::Zigbuild => (cargo(), "zigbuild"),
            Builder::Cross => ("cross".into(), "build"),
        };
        let kind = match app.kind {
            TargetKind::Example => "--example",
            _ => "--bin",
        };
        let mut arguments: Vec<OsString> = vec![verb.into()];
        arguments.extend([
            "--manifest-path".into(),
            app.package.manifest_path.clone().into(),
        ]);
        arguments.extend([kind, &app.target].map(OsString::from));
        arguments.extend(selection(&args));
        if let Some(triple) = &triple {
            // With a version behind it, zig links for that glibc.
            let versioned = builder == Builder::Zigbuild && triple.ends_with("-gnu");
            let suffix = if versioned {
                format!(".{glibc}")
            } else {
                String::new()
            };
            arguments.extend(["--target".into(), format!("{triple}{suffix}").into()]);
        }
        let profile = args.profile.unwrap_or_else(|| "release".to_owned());
        let target = args
            .target_dir
            .unwrap_or_else(|| workspace.target_directory.into());
        let mut output = target.clone();
        output.extend(triple.as_deref().map(Path::new));
        output.push(if profile == "dev" { "debug" } else { &profile });
        if app.kind == TargetKind::Example {
            output.push("examples");
        }
        output.push(&app.target);
        Ok(Self {
            machine,
            profile,
            program,
            arguments,
            output,
            workspace: workspace.workspace_root.into(),
            target,
        })
    }

    /// The command as a person would type it.
    pub(crate) fn command(&self) -> Vec<String> {
        let program = Path::new(&self.program)
            .file_stem()
            .unwrap_or(&self.program);
        let words = std::iter::once(program).chain(self.arguments.iter().map(OsString::as_os_str));
        words
            .map(|word| word.to_string_lossy().into_owned())
            .collect()
    }
}

impl App {
    /// The name of the program.
    pub(crate) fn program_name(&self) -> &str {
        &self.target
    }

    /// Builds it as planned, and says where the program is. What cargo prints goes to standard error.
    ///
    /// # Errors
    ///
    /// When cargo fails.
    pub(crate) fn release(&self, plan: &Plan, flags: &[&str]) -> Result<PathBuf, CargoError> {
        let package = || self.package.name.to_string();
        let failed = |source| CargoError::Program {
            program: plan.program.clone().into(),
            source,
        };
        let mut child = Command::new(&plan.program)
            .args(&plan.arguments)
            .arg("--message-format=json-render-diagnostics")
            .args(flags)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(failed)?;
        let mut program = None;
        if let Some(stdout) = child.stdout.take() {
            for message in Message::parse_stream(BufReader::new(stdout)) {
                if let Ok(Message::CompilerArtifact(artifact)) = message
                    && artifact.target.name == self.target
                    && artifact.target.kind.contains(&self.kind)
                {
                    program = artifact.executable.map(PathBuf::from).or(program);
                }
            }
        }
        if !child.wait().map_err(failed)?.success() {
            return Err(CargoError::Build(package()));
        }
        match program {
            Some(program) if program.exists() => Ok(program),
            // cross tells where it is in its container.
            Some(_) if plan.output.exists() => Ok(plan.output.clone()),
            _ => Err(CargoError::NoExecutable(package())),
        }
    }
}

/// The machine that is meant.
///
/// # Errors
///
/// Azure has no such machines.
pub(crate) fn target_machine(args: &TargetArgs) -> Result<Machine, ReleaseError> {
    let Some(triple) = &args.target else {
        return Ok(if args.arm64 {
            Machine::Arm64
        } else {
            Machine::X64
        });
    };
    let machines = [Machine::X64, Machine::Arm64];
    let architecture = triple.split('-').next();
    machines
        .into_iter()
        .find(|machine| architecture == Some(machine.architecture()))
        .filter(|_| triple.contains("-linux-"))
        .ok_or_else(|| ReleaseError::Target(triple.clone()))
}

fn builder(args: &TargetArgs, machine: Machine) -> Result<Builder, ReleaseError> {
    let tool = |builder| match builder {
        Builder::Cargo => None,
        Builder::Zigbuild => Some("cargo-zigbuild"),
        Builder::Cross => Some("cross"),
    };
    let installed = |builder| tool(builder).is_none_or(|tool| which::which(tool).is_ok());
    if let Some(wanted) = args.builder {
        return match tool(wanted) {
            Some(tool) if !installed(wanted) => Err(ReleaseError::Missing(tool)),
            _ => Ok(wanted),
        };
    }
    if cfg!(target_os = "linux") && std::env::consts::ARCH == machine.architecture() {
        return Ok(Builder::Cargo);
    }
    [Builder::Zigbuild, Builder::Cross]
        .into_iter()
        .find(|builder| installed(*builder))
        .ok_or(ReleaseError::NoBuilder(machine))
}
