//! What a host makes of an event, a change or a message is read back, with all that it says of it.
//!
//! `PROPTEST_CASES=10000 cargo test -p azure-functions round_trips` tries more values than the tests alone do.

use std::{collections::BTreeMap, fmt::Debug};

use azure_functions_shared::rpc;
use bytes::Bytes;
use proptest::{
    collection,
    option::of,
    prelude::{Just, ProptestConfig, Strategy, any},
    prop_oneof, proptest,
};
use serde_json::{Map, Value, json};

use super::{
    CloudEvent, CosmosDbDocument, CosmosDbTrigger, EventGridEvent, EventHubTrigger, KafkaTrigger,
    RabbitMqTrigger, RedisStreamTrigger, ServiceBusTrigger,
    sql::{SqlChange, SqlOperation, SqlTrigger},
};
use crate::{
    Data, FromInput, FromTrigger, Timestamp, Trigger,
    payload::round_trips::{bytes, float, text},
};

/// Any JSON, a few levels deep.
fn value() -> impl Strategy<Value = Value> + Clone {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        float().prop_map(Value::from),
        text().prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            collection::btree_map(text(), inner, 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

fn object() -> impl Strategy<Value = Map<String, Value>> + Clone {
    collection::btree_map("[a-z]{1,8}", value(), 0..4)
        .prop_map(|members| members.into_iter().collect())
}

/// A point in time that .NET has too, to the microsecond.
fn time() -> impl Strategy<Value = Timestamp> + Clone {
    (0_i64..4_000_000_000_000_000).prop_map(|micros| Timestamp::from_microsecond(micros).unwrap())
}

/// JSON in each form in which it may come.
fn forms(json: &Value) -> [Data; 3] {
    let text = json.to_string();
    [
        Data::json(text.clone()),
        Data::text(text.clone()),
        Data::bytes(text),
    ]
}

#[track_caller]
fn check<T: FromTrigger + Debug + PartialEq>(json: &Value, trigger: &Trigger, expected: &T) {
    for data in forms(json) {
        let read = T::from_trigger(data, trigger).map_err(|error| error.to_string());
        assert_eq!(read.as_ref(), Ok(expected));
    }
}

fn collection_of(messages: impl IntoIterator<Item = Bytes>) -> Data {
    let bytes = messages.into_iter().collect();
    Data::from_wire(&rpc::Data::CollectionBytes(rpc::CollectionBytes { bytes }).into())
}

fn array<T>(elements: &[T], of: impl Fn(&T) -> Value) -> Data {
    Data::json(elements.iter().map(of).collect::<Value>().to_string())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn event_grid_events(
        texts in (text(), text(), text(), text()), topic in of(text()), at in of(time()), data in value(),
    ) {
        let (id, subject, event_type, data_version) = texts;
        let json = json!({
            "id": id, "topic": topic, "subject": subject, "eventType": event_type, "eventTime": at.map(|at| at.to_string()),
            "data": data, "dataVersion": data_version, "metadataVersion": "1",
        });
        let mut expected = EventGridEvent::new(id, event_type, subject, data);
        expected.topic = topic;
        expected.event_time = at;
        expected.data_version = data_version;
        expected.metadata_version = Some("1".to_owned());
        check(&json, &Trigger::default(), &expected);
        check(&json!([json, json]), &Trigger::default(), &vec![expected.clone(), expected]);
    }

    #[test]
    fn cloud_events(texts in (text(), text(), text()), subject in of(text()), at in time(), data in value()) {
        let (id, source, event_type) = texts;
        let json = json!({
            "specversion": "1.0", "id": id, "source": source, "type": event_type, "subject": subject,
            "time": at.to_string(), "data": data,
        });
        let mut expected = CloudEvent::new(id, source, event_type, data);
        expected.subject = subject;
        expected.time = Some(at);
        check(&json, &Trigger::default(), &expected);
    }

    #[test]
    fn documents(documents in collection::vec(object(), 0..4)) {
        let documents: Vec<Value> = documents.into_iter().map(Value::Object).collect();
        let json = Value::from(documents.clone());
        check(&json, &Trigger::default(), &CosmosDbTrigger::new(documents.clone()));
        for document in documents {
            for data in forms(&document) {
                let read = CosmosDbDocument::<Value>::from_input(data).unwrap();
                assert_eq!(read.content, document);
            }
        }
    }

    #[test]
    fn changes(rows in collection::vec((0_usize..3, object()), 0..4)) {
        let operations = [SqlOperation::Insert, SqlOperation::Update, SqlOperation::Delete];
        let rows_json = rows.iter().map(|(operation, item)| json!({"Operation": operation, "Item": item}));
        let json: Value = rows_json.collect();
        let changes = rows
            .into_iter()
            .map(|(operation, item)| SqlChange::new(operations[operation], Value::Object(item)))
            .collect();
        check(&json, &Trigger::default(), &SqlTrigger::new(changes));
    }

    #[test]
    fn events_of_a_hub(events in collection::vec((bytes(), any::<i64>(), "\\PC{1,9}", time(), object()), 1..4)) {
        let trigger: Trigger = [
            ("SequenceNumberArray", array(&events, |event| event.1.into())),
            ("OffsetArray", array(&events, |event| event.2.clone().into())),
            ("EnqueuedTimeUtcArray", array(&events, |event| event.3.to_string().trim_end_matches('Z').into())),
            ("PropertiesArray", array(&events, |event| event.4.clone().into())),
        ]
        .into_iter()
        .collect();
        let data = collection_of(events.iter().map(|event| event.0.clone().into()));
        let read = Vec::<EventHubTrigger<Vec<u8>>>::from_trigger(data, &trigger).unwrap();
        let read: Vec<_> = read
            .into_iter()
            .map(|event| (
                event.message,
                event.sequence_number.into_inner(),
                event.offset.into_inner(),
                event.enqueued_time.into_inner(),
                event.properties.into_inner(),
            ))
            .collect();
        let expected: Vec<_> = events
            .into_iter()
            .map(|(message, number, offset, at, properties)| (message, Some(number), Some(offset), Some(at), properties))
            .collect();
        assert_eq!(read, expected);
    }

    #[test]
    fn messages_of_a_bus(
        messages in collection::vec((bytes(), "\\PC{1,9}", any::<u32>(), of("\\PC{1,9}"), time()), 1..4),
    ) {
        let trigger: Trigger = [
            ("MessageIdArray", array(&messages, |message| message.1.clone().into())),
            ("DeliveryCountArray", array(&messages, |message| message.2.into())),
            ("SubjectArray", array(&messages, |message| message.3.clone().into())),
            ("EnqueuedTimeUtcArray", array(&messages, |message| message.4.to_string().trim_end_matches('Z').into())),
        ]
        .into_iter()
        .collect();
        let data = collection_of(messages.iter().map(|message| message.0.clone().into()));
        let read = Vec::<ServiceBusTrigger<Vec<u8>>>::from_trigger(data, &trigger).unwrap();
        let read: Vec<_> = read
            .into_iter()
            .map(|message| {
                (
                    message.message,
                    message.message_id.into_inner(),
                    message.delivery_count.into_inner(),
                    message.subject.into_inner(),
                    message.enqueued_time.into_inner(),
                )
            })
            .collect();
        let expected: Vec<_> = messages
            .into_iter()
            .map(|(message, id, count, subject, at)| (message, Some(id), Some(count), subject, Some(at)))
            .collect();
        assert_eq!(read, expected);
    }

    #[test]
    fn records_and_messages(payload in bytes(), text in text(), number in any::<u64>(), flag in any::<bool>()) {
        let trigger: Trigger = [
            ("Topic", Data::text(text.clone())),
            ("ConsumerTag", Data::text(text.clone())),
            ("DeliveryTag", Data::json(number.to_string())),
            ("Redelivered", Data::json(flag.to_string())),
        ]
        .into_iter()
        .collect();
        let record = KafkaTrigger::<Vec<u8>>::from_trigger(Data::bytes(payload.clone()), &trigger).unwrap();
        assert_eq!((&record.message, record.topic.as_ref()), (&payload, Some(&text)));
        let message = RabbitMqTrigger::<Vec<u8>>::from_trigger(Data::bytes(payload.clone()), &trigger).unwrap();
        assert_eq!(message.message, payload);
        assert_eq!(
            (message.consumer_tag, message.delivery_tag, message.redelivered),
            (Some(text), Some(number), Some(flag))
        );
    }

    #[test]
    fn entries_of_a_stream(values in collection::btree_map(text(), text(), 0..4), id in text()) {
        let json = json!({ "Id": id, "Values": values });
        for data in forms(&json) {
            let entry = RedisStreamTrigger::<BTreeMap<String, String>>::from_trigger(data, &Trigger::default()).unwrap();
            assert_eq!((entry.values, entry.id), (values.clone(), Some(id.clone())));
        }
    }
}
