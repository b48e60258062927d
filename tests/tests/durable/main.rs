//! Durable Functions: the client against a task hub that answers as the recorded one did, and a worker that breaks on the host of this
//! workspace.

#![expect(
    clippy::panic,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has to say so"
)]

mod client;
mod faults;
mod hub;
mod requests;
