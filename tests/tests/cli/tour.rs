//! From an empty directory to an app that changes while it is called; the recording is `docs/tour.md`.

use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    process::Stdio,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use azure_functions_tests::build;
use regex::Regex;
use tokio::{process::Command, task::JoinHandle};

use crate::run::{Tool, address, get};

/// What the new answer may take beside the build.
const BESIDE_THE_BUILD: Duration = Duration::from_secs(1);

/// The text around the recording.
const HEAD: &str = "\
# From an empty directory to a running app

A recording, made by `cargo xtask tour`: the commands and what they print are what a terminal shows, but for the lines of
cargo that name each crate.
";

/// What is typed and shown, in Markdown.
#[derive(Default)]
struct Recording(String);

impl Recording {
    fn say(&mut self, text: &str) {
        let _ = write!(self.0, "\n{text}\n");
    }

    fn show(&mut self, command: &str, output: &str) {
        let _ = write!(self.0, "\n```console\n$ {command}\n{output}```\n");
    }

    fn shown(&mut self, output: &str) {
        let _ = write!(self.0, "\n```console\n{output}```\n");
    }
}

/// A command that shares what the workspace has built already: the same lock file, target and profile.
fn tool(folder: &Path, arguments: &[&str]) -> Command {
    let target = std::env::var_os("CARGO_TARGET_DIR");
    let target = target.map_or_else(|| build::root().join("target"), PathBuf::from);
    let mut command = Command::new(build::tool());
    command
        .arg("func")
        .args(arguments)
        .current_dir(folder)
        .env("CARGO_TARGET_DIR", target)
        .env("CARGO_NET_OFFLINE", "true")
        .env_remove("RUST_BACKTRACE")
        .stdin(Stdio::null());
    if std::env::var_os("CARGO_PROFILE_DEV_DEBUG").is_none() {
        command.env("CARGO_PROFILE_DEV_DEBUG", "line-tables-only");
    }
    command
}

async fn output(folder: &Path, arguments: &[&str]) -> String {
    let output = tool(folder, arguments).output().await.unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{text}");
    text
}

/// Clients that call a function all the time.
struct Clients {
    stop: Arc<AtomicBool>,
    answered: Arc<AtomicUsize>,
    tasks: Vec<JoinHandle<()>>,
}

impl Clients {
    fn start(host: &str) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let answered = Arc::new(AtomicUsize::new(0));
        let tasks = (0..2).map(|_| {
            let (stop, answered) = (Arc::clone(&stop), Arc::clone(&answered));
            let host = host.to_owned();
            tokio::spawn(async move {
                while !stop.load(Ordering::Relaxed) {
                    let (status, body) = get(&host, "/api/greet?name=loop").await.unwrap();
                    assert_eq!(status, "200", "{body}");
                    answered.fetch_add(1, Ordering::Relaxed);
                }
            })
        });
        Self {
            tasks: tasks.collect(),
            stop,
            answered,
        }
    }

    /// Fails if a request did; says how many were answered.
    async fn end(self) -> usize {
        self.stop.store(true, Ordering::Relaxed);
        for task in self.tasks {
            task.await.unwrap();
        }
        self.answered.load(Ordering::Relaxed)
    }
}

