//! The rules of the house that no compiler checks: module docs, file names, which crate may know which, and whether the
//! table of the protocol is whole.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, bail};
use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Package};

/// Files that say what kind of thing is in them, instead of what.
const BAD_NAMES: [&str; 4] = ["utils.rs", "helpers.rs", "common.rs", "types.rs"];

/// What each crate must not depend on, and why.
const FORBIDDEN: [(&str, &[&str], &str); 3] = [
    (
        "azure-functions",
        &[
            "azure-functions-host",
            "azure-functions-sdk",
            "axum",
            "clap",
        ],
        "the worker is linked into every app",
    ),
    (
        "azure-functions-host",
        &["azure-functions", "clap"],
        "the host knows functions only as metadata on the wire",
    ),
    (
        "azure-functions-sdk",
        &["azure-functions"],
        "the tool knows functions only through the host",
    ),
];

/// Checks all rules and reports every violation.
pub(crate) fn run(root: &Path) -> anyhow::Result<()> {
    let mut faults = Vec::new();
    for file in sources(root)? {
        check_file(root, &file, &mut faults)?;
    }
    let metadata = MetadataCommand::new()
        .manifest_path(root.join("Cargo.toml"))
        .exec()?;
    check_dependencies(&metadata, &mut faults);
    crate::protocol::check(root, &mut faults)?;
    if faults.is_empty() {
        return Ok(());
    }
    bail!("{} violations:\n  {}", faults.len(), faults.join("\n  "))
}

/// All Rust files that people write.
fn sources(root: &Path) -> anyhow::Result<BTreeSet<PathBuf>> {
    let mut files = BTreeSet::new();
    let mut folders = vec![root.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).with_context(|| folder.display().to_string())? {
            let path = entry?.path();
            let name = path
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            if path.is_dir() {
                if !name.starts_with('.') && name != "target" && name != "generated" {
                    folders.push(path);
                }
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                files.insert(path);
            }
        }
    }
    Ok(files)
}

fn check_file(root: &Path, path: &Path, faults: &mut Vec<String>) -> anyhow::Result<()> {
    let text = fs::read_to_string(path).with_context(|| path.display().to_string())?;
    let file = path
        .strip_prefix(root)
        .unwrap_or(path)
        .display()
        .to_string();
    if !text.starts_with("//! ") {
        faults.push(format!(
            "{file}: the first line must be `//!` and a sentence that says what is here"
        ));
    }
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    if BAD_NAMES.contains(&&*name) {
        faults.push(format!("{file}: name the file after the thing in it"));
    }
    if name == "build.rs" && !file.contains("/src/") {
        faults.push(format!("{file}: a build script runs on every user's machine; generate code with `cargo xtask codegen`"));
    }
    let inside = |folder: &str| file.starts_with(folder);
    if text.contains("tonic::")
        && (inside("azure-functions/src/") && !inside("azure-functions/src/worker/")
            || inside("azure-functions-host/src/") && !inside("azure-functions-host/src/rpc/"))
    {
        faults.push(format!(
            "{file}: only `worker/` and the host's `rpc/` know tonic"
        ));
    }
    if inside("azure-functions/src/bindings/") && text.contains("TypedData") {
        faults.push(format!(
            "{file}: a binding sees `Data`, never the protocol's `TypedData`"
        ));
    }
    Ok(())
}

fn check_dependencies(metadata: &Metadata, faults: &mut Vec<String>) {
    for package in metadata.workspace_packages() {
        let dependencies: BTreeSet<&str> = package
            .dependencies
            .iter()
            .filter(|dependency| dependency.kind == DependencyKind::Normal)
            .map(|dependency| dependency.name.as_str())
            .collect();
        let name = package.name.as_str();
        for (of, forbidden, reason) in FORBIDDEN {
            for dependency in forbidden
                .iter()
                .filter(|dependency| of == name && dependencies.contains(**dependency))
            {
                faults.push(format!(
                    "{name}: must not depend on `{dependency}`: {reason}"
                ));
            }
        }
        if name == "azure-functions" {
            check_optional(package, faults);
        }
        if name == "azure-functions-codegen" {
            let allowed = [
                "azure-functions-shared",
                "proc-macro2",
                "quote",
                "serde_derive_internals",
                "syn",
            ];
            for dependency in dependencies
                .iter()
                .filter(|dependency| !allowed.contains(dependency))
            {
                faults.push(format!("{name}: must not depend on `{dependency}`: every app waits for the macro to compile"));
            }
            let shared = package
                .dependencies
                .iter()
                .find(|dependency| dependency.name == "azure-functions-shared");
            if shared
                .is_some_and(|shared| !shared.features.is_empty() || shared.uses_default_features)
            {
                faults.push(format!("{name}: takes the shared crate without features"));
            }
        }
    }
}

/// An app that does not ask for a feature has none of its crates.
fn check_optional(package: &Package, faults: &mut Vec<String>) {
    if package.features.contains_key("default") {
        faults.push("azure-functions: has no default features".to_owned());
    }
    let dependencies = package.dependencies.iter();
    let needed = dependencies
        .filter(|dependency| dependency.kind == DependencyKind::Normal && !dependency.optional);
    for dependency in needed {
        if dependency.name.contains("opentelemetry") {
            faults.push(format!(
                "azure-functions: `{}` must be optional: most apps do without it",
                dependency.name
            ));
        }
    }
}
