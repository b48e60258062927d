//! The programs of this workspace that tests run as processes, built once for each test program.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::LazyLock,
};

use serde_json::Value;

/// Programs by the names of their packages.
type Programs = HashMap<String, PathBuf>;

// Together, because their dependencies have the same features then as when `cargo func run` builds one of them.
static EXAMPLES: LazyLock<Programs> = LazyLock::new(|| {
    let folders = std::fs::read_dir(root().join("examples"))
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(format!("{}-example", entry.ok()?.file_name().to_str()?)));
    let packages: Vec<String> = folders.collect();
    build(&packages.iter().map(String::as_str).collect::<Vec<_>>())
});

static TOOL: LazyLock<Programs> = LazyLock::new(|| build(&["azure-functions-sdk"]));

/// The program of an example: `http` is that of `examples/http`.
///
/// # Panics
///
/// It cannot be built.
pub fn example(name: &str) -> &'static Path {
    program(&EXAMPLES, &format!("{name}-example"))
}

/// The program `cargo-func`.
///
/// # Panics
///
/// It cannot be built.
pub fn tool() -> &'static Path {
    program(&TOOL, "azure-functions-sdk")
}

/// The root of the workspace.
pub fn root() -> &'static Path {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    own.parent().unwrap_or(own)
}

#[expect(
    clippy::panic,
    reason = "a test that has no program to run has to say so"
)]
fn program(programs: &'static Programs, package: &str) -> &'static Path {
    match programs.get(package) {
        Some(program) => program,
        None => panic!("cargo built no program of the package `{package}`"),
    }
}

#[expect(
    clippy::panic,
    reason = "a test that has no program to run has to say so"
)]
fn build(packages: &[&str]) -> Programs {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command
        .args(["build", "--quiet", "--bins"])
        .arg("--message-format=json-render-diagnostics")
        .current_dir(root())
        .stderr(Stdio::inherit());
    for package in packages {
        command.args(["--package", package]);
    }
    if !cfg!(debug_assertions) {
        command.arg("--release");
    }
    let output = command
        .output()
        .unwrap_or_else(|error| panic!("cargo cannot be run: {error}"));
    assert!(output.status.success(), "{packages:?} cannot be built");
    let text = String::from_utf8_lossy(&output.stdout);
    let messages = text
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let artifacts = messages.filter_map(|message| {
        let program = PathBuf::from(message.get("executable")?.as_str()?);
        let manifest = Path::new(message.get("manifest_path")?.as_str()?);
        let package = packages.iter().find(|package| {
            let folder = manifest.parent().and_then(Path::file_name);
            folder.is_some_and(|folder| {
                folder.to_string_lossy() == package.strip_suffix("-example").unwrap_or(package)
            })
        })?;
        Some(((*package).to_owned(), program))
    });
    artifacts.collect()
}
