//! The worker, driven over a real stream by a host that says what a test tells it to say.

#![expect(
    clippy::panic,
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has to say so"
)]

mod collector;
mod functions;
mod handshake;
mod host;
mod http;
mod invocations;
mod lifecycle;
mod process;
mod recordings;
mod telemetry;
