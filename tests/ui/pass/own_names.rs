//! What a user calls their own things is no matter for the attribute: it hides none of them, and uses none of them.

#![deny(warnings)]

use std::time::Duration;

use azure_functions::{
    RetryPolicy,
    bindings::{QueueMessage, QueueTrigger, TimerInfo},
    func,
};

const POLICY: RetryPolicy = RetryPolicy::fixed_delay(3, Duration::from_secs(1));
const RETRY: RetryPolicy = RetryPolicy::fixed_delay(RetryPolicy::FOREVER, Duration::from_secs(1));
const PARAMETERS: &str = "parameters";
const OUTPUTS: &str = "outputs";

#[func(retry = POLICY)]
fn policy(#[binding(schedule = "0 * * * * *")] _timer: TimerInfo) {}

#[func(retry = RETRY)]
fn retry(#[binding(schedule = "0 * * * * *")] _timer: TimerInfo) {}

#[func]
#[binding(name = "$return", queue_name = OUTPUTS)]
fn invoke(#[binding(queue_name = PARAMETERS)] job: QueueTrigger) -> QueueMessage {
    job.message.into()
}

mod shadows {
    #![allow(dead_code)]

    pub(crate) struct Box;
    pub(crate) struct None;
    pub(crate) struct Option;
    pub(crate) struct Result;
    pub(crate) struct Some;
    pub(crate) struct String;
    pub(crate) struct Vec;
    pub(crate) mod core {}
    pub(crate) mod std {}

    #[derive(azure_functions::BindingData, serde::Deserialize)]
    pub(crate) struct Order {
        id: u32,
    }

    #[azure_functions::func]
    pub(crate) fn shadowed(
        #[binding(queue_name = "jobs")] _job: azure_functions::bindings::QueueTrigger<Order>,
        #[binding(path = "orders/{id}")] _order: azure_functions::bindings::Blob,
    ) {
    }
}

fn main() {
    let functions = azure_functions::functions![policy, retry, invoke, shadows::shadowed];
    assert_eq!(functions.map(|function| function.name), ["policy", "retry", "invoke", "shadowed"]);
}
