//! What the attribute accepts, and what it says of what it refuses.
//!
//! The goldens are blessed with one toolchain, because the words around ours are the compiler's: `TRYBUILD=overwrite
//! cargo test -p azure-functions-tests --test ui`. Other toolchains only check what must compile.

use std::process::Command;

/// The release of rustc whose words the goldens hold.
const BLESSED: &str = "rustc 1.95.";

#[test]
fn ui() {
    let cases = trybuild::TestCases::new();
    cases.pass("ui/pass/*.rs");
    let version = Command::new("rustc")
        .arg("--version")
        .output()
        .expect("rustc runs")
        .stdout;
    if String::from_utf8_lossy(&version).starts_with(BLESSED) {
        cases.compile_fail("ui/fail/*/*.rs");
    }
}
