//! Events of an event hub on their way to a worker.

use std::collections::BTreeMap;

use azure_functions_shared::rpc::{Data, TypedData};
use bytes::Bytes;
use jiff::Timestamp;

use super::{
    ZONE, collection,
    trigger::{DataType, Event},
};
use crate::{
    binding_data::{BindingData, Value},
    dotnet::{DateTime, Kind},
    json_text,
    lenient_json::{self, Dates, Token},
    store::HubEvent,
};

/// The namespace of the hubs that this host keeps.
const NAMESPACE: &str = "localhost";

/// Who reads a partition.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'a> {
    /// The name of the hub.
    pub hub: &'a str,
    /// The consumer group.
    pub consumer_group: &'a str,
    /// The partition.
    pub partition: u32,
    /// Whether a checkpoint follows the invocation.
    pub checkpoints: bool,
}

/// One event.
pub fn single(event: &HubEvent, reader: Reader<'_>, data_type: DataType) -> Event {
    let mut data = BindingData::default();
    if let Some(key) = &event.partition_key {
        data.insert("PartitionKey", Value::String(key.clone()));
    }
    data.insert("Offset", Value::String(event.place.offset.to_string()));
    data.insert(
        "SequenceNumber",
        Value::Integer(event.place.sequence_number.into()),
    );
    data.insert("EnqueuedTimeUtc", Value::DateTime(date(event.enqueued)));
    data.insert("Properties", Value::Json(properties(&event.properties)));
    data.insert("SystemProperties", Value::Json(system_properties(event)));
    data.insert("PartitionContext", context(reader));
    let value = if data_type == DataType::Binary {
        Data::Bytes(event.body.clone())
    } else {
        let text = text(&event.body);
        data.extend(json_text::binding_data(&text, &ZONE));
        Data::String(text)
    };
    Event {
        value: value.into(),
        data,
    }
}

/// A batch of events of one partition.
///
/// # Errors
///
/// The binding has no data type, so that each event must be JSON, and one is not.
pub fn batch(
    events: &[HubEvent],
    reader: Reader<'_>,
    data_type: DataType,
) -> Result<Event, lenient_json::Error> {
    let keys = events
        .iter()
        .map(|event| event.partition_key.clone().unwrap_or_default());
    let offsets = events.iter().map(|event| event.place.offset.to_string());
    let numbers = events.iter().map(|event| event.place.sequence_number);
    let times = events
        .iter()
        .map(|event| Token::String(date(event.enqueued).iso()));
    let own = events.iter().map(|event| properties(&event.properties));
    let system = events.iter().map(system_properties);
    let mut data = BindingData::default();
    data.insert("PartitionKeyArray", Value::Texts(keys.collect()));
    data.insert("OffsetArray", Value::Texts(offsets.collect()));
    data.insert("SequenceNumberArray", Value::Integers(numbers.collect()));
    let lists = [
        ("EnqueuedTimeUtcArray", times.collect()),
        ("PropertiesArray", own.collect()),
        ("SystemPropertiesArray", system.collect()),
    ];
    for (name, list) in lists {
        data.insert(name, Value::Other(Token::Array(list)));
    }
    data.insert("PartitionContext", context(reader));
    Ok(Event {
        value: bodies(events, data_type)?,
        data,
    })
}

fn bodies(events: &[HubEvent], data_type: DataType) -> Result<TypedData, lenient_json::Error> {
    let bodies = events.iter().map(|event| &event.body);
    Ok(match data_type {
        DataType::Binary => collection::bytes(bodies.cloned()),
        DataType::String => collection::texts(bodies.map(text)),
        DataType::Undefined => {
            let tokens = bodies.map(|body| lenient_json::tokens(&text(body), Dates::Parse(&ZONE)));
            let tokens = tokens.collect::<Result<_, _>>()?;
            Data::Json(Token::Array(tokens).compact()).into()
        }
    })
}

fn text(body: &Bytes) -> String {
    String::from_utf8_lossy(body).into_owned()
}

/// The time of an event, which says nothing of its zone.
fn date(instant: Timestamp) -> DateTime {
    DateTime {
        kind: Kind::Unspecified,
        ..DateTime::utc(instant)
    }
}

