//! Azure Event Grid: start a function from an event, or publish some, in either schema.

mod cloud_event;
mod event;

use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

pub use self::{
    cloud_event::{CloudEvent, CloudEventTriggerBinding},
    event::{EventGridEvent, EventGridTriggerBinding},
};
use crate::{BindError, Binding, Data, Property, Rule, Syntax};

/// The binding of [`EventGridEvent`] and [`CloudEvent`] as return values.
#[derive(Debug)]
pub struct EventGridBinding;

impl Binding for EventGridBinding {
    const TYPE: &'static str = "eventGrid";
    const PROPERTIES: &'static [Property] = &[
        Property::string("topic_endpoint_uri")
            .syntax(Syntax::Setting)
            .doc("The app setting that holds the address of the topic."),
        Property::string("topic_key_setting")
            .syntax(Syntax::Setting)
            .doc("The app setting that holds the key of the topic."),
        Property::string("connection")
            .syntax(Syntax::Setting)
            .doc("Instead of both: the prefix of the settings that say how to reach the topic with an identity, `<connection>__topicEndpointUri` first."),
    ];
    const RULES: &'static [Rule] = &[
        Rule::exactly_one_of(&["topic_endpoint_uri", "connection"]),
        Rule::together(&["topic_endpoint_uri", "topic_key_setting"]),
    ];
}

/// Reads what an event carries: a text as it is, everything else as JSON.
fn read_data<T: DeserializeOwned + 'static>(data: Option<&RawValue>) -> Result<T, BindError> {
    let read = match data.map(RawValue::get) {
        // Some types have a value for this, and others have to say that they miss one.
        None | Some("null") => Data::none()
            .decode()
            .or_else(|missing| serde_json::from_str("null").map_err(|_| missing)),
        Some(json) if json.starts_with('"') => serde_json::from_str::<String>(json)
            .map_err(|error| BindError::new(error.to_string()))
            .and_then(|text| Data::text(text).decode()),
        Some(json) => Data::json(json).decode(),
    };
    read.map_err(in_data)
}

/// Says that the error is about what the event carries.
fn in_data(error: BindError) -> BindError {
    BindError::new(format!("`data`: {error}")).with_source(error)
}

#[cfg(test)]
mod tests;
