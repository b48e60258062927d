//! The worker, driven over a real stream by a host that says what a test tells it to say.

#![expect(
    clippy::panic,
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has to say so"
)]

mod cancellation;
mod children;
mod collector;
mod durable;
mod faults;
mod functions;
mod handshake;
mod hooks;
mod host;
mod http;
mod invocations;
mod layers;
mod lifecycle;
mod limits;
mod permanent;
mod process;
mod recordings;
mod specialization;
mod telemetry;
mod watchdog;
