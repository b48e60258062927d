//! Batches of what comes one at a time.

use azure_functions::{
    bindings::{HttpRequest, TimerInfo},
    func,
};

#[func]
fn timers(#[binding(schedule = "0 * * * * *")] _timers: Vec<TimerInfo>) {}

#[func]
fn requests(_requests: Vec<HttpRequest>) {}

fn main() {}
