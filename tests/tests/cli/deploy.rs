//! Publishing, with a program that stands in for the Azure CLI and keeps what it was told.

use std::{fs::File, io::Write as _};

use expect_test::{Expect, expect};
use zip::{ZipWriter, write::SimpleFileOptions};

use crate::{release::App, support::run};

const DEPLOY: &[&str] = &[
    "deploy",
    "--resource-group",
    "group",
    "--name",
    "app-in-azure",
    "--profile",
    "dev",
];

/// An app on a machine where `az` keeps its arguments, and does what a script says.
fn app(az: &str) -> App {
    let app = App::new();
    app.program("az", &format!("echo az \"$@\" >> \"$HERE/said\"\n{az}"));
    app
}

#[test]
fn a_deployment() {
    let app = app("echo 'WARNING: it takes a while' >&2; echo '{\"secret\": 1}'");
    app.check(
        DEPLOY,
        &expect![[r#"
        exit code 0
        --- stderr
             Packing 2 files
          Publishing [FOLDER]/target/func/small.zip
        WARNING: it takes a while
        Published `target/func/small.zip`, [SIZE], to the function app `app-in-azure`
    "#]],
    );
    expect![[r#"
        az account show --output none
        az functionapp deployment source config-zip --output none --resource-group group --name app-in-azure --src [FOLDER]/target/func/small.zip
    "#]].assert_eq(&app.shown(&app.said("said")));
    let app = self::app("");
    let more = ["--subscription", "Pay As You Go", "--json", "--quiet"];
    let shown = app.run(&[DEPLOY, &more].concat());
    assert!(
        shown.starts_with("exit code 0\n--- stdout\n{\"name\":\"app-in-azure\""),
        "{shown}"
    );
    expect![[r#"
        az account show --output none --subscription Pay As You Go
        az functionapp deployment source config-zip --output none --subscription Pay As You Go --resource-group group --name app-in-azure --src [FOLDER]/target/func/small.zip
    "#]].assert_eq(&app.shown(&app.said("said")));
}

#[test]
fn a_deployment_of_a_package() {
    let app = app("");
    app.run(&["pack", "--profile", "dev", "--quiet", "--out", "kept.zip"]);
    // What is in the folder now is not looked at.
    app.write("src/main.rs", "broken");
    app.check(
        &[DEPLOY, &["--zip", "kept.zip"]].concat(),
        &expect![[r#"
        exit code 0
        --- stderr
          Publishing kept.zip
        Published `kept.zip`, [SIZE], to the function app `app-in-azure`
    "#]],
    );
    expect![[r#"
        az account show --output none
        az functionapp deployment source config-zip --output none --resource-group group --name app-in-azure --src kept.zip
    "#]].assert_eq(&app.said("said"));
}

#[test]
fn a_dry_run() {
    let app = app("");
    app.write("data/prices.csv", "");
    // Not even what cannot be compiled is looked at.
    app.write("src/main.rs", "broken");
    app.check(
        &[DEPLOY, &["--dry-run", "--subscription", "it's mine"]].concat(),
        &expect![[r#"
            exit code 0
            --- stderr
            Commands

              cargo build --manifest-path [FOLDER]/Cargo.toml --bin small --profile dev
              az account show --output none --subscription 'it'\''s mine'
              az functionapp deployment source config-zip --output none --subscription 'it'\''s mine' --resource-group group --name app-in-azure --src [FOLDER]/target/func/small.zip

            Files in `target/func/small.zip`

              app              target/debug/small
              data/prices.csv  data/prices.csv
              host.json        host.json

            note: this was a dry run; nothing was done
        "#]],
    );
    app.check(&[DEPLOY, &["--dry-run", "--json"]].concat(), &expect![[r#"
        exit code 0
        --- stdout
        {"dry_run":true,"commands":[["cargo","build","--manifest-path","[FOLDER]/Cargo.toml","--bin","small","--profile","dev"],["az","account","show","--output","none"],["az","functionapp","deployment","source","config-zip","--output","none","--resource-group","group","--name","app-in-azure","--src","[FOLDER]/target/func/small.zip"]],"package":"[FOLDER]/target/func/small.zip","files":[["app","[FOLDER]/target/debug/small"],["data/prices.csv","[FOLDER]/data/prices.csv"],["host.json","[FOLDER]/host.json"]]}
    "#]]);
    assert_eq!(app.said("said"), "");
    assert!(!app.path().join("target").exists());
}

#[test]
fn what_a_new_app_publishes() {
    let folder = tempfile::tempdir().unwrap();
    run(folder.path(), &["new-app", "hello", "--quiet"]);
    let hello = folder.path().join("hello");
    let shown = run(&hello, &[DEPLOY, &["--dry-run"]].concat());
    let (_, files) = shown.split_once("Files in").unwrap();
    expect![[r#"
         `target/func/hello.zip`

          app        target/debug/hello
          host.json  host.json

        note: this was a dry run; nothing was done
    "#]]
    .assert_eq(files);
}

#[test]
fn an_azure_cli_that_does_not_publish() {
    let signed_out = "echo \"ERROR: Please run 'az login' to setup account.\" >&2; exit 1";
    let unknown = "echo \"ERROR: Subscription 'x' not found. Check the spelling and casing and try again.\" >&2; exit 1";
    let publish =
        "[ $1 = account ] || { echo 'ERROR: (ResourceNotFound) no such app' >&2; exit 3; }";
    for (az, expected, built) in [
        (
            signed_out,
            expect![[r#"
            exit code 1
            --- stderr
            error: nobody is signed in to Azure

            hint: sign in with `az login`
        "#]],
            false,
        ),
        (
            unknown,
            expect![[r#"
            exit code 1
            --- stderr
            error: the account cannot be used: Subscription 'x' not found. Check the spelling and casing and try again

            hint: `az account list` shows the subscriptions; choose one with `--subscription`
        "#]],
            false,
        ),
        (
            publish,
            expect![[r#"
            exit code 1
            --- stderr
            ERROR: (ResourceNotFound) no such app
            error: `az` could not publish the package

            hint: the reason is in the output of `az` above; check `--name` and `--resource-group`, and the role of the account
        "#]],
            true,
        ),
    ] {
        let app = app(az);
        app.check(&[DEPLOY, &["--quiet"]].concat(), &expected);
        assert_eq!(app.path().join("target").exists(), built);
    }
    let app = App::new();
    expect![[r#"
        exit code 1
        --- stderr
        error: the Azure CLI `az` is not installed

        hint: install it as https://aka.ms/install-azure-cli says; or make the package with `cargo func pack`, and publish it in another way
    "#]].assert_eq(&app.shown(&app.run_alone(DEPLOY)));
    app.check(
        &["deploy", "--name", "x"],
        &expect![[r#"
        exit code 2
        --- stderr
        error: the following required arguments were not provided:
          --resource-group <NAME>

        Usage: cargo func deploy --resource-group <NAME> --name <NAME>

        For more information, try '--help'.
    "#]],
    );
    app.check(
        &["deploy", "--name=-x", "--resource-group", "group"],
        &expect![[r#"
            exit code 2
            --- stderr
            error: invalid value '-x' for '--name <NAME>': it begins with `-`, like an option

            For more information, try '--help'.
        "#]],
    );
}

/// The mode of a link, as Unix writes it.
const LINK: u32 = 0o120_777;

/// A zip of files with their modes, and what is said of it.
#[track_caller]
fn refused(files: &[(&str, u32, &str)], expected: &Expect) {
    let app = app("");
    let mut zip = ZipWriter::new(File::create(app.path().join("own.zip")).unwrap());
    for (name, mode, text) in files {
        let options = SimpleFileOptions::default().unix_permissions(*mode);
        if *mode == LINK {
            zip.add_symlink(*name, *text, options).unwrap();
            continue;
        }
        zip.start_file(*name, options).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    }
    zip.finish().unwrap();
    app.check(&[DEPLOY, &["--zip", "own.zip"]].concat(), expected);
    assert!(!app.said("said").contains("config-zip"));
}

#[test]
fn zips_that_are_no_packages() {
    let host = ("host.json", 0o644, "{ \"version\": \"2.0\" }");
    refused(
        &[host],
        &expect![[r#"
        exit code 1
        --- stderr
        error: `own.zip` is not a package: there is no `app` in it, outside of folders

        hint: make it with `cargo func pack`
    "#]],
    );
    refused(
        &[host, ("bin/app", 0o755, "")],
        &expect![[r#"
        exit code 1
        --- stderr
        error: `own.zip` is not a package: there is no `app` in it, outside of folders

        hint: make it with `cargo func pack`
    "#]],
    );
    refused(
        &[host, ("app", 0o644, "")],
        &expect![[r#"
        exit code 1
        --- stderr
        error: `own.zip` is not a package: its program `app` is not executable

        hint: make it with `cargo func pack`
    "#]],
    );
    refused(
        &[host, ("app", 0o755, "#!/bin/sh")],
        &expect![[r#"
        exit code 1
        --- stderr
        error: `app` is not a program for Linux: it is a script

        hint: build for Linux, with `--builder zigbuild` or `--builder cross` on other systems
    "#]],
    );
    refused(
        &[host, ("app", 0o755, "MZ")],
        &expect![[r#"
        exit code 1
        --- stderr
        error: `app` is not a program for Linux: it is a program for Windows

        hint: build for Linux, with `--builder zigbuild` or `--builder cross` on other systems
    "#]],
    );
    refused(
        &[("host.json", 0o644, "{"), ("app", 0o755, "MZ")],
        &expect![[r#"
            exit code 1
            --- stderr
            error: `own.zip` is not a package: its `host.json` cannot be used: the object is not closed; add `}`, line 1, column 2

            hint: make it with `cargo func pack`
        "#]],
    );
    refused(
        &[host, ("../app", 0o755, "")],
        &expect![[r#"
        exit code 1
        --- stderr
        error: `own.zip` is not a package: its file `../app` would be outside of the app

        hint: make it with `cargo func pack`
    "#]],
    );
    refused(
        &[host, ("/etc/app", 0o755, "")],
        &expect![[r#"
        exit code 1
        --- stderr
        error: `own.zip` is not a package: its file `/etc/app` would be outside of the app

        hint: make it with `cargo func pack`
    "#]],
    );
    refused(
        &[host, ("data/local.settings.json", 0o644, "{}")],
        &expect![[r#"
            exit code 1
            --- stderr
            error: `own.zip` is not a package: it has `data/local.settings.json`, the settings of a developer

            hint: make it with `cargo func pack`
        "#]],
    );
    refused(
        &[host, ("link", LINK, "/etc/hosts")],
        &expect![[r#"
            exit code 1
            --- stderr
            error: `own.zip` is not a package: its file `link` is a link

            hint: make it with `cargo func pack`
        "#]],
    );
    let app = app("");
    app.write("own.zip", "not a zip");
    app.check(
        &[DEPLOY, &["--zip", "own.zip"]].concat(),
        &expect![[r#"
        exit code 1
        --- stderr
        error: `own.zip` is not a package: invalid Zip archive: Could not find EOCD

        hint: make it with `cargo func pack`
    "#]],
    );
    app.check(
        &[DEPLOY, &["--zip", "nowhere.zip"]].concat(),
        &expect![[r#"
            exit code 1
            --- stderr
            error: cannot read `nowhere.zip`
              caused by: No such file or directory (os error [CODE])

            hint: check that it is there, and that you may read it; nothing was written
        "#]],
    );
}
