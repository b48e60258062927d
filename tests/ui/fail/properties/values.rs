//! Values that a property cannot have.

use azure_functions::{
    bindings::{HttpRequest, QueueTrigger, TimerInfo},
    func,
};

#[func]
fn kind(#[binding(queue_name = 3)] _job: QueueTrigger) {}

#[func]
fn flag(#[binding(schedule = "0 * * * * *", run_on_startup = "yes")] _timer: TimerInfo) {}

#[func]
fn choice(#[binding(auth_level = "everyone")] _request: HttpRequest) {}

#[func]
fn list(#[binding(methods = ["get", "fetch"])] _request: HttpRequest) {}

#[func]
fn old_list(#[binding(methods = "get|fetch")] _request: HttpRequest) {}

#[func]
fn list_of_numbers(#[binding(methods = [1, 2])] _request: HttpRequest) {}

#[func]
fn twice(#[binding(queue_name = "a", queue_name = "b")] _job: QueueTrigger) {}

#[func]
fn expression(#[binding(queue_name = 1 + 1)] _job: QueueTrigger) {}

const LIMIT: u32 = 3;

#[func]
fn constant(#[binding(queue_name = LIMIT)] _job: QueueTrigger) {}

fn main() {}
