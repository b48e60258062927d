//! A host that is killed in the middle of its orchestrations, and its next run with the same file.

use std::{
    fs,
    path::Path,
    process::Stdio,
    time::{Duration, Instant},
};

use azure_functions_tests::{app::soon, build};
use futures::future::join_all;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader},
    net::TcpStream,
    process::{Child, Command},
    time::timeout,
};

use crate::run::address;

/// How long a build may take.
const BUILD: Duration = Duration::from_secs(300);

const API: &str = "/runtime/webhooks/durabletask";

/// The tool with the durable example, and the address of its host.
async fn start(store: &Path) -> (Child, String) {
    let mut command = Command::new(build::tool());
    command
        .args(["func", "run", "-p", "durable-example", "--port", "0"])
        .args(["--no-watch", "--json", "--durable-store"])
        .arg(store)
        .current_dir(build::root())
        .env("RUST_BACKTRACE", "0")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true);
    let mut tool = command.spawn().unwrap();
    let mut lines = BufReader::new(tool.stdout.take().unwrap()).lines();
    // It builds the example, which may have been built with the features of all examples only.
    let ready = timeout(BUILD, async {
        loop {
            let line = lines.next_line().await.unwrap().unwrap();
            let event: Value = serde_json::from_str(&line).unwrap();
            if event["event"] == "ready" {
                return address(event["url"].as_str().unwrap());
            }
        }
    });
    let host = ready.await.unwrap();
    // It says much, and waits when nobody listens.
    tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
    (tool, host)
}

/// Sends a signal to the tool, and waits for its end.
async fn end(mut tool: Child, signal: &str) -> Option<i32> {
    let process = tool.id().unwrap().to_string();
    let mut kill = Command::new("kill");
    assert!(
        kill.args([signal, &process])
            .status()
            .await
            .unwrap()
            .success()
    );
    soon(tool.wait()).await.unwrap().code()
}

/// The status and the JSON of an answer of the management API.
async fn call(host: &str, method: &str, path: &str, body: &Value) -> (String, Value) {
    let body = body.to_string();
    let request = format!(
        "{method} {API}{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let mut answer = String::new();
    soon(async {
        let mut stream = TcpStream::connect(host).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        stream.read_to_string(&mut answer).await.unwrap();
    })
    .await;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().to_owned();
    (status, serde_json::from_str(body).unwrap_or_default())
}

/// Some of the instances that have one of these statuses.
async fn instances(host: &str, statuses: &str, top: usize) -> Vec<Value> {
    let path = format!("/instances?runtimeStatus={statuses}&top={top}");
    let (_, list) = call(host, "GET", &path, &json!(null)).await;
    list.as_array().unwrap().clone()
}

/// The number of an instance in its id.
fn number(instance: &Value) -> usize {
    instance["instanceId"].as_str().unwrap().parse().unwrap()
}

/// Which orchestrator an instance is of, its input, and its output.
fn instance(number: usize) -> (&'static str, Value, Value) {
    match number {
        0 => ("approve", json!("May I?"), json!("approved")),
        1..20 => {
            let watch = json!({ "job": "bake", "every_secs": 1, "tries": 2 });
            ("monitor", watch, json!(false))
        }
        20..40 => ("chain", json!("Welt"), json!("Hello, world!")),
        _ => {
            let texts = vec!["to be or not"; number % 12];
            ("count_all", json!(texts), json!(4 * texts.len()))
        }
    }
}

/// The processes that a process has started and that run.
fn children(parent: u32) -> Vec<u32> {
    let processes = fs::read_dir("/proc").unwrap();
    let numbers = processes.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    numbers
        .filter(|process| stat(*process).is_some_and(|(_, of)| of == parent))
        .collect()
}

/// The state of a process, and who started it.
fn stat(process: u32) -> Option<(String, u32)> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    let (_, rest) = stat.rsplit_once(") ")?;
    let mut words = rest.split(' ');
    Some((words.next()?.to_owned(), words.next()?.parse().ok()?))
}

#[tokio::test]
async fn orchestrations_complete_after_their_host_was_killed() {
    build::example("durable");
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("hub.db");
    let (tool, host) = start(&store).await;
    let began = Instant::now();
    let starts = (0..100).map(async |number| {
        let (name, input, _) = instance(number);
        let path = format!("/orchestrators/{name}/{number}");
        call(&host, "POST", &path, &input).await.0
    });
    assert_eq!(join_all(starts).await, vec!["202"; 100]);
    soon(async { while instances(&host, "Completed", 30).await.len() < 30 {} }).await;

    let process = tool.id().unwrap();
    let workers = children(process);
    assert_eq!(workers.len(), 1, "{workers:?}");
    assert_eq!(end(tool, "-KILL").await, None);
    // A worker ends with its host. What nobody has asked for the end of is a zombie.
    soon(async {
        while stat(workers[0]).is_some_and(|(state, _)| state != "Z") {
            tokio::task::yield_now().await;
        }
    })
    .await;

    let (tool, host) = start(&store).await;
    let open = instances(&host, "Pending,Running", 100).await;
    assert!(!open.is_empty(), "all were over before the host was killed");
    println!(
        "{} of 100 were open after {:?}",
        open.len(),
        began.elapsed()
    );
    let (status, _) = call(
        &host,
        "POST",
        "/instances/0/raiseEvent/Approval",
        &json!(true),
    )
    .await;
    assert_eq!(status, "202");
    soon(async { while !instances(&host, "Pending,Running", 1).await.is_empty() {} }).await;
    println!("all completed after {:?}", began.elapsed());
    let mut ended = instances(&host, "", 1_000).await;
    ended.sort_by_key(number);
    assert_eq!(ended.len(), 100);
    for ended in ended {
        let (name, _, output) = instance(number(&ended));
        assert_eq!(
            (&ended["name"], &ended["runtimeStatus"], &ended["output"]),
            (&json!(name), &json!("Completed"), &output),
            "{ended}"
        );
    }
    assert_eq!(end(tool, "-TERM").await, Some(0));
}
