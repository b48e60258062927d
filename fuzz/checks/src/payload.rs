//! `payload`: a `TypedData` of the protocol, read as each kind of Rust value.

use std::{collections::BTreeMap, fmt::Debug};

use azure_functions::{__private::wire_data, Bytes, Data, Json, Timestamp, Trigger};
use azure_functions_shared::rpc::{self, TypedData};
use prost::Message as _;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use crate::app::{Line, Order};

/// A value that can be read can be written, and read again as the same; texts and bytes are what was sent.
///
/// # Panics
///
/// That is not so.
pub fn check(data: &[u8]) {
    let Ok(wire) = TypedData::decode(data) else {
        return;
    };
    let data = wire_data(wire.clone());
    match wire.data {
        Some(rpc::Data::String(text)) => {
            let read = data.clone().decode::<String>();
            assert_eq!(read.ok(), Some(text), "a text is not what was sent");
        }
        Some(rpc::Data::Json(json)) => {
            if let Ok(Value::String(text)) = serde_json::from_str(&json) {
                let read = data.clone().decode::<String>();
                assert_eq!(read.ok(), Some(text), "a text is not what JSON says");
            }
        }
        _ => {}
    }
    if let Ok(bytes) = data.clone().into_bytes() {
        assert_eq!(
            data.clone().decode::<Vec<u8>>().ok().as_deref(),
            Some(&*bytes)
        );
    }
    one(&data);
    batch(&data);
    metadata(&data);
}

/// Every kind of value.
fn one(data: &Data) {
    round_trip::<String>(data);
    round_trip::<Json<String>>(data);
    round_trip::<Bytes>(data);
    round_trip::<Vec<u8>>(data);
    round_trip::<()>(data);
    round_trip::<bool>(data);
    round_trip::<u8>(data);
    round_trip::<i64>(data);
    round_trip::<u64>(data);
    round_trip::<i128>(data);
    round_trip::<f32>(data);
    round_trip::<f64>(data);
    round_trip::<char>(data);
    round_trip::<Line>(data);
    round_trip::<Order>(data);
    round_trip::<Json<Order>>(data);
    round_trip::<Option<Order>>(data);
    round_trip::<Option<i64>>(data);
    round_trip::<Vec<i64>>(data);
    round_trip::<Vec<Option<String>>>(data);
    round_trip::<Vec<Order>>(data);
    round_trip::<(u8, String)>(data);
    round_trip::<BTreeMap<String, i64>>(data);
    round_trip::<BTreeMap<String, Value>>(data);
    // Without `Json`, a string in a `Value` is written as a text, as every string is, and is then no JSON to read.
    round_trip::<Json<Value>>(data);
    round_trip::<Timestamp>(data);
    let _ = data.clone().decode::<Value>();
}

fn round_trip<T: DeserializeOwned + Serialize + PartialEq + Debug + 'static>(data: &Data) {
    let json = data.clone().decode_json::<T>();
    for value in [data.clone().decode::<T>(), json] {
        match value {
            Ok(value) => {
                let written = Data::encode(&value);
                assert!(
                    written.is_ok(),
                    "{value:?} was read from {data:?}, but {written:?}"
                );
                let again = written.and_then(Data::decode::<T>);
                assert_eq!(again.ok().as_ref(), Some(&value), "read from {data:?}");
            }
            Err(error) => assert!(!error.to_string().is_empty()),
        }
    }
}

/// The elements of a batch are values like any other.
fn batch(data: &Data) {
    let Ok(list) = data.clone().into_list() else {
        return;
    };
    for element in list.iter().take(4) {
        round_trip::<String>(element);
        round_trip::<Order>(element);
        round_trip::<Option<f64>>(element);
        let _ = element.clone().into_list();
    }
}

/// As an entry of the trigger metadata.
fn metadata(data: &Data) {
    let trigger: Trigger = [("Entry", data.clone()), ("OtherArray", data.clone())]
        .into_iter()
        .collect();
    let text = trigger.get::<String>("entry");
    assert_eq!(text, data.clone().decode().ok());
    let _ = trigger.time("Entry");
    assert_eq!(trigger.names().count(), 2);
}
