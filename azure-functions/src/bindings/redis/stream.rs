//! [`RedisStreamTrigger`]: an entry of a stream.

use std::collections::BTreeMap;

use serde::{Deserialize, de::DeserializeOwned};
use serde_json::value::RawValue;

use super::{CONNECTION, MAX_BATCH_SIZE, POLLING_INTERVAL};
use crate::{BindError, Binding, Data, DataType, FromTrigger, Offers, Property, Trigger};

/// The binding of [`RedisStreamTrigger`].
#[derive(Debug)]
pub struct RedisStreamTriggerBinding;

impl Binding for RedisStreamTriggerBinding {
    const TYPE: &'static str = "redisStreamTrigger";
    const PROPERTIES: &'static [Property] = &[
        CONNECTION,
        Property::string("key")
            .required()
            .doc("The key of the stream."),
        POLLING_INTERVAL,
        MAX_BATCH_SIZE,
    ];
    const OFFERS: Offers = Offers::names(&["Key", "Id", "Values"]);
}

/// An entry of a Redis stream that starts a function.
///
/// `T` is what the fields of the entry make: a map, or a type with a field for each, which are all text in Redis. An entry for
/// which the function fails stays pending.
///
/// # Properties
///
/// | Name | Type | Default | Meaning |
/// |---|---|---|---|
/// | `connection` | string | required | The app setting, or the prefix of settings, that says how to reach the server. |
/// | `key` | string | required | The key of the stream. |
/// | `polling_interval_in_ms` | integer | `1000` | How often the host looks for something new, in milliseconds. |
/// | `max_batch_size` | integer | `16` | How many entries the host takes at a time. |
///
/// # Example
///
/// ```
/// use azure_functions::{bindings::RedisStreamTrigger, func};
/// use serde::Deserialize;
///
/// #[derive(Deserialize)]
/// struct Reading {
///     room: String,
///     celsius: String,
/// }
///
/// #[func]
/// fn log(#[binding(connection = "Redis", key = "readings")] reading: RedisStreamTrigger<Reading>) {
///     println!("{:?}: {} °C in {}", reading.id, reading.values.celsius, reading.values.room);
/// }
///
/// // A test calls the function with an entry of its own.
/// log(RedisStreamTrigger::new(Reading { room: "attic".to_owned(), celsius: "31.5".to_owned() }));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RedisStreamTrigger<T = BTreeMap<String, String>> {
    /// The fields of the entry.
    pub values: T,
    /// The id of the entry, such as `1526919030474-55`.
    pub id: Option<String>,
    /// The key of the stream.
    pub key: Option<String>,
}

impl<T> RedisStreamTrigger<T> {
    /// An entry that the host says nothing more about, as a unit test needs it.
    pub fn new(values: T) -> Self {
        Self {
            values,
            id: None,
            key: None,
        }
    }
}

impl<T: DeserializeOwned + 'static> FromTrigger for RedisStreamTrigger<T> {
    type Binding = RedisStreamTriggerBinding;
    const DATA_TYPE: Option<DataType> = Some(DataType::String);

    fn from_trigger(data: Data, trigger: &Trigger) -> Result<Self, BindError> {
        if data.is_none() {
            return Err(BindError::missing());
        }
        let bytes = data.clone().into_bytes()?;
        // What a person gives by hand are the fields themselves.
        let entry: Option<Entry<'_>> = serde_json::from_slice(&bytes).ok();
        let (values, id) = match entry {
            Some(entry) => (Data::json(entry.values.get()), entry.id),
            None => (data, None),
        };
        Ok(Self {
            values: values.decode_json()?,
            id: id.or_else(|| trigger.get("Id")),
            key: trigger.get("Key"),
        })
    }
}

/// An entry on the wire.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Entry<'a> {
    id: Option<String>,
    #[serde(borrow)]
    values: &'a RawValue,
}
