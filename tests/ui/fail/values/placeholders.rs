//! `{…}` for which nothing has a value, or that the host cannot read.

use azure_functions::{
    BindingData,
    bindings::{Blob, BlobTrigger, QueueMessage, QueueTrigger, TimerInfo},
    func,
};
use serde::Deserialize;

#[derive(Deserialize, BindingData)]
#[serde(rename_all = "camelCase")]
struct Order {
    #[allow(dead_code)]
    customer_id: String,
}

#[func]
fn of_the_path(
    #[binding(path = "images/{name}.png")] _image: BlobTrigger,
    #[binding(path = "images/{nmae}.txt")] _text: Blob,
) {
}

#[func]
fn of_the_payload(
    #[binding(queue_name = "orders")] _order: QueueTrigger<Order>,
    #[binding(path = "customers/{customer_id}")] _customer: Blob,
) {
}

#[func]
#[binding(name = "$return", queue_name = "{minute}")]
fn of_a_timer(#[binding(schedule = "0 * * * * *")] _timer: TimerInfo) -> QueueMessage {
    "".into()
}

#[func]
fn unclosed(#[binding(queue_name = "jobs")] _job: QueueTrigger, #[binding(path = "files/{id")] _blob: Blob) {}

#[func]
fn unopened(#[binding(queue_name = "jobs")] _job: QueueTrigger, #[binding(path = "files/id}")] _blob: Blob) {}

#[func]
fn empty(#[binding(queue_name = "jobs")] _job: QueueTrigger, #[binding(path = "files/{}")] _blob: Blob) {}

#[func]
fn words(#[binding(queue_name = "jobs")] _job: QueueTrigger, #[binding(path = "files/{the id}")] _blob: Blob) {}

// These are good: the payload of a text is not known, and the host has values of its own.
#[func]
fn unknown_payload(
    #[binding(queue_name = "orders")] _order: QueueTrigger,
    #[binding(path = "customers/{anything.at.all}")] _customer: Blob,
    #[binding(path = "{rand-guid:N}/{DateTime:yyyy}-{sys.utcnow}-{dequeuecount}")] _log: Blob,
) {
}

#[func]
fn known_payload(
    #[binding(queue_name = "orders")] _order: QueueTrigger<Order>,
    #[binding(path = "customers/{CustomerId}-{Id}")] _customer: Blob,
) {
}

fn main() {}