fn properties(properties: &BTreeMap<String, serde_json::Value>) -> Token {
    let members = properties.iter();
    Token::Object(
        members
            .map(|(name, value)| (name.clone(), token(value)))
            .collect(),
    )
}

/// What the service says of an event, its place and time among it.
fn system_properties(event: &HubEvent) -> Token {
    let forced = [
        (
            "SequenceNumber",
            Token::Integer(event.place.sequence_number.to_string()),
        ),
        ("Offset", Token::String(event.place.offset.to_string())),
        (
            "PartitionKey",
            event
                .partition_key
                .clone()
                .map_or(Token::Null, Token::String),
        ),
        ("EnqueuedTimeUtc", Token::String(date(event.enqueued).iso())),
    ];
    let others = event
        .system_properties
        .iter()
        .filter(|(name, _)| forced.iter().all(|(forced, _)| forced != name))
        .map(|(name, value)| (name.clone(), token(value)));
    let mut members: Vec<_> = others.collect();
    members.extend(forced.clone().map(|(name, token)| (name.to_owned(), token)));
    Token::Object(members)
}

fn token(value: &serde_json::Value) -> Token {
    // What was printed just now can be read.
    lenient_json::tokens(&value.to_string(), Dates::Keep).unwrap_or(Token::Null)
}

