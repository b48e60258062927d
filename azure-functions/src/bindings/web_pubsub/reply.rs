//! What a function answers to a client that connects or says something.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::WebPubSubData;
use crate::{BindError, Binding, Data, IntoOutput, bindings::json::to_data};

/// The binding of [`WebPubSubReply`].
#[derive(Debug)]
pub struct WebPubSubReplyBinding;

impl Binding for WebPubSubReplyBinding {
    const TYPE: &'static str = "webPubSubTrigger";
    const ONLY_WITH: Option<&'static str> = Some("webPubSubTrigger");
    const RETURNED_TO_TRIGGER: bool = true;
}

/// What a client gets that connects, or that said something: it is let in, told something, or refused.
///
/// The service waits for an answer to the event `connect` and to the events of users. A function that returns `None` has
/// nothing to say, and lets the client go on.
///
/// # Properties
///
/// None.
///
/// Only in a function whose trigger is `webPubSubTrigger`.
///
/// # Example
///
/// ```
/// use azure_functions::{
///     bindings::{WebPubSubErrorCode, WebPubSubReply, WebPubSubTrigger},
///     func,
/// };
///
/// #[func]
/// fn connect(
///     #[binding(hub = "chat", event_type = "system", event_name = "connect")] request: WebPubSubTrigger,
/// ) -> WebPubSubReply {
///     match request.query_param("user") {
///         Some(user) => WebPubSubReply::accept().with_user(user).with_group("members"),
///         None => WebPubSubReply::error(WebPubSubErrorCode::Unauthorized, "who are you?"),
///     }
/// }
///
/// let refused = connect(WebPubSubTrigger::default());
/// assert_eq!(refused, WebPubSubReply::error(WebPubSubErrorCode::Unauthorized, "who are you?"));
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged, rename_all_fields = "camelCase")]
pub enum WebPubSubReply {
    /// Refuses the client, and closes its connection.
    Error {
        /// Why, in one word.
        code: WebPubSubErrorCode,
        /// Why, in words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        error_message: Option<String>,
    },
    /// Says something to the client.
    Message {
        /// What.
        #[serde(flatten)]
        data: WebPubSubData,
        /// What to remember of the connection, and send with its next events.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        states: BTreeMap<String, Value>,
    },
    /// Lets a client in.
    Connect {
        /// The user that the connection belongs to.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        user_id: Option<String>,
        /// The groups that the connection joins.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        groups: Vec<String>,
        /// Which of the protocols that the client offers is spoken.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        subprotocol: Option<String>,
        /// What the client may do.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        roles: Vec<String>,
        /// What to remember of the connection, and send with its next events.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        states: BTreeMap<String, Value>,
    },
}

/// Why a client is refused, in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum WebPubSubErrorCode {
    /// The client is not known, or must not do this.
    Unauthorized,
    /// The client made a mistake.
    UserError,
    /// The app made a mistake.
    ServerError,
}

impl WebPubSubReply {
    /// Lets a client in.
    pub fn accept() -> Self {
        Self::Connect {
            user_id: None,
            groups: Vec::new(),
            subprotocol: None,
            roles: Vec::new(),
            states: BTreeMap::new(),
        }
    }

    /// Says something to the client.
    pub fn message(data: impl Into<WebPubSubData>) -> Self {
        Self::Message {
            data: data.into(),
            states: BTreeMap::new(),
        }
    }

    /// Refuses the client.
    pub fn error(code: WebPubSubErrorCode, message: impl Into<String>) -> Self {
        Self::Error {
            code,
            error_message: Some(message.into()),
        }
    }

    /// Says which user a client is that is let in; another reply stays as it is.
    #[must_use]
    pub fn with_user(mut self, user: impl Into<String>) -> Self {
        if let Self::Connect { user_id, .. } = &mut self {
            *user_id = Some(user.into());
        }
        self
    }

    /// Has a client that is let in join a group; another reply stays as it is.
    #[must_use]
    pub fn with_group(mut self, group: impl Into<String>) -> Self {
        if let Self::Connect { groups, .. } = &mut self {
            groups.push(group.into());
        }
        self
    }

    /// Chooses the protocol of a client that is let in; another reply stays as it is.
    #[must_use]
    pub fn with_subprotocol(mut self, protocol: impl Into<String>) -> Self {
        if let Self::Connect { subprotocol, .. } = &mut self {
            *subprotocol = Some(protocol.into());
        }
        self
    }

    /// Lets a client that is let in do something, such as `webpubsub.sendToGroup`; another reply stays as it is.
    #[must_use]
    pub fn with_role(mut self, role: impl Into<String>) -> Self {
        if let Self::Connect { roles, .. } = &mut self {
            roles.push(role.into());
        }
        self
    }

    /// Remembers something of the connection, and sends it with the next events; an error stays as it is.
    #[must_use]
    pub fn with_state(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        if let Self::Connect { states, .. } | Self::Message { states, .. } = &mut self {
            states.insert(name.into(), value.into());
        }
        self
    }
}

impl IntoOutput for WebPubSubReply {
    type Binding = WebPubSubReplyBinding;

    fn into_output(self) -> Result<Data, BindError> {
        // The extension tells the replies apart by their members, and so takes an object only.
        to_data(&self)
    }
}
