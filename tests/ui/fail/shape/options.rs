//! Options of `#[func]` that it does not have.

use azure_functions::{bindings::QueueTrigger, func};

#[func(disabled = true)]
fn unknown(#[binding(queue_name = "jobs")] _job: QueueTrigger) {}

#[func(name = 3)]
fn number(#[binding(queue_name = "jobs")] _job: QueueTrigger) {}

#[func(name = "a", name = "b")]
fn twice(#[binding(queue_name = "jobs")] _job: QueueTrigger) {}

fn main() {}
