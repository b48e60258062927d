//! Events from what the host sends, and events to send.

use std::{fmt::Debug, time::Duration};

use azure_functions_shared::rpc;
use bytes::Bytes;
use expect_test::expect;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::json;

use super::{EventHubMessage, EventHubTrigger, PartitionContext};
use crate::{
    BindingData, Data, FromTrigger, Lazy, RetryPolicy, Trigger,
    bindings::{
        Blob,
        check::{check_metadata, check_output},
    },
    func, functions,
};

#[derive(Debug, PartialEq, Deserialize, BindingData)]
struct Order {
    order: u32,
}

fn trigger(entries: &[(&str, Data)]) -> Trigger {
    let entries = entries.iter();
    entries.map(|(name, data)| (*name, data.clone())).collect()
}

#[track_caller]
fn check<T: DeserializeOwned + Debug + PartialEq + 'static>(
    data: Data,
    entries: &[(&str, Data)],
    expected: Result<EventHubTrigger<T>, &str>,
) {
    assert_eq!(
        EventHubTrigger::from_trigger(data, &trigger(entries)).map_err(|error| error.to_string()),
        expected.map_err(str::to_owned)
    );
}

/// What the host says of a single event.
fn entries() -> Vec<(&'static str, Data)> {
    vec![
        ("PartitionKey", Data::text("k")),
        ("Offset", Data::text("24")),
        ("SequenceNumber", Data::json("7")),
        (
            "EnqueuedTimeUtc",
            Data::json("\"2026-01-02T03:04:05.1234567\""),
        ),
        ("Properties", Data::json("{\"color\":\"red\",\"size\":3}")),
        (
            "SystemProperties",
            Data::json(
                "{\"iothub-connection-device-id\":\"dev1\",\"SequenceNumber\":7,\"Offset\":\"24\",\"PartitionKey\":\"k\",\"EnqueuedTimeUtc\":\"2026-01-02T03:04:05.1234567\"}",
            ),
        ),
        (
            "PartitionContext",
            Data::json(
                "{\"FullyQualifiedNamespace\":\"ns\",\"EventHubName\":\"hub\",\"ConsumerGroup\":\"$Default\",\"PartitionId\":\"2\",\"IsCheckpointingAfterInvocation\":true,\"New\":{}}",
            ),
        ),
    ]
}

fn event<T>(message: T) -> EventHubTrigger<T> {
    let object = |value: serde_json::Value| Lazy::from(value.as_object().unwrap().clone());
    EventHubTrigger {
        partition_context: Lazy::from(Some(PartitionContext {
            fully_qualified_namespace: Some("ns".to_owned()),
            event_hub_name: Some("hub".to_owned()),
            consumer_group: Some("$Default".to_owned()),
            partition_id: Some("2".to_owned()),
            is_checkpointing_after_invocation: Some(true),
        })),
        partition_key: Some("k".to_owned()).into(),
        offset: Some("24".to_owned()).into(),
        sequence_number: Some(7).into(),
        // The date says nothing of its zone, which is UTC.
        enqueued_time: Some("2026-01-02T03:04:05.1234567Z".parse().unwrap()).into(),
        properties: object(json!({ "color": "red", "size": 3 })),
        system_properties: object(json!({
            "iothub-connection-device-id": "dev1",
            "SequenceNumber": 7,
            "Offset": "24",
            "PartitionKey": "k",
            "EnqueuedTimeUtc": "2026-01-02T03:04:05.1234567",
        })),
        ..EventHubTrigger::new(message)
    }
}

#[test]
fn single_events() {
    check(Data::bytes("hi"), &entries(), Ok(event("hi".to_owned())));
    check(
        Data::bytes(vec![0xff]),
        &[],
        Ok(EventHubTrigger::new(Bytes::from(vec![0xff]))),
    );
    for data in [
        Data::text("{\"order\":1,\"more\":[]}"),
        Data::json("{\"order\":1}"),
        Data::bytes("{\"order\":1}"),
    ] {
        check(data, &[], Ok(EventHubTrigger::new(Order { order: 1 })));
    }
    check::<String>(
        Data::bytes(vec![0xff]),
        &[],
        Err(
            "expected text, but it is not UTF-8 (invalid utf-8 sequence of 1 bytes from index 0); take `Bytes` to receive the bytes as they are",
        ),
    );
    check::<Order>(
        Data::bytes("{\"order\":\"1\"}"),
        &[],
        Err("`order`: invalid type: string \"1\", expected u32 at line 1 column 12"),
    );
    check::<Order>(
        Data::bytes("plain"),
        &[],
        Err("expected value at line 1 column 1"),
    );
    check::<String>(
        Data::none(),
        &[],
        Err("the host sent no value; take an `Option` if it can be absent"),
    );
}

