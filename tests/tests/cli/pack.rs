//! Packages: what is in them, that they are always the same, that they run, and what is refused.

use std::{
    fmt::Write as _,
    fs::{self, File},
    os::unix::fs::{PermissionsExt as _, symlink},
    path::Path,
    process::Command,
    time::{Duration, SystemTime},
};

use azure_functions_tests::{app::Setup, build};
use expect_test::{Expect, expect};
use zip::ZipArchive;

use crate::{release::App, support::run};

/// A package without waiting for optimizations.
const PACK: &[&str] = &["pack", "--profile", "dev"];

/// Every file of a package, with its mode.
fn listed(package: &Path) -> String {
    let mut archive = ZipArchive::new(File::open(package).unwrap()).unwrap();
    let mut files = String::new();
    for index in 0..archive.len() {
        let file = archive.by_index(index).unwrap();
        let mode = file.unix_mode().unwrap();
        let _ = writeln!(files, "{mode:o} {}", file.name().unwrap());
    }
    files
}

/// An app with files of its own.
fn app() -> App {
    let app = App::new();
    app.write("local.settings.json", "{}");
    app.write("data/prices.csv", "1,2\n");
    app.write("data/deep/local.settings.json", "{}");
    app.write("notes.md", "");
    app.write("tool.sh", "#!/bin/sh\n");
    let tool = app.path().join("tool.sh");
    fs::set_permissions(tool, fs::Permissions::from_mode(0o700)).unwrap();
    symlink("data/prices.csv", app.path().join("prices.csv")).unwrap();
    app
}

