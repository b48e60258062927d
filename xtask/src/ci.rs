//! One command runs what CI runs, in the order in which a mistake is cheapest to find.

use std::{path::Path, process::Command, time::Instant};

use anyhow::{Context, bail};

/// What a step is called, the arguments of cargo, and an environment variable.
type Step = (
    &'static str,
    &'static [&'static str],
    Option<(&'static str, &'static str)>,
);

const STEPS: [Step; 8] = [
    ("formatting", &["fmt", "--all", "--check"], None),
    (
        "lints",
        &[
            "clippy",
            "--workspace",
            "--all-targets",
            "--locked",
            "--",
            "-D",
            "warnings",
        ],
        None,
    ),
    (
        "the macro's part of the shared crate has no dependencies",
        &[
            "clippy",
            "-p",
            "azure-functions-shared",
            "--locked",
            "--",
            "-D",
            "warnings",
        ],
        None,
    ),
    // The tests switch features on, and cargo then switches them on for the whole workspace.
    (
        "the worker without features",
        &[
            "clippy",
            "-p",
            "azure-functions",
            "--locked",
            "--",
            "-D",
            "warnings",
        ],
        None,
    ),
    (
        "the worker with all features",
        &[
            "clippy",
            "-p",
            "azure-functions",
            "--all-features",
            "--locked",
            "--",
            "-D",
            "warnings",
        ],
        None,
    ),
    (
        "docs",
        &["doc", "--workspace", "--no-deps", "--locked"],
        Some(("RUSTDOCFLAGS", "-D warnings")),
    ),
    // All that fails is named in one run.
    (
        "tests",
        &["test", "--workspace", "--locked", "--no-fail-fast"],
        None,
    ),
    (
        "licences and sources",
        &["deny", "--offline", "check", "bans", "licenses", "sources"],
        None,
    ),
];

/// Runs every step, and stops at the first that fails.
pub(crate) fn run(root: &Path) -> anyhow::Result<()> {
    step("generated code", || super::codegen::run(root, true))?;
    step("generated docs", || super::docs::run(root, true))?;
    step("house rules", || super::tidy::run(root))?;
    for (name, arguments, variable) in STEPS {
        if arguments.first() == Some(&"deny") && !has_cargo_deny() {
            report(&format!(
                "{name}: skipped, because `cargo-deny` is not installed"
            ));
            continue;
        }
        step(name, || {
            let mut cargo = Command::new(env!("CARGO"));
            cargo.current_dir(root).args(arguments).envs(variable);
            let status = cargo.status().context("cargo does not start")?;
            if !status.success() {
                bail!("`cargo {}` failed", arguments.join(" "));
            }
            Ok(())
        })?;
    }
    Ok(())
}

fn step(name: &str, run: impl FnOnce() -> anyhow::Result<()>) -> anyhow::Result<()> {
    report(&format!("{name} …"));
    let start = Instant::now();
    run().with_context(|| format!("{name}: failed"))?;
    report(&format!("{name}: {} s", start.elapsed().as_secs()));
    Ok(())
}

fn has_cargo_deny() -> bool {
    Command::new("cargo-deny")
        .arg("--version")
        .output()
        .is_ok_and(|output| output.status.success())
}

#[expect(
    clippy::print_stderr,
    reason = "a task talks to the person who runs it"
)]
fn report(text: &str) {
    eprintln!("ci: {text}");
}
