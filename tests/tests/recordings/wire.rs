//! Every recorded message, read with our types and with a reader that knows nothing but the `.proto` files.

use std::{fs, path::Path};

use azure_functions_shared::rpc::StreamingMessage;
use azure_functions_tests::recording::{Outcome, rows};
use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use prost::Message as _;
use prost_reflect::{
    Cardinality, DescriptorPool, DynamicMessage, FieldDescriptor, Kind, MessageDescriptor,
    ReflectMessage as _, Value,
};
use serde_json::Value as Json;

use crate::transcript::Line;

/// How many messages were kept whole: 1,069, and those of the durable functions.
const MESSAGES: usize = 1069 + 1198;

#[test]
fn wire() {
    let descriptor = descriptor();
    let mut outcome = Outcome::new();
    let mut seen = 0;
    for file in files() {
        for (at, line) in rows::<Line>(&format!("transcripts/{file}"))
            .iter()
            .enumerate()
        {
            if let (Some(bytes), Some(json)) = (line.bytes(), &line.json) {
                seen += 1;
                outcome.case(
                    format!("{file}:{}", at + 1),
                    difference(&descriptor, &bytes, json),
                );
            }
        }
    }
    outcome.finish(&[]);
    assert_eq!(seen, MESSAGES);
}

/// The transcripts, those of the subfolders included.
fn files() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/transcripts");
    let mut files = Vec::new();
    for below in ["", "durable/"] {
        for entry in fs::read_dir(folder.join(below)).expect("the folder of the transcripts") {
            let name = entry
                .expect("a file")
                .file_name()
                .into_string()
                .expect("UTF-8");
            if Path::new(&name)
                .extension()
                .is_some_and(|extension| extension == "jsonl")
            {
                files.push(format!("{below}{name}"));
            }
        }
    }
    files.sort();
    files
}

fn descriptor() -> MessageDescriptor {
    let protobuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("../protobuf");
    let set = protox::compile(["FunctionRpc.proto"], [protobuf]).expect("the protocol compiles");
    let pool = DescriptorPool::from_file_descriptor_set(set).expect("the protocol is whole");
    pool.get_message_by_name("AzureFunctionsRpcMessages.StreamingMessage")
        .expect("the message of the stream")
}

fn difference(descriptor: &MessageDescriptor, bytes: &[u8], json: &Json) -> Option<String> {
    let read = |bytes: &[u8]| DynamicMessage::decode(descriptor.clone(), bytes);
    let neutral = match read(bytes) {
        Ok(message) => message,
        Err(error) => return Some(error.to_string()),
    };
    if neutral.unknown_fields().next().is_some() {
        return Some("there are fields that the protocol has not".to_owned());
    }
    let ours = match StreamingMessage::decode(bytes) {
        Ok(message) => read(&message.encode_to_vec()),
        Err(error) => return Some(error.to_string()),
    };
    let ours = match ours {
        Ok(message) => message,
        Err(error) => return Some(error.to_string()),
    };
    message_differs(&neutral, json)
        .or_else(|| message_differs(&ours, json).map(|lost| format!("our types change {lost}")))
}

