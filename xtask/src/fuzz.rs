//! Runs the fuzz targets, on a corpus of the recordings and of what earlier runs found.
//!
//! `cargo fuzz` wants a nightly compiler for the flags of its instrumentation. A stable one has them too, and takes them
//! when `RUSTC_BOOTSTRAP` says so; here that builds nothing that anybody else runs.

use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
};

use anyhow::{Context, bail};

/// Fuzzes `target`, or all targets one after the other, each for so many seconds; with `keep`, what was found is added to the
/// files in `fuzz/found`.
pub(crate) fn run(
    root: &Path,
    target: Option<&str>,
    seconds: u32,
    keep: bool,
) -> anyhow::Result<()> {
    let fuzz = root.join("fuzz");
    // So that the targets are built from what the tests were built from.
    fs::copy(root.join("Cargo.lock"), fuzz.join("Cargo.lock"))?;
    let targets = targets(&fuzz)?;
    let chosen = targets
        .iter()
        .filter(|name| target.is_none_or(|target| target == *name));
    let chosen: Vec<_> = chosen.collect();
    if chosen.is_empty() {
        bail!(
            "there is no such target; the targets are {}",
            targets.join(", ")
        );
    }
    for target in chosen {
        let folder = fuzz.join("corpus").join(target);
        corpus(root, "unpack", target, &folder)?;
        let limit = format!("-max_total_time={seconds}");
        cargo_fuzz(root, &["run", target, "--", &limit, "-timeout=30"])?;
        if keep {
            cargo_fuzz(root, &["cmin", target])?;
            corpus(root, "pack", target, &folder)?;
        }
    }
    Ok(())
}

fn targets(fuzz: &Path) -> anyhow::Result<Vec<String>> {
    let mut targets = Vec::new();
    for file in fs::read_dir(fuzz.join("fuzz_targets"))? {
        let path = file?.path();
        let name = path.file_stem().unwrap_or_default();
        targets.push(name.to_string_lossy().into_owned());
    }
    targets.sort();
    Ok(targets)
}

/// Between the files of the repository and the folder that the fuzzer works on.
fn corpus(root: &Path, task: &str, target: &str, folder: &Path) -> anyhow::Result<()> {
    let mut cargo = Command::new(env!("CARGO"));
    cargo
        .current_dir(root)
        .args(["run", "--quiet", "--package", "azure-functions-fuzz"])
        .args(["--bin", "corpus", "--", task, target])
        .arg(folder);
    finish(cargo)
}

fn cargo_fuzz(root: &Path, arguments: &[&str]) -> anyhow::Result<()> {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.current_dir(root).arg("fuzz").args(arguments);
    if !is_nightly() {
        cargo.env("RUSTC_BOOTSTRAP", "1");
    }
    finish(cargo).context("fuzzing needs `cargo install cargo-fuzz` and a C++ compiler")
}

fn is_nightly() -> bool {
    let version = Command::new("rustc").arg("--version").output();
    version.is_ok_and(|version| String::from_utf8_lossy(&version.stdout).contains("nightly"))
}

fn finish(mut command: Command) -> anyhow::Result<()> {
    let status = command.stdin(Stdio::null()).status()?;
    if !status.success() {
        bail!("{command:?} failed");
    }
    Ok(())
}
