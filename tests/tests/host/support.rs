//! A host with the scripted worker.

use std::{path::Path, time::Duration};

use azure_functions_host::{
    Config, Event, EventKind, Events, Host, HostError, HostHandle, store::Changes,
};
use azure_functions_shared::rpc::StreamingMessage;
use base64::{Engine as _, prelude::BASE64_STANDARD};
use prost::Message as _;
use serde_json::{Value, json};
use tempfile::TempDir;

/// No test waits longer for anything.
const PATIENCE: Duration = Duration::from_secs(30);

/// A host, the folder of its app, and its events from the beginning.
#[derive(Debug)]
pub(crate) struct App {
    pub(crate) host: HostHandle,
    pub(crate) events: Events,
    pub(crate) folder: TempDir,
}

/// An app that has not started.
#[derive(Debug)]
pub(crate) struct Setup {
    pub(crate) config: Config,
    folder: TempDir,
}

impl Setup {
    /// An app with these functions; the worker does what their names say.
    pub(crate) fn new(functions: &[Value]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let record = folder.path().join("record");
        let worker = env!("CARGO_BIN_EXE_scripted-worker");
        let mut config = Config::read(worker, folder.path()).unwrap();
        config.port = 0;
        Self { config, folder }
            .with("SCRIPT_FUNCTIONS", &Value::from(functions).to_string())
            .with("SCRIPT_RECORD", &record.to_string_lossy())
    }

    /// Sets a variable of the worker.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.config
            .settings
            .insert(name.to_owned(), value.to_owned());
        self
    }

    pub(crate) async fn start(self) -> App {
        self.try_start().await.unwrap()
    }

    pub(crate) async fn try_start(self) -> Result<App, HostError> {
        let host = Host::new(self.config);
        let events = host.events();
        let host = soon(host.launch()).await?;
        Ok(App {
            host,
            events,
            folder: self.folder,
        })
    }
}

impl App {
    /// The next event of this kind.
    pub(crate) async fn event(&mut self, kind: EventKind) -> Event {
        soon(async {
            loop {
                let event = self.events.next().await.unwrap();
                if event.kind == kind {
                    return event;
                }
            }
        })
        .await
    }

    /// What the workers of this host heard and said so far.
    pub(crate) fn record(&self) -> Vec<(String, StreamingMessage)> {
        record(self.folder.path())
    }
}

/// What the workers of the app in a folder heard and said so far.
pub(crate) fn record(folder: &Path) -> Vec<(String, StreamingMessage)> {
    let text = std::fs::read_to_string(folder.join("record")).unwrap();
    text.lines()
        .map(|line| {
            let (direction, wire) = line.split_once(' ').unwrap();
            let wire = BASE64_STANDARD.decode(wire).unwrap();
            let message = StreamingMessage::decode(wire.as_slice()).unwrap();
            (direction.to_owned(), message)
        })
        .collect()
}

/// Something that must happen before long.
pub(crate) async fn soon<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, future)
        .await
        .expect("it takes too long")
}

/// A function that HTTP triggers.
pub(crate) fn http(name: &str) -> Value {
    json!({ "name": name, "bindings": [
        { "type": "httpTrigger", "direction": "in", "name": "req", "authLevel": "anonymous" },
        { "type": "http", "direction": "out", "name": "$return" },
    ]})
}

/// A function with these bindings.
pub(crate) fn function(name: &str, bindings: &Value) -> Value {
    json!({ "name": name, "bindings": bindings })
}

/// Waits until `look` finds something in a store that tells of its `changes`.
pub(crate) async fn until<T, F: Future<Output = Option<T>>>(
    mut changes: Changes,
    look: impl Fn() -> F,
) -> T {
    soon(async {
        loop {
            changes.borrow_and_update();
            if let Some(found) = look().await {
                return found;
            }
            changes.changed().await.unwrap();
        }
    })
    .await
}