/// Entries that are hidden, missing or of other types than those of today's host.
#[test]
fn odd_entries() {
    let event = |entries: &[(&str, Data)]| {
        EventHubTrigger::<String>::from_trigger(Data::bytes("hi"), &trigger(entries)).unwrap()
    };
    // Members of a JSON event win over the host's entries, but not over its system properties.
    let mut hidden = entries();
    for name in [
        "PartitionKey",
        "Offset",
        "SequenceNumber",
        "EnqueuedTimeUtc",
    ] {
        hidden.retain(|(entry, _)| *entry != name);
        hidden.push((name, Data::text("mine")));
    }
    hidden.push(("Properties", Data::text("none")));
    let found = event(&hidden);
    let seen = (
        found.partition_key.as_deref(),
        found.offset.as_deref(),
        *found.sequence_number,
    );
    assert_eq!(seen, (Some("k"), Some("24"), Some(7)));
    assert!(found.enqueued_time.is_some());

    for (name, data, sequence_number, offset, key) in [
        ("SequenceNumber", Data::text("8"), Some(8), None, None),
        ("SequenceNumber", Data::json("8"), Some(8), None, None),
        ("sequencenumber", Data::json("\"8\""), Some(8), None, None),
        ("SequenceNumber", Data::json("8.5"), None, None, None),
        ("SequenceNumber", Data::json("{}"), None, None, None),
        ("Offset", Data::json("24"), None, Some("24"), None),
        ("Offset", Data::bytes(vec![0xff]), None, None, None),
        ("PartitionKey", Data::text(""), None, None, None),
        ("PartitionKey", Data::none(), None, None, None),
        (
            "SystemProperties",
            Data::json("{\"Offset\":24,\"PartitionKey\":null}"),
            None,
            Some("24"),
            None,
        ),
        (
            "SystemProperties",
            Data::json("{\"offset\":\"24\",\"partitionKey\":\"k\"}"),
            None,
            Some("24"),
            Some("k"),
        ),
        ("SystemProperties", Data::json("[]"), None, None, None),
        ("PartitionContext", Data::json("[]"), None, None, None),
        ("Properties", Data::json("null"), None, None, None),
    ] {
        let found = event(&[(name, data.clone())]);
        assert_eq!(found.sequence_number, sequence_number, "{name} {data:?}");
        assert_eq!(found.offset.as_deref(), offset, "{name} {data:?}");
        assert_eq!(found.partition_key.as_deref(), key, "{name} {data:?}");
        assert_eq!(found.partition_context, None);
        assert!(found.properties.is_empty());
    }
    // The shape of 2019 names the group otherwise.
    let context = Data::json("{\"PartitionId\":\"1\",\"EventHubPath\":\"hub\",\"Owner\":\"o\"}");
    let found = event(&[("PartitionContext", context)]);
    let context = found.partition_context.into_inner().unwrap();
    assert_eq!(context.partition_id.as_deref(), Some("1"));
    assert_eq!(context.event_hub_name, None);
}

fn texts(texts: &[&str]) -> Data {
    let string = texts.iter().map(|&text| text.to_owned()).collect();
    Data::from_wire(&rpc::Data::CollectionString(rpc::CollectionString { string }).into())
}

fn numbers(numbers: &[i64]) -> Data {
    let sint64 = numbers.to_vec();
    Data::from_wire(&rpc::Data::CollectionSint64(rpc::CollectionSInt64 { sint64 }).into())
}

#[test]
fn batches() {
    let entries = [
        // The first event has no key, and the host left it out.
        ("PartitionKeyArray", texts(&["k"])),
        ("OffsetArray", texts(&["0", "24"])),
        ("SequenceNumberArray", numbers(&[7, 8])),
        (
            "EnqueuedTimeUtcArray",
            Data::json("[\"2026-01-02T03:04:05\",\"2026-01-02T03:04:06\"]"),
        ),
        ("PropertiesArray", Data::json("[{},{\"color\":\"red\"}]")),
        (
            "SystemPropertiesArray",
            Data::json(
                "[{\"PartitionKey\":null,\"Offset\":\"0\"},{\"PartitionKey\":\"k\",\"Offset\":\"24\"}]",
            ),
        ),
        ("PartitionContext", Data::json("{\"PartitionId\":\"2\"}")),
    ];
    let bytes = vec!["{\"order\":1}".into(), "{\"order\":2}".into()];
    let bytes = Data::from_wire(&rpc::Data::CollectionBytes(rpc::CollectionBytes { bytes }).into());
    for data in [
        bytes,
        texts(&["{\"order\":1}", "{\"order\":2}"]),
        Data::json("[{\"order\":1},\"{\\\"order\\\":2}\"]"),
    ] {
        let events = Vec::<EventHubTrigger<Order>>::from_trigger(data, &trigger(&entries)).unwrap();
        let seen: Vec<_> = events
            .iter()
            .map(|event| {
                let context = event.partition_context.as_ref().unwrap();
                (
                    event.message.order,
                    event.partition_key.as_deref(),
                    event.offset.as_deref(),
                    *event.sequence_number,
                    event.enqueued_time.unwrap().as_second() % 60,
                    event.properties.len(),
                    context.partition_id.as_deref(),
                )
            })
            .collect();
        assert_eq!(
            seen,
            [
                (1, None, Some("0"), Some(7), 5, 0, Some("2")),
                (2, Some("k"), Some("24"), Some(8), 6, 1, Some("2")),
            ]
        );
    }
}

