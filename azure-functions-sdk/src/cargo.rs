//! What cargo is asked: which package is the app, and to build it.

mod error;

use std::{
    ffi::OsString,
    io::BufReader,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use cargo_metadata::{Message, Metadata, MetadataCommand, Package, TargetKind};

pub(crate) use error::CargoError;

use crate::{cli::CargoArgs, function::Layout, project::ProjectError};

/// The crate that makes a package a function app.
const LIBRARY: &str = "azure-functions";

/// A function app: one binary of one package.
#[derive(Debug)]
pub(crate) struct App {
    package: Package,
    kind: TargetKind,
    target: String,
}

impl App {
    /// Finds the function app that is meant.
    ///
    /// # Errors
    ///
    /// When there is no project, or nothing says which package or binary is meant.
    pub(crate) fn find(args: &CargoArgs) -> Result<Self, CargoError> {
        let metadata = metadata(args)?;
        let package = package(&metadata, args)?;
        let (kind, target) = target(package, args)?;
        Ok(Self {
            kind,
            target: target.to_owned(),
            package: package.clone(),
        })
    }

    /// Where the parts of the app are.
    ///
    /// # Errors
    ///
    /// The package is not a function app.
    pub(crate) fn layout(&self) -> Result<Layout, ProjectError> {
        let mut dependencies = self.package.dependencies.iter();
        if !dependencies.any(|dependency| dependency.name == LIBRARY) {
            return Err(ProjectError::NotAnApp(name(&self.package)));
        }
        let main = self
            .package
            .targets
            .iter()
            .find(|target| target.name == self.target && target.kind.contains(&self.kind));
        Ok(Layout {
            folder: self.directory().to_owned(),
            manifest: self.package.manifest_path.clone().into(),
            main: main.map_or_else(
                || self.directory().join("src/main.rs"),
                |target| target.src_path.clone().into(),
            ),
            library: library(&self.package),
        })
    }

    /// The name of the package.
    pub(crate) fn name(&self) -> &str {
        &self.package.name
    }

    /// The folder of the package, where `host.json` is.
    pub(crate) fn directory(&self) -> &Path {
        let manifest = self.package.manifest_path.as_std_path();
        manifest.parent().unwrap_or(manifest)
    }

    /// Builds it, and says where the program is. What cargo prints goes to standard error.
    ///
    /// # Errors
    ///
    /// When cargo fails.
    pub(crate) fn build(&self, args: &CargoArgs, flags: &[&str]) -> Result<PathBuf, CargoError> {
        let mut command = Command::new(cargo());
        let target = match self.kind {
            TargetKind::Example => "--example",
            _ => "--bin",
        };
        command
            .args(["build", "--message-format=json-render-diagnostics"])
            .arg("--manifest-path")
            .arg(&self.package.manifest_path)
            .args([target, &self.target])
            .args(selection(args))
            .args(flags)
            .stdin(Stdio::null())
            .stdout(Stdio::piped());
        let failed = |source| CargoError::Program {
            program: cargo().into(),
            source,
        };
        let mut child = command.spawn().map_err(failed)?;
        let mut program = None;
        if let Some(stdout) = child.stdout.take() {
            for message in Message::parse_stream(BufReader::new(stdout)) {
                if let Ok(Message::CompilerArtifact(artifact)) = message
                    && artifact.package_id == self.package.id
                    && artifact.target.name == self.target
                    && artifact.target.kind.contains(&self.kind)
                {
                    program = artifact.executable.or(program);
                }
            }
        }
        if !child.wait().map_err(failed)?.success() {
            return Err(CargoError::Build(name(&self.package)));
        }
        program
            .map(PathBuf::from)
            .ok_or_else(|| CargoError::NoExecutable(name(&self.package)))
    }
}

/// A package that may not be a function app yet, and where its parts are or belong.
///
/// # Errors
///
/// When there is no project, or nothing says which package is meant.
pub(crate) fn layout_of(args: &CargoArgs) -> Result<(String, Layout), CargoError> {
    let metadata = metadata(args)?;
    let package = package(&metadata, args)?;
    let manifest = package.manifest_path.clone().into_std_path_buf();
    let folder = manifest.parent().unwrap_or(&manifest).to_owned();
    let (program, main) = match target(package, args) {
        Ok((kind, target)) => {
            let mut targets = package.targets.iter();
            let found = targets.find(|own| own.name == target && own.kind.contains(&kind));
            (target, found.map(|target| target.src_path.clone().into()))
        }
        Err(CargoError::NoTarget { .. }) => (package.name.as_str(), None),
        Err(error) => return Err(error),
    };
    let layout = Layout {
        main: main.unwrap_or_else(|| folder.join("src/main.rs")),
        library: library(package),
        manifest,
        folder,
    };
    Ok((program.to_owned(), layout))
}

/// The file of the library of a package.
fn library(package: &Package) -> Option<PathBuf> {
    let mut targets = package.targets.iter();
    let library = targets.find(|target| target.kind.contains(&TargetKind::Lib))?;
    Some(library.src_path.clone().into())
}

/// The cargo that runs this program, or the one of the `PATH`.
fn cargo() -> OsString {
    std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

fn metadata(args: &CargoArgs) -> Result<Metadata, CargoError> {
    let mut command = MetadataCommand::new();
    command.cargo_path(cargo()).no_deps();
    if let Some(path) = &args.manifest_path {
        command.manifest_path(path);
    }
    command.exec().map_err(|error| match error {
        cargo_metadata::Error::CargoMetadata { stderr } => {
            let text = stderr.trim();
            CargoError::Project(text.strip_prefix("error: ").unwrap_or(text).to_owned())
        }
        cargo_metadata::Error::Io(source) => CargoError::Program {
            program: cargo().into(),
            source,
        },
        other => CargoError::Project(other.to_string()),
    })
}

/// The package that is meant: the named one, that of the current folder, or the only function app.
fn package<'m>(metadata: &'m Metadata, args: &CargoArgs) -> Result<&'m Package, CargoError> {
    if let Some(wanted) = &args.package {
        let named = |package: &&Package| {
            *package.name == *wanted
                || format!("{}@{}", package.name, package.version) == *wanted
                || package.id.repr == *wanted
        };
        return members(metadata)
            .find(named)
            .ok_or_else(|| CargoError::NoPackage {
                wanted: wanted.clone(),
                apps: apps(metadata).map(name).collect(),
            });
    }
    let manifest = args.manifest_path.clone().or_else(nearest_manifest);
    let manifest = manifest.and_then(|path| path.canonicalize().ok());
    let here = members(metadata).find(|package| {
        let own = package.manifest_path.canonicalize().ok();
        own.is_some() && own == manifest
    });
    if let Some(package) = here {
        return Ok(package);
    }
    let apps: Vec<_> = apps(metadata)
        .filter(|package| is_default_member(metadata, package))
        .collect();
    match apps.as_slice() {
        [package] => Ok(package),
        [] => Err(CargoError::NoApp(metadata.workspace_root.clone().into())),
        many => Err(CargoError::ManyPackages(
            many.iter().copied().map(name).collect(),
        )),
    }
}

