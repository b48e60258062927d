//! The examples, as processes of their own, on a host in this process.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has to say so"
)]

mod blob;
mod conformance;
mod cosmosdb;
mod dapr;
mod durable;
mod event_grid;
mod event_hub;
mod faults;
mod generic;
mod http;
mod layers;
mod load;
mod mail_and_sms;
mod mcp;
mod own_binding;
mod processes;
mod queue;
mod service_bus;
mod signalr;
mod sql;
mod table;
mod timer;
mod web_pubsub;
