//! The app of the soak: its functions do what their input says.

#![expect(clippy::panic, reason = "it is one of the things a function may do")]

use std::{
    process::{Command, ExitCode, Stdio},
    time::Duration,
};

use azure_functions::{
    App, BoxError, Bytes, Context,
    bindings::{
        BodyStream, EventHubTrigger, HttpRequest, HttpResponse, QueueMessage, QueueTrigger,
    },
    func,
};
use futures::stream;

fn main() -> ExitCode {
    // Without the word `WHOLE`, requests are forwarded: some functions stream.
    let app = App::new();
    if azure_functions::env::var("WHOLE").is_some() {
        return app.http_streaming(false).run();
    }
    app.run()
}

/// Does what the first word says, and answers with the rest.
#[func]
async fn work(
    #[binding(auth_level = "anonymous")] request: HttpRequest<String>,
    context: &Context,
) -> Result<String, BoxError> {
    let body = request.into_body();
    let (word, rest) = body.split_once(' ').unwrap_or((&body, ""));
    match word {
        "return" => {}
        "fail" => return Err(format!("failed {rest}").into()),
        "panic" => panic!("panicked {rest}"),
        "panic-later" => {
            tokio::time::sleep(Duration::from_millis(1)).await;
            panic!("panicked {rest}")
        }
        "log" => {
            for line in 0..10 {
                tracing::info!(line, "{rest}");
            }
        }
        "wait" => context.cancelled().await,
        "ignore" => std::future::pending().await,
        "process" => return Ok(std::process::id().to_string()),
        "die" => die(),
        other => return Err(format!("`{other}` is no behaviour").into()),
    }
    Ok(rest.to_owned())
}

/// Answers with the rest of its input, on a thread of its own.
#[func]
fn block(#[binding(auth_level = "anonymous")] request: HttpRequest<String>) -> String {
    let body = request.into_body();
    let (_, rest) = body.split_once(' ').unwrap_or_default();
    rest.to_owned()
}

/// Counts the bytes of an upload.
#[func]
async fn upload(
    #[binding(auth_level = "anonymous")] request: HttpRequest<BodyStream>,
) -> Result<String, BoxError> {
    let mut body = request.into_body();
    let mut length = 0_u64;
    while let Some(chunk) = body.chunk().await? {
        length += chunk.len() as u64;
    }
    Ok(length.to_string())
}

/// A MiB in pieces.
#[func]
fn download(#[binding(auth_level = "anonymous")] _request: HttpRequest) -> HttpResponse {
    static CHUNK: [u8; 1 << 14] = [0; 1 << 14];
    let chunks = (0..64).map(|_| Ok::<_, BoxError>(Bytes::from_static(&CHUNK)));
    HttpResponse::stream(stream::iter(chunks))
}

/// Sends each message on. Every tenth attempt fails, and the host tries again.
#[func]
#[binding(name = "$return", queue_name = "soak-out")]
fn relay(
    #[binding(queue_name = "soak-in")] message: QueueTrigger,
) -> Result<QueueMessage, BoxError> {
    if message.dequeue_count == Some(1) && message.message.ends_with('7') {
        return Err("fails at first".into());
    }
    Ok(message.message.into())
}

/// Says how many events there were.
#[func]
#[binding(name = "$return", queue_name = "soak-batches")]
fn batch(
    #[binding(event_hub_name = "soak", connection = "EventHubs")] events: &[EventHubTrigger],
) -> QueueMessage {
    QueueMessage::from(events.len().to_string())
}

/// Ends this process as a system does that has no memory left.
fn die() -> ! {
    let killed = Command::new("kill")
        .args(["-KILL", &std::process::id().to_string()])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    panic!("still alive: {killed:?}")
}
