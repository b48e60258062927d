//! Names that the storage service does not have.

use azure_functions::{
    bindings::{BlobTrigger, QueueMessage, QueueTrigger},
    func,
};

#[func]
fn upper_case(#[binding(queue_name = "Orders")] _job: QueueTrigger) {}

#[func]
fn short(#[binding(queue_name = "q")] _job: QueueTrigger) {}

#[func]
#[binding(name = "$return", queue_name = "a--b")]
fn dashes(#[binding(queue_name = "jobs")] _job: QueueTrigger) -> QueueMessage {
    "".into()
}

#[func]
fn container(#[binding(path = "My_Files/{name}")] _blob: BlobTrigger) {}

#[func]
fn no_container(#[binding(path = "/{name}")] _blob: BlobTrigger) {}

#[func]
fn capture(#[binding(path = "files/{name.first}")] _blob: BlobTrigger) {}

fn main() {}
