//! Events: through the webhook to functions, and what those publish.

use azure_functions_host::EventKind;
use azure_functions_tests::app::{App, Setup, soon};
use http::{Method, StatusCode};
use serde_json::{Value, json};

async fn deliver(app: &App, function: &str, events: &Value) -> StatusCode {
    let target = format!("/runtime/webhooks/EventGrid?functionName={function}");
    let kind = [("aeg-event-type", "Notification")];
    let reply = soon(app.send_with(Method::POST, &target, &kind, &events.to_string())).await;
    StatusCode::from_u16(reply.status).unwrap()
}

fn sold(subject: &str, left: u32) -> Value {
    json!({
        "id": subject, "topic": "t", "subject": subject, "eventType": "Shop.Sold",
        "eventTime": "2026-01-02T03:04:05Z", "data": { "left": left }, "dataVersion": "1",
    })
}

#[tokio::test]
async fn events_start_functions_and_are_published() {
    let mut app = Setup::example("event-grid").start().await;
    let events = json!([sold("lamps", 3), sold("books", 9), sold("pens", 0)]);
    assert_eq!(deliver(&app, "log", &events).await, StatusCode::ACCEPTED);
    let mut logged = Vec::new();
    for _ in 0..3 {
        logged.push(app.logged("log").await);
    }
    logged.sort();
    assert_eq!(
        logged,
        [
            "`Shop.Sold` of `books`: {\"left\":9}",
            "`Shop.Sold` of `lamps`: {\"left\":3}",
            "`Shop.Sold` of `pens`: {\"left\":0}",
        ]
    );

    assert_eq!(
        deliver(&app, "restock", &events).await,
        StatusCode::ACCEPTED
    );
    for (subject, amount) in [("lamps", 7), ("pens", 10)] {
        let shown = app
            .event_that(|event| event.category == "Host.EventGrid")
            .await;
        let event = shown
            .message
            .strip_prefix("event for the topic `STORE_TOPIC`: ");
        let event: Value = serde_json::from_str(event.unwrap()).unwrap();
        assert_eq!(event["subject"], subject);
        assert_eq!(event["data"], json!({ "amount": amount }));
        assert_eq!(event["specversion"], "1.0");
    }

    let cloud =
        json!({ "specversion": "1.0", "id": "1", "source": "/shop", "type": "t", "data": "lamps" });
    assert_eq!(deliver(&app, "ordered", &cloud).await, StatusCode::ACCEPTED);
    assert_eq!(app.logged("ordered").await, "ordered `lamps` from `/shop`");
    // The other schema is not what the function takes.
    let refused = deliver(&app, "ordered", &sold("lamps", 1)).await;
    assert_eq!(refused, StatusCode::INTERNAL_SERVER_ERROR);
    let failed = app.event(EventKind::Failed, "ordered").await;
    let exception = failed.exception.unwrap();
    assert!(
        exception.contains("take an `EventGridEvent`"),
        "{exception}"
    );
    app.stop().await;
}
