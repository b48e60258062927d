//! Reading entities: flat JSON, whose values can be written in more than one way.

use std::vec;

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use serde::{
    Deserializer,
    de::{DeserializeOwned, Error as _, IntoDeserializer, Visitor, value::MapDeserializer},
    forward_to_deserialize_any,
};
use serde_json::{Error, Map, Value};

use super::TableEntity;
use crate::{BindError, Data, time};

/// The one entity of a point read.
pub(super) fn point<T: DeserializeOwned>(data: Data) -> Result<TableEntity<T>, BindError> {
    match json(data)? {
        Value::Null => Err(BindError::missing()),
        Value::Array(_) => Err(BindError::new(
            "the host sent many entities where one is wanted; give the binding a `partition_key` and a `row_key`, or take a `Table`",
        )),
        value => entity(value),
    }
}

/// The entities of a query. One is a query's only entity, and none is a query without any.
pub(super) fn entities<T: DeserializeOwned>(data: Data) -> Result<Vec<TableEntity<T>>, BindError> {
    match json(data)? {
        Value::Null => Ok(Vec::new()),
        Value::Array(rows) => rows
            .into_iter()
            .enumerate()
            .map(|(at, row)| entity(row).map_err(|error| error.of_element(at)))
            .collect(),
        row => Ok(vec![entity(row)?]),
    }
}

/// One entity. Members that it does not need are for `T` to judge.
pub(super) fn entity<T: DeserializeOwned>(value: Value) -> Result<TableEntity<T>, BindError> {
    let Value::Object(members) = value else {
        return Err(BindError::new(format!(
            "expected an entity, which is a JSON object, found `{value}`"
        )));
    };
    let (mut partition_key, mut row_key) = (String::new(), String::new());
    let (mut timestamp, mut etag) = (None, None);
    let mut properties = Map::new();
    for (name, value) in members {
        let is = |own: &str| name.eq_ignore_ascii_case(own);
        if is("PartitionKey") {
            partition_key = text(&name, value)?;
        } else if is("RowKey") {
            row_key = text(&name, value)?;
        } else if is("Timestamp") {
            timestamp = value.as_str().and_then(time::parse);
        } else if is("ETag") || is("odata.etag") {
            etag = value.as_str().map(str::to_owned);
        } else {
            properties.insert(name, value);
        }
    }
    let properties = properties
        .into_iter()
        .map(|(name, value)| (name, Property(value)));
    let properties: MapDeserializer<'_, _, Error> = MapDeserializer::new(properties);
    let properties = serde_path_to_error::deserialize(properties).map_err(|error| {
        match error.path().to_string().as_str() {
            "." => BindError::new(error.inner().to_string()),
            path => BindError::new(format!("`{path}`: {}", error.inner())),
        }
    })?;
    Ok(TableEntity {
        timestamp,
        etag,
        ..TableEntity::new(partition_key, row_key, properties)
    })
}

fn json(data: Data) -> Result<Value, BindError> {
    if data.is_none() {
        return Ok(Value::Null);
    }
    data.decode_json()
}

fn text(name: &str, value: Value) -> Result<String, BindError> {
    match value {
        Value::String(text) => Ok(text),
        Value::Number(number) => Ok(number.to_string()),
        other => Err(BindError::new(format!(
            "`{name}`: expected text, found `{other}`"
        ))),
    }
}

/// The value of a property.
struct Property(Value);

impl Property {
    /// What a text stands for that holds the JSON of a list or an object, which tables do not have.
    fn nested(self) -> Result<Value, Error> {
        match self.0 {
            Value::String(text) => serde_json::from_str(&text),
            value => Ok(value),
        }
    }
}

impl IntoDeserializer<'_, Error> for Property {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

/// Numbers that may come as text.
macro_rules! numbers {
    ($($method:ident $visit:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            match &self.0 {
                Value::String(text) => match text.parse() {
                    Ok(number) => visitor.$visit(number),
                    Err(_) => self.0.$method(visitor),
                },
                _ => self.0.$method(visitor),
            }
        }
    )*};
}

macro_rules! nested {
    ($($method:ident($($name:ident: $type:ty),*))*) => {$(
        fn $method<V: Visitor<'de>>(self, $($name: $type,)* visitor: V) -> Result<V::Value, Error> {
            self.nested()?.$method($($name,)* visitor)
        }
    )*};
}

impl<'de> Deserializer<'de> for Property {
    type Error = Error;

    numbers! {
        deserialize_i8 visit_i8 deserialize_i16 visit_i16 deserialize_i32 visit_i32 deserialize_i64 visit_i64
        deserialize_u8 visit_u8 deserialize_u16 visit_u16 deserialize_u32 visit_u32 deserialize_u64 visit_u64
        deserialize_f32 visit_f32 deserialize_f64 visit_f64
    }

    nested! {
        deserialize_seq() deserialize_map() deserialize_tuple(len: usize)
        deserialize_tuple_struct(name: &'static str, len: usize)
        deserialize_struct(name: &'static str, fields: &'static [&'static str])
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match &self.0 {
            Value::String(text) if text.eq_ignore_ascii_case("true") => visitor.visit_bool(true),
            Value::String(text) if text.eq_ignore_ascii_case("false") => visitor.visit_bool(false),
            _ => self.0.deserialize_bool(visitor),
        }
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_string(visitor)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0 {
            Value::Number(number) => visitor.visit_string(number.to_string()),
            Value::Bool(value) => visitor.visit_string(value.to_string()),
            value => value.deserialize_string(visitor),
        }
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_byte_buf(visitor)
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0 {
            Value::String(text) => match BASE64.decode(&text) {
                Ok(bytes) => visitor.visit_byte_buf(bytes),
                Err(error) => Err(Error::custom(format!("expected Base64: {error}"))),
            },
            value => value.deserialize_byte_buf(visitor),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0 {
            Value::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        // A variant without data is its name, any other is an object.
        let value = match self.0 {
            Value::String(text) if text.starts_with('{') => serde_json::from_str(&text)?,
            value => value,
        };
        value.deserialize_enum(name, variants, visitor)
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.0.deserialize_any(visitor)
    }

    forward_to_deserialize_any! {
        i128 u128 char unit unit_struct identifier ignored_any
    }
}
