//! What is built for Azure, and what is refused.

use expect_test::expect;

use crate::release::App;

#[test]
fn a_program_that_azure_runs() {
    let app = App::new();
    app.check(
        &["build", "--profile", "dev"],
        &expect![[r#"
        exit code 0
        --- stderr
        Built `small` for Linux on x64, with the profile `dev`

          program    target/debug/small
          size [SIZE]
          linked     with glibc [VERSION]; the image has 2.39
          libraries  [LIBRARIES]
    "#]],
    );
    let shown = app.run(&["build", "--quiet", "--json"]);
    let json = shown.strip_prefix("exit code 0\n--- stdout\n").unwrap();
    let report: serde_json::Value = serde_json::from_str(json).unwrap();
    for (member, expected) in [
        ("name", "small"),
        ("profile", "release"),
        ("machine", "x64"),
        ("image_glibc", "2.39"),
    ] {
        assert_eq!(report[member], expected, "{json}");
    }
    assert_eq!(report["static"], false);
    // A program that needs nothing of the image runs on any.
    app.write(
        ".cargo/config.toml",
        "[build]\nrustflags = [\"-Ctarget-feature=+crt-static\"]\n",
    );
    app.check(
        &["build", "--profile", "dev", "--glibc", "2.10"],
        &expect![[r#"
            exit code 0
            --- stderr
            Built `small` for Linux on x64, with the profile `dev`

              program    target/debug/small
              size [SIZE]
              linked     statically; it needs nothing of the image
        "#]],
    );
}

#[test]
fn a_program_that_azure_does_not_run() {
    let app = App::new();
    app.check(
        &["build", "--profile", "dev", "--glibc", "2.10"],
        &expect![[r#"
            exit code 1
            --- stderr
            error: the program needs glibc [VERSION], and the image has 2.10

            hint: link for the image with `--builder zigbuild`, or without glibc with `--target x86_64-unknown-linux-musl`; if the image is another, say what it has with `--glibc`
        "#]],
    );
    app.check(
        &["build", "--glibc", "new"],
        &expect![[r#"
        exit code 2
        --- stderr
        error: invalid value 'new' for '--glibc <VERSION>': write a version such as `2.39`

        For more information, try '--help'.
    "#]],
    );
    app.check(
        &["build", "--target", "x86_64-pc-windows-msvc"],
        &expect![[r#"
            exit code 2
            --- stderr
            error: `x86_64-pc-windows-msvc` is not a target that Azure runs

            hint: choose one of Linux on `x86_64` or `aarch64`, such as `x86_64-unknown-linux-musl`
        "#]],
    );
    app.check(
        &["build", "--arm64"],
        &expect![[r#"
        exit code 1
        --- stderr
        error: Flex Consumption runs on x64, and not on arm64

        hint: build for x64, or for a container with `--container --arm64`
    "#]],
    );
}

#[test]
fn a_panic_that_ends_the_worker() {
    let app = App::new();
    let manifest = "[package]\nname = \"small\"\nedition = \"2024\"\n\n[workspace]\n\n";
    let profiles = "[profile.dev]\npanic = \"abort\"\n\n[profile.azure]\ninherits = \"dev\"\n";
    app.write("Cargo.toml", &format!("{manifest}{profiles}"));
    app.check(&["build", "--profile", "azure"], &expect![[r#"
        exit code 1
        --- stderr
        error: a panic in one function would end the whole worker: the profile `dev` in `[FOLDER]/Cargo.toml` says `panic = "abort"`

        hint: take it out, so that a panic fails one invocation; or allow it with `--allow-abort`
    "#]]);
    app.check(
        &["build", "--profile", "azure", "--allow-abort"],
        &expect![[r#"
            exit code 0
            --- stderr
            Built `small` for Linux on x64, with the profile `azure`

              program    target/azure/small
              size [SIZE]
              linked     with glibc [VERSION]; the image has 2.39
              libraries  [LIBRARIES]
        "#]],
    );
    app.write(
        ".cargo/config.toml",
        "[profile.release]\npanic = \"abort\"\n\n[profile.dev]\npanic = \"unwind\"\n",
    );
    app.check(&["build"], &expect![[r#"
        exit code 1
        --- stderr
        error: a panic in one function would end the whole worker: the profile `release` in `[FOLDER]/.cargo/config.toml` says `panic = "abort"`

        hint: take it out, so that a panic fails one invocation; or allow it with `--allow-abort`
    "#]]);
    // The configuration counts more than the manifest.
    app.check(
        &["build", "--profile", "azure", "--quiet"],
        &expect![[r#"
        exit code 0
    "#]],
    );
}

#[test]
fn another_builder() {
    let app = App::new();
    for arguments in [
        &["build", "--builder", "zigbuild"][..],
        &["build", "--builder", "cross"],
        &["build", "--container", "--arm64"],
    ] {
        let shown = app.shown(&app.run_alone(arguments));
        let expected = match arguments {
            [_, _, "zigbuild"] => expect![[r#"
                exit code 1
                --- stderr
                error: `cargo-zigbuild` is not installed

                hint: install it with `cargo install --locked cargo-zigbuild`, and zig, or choose another `--builder`
            "#]],
            [_, _, "cross"] => expect![[r#"
                exit code 1
                --- stderr
                error: `cross` is not installed

                hint: install it with `cargo install --locked cross`, and Docker or Podman, or choose another `--builder`
            "#]],
            _ => expect![[r#"
                exit code 1
                --- stderr
                error: cargo alone cannot build for Linux on arm64 on this machine

                hint: install cargo-zigbuild with `cargo install --locked cargo-zigbuild`, and zig; or install cross
            "#]],
        };
        expected.assert_eq(&shown);
    }
    // It builds for this machine, and says what it was told.
    app.program(
        "cargo-zigbuild",
        "shift; echo \"$@\" > \"$HERE/zigbuild\"; exec \"$CARGO\" build --bin small --message-format=json-render-diagnostics",
    );
    app.check(
        &[
            "build",
            "--builder",
            "zigbuild",
            "--glibc",
            "2.38",
            "--quiet",
        ],
        &expect![[r#"
            exit code 0
            --- stderr
        "#]],
    );
    let said = app
        .said("zigbuild")
        .replace(app.path().to_str().unwrap(), "[FOLDER]");
    expect![[r#"
        --manifest-path [FOLDER]/Cargo.toml --bin small --release --target x86_64-unknown-linux-gnu.2.38 --message-format=json-render-diagnostics --color=auto --quiet
    "#]].assert_eq(&said);
    // This machine is not one with arm64, and the program says so.
    app.check(
        &["build", "--container", "--arm64", "--quiet"],
        &expect![[r#"
            exit code 1
            --- stderr
            error: the program is for x64, and the image runs on arm64

            hint: check `--arm64` and `--target`, and `build.target` in `.cargo/config.toml`
        "#]],
    );
}
