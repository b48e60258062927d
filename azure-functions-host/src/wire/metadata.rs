//! Binding data as the trigger metadata of an invocation.

use std::collections::HashMap;

use azure_functions_shared::rpc::{Data, TypedData};
use jiff::Zoned;

use crate::{
    binding_data::{BindingData, Value},
    dotnet::{DateTime, Kind},
    lenient_json::Token,
};

/// The trigger metadata of an invocation: all of its binding data but what is null.
pub fn trigger_metadata(data: &BindingData) -> HashMap<String, TypedData> {
    data.iter()
        .filter_map(|(name, value)| Some((name.to_owned(), typed(value)?)))
        .collect()
}

/// A value on the wire: texts and lists as they are, all others but floating-point numbers as JSON.
fn typed(value: &Value) -> Option<TypedData> {
    let data = match value {
        Value::Null => return None,
        Value::String(text) => Data::String(text.clone()),
        Value::Double(number) => Data::Double(*number),
        Value::Texts(texts) => return Some(super::texts(texts.iter().cloned())),
        Value::Integers(numbers) => return Some(super::integers(numbers.iter().copied())),
        other => Data::Json(token(other).compact()),
    };
    Some(data.into())
}

/// A value as JSON.
pub(crate) fn token(value: &Value) -> Token {
    match value {
        Value::Null => Token::Null,
        Value::String(text) => Token::String(text.clone()),
        Value::Integer(number) => Token::Integer(number.to_string()),
        Value::Bool(value) => Token::Bool(*value),
        Value::Double(number) => Token::Float(*number),
        Value::DateTime(date) => Token::String(date.iso()),
        Value::DateTimeOffset(date) => Token::String(offset_date(date)),
        Value::Guid(guid) => Token::String(guid.to_string()),
        Value::Uri(uri) => Token::String(uri.to_string()),
        Value::Json(token) | Value::Other(token) => token.clone(),
        Value::Texts(texts) => {
            let texts = texts.iter().cloned();
            Token::Array(texts.map(Token::String).collect())
        }
        Value::Integers(numbers) => {
            let numbers = numbers.iter().map(ToString::to_string);
            Token::Array(numbers.map(Token::Integer).collect())
        }
        Value::Object(object) => Token::Object(
            object
                .members
                .iter()
                .map(|(name, value)| (name.clone(), token(value)))
                .collect(),
        ),
    }
}

/// A date with its offset: `2026-02-27T23:59:58.12+00:00`.
pub(super) fn offset_date(date: &Zoned) -> String {
    DateTime {
        civil: date.datetime(),
        kind: Kind::Local(date.offset()),
    }
    .iso()
}
