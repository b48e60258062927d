//! What clients say, and when they come and go.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{CONNECTIONS, HUB, WebPubSubDataType, data::bytes_of};
use crate::{
    BindError, Binding, Data, FromTrigger, Property, Trigger,
    bindings::members::{Members, first},
};

/// The binding of [`WebPubSubTrigger`].
#[derive(Debug)]
pub struct WebPubSubTriggerBinding;

impl Binding for WebPubSubTriggerBinding {
    const TYPE: &'static str = "webPubSubTrigger";
    const PROPERTIES: &'static [Property] = &[
        HUB,
        Property::string("event_type")
            .required()
            .one_of(&["user", "system"])
            .doc("Whether to hear of what clients say (`user`) or of their connections (`system`)."),
        Property::string("event_name").required().doc(
            "For connections `connect`, `connected` or `disconnected`; for what clients say `message` or a name of their own.",
        ),
        Property::string("client_protocols")
            .one_of(&["all", "webPubSub", "mqtt"])
            .default("`all`")
            .doc("Which clients to hear of, by what they speak."),
        CONNECTIONS,
    ];
}

/// A client that connects, connected, disconnected, or said something.
///
/// `T` is what it said: a `String` or bytes as they are, any other type as JSON. The host looks at the name of the parameter:
/// call it `request`, and all that is known of the event arrives. What the function returns as a
/// [`WebPubSubReply`](super::WebPubSubReply) is the answer, where the service waits for one.
///
/// # Properties
///
/// | Name | Type | Default | Meaning |
/// |---|---|---|---|
/// | `hub` | string | required | The hub. |
/// | `event_type` | `user` or `system` | required | Whether to hear of what clients say (`user`) or of their connections (`system`). |
/// | `event_name` | string | required | For connections `connect`, `connected` or `disconnected`; for what clients say `message` or a name of their own. |
/// | `client_protocols` | `all`, `webPubSub` or `mqtt` | `all` | Which clients to hear of, by what they speak. |
/// | `connections` | list | `WebPubSubConnectionString` | The app settings that say how to reach the services whose requests are taken. |
///
/// # Example
///
/// ```
/// use azure_functions::{
///     bindings::{WebPubSubReply, WebPubSubTrigger},
///     func,
/// };
///
/// #[func]
/// fn echo(
///     #[binding(hub = "chat", event_type = "user", event_name = "message")] request: WebPubSubTrigger,
/// ) -> Option<WebPubSubReply> {
///     request.data.map(WebPubSubReply::message)
/// }
///
/// let reply = echo(WebPubSubTrigger::new("hi".to_owned()));
/// assert_eq!(reply, Some(WebPubSubReply::message("hi")));
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct WebPubSubTrigger<T = String> {
    /// What the client said; nothing when it connects or disconnects.
    pub data: Option<T>,
    /// What kind of data that is.
    pub data_type: Option<WebPubSubDataType>,
    /// The client, and the event.
    pub client: WebPubSubClient,
    /// What the client's token says; of a client that connects.
    pub claims: BTreeMap<String, Vec<String>>,
    /// The query of the client's request; of a client that connects.
    pub query: BTreeMap<String, Vec<String>>,
    /// The protocols that the client offers; of a client that connects.
    pub subprotocols: Vec<String>,
    /// The certificates that the client shows; of a client that connects.
    pub client_certificates: Vec<Value>,
    /// Why the client disconnected.
    pub reason: Option<String>,
}

/// The client that an event is about, and which event that is.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct WebPubSubClient {
    /// Whether the client said something (`user`) or its connection changed (`system`).
    pub event_type: Option<String>,
    /// The event.
    pub event_name: Option<String>,
    /// The hub.
    pub hub: Option<String>,
    /// The connection.
    pub connection_id: Option<String>,
    /// The user of the connection, if it has one.
    pub user_id: Option<String>,
    /// The headers of the service's request.
    pub headers: BTreeMap<String, Vec<String>>,
    /// Where the service's request comes from.
    pub origin: Option<String>,
    /// The service's signature of the connection.
    pub signature: Option<String>,
    /// What earlier replies said to remember.
    pub states: BTreeMap<String, Value>,
}

impl<T> Default for WebPubSubTrigger<T> {
    fn default() -> Self {
        Self {
            data: None,
            data_type: None,
            client: WebPubSubClient::default(),
            claims: BTreeMap::new(),
            query: BTreeMap::new(),
            subprotocols: Vec::new(),
            client_certificates: Vec::new(),
            reason: None,
        }
    }
}

