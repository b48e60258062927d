//! Tests of both schemas.

use std::fmt::Debug;

use bytes::Bytes;
use expect_test::expect;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{CloudEvent, EventGridEvent};
use crate::{
    Data, FromTrigger, IntoOutput, Timestamp, Trigger, bindings::Blob, func, functions,
    worker::metadata,
};

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Made {
    n: u32,
}

#[func]
fn one(
    _event: EventGridEvent<Made>,
    #[binding(path = "events/{eventType}/{id}-{data.n}.json")] _blob: Option<Blob>,
) {
}

#[func]
#[binding(
    name = "$return",
    topic_endpoint_uri = "TOPIC",
    topic_key_setting = "KEY"
)]
#[binding(name = "output1", connection = "Grid")]
fn many(_events: Vec<CloudEvent>) -> (Vec<EventGridEvent>, CloudEvent<Made>) {
    (Vec::new(), CloudEvent::default())
}

#[test]
fn metadata() {
    let [one, many] = functions![one, many];
    let lines = [one, many].map(|function| metadata::lines(function).join("\n"));
    expect![[r#"
        {"name":"event","type":"eventGridTrigger","direction":"in"}
        {"name":"blob","type":"blob","direction":"in","path":"events/{eventType}/{id}-{data.n}.json","dataType":"binary"}
        {"name":"events","type":"eventGridTrigger","direction":"in","cardinality":"many"}
        {"name":"$return","type":"eventGrid","direction":"out","topicEndpointUri":"TOPIC","topicKeySetting":"KEY"}
        {"name":"output1","type":"eventGrid","direction":"out","connection":"Grid"}"#]]
    .assert_eq(&lines.join("\n"));
}

#[track_caller]
fn check<T: FromTrigger + Debug + PartialEq>(data: Data, expected: Result<T, &str>) {
    let read = T::from_trigger(data, &Trigger::default()).map_err(|error| error.to_string());
    assert_eq!(read, expected.map_err(str::to_owned));
}

/// In all forms that the host can choose.
#[track_caller]
fn check_forms<T: FromTrigger + Debug + PartialEq + Clone>(json: &Value, expected: &T) {
    check(Data::json(json.to_string()), Ok(expected.clone()));
    check(Data::text(format!("{json:#}")), Ok(expected.clone()));
    check(Data::bytes(json.to_string()), Ok(expected.clone()));
}

fn moment() -> Timestamp {
    "2026-01-02T03:04:05.678Z".parse().unwrap()
}

fn event<T>(data: T) -> EventGridEvent<T> {
    EventGridEvent {
        event_time: Some(moment()),
        ..EventGridEvent::new("1", "Made", "s", data)
    }
}

fn cloud<T>(data: T) -> CloudEvent<T> {
    CloudEvent {
        time: Some(moment()),
        ..CloudEvent::new("1", "/s", "Made", data)
    }
}

#[test]
fn event_grid_events() {
    let json = json!({
        "id": "1", "topic": "t", "subject": "s", "eventType": "Made", "eventTime": "2026-01-02T03:04:05.678",
        "data": { "n": 1, "unknown": null }, "dataVersion": "1.0", "metadataVersion": "1", "odd": [],
    });
    let full = EventGridEvent {
        topic: Some("t".to_owned()),
        metadata_version: Some("1".to_owned()),
        ..event(Made { n: 1 })
    };
    check_forms(&json, &full);
    let batch = json!([json, json]);
    check_forms(&batch, &vec![full.clone(), full]);
    check_forms(
        &json!({ "data": "text", "eventTime": "soon" }),
        &EventGridEvent {
            data: "text".to_owned(),
            ..EventGridEvent::default()
        },
    );
    check_forms(
        &json!({ "data": null }),
        &EventGridEvent::<Option<Made>>::default(),
    );
    check_forms(
        &json!({ "data": "[1]" }),
        &EventGridEvent {
            data: Bytes::from_static(b"[1]"),
            ..EventGridEvent::default()
        },
    );
    check_forms(&json!({}), &EventGridEvent::<Value>::default());
    check::<EventGridEvent<Made>>(
        Data::none(),
        Err("the host sent no value; take an `Option` if it can be absent"),
    );
    check::<EventGridEvent<Made>>(
        Data::json(r#"{"data":{"n":-1}}"#),
        Err("`data`: `n`: invalid value: integer `-1`, expected u32 at line 1 column 7"),
    );
    check::<EventGridEvent<Made>>(
        Data::json("{}"),
        Err("`data`: the host sent no value; take an `Option` if it can be absent"),
    );
    check::<EventGridEvent>(
        Data::json(r#"{"specversion":"1.0"}"#),
        Err("the event has the schema of CloudEvents; take a `CloudEvent`"),
    );
    check::<EventGridEvent>(
        Data::json(r#"{"id":5}"#),
        Err("`id`: invalid type: integer `5`, expected a string at line 1 column 7"),
    );
    check::<Vec<EventGridEvent>>(
        Data::json("[{},null]"),
        Err("element 1: the host sent no value; take an `Option` if it can be absent"),
    );
    check::<Vec<EventGridEvent>>(Data::json("[]"), Ok(Vec::new()));
    check::<EventGridEvent>(
        Data::bytes(vec![b'{', b'"', 0xff, b'"', b':', b'1', b'}']),
        Err("invalid unicode code point at line 1 column 3"),
    );
}

#[test]
fn cloud_events() {
    let json = json!({
        "specversion": "1.0", "id": "1", "source": "/s", "type": "Made", "subject": "x",
        "time": "2026-01-02T03:04:05.678+00:00", "datacontenttype": "application/json", "dataschema": "#",
        "data": { "n": 1 }, "traceparent": "00-0-0-00", "n": 7,
    });
    let extensions = json!({ "traceparent": "00-0-0-00", "n": 7 });
    let full = CloudEvent {
        subject: Some("x".to_owned()),
        data_content_type: Some("application/json".to_owned()),
        data_schema: Some("#".to_owned()),
        extensions: extensions.as_object().cloned().unwrap(),
        ..cloud(Made { n: 1 })
    };
    check_forms(&json, &full);
    check_forms(&json!([json]), &vec![full]);
    let spec = |data: Value| {
        let mut event = json!({ "specversion": "1.0" });
        event
            .as_object_mut()
            .unwrap()
            .extend(data.as_object().cloned().unwrap());
        event
    };
    let empty = CloudEvent::<Bytes>::default();
    check_forms(
        &spec(json!({ "data_base64": "/9g=" })),
        &CloudEvent {
            data: Bytes::from_static(&[0xff, 0xd8]),
            ..empty
        },
    );
    check_forms(
        &spec(json!({ "data_base64": "eyJuIjozfQ==" })),
        &CloudEvent {
            data: Made { n: 3 },
            ..CloudEvent::default()
        },
    );
    check_forms(
        &spec(json!({ "data": "[1]" })),
        &CloudEvent {
            data: "[1]".to_owned(),
            ..CloudEvent::default()
        },
    );
    check_forms(
        &spec(json!({ "data": null })),
        &CloudEvent::<Value>::default(),
    );
    check::<CloudEvent>(
        Data::json(r#"{"id":"1"}"#),
        Err(
            "the event has no `specversion`, so its schema is that of Event Grid; take an `EventGridEvent`",
        ),
    );
    check::<CloudEvent<Bytes>>(
        Data::json(r#"{"specversion":"1.0","data_base64":"?"}"#),
        Err("`data_base64`: expected Base64: Invalid symbol 63, offset 0."),
    );
    check::<CloudEvent>(
        Data::none(),
        Err("the host sent no value; take an `Option` if it can be absent"),
    );
    check::<Vec<CloudEvent>>(
        Data::json("5"),
        Err(
            "expected a batch, found a value that is no JSON array: invalid type: integer `5`, expected a sequence at line 1 column 1",
        ),
    );
}

/// What is published, and what a subscriber reads of it.
#[track_caller]
fn check_published<T>(event: &T, expected: Result<Value, &str>)
where
    T: FromTrigger + IntoOutput + Clone + Debug + PartialEq,
{
    let data = event.clone().into_output();
    let json = data
        .map(|data| data.decode_json::<Value>().unwrap())
        .map_err(|error| error.to_string());
    assert_eq!(json, expected.map_err(str::to_owned));
    if let Ok(json) = json {
        check_forms(&json, event);
    }
}

#[test]
fn publishing() {
    let grid = |data: Value| {
        json!({
            "id": "1", "subject": "s", "eventType": "Made", "eventTime": "2026-01-02T03:04:05.678Z",
            "data": data, "dataVersion": "1.0",
        })
    };
    check_published(&event(Made { n: 1 }), Ok(grid(json!({ "n": 1 }))));
    check_published(&event("text".to_owned()), Ok(grid(json!("text"))));
    check_published(&event(Value::Null), Ok(grid(Value::Null)));
    check_published(
        &vec![event(Made { n: 1 }), event(Made { n: 2 })],
        Ok(json!([grid(json!({ "n": 1 })), grid(json!({ "n": 2 }))])),
    );
    check_published(
        &event(Bytes::from_static(b"x")),
        Err(
            "`data`: an event in the schema of Event Grid carries no bytes; publish a `CloudEvent`, or text",
        ),
    );
    let timeless = EventGridEvent {
        event_time: None,
        ..event(Value::Null)
    };
    let json: Value = timeless.into_output().unwrap().decode_json().unwrap();
    assert!(
        json["eventTime"]
            .as_str()
            .unwrap()
            .parse::<Timestamp>()
            .is_ok()
    );

    let spec = |member: &str, data: Value| {
        let mut event = json!({
            "specversion": "1.0", "id": "1", "source": "/s", "type": "Made", "time": "2026-01-02T03:04:05.678Z",
        });
        event[member] = data;
        event
    };
    check_published(&cloud(Made { n: 1 }), Ok(spec("data", json!({ "n": 1 }))));
    check_published(&cloud("text".to_owned()), Ok(spec("data", json!("text"))));
    check_published(
        &cloud(Bytes::from_static(&[0xff])),
        Ok(spec("data_base64", json!("/w=="))),
    );
    let extended = CloudEvent {
        extensions: Map::from_iter([("tracestate".to_owned(), json!("a=b"))]),
        ..cloud(Value::Null)
    };
    check_published(&extended, Ok(spec("tracestate", json!("a=b"))));
}