fn members(metadata: &Metadata) -> impl Iterator<Item = &Package> {
    let packages = metadata.packages.iter();
    packages.filter(|package| metadata.workspace_members.contains(&package.id))
}

fn is_default_member(metadata: &Metadata, package: &Package) -> bool {
    !metadata.workspace_default_members.is_available()
        || metadata.workspace_default_members.contains(&package.id)
}

/// The packages that look like function apps.
fn apps(metadata: &Metadata) -> impl Iterator<Item = &Package> {
    members(metadata).filter(|package| {
        let mut dependencies = package.dependencies.iter();
        dependencies.any(|dependency| dependency.name == LIBRARY)
            && !targets(package, &TargetKind::Bin).is_empty()
    })
}

fn name(package: &Package) -> String {
    package.name.to_string()
}

/// The `Cargo.toml` that cargo would take.
fn nearest_manifest() -> Option<PathBuf> {
    let current = std::env::current_dir().ok()?;
    let mut candidates = current.ancestors().map(|folder| folder.join("Cargo.toml"));
    candidates.find(|path| path.is_file())
}

/// The target that is meant: the named one, the default, or the only binary.
fn target<'p>(package: &'p Package, args: &CargoArgs) -> Result<(TargetKind, &'p str), CargoError> {
    let (kind, word, wanted) = match &args.example {
        Some(example) => (TargetKind::Example, "example", Some(example)),
        None => (TargetKind::Bin, "binary", args.bin.as_ref()),
    };
    let names = targets(package, &kind);
    let owned = || names.iter().map(|name| (*name).to_owned()).collect();
    if let Some(wanted) = wanted.or(package.default_run.as_ref()) {
        let found = names.iter().find(|name| *name == wanted);
        return match found {
            Some(name) => Ok((kind, name)),
            None => Err(CargoError::UnknownTarget {
                package: name(package),
                kind: word,
                wanted: wanted.clone(),
                known: owned(),
            }),
        };
    }
    match names.as_slice() {
        [name] => Ok((kind, name)),
        [] => Err(CargoError::NoTarget {
            package: name(package),
            kind: word,
        }),
        _ => Err(CargoError::ManyTargets {
            package: name(package),
            known: owned(),
        }),
    }
}

fn targets<'p>(package: &'p Package, kind: &TargetKind) -> Vec<&'p str> {
    let targets = package.targets.iter();
    targets
        .filter(|target| target.kind.contains(kind))
        .map(|target| target.name.as_str())
        .collect()
}

/// The flags that go to cargo as they came.
fn selection(args: &CargoArgs) -> Vec<OsString> {
    let mut flags: Vec<OsString> = Vec::new();
    let switches = [
        ("--release", args.release),
        ("--all-features", args.all_features),
        ("--no-default-features", args.no_default_features),
    ];
    for (flag, given) in switches {
        if given {
            flags.push(flag.into());
        }
    }
    for features in &args.features {
        flags.extend(["--features".into(), features.into()]);
    }
    if let Some(profile) = &args.profile {
        flags.extend(["--profile".into(), profile.into()]);
    }
    if let Some(directory) = &args.target_dir {
        flags.extend(["--target-dir".into(), directory.into()]);
    }
    flags
}
