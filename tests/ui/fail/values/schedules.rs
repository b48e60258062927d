//! Schedules that the host does not start.

use azure_functions::{bindings::TimerInfo, func};

#[func]
fn seven_fields(#[binding(schedule = "0 0 0 * * * *")] _timer: TimerInfo) {}

#[func]
fn hour_24(#[binding(schedule = "0 0 24 * * *")] _timer: TimerInfo) {}

#[func]
fn words(#[binding(schedule = "every hour")] _timer: TimerInfo) {}

#[func]
fn macros(#[binding(schedule = "@daily")] _timer: TimerInfo) {}

#[func]
fn time_span(#[binding(schedule = "25:61:00")] _timer: TimerInfo) {}

// These are good.
#[func]
fn five_fields(#[binding(schedule = "*/5 * * * *")] _timer: TimerInfo) {}

#[func]
fn setting(#[binding(schedule = "%SCHEDULE%")] _timer: TimerInfo) {}

fn main() {}
