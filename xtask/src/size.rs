//! Installs the tool as a person would, and looks how large it is.

use std::{
    env, fs,
    io::{self, Write as _},
    path::Path,
    process::Command,
};

use anyhow::{Context, bail};

/// The most bytes that the installed tool may have.
const MOST: u64 = 15_000_000;

/// Installs below the target directory, and fails if the program is too large.
pub(crate) fn run(root: &Path) -> anyhow::Result<()> {
    let installed = root.join("target").join("installed");
    let mut install = Command::new(env!("CARGO"));
    install
        .current_dir(root)
        .args(["install", "--locked", "--quiet", "--path"])
        .arg("azure-functions-sdk")
        .arg("--root")
        .arg(&installed);
    let status = install.status().context("cargo does not start")?;
    if !status.success() {
        bail!("the tool cannot be installed");
    }
    let name = format!("cargo-func{}", env::consts::EXE_SUFFIX);
    let program = installed.join("bin").join(name);
    let size = fs::metadata(&program)
        .with_context(|| format!("there is no `{}`", program.display()))?
        .len();
    writeln!(io::stdout(), "`{}` has {size} bytes", program.display())?;
    if size >= MOST {
        bail!("it has to stay below {MOST}");
    }
    Ok(())
}
