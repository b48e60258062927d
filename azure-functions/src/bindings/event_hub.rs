//! Event Hubs: start a function from the events of a hub, one or many at a time, or send some.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::{
    content::{Content, message},
    member::member,
};
use crate::{
    BindError, Binding, BindingData, Data, DataType, FromBatch, FromTrigger, IntoElement,
    IntoOutput, Lazy, Offers, Property, Syntax, Timestamp, Trigger, time,
};

const EVENT_HUB_NAME: Property = Property::string("event_hub_name")
    .required()
    .old(&["path"])
    .doc("The event hub; one that the connection names takes precedence.");

const CONNECTION: Property = Property::string("connection")
    .required()
    .syntax(Syntax::Setting)
    .doc("The app setting, or the prefix of settings, that says how to reach the namespace.");

/// The binding of [`EventHubTrigger`].
#[derive(Debug)]
pub struct EventHubTriggerBinding;

impl Binding for EventHubTriggerBinding {
    const TYPE: &'static str = "eventHubTrigger";
    const PROPERTIES: &'static [Property] = &[
        EVENT_HUB_NAME,
        CONNECTION,
        Property::string("consumer_group")
            .default("`$Default`")
            .doc("The consumer group whose place in the hub the function follows; give each function its own."),
    ];
    const RETRIES: bool = true;
    const OFFERS: Offers = Offers::names(&[
        "PartitionKey",
        "Offset",
        "SequenceNumber",
        "EnqueuedTimeUtc",
        "Properties",
        "SystemProperties",
        "PartitionContext",
    ])
    .and_payload();
}

/// The binding of [`EventHubMessage`].
#[derive(Debug)]
pub struct EventHubBinding;

impl Binding for EventHubBinding {
    const TYPE: &'static str = "eventHub";
    const PROPERTIES: &'static [Property] = &[EVENT_HUB_NAME, CONNECTION];
}

/// An event of an event hub that starts a function; `Vec<EventHubTrigger>` takes a batch of a partition.
///
/// `T` is what the event holds: a `String` or bytes as they are, any other type as JSON. A batch takes far fewer calls; it
/// fails or succeeds as a whole.
///
/// When the function fails the host goes on with the next events all the same. To have it tried again, give it a
/// [retry policy](crate::RetryPolicy).
///
/// # Properties
///
/// | Name | Type | Default | Meaning |
/// |---|---|---|---|
/// | `event_hub_name` | string | required | The event hub; one that the connection names takes precedence. Formerly `path`. |
/// | `connection` | string | required | The app setting, or the prefix of settings, that says how to reach the namespace. |
/// | `consumer_group` | string | `$Default` | The consumer group whose place in the hub the function follows; give each function its own. |
///
/// # Example
///
/// ```
/// use std::time::Duration;
///
/// use azure_functions::{RetryPolicy, bindings::EventHubTrigger, func};
/// use serde::Deserialize;
///
/// #[derive(Deserialize)]
/// struct Reading {
///     celsius: f64,
/// }
///
/// #[func(retry = RetryPolicy::fixed_delay(5, Duration::from_secs(10)))]
/// fn warn(
///     #[binding(event_hub_name = "readings", connection = "Hubs")] readings: Vec<EventHubTrigger<Reading>>,
/// ) {
///     for reading in readings {
///         if reading.message.celsius > 30.0 {
///             println!("{:?} is hot", reading.system_properties.get("iothub-connection-device-id"));
///         }
///     }
/// }
///
/// // A test calls the function with events of its own.
/// warn(vec![EventHubTrigger::new(Reading { celsius: 31.5 })]);
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct EventHubTrigger<T = String> {
    /// What the event holds.
    pub message: T,
    /// The partition that the event comes from, and who reads it.
    pub partition_context: Lazy<Option<PartitionContext>>,
    /// The key by which the sender chose the partition.
    pub partition_key: Lazy<Option<String>>,
    /// Where the event lies in its partition.
    pub offset: Lazy<Option<String>>,
    /// The number of the event in its partition.
    pub sequence_number: Lazy<Option<i64>>,
    /// When the event came to the hub.
    pub enqueued_time: Lazy<Option<Timestamp>>,
    /// What the sender says of the event.
    pub properties: Lazy<Map<String, Value>>,
    /// What the service says of the event: `SequenceNumber`, `Offset`, `PartitionKey`, `EnqueuedTimeUtc`, and of an event from
    /// devices `iothub-connection-device-id` and others.
    pub system_properties: Lazy<Map<String, Value>>,
}

/// The partition that an event comes from, and who reads it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct PartitionContext {
    /// The namespace, such as `orders.servicebus.windows.net`.
    pub fully_qualified_namespace: Option<String>,
    /// The event hub.
    pub event_hub_name: Option<String>,
    /// The consumer group.
    pub consumer_group: Option<String>,
    /// The partition.
    pub partition_id: Option<String>,
    /// Whether the host writes down after this invocation how far it has come.
    pub is_checkpointing_after_invocation: Option<bool>,
}

