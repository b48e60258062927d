//! Where messages come from and go to, and who completes them.

use azure_functions::{
    bindings::{LockedMessage, ServiceBusMessage, ServiceBusTrigger},
    func,
};

#[func]
fn nowhere(_message: ServiceBusTrigger) {}

#[func]
fn both(#[binding(queue_name = "q", topic_name = "t", subscription_name = "s")] _message: ServiceBusTrigger) {}

#[func]
fn half(#[binding(topic_name = "t")] _message: ServiceBusTrigger) {}

#[func]
#[binding(name = "$return", topic_name = "t", subscription_name = "s")]
fn subscription(#[binding(queue_name = "q")] _message: ServiceBusTrigger) -> ServiceBusMessage {
    ServiceBusMessage::from("hi")
}

// Whoever settles a message cannot have the host complete it.
#[func]
fn completed(#[binding(queue_name = "q", auto_complete_messages = true)] _message: LockedMessage) {}

fn main() {}
