//! A function that the host cannot call.

use azure_functions::{bindings::QueueTrigger, func};

#[func]
fn generic<T>(#[binding(queue_name = "jobs")] _job: QueueTrigger) {}

#[func]
fn bounded(#[binding(queue_name = "jobs")] _job: QueueTrigger)
where
    u8: Copy,
{
}

#[func]
const fn constant(#[binding(queue_name = "jobs")] _job: &QueueTrigger) {}

#[func]
unsafe fn dangerous(#[binding(queue_name = "jobs")] _job: QueueTrigger) {}

#[func]
extern "C" fn foreign(#[binding(queue_name = "jobs")] _job: QueueTrigger) {}

#[func]
fn opaque_parameter(#[binding(queue_name = "jobs")] _job: QueueTrigger, _other: impl Send) {}

#[func]
fn opaque_output(#[binding(queue_name = "jobs")] _job: QueueTrigger) -> impl Send {}

#[func]
fn lifetime(#[binding(queue_name = "jobs")] _job: &'static QueueTrigger) {}

fn main() {}
