//! [`CloudEvent`]: an event in the schema of `CloudEvents` 1.0.

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Map, Value, value::RawValue};

use super::{EventGridBinding, in_data, read_data};
use crate::{
    BindError, Binding, Data, FromBatch, FromTrigger, IntoElement, IntoOutput, Timestamp, Trigger,
    payload::{self as content, Encoded},
    time,
};

/// The binding of [`CloudEvent`] as a parameter.
#[derive(Debug)]
pub struct CloudEventTriggerBinding;

impl Binding for CloudEventTriggerBinding {
    const TYPE: &'static str = "eventGridTrigger";
}

/// An event in the schema of `CloudEvents` 1.0: one that starts a function, or one to publish.
///
/// It is delivered and published by Event Grid, as an [`EventGridEvent`](super::EventGridEvent) is.
///
/// `T` is the data of the event: a `String` or bytes as they are, any other type as JSON.
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
/// use azure_functions::{Bytes, bindings::CloudEvent, func};
/// use serde_json::Value;
///
/// #[func]
/// #[binding(name = "$return", topic_endpoint_uri = "TOPIC", topic_key_setting = "TOPIC_KEY")]
/// fn forward(events: Vec<CloudEvent>) -> Vec<CloudEvent> {
///     events.into_iter().filter(|event| event.event_type == "Shop.Ordered").collect()
/// }
///
/// let event = |kind: &str| CloudEvent::new("1", "/shop", kind, Value::Null);
/// assert_eq!(forward(vec![event("Shop.Ordered"), event("Shop.Closed")]).len(), 1);
///
/// let photo = CloudEvent::new("2", "/camera", "Photo", Bytes::from_static(b"\xff\xd8"));
/// assert_eq!(photo.data.len(), 2);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CloudEvent<T = Value> {
    /// What tells the event apart from others of its source.
    pub id: String,
    /// Where it happened, as a URI reference.
    pub source: String,
    /// What happened: the attribute `type`.
    pub event_type: String,
    /// What it is about, in the source.
    pub subject: Option<String>,
    /// When it happened.
    pub time: Option<Timestamp>,
    /// The media type of the data.
    pub data_content_type: Option<String>,
    /// The schema that the data has, as a URI.
    pub data_schema: Option<String>,
    /// What the source says of it.
    pub data: T,
    /// All other attributes, such as `traceparent`.
    pub extensions: Map<String, Value>,
}

impl<T> CloudEvent<T> {
    /// An event that happens now.
    pub fn new(
        id: impl Into<String>,
        source: impl Into<String>,
        event_type: impl Into<String>,
        data: T,
    ) -> Self {
        Self {
            id: id.into(),
            source: source.into(),
            event_type: event_type.into(),
            subject: None,
            time: Some(Timestamp::now()),
            data_content_type: None,
            data_schema: None,
            data,
            extensions: Map::new(),
        }
    }
}

#[derive(Deserialize)]
struct Wire {
    #[serde(default)]
    specversion: Option<Value>,
    #[serde(default)]
    id: Option<String>,
    #[serde(default)]
    source: Option<String>,
    #[serde(default, rename = "type")]
    event_type: Option<String>,
    #[serde(default)]
    subject: Option<String>,
    #[serde(default)]
    time: Option<String>,
    #[serde(default, rename = "datacontenttype")]
    data_content_type: Option<String>,
    #[serde(default, rename = "dataschema")]
    data_schema: Option<String>,
    #[serde(default)]
    data: Option<Box<RawValue>>,
    #[serde(default)]
    data_base64: Option<String>,
}

/// The names of [`Wire`]; all others are extensions.
const ATTRIBUTES: [&str; 10] = [
    "specversion",
    "id",
    "source",
    "type",
    "subject",
    "time",
    "datacontenttype",
    "dataschema",
    "data",
    "data_base64",
];

impl<T: DeserializeOwned + 'static> FromTrigger for CloudEvent<T> {
    type Binding = CloudEventTriggerBinding;

    fn from_trigger(data: Data, _: &Trigger) -> Result<Self, BindError> {
        let bytes = data.into_bytes()?;
        let wire: Wire = Data::bytes(bytes.clone()).decode_json()?;
        if wire.specversion.is_none() {
            return Err(BindError::new(
                "the event has no `specversion`, so its schema is that of Event Grid; take an `EventGridEvent`",
            ));
        }
        let mut extensions: Map<String, Value> = Data::bytes(bytes).decode_json()?;
        extensions.retain(|name, _| !ATTRIBUTES.contains(&name.as_str()));
        let data = match &wire.data_base64 {
            Some(text) => {
                let bytes = BASE64.decode(text).map_err(|error| {
                    BindError::new(format!("`data_base64`: expected Base64: {error}"))
                })?;
                Data::bytes(bytes).decode().map_err(in_data)?
            }
            None => read_data(wire.data.as_deref())?,
        };
        Ok(Self {
            id: wire.id.unwrap_or_default(),
            source: wire.source.unwrap_or_default(),
            event_type: wire.event_type.unwrap_or_default(),
            subject: wire.subject,
            time: wire.time.as_deref().and_then(time::parse),
            data_content_type: wire.data_content_type,
            data_schema: wire.data_schema,
            data,
            extensions,
        })
    }
}

impl<T: DeserializeOwned + 'static> FromBatch for CloudEvent<T> {}

impl<T: Serialize + 'static> IntoOutput for CloudEvent<T> {
    type Binding = EventGridBinding;

    fn into_output(self) -> Result<Data, BindError> {
        Ok(Data::json(self.into_element()?.to_string()))
    }
}

impl<T: Serialize + 'static> IntoElement for CloudEvent<T> {
    fn into_element(self) -> Result<Value, BindError> {
        let mut event = Map::new();
        let mut put = |name: &str, value: Option<Value>| {
            if let Some(value) = value {
                event.insert(name.to_owned(), value);
            }
        };
        put("specversion", Some("1.0".into()));
        put("id", Some(self.id.into()));
        put("source", Some(self.source.into()));
        put("type", Some(self.event_type.into()));
        put("subject", self.subject.map(Value::from));
        put("time", self.time.map(|time| time.to_string().into()));
        put("datacontenttype", self.data_content_type.map(Value::from));
        put("dataschema", self.data_schema.map(Value::from));
        match content::encode(&self.data).map_err(in_data)? {
            Encoded::Binary(bytes) => put("data_base64", Some(BASE64.encode(bytes).into())),
            _ => put(
                "data",
                Some(
                    serde_json::to_value(&self.data)
                        .map_err(|error| in_data(BindError::new(error.to_string())))?,
                )
                .filter(|data| !data.is_null()),
            ),
        }
        for (name, value) in self.extensions {
            if !ATTRIBUTES.contains(&name.as_str()) {
                event.insert(name, value);
            }
        }
        Ok(event.into())
    }
}
