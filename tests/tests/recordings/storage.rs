//! Each recorded message, blob and timer, and the invocation that the host made of it.

use std::collections::{BTreeMap, HashMap};

use azure_functions_host::{
    blob_path::BlobPath,
    store::{BlobProperties, Message, Receipt},
    wire::{
        trigger::{self, DataType, Event, ScheduleStatus},
        trigger_metadata,
    },
};
use azure_functions_shared::rpc::{Data, TypedData};
use azure_functions_tests::recording::Outcome;
use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use bytes::Bytes;
use jiff::{Timestamp, Zoned, civil::DateTime, tz::TimeZone};
use serde_json::Value;

use crate::transcript::{Invocation, invocations};

#[test]
fn storage() {
    let mut outcome = Outcome::new();
    let mut kinds = BTreeMap::<&str, usize>::new();
    for invocation in invocations("storage.jsonl") {
        let kind = invocation.bindings[0]["type"].as_str().expect("a type");
        let event = match kind {
            "queueTrigger" => queue_message(&invocation),
            "blobTrigger" => blob(&invocation),
            "timerTrigger" => timer(&invocation),
            _ => continue,
        };
        let key = format!("{kind} {}", invocation.request.invocation_id);
        outcome.case(key, difference(&invocation, &event));
        let kind = ["queueTrigger", "blobTrigger", "timerTrigger"]
            .into_iter()
            .find(|known| *known == kind);
        *kinds.entry(kind.expect("a known kind")).or_default() += 1;
    }
    outcome.finish(&[]);
    assert_eq!(kinds.len(), 3, "{kinds:?}");
}

fn difference(invocation: &Invocation, event: &Event) -> Option<String> {
    let (_, value) = invocation.input(0);
    if event.value != *value {
        return Some(format!("{:?} is not {value:?}", event.value));
    }
    let ours = comparable(&trigger_metadata(&event.data));
    let recorded = comparable(&invocation.request.trigger_metadata);
    let names = ours.keys().eq(recorded.keys());
    let differs = recorded.iter().find(|(name, value)| {
        match (ours.get(*name), value) {
            // Ours has the members of today's storage library as well.
            (Some(Value::Object(ours)), Value::Object(recorded)) if *name == "Properties" => {
                let mut recorded = recorded.iter();
                !recorded.all(|(name, value)| ours.get(name) == Some(value))
            }
            (ours, value) => ours != Some(*value),
        }
    });
    (!names || differs.is_some()).then(|| format!("{ours:?}\n  is not {recorded:?}"))
}

/// Metadata with its JSON read, texts as an array of one so that they differ from JSON.
fn comparable(metadata: &HashMap<String, TypedData>) -> BTreeMap<String, Value> {
    let entries = metadata.iter().map(|(name, data)| {
        let value = match &data.data {
            Some(Data::String(text)) => vec![text.as_str()].into(),
            Some(Data::Json(text)) => serde_json::from_str(text).expect("JSON"),
            other => panic!("`{name}` is {other:?}"),
        };
        (name.clone(), value)
    });
    entries.collect()
}

fn text(invocation: &Invocation, name: &str) -> String {
    match &invocation.request.trigger_metadata[name].data {
        Some(Data::String(text)) => text.clone(),
        other => panic!("`{name}` is {other:?}"),
    }
}

fn json(invocation: &Invocation, name: &str) -> Value {
    match &invocation.request.trigger_metadata[name].data {
        Some(Data::Json(text)) => serde_json::from_str(text).expect("JSON"),
        other => panic!("`{name}` is {other:?}"),
    }
}

fn instant(value: &Value) -> Timestamp {
    value.as_str().expect("a text").parse().expect("a date")
}

