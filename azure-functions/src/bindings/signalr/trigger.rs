//! What clients say, and when they come and go.

use std::collections::BTreeMap;

use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use super::{CONNECTION, HUB};
use crate::{
    BindError, Binding, Data, FromTrigger, IntoOutput, Property, Trigger,
    bindings::{
        json::to_reply,
        members::{Members, first},
    },
};

/// The binding of [`SignalRTrigger`].
#[derive(Debug)]
pub struct SignalRTriggerBinding;

impl Binding for SignalRTriggerBinding {
    const TYPE: &'static str = "signalRTrigger";
    const PROPERTIES: &'static [Property] = &[
        HUB,
        Property::string("category")
            .required()
            .one_of(&["connections", "messages"])
            .doc("Whether to hear of connections or of messages."),
        Property::string("event").required().doc(
            "For connections `connected` or `disconnected`; for messages the method that a client calls.",
        ),
        Property::strings("parameter_names").doc(
            "Names for the arguments, by which the `{…}` of other bindings find them.",
        ),
        CONNECTION,
    ];
}

/// The binding of [`SignalRReply`].
#[derive(Debug)]
pub struct SignalRReplyBinding;

impl Binding for SignalRReplyBinding {
    const TYPE: &'static str = "signalRTrigger";
    const ONLY_WITH: Option<&'static str> = Some("signalRTrigger");
    const RETURNED_TO_TRIGGER: bool = true;
}

/// A client that connected, disconnected, or called a method.
///
/// `T` is what the arguments are: a list of JSON values, or a tuple or struct that fits them all, such as `(String, u32)`. A
/// client that waits for an answer gets what the function returns as a [`SignalRReply`].
///
/// # Properties
///
/// | Name | Type | Default | Meaning |
/// |---|---|---|---|
/// | `hub_name` | string | required | The hub. |
/// | `category` | `connections` or `messages` | required | Whether to hear of connections or of messages. |
/// | `event` | string | required | For connections `connected` or `disconnected`; for messages the method that a client calls. |
/// | `parameter_names` | list | | Names for the arguments, by which the `{…}` of other bindings find them. |
/// | `connection_string_setting` | string | `AzureSignalRConnectionString` | The app setting, or the prefix of settings, that says how to reach the service. Formerly `connection`. |
///
/// # Example
///
/// ```
/// use azure_functions::{
///     bindings::{SignalRReply, SignalRTrigger},
///     func,
/// };
///
/// #[func]
/// fn add(
///     #[binding(hub_name = "calculator", category = "messages", event = "add")] call: SignalRTrigger<(i64, i64)>,
/// ) -> SignalRReply<i64> {
///     let (left, right) = call.arguments;
///     SignalRReply(left + right)
/// }
///
/// assert_eq!(add(SignalRTrigger::new((1, 2))), SignalRReply(3));
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct SignalRTrigger<T = Vec<Value>> {
    /// What the client called the method with; nothing when it connected or disconnected.
    pub arguments: T,
    /// Why the client disconnected, if that was an error.
    pub error: Option<String>,
    /// `Connections` or `Messages`.
    pub category: Option<String>,
    /// `connected`, `disconnected`, or the method.
    pub event: Option<String>,
    /// The hub.
    pub hub: Option<String>,
    /// The connection.
    pub connection_id: Option<String>,
    /// The user of the connection, if it has one.
    pub user_id: Option<String>,
    /// The headers of the service's request.
    pub headers: BTreeMap<String, Vec<String>>,
    /// The query of the client's request to connect.
    pub query: BTreeMap<String, Vec<String>>,
    /// What the client's token says.
    pub claims: BTreeMap<String, Vec<String>>,
}

impl<T> SignalRTrigger<T> {
    /// A call of which the host says nothing more, as a unit test needs it.
    pub fn new(arguments: T) -> Self {
        Self {
            arguments,
            error: None,
            category: None,
            event: None,
            hub: None,
            connection_id: None,
            user_id: None,
            headers: BTreeMap::new(),
            query: BTreeMap::new(),
            claims: BTreeMap::new(),
        }
    }

    /// The first header of this name, in any case.
    pub fn header(&self, name: &str) -> Option<&str> {
        first(&self.headers, name)
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

impl<T: DeserializeOwned + 'static> FromTrigger for SignalRTrigger<T> {
    type Binding = SignalRTriggerBinding;

    fn from_trigger(data: Data, _trigger: &Trigger) -> Result<Self, BindError> {
        let event = Members::of(data.decode_json()?);
        let mut event = event.ok_or_else(|| {
            BindError::new("expected an event of SignalR, but it is not a JSON object")
        })?;
        Ok(Self {
            arguments: arguments(event.take("Arguments"))?,
            error: event.text("Error"),
            category: event.text("Category"),
            event: event.text("Event"),
            hub: event.text("Hub"),
            connection_id: event.text("ConnectionId"),
            user_id: event.text("UserId"),
            headers: event.lists("Headers"),
            query: event.lists("Query"),
            claims: event.lists("Claims"),
        })
    }
}

/// The arguments, of which a connection has none.
fn arguments<T: DeserializeOwned + 'static>(arguments: Option<Value>) -> Result<T, BindError> {
    let decode = |json: String| Data::json(json).decode_json();
    match arguments {
        Some(Value::Array(list)) if !list.is_empty() => decode(Value::Array(list).to_string()),
        // A `Vec` is made of an empty list, and `()` or an `Option` of null.
        None | Some(Value::Array(_)) => {
            decode("[]".to_owned()).or_else(|error| decode("null".to_owned()).map_err(|_| error))
        }
        Some(other) => decode(other.to_string()),
    }
    .map_err(|error: BindError| BindError::new(format!("the arguments: {error}")))
}

/// What a client that calls a method gets back.
///
/// # Properties
///
/// None.
///
/// Only in a function whose trigger is `signalRTrigger`.
///
/// # Example
///
/// See [`SignalRTrigger`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct SignalRReply<T>(
    /// The result of the method.
    pub T,
);

impl<T: Serialize + 'static> IntoOutput for SignalRReply<T> {
    type Binding = SignalRReplyBinding;

    fn into_output(self) -> Result<Data, BindError> {
        to_reply(&self.0)
    }
}
