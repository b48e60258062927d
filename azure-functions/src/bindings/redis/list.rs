//! [`RedisListTrigger`]: an entry of a list.

use serde::de::DeserializeOwned;

use super::{CONNECTION, MAX_BATCH_SIZE, POLLING_INTERVAL};
use crate::{
    BindError, Binding, BindingData, Data, DataType, FromTrigger, Offers, Property, Trigger,
};

/// The binding of [`RedisListTrigger`].
#[derive(Debug)]
pub struct RedisListTriggerBinding;

impl Binding for RedisListTriggerBinding {
    const TYPE: &'static str = "redisListTrigger";
    const PROPERTIES: &'static [Property] = &[
        CONNECTION,
        Property::string("key")
            .required()
            .doc("The key of the list."),
        POLLING_INTERVAL,
        MAX_BATCH_SIZE,
        Property::string("list_direction")
            .one_of(&["LEFT", "RIGHT"])
            .doc("From which end the host takes the entries."),
    ];
    const OFFERS: Offers = Offers::names(&["Key", "Value"]).and_payload();
}

/// An entry of a Redis list that starts a function.
///
/// `T` is what the entry holds: a `String` or bytes as they are, any other type as JSON. The host takes the entry from the list
/// first; when the function fails it is lost.
///
/// # Properties
///
/// | Name | Type | Default | Meaning |
/// |---|---|---|---|
/// | `connection` | string | required | The app setting, or the prefix of settings, that says how to reach the server. |
/// | `key` | string | required | The key of the list. |
/// | `polling_interval_in_ms` | integer | `1000` | How often the host looks for something new, in milliseconds. |
/// | `max_batch_size` | integer | `16` | How many entries the host takes at a time. |
/// | `list_direction` | `LEFT` or `RIGHT` | | From which end the host takes the entries. |
///
/// # Example
///
/// ```
/// use azure_functions::{bindings::RedisListTrigger, func};
///
/// #[func]
/// fn log(#[binding(connection = "Redis", key = "jobs")] job: RedisListTrigger) {
///     println!("{}", job.value);
/// }
///
/// // A test calls the function with an entry of its own.
/// log(RedisListTrigger::new("sweep".to_owned()));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RedisListTrigger<T = String> {
    /// What the entry holds.
    pub value: T,
    /// The key of the list.
    pub key: Option<String>,
}

impl<T> RedisListTrigger<T> {
    /// An entry that the host says nothing more about, as a unit test needs it.
    pub fn new(value: T) -> Self {
        Self { value, key: None }
    }
}

impl<T: DeserializeOwned + 'static> FromTrigger for RedisListTrigger<T> {
    type Binding = RedisListTriggerBinding;
    // So that an entry need not be text.
    const DATA_TYPE: Option<DataType> = Some(DataType::Binary);

    fn from_trigger(data: Data, trigger: &Trigger) -> Result<Self, BindError> {
        Ok(Self {
            value: data.decode()?,
            key: trigger.get("Key"),
        })
    }
}

impl<T: BindingData> BindingData for RedisListTrigger<T> {
    const NAMES: Option<&'static [&'static str]> = T::NAMES;
}
