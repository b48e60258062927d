//! A run from the start to the signal.

use std::{
    io,
    process::{Command as Blocking, ExitStatus, Stdio},
    time::Duration,
};

use azure_functions_tests::{app::soon, build};
use expect_test::expect;
use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader, Lines},
    net::TcpStream,
    process::{Child, ChildStderr, ChildStdout, Command},
};

use crate::support::filtered;

/// The tool, running the HTTP example.
pub(crate) struct Tool {
    pub(crate) child: Child,
    stdout: Lines<BufReader<ChildStdout>>,
    stderr: Lines<BufReader<ChildStderr>>,
}

impl Tool {
    fn start(arguments: &[&str]) -> Self {
        // It is built already then, and cargo says little.
        build::example("http");
        let mut command = Command::new(build::tool());
        command
            .args(["func", "run", "-p", "http-example", "--port", "0"])
            .args(arguments)
            .current_dir(build::root())
            .stdin(Stdio::null());
        Self::spawn(&mut command)
    }

    pub(crate) fn spawn(command: &mut Command) -> Self {
        let mut child = command
            .env("RUST_BACKTRACE", "0")
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        Self {
            stdout: BufReader::new(child.stdout.take().unwrap()).lines(),
            stderr: BufReader::new(child.stderr.take().unwrap()).lines(),
            child,
        }
    }

    /// The next line of JSON of this kind.
    pub(crate) async fn event(&mut self, kind: &str) -> Value {
        soon(async {
            loop {
                let line = self.stdout.next_line().await.unwrap().unwrap();
                let event: Value = serde_json::from_str(&line).unwrap();
                if event["event"] == kind {
                    return event;
                }
            }
        })
        .await
    }

    /// The lines for people up to one that has `end` in it.
    pub(crate) async fn lines(&mut self, end: &str) -> String {
        let mut lines = String::new();
        soon(async {
            while let Some(line) = self.stderr.next_line().await.unwrap() {
                lines.push_str(&line);
                lines.push('\n');
                if line.contains(end) {
                    break;
                }
            }
        })
        .await;
        lines
    }

    pub(crate) fn signal(&self, signal: &str) {
        let process = self.child.id().unwrap().to_string();
        let kill = Blocking::new("kill").args([signal, &process]).status();
        assert!(kill.unwrap().success());
    }

    pub(crate) async fn end(mut self) -> ExitStatus {
        soon(self.child.wait()).await.unwrap()
    }
}

/// The status and the body of an answer; an error if the connection breaks.
pub(crate) async fn get(host: &str, path: &str) -> io::Result<(String, String)> {
    let mut stream = TcpStream::connect(host).await?;
    let request = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    soon(stream.read_to_string(&mut answer)).await?;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    let status = head.split(' ').nth(1).unwrap_or_default();
    Ok((status.to_owned(), body.to_owned()))
}

/// The address in a text.
pub(crate) fn address(text: &str) -> String {
    let (_, rest) = text.split_once("http://").unwrap();
    let end = rest
        .find(|c: char| c != ':' && c != '.' && !c.is_ascii_alphanumeric())
        .unwrap_or(rest.len());
    rest[..end].to_owned()
}

#[tokio::test]
async fn a_request_is_answered_and_a_signal_ends_the_run() {
    for signal in ["-INT", "-TERM"] {
        let mut tool = Tool::start(&["--json"]);
        let ready = tool.event("ready").await;
        let host = address(ready["url"].as_str().unwrap());
        let functions = ready["functions"].as_array().unwrap();
        let greet = functions
            .iter()
            .find(|function| function["name"] == "greet");
        let greet = greet.unwrap();
        assert_eq!(
            (&greet["name"], &greet["trigger"], &greet["url"]),
            (
                &"greet".into(),
                &"httpTrigger".into(),
                &format!("http://{host}/api/greet").into()
            )
        );
        let (status, body) = get(&host, "/api/greet?name=Rust").await.unwrap();
        assert_eq!((status.as_str(), body.as_str()), ("200", "Hello, Rust!"));
        let end = tool.event("succeeded").await;
        assert_eq!(end["function"], "greet");
        tool.signal(signal);
        assert_eq!(tool.end().await.code(), Some(0), "{signal}");
        assert!(get(&host, "/api/greet").await.is_err(), "it still listens");
    }
}

#[tokio::test]
async fn a_function_that_runs_may_end() {
    let mut tool = Tool::start(&["--json"]);
    let host = address(tool.event("ready").await["url"].as_str().unwrap());
    let request = tokio::spawn(async move { get(&host, "/api/pause?millis=500").await });
    tool.event("log").await;
    tool.signal("-INT");
    let (status, body) = request.await.unwrap().unwrap();
    assert_eq!(
        (status.as_str(), body.as_str()),
        ("200", "Thank you for waiting")
    );
    assert_eq!(tool.end().await.code(), Some(0));
}