fn context(reader: Reader<'_>) -> Value {
    let text = |text: &str| Value::String(text.to_owned());
    Value::object([
        ("FullyQualifiedNamespace", text(NAMESPACE)),
        ("EventHubName", text(reader.hub)),
        ("ConsumerGroup", text(reader.consumer_group)),
        ("PartitionId", Value::String(reader.partition.to_string())),
        (
            "IsCheckpointingAfterInvocation",
            Value::Bool(reader.checkpoints),
        ),
    ])
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use expect_test::{Expect, expect};
    use serde_json::json;

    use super::*;
    use crate::{store::Place, wire::trigger_metadata};

    const READER: Reader<'_> = Reader {
        hub: "orders",
        consumer_group: "$Default",
        partition: 2,
        checkpoints: true,
    };

    fn event(number: i64, body: &'static [u8], key: Option<&str>) -> HubEvent {
        HubEvent {
            place: Place {
                partition: 2,
                sequence_number: number,
                offset: 24,
            },
            enqueued: Timestamp::from_millisecond(1500).unwrap(),
            body: Bytes::from_static(body),
            partition_key: key.map(str::to_owned),
            properties: BTreeMap::from([("color".to_owned(), json!("red"))]),
            system_properties: BTreeMap::from([
                ("iothub-connection-device-id".to_owned(), json!("dev1")),
                ("SequenceNumber".to_owned(), json!("mine")),
            ]),
        }
    }

    /// Prints what a worker is told, a line each.
    fn check(event: &Event, expected: &Expect) {
        let metadata: HashMap<_, _> = trigger_metadata(&event.data);
        let mut lines: Vec<_> = metadata
            .iter()
            .map(|(name, value)| format!("{name}: {:?}", value.data.as_ref().unwrap()))
            .collect();
        lines.sort();
        lines.insert(0, format!("{:?}", event.value.data.as_ref().unwrap()));
        expected.assert_eq(&lines.join("\n"));
    }

    #[test]
    fn an_event_of_its_own() {
        check(
            &single(&event(7, b"\xFF", None), READER, DataType::Binary),
            &expect![[r#"
                Bytes(b"\xff")
                EnqueuedTimeUtc: Json("\"1970-01-01T00:00:01.5\"")
                Offset: String("24")
                PartitionContext: Json("{\"FullyQualifiedNamespace\":\"localhost\",\"EventHubName\":\"orders\",\"ConsumerGroup\":\"$Default\",\"PartitionId\":\"2\",\"IsCheckpointingAfterInvocation\":true}")
                Properties: Json("{\"color\":\"red\"}")
                SequenceNumber: Json("7")
                SystemProperties: Json("{\"iothub-connection-device-id\":\"dev1\",\"SequenceNumber\":7,\"Offset\":\"24\",\"PartitionKey\":null,\"EnqueuedTimeUtc\":\"1970-01-01T00:00:01.5\"}")"#]],
        );
        // The members of a JSON event are told as well, and win.
        check(
            &single(
                &event(7, br#"{"Offset":1,"id":"a","l":[]}"#, Some("k")),
                READER,
                DataType::Undefined,
            ),
            &expect![[r#"
                String("{\"Offset\":1,\"id\":\"a\",\"l\":[]}")
                EnqueuedTimeUtc: Json("\"1970-01-01T00:00:01.5\"")
                Offset: String("1")
                PartitionContext: Json("{\"FullyQualifiedNamespace\":\"localhost\",\"EventHubName\":\"orders\",\"ConsumerGroup\":\"$Default\",\"PartitionId\":\"2\",\"IsCheckpointingAfterInvocation\":true}")
                PartitionKey: String("k")
                Properties: Json("{\"color\":\"red\"}")
                SequenceNumber: Json("7")
                SystemProperties: Json("{\"iothub-connection-device-id\":\"dev1\",\"SequenceNumber\":7,\"Offset\":\"24\",\"PartitionKey\":\"k\",\"EnqueuedTimeUtc\":\"1970-01-01T00:00:01.5\"}")
                id: String("a")"#]],
        );
        let lossy = single(&event(7, b"a\xFF", None), READER, DataType::String);
        assert_eq!(lossy.value.data, Some(Data::String("a\u{FFFD}".to_owned())));
    }

    #[test]
    fn many_events() {
        let events = [
            event(7, b"{\"a\":1}", None),
            event(8, b"[1]", Some("k")),
            event(9, b"3", Some("k")),
        ];
        check(
            &batch(&events, READER, DataType::String).unwrap(),
            &expect![[r#"
                CollectionString(CollectionString { string: ["{\"a\":1}", "[1]", "3"] })
                EnqueuedTimeUtcArray: Json("[\"1970-01-01T00:00:01.5\",\"1970-01-01T00:00:01.5\",\"1970-01-01T00:00:01.5\"]")
                OffsetArray: CollectionString(CollectionString { string: ["24", "24", "24"] })
                PartitionContext: Json("{\"FullyQualifiedNamespace\":\"localhost\",\"EventHubName\":\"orders\",\"ConsumerGroup\":\"$Default\",\"PartitionId\":\"2\",\"IsCheckpointingAfterInvocation\":true}")
                PartitionKeyArray: CollectionString(CollectionString { string: ["", "k", "k"] })
                PropertiesArray: Json("[{\"color\":\"red\"},{\"color\":\"red\"},{\"color\":\"red\"}]")
                SequenceNumberArray: CollectionSint64(CollectionSInt64 { sint64: [7, 8, 9] })
                SystemPropertiesArray: Json("[{\"iothub-connection-device-id\":\"dev1\",\"SequenceNumber\":7,\"Offset\":\"24\",\"PartitionKey\":null,\"EnqueuedTimeUtc\":\"1970-01-01T00:00:01.5\"},{\"iothub-connection-device-id\":\"dev1\",\"SequenceNumber\":8,\"Offset\":\"24\",\"PartitionKey\":\"k\",\"EnqueuedTimeUtc\":\"1970-01-01T00:00:01.5\"},{\"iothub-connection-device-id\":\"dev1\",\"SequenceNumber\":9,\"Offset\":\"24\",\"PartitionKey\":\"k\",\"EnqueuedTimeUtc\":\"1970-01-01T00:00:01.5\"}]")"#]],
        );
        for (data_type, expected) in [
            (
                DataType::Binary,
                collection::bytes(events.iter().map(|event| event.body.clone())),
            ),
            (
                DataType::Undefined,
                Data::Json("[{\"a\":1},[1],3]".to_owned()).into(),
            ),
        ] {
            let batch = batch(&events, READER, data_type).unwrap();
            assert_eq!(batch.value, expected);
        }
        let plain = [event(7, b"plain text", None)];
        assert!(batch(&plain, READER, DataType::Undefined).is_err());
    }
}
