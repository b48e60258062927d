//! Another build of the app takes the place of the one that runs.

use std::{
    net::SocketAddr,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use azure_functions_host::{
    Config, EventKind,
    blob_path::BlobPath,
    store::{NewBlob, NewMessage},
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde_json::{Value, json};
use tokio::task::JoinHandle;

use crate::{
    client::{get, post},
    support::{App, Setup, function, http, soon},
};

/// An app, and what it was started with.
async fn start(functions: &[Value]) -> (App, Config) {
    let setup = Setup::new(functions);
    let config = setup.config.clone();
    (setup.start().await, config)
}

/// The same app with other functions.
fn with(config: &Config, functions: &[Value]) -> Config {
    with_variable(
        config,
        "SCRIPT_FUNCTIONS",
        &Value::from(functions).to_string(),
    )
}

fn with_variable(config: &Config, name: &str, value: &str) -> Config {
    let mut config = config.clone();
    config.settings.insert(name.to_owned(), value.to_owned());
    config
}

/// Clients that send one request after the other until they are told to stop.
struct Clients {
    stop: Arc<AtomicBool>,
    answered: Arc<AtomicUsize>,
    tasks: Vec<JoinHandle<()>>,
}

impl Clients {
    fn start(address: SocketAddr, path: &'static str) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let answered = Arc::new(AtomicUsize::new(0));
        let tasks = (0..4).map(|_| {
            let (stop, answered) = (Arc::clone(&stop), Arc::clone(&answered));
            tokio::spawn(async move {
                while !stop.load(Ordering::Relaxed) {
                    let reply = get(address, path).await;
                    assert_eq!(reply.status, 200, "{}", reply.body);
                    answered.fetch_add(1, Ordering::Relaxed);
                }
            })
        });
        let tasks = tasks.collect();
        Self {
            stop,
            answered,
            tasks,
        }
    }

    /// Waits until some more requests were answered.
    async fn some_more(&self) {
        let wanted = self.answered.load(Ordering::Relaxed) + 20;
        soon(async {
            while self.answered.load(Ordering::Relaxed) < wanted {
                assert!(self.tasks.iter().all(|task| !task.is_finished()));
                tokio::task::yield_now().await;
            }
        })
        .await;
    }

    /// Fails if a request did.
    async fn end(self) {
        self.stop.store(true, Ordering::Relaxed);
        for task in self.tasks {
            soon(task).await.unwrap();
        }
    }
}

async fn gone(pid: &str) {
    soon(async {
        while Path::new("/proc").join(pid).exists() {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_request_fails_while_one_build_after_the_other_takes_over() {
    let (app, config) = start(&[http("pid"), http("old")]).await;
    let address = app.host.address();
    let clients = Clients::start(address, "/api/pid");
    clients.some_more().await;
    let mut before = get(address, "/api/pid").await.body;
    for _ in 0..3 {
        let next = with(&config, &[http("pid"), http("new")]);
        soon(app.host.replace(next)).await.unwrap();
        let now = get(address, "/api/pid").await.body;
        assert_ne!(now, before);
        clients.some_more().await;
        gone(&before).await;
        before = now;
    }
    clients.end().await;
    for (path, status) in [("/api/new", 200), ("/api/old", 404)] {
        assert_eq!(get(address, path).await.status, status, "{path}");
    }
    let names: Vec<_> = app
        .host
        .functions()
        .iter()
        .map(|own| own.name.clone())
        .collect();
    assert_eq!(names, ["new", "pid"]);
    soon(app.host.stop()).await.unwrap();
}

#[tokio::test]
async fn what_the_old_build_has_begun_ends_there() {
    let (mut app, config) = start(&[http("slow"), http("pid")]).await;
    let address = app.host.address();
    let old = get(address, "/api/pid").await.body;
    app.event(EventKind::Started).await;
    let request =
        tokio::spawn(async move { post(address, "/api/slow", "text/plain", "600").await });
    app.event(EventKind::Started).await;
    soon(app.host.replace(config)).await.unwrap();
    assert!(Path::new("/proc").join(&old).exists());
    assert!(!request.is_finished());
    assert_eq!(soon(request).await.unwrap().status, 200);
    gone(&old).await;
}

#[tokio::test]
async fn what_the_old_build_does_not_end_in_time_is_ended() {
    let mut setup = Setup::new(&[http("never"), http("pid")]);
    setup.config.limits.retire = Duration::from_millis(100);
    setup.config.limits.drain = Duration::from_millis(100);
    setup.config.limits.terminate_grace = Duration::from_millis(100);
    let config = setup.config.clone();
    let mut app = setup.start().await;
    let address = app.host.address();
    let old = get(address, "/api/pid").await.body;
    app.event(EventKind::Started).await;
    let request = tokio::spawn(async move { get(address, "/api/never").await });
    app.event(EventKind::Started).await;
    soon(app.host.replace(config)).await.unwrap();
    assert_eq!(soon(request).await.unwrap().status, 500);
    gone(&old).await;
    assert_eq!(get(address, "/api/pid").await.status, 200);
}

#[tokio::test]
async fn a_build_that_does_not_get_ready_changes_nothing() {
    let (app, config) = start(&[http("pid")]).await;
    let address = app.host.address();
    let old = get(address, "/api/pid").await.body;
    let mut silent = with_variable(&config, "SCRIPT_START", "silent");
    silent.limits.startup = Duration::from_millis(300);
    for (config, expected) in [
        (
            with_variable(&config, "SCRIPT_START", "exit"),
            "exited with code 3",
        ),
        (
            with_variable(&config, "SCRIPT_START", "refuse"),
            "does not want to",
        ),
        (silent, "within 0.3 s"),
        (with(&config, &[]), "the app has no functions"),
        (
            with(&config, &[http("pid"), http("unloadable")]),
            "could not load all functions:\n  - `unloadable`: cannot be loaded",
        ),
    ] {
        let error = soon(app.host.replace(config)).await.unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
        assert_eq!(get(address, "/api/pid").await.body, old, "{expected}");
    }
}

#[tokio::test]
async fn no_event_is_read_twice_and_none_is_lost() {
    let blob = function(
        "echo_blob",
        &json!([{ "type": "blobTrigger", "direction": "in", "name": "blob", "path": "input/{name}" }]),
    );
    let queue = function(
        "slow_queue",
        &json!([{ "type": "queueTrigger", "direction": "in", "name": "item", "queueName": "work" }]),
    );
    let (mut app, config) = start(&[blob, queue]).await;
    let put = |name: &str| {
        let path = BlobPath::parse(&format!("input/{name}")).unwrap();
        let blobs = Arc::clone(app.host.blobs());
        async move { blobs.put(&path, NewBlob::new("x")).await.unwrap() }
    };
    let first = put("a");
    let second = put("b");
    first.await;
    assert_eq!(
        app.event(EventKind::Succeeded).await.function.as_deref(),
        Some("echo_blob")
    );
    for _ in 0..3 {
        let message = NewMessage::new(BASE64_STANDARD.encode("300"));
        app.host.queues().put("work", message).await.unwrap();
    }
    app.event(EventKind::Started).await;
    soon(app.host.replace(config)).await.unwrap();
    second.await;
    let mut ended = Vec::new();
    for _ in 0..4 {
        ended.push(app.event(EventKind::Succeeded).await.function.unwrap());
    }
    ended.sort();
    assert_eq!(
        ended.iter().map(|name| &**name).collect::<Vec<_>>(),
        ["echo_blob", "slow_queue", "slow_queue", "slow_queue"]
    );
    soon(app.host.stop()).await.unwrap();
    // What is left of the events has no further call.
    soon(async {
        while let Some(event) = app.events.next().await {
            assert_ne!(event.kind, EventKind::Started, "{event:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_host_that_stops_does_not_wait_for_the_old_build() {
    let mut setup = Setup::new(&[http("never")]);
    setup.config.limits.drain = Duration::from_millis(100);
    setup.config.limits.terminate_grace = Duration::from_millis(100);
    let config = setup.config.clone();
    let mut app = setup.start().await;
    let address = app.host.address();
    let request = tokio::spawn(async move { get(address, "/api/never").await });
    app.event(EventKind::Started).await;
    soon(app.host.replace(config.clone())).await.unwrap();
    let replace = app.host.replace(config);
    soon(app.host.stop()).await.unwrap();
    assert_eq!(soon(request).await.unwrap().status, 500);
    let error = soon(replace).await.unwrap_err();
    assert!(!error.to_string().is_empty());
}
