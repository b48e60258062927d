//! What is sent to clients, and who belongs to a group.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{CONNECTION, HUB, SignalREndpoint};
use crate::{
    BindError, Binding, Data, IntoElement, IntoOutput, Property,
    bindings::json::{to_data, to_element},
};

/// The binding of [`SignalRMessage`], [`SignalRGroupAction`] and [`SignalROutput`].
#[derive(Debug)]
pub struct SignalRBinding;

impl Binding for SignalRBinding {
    const TYPE: &'static str = "signalR";
    const PROPERTIES: &'static [Property] = &[HUB, CONNECTION];
}

/// A message to clients: the name of one of their methods, and the arguments to call it with.
///
/// # Properties
///
/// | Name | Type | Default | Meaning |
/// |---|---|---|---|
/// | `hub_name` | string | required | The hub. |
/// | `connection_string_setting` | string | `AzureSignalRConnectionString` | The app setting, or the prefix of settings, that says how to reach the service. Formerly `connection`. |
///
/// # Example
///
/// ```
/// use azure_functions::{
///     bindings::{QueueTrigger, SignalRMessage},
///     func,
/// };
///
/// #[func]
/// #[binding(name = "$return", hub_name = "chat")]
/// fn tell(#[binding(queue_name = "news")] news: QueueTrigger) -> Vec<SignalRMessage> {
///     vec![
///         SignalRMessage::new("newMessage", [news.message.as_str()]),
///         SignalRMessage::new("log", ["told everybody"]).to_user("admin"),
///     ]
/// }
///
/// let messages = tell(QueueTrigger::new("hi".to_owned()));
/// assert_eq!(messages[0].arguments, ["hi"]);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SignalRMessage {
    /// The method to call.
    pub target: String,
    /// Its arguments.
    #[serde(default)]
    pub arguments: Vec<Value>,
    /// Who gets it; everybody who is connected if it is `None`.
    #[serde(flatten)]
    pub recipient: Option<SignalRRecipient>,
    /// The services that send it; all if there are none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub endpoints: Vec<SignalREndpoint>,
}

/// Who gets a [`SignalRMessage`].
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum SignalRRecipient {
    /// All connections of a user.
    #[serde(rename = "userId")]
    User(String),
    /// The members of a group.
    #[serde(rename = "groupName")]
    Group(String),
    /// A single connection.
    #[serde(rename = "connectionId")]
    Connection(String),
}

impl SignalRMessage {
    /// A message to everybody that calls `target` with these arguments.
    pub fn new<A: Into<Value>>(
        target: impl Into<String>,
        arguments: impl IntoIterator<Item = A>,
    ) -> Self {
        Self {
            target: target.into(),
            arguments: arguments.into_iter().map(Into::into).collect(),
            recipient: None,
            endpoints: Vec::new(),
        }
    }

    /// Sends it to a user only.
    #[must_use]
    pub fn to_user(self, user_id: impl Into<String>) -> Self {
        self.to(SignalRRecipient::User(user_id.into()))
    }

    /// Sends it to a group only.
    #[must_use]
    pub fn to_group(self, group_name: impl Into<String>) -> Self {
        self.to(SignalRRecipient::Group(group_name.into()))
    }

    /// Sends it to a connection only.
    #[must_use]
    pub fn to_connection(self, connection_id: impl Into<String>) -> Self {
        self.to(SignalRRecipient::Connection(connection_id.into()))
    }

    /// Sends it through these services only.
    #[must_use]
    pub fn through(mut self, endpoints: impl IntoIterator<Item = SignalREndpoint>) -> Self {
        self.endpoints.extend(endpoints);
        self
    }

    fn to(mut self, recipient: SignalRRecipient) -> Self {
        self.recipient = Some(recipient);
        self
    }
}

/// A change of who belongs to a group.
///
/// # Properties
///
/// | Name | Type | Default | Meaning |
/// |---|---|---|---|
/// | `hub_name` | string | required | The hub. |
/// | `connection_string_setting` | string | `AzureSignalRConnectionString` | The app setting, or the prefix of settings, that says how to reach the service. Formerly `connection`. |
///
/// # Example
///
/// ```
/// use azure_functions::{
///     bindings::{HttpRequest, SignalRGroupAction},
///     func,
/// };
///
/// #[func]
/// #[binding(name = "output1", hub_name = "chat")]
/// fn join(
///     #[binding(route = "join/{user}/{group}")] request: HttpRequest,
/// ) -> (String, Option<SignalRGroupAction>) {
///     match (request.route_param("user"), request.route_param("group")) {
///         (Some(user), Some(group)) => ("joined".to_owned(), Some(SignalRGroupAction::add_user(user, group))),
///         _ => ("who, and where?".to_owned(), None),
///     }
/// }
///
/// let request = HttpRequest::get("/api/join/ann/rust");
/// let request = request.with_route_param("user", "ann").with_route_param("group", "rust");
/// assert_eq!(join(request).1, Some(SignalRGroupAction::add_user("ann", "rust")));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct SignalRGroupAction {
    /// What to do.
    pub action: GroupAction,
    /// The group; none if the member is to leave all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group_name: Option<String>,
    /// Who joins or leaves.
    #[serde(flatten)]
    pub member: SignalRGroupMember,
    /// The services that do it; all if there are none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub endpoints: Vec<SignalREndpoint>,
}

