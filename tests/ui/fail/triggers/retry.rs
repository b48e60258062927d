//! Retry policies that the host does not heed, or cannot follow.

use std::time::Duration;

use azure_functions::{
    RetryPolicy,
    bindings::{QueueTrigger, TimerInfo},
    func,
};

#[func(retry = RetryPolicy::fixed_delay(3, Duration::from_secs(1)))]
fn queue(#[binding(queue_name = "jobs")] _job: QueueTrigger) {}

#[func(retry = RetryPolicy::exponential_backoff(3, Duration::from_secs(10), Duration::from_secs(1)))]
fn backwards(#[binding(schedule = "0 * * * * *")] _timer: TimerInfo) {}

#[func(retry = RetryPolicy::fixed_delay(-2, Duration::from_secs(1)))]
fn negative(#[binding(schedule = "0 * * * * *")] _timer: TimerInfo) {}

#[func(retry = 3)]
fn number(#[binding(schedule = "0 * * * * *")] _timer: TimerInfo) {}

// This is good.
#[func(retry = RetryPolicy::fixed_delay(RetryPolicy::FOREVER, Duration::from_secs(1)))]
fn forever(#[binding(schedule = "0 * * * * *")] _timer: TimerInfo) {}

fn main() {}