impl<T> EventHubTrigger<T> {
    /// An event that the host says nothing more about, as a unit test needs it.
    pub fn new(message: T) -> Self {
        Self {
            message,
            partition_context: Lazy::default(),
            partition_key: Lazy::default(),
            offset: Lazy::default(),
            sequence_number: Lazy::default(),
            enqueued_time: Lazy::default(),
            properties: Lazy::default(),
            system_properties: Lazy::default(),
        }
    }
}

impl<T: DeserializeOwned + 'static> FromTrigger for EventHubTrigger<T> {
    type Binding = EventHubTriggerBinding;
    // So that an event need not be text.
    const DATA_TYPE: Option<DataType> = Some(DataType::Binary);

    fn from_trigger(data: Data, trigger: &Trigger) -> Result<Self, BindError> {
        Ok(Self {
            message: data.decode()?,
            partition_context: trigger.lazy(|trigger| {
                // The events of a batch come from one partition.
                trigger.once(|| {
                    let context = object(trigger, "PartitionContext");
                    (!context.is_empty()).then(|| PartitionContext::new(&context))
                })
            }),
            partition_key: trigger.lazy(|trigger| entry(trigger, "PartitionKey")),
            offset: trigger.lazy(|trigger| entry(trigger, "Offset")),
            sequence_number: trigger.lazy(|trigger| entry(trigger, "SequenceNumber")?.parse().ok()),
            enqueued_time: trigger.lazy(|trigger| time::parse(&entry(trigger, "EnqueuedTimeUtc")?)),
            properties: trigger.lazy(|trigger| object(trigger, "Properties")),
            system_properties: trigger.lazy(|trigger| object(trigger, SYSTEM)),
        })
    }
}

impl<T: DeserializeOwned + 'static> FromBatch for EventHubTrigger<T> {}

impl<T: BindingData> BindingData for EventHubTrigger<T> {
    const NAMES: Option<&'static [&'static str]> = T::NAMES;
}

impl PartitionContext {
    fn new(members: &Map<String, Value>) -> Self {
        let member = |name| find(members, name).and_then(text);
        let is_checkpointing = find(members, "IsCheckpointingAfterInvocation");
        Self {
            fully_qualified_namespace: member("FullyQualifiedNamespace"),
            event_hub_name: member("EventHubName"),
            consumer_group: member("ConsumerGroup"),
            partition_id: member("PartitionId"),
            is_checkpointing_after_invocation: is_checkpointing.and_then(Value::as_bool),
        }
    }
}

/// The name of the entry with what the service says of an event.
const SYSTEM: &str = "SystemProperties";

fn object(trigger: &Trigger, name: &str) -> Map<String, Value> {
    trigger.get(name).unwrap_or_default()
}

/// What the service says of an event by this name.
///
/// Members of the event can hide the host's own entries, and lists of them can lack what is empty. So the system properties
/// come first.
fn entry(trigger: &Trigger, name: &str) -> Option<String> {
    let system = trigger.data(SYSTEM).and_then(|data| data.into_bytes().ok());
    match system.and_then(|system| member(&system, name)) {
        Some(value) => text(&value),
        None => trigger.get::<String>(name).filter(|text| !text.is_empty()),
    }
}

/// The member called `name`, whatever its case.
fn find<'a>(members: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    members.get(name).or_else(|| {
        let mut members = members.iter();
        let found = members.find(|(member, _)| member.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value)
    })
}

/// A text, or a number as text: which of the two an offset is depends on the version of the host's extension.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// An event to send to an event hub.
///
/// It is made from text, bytes or JSON. A single event arrives as it is. Of a `Vec<EventHubMessage>` each has to be text,
/// because the host takes many as one JSON array; an empty one sends nothing. The host cannot give an event a partition key or
/// properties.
///
/// # Properties
///
/// | Name | Type | Default | Meaning |
/// |---|---|---|---|
/// | `event_hub_name` | string | required | The event hub; one that the connection names takes precedence. Formerly `path`. |
/// | `connection` | string | required | The app setting, or the prefix of settings, that says how to reach the namespace. |
///
/// # Example
///
/// ```
/// use azure_functions::{
///     bindings::{EventHubMessage, QueueTrigger},
///     func,
/// };
///
/// #[func]
/// #[binding(name = "$return", event_hub_name = "words", connection = "Hubs")]
/// fn split(#[binding(queue_name = "lines")] line: QueueTrigger) -> Vec<EventHubMessage> {
///     line.message.split_whitespace().map(EventHubMessage::from).collect()
/// }
///
/// let words = split(QueueTrigger::new("to be".to_owned()));
/// assert_eq!(words, [EventHubMessage::from("to"), EventHubMessage::from("be")]);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventHubMessage(Content);

message!(EventHubMessage);

impl IntoOutput for EventHubMessage {
    type Binding = EventHubBinding;

    fn into_output(self) -> Result<Data, BindError> {
        // The host takes text that looks like JSON apart and writes it anew; bytes it leaves alone.
        self.0.into_bytes().map(Data::bytes)
    }
}

impl IntoElement for EventHubMessage {
    fn into_element(self) -> Result<Value, BindError> {
        self.0.into_element()
    }
}

#[cfg(test)]
mod tests;