/// What to do with a member of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum GroupAction {
    /// Let it join.
    Add,
    /// Let it leave.
    Remove,
    /// Let it leave all groups.
    RemoveAll,
}

/// A member of a group.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum SignalRGroupMember {
    /// All connections of a user.
    #[serde(rename = "userId")]
    User(String),
    /// A single connection.
    #[serde(rename = "connectionId")]
    Connection(String),
}

impl SignalRGroupAction {
    /// Lets a user join a group.
    pub fn add_user(user_id: impl Into<String>, group_name: impl Into<String>) -> Self {
        let user = SignalRGroupMember::User(user_id.into());
        Self::new(GroupAction::Add, Some(group_name.into()), user)
    }

    /// Lets a user leave a group.
    pub fn remove_user(user_id: impl Into<String>, group_name: impl Into<String>) -> Self {
        let user = SignalRGroupMember::User(user_id.into());
        Self::new(GroupAction::Remove, Some(group_name.into()), user)
    }

    /// Lets a user leave all groups.
    pub fn remove_user_from_all(user_id: impl Into<String>) -> Self {
        let user = SignalRGroupMember::User(user_id.into());
        Self::new(GroupAction::RemoveAll, None, user)
    }

    /// Lets a connection join a group.
    pub fn add_connection(connection_id: impl Into<String>, group_name: impl Into<String>) -> Self {
        let connection = SignalRGroupMember::Connection(connection_id.into());
        Self::new(GroupAction::Add, Some(group_name.into()), connection)
    }

    /// Lets a connection leave a group.
    pub fn remove_connection(
        connection_id: impl Into<String>,
        group_name: impl Into<String>,
    ) -> Self {
        let connection = SignalRGroupMember::Connection(connection_id.into());
        Self::new(GroupAction::Remove, Some(group_name.into()), connection)
    }

    /// Lets a connection leave all groups.
    pub fn remove_connection_from_all(connection_id: impl Into<String>) -> Self {
        let connection = SignalRGroupMember::Connection(connection_id.into());
        Self::new(GroupAction::RemoveAll, None, connection)
    }

    /// Does it through these services only.
    #[must_use]
    pub fn through(mut self, endpoints: impl IntoIterator<Item = SignalREndpoint>) -> Self {
        self.endpoints.extend(endpoints);
        self
    }

    fn new(action: GroupAction, group_name: Option<String>, member: SignalRGroupMember) -> Self {
        Self {
            action,
            group_name,
            member,
            endpoints: Vec::new(),
        }
    }
}

/// A message or a change of a group, for a function that sends both.
///
/// # Properties
///
/// | Name | Type | Default | Meaning |
/// |---|---|---|---|
/// | `hub_name` | string | required | The hub. |
/// | `connection_string_setting` | string | `AzureSignalRConnectionString` | The app setting, or the prefix of settings, that says how to reach the service. Formerly `connection`. |
///
/// # Example
///
/// ```
/// use azure_functions::{
///     bindings::{QueueTrigger, SignalRGroupAction, SignalRMessage, SignalROutput},
///     func,
/// };
///
/// #[func]
/// #[binding(name = "$return", hub_name = "chat")]
/// fn welcome(#[binding(queue_name = "members")] user: QueueTrigger) -> Vec<SignalROutput> {
///     vec![
///         SignalRGroupAction::add_user(&user.message, "members").into(),
///         SignalRMessage::new("joined", [user.message]).to_group("members").into(),
///     ]
/// }
///
/// assert_eq!(welcome(QueueTrigger::new("ann".to_owned())).len(), 2);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
#[non_exhaustive]
pub enum SignalROutput {
    /// A change of a group.
    GroupAction(SignalRGroupAction),
    /// A message.
    Message(SignalRMessage),
}

impl From<SignalRMessage> for SignalROutput {
    fn from(message: SignalRMessage) -> Self {
        Self::Message(message)
    }
}

impl From<SignalRGroupAction> for SignalROutput {
    fn from(action: SignalRGroupAction) -> Self {
        Self::GroupAction(action)
    }
}

impl IntoOutput for SignalRMessage {
    type Binding = SignalRBinding;

    fn into_output(self) -> Result<Data, BindError> {
        to_data(&self)
    }
}

impl IntoElement for SignalRMessage {
    fn into_element(self) -> Result<Value, BindError> {
        to_element(&self)
    }
}

impl IntoOutput for SignalRGroupAction {
    type Binding = SignalRBinding;

    fn into_output(self) -> Result<Data, BindError> {
        to_data(&self)
    }
}

impl IntoElement for SignalRGroupAction {
    fn into_element(self) -> Result<Value, BindError> {
        to_element(&self)
    }
}

impl IntoOutput for SignalROutput {
    type Binding = SignalRBinding;

    fn into_output(self) -> Result<Data, BindError> {
        to_data(&self)
    }
}

impl IntoElement for SignalROutput {
    fn into_element(self) -> Result<Value, BindError> {
        to_element(&self)
    }
}
