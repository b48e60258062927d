//! Calls, events and messages that the sidecar hands on.

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use crate::{
    BindError, Binding, BindingData, Data, FromTrigger, IntoOutput, Property, Timestamp, Trigger,
    bindings::{json::to_reply, members::Members},
    time,
};

/// The binding of [`DaprServiceInvocationTrigger`].
#[derive(Debug)]
pub struct DaprServiceInvocationTriggerBinding;

impl Binding for DaprServiceInvocationTriggerBinding {
    const TYPE: &'static str = "daprServiceInvocationTrigger";
    const PROPERTIES: &'static [Property] = &[Property::string("method_name")
        .default("the function's name")
        .doc("The method that others call.")];
}

/// The binding of [`DaprBindingTrigger`].
#[derive(Debug)]
pub struct DaprBindingTriggerBinding;

impl Binding for DaprBindingTriggerBinding {
    const TYPE: &'static str = "daprBindingTrigger";
    const PROPERTIES: &'static [Property] =
        &[Property::string("binding_name")
            .doc("The input binding of Dapr whose events to hear of.")];
}

/// The binding of [`DaprTopicTrigger`].
#[derive(Debug)]
pub struct DaprTopicTriggerBinding;

impl Binding for DaprTopicTriggerBinding {
    const TYPE: &'static str = "daprTopicTrigger";
    const PROPERTIES: &'static [Property] = &[
        Property::string("pub_sub_name")
            .required()
            .doc("The component of Dapr that hands on the messages."),
        Property::string("topic").doc("The topic to hear of."),
        Property::string("route").doc("The path at which the sidecar finds the function."),
    ];
}

/// The binding of [`DaprInvocationReply`].
#[derive(Debug)]
pub struct DaprInvocationReplyBinding;

impl Binding for DaprInvocationReplyBinding {
    const TYPE: &'static str = "daprServiceInvocationTrigger";
    const ONLY_WITH: Option<&'static str> = Some("daprServiceInvocationTrigger");
    const RETURNED_TO_TRIGGER: bool = true;
}

/// The binding of [`DaprBindingReply`].
#[derive(Debug)]
pub struct DaprBindingReplyBinding;

impl Binding for DaprBindingReplyBinding {
    const TYPE: &'static str = "daprBindingTrigger";
    const ONLY_WITH: Option<&'static str> = Some("daprBindingTrigger");
    const RETURNED_TO_TRIGGER: bool = true;
}

/// A call of a method by another app.
///
/// `T` is the body of the call: a `String` or bytes as they are, any other type as JSON. The caller gets what the function
/// returns as a [`DaprInvocationReply`].
///
/// # Properties
///
/// | Name | Type | Default | Meaning |
/// |---|---|---|---|
/// | `method_name` | string | the function's name | The method that others call. |
///
/// # Example
///
/// ```
/// use azure_functions::{
///     bindings::{DaprInvocationReply, DaprServiceInvocationTrigger},
///     func,
/// };
///
/// #[func]
/// fn double(call: DaprServiceInvocationTrigger<i64>) -> DaprInvocationReply<i64> {
///     DaprInvocationReply(2 * call.body)
/// }
///
/// assert_eq!(double(DaprServiceInvocationTrigger::new(4)), DaprInvocationReply(8));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct DaprServiceInvocationTrigger<T = String> {
    /// The body of the call.
    pub body: T,
}

impl<T> DaprServiceInvocationTrigger<T> {
    /// A call with this body, as a unit test needs it.
    pub fn new(body: T) -> Self {
        Self { body }
    }
}

impl<T: DeserializeOwned + 'static> FromTrigger for DaprServiceInvocationTrigger<T> {
    type Binding = DaprServiceInvocationTriggerBinding;

    fn from_trigger(data: Data, _trigger: &Trigger) -> Result<Self, BindError> {
        data.decode().map(Self::new)
    }
}

impl<T: BindingData> BindingData for DaprServiceInvocationTrigger<T> {
    const NAMES: Option<&'static [&'static str]> = T::NAMES;
}

/// An event of an input binding of Dapr.
///
/// `T` is what the event holds: a `String` or bytes as they are, any other type as JSON. Dapr gets what the function returns
/// as a [`DaprBindingReply`].
///
/// # Properties
///
/// | Name | Type | Default | Meaning |
/// |---|---|---|---|
/// | `binding_name` | string | | The input binding of Dapr whose events to hear of. |
///
/// # Example
///
/// ```
/// use azure_functions::{bindings::DaprBindingTrigger, func};
///
/// #[func]
/// fn watch(#[binding(binding_name = "doorbell")] event: DaprBindingTrigger) {
///     println!("{}", event.data);
/// }
///
/// watch(DaprBindingTrigger::new("ding".to_owned()));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct DaprBindingTrigger<T = String> {
    /// What the event holds.
    pub data: T,
}

impl<T> DaprBindingTrigger<T> {
    /// An event that holds this, as a unit test needs it.
    pub fn new(data: T) -> Self {
        Self { data }
    }
}

impl<T: DeserializeOwned + 'static> FromTrigger for DaprBindingTrigger<T> {
    type Binding = DaprBindingTriggerBinding;

    fn from_trigger(data: Data, _trigger: &Trigger) -> Result<Self, BindError> {
        data.decode().map(Self::new)
    }
}

impl<T: BindingData> BindingData for DaprBindingTrigger<T> {
    const NAMES: Option<&'static [&'static str]> = T::NAMES;
}

