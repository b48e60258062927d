//! Running the tool, and making what it prints comparable.

use std::{
    fmt::Write as _,
    path::Path,
    process::{Command, Stdio},
};

use azure_functions_tests::build;
use expect_test::Expect;
use regex::{Regex, RegexBuilder};

/// Runs `cargo func` in a folder, and shows all that it printed and its exit code.
pub(crate) fn run(folder: &Path, arguments: &[&str]) -> String {
    run_with(folder, arguments, &[])
}

/// [`run`] with variables.
pub(crate) fn run_with(folder: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> String {
    let mut command = Command::new(build::tool());
    if folder != build::root() {
        // What is built in a folder of its own stays there.
        command.env_remove("CARGO_TARGET_DIR");
    }
    let output = command
        .arg("func")
        .args(arguments)
        .current_dir(folder)
        .env_remove("RUST_BACKTRACE")
        .env("COLUMNS", "100")
        .envs(variables.iter().copied())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let mut shown = match output.status.code() {
        Some(code) => format!("exit code {code}\n"),
        None => format!("{}\n", output.status),
    };
    for (name, bytes) in [("stdout", &output.stdout), ("stderr", &output.stderr)] {
        if !bytes.is_empty() {
            let _ = write!(shown, "--- {name}\n{}", text(bytes));
        }
    }
    shown
}

/// Replaces what differs from machine to machine and from run to run.
pub(crate) fn filtered(text: &str, folder: &Path) -> String {
    let mut text = text.to_owned();
    for (path, name) in [(build::root(), "[ROOT]"), (folder, "[FOLDER]")] {
        let real = path.canonicalize().unwrap();
        text = text.replace(real.to_str().unwrap(), name);
        text = text.replace(path.to_str().unwrap(), name);
    }
    for (pattern, with) in [
        // What cargo says of its progress.
        (
            r"^ +(Compiling|Finished|Blocking|Locking|Updating|Adding) .*\n",
            "",
        ),
        (r"^warning: unused manifest key.*\n", ""),
        (r"127\.0\.0\.1:\d+", "127.0.0.1:[PORT]"),
        (r"port \d+:", "port [PORT]:"),
        (r"port \d+ is", "port [PORT] is"),
        (r"thread 'main' \(\d+\)", "thread 'main' ([THREAD])"),
        (r"\(os error \d+\)", "(os error [CODE])"),
        (r"\d\d:\d\d:\d\d\.\d\d\d", "[TIME]"),
        (r"localhost:\d+", "localhost:[PORT]"),
        (r"(<1|\d+) ms", "[DURATION]"),
        (r"[ \t]+$", ""),
    ] {
        text = regex(pattern).replace_all(&text, with).into_owned();
    }
    text
}

fn regex(pattern: &str) -> Regex {
    RegexBuilder::new(pattern).multi_line(true).build().unwrap()
}

#[track_caller]
pub(crate) fn check(arguments: &[&str], expected: &Expect) {
    let shown = run(build::root(), arguments);
    expected.assert_eq(&filtered(&shown, build::root()));
}