#[test]
fn a_package() {
    let app = app();
    app.check(
        PACK,
        &expect![[r#"
        exit code 0
        --- stderr
             Packing 5 files
        Packed `small` into `target/func/small.zip`, [SIZE]

          app [SIZE] [SIZE] packed  executable
          data/            4 B       6 B packed
          host.json       21 B      23 B packed
          prices.csv       4 B       6 B packed
          tool.sh         10 B      12 B packed  executable
    "#]],
    );
    let package = app.path().join("target/func/small.zip");
    expect![[r#"
        100755 app
        100644 data/prices.csv
        100644 host.json
        100644 prices.csv
        100755 tool.sh
    "#]]
    .assert_eq(&listed(&package));
    // `.funcignore` is the user's, but for what is secret.
    app.write(
        ".funcignore",
        "/src\nCargo.*\ntool.*\n!local.settings.json\n",
    );
    app.check(
        &[PACK, &["--out", "out/app.zip", "--quiet"]].concat(),
        &expect![[r#"
            exit code 0
        "#]],
    );
    expect![[r#"
        100755 app
        100644 data/prices.csv
        100644 host.json
        100644 notes.md
        100644 prices.csv
    "#]]
    .assert_eq(&listed(&app.path().join("out/app.zip")));
    expect![[r#"
        644 app.zip
    "#]]
    .assert_eq(&app.files("out"));
}

#[test]
fn two_packages_of_the_same_files() {
    let app = app();
    let arguments = |out| [PACK, &["--quiet", "--out", out]].concat();
    assert_eq!(app.run(&arguments("one.zip")), "exit code 0\n");
    let yesterday = SystemTime::now() - Duration::from_secs(86_400);
    for file in ["host.json", "tool.sh", "target/debug/small"] {
        let file = File::options()
            .append(true)
            .open(app.path().join(file))
            .unwrap();
        file.set_modified(yesterday).unwrap();
    }
    // A new file that says the same.
    fs::remove_file(app.path().join("data/prices.csv")).unwrap();
    app.write("data/prices.csv", "1,2\n");
    assert_eq!(app.run(&arguments("two.zip")), "exit code 0\n");
    let package = |name: &str| fs::read(app.path().join(name)).unwrap();
    assert!(package("one.zip") == package("two.zip"));
    app.write("data/prices.csv", "1,3\n");
    assert_eq!(app.run(&arguments("two.zip")), "exit code 0\n");
    assert!(package("one.zip") != package("two.zip"));
}

#[test]
fn a_container() {
    let app = app();
    // The image for containers may have an older glibc than this machine.
    let pack = [PACK, &["--container", "--glibc", "2.99"]].concat();
    app.check(
        &pack,
        &expect![[r#"
        exit code 0
        --- stderr
             Packing 5 files
        Packed `small` into `target/func/small-image`, [SIZE]

          Dockerfile     320 B
          site/           39 B  executable  4 files
          worker/ [SIZE]  executable  2 files

          docker build --tag small target/func/small-image
    "#]],
    );
    expect![[r#"
        644 Dockerfile
        644 site/data/prices.csv
        644 site/host.json
        644 site/prices.csv
        644 worker/worker.config.json
        755 site/tool.sh
        755 worker/app
    "#]]
    .assert_eq(&app.files("target/func/small-image"));
    let file = |name: &str| {
        fs::read_to_string(app.path().join("target/func/small-image").join(name)).unwrap()
    };
    expect![[r#"
        # Written by `cargo func pack --container`.
        FROM mcr.microsoft.com/azure-functions/dotnet:4
        ENV AzureWebJobsScriptRoot=/home/site/wwwroot \
            AzureFunctionsJobHost__Logging__Console__IsEnabled=true \
            FUNCTIONS_WORKER_RUNTIME=native
        COPY worker/ /azure-functions-host/workers/native/
        COPY site/ /home/site/wwwroot/
    "#]]
    .assert_eq(&file("Dockerfile"));
    // It may be written again, and nothing of the old one is left.
    app.write("target/func/small-image/site/old.txt", "");
    app.check(
        &[
            &pack[..],
            &["--quiet", "--image", "registry.example/host:1"],
        ]
        .concat(),
        &expect![[r#"
            exit code 0
        "#]],
    );
    assert!(file("Dockerfile").contains("FROM registry.example/host:1\n"));
    assert!(!app.files("target/func/small-image").contains("old.txt"));
    app.write("taken/mine.txt", "");
    app.check(
        &[&pack[..], &["--out", "taken"]].concat(),
        &expect![[r#"
        exit code 1
        --- stderr
             Packing 5 files
        error: `taken` is there, and not what `cargo func pack --container` wrote

        hint: choose another folder with `--out`
    "#]],
    );
    assert_eq!(app.files("taken"), "644 mine.txt\n");
}

/// Spoils an app, tries to pack it, and checks that nothing was written.
#[track_caller]
fn refused(spoil: impl FnOnce(&App), more: &[&str], expected: &Expect) {
    let app = App::new();
    app.write(".funcignore", "/src/\n/Cargo.*\n");
    spoil(&app);
    app.check(&[PACK, &["--quiet"], more].concat(), expected);
    assert_eq!(app.files("target/func"), "");
}

#[test]
fn files_that_cannot_be_packed() {
    let link =
        |target: &'static str| move |app: &App| symlink(target, app.path().join("link")).unwrap();
    refused(
        link("../elsewhere"),
        &[],
        &expect![[r#"
        exit code 1
        --- stderr
        error: the link `link` leads to nothing

        hint: remove it, or leave it out with `.funcignore`
    "#]],
    );
    refused(
        link("../../../etc"),
        &[],
        &expect![[r#"
        exit code 1
        --- stderr
        error: the link `link` leads out of the app, to `../../../etc`

        hint: copy what it leads to into the app, or leave the link out with `.funcignore`
    "#]],
    );
    refused(
        link("/etc/hosts"),
        &[],
        &expect![[r#"
        exit code 1
        --- stderr
        error: the link `link` is an absolute path, `/etc/hosts`

        hint: make it a relative path, which is right on every machine, or leave the link out with `.funcignore`
    "#]],
    );
    refused(
        link("."),
        &[],
        &expect![[r#"
        exit code 1
        --- stderr
        error: the link `link` leads to a folder that it is in

        hint: remove it, or leave it out with `.funcignore`
    "#]],
    );
    refused(
        |app| {
            app.write("local.settings.json", "{}");
            link("local.settings.json")(app);
        },
        &[],
        &expect![[r#"
            exit code 1
            --- stderr
            error: the link `link` leads to `local.settings.json`, which is never packed

            hint: remove it, or leave it out with `.funcignore`
        "#]],
    );
    refused(
        |app| app.write("app", ""),
        &[],
        &expect![[r#"
        exit code 1
        --- stderr
        error: the folder of the app has its own `app`, which is the name of the program in the package

        hint: rename it, or leave it out with `.funcignore`
    "#]],
    );
    refused(
        |app| app.write("app/data.txt", ""),
        &[],
        &expect![[r#"
        exit code 1
        --- stderr
        error: the folder of the app has its own `app`, which is the name of the program in the package

        hint: rename it, or leave it out with `.funcignore`
    "#]],
    );
    refused(
        |app| app.write(r"C:\data.txt", ""),
        &[],
        &expect![[r#"
        exit code 1
        --- stderr
        error: `C:\data.txt` cannot be the name of a file in a package

        hint: rename it: UTF-8 without `\`, and no part that is `..`
    "#]],
    );
    refused(
        |app| {
            let pipe = app.path().join("pipe");
            assert!(Command::new("mkfifo").arg(pipe).status().unwrap().success());
        },
        &[],
        &expect![[r#"
            exit code 1
            --- stderr
            error: `pipe` is neither a file nor a folder

            hint: remove it, or leave it out with `.funcignore`
        "#]],
    );
    refused(
        |app| app.write(".funcignore", "/src/\n{a"),
        &[],
        &expect![[r#"
            exit code 1
            --- stderr
            error: `.funcignore` line 2: unclosed alternate group; missing '}' (maybe escape '{' with '[{]'?)

            hint: mend the pattern; it is one of `.gitignore`
        "#]],
    );
}

#[test]
fn packages_that_azure_does_not_take() {
    let remove = |app: &App| fs::remove_file(app.path().join("host.json")).unwrap();
    refused(
        remove,
        &[],
        &expect![[r#"
        exit code 1
        --- stderr
        error: there is no `host.json` in `[FOLDER]`

        hint: the host takes no folder without one; `cargo func init` adds what is missing
    "#]],
    );
    refused(
        |app| {
            app.write(
                "host.json",
                "{\n  \"version\": \"2.0\"\n  \"http\": {}\n}\n",
            );
        },
        &[],
        &expect![[r#"
            exit code 1
            --- stderr
            error: `[FOLDER]/host.json` is not JSON
              caused by: `"` stands after a value; put `,` between values, at `version`, line 3, column 3
        "#]],
    );
    refused(
        |app| app.write("host.json", "{ \"version\": \"1.0\" }"),
        &[],
        &expect![[r#"
            exit code 1
            --- stderr
            error: `[FOLDER]/host.json`: `version` is `"1.0"`; write `"version": "2.0"`
        "#]],
    );
    let nothing = |_: &App| {};
    refused(
        nothing,
        &["--max-size", "0"],
        &expect![[r#"
        exit code 1
        --- stderr
        error: the package has more than 0 MB

        hint: leave files out with `.funcignore`, or allow more with `--max-size`; nothing was written
    "#]],
    );
    refused(
        nothing,
        &["--glibc", "2.10"],
        &expect![[r#"
        exit code 1
        --- stderr
        error: the program needs glibc [VERSION], and the image has 2.10

        hint: link for the image with `--builder zigbuild`, or without glibc with `--target x86_64-unknown-linux-musl`; if the image is another, say what it has with `--glibc`
    "#]],
    );
    refused(
        nothing,
        &["--arm64"],
        &expect![[r#"
        exit code 1
        --- stderr
        error: Flex Consumption runs on x64, and not on arm64

        hint: build for x64, or for a container with `--container --arm64`
    "#]],
    );
    refused(
        nothing,
        &["--out", "src"],
        &expect![[r#"
        exit code 1
        --- stderr
        error: `src` is a folder

        hint: write the name of the file, such as `app.zip`
    "#]],
    );
    refused(
        nothing,
        &["--image", "other"],
        &expect![[r#"
        exit code 2
        --- stderr
        error: the following required arguments were not provided:
          --container

        Usage: cargo func pack --container --profile <NAME> --quiet --image <IMAGE>

        For more information, try '--help'.
    "#]],
    );
}

#[tokio::test]
async fn the_http_example_runs_from_its_package() {
    // With the others, so that nothing is to be compiled here.
    build::example("http");
    let folder = tempfile::tempdir().unwrap();
    let packages = ["one.zip", "two.zip"].map(|name| folder.path().join(name));
    for package in &packages {
        let out = package.to_str().unwrap();
        let shown = run(
            build::root(),
            &[
                "pack",
                "-p",
                "http-example",
                "--profile",
                "dev",
                "--quiet",
                "--out",
                out,
            ],
        );
        assert_eq!(shown, "exit code 0\n");
    }
    let [one, two] = packages
        .each_ref()
        .map(|package| fs::read(package).unwrap());
    assert!(one == two, "two packages of one tree differ");

    let [package, _] = &packages;
    expect![[r#"
        100755 app
        100644 host.json
    "#]]
    .assert_eq(&listed(package));
    // The program itself where it is installed, as it is in CI.
    if let Ok(output) = Command::new("unzip").arg("-Z").arg(package).output() {
        let text = String::from_utf8(output.stdout).unwrap();
        let line = text.lines().find(|line| line.ends_with(" app")).unwrap();
        assert!(line.starts_with("-rwxr-xr-x "), "{text}");
        assert!(line.contains(" unx "), "{text}");
    }

    // Nothing but what is in the package, with the modes that it says.
    let site = folder.path().join("site");
    ZipArchive::new(File::open(package).unwrap())
        .unwrap()
        .extract(&site)
        .unwrap();
    let app = Setup::new(&site.join("app"), &site)
        .with("FUNCTIONS_WORKER_RUNTIME", "native")
        .start()
        .await;
    let reply = app.get("/api/greet?name=Rust").await;
    assert_eq!((reply.status, reply.body.as_str()), (200, "Hello, Rust!"));
    app.host.stop().await.unwrap();
}
