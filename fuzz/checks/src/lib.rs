//! What each fuzz target checks of one input: an ordinary function, which the fuzzer and the tests call.
//!
//! A check panics when it finds something, and does nothing with an input that is not of its form.

mod app;
pub mod bindings;
pub mod corpus;
pub mod expression;
pub mod host_json;
pub mod http_request;
mod lines;
pub mod output;
pub mod payload;
pub mod route;
pub mod schedule;
pub mod streaming_message;

/// A target: what it is called, and what it checks of an input.
pub type Target = (&'static str, fn(&[u8]));

/// All targets.
pub const TARGETS: [Target; 9] = [
    ("streaming_message", streaming_message::check),
    ("payload", payload::check),
    ("bindings", bindings::check),
    ("http_request", http_request::check),
    ("route", route::check),
    ("expression", expression::check),
    ("host_json", host_json::check),
    ("schedule", schedule::check),
    ("output", output::check),
];