/// The lines of a run that a reader wants: not those of the request loop, and not every crate.
fn terse(text: &str) -> String {
    let lines = text.lines().filter(|line| {
        !line.contains("Blocking") && (!line.contains("Compiling") || line.contains("hello"))
    });
    let lines = lines.filter(|line| !line.contains(" ok "));
    let text = lines.fold(String::new(), |text, line| text + line + "\n");
    text.trim_start_matches('\n').to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn from_an_empty_directory_to_a_changed_answer() {
    // Its dependencies are those of the app.
    build::example("http");
    // Always the same folder, so that each run replaces what the last one built.
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("tour");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    let library = build::root().join("azure-functions");
    let library = ["--azure-functions-path", library.to_str().unwrap()];
    let mut recording = Recording::default();

    let made = output(
        &folder,
        &[&["new-app", "hello", "--vcs", "none"][..], &library].concat(),
    )
    .await;
    // It is about a checkout, which readers do not have.
    let made = made.split("\nnote:").next().unwrap();
    recording.show(
        "cargo func new-app hello",
        &format!("{}\n", made.trim_end()),
    );
    let app = folder.join("hello");
    fs::copy(build::root().join("Cargo.lock"), app.join("Cargo.lock")).unwrap();
    let added = output(&app, &["new", "http", "greet"]).await;
    recording.show("cd hello\n$ cargo func new http greet", &added);

    let mut run = Tool::spawn(&mut tool(&app, &["run", "--port", "0"]));
    let mut shown = run.lines("Listening").await;
    let host = address(&shown);
    shown += &run.lines("greet").await;
    recording.show("cargo func run", &terse(&shown));
    let (_, body) = get(&host, "/api/greet?name=Rust").await.unwrap();
    assert_eq!(body, "Hello, Rust!");
    let curl = format!("curl 'http://{host}/api/greet?name=Rust'");
    recording.say("In another terminal:");
    recording.show(&curl, &format!("{body}\n"));

    // The change, while clients call.
    let source = app.join("src/functions/greet.rs");
    let text = fs::read_to_string(&source).unwrap();
    let clients = Clients::start(&host);
    let changed = Instant::now();
    fs::write(&source, text.replace("Hello", "Ahoy")).unwrap();
    let mut shown = run.lines("Compiling").await;
    let noticed = changed.elapsed();
    shown += &run.lines("Finished").await;
    let built = Instant::now();
    loop {
        let (status, body) = get(&host, "/api/greet?name=Rust").await.unwrap();
        assert_eq!(status, "200", "{body}");
        if body == "Ahoy, Rust!" {
            break;
        }
        assert_eq!(body, "Hello, Rust!");
        assert!(built.elapsed() < Duration::from_secs(30), "no new answer");
    }
    let beside = noticed + built.elapsed();
    // Beside other tests cargo waits for their builds. `cargo xtask tour` runs this one alone, and holds it to the time.
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        assert!(beside < BESIDE_THE_BUILD, "{beside:?}");
    }
    shown += &run.lines("Reloaded").await;
    let answered = clients.end().await;
    assert!(answered > 20, "{answered}");
    recording.say("`src/functions/greet.rs` is changed to say `Ahoy`; the first terminal shows:");
    recording.shown(&terse(&shown));
    recording.show(&curl, "Ahoy, Rust!\n");

    // A mistake changes nothing but what is shown.
    let broken = text.replace("format!(\"Hello, {name}!\")", "greeting");
    fs::write(&source, &broken).unwrap();
    let shown = run.lines("Kept").await;
    assert!(shown.contains("cannot find value `greeting`"), "{shown}");
    let (_, body) = get(&host, "/api/greet?name=Rust").await.unwrap();
    assert_eq!(body, "Ahoy, Rust!");
    recording.say("A mistake leaves the last build running:");
    recording.shown(&terse(&shown));

    // So does a program that does not get ready.
    let main = app.join("src/main.rs");
    let start = fs::read_to_string(&main).unwrap();
    fs::write(&source, &text).unwrap();
    fs::write(
        &main,
        start.replace("azure_functions::run()", "panic!(\"no luck\")"),
    )
    .unwrap();
    let shown = run.lines("Kept").await;
    assert!(shown.contains("no luck"), "{shown}");
    let (_, body) = get(&host, "/api/greet?name=Rust").await.unwrap();
    assert_eq!(body, "Ahoy, Rust!");

    // And a broken file of settings, which has no effect on the build.
    fs::write(&main, &start).unwrap();
    run.lines("Reloaded").await;
    let settings = app.join("host.json");
    let good = fs::read_to_string(&settings).unwrap();
    fs::write(&settings, "{ broken").unwrap();
    let shown = run.lines("Kept").await;
    assert!(shown.contains("host.json"), "{shown}");
    let moved = r#"{ "version": "2.0", "extensions": { "http": { "routePrefix": "v2" } } }"#;
    fs::write(&settings, moved).unwrap();
    run.lines("Reloaded").await;
    let (_, body) = get(&host, "/v2/greet?name=Rust").await.unwrap();
    assert_eq!(body, "Hello, Rust!");
    fs::write(&settings, good).unwrap();
    run.lines("Reloaded").await;

    run.signal("-INT");
    let stopping = run.lines("nothing more").await;
    assert_eq!(run.end().await.code(), Some(0));
    recording.say("Ctrl-C ends it:");
    recording.shown(&terse(&stopping));
    compare(&recording.0, &folder);
}

/// Compares the recording with the one in the docs, or writes that.
fn compare(recording: &str, folder: &Path) {
    let real = folder.canonicalize().unwrap();
    let mut text = format!("{HEAD}{recording}");
    for path in [&real, folder] {
        text = text.replace(path.to_str().unwrap(), "/home/you");
    }
    let ports = Regex::new(r"(localhost|127\.0\.0\.1):\d+").unwrap();
    text = ports.replace_all(&text, "localhost:7071").into_owned();
    // Whoever runs the tests may have switched it off.
    text = text.replace("[unoptimized]", "[unoptimized + debuginfo]");
    let path = build::root().join("docs/tour.md");
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        fs::write(&path, &text).unwrap();
    }
    let docs = fs::read_to_string(&path).unwrap();
    // Two runs take different times, and cargo tells of a wait for others.
    let times =
        Regex::new(r"\d+(\.\d+)? ?m?s\b|\d\dm? ?\d\d(\.\d+)?s|\d\d:\d\d:\d\d\.\d+").unwrap();
    let timeless = |text: &str| times.replace_all(text, "[TIME]").into_owned();
    assert_eq!(
        timeless(&text),
        timeless(&docs),
        "`cargo xtask tour` records `docs/tour.md` anew"
    );
}
