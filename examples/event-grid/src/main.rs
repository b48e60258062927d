//! Functions that events of Event Grid start, and that publish some.
//!
//! ```sh
//! cargo func run -p event-grid-example
//! curl 'http://localhost:7071/runtime/webhooks/EventGrid?functionName=log' -H 'aeg-event-type: Notification' \
//!     -d '[{"id": "1", "subject": "lamps", "eventType": "Shop.Sold", "data": {"left": 3}}]'
//! ```

use std::process::ExitCode;

use azure_functions::{
    bindings::{CloudEvent, EventGridEvent},
    func,
};
use serde::{Deserialize, Serialize};

/// Writes every event to the log.
#[func]
fn log(event: &EventGridEvent) {
    tracing::info!(
        "`{}` of `{}`: {}",
        event.event_type,
        event.subject,
        event.data
    );
}

/// What an event of the shop says.
#[derive(Clone, Debug, PartialEq, Deserialize)]
struct Sold {
    left: u32,
}

/// What the store is asked for.
#[derive(Clone, Debug, PartialEq, Serialize)]
struct Order {
    amount: u32,
}

/// Orders what is about to run out. It gets all events of a delivery at once.
#[func]
#[binding(
    name = "$return",
    topic_endpoint_uri = "STORE_TOPIC",
    topic_key_setting = "STORE_KEY"
)]
fn restock(events: Vec<EventGridEvent<Sold>>) -> Vec<CloudEvent<Order>> {
    let scarce = events.into_iter().filter(|event| event.data.left < 5);
    scarce
        .map(|event| {
            let order = Order {
                amount: 10 - event.data.left,
            };
            let mut ordered = CloudEvent::new(event.id, "/shop", "Shop.Ordered", order);
            ordered.subject = Some(event.subject);
            ordered
        })
        .collect()
}

/// Writes what was ordered to the log: an event in the schema of `CloudEvents`.
#[func]
fn ordered(event: &CloudEvent<String>) {
    tracing::info!("ordered `{}` from `{}`", event.data, event.source);
}

fn main() -> ExitCode {
    azure_functions::run()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sold(subject: &str, left: u32) -> EventGridEvent<Sold> {
        EventGridEvent::new("1", "Shop.Sold", subject, Sold { left })
    }

    #[test]
    fn orders_what_runs_out() {
        let orders = restock(vec![sold("lamps", 3), sold("books", 5)]);
        let orders: Vec<_> = orders
            .into_iter()
            .map(|order| (order.subject.unwrap_or_default(), order.data.amount))
            .collect();
        assert_eq!(orders, [("lamps".to_owned(), 7)]);
    }

    #[test]
    fn logs() {
        log(&EventGridEvent::default());
        ordered(&CloudEvent::new(
            "1",
            "/shop",
            "Shop.Ordered",
            "lamps".to_owned(),
        ));
    }
}
