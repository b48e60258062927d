//! Lists of texts, bytes and numbers, in the form that the worker said it can take.
//!
//! Services always make the typed lists of the protocol. What a worker does not take is changed in one place, when
//! the request is sent.

use azure_functions_shared::rpc::{
    CollectionBytes, CollectionSInt64, CollectionString, Data, TypedData,
};
use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use bytes::Bytes;
use serde_json::Value;

use super::Capabilities;

/// A list of texts; those that are missing are empty.
pub fn texts(texts: impl IntoIterator<Item = String>) -> TypedData {
    let string = texts.into_iter().collect();
    Data::CollectionString(CollectionString { string }).into()
}

/// A list of whole numbers.
pub fn integers(numbers: impl IntoIterator<Item = i64>) -> TypedData {
    let sint64 = numbers.into_iter().collect();
    Data::CollectionSint64(CollectionSInt64 { sint64 }).into()
}

/// A list of bytes.
pub(super) fn bytes(bytes: impl IntoIterator<Item = Bytes>) -> TypedData {
    let bytes = bytes.into_iter().collect();
    Data::CollectionBytes(CollectionBytes { bytes }).into()
}

/// A value in the form that a worker takes: without typed lists, they are JSON; unless it says so, they have no empty
/// texts.
pub fn fit(value: TypedData, capabilities: Capabilities) -> TypedData {
    let Some(data) = value.data else {
        return TypedData::default();
    };
    let data = match data {
        Data::CollectionString(mut list) if capabilities.typed_collections => {
            if !capabilities.empty_entries {
                list.string.retain(|text| !text.is_empty());
            }
            Data::CollectionString(list)
        }
        Data::CollectionString(list) => json(list.string),
        Data::CollectionBytes(list) if !capabilities.typed_collections => {
            json(list.bytes.iter().map(|bytes| BASE64.encode(bytes)))
        }
        Data::CollectionSint64(list) if !capabilities.typed_collections => json(list.sint64),
        Data::CollectionDouble(list) if !capabilities.typed_collections => json(list.double),
        other => other,
    };
    data.into()
}

fn json<T: Into<Value>>(elements: impl IntoIterator<Item = T>) -> Data {
    let elements = elements.into_iter().map(Into::into).collect();
    Data::Json(Value::Array(elements).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_come_as_the_worker_takes_them() {
        let list = || texts(["a".to_owned(), String::new()]);
        let bytes = || bytes([Bytes::from_static(b"hi"), Bytes::new()]);
        let numbers = || integers([1, -2]);
        let json = |text: &str| TypedData::from(Data::Json(text.to_owned()));
        for (typed, empty, value, expected) in [
            (true, true, list(), list()),
            (true, false, list(), texts(["a".to_owned()])),
            (false, true, list(), json("[\"a\",\"\"]")),
            (true, false, bytes(), bytes()),
            (false, false, bytes(), json("[\"aGk=\",\"\"]")),
            (true, false, numbers(), numbers()),
            (false, false, numbers(), json("[1,-2]")),
            (false, false, json("[]"), json("[]")),
            (false, false, TypedData::default(), TypedData::default()),
        ] {
            let capabilities = Capabilities {
                typed_collections: typed,
                empty_entries: empty,
                ..Capabilities::default()
            };
            assert_eq!(fit(value, capabilities), expected, "{typed} {empty}");
        }
    }
}
