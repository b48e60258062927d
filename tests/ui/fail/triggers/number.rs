//! A function has exactly one trigger.

use azure_functions::{
    bindings::{Blob, HttpRequest, QueueTrigger},
    func,
};

#[func]
fn none(#[binding(path = "abc/b")] _blob: Blob) {}

#[func]
fn nothing() {}

#[func]
fn two(_request: HttpRequest, #[binding(queue_name = "jobs")] _job: QueueTrigger) {}

fn main() {}