impl<T> WebPubSubTrigger<T> {
    /// Something that a client said, of which the host says nothing more, as a unit test needs it.
    pub fn new(data: T) -> Self {
        Self {
            data: Some(data),
            ..Self::default()
        }
    }

    /// The first header of this name, in any case.
    pub fn header(&self, name: &str) -> Option<&str> {
        first(&self.client.headers, name)
    }

    /// The first value of this name in the query, in any case.
    pub fn query_param(&self, name: &str) -> Option<&str> {
        first(&self.query, name)
    }

    /// The first claim of this type, in any case.
    pub fn claim(&self, name: &str) -> Option<&str> {
        first(&self.claims, name)
    }
}

/// The member by which an event is known from what a client said.
const CONTEXT: &str = "connectionContext";

impl<T: DeserializeOwned + 'static> FromTrigger for WebPubSubTrigger<T> {
    type Binding = WebPubSubTriggerBinding;

    /// Reads the event from the payload, and what is not there from what the host says besides: a parameter that is called
    /// `data` is given what the client said, and one of another name nothing.
    fn from_trigger(data: Data, trigger: &Trigger) -> Result<Self, BindError> {
        let event = |data: Data| {
            let members = Members::of(data.decode_json().ok()?)?;
            members.has(CONTEXT).then_some(members)
        };
        let whole = event(data.clone());
        let said = if whole.is_some() { Data::none() } else { data };
        let mut members = whole
            .or_else(|| event(trigger.data("request")?))
            .unwrap_or_default();
        for name in [
            CONTEXT,
            "dataType",
            "claims",
            "query",
            "subprotocols",
            "clientCertificates",
            "reason",
        ] {
            members.or_insert(name, || value_of(trigger.data(name)?));
        }
        if said.is_none() && !members.has(CONTEXT) {
            return Err(BindError::missing());
        }
        let data = trigger.data("data").filter(|data| !data.is_none());
        Self::read(members, if said.is_none() { data } else { Some(said) })
    }
}

impl<T: DeserializeOwned + 'static> WebPubSubTrigger<T> {
    /// Reads the members of an event. `said` is what the client said, if that came by itself.
    pub(super) fn read(mut event: Members, said: Option<Data>) -> Result<Self, BindError> {
        let data_type = event.text("dataType");
        let data_type = data_type.and_then(|name| WebPubSubDataType::named(&name));
        let member = event.take("data");
        let data = match (member, said) {
            // Bytes are not text, which is all that a member of JSON can be.
            (Some(_), Some(said)) if data_type == Some(WebPubSubDataType::Binary) => Some(said),
            (Some(member), _) => Some(data_of(member)),
            (None, said) => said,
        };
        let data = data.map(|data| {
            data.decode()
                .map_err(|error| BindError::new(format!("the data: {error}")))
        });
        let client = event.take(CONTEXT).and_then(Members::of);
        Ok(Self {
            data: data.transpose()?,
            data_type,
            client: client.map(WebPubSubClient::read).unwrap_or_default(),
            claims: event.lists("claims"),
            query: event.lists("query"),
            subprotocols: event.list("subprotocols"),
            client_certificates: match event.take("clientCertificates") {
                Some(Value::Array(certificates)) => certificates,
                _ => Vec::new(),
            },
            reason: event.text("reason"),
        })
    }
}

impl WebPubSubClient {
    fn read(mut context: Members) -> Self {
        let states = context.take("states").and_then(Members::of);
        Self {
            event_type: context.text("eventType"),
            event_name: context.text("eventName"),
            hub: context.text("hub"),
            connection_id: context.text("connectionId"),
            user_id: context.text("userId"),
            headers: context.lists("headers"),
            origin: context.text("origin"),
            signature: context.text("signature"),
            states: states.map(Members::rest).unwrap_or_default(),
        }
    }
}

/// An entry of the trigger's metadata as JSON; a text that is none is a string.
fn value_of(data: Data) -> Option<Value> {
    let json = data.clone().decode_json().ok();
    json.or_else(|| data.decode().ok().map(Value::String))
}

/// What a client said, as a member of the event holds it.
fn data_of(member: Value) -> Data {
    match member {
        Value::String(text) => Data::text(text),
        other => match bytes_of(other.clone()) {
            Some(bytes) => Data::bytes(bytes),
            None => Data::json(other.to_string()),
        },
    }
}
