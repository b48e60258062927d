//! Records `docs/tour.md`: an app from an empty directory to a changed answer.

use std::{path::Path, process::Command};

use anyhow::{Context, bail};

/// Runs the test that makes the recording, and has it write what it saw.
pub(crate) fn run(root: &Path) -> anyhow::Result<()> {
    let status = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args([
            "test",
            "-p",
            "azure-functions-tests",
            "--test",
            "cli",
            "tour::",
        ])
        .env("UPDATE_EXPECT", "1")
        .current_dir(root)
        .status()
        .context("cargo cannot be run")?;
    if !status.success() {
        bail!("the tour did not end well; its output says why");
    }
    Ok(())
}
