//! Event Grid: where events go to, and what their triggers have.

use azure_functions::{
    bindings::{Blob, CloudEvent, EventGridEvent},
    func,
};

#[func]
fn nowhere(_event: EventGridEvent) -> EventGridEvent {
    EventGridEvent::default()
}

#[func]
#[binding(name = "$return", topic_endpoint_uri = "TOPIC")]
fn no_key(_event: CloudEvent) -> CloudEvent {
    CloudEvent::default()
}

#[func]
#[binding(name = "$return", topic_endpoint_uri = "TOPIC", topic_key_setting = "KEY", connection = "GRID")]
fn both(_event: CloudEvent) -> Vec<EventGridEvent> {
    Vec::new()
}

#[func]
fn with_properties(#[binding(connection = "GRID")] _event: CloudEvent) {}

#[func]
fn placeholder(_event: EventGridEvent, #[binding(path = "events/{kind}/{id}")] _blob: Blob) {}

fn main() {}
