//! [`EventGridEvent`]: an event in the schema of Event Grid.

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Map, Value, value::RawValue};

use super::{EventGridBinding, in_data, read_data};
use crate::{
    BindError, Binding, Data, FromBatch, FromTrigger, IntoElement, IntoOutput, Offers, Timestamp,
    Trigger, payload as content, time,
};

/// The binding of [`EventGridEvent`] as a parameter.
#[derive(Debug)]
pub struct EventGridTriggerBinding;

impl Binding for EventGridTriggerBinding {
    const TYPE: &'static str = "eventGridTrigger";
    const OFFERS: Offers = Offers::names(&[
        "id",
        "topic",
        "subject",
        "eventType",
        "eventTime",
        "data",
        "dataVersion",
        "metadataVersion",
    ]);
}

/// An event in the schema of Event Grid: one that starts a function, or one to publish.
///
/// - As a parameter it starts the function; as a `Vec` the function gets all events of a delivery at once. Subscribe
///   `https://<app>/runtime/webhooks/EventGrid?functionName=<function>&code=<key>` to a topic; the host answers the handshake. When
///   the function fails, Event Grid sends the events of the delivery again.
/// - As a return value it is published, and so are those of a `Vec`.
///
/// `T` is the data of the event: any type that serde reads or writes. A topic has one of two schemas; for the other take a
/// [`CloudEvent`](super::CloudEvent).
///
/// # Properties
///
/// **As a trigger**
///
/// None.
///
/// **As an output**
///
/// | Name | Type | Default | Meaning |
/// |---|---|---|---|
/// | `topic_endpoint_uri` | string | | The app setting that holds the address of the topic. |
/// | `topic_key_setting` | string | | The app setting that holds the key of the topic. |
/// | `connection` | string | | Instead of both: the prefix of the settings that say how to reach the topic with an identity, `<connection>__topicEndpointUri` first. |
///
/// Exactly one of `topic_endpoint_uri` and `connection`. Only together: `topic_endpoint_uri` and `topic_key_setting`.
///
/// # Example
///
/// ```
/// use azure_functions::{
///     bindings::{EventGridEvent, QueueTrigger},
///     func,
/// };
/// use serde::Deserialize;
///
/// #[derive(Deserialize)]
/// struct Created {
///     url: String,
/// }
///
/// #[func]
/// fn created(event: EventGridEvent<Created>) {
///     println!("{} at {:?}", event.data.url, event.event_time);
/// }
///
/// #[func]
/// #[binding(name = "$return", topic_endpoint_uri = "TOPIC", topic_key_setting = "TOPIC_KEY")]
/// fn publish(#[binding(queue_name = "orders")] order: QueueTrigger) -> EventGridEvent<String> {
///     EventGridEvent::new(order.id.into_inner().unwrap_or_default(), "Shop.Ordered", "orders", order.message)
/// }
///
/// created(EventGridEvent::new("1", "Created", "/a", Created { url: "https://a".to_owned() }));
/// assert_eq!(publish(QueueTrigger::new("lamp".to_owned())).data, "lamp");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct EventGridEvent<T = Value> {
    /// What tells the event apart from others of its source.
    pub id: String,
    /// The topic that it was published to. Event Grid sets it.
    pub topic: Option<String>,
    /// What it is about, in the words of the publisher.
    pub subject: String,
    /// What happened, such as `Microsoft.Storage.BlobCreated`.
    pub event_type: String,
    /// When it happened. One that is published without it happens now.
    pub event_time: Option<Timestamp>,
    /// What the publisher says of it.
    pub data: T,
    /// The version of the schema of the data.
    pub data_version: String,
    /// The version of the schema of the rest. Event Grid sets it.
    pub metadata_version: Option<String>,
}

impl<T> EventGridEvent<T> {
    /// An event that happens now.
    pub fn new(
        id: impl Into<String>,
        event_type: impl Into<String>,
        subject: impl Into<String>,
        data: T,
    ) -> Self {
        Self {
            id: id.into(),
            topic: None,
            subject: subject.into(),
            event_type: event_type.into(),
            event_time: Some(Timestamp::now()),
            data,
            data_version: "1.0".to_owned(),
            metadata_version: None,
        }
    }
}

/// The event on the wire, without what may be missing in one that a person gives.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire {
    #[serde(default)]
    id: Option<String>,
    #[serde(default)]
    topic: Option<String>,
    #[serde(default)]
    subject: Option<String>,
    #[serde(default)]
    event_type: Option<String>,
    #[serde(default)]
    event_time: Option<String>,
    #[serde(default)]
    data: Option<Box<RawValue>>,
    #[serde(default)]
    data_version: Option<String>,
    #[serde(default)]
    metadata_version: Option<String>,
    #[serde(default)]
    specversion: Option<Value>,
}

impl<T: DeserializeOwned + 'static> FromTrigger for EventGridEvent<T> {
    type Binding = EventGridTriggerBinding;

    fn from_trigger(data: Data, _: &Trigger) -> Result<Self, BindError> {
        let wire: Wire = data.decode_json()?;
        if wire.specversion.is_some() {
            return Err(BindError::new(
                "the event has the schema of CloudEvents; take a `CloudEvent`",
            ));
        }
        Ok(Self {
            id: wire.id.unwrap_or_default(),
            topic: wire.topic,
            subject: wire.subject.unwrap_or_default(),
            event_type: wire.event_type.unwrap_or_default(),
            event_time: wire.event_time.as_deref().and_then(time::parse),
            data: read_data(wire.data.as_deref())?,
            data_version: wire.data_version.unwrap_or_default(),
            metadata_version: wire.metadata_version,
        })
    }
}

impl<T: DeserializeOwned + 'static> FromBatch for EventGridEvent<T> {}

impl<T: Serialize + 'static> IntoOutput for EventGridEvent<T> {
    type Binding = EventGridBinding;

    fn into_output(self) -> Result<Data, BindError> {
        Ok(Data::json(self.into_element()?.to_string()))
    }
}

impl<T: Serialize + 'static> IntoElement for EventGridEvent<T> {
    fn into_element(self) -> Result<Value, BindError> {
        let data = match content::encode(&self.data).map_err(in_data)? {
            content::Encoded::Binary(_) => {
                return Err(BindError::new(
                    "`data`: an event in the schema of Event Grid carries no bytes; publish a `CloudEvent`, or text",
                ));
            }
            _ => serde_json::to_value(&self.data)
                .map_err(|error| in_data(BindError::new(error.to_string())))?,
        };
        let time = self.event_time.unwrap_or_else(Timestamp::now);
        let mut event = Map::new();
        let mut put = |name: &str, value: Value| event.insert(name.to_owned(), value);
        put("id", self.id.into());
        if let Some(topic) = self.topic {
            put("topic", topic.into());
        }
        put("subject", self.subject.into());
        put("eventType", self.event_type.into());
        put("eventTime", time.to_string().into());
        put("data", data);
        put("dataVersion", self.data_version.into());
        Ok(event.into())
    }
}
