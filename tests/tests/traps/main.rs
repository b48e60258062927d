//! The traps of the Functions host, each of which cost somebody a bug: one test each, over a real stream.
//!
//! The numbers are those of the list of traps in the notes on the host's bindings. The functions are written as a user writes
//! them, and the messages as the host sends them.

#![expect(
    clippy::panic,
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a test that cannot go on has to say so"
)]

mod conversation;
mod functions;
#[path = "../worker/host.rs"]
#[expect(dead_code, reason = "the worker's tests need more of it")]
mod host;
mod http;
mod index;
mod inputs;
mod outputs;
