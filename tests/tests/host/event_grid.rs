//! Event Grid: the webhook, from the handshake to the calls, and what functions publish.

use azure_functions_host::EventKind;
use azure_functions_shared::rpc::{Content, Data, TypedData, parameter_binding::RpcData};
use serde_json::{Value, json};

use crate::{
    client::{Reply, receive, send},
    support::{App, Setup, function, soon},
};

const HOOK: &str = "/runtime/webhooks/EventGrid";
const NOTIFICATION: (&str, &str) = ("aeg-event-type", "Notification");

fn on_event(name: &str, cardinality: &str) -> Value {
    function(
        name,
        &json!([
            { "type": "eventGridTrigger", "direction": "in", "name": "event", "cardinality": cardinality },
            { "type": "eventGrid", "direction": "out", "name": "out", "topicEndpointUri": "TOPIC", "topicKeySetting": "KEY" },
        ]),
    )
}

async fn start() -> App {
    let functions = [
        on_event("one", "one"),
        on_event("many", "many"),
        on_event("fail", "one"),
    ];
    Setup::new(&functions).start().await
}

async fn request(app: &App, target: &str, headers: &[(&str, &str)], body: impl ToString) -> Reply {
    let body = body.to_string();
    let length = body.len().to_string();
    let mut headers = headers.to_vec();
    headers.push(("Content-Length", &length));
    receive(send(app.host.address(), target, &headers, &body).await).await
}

fn event(id: &str) -> Value {
    json!({
        "id": id, "topic": "t", "subject": "s", "eventType": "Made", "eventTime": "2026-01-02T03:04:05Z",
        "data": { "n": 1 }, "dataVersion": "1.0", "metadataVersion": "1",
    })
}

/// What the worker was called with so far: the trigger's value, and `data` of the metadata.
fn calls(app: &App) -> Vec<(Value, Value)> {
    let json = |data: &TypedData| match &data.data {
        Some(Data::Json(text)) => serde_json::from_str(text).unwrap(),
        other => panic!("{other:?}"),
    };
    let mut calls = Vec::new();
    for (_, message) in app.record() {
        if let Some(Content::InvocationRequest(request)) = message.content {
            let Some(RpcData::Data(value)) = &request.input_data[0].rpc_data else {
                panic!("{request:?}");
            };
            calls.push((json(value), json(&request.trigger_metadata["data"])));
        }
    }
    calls
}

#[tokio::test]
async fn a_sender_shakes_hands() {
    let app = start().await;
    let origin = [("WebHook-Request-Origin", "eventgrid.azure.net")];
    let reply = request(
        &app,
        &format!("OPTIONS {HOOK}?functionName=one"),
        &origin,
        "",
    )
    .await;
    assert_eq!(reply.status, 200);
    assert!(
        reply
            .header
            .contains("webhook-allowed-origin: eventgrid.azure.net"),
        "{}",
        reply.header
    );
    let validation = [("aeg-event-type", "SubscriptionValidation")];
    let target = format!("POST {HOOK}?functionName=one");
    for (body, status, answer) in [
        (
            json!([{ "id": "1", "data": { "validationCode": "512d38b6" } }]),
            200,
            r#"{"validationResponse":"512d38b6"}"#,
        ),
        (
            json!({ "specversion": "1.0", "data": "{\"validationCode\":\"a\"}" }),
            200,
            r#"{"validationResponse":"a"}"#,
        ),
        (
            json!([{ "id": "1" }]),
            400,
            "the validation has no `data.validationCode`; send it as a text",
        ),
        (
            json!([]),
            400,
            "the validation has no `data.validationCode`; send it as a text",
        ),
    ] {
        let reply = request(&app, &target, &validation, &body).await;
        assert_eq!(
            (reply.status, reply.body.as_str()),
            (status, answer),
            "{body}"
        );
    }
    let unsubscribe = [("aeg-event-type", "Unsubscribe")];
    assert_eq!(request(&app, &target, &unsubscribe, "[]").await.status, 202);
    assert_eq!(calls(&app), []);
    soon(app.host.stop()).await.unwrap();
}

