//! Required properties that are not given.

use azure_functions::{
    bindings::{Blob, QueueTrigger, TimerInfo},
    func,
};

#[func]
fn bare(_job: QueueTrigger) {}

#[func]
fn empty(#[binding()] _timer: TimerInfo) {}

#[func]
fn words_without_parentheses(#[binding] _timer: TimerInfo) {}

#[func]
fn output(#[binding(queue_name = "jobs")] job: QueueTrigger) -> Blob {
    job.message.into()
}

#[func]
#[binding(name = "$return", path = "abc/b")]
fn second_output(#[binding(queue_name = "jobs")] job: QueueTrigger) -> (Blob, Blob) {
    (job.message.clone().into(), job.message.into())
}

fn main() {}
