//! `%SETTING%` that the host cannot resolve.

use azure_functions::{
    bindings::{Blob, QueueTrigger, TimerInfo},
    func,
};

#[func]
fn alone(#[binding(queue_name = "jobs")] _job: QueueTrigger, #[binding(path = "files/100%")] _blob: Blob) {}

#[func]
fn empty(#[binding(schedule = "%%")] _timer: TimerInfo) {}

#[func]
fn no_connection(#[binding(queue_name = "jobs", connection = "")] _job: QueueTrigger) {}

fn main() {}
