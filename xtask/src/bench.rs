//! Builds the programs that are measured as they would run in Azure, and measures them.

use std::{env, path::Path, process::Command};

use anyhow::{Context, bail};

/// Builds, and runs the driver with these arguments.
pub(crate) fn run(root: &Path, arguments: &[String]) -> anyhow::Result<()> {
    let cargo = [
        "build",
        "--profile",
        "bench",
        "--locked",
        "-p",
        "azure-functions-bench",
        "--bins",
    ];
    let mut build = Command::new(env!("CARGO"));
    done(build.current_dir(root).args(cargo))?;
    let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), Into::into);
    // The profile `bench` has the directory of `release`.
    let driver = target.join("release").join("bench-driver");
    done(Command::new(driver).current_dir(root).args(arguments))
}

fn done(command: &mut Command) -> anyhow::Result<()> {
    let program = command.get_program().to_string_lossy().into_owned();
    let status = command
        .status()
        .with_context(|| format!("`{program}` does not start"))?;
    if !status.success() {
        bail!("`{program}` failed");
    }
    Ok(())
}
