//! The tools of the machine: what compiles, what builds for Azure, what deploys.

use std::{
    path::PathBuf,
    process::{Command, Stdio},
};

use crate::finding::Finding;

/// The oldest compiler that takes the crates.
const MSRV: &str = env!("CARGO_PKG_RUST_VERSION");
/// What the workers of Azure run on.
const TARGET: &str = "x86_64-unknown-linux-gnu";
/// The version of the C library on the image that Azure runs native workers on, Ubuntu 24.04.
const GLIBC: [u32; 2] = [2, 39];

/// Looks for all of them.
pub(super) fn check() -> Vec<Finding> {
    vec![rust(), target(), core_tools(), azure_cli()]
}

fn rust() -> Finding {
    const WHAT: &str = "rust";
    let Some(text) = output("rustc", &["--version"]) else {
        return Finding::error(WHAT, "`rustc` cannot be run")
            .hint("install Rust from https://rustup.rs");
    };
    let text = text.trim();
    match numbers(text) {
        Some(version) if version < numbers(MSRV).unwrap_or_default() => Finding::error(
            WHAT,
            format!("`{text}` is older than {MSRV}, which the crates need"),
        )
        .hint("bring it up to date with `rustup update`"),
        Some(_) => Finding::ok(WHAT, format!("{text}; {MSRV} is needed")),
        None => Finding::warning(WHAT, format!("`rustc` says `{text}`, which is no version"))
            .hint("check the `PATH`"),
    }
}

/// What builds a program that runs in Azure.
fn target() -> Finding {
    const WHAT: &str = "target";
    if cfg!(all(
        target_os = "linux",
        target_arch = "x86_64",
        target_env = "gnu"
    )) {
        let own = output("getconf", &["GNU_LIBC_VERSION"]).and_then(|text| numbers(&text));
        return match own {
            Some(own) if own > GLIBC.to_vec() => linker().unwrap_or_else(|| {
                let [major, minor] = GLIBC;
                Finding::warning(
                    WHAT,
                    format!(
                        "programs that are built here may need glibc {}, and Azure has {major}.{minor}",
                        own.iter().map(u32::to_string).collect::<Vec<_>>().join(".")
                    ),
                )
                .hint("install `cargo-zigbuild`, or `cross`")
            }),
            _ => Finding::ok(WHAT, format!("this machine builds for {TARGET} itself")),
        };
    }
    if let Some(found) = linker() {
        return found;
    }
    Finding::warning(WHAT, format!("nothing here builds for {TARGET}"))
        .hint(format!(
            "install zig and `cargo install cargo-zigbuild`, and `rustup target add {TARGET}`; or `cargo install cross`, which needs Docker"
        ))
}

/// What builds for another machine, if it is there.
fn linker() -> Option<Finding> {
    const WHAT: &str = "target";
    if find("cargo-zigbuild").is_some() {
        let targets = output("rustup", &["target", "list", "--installed"]);
        let has_target =
            targets.is_none_or(|targets| targets.lines().any(|own| own.trim() == TARGET));
        return Some(if has_target {
            Finding::ok(WHAT, format!("`cargo-zigbuild` builds for {TARGET}"))
        } else {
            Finding::warning(
                WHAT,
                format!("`cargo-zigbuild` is here, and the target {TARGET} is not"),
            )
            .hint(format!("add it with `rustup target add {TARGET}`"))
        });
    }
    find("cross").map(|_| Finding::ok(WHAT, format!("`cross` builds for {TARGET}")))
}

fn core_tools() -> Finding {
    const WHAT: &str = "core tools";
    let Some(text) = find("func").and_then(|_| output("func", &["--version"])) else {
        return Finding::note(WHAT, "the Azure Functions Core Tools are not installed")
            .hint("`cargo func run` needs them only for `--host func`");
    };
    let text = text.trim();
    match numbers(text).and_then(|version| version.first().copied()) {
        Some(4..) => Finding::ok(WHAT, format!("Core Tools {text}")),
        _ => Finding::warning(
            WHAT,
            format!("Core Tools {text} do not run version 4 of the host"),
        )
        .hint("install version 4"),
    }
}

fn azure_cli() -> Finding {
    const WHAT: &str = "azure cli";
    let text = find("az").and_then(|_| output("az", &["version", "--output", "json"]));
    let version = text.and_then(|text| {
        let versions: serde_json::Value = serde_json::from_str(&text).ok()?;
        Some(versions.get("azure-cli")?.as_str()?.to_owned())
    });
    match version {
        Some(version) => Finding::ok(WHAT, format!("Azure CLI {version}")),
        None => Finding::note(WHAT, "the Azure CLI is not installed")
            .hint("`cargo func deploy` needs it: https://aka.ms/azure-cli"),
    }
}

/// What a program prints, if it can be run and succeeds.
fn output(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(find(program)?)
        .args(arguments)
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .ok()?;
    output
        .status
        .success()
        .then(|| String::from_utf8(output.stdout).ok())?
}

/// A program of the `PATH`.
fn find(program: &str) -> Option<PathBuf> {
    let endings: &[&str] = if cfg!(windows) {
        &[".exe", ".cmd", ".bat"]
    } else {
        &[""]
    };
    let path = std::env::var_os("PATH")?;
    let mut places = std::env::split_paths(&path).flat_map(|folder| {
        endings
            .iter()
            .map(move |ending| folder.join(format!("{program}{ending}")))
    });
    places.find(|place| place.is_file())
}

/// The numbers of the first version in a text: of `rustc 1.88.0 (…)` they are 1, 88 and 0.
fn numbers(text: &str) -> Option<Vec<u32>> {
    let words = text.split([' ', '\n', '-']);
    let mut versions = words.filter_map(|word| {
        let numbers: Result<Vec<u32>, _> = word.split('.').map(str::parse).collect();
        numbers.ok().filter(|numbers| numbers.len() > 1)
    });
    versions.next()
}

#[cfg(test)]
mod tests {
    use super::numbers;

    #[test]
    fn versions() {
        for (text, expected) in [
            ("rustc 1.88.0 (6b00bc388 2025-06-23)", Some(vec![1, 88, 0])),
            ("rustc 1.92.0-nightly (x)", Some(vec![1, 92, 0])),
            ("glibc 2.39", Some(vec![2, 39])),
            ("4.0.7317\n", Some(vec![4, 0, 7317])),
            ("nothing", None),
        ] {
            assert_eq!(numbers(text), expected, "{text}");
        }
    }
}
