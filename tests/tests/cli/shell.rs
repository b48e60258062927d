//! Completions and the manual.

use std::fs;

use azure_functions_tests::build;
use expect_test::expect;

use crate::support::{check, filtered, run};

#[test]
fn completions() {
    for (shell, part) in [
        ("bash", "complete -F _cargo__func -o nosort"),
        ("elvish", "edit:completion:arg-completer[cargo-func]"),
        ("fish", "complete -c cargo-func"),
        ("powershell", "-CommandName 'cargo-func'"),
        ("zsh", "#compdef cargo-func"),
    ] {
        let shown = run(build::root(), &["completions", shell]);
        assert!(shown.starts_with("exit code 0\n--- stdout\n"), "{shown}");
        assert!(!shown.contains("--- stderr"), "{shown}");
        for part in [part, "deploy", "resource-group"] {
            assert!(shown.contains(part), "{shell}: {part}");
        }
    }
    check(
        &["completions", "tcsh"],
        &expect![[r#"
        exit code 2
        --- stderr
        error: invalid value 'tcsh' for '<SHELL>'
          [possible values: bash, elvish, fish, powershell, zsh]

          tip: a similar value exists: 'zsh'

        For more information, try '--help'.
    "#]],
    );
}

#[test]
fn the_manual() {
    let shown = run(build::root(), &["man"]);
    assert!(shown.starts_with("exit code 0\n--- stdout\n"), "{shown}");
    for part in [".TH cargo-func 1", "cargo\\-func\\-pack(1)", "Exit codes"] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    let folder = tempfile::tempdir().unwrap();
    let shown = run(folder.path(), &["man", "--out", "pages"]);
    expect![[r#"
        exit code 0
        --- stderr
        Wrote the manual to `pages`
    "#]]
    .assert_eq(&filtered(&shown, folder.path()));
    for command in ["build", "pack", "deploy", "run", "new-http"] {
        let page = folder.path().join(format!("pages/cargo-func-{command}.1"));
        assert!(
            fs::read_to_string(page).unwrap().contains("Exit codes"),
            "{command}"
        );
    }
    fs::write(folder.path().join("taken"), "").unwrap();
    let shown = run(folder.path(), &["man", "--out", "taken"]);
    expect![[r#"
        exit code 1
        --- stderr
        error: cannot write the manual to `taken`
          caused by: File exists (os error [CODE])
    "#]]
    .assert_eq(&filtered(&shown, folder.path()));
}
