//! The functions that are measured, as an app has them.

use std::process::ExitCode;

use azure_functions::{
    App, Bytes, Json,
    bindings::{Blob, BlobTrigger, EventHubTrigger, HttpRequest, QueueMessage, QueueTrigger},
    func,
};
use serde_json::Value;

/// Greets.
#[func]
async fn hello(#[binding(auth_level = "anonymous")] request: HttpRequest) -> String {
    format!(
        "Hello, {}!",
        request.query_param("name").unwrap_or("stranger")
    )
}

/// Gives back what it is given.
#[func]
async fn echo(#[binding(auth_level = "anonymous")] value: Json<Value>) -> Json<Value> {
    value
}

/// Takes a message.
#[func]
async fn take(#[binding(queue_name = "taken")] _message: QueueTrigger) {}

/// Sends a message on.
#[func]
#[binding(name = "$return", queue_name = "relay-out")]
async fn relay(#[binding(queue_name = "relayed")] message: QueueTrigger) -> QueueMessage {
    QueueMessage::from(message.message)
}

/// Copies a blob.
#[func]
#[binding(name = "$return", path = "copies/{name}")]
async fn copy(#[binding(path = "originals/{name}")] blob: BlobTrigger<Bytes>) -> Blob {
    Blob::from(blob.content)
}

/// Takes a batch of events.
#[func]
async fn batch(
    #[binding(event_hub_name = "readings", connection = "Hubs")] _events: Vec<
        EventHubTrigger<Bytes>,
    >,
) {
}

/// Logs ten lines.
#[func]
async fn log(#[binding(queue_name = "logged")] _message: QueueTrigger) {
    for line in 0..10 {
        tracing::info!(line, "a line of the log");
    }
}

fn main() -> ExitCode {
    let forward = std::env::var("BENCH_FORWARD").is_ok_and(|forward| forward == "1");
    App::new().http_streaming(forward).run()
}
