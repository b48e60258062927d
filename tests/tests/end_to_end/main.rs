//! The examples, as processes of their own, on a host in this process.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has to say so"
)]

mod blob;
mod conformance;
mod event_hub;
mod faults;
mod http;
mod load;
mod own_binding;
mod queue;
mod service_bus;
mod timer;