/// A message of a topic, which is a `CloudEvent`.
///
/// `T` is what the message holds: a `String` or bytes as they are, any other type as JSON. A payload that is no `CloudEvent` is
/// what the message holds, and nothing more is known of it.
///
/// # Properties
///
/// | Name | Type | Default | Meaning |
/// |---|---|---|---|
/// | `pub_sub_name` | string | required | The component of Dapr that hands on the messages. |
/// | `topic` | string | | The topic to hear of. |
/// | `route` | string | | The path at which the sidecar finds the function. |
///
/// # Example
///
/// ```
/// use azure_functions::{bindings::DaprTopicTrigger, func};
/// use serde::Deserialize;
///
/// #[derive(Deserialize)]
/// struct Order {
///     id: u32,
/// }
///
/// #[func]
/// fn accept(#[binding(pub_sub_name = "shop", topic = "orders")] order: DaprTopicTrigger<Order>) {
///     println!("order {} from {:?}", order.data.id, order.source);
/// }
///
/// accept(DaprTopicTrigger::new(Order { id: 7 }));
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct DaprTopicTrigger<T = String> {
    /// What the message holds.
    pub data: T,
    /// The id of the event.
    pub id: Option<String>,
    /// Where it comes from.
    pub source: Option<String>,
    /// What happened.
    pub event_type: Option<String>,
    /// What it is about.
    pub subject: Option<String>,
    /// When it happened.
    pub time: Option<Timestamp>,
    /// The media type of what it holds.
    pub data_content_type: Option<String>,
    /// The component that handed it on.
    pub pub_sub_name: Option<String>,
    /// The topic.
    pub topic: Option<String>,
    /// The trace that it belongs to.
    pub trace_id: Option<String>,
}

impl<T> DaprTopicTrigger<T> {
    /// A message of which nothing more is known, as a unit test needs it.
    pub fn new(data: T) -> Self {
        Self {
            data,
            id: None,
            source: None,
            event_type: None,
            subject: None,
            time: None,
            data_content_type: None,
            pub_sub_name: None,
            topic: None,
            trace_id: None,
        }
    }
}

impl<T: DeserializeOwned + 'static> FromTrigger for DaprTopicTrigger<T> {
    type Binding = DaprTopicTriggerBinding;

    fn from_trigger(data: Data, _trigger: &Trigger) -> Result<Self, BindError> {
        let event = data.clone().decode_json().ok().and_then(Members::of);
        let Some(mut event) = event.filter(|event| event.has("specversion")) else {
            return data.decode().map(Self::new);
        };
        let data = payload(&mut event)?.decode();
        let data = data.map_err(|error| BindError::new(format!("the data: {error}")))?;
        Ok(Self {
            data,
            id: event.text("id"),
            source: event.text("source"),
            event_type: event.text("type"),
            subject: event.text("subject"),
            time: event.text("time").as_deref().and_then(time::parse),
            data_content_type: event.text("datacontenttype"),
            pub_sub_name: event.text("pubsubname"),
            topic: event.text("topic"),
            trace_id: event.text("traceid"),
        })
    }
}

/// What a `CloudEvent` holds: text and JSON as a member, bytes in Base64 as another.
fn payload(event: &mut Members) -> Result<Data, BindError> {
    if let Some(data) = event.take("data") {
        return Ok(match data {
            Value::String(text) => Data::text(text),
            json => Data::json(json.to_string()),
        });
    }
    let Some(encoded) = event.text("data_base64") else {
        return Ok(Data::none());
    };
    let bytes = BASE64.decode(encoded);
    bytes
        .map(Data::bytes)
        .map_err(|error| BindError::new(format!("`data_base64` is not Base64: {error}")))
}

/// What the caller of a [`DaprServiceInvocationTrigger`] gets: text and bytes as they are, all else as JSON.
///
/// # Properties
///
/// None.
///
/// Only in a function whose trigger is `daprServiceInvocationTrigger`.
///
/// # Example
///
/// See [`DaprServiceInvocationTrigger`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct DaprInvocationReply<T>(
    /// The body of the reply.
    pub T,
);

impl<T: Serialize + 'static> IntoOutput for DaprInvocationReply<T> {
    type Binding = DaprInvocationReplyBinding;

    fn into_output(self) -> Result<Data, BindError> {
        to_reply(&self.0)
    }
}

/// What Dapr gets for the event of a [`DaprBindingTrigger`]: text and bytes as they are, all else as JSON.
///
/// # Properties
///
/// None.
///
/// Only in a function whose trigger is `daprBindingTrigger`.
///
/// # Example
///
/// ```
/// use azure_functions::{
///     bindings::{DaprBindingReply, DaprBindingTrigger},
///     func,
/// };
///
/// #[func]
/// fn answer(#[binding(binding_name = "doorbell")] event: DaprBindingTrigger) -> DaprBindingReply<String> {
///     DaprBindingReply(event.data)
/// }
///
/// assert_eq!(answer(DaprBindingTrigger::new("ding".to_owned())).0, "ding");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct DaprBindingReply<T>(
    /// The reply.
    pub T,
);

impl<T: Serialize + 'static> IntoOutput for DaprBindingReply<T> {
    type Binding = DaprBindingReplyBinding;

    fn into_output(self) -> Result<Data, BindError> {
        to_reply(&self.0)
    }
}
