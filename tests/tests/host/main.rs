//! The embedded host, with a worker that is a real process and does what it is told.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests, and what they share"
)]

mod admin;
mod auth;
mod client;
mod cosmos;
mod durable;
mod entities;
mod event_grid;
mod event_hubs;
mod forward;
mod lifecycle;
mod misc;
mod notifications;
mod processes;
mod replace;
mod requests;
mod service_bus;
mod support;
mod tables;
mod transcripts;
mod triggers;
