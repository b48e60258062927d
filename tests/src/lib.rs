//! Tests that need both ends: the worker and the embedded host.

pub mod app;
pub mod build;
pub mod durable;
pub mod ping;
pub mod recording;
pub mod soak;
