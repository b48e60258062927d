//! [`RedisPubSubTrigger`]: a message that was published.

use serde::{Deserialize, de::DeserializeOwned};
use serde_json::value::RawValue;

use super::CONNECTION;
use crate::{BindError, Binding, Data, DataType, FromTrigger, Offers, Property, Trigger};

/// The binding of [`RedisPubSubTrigger`].
#[derive(Debug)]
pub struct RedisPubSubTriggerBinding;

impl Binding for RedisPubSubTriggerBinding {
    const TYPE: &'static str = "redisPubSubTrigger";
    const PROPERTIES: &'static [Property] = &[
        CONNECTION,
        Property::string("channel")
            .required()
            .doc("The channel to subscribe to, such as `news` or, for what happens to keys, `__keyevent@0__:set`."),
        Property::boolean("pattern")
            .default("`false`")
            .doc("Whether the channel is a pattern, such as `news.*`."),
    ];
    const OFFERS: Offers = Offers::names(&["SubscriptionChannel", "Channel", "Message"]);
}

/// A message that was published on a Redis channel and starts a function.
///
/// `T` is what the message holds: a `String` or bytes as they are, any other type as JSON. Redis keeps no messages: those that
/// are published while the app does not run are lost, and each instance of the app gets all the others.
///
/// # Properties
///
/// | Name | Type | Default | Meaning |
/// |---|---|---|---|
/// | `connection` | string | required | The app setting, or the prefix of settings, that says how to reach the server. |
/// | `channel` | string | required | The channel to subscribe to, such as `news` or, for what happens to keys, `__keyevent@0__:set`. |
/// | `pattern` | boolean | `false` | Whether the channel is a pattern, such as `news.*`. |
///
/// # Example
///
/// ```
/// use azure_functions::{bindings::RedisPubSubTrigger, func};
///
/// #[func]
/// fn log(#[binding(connection = "Redis", channel = "news.*", pattern = true)] news: RedisPubSubTrigger) {
///     println!("{:?}: {}", news.channel, news.message);
/// }
///
/// // A test calls the function with a message of its own.
/// log(RedisPubSubTrigger::new("rain".to_owned()));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RedisPubSubTrigger<T = String> {
    /// What the message holds.
    pub message: T,
    /// The channel on which it was published.
    pub channel: Option<String>,
    /// The channel or pattern that the function subscribes to.
    pub subscription_channel: Option<String>,
}

impl<T> RedisPubSubTrigger<T> {
    /// A message that the host says nothing more about, as a unit test needs it.
    pub fn new(message: T) -> Self {
        Self {
            message,
            channel: None,
            subscription_channel: None,
        }
    }
}

impl<T: DeserializeOwned + 'static> FromTrigger for RedisPubSubTrigger<T> {
    type Binding = RedisPubSubTriggerBinding;
    const DATA_TYPE: Option<DataType> = Some(DataType::String);

    fn from_trigger(data: Data, trigger: &Trigger) -> Result<Self, BindError> {
        let bytes = if data.is_none() {
            return Err(BindError::missing());
        } else {
            data.clone().into_bytes()?
        };
        // What a person gives by hand is the message itself.
        let published: Option<Published<'_>> = serde_json::from_slice(&bytes).ok();
        let (message, channel, subscription_channel) = match published {
            Some(published) => (
                Data::of_member(published.message)?,
                published.channel,
                published.subscription_channel,
            ),
            None => (data, None, None),
        };
        Ok(Self {
            message: message.decode()?,
            channel: channel.or_else(|| trigger.get("Channel")),
            subscription_channel: subscription_channel
                .or_else(|| trigger.get("SubscriptionChannel")),
        })
    }
}

/// A message on the wire.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Published<'a> {
    subscription_channel: Option<String>,
    channel: Option<String>,
    #[serde(borrow, deserialize_with = "Option::deserialize")]
    message: Option<&'a RawValue>,
}
