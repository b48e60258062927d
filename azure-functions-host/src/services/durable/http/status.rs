//! How far an instance has come, as JSON.

use azure_functions_shared::durable::OrchestrationState;
use jiff::{Timestamp, Unit};
use serde_json::{Value, json};

use super::value;
use crate::store::durable::{moment, status_name};

/// The status of an instance.
pub(super) fn body(state: &OrchestrationState) -> Value {
    json!({
        "name": state.name,
        "instanceId": state.instance_id,
        "runtimeStatus": status_name(state.orchestration_status()),
        "input": value(state.input.as_deref()),
        "customStatus": value(state.custom_status.as_deref()),
        "output": value(state.output.as_deref()),
        "createdTime": seconds(state.created_timestamp.as_ref()),
        "lastUpdatedTime": seconds(state.last_updated_timestamp.as_ref()),
    })
}

/// A moment without what is less than a second.
fn seconds(time: Option<&prost_types::Timestamp>) -> Option<String> {
    let time = Timestamp::from_second(time?.seconds).ok()?;
    Some(time.to_string())
}

/// A moment in ticks of 100 ns, as .NET writes it.
pub(super) fn ticks(time: Option<&prost_types::Timestamp>) -> Option<String> {
    let time = moment(time?)?;
    let ticks = jiff::TimestampRound::new()
        .smallest(Unit::Nanosecond)
        .increment(100)
        .mode(jiff::RoundMode::Trunc);
    Some(time.round(ticks).unwrap_or(time).to_string())
}