#[tokio::test]
async fn events_call_functions() {
    let app = start().await;
    let both = json!([event("a"), event("b")]);
    for (name, body, status, called) in [
        ("one", both.clone(), 202, vec![event("a"), event("b")]),
        ("ONE", event("c"), 202, vec![event("c")]),
        ("one", json!([]), 202, vec![]),
        ("many", both.clone(), 202, vec![both.clone()]),
        ("fail", both, 500, vec![event("a"), event("b")]),
    ] {
        let before = calls(&app).len();
        let target = format!("POST {HOOK}?functionName={name}&code=ignored");
        let reply = request(&app, &target, &[NOTIFICATION], &body).await;
        assert_eq!(reply.status, status, "{name} {}", reply.body);
        let mut seen: Vec<_> = calls(&app).into_iter().skip(before).collect();
        // Events of one request run side by side.
        seen.sort_by_key(|(event, _)| event["id"].to_string());
        let expected: Vec<_> = called
            .into_iter()
            .map(|event| {
                let data = match event.as_array() {
                    Some(events) => events.iter().map(|event| event["data"].clone()).collect(),
                    None => event["data"].clone(),
                };
                (event, data)
            })
            .collect();
        assert_eq!(seen, expected, "{name}");
    }
    soon(app.host.stop()).await.unwrap();
}

#[tokio::test]
async fn what_is_no_event_is_refused() {
    let app = start().await;
    let known = format!("POST {HOOK}?functionName=one");
    let known = known.as_str();
    for (target, headers, body, status, text) in [
        (
            "POST /runtime/webhooks/EventGrid?functionName=none",
            &[NOTIFICATION][..],
            "[]",
            404,
            "there are `fail`, `many`, `one`",
        ),
        (
            "POST /runtime/webhooks/EventGrid",
            &[NOTIFICATION],
            "[]",
            404,
            "functionName=",
        ),
        (
            "POST /runtime/webhooks/EventGrid/x?functionName=one",
            &[NOTIFICATION],
            "[]",
            404,
            "",
        ),
        (
            "POST /runtime/webhooks/Nothing",
            &[NOTIFICATION],
            "[]",
            404,
            "this host has no webhook `Nothing`",
        ),
        (known, &[], "[]", 400, "add `aeg-event-type: Notification`"),
        (
            known,
            &[("aeg-event-type", "Odd")],
            "[]",
            400,
            "add `aeg-event-type: Notification`",
        ),
        (known, &[NOTIFICATION], "", 400, "the body is not JSON"),
        (
            known,
            &[NOTIFICATION],
            "[5]",
            400,
            "an event is not a JSON object",
        ),
    ] {
        let reply = request(&app, target, headers, body).await;
        assert_eq!(reply.status, status, "{target} {body}");
        assert!(reply.body.contains(text), "{target} {body}: {}", reply.body);
    }
    assert_eq!(calls(&app), []);
    soon(app.host.stop()).await.unwrap();
}

#[tokio::test]
async fn published_events_are_shown() {
    let mut app = start().await;
    let warning = loop {
        let event = app.event(EventKind::Host).await.message;
        if event.contains("`out`") {
            break event;
        }
    };
    assert_eq!(
        warning,
        "the output `out` is shown, but not sent, for this host has no `eventGrid`"
    );
    let cloud = json!({ "specversion": "1.0", "source": "s", "type": "t", "id": "1" });
    for (body, shown) in [
        (event("a"), Ok(event("a"))),
        (cloud.clone(), Ok(cloud)),
        (
            json!({ "specversion": "1.0", "source": "s", "type": "t" }),
            Err(
                "an event has no `id`; every event of an output needs specversion, source, type, id",
            ),
        ),
        (
            json!({ "id": "1" }),
            Err(
                "an event has no `subject`; every event of an output needs id, subject, eventType, eventTime, data, dataVersion",
            ),
        ),
    ] {
        let result = soon(app.host.invoke("one", &body.to_string())).await;
        match shown {
            Ok(event) => {
                result.unwrap();
                let text = loop {
                    let event = app.event(EventKind::Host).await;
                    if event.message.contains("is not sent: ") {
                        break event.message;
                    }
                };
                let json = text.strip_prefix("the `eventGrid` output `out` is not sent: ");
                assert_eq!(serde_json::from_str::<Value>(json.unwrap()).unwrap(), event);
                let sent = app.host.sent().by("eventGrid").pop().unwrap();
                assert_eq!(sent.value, event);
                assert_eq!(sent.property("topicEndpointUri"), Some("TOPIC"));
            }
            Err(reason) => {
                let error = result.unwrap_err().to_string();
                assert_eq!(
                    error,
                    format!("the output `out` cannot be written: {reason}")
                );
            }
        }
    }
    soon(app.host.stop()).await.unwrap();
}