fn queue_message(invocation: &Invocation) -> Event {
    let content = match &invocation.input(0).1.data {
        Some(Data::String(text)) => Bytes::from(text.clone()),
        other => panic!("the message is {other:?}"),
    };
    let date = |name| instant(&json(invocation, name));
    let count = json(invocation, "DequeueCount").as_u64().expect("a count");
    let message = Message {
        receipt: Receipt {
            id: text(invocation, "Id"),
            pop_receipt: text(invocation, "PopReceipt"),
        },
        body: Bytes::new(),
        dequeue_count: count.try_into().expect("a small count"),
        inserted: date("InsertionTime"),
        expires: date("ExpirationTime"),
        next_visible: date("NextVisibleTime"),
    };
    trigger::queue_message(&message, &content, DataType::Undefined)
}

fn blob(invocation: &Invocation) -> Event {
    let content = match &invocation.input(0).1.data {
        Some(Data::Bytes(bytes)) => bytes.clone(),
        other => panic!("the blob is {other:?}"),
    };
    let recorded = json(invocation, "Properties");
    let string = |name: &str| recorded[name].as_str().expect("a text").to_owned();
    let digest = BASE64.decode(string("ContentMD5")).expect("base64");
    let properties = BlobProperties {
        etag: string("ETag"),
        created: instant(&recorded["Created"]),
        last_modified: instant(&recorded["LastModified"]),
        length: content.len(),
        content_type: string("ContentType"),
        content_md5: digest.try_into().expect("16 bytes"),
        metadata: serde_json::from_value(json(invocation, "Metadata")).expect("texts"),
    };
    let uri = json(invocation, "Uri");
    let uri = uri.as_str().expect("a text").parse().expect("an address");
    let path = BlobPath::parse(&text(invocation, "BlobTrigger")).expect("a path");
    let names = ["name", "ext"].into_iter();
    let captures = names
        .filter(|name| invocation.request.trigger_metadata.contains_key(*name))
        .map(|name| (name.to_owned(), text(invocation, name)));
    trigger::blob(&path, &uri, &content, &properties, captures)
}

fn timer(invocation: &Invocation) -> Event {
    let payload: Value = match &invocation.input(0).1.data {
        Some(Data::Json(text)) => serde_json::from_str(text).expect("JSON"),
        other => panic!("the timer is {other:?}"),
    };
    let zoned = |value: &Value| instant(value).to_zoned(TimeZone::UTC);
    let past = |value: &Value| -> Option<Zoned> {
        let never = value.as_str().is_some_and(|text| text.starts_with("0001-"));
        (!never).then(|| zoned(value))
    };
    let status = &payload["ScheduleStatus"];
    let status = (!status.is_null()).then(|| ScheduleStatus {
        last: past(&status["Last"]),
        next: zoned(&status["Next"]),
        last_updated: past(&status["LastUpdated"]),
    });
    let fired = DateTime::strptime("%m/%d/%Y %H:%M:%S", text(invocation, "TimerTrigger"));
    let now = fired
        .expect("a date")
        .to_zoned(TimeZone::UTC)
        .expect("a date in UTC");
    let adjusts = payload["Schedule"]["AdjustForDST"] == true;
    trigger::timer(&now, adjusts, status.as_ref(), payload["IsPastDue"] == true)
}

/// The blob input of the recording: text unless the binding says otherwise.
#[test]
fn blob_inputs() {
    let mut outcome = Outcome::new();
    for invocation in invocations("storage.jsonl") {
        let inputs = invocation.bindings_of("blob");
        let inputs = inputs
            .filter(|binding| binding["direction"] == "in")
            .count();
        if inputs == 1 && invocation.bindings[0]["type"] == "blobTrigger" {
            let (_, content) = invocation.input(0);
            let (name, recorded) = invocation.input(1);
            let Some(Data::Bytes(content)) = &content.data else {
                panic!("the blob is {content:?}");
            };
            let ours = trigger::blob_input(Some(content), DataType::Undefined);
            let same = ours == *recorded;
            outcome.case(
                name,
                (!same).then(|| format!("{ours:?} is not {recorded:?}")),
            );
        }
    }
    outcome.finish(&[]);
}
