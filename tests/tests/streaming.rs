//! The memory of a worker while much more goes through it than it may hold.
//!
//! The gate streams 64 MiB in each direction. A whole GiB takes some seconds more:
//! `cargo test --release -p azure-functions-tests --test streaming -- --ignored`

#![cfg(target_os = "linux")]
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test that cannot go on has to say so, and what it measured is worth reading"
)]

use std::{convert::Infallible, path::Path};

use azure_functions_tests::app::{App, Setup, soon};
use bytes::Bytes;
use futures::stream;
use http::Request;
use http_body_util::{BodyExt as _, StreamBody};
use hyper::body::Frame;
use hyper_util::{client::legacy::Client, rt::TokioExecutor};

const MIB: u64 = 1 << 20;

/// How much more the worker may hold at its peak than before.
const GROWTH: u64 = 8 * MIB;

/// The most memory that a process has had, in bytes.
fn peak(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line
        .and_then(|line| line.trim().strip_suffix(" kB"))
        .unwrap();
    kib.parse::<u64>().unwrap() * 1024
}

async fn upload(app: &App, mib: u64) -> String {
    static CHUNK: [u8; 1 << 16] = [0; 1 << 16];
    let chunks =
        (0..mib * 16).map(|_| Ok::<_, Infallible>(Frame::data(Bytes::from_static(&CHUNK))));
    let client = Client::builder(TokioExecutor::new()).build_http();
    let request = Request::post(format!("http://{}/api/count", app.host.address()))
        .body(StreamBody::new(stream::iter(chunks)))
        .unwrap();
    let response = client.request(request).await.unwrap();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    String::from_utf8(body.to_vec()).unwrap()
}

async fn download(app: &App, mib: u64) -> u64 {
    let client = Client::builder(TokioExecutor::new()).build_http();
    let uri = format!("http://{}/api/zeros/{mib}", app.host.address());
    let request = Request::get(uri)
        .body(http_body_util::Empty::<Bytes>::new())
        .unwrap();
    let mut body = client.request(request).await.unwrap().into_body();
    let mut length = 0;
    while let Some(frame) = body.frame().await {
        length += frame.unwrap().data_ref().map_or(0, Bytes::len) as u64;
    }
    length
}

async fn check(mib: u64) {
    let program = Path::new(env!("CARGO_BIN_EXE_http_app"));
    let setup = Setup::new(program, Path::new(env!("CARGO_MANIFEST_DIR")));
    // More than the host takes unless it is told so.
    let setup = setup.with(
        "FUNCTIONS_REQUEST_BODY_SIZE_LIMIT",
        &(2048 * MIB).to_string(),
    );
    let app = setup.start().await;
    let worker = app.get("/api/process").await.body.parse().unwrap();
    let own = std::process::id();
    // Once before it counts, so that what is made once is there.
    assert_eq!(upload(&app, 1).await, MIB.to_string());
    assert_eq!(download(&app, 1).await, MIB);
    let before = (peak(worker), peak(own));
    assert_eq!(soon(upload(&app, mib)).await, (mib * MIB).to_string());
    assert_eq!(soon(download(&app, mib)).await, mib * MIB);
    let after = (peak(worker), peak(own));
    let grown = (after.0 - before.0, after.1 - before.1);
    println!(
        "{mib} MiB up and down: the worker grew by {} KiB, host and client by {} KiB",
        grown.0 / 1024,
        grown.1 / 1024
    );
    assert!(
        grown.0 < GROWTH,
        "the worker grew by {} KiB",
        grown.0 / 1024
    );
    assert!(
        grown.1 < 2 * GROWTH,
        "host and client grew by {} KiB",
        grown.1 / 1024
    );
    app.stop().await;
}

/// A host that does not forward has the whole request in one message, and the whole response in another.
#[tokio::test(flavor = "multi_thread")]
async fn a_body_of_64_mib_is_a_message() {
    const LENGTH: usize = 64 << 20;
    let program = Path::new(env!("CARGO_BIN_EXE_http_app"));
    let setup = Setup::new(program, Path::new(env!("CARGO_MANIFEST_DIR")));
    let app = setup.with("WHOLE", "1").start().await;
    let text: Bytes = (0..LENGTH / 8)
        .flat_map(|number| format!("{number:07}\n").into_bytes())
        .collect();
    assert_eq!(text.len(), LENGTH);
    let client = Client::builder(TokioExecutor::new()).build_http();
    let request = Request::post(format!("http://{}/api/bytes", app.host.address()))
        .body(http_body_util::Full::new(text.clone()))
        .unwrap();
    let response = soon(client.request(request)).await.unwrap();
    assert_eq!(response.status(), 200);
    let body = soon(response.into_body().collect())
        .await
        .unwrap()
        .to_bytes();
    assert!(body == text, "{} bytes came back", body.len());
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn much_goes_through_a_little_memory() {
    check(64).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes some seconds in a release build"]
async fn a_gib_goes_through_a_little_memory() {
    check(1024).await;
}