#[test]
fn bad_batches() {
    let check = |data: Data, expected: Result<usize, &str>| {
        let batch = Vec::<EventHubTrigger<Order>>::from_trigger(data, &Trigger::default());
        assert_eq!(
            batch
                .map(|events| events.len())
                .map_err(|error| error.to_string()),
            expected.map_err(str::to_owned)
        );
    };
    check(Data::json("[]"), Ok(0));
    check(texts(&[]), Ok(0));
    check(
        Data::none(),
        Err("the host sent no value; take an `Option` if it can be absent"),
    );
    check(
        Data::json("[{\"order\":1},null]"),
        Err("element 1: the host sent no value; take an `Option` if it can be absent"),
    );
    check(
        texts(&["{\"order\":1}", ""]),
        Err("element 1: EOF while parsing a value at line 1 column 0"),
    );
    check(
        Data::json("{}"),
        Err(
            "expected a batch, found a value that is no JSON array: invalid type: map, expected a sequence at line 1 column 0",
        ),
    );
}

#[func(retry = RetryPolicy::fixed_delay(3, Duration::from_secs(1)))]
#[binding(name = "$return", event_hub_name = "copies", connection = "Hubs")]
fn copy(
    #[binding(
        event_hub_name = "orders",
        connection = "Hubs",
        consumer_group = "copy"
    )]
    order: EventHubTrigger,
) -> EventHubMessage {
    order.message.into()
}

#[func]
fn many(
    #[binding(event_hub_name = "%HUB%", connection = "Hubs")] _orders: Vec<EventHubTrigger<Order>>,
) {
}

#[func]
fn find(
    #[binding(event_hub_name = "orders", connection = "Hubs")] _order: EventHubTrigger<Order>,
    #[binding(path = "orders/{order}-{SequenceNumber}")] _blob: Blob,
) {
}

#[expect(deprecated, reason = "it is what is tested")]
mod with_old_names {
    use super::{EventHubTrigger, func};

    #[func]
    pub(super) fn old(#[binding(path = "orders", connection = "Hubs")] _order: EventHubTrigger) {}
}

#[test]
fn metadata() {
    check_metadata(
        &functions![copy, many, find, with_old_names::old],
        &expect![[r#"
            {"name":"order","type":"eventHubTrigger","direction":"in","eventHubName":"orders","connection":"Hubs","consumerGroup":"copy","dataType":"binary"}
            {"name":"$return","type":"eventHub","direction":"out","eventHubName":"copies","connection":"Hubs"}
            {"name":"orders","type":"eventHubTrigger","direction":"in","eventHubName":"%HUB%","connection":"Hubs","dataType":"binary","cardinality":"many"}
            {"name":"order","type":"eventHubTrigger","direction":"in","eventHubName":"orders","connection":"Hubs","dataType":"string"}
            {"name":"blob","type":"blob","direction":"in","path":"orders/{order}-{SequenceNumber}","dataType":"binary"}
            {"name":"order","type":"eventHubTrigger","direction":"in","eventHubName":"orders","connection":"Hubs","dataType":"binary"}"#]],
    );
}

#[test]
fn outputs() {
    check_output(EventHubMessage::from("[1,2]"), Ok(Data::bytes("[1,2]")));
    check_output(
        EventHubMessage::from(vec![0xff]),
        Ok(Data::bytes(vec![0xff])),
    );
    check_output(
        EventHubMessage::json(&json!({"a": 1})),
        Ok(Data::bytes("{\"a\":1}")),
    );
    check_output(None::<EventHubMessage>, Ok(Data::none()));
    check_output(Vec::<EventHubMessage>::new(), Ok(Data::none()));
    check_output(
        vec![EventHubMessage::from("a\"b"), EventHubMessage::json(&[1])],
        Ok(Data::json(r#"["a\"b","[1]"]"#)),
    );
    check_output(
        vec![EventHubMessage::from(vec![0xff])],
        Err(
            "one of many messages is not UTF-8 (invalid utf-8 sequence of 1 bytes from index 0), and the host takes many as text only; \
             return a single message, or write the bytes as text, in Base64 for instance",
        ),
    );
    assert_eq!(
        EventHubMessage::json(&json!({"order": 3}))
            .as_json::<Order>()
            .unwrap(),
        Order { order: 3 }
    );
}
