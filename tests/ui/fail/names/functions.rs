//! Names that the host refuses for a function.

use azure_functions::{bindings::QueueTrigger, func};

#[func]
fn host(#[binding(queue_name = "jobs")] _job: QueueTrigger) {}

#[func]
fn _private(#[binding(queue_name = "jobs")] _job: QueueTrigger) {}

#[func(name = "two words")]
fn spaced(#[binding(queue_name = "jobs")] _job: QueueTrigger) {}

fn main() {}