#[tokio::test]
async fn a_second_signal_does_not_wait() {
    let mut tool = Tool::start(&[]);
    let host = address(&tool.lines("Listening").await);
    tokio::spawn(async move { get(&host, "/api/pause?millis=600000").await });
    tool.lines("waiting for").await;
    tool.signal("-INT");
    tool.lines("Stopping").await;
    tool.signal("-INT");
    assert_eq!(tool.end().await.code(), Some(130));
}

#[tokio::test]
async fn people_can_read_it() {
    let mut tool = Tool::start(&[]);
    let mut shown = tool.lines("Listening").await;
    let host = address(&shown);
    shown += &tool.lines("visit").await;
    for (path, last) in [
        ("/api/greet?name=Rust", "ok"),
        ("/api/pause?millis=0", "ok"),
        ("/api/double?number=x", "failed"),
    ] {
        get(&host, path).await.unwrap();
        shown += &tool.lines(last).await;
    }
    tool.signal("-INT");
    shown += &tool.lines("nothing more").await;
    assert_eq!(tool.end().await.code(), Some(0));
    expect![[r#"
           Listening on http://localhost:[PORT]

          countdown  GET       http://localhost:[PORT]/api/countdown/{from:int}
          double     GET       http://localhost:[PORT]/api/double
          explode    GET       http://localhost:[PORT]/api/explode
          greet      GET       http://localhost:[PORT]/api/greet
          items      GET       http://localhost:[PORT]/api/items/{id:int?}
          measure    POST,PUT  http://localhost:[PORT]/api/measure
          order      POST      http://localhost:[PORT]/api/order
          pause      GET       http://localhost:[PORT]/api/pause
          visit      GET       http://localhost:[PORT]/api/visit

        [TIME] greet            ok     [DURATION]
        [TIME] pause            info   waiting for [DURATION]
        [TIME] pause            ok     [DURATION]
        [TIME] double           failed [DURATION] `x` is not a number
        Stopping; press Ctrl-C again not to wait for running functions
    "#]]
    .assert_eq(&filtered(&shown, build::root()));
}

#[tokio::test]
async fn a_file_of_settings_counts() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("env");
    let name = "AzureFunctionsJobHost__extensions__http__routePrefix";
    std::fs::write(&file, format!("# the host's own\n{name}=v1\n")).unwrap();
    let mut tool = Tool::start(&["--json", "--no-watch", "--env-file", file.to_str().unwrap()]);
    let ready = tool.event("ready").await;
    let host = address(ready["url"].as_str().unwrap());
    let (status, body) = get(&host, "/v1/greet?name=Rust").await.unwrap();
    assert_eq!((status.as_str(), body.as_str()), ("200", "Hello, Rust!"));
    tool.signal("-INT");
    assert_eq!(tool.end().await.code(), Some(0));
}

#[tokio::test]
async fn keys_are_asked_for() {
    let mut tool = Tool::start(&["--auth", "--no-watch"]);
    let host = address(&tool.lines("Listening").await);
    let shown = tool.lines("all functions and pages").await;
    let master = shown.split_whitespace().last().unwrap().to_owned();
    for (path, status) in [
        ("/admin/functions".to_owned(), "401"),
        (format!("/admin/functions?code={master}"), "200"),
        ("/admin/host/ping".to_owned(), "200"),
    ] {
        assert_eq!(get(&host, &path).await.unwrap().0, status, "{path}");
    }
    tool.signal("-INT");
    assert_eq!(tool.end().await.code(), Some(0));
}

#[tokio::test]
async fn a_worker_waits_for_a_debugger_or_a_key() {
    build::example("http");
    let mut command = Command::new(build::tool());
    command
        .args(["func", "run", "-p", "http-example", "--port", "0"])
        .args(["--json", "--no-watch", "--debug"])
        .current_dir(build::root())
        .stdin(Stdio::piped());
    let mut tool = Tool::spawn(&mut command);
    let waiting = tool.event("waiting_for_debugger").await;
    assert!(
        waiting["pid"].as_u64().is_some_and(|pid| pid > 1),
        "{waiting}"
    );
    let early = tokio::time::timeout(Duration::from_millis(300), tool.event("ready"));
    assert!(early.await.is_err(), "it did not wait");
    let mut stdin = tool.child.stdin.take().unwrap();
    stdin.write_all(b"\n").await.unwrap();
    tool.event("ready").await;
    tool.signal("-INT");
    assert_eq!(tool.end().await.code(), Some(0));
}
