//! Functions that send events to an event hub, and take them one at a time or many.
//!
//! Send some: `curl http://localhost:7071/api/readings -d '[{"room": "attic", "celsius": 31.5}, {"room": "cellar", "celsius": 12}]'`.
//! Each of the functions below reads the hub for a consumer group of its own, so that each gets all events.

use std::{process::ExitCode, time::Duration};

use azure_functions::{
    Json, RetryPolicy,
    bindings::{EventHubMessage, EventHubTrigger, HttpResponse},
    func,
    http::StatusCode,
};
use serde::{Deserialize, Serialize};

/// What a thermometer says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Reading {
    room: String,
    celsius: f64,
}

/// Sends each reading of a list.
#[func]
#[binding(
    name = "output1",
    event_hub_name = "readings",
    connection = "EventHubs"
)]
fn send(
    #[binding(methods = "post", route = "readings", auth_level = "anonymous")] Json(readings): Json<
        Vec<Reading>,
    >,
) -> (HttpResponse, Vec<EventHubMessage>) {
    let events = readings.iter().map(EventHubMessage::json).collect();
    (StatusCode::ACCEPTED.into(), events)
}

/// Takes one reading at a time.
#[func]
fn receive(
    #[binding(event_hub_name = "readings", connection = "EventHubs")] reading: &EventHubTrigger<
        Reading,
    >,
) {
    let Reading { room, celsius } = &reading.message;
    // An IoT hub says so of the events that it passes on.
    let device = reading
        .system_properties
        .get("iothub-connection-device-id")
        .and_then(|device| device.as_str());
    tracing::info!(
        "{celsius} °C in the {room}, from {}",
        device.unwrap_or("here")
    );
}

/// Takes as many readings as there are in a partition.
#[func]
fn average(
    #[binding(
        event_hub_name = "readings",
        connection = "EventHubs",
        consumer_group = "average"
    )]
    readings: &[EventHubTrigger<Reading>],
) {
    let sum: f64 = readings.iter().map(|reading| reading.message.celsius).sum();
    let count = u32::try_from(readings.len()).unwrap_or(u32::MAX);
    tracing::info!("{} °C on average of {count}", sum / f64::from(count.max(1)));
}

/// Fails for readings that cannot be. The host tries twice more, and then goes on with what comes next.
///
/// # Errors
///
/// One of the readings is below absolute zero.
#[func(retry = RetryPolicy::fixed_delay(2, Duration::from_millis(20)))]
fn check(
    #[binding(
        event_hub_name = "readings",
        connection = "EventHubs",
        consumer_group = "check"
    )]
    readings: &[EventHubTrigger<Reading>],
) -> Result<(), String> {
    let mut readings = readings.iter().map(|reading| &reading.message);
    match readings.find(|reading| reading.celsius < -273.15) {
        Some(Reading { room, celsius }) => Err(format!("{celsius} °C in the {room}")),
        None => Ok(()),
    }
}

fn main() -> ExitCode {
    azure_functions::run()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(celsius: f64) -> Reading {
        Reading {
            room: "attic".to_owned(),
            celsius,
        }
    }

    fn event(celsius: f64) -> EventHubTrigger<Reading> {
        EventHubTrigger::new(reading(celsius))
    }

    #[test]
    fn sends_each_reading() {
        let readings = vec![reading(31.5), reading(12.0)];
        let (response, events) = send(Json(readings.clone()));
        assert_eq!(response.status(), StatusCode::ACCEPTED);
        let sent: Vec<Reading> = events
            .iter()
            .map(|event| event.as_json().unwrap())
            .collect();
        assert_eq!(sent, readings);
    }

    #[test]
    fn takes_readings() {
        receive(&event(31.5));
        average(&[event(31.5), event(12.0)]);
        average(&[]);
    }

    #[test]
    fn checks_readings() {
        assert_eq!(check(&[event(31.5), event(-273.15)]), Ok(()));
        assert_eq!(
            check(&[event(31.5), event(-300.0)]),
            Err("-300 °C in the attic".to_owned())
        );
    }
}