/// Says where a message differs from what the recorder printed; an absent field equals its default.
fn message_differs(message: &DynamicMessage, json: &Json) -> Option<String> {
    if let (Some(printed), "google.protobuf.Duration") =
        (json.as_str(), message.descriptor().full_name())
    {
        let seconds = message.get_field_by_name("seconds");
        let seconds = seconds.and_then(|seconds| seconds.as_i64());
        let same = seconds.is_some_and(|seconds| format!("{seconds}s") == printed);
        return (!same).then(|| format!("{message:?} is printed as {printed}"));
    }
    let Json::Object(members) = json else {
        return Some(format!("`{json}` is no message"));
    };
    let descriptor = message.descriptor();
    for (name, printed) in members {
        let field = descriptor
            .get_field_by_name(name)
            .or_else(|| descriptor.get_field_by_json_name(name));
        if let Some(field) = field {
            if let Some(difference) = field_differs(&message.get_field(&field), &field, printed) {
                return Some(format!("{name}.{difference}"));
            }
        } else if let Some(oneof) = descriptor.oneofs().find(|oneof| oneof.name() == name) {
            // One recorder prints which field of a `oneof` is set.
            let set = oneof.fields().find(|field| message.has_field(field));
            if set.as_ref().map(FieldDescriptor::name) != printed.as_str() {
                return Some(format!("{name} is {printed}, but {set:?} is set"));
            }
        } else {
            return Some(format!("{name} is no field"));
        }
    }
    let mut set = message.fields();
    set.find_map(|(field, value)| {
        let printed = members.contains_key(field.name()) || members.contains_key(field.json_name());
        let plain = value.is_default(&field.kind()) || is_empty(value);
        (!printed && !plain).then(|| format!("{} is not printed", field.name()))
    })
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::List(list) => list.is_empty(),
        Value::Map(map) => map.is_empty(),
        Value::Message(message) => message.fields().next().is_none(),
        _ => false,
    }
}

fn field_differs(value: &Value, field: &FieldDescriptor, printed: &Json) -> Option<String> {
    match (value, printed) {
        (_, Json::Null) => {
            (!value.is_default_for_field(field)).then(|| "is printed as null".to_owned())
        }
        (Value::List(list), Json::Array(printed)) => {
            if list.len() != printed.len() {
                return Some(format!(
                    "has {} elements, not {}",
                    list.len(),
                    printed.len()
                ));
            }
            let mut pairs = list.iter().zip(printed);
            pairs.find_map(|(value, printed)| value_differs(value, &field.kind(), printed))
        }
        (Value::Map(map), Json::Object(printed)) => {
            if map.len() != printed.len() {
                return Some(format!("has {} entries, not {}", map.len(), printed.len()));
            }
            let Kind::Message(entry) = field.kind() else {
                return Some("is a map without entries".to_owned());
            };
            let kind = entry.map_entry_value_field().kind();
            map.iter().find_map(|(key, value)| {
                let key = key
                    .as_str()
                    .expect("all maps of the protocol have texts as keys");
                match printed.get(key) {
                    Some(printed) => value_differs(value, &kind, printed),
                    None => Some(format!("{key} is not printed")),
                }
            })
        }
        _ if field.cardinality() == Cardinality::Repeated => {
            Some(format!("is printed as {printed}"))
        }
        _ => value_differs(value, &field.kind(), printed),
    }
}

fn value_differs(value: &Value, kind: &Kind, printed: &Json) -> Option<String> {
    let same = match (value, printed) {
        (Value::Message(message), _) => return message_differs(message, printed),
        (Value::Bool(value), Json::Bool(printed)) => value == printed,
        (Value::String(value), Json::String(printed)) => value == printed,
        (Value::Bytes(value), Json::String(printed)) => bytes_are(value, printed),
        (Value::EnumNumber(value), printed) => match kind {
            Kind::Enum(values) => values.get_value(*value).is_some_and(|known| {
                printed == known.name() || printed.as_i64() == Some(i64::from(*value))
            }),
            _ => false,
        },
        (Value::F64(value), printed) => printed.as_f64() == Some(*value),
        (Value::I32(value), printed) => integer(printed) == Some(i64::from(*value)),
        (Value::I64(value), printed) => integer(printed) == Some(*value),
        _ => false,
    };
    (!same).then(|| format!("is {value:?}, but was printed as {printed}"))
}

fn integer(printed: &Json) -> Option<i64> {
    printed.as_i64().or_else(|| printed.as_str()?.parse().ok())
}

/// Bytes are printed in base64, by one recorder with a prefix, or if long as their number.
fn bytes_are(value: &[u8], printed: &str) -> bool {
    printed == format!("<{} bytes>", value.len())
        || BASE64
            .decode(printed.strip_prefix("b64:").unwrap_or(printed))
            .as_deref()
            == Ok(value)
}
