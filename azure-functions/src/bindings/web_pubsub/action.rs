//! What Web PubSub is to do.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{CONNECTION, HUB, WebPubSubData};
use crate::{
    BindError, Binding, Data, IntoElement, IntoOutput, Property,
    bindings::json::{to_data, to_element},
};

/// The binding of [`WebPubSubAction`].
#[derive(Debug)]
pub struct WebPubSubBinding;

impl Binding for WebPubSubBinding {
    const TYPE: &'static str = "webPubSub";
    const PROPERTIES: &'static [Property] = &[HUB, CONNECTION];
}

/// What Web PubSub is to do: send a message, change a group, close connections, or change what a connection may do.
///
/// # Properties
///
/// | Name | Type | Default | Meaning |
/// |---|---|---|---|
/// | `hub` | string | required | The hub. |
/// | `connection` | string | `WebPubSubConnectionString` | The app setting, or the prefix of settings, that says how to reach the service. |
///
/// # Example
///
/// ```
/// use azure_functions::{
///     bindings::{QueueTrigger, WebPubSubAction},
///     func,
/// };
///
/// #[func]
/// #[binding(name = "$return", hub = "chat")]
/// fn welcome(#[binding(queue_name = "members")] user: QueueTrigger) -> Vec<WebPubSubAction> {
///     vec![
///         WebPubSubAction::add_user_to_group(&user.message, "members"),
///         WebPubSubAction::send_to_group("members", format!("{} is here", user.message)),
///     ]
/// }
///
/// assert_eq!(welcome(QueueTrigger::new("ann".to_owned())).len(), 2);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    tag = "actionName",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
#[non_exhaustive]
pub enum WebPubSubAction {
    /// Sends a message to all connections.
    SendToAll {
        /// The message.
        #[serde(flatten)]
        data: WebPubSubData,
        /// The connections that do not get it.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        excluded: Vec<String>,
        /// Which connections get it, as an `OData` filter.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        filter: Option<String>,
    },
    /// Sends a message to a group.
    SendToGroup {
        /// The group.
        group: String,
        /// The message.
        #[serde(flatten)]
        data: WebPubSubData,
        /// The connections that do not get it.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        excluded: Vec<String>,
        /// Which connections get it, as an `OData` filter.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        filter: Option<String>,
    },
    /// Sends a message to a user.
    SendToUser {
        /// The user.
        user_id: String,
        /// The message.
        #[serde(flatten)]
        data: WebPubSubData,
        /// Which connections get it, as an `OData` filter.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        filter: Option<String>,
    },
    /// Sends a message to a connection.
    SendToConnection {
        /// The connection.
        connection_id: String,
        /// The message.
        #[serde(flatten)]
        data: WebPubSubData,
    },
    /// Lets a user join a group.
    AddUserToGroup {
        /// The user.
        user_id: String,
        /// The group.
        group: String,
    },
    /// Lets a user leave a group.
    RemoveUserFromGroup {
        /// The user.
        user_id: String,
        /// The group.
        group: String,
    },
    /// Lets a user leave all groups.
    RemoveUserFromAllGroups {
        /// The user.
        user_id: String,
    },
    /// Lets a connection join a group.
    AddConnectionToGroup {
        /// The connection.
        connection_id: String,
        /// The group.
        group: String,
    },
    /// Lets a connection leave a group.
    RemoveConnectionFromGroup {
        /// The connection.
        connection_id: String,
        /// The group.
        group: String,
    },
    /// Closes all connections.
    CloseAllConnections {
        /// The connections that stay.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        excluded: Vec<String>,
        /// What the clients are told.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    /// Closes a connection.
    CloseClientConnection {
        /// The connection.
        connection_id: String,
        /// What the client is told.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    /// Closes the connections of a group.
    CloseGroupConnections {
        /// The group.
        group: String,
        /// The connections that stay.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        excluded: Vec<String>,
        /// What the clients are told.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    /// Lets a connection do something.
    GrantPermission {
        /// The connection.
        connection_id: String,
        /// What it may do.
        permission: WebPubSubPermission,
        /// With which group.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        target_name: Option<String>,
    },
    /// Lets a connection do something no longer.
    RevokePermission {
        /// The connection.
        connection_id: String,
        /// What it may not do.
        permission: WebPubSubPermission,
        /// With which group.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        target_name: Option<String>,
    },
}

/// What a connection may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum WebPubSubPermission {
    /// Send messages to a group.
    SendToGroup,
    /// Join and leave a group.
    JoinLeaveGroup,
}

impl WebPubSubAction {
    /// Sends a message to all connections.
    pub fn send_to_all(data: impl Into<WebPubSubData>) -> Self {
        Self::SendToAll {
            data: data.into(),
            excluded: Vec::new(),
            filter: None,
        }
    }

    /// Sends a message to a group.
    pub fn send_to_group(group: impl Into<String>, data: impl Into<WebPubSubData>) -> Self {
        Self::SendToGroup {
            group: group.into(),
            data: data.into(),
            excluded: Vec::new(),
            filter: None,
        }
    }

    /// Sends a message to a user.
    pub fn send_to_user(user_id: impl Into<String>, data: impl Into<WebPubSubData>) -> Self {
        Self::SendToUser {
            user_id: user_id.into(),
            data: data.into(),
            filter: None,
        }
    }

    /// Sends a message to a connection.
    pub fn send_to_connection(
        connection_id: impl Into<String>,
        data: impl Into<WebPubSubData>,
    ) -> Self {
        Self::SendToConnection {
            connection_id: connection_id.into(),
            data: data.into(),
        }
    }

    /// Lets a user join a group.
    pub fn add_user_to_group(user_id: impl Into<String>, group: impl Into<String>) -> Self {
        Self::AddUserToGroup {
            user_id: user_id.into(),
            group: group.into(),
        }
    }

    /// Lets a user leave a group.
    pub fn remove_user_from_group(user_id: impl Into<String>, group: impl Into<String>) -> Self {
        Self::RemoveUserFromGroup {
            user_id: user_id.into(),
            group: group.into(),
        }
    }

    /// Lets a user leave all groups.
    pub fn remove_user_from_all_groups(user_id: impl Into<String>) -> Self {
        Self::RemoveUserFromAllGroups {
            user_id: user_id.into(),
        }
    }

    /// Lets a connection join a group.
    pub fn add_connection_to_group(
        connection_id: impl Into<String>,
        group: impl Into<String>,
    ) -> Self {
        Self::AddConnectionToGroup {
            connection_id: connection_id.into(),
            group: group.into(),
        }
    }

    /// Lets a connection leave a group.
    pub fn remove_connection_from_group(
        connection_id: impl Into<String>,
        group: impl Into<String>,
    ) -> Self {
        Self::RemoveConnectionFromGroup {
            connection_id: connection_id.into(),
            group: group.into(),
        }
    }

    /// Closes all connections.
    pub fn close_all_connections() -> Self {
        Self::CloseAllConnections {
            excluded: Vec::new(),
            reason: None,
        }
    }

    /// Closes a connection.
    pub fn close_client_connection(connection_id: impl Into<String>) -> Self {
        Self::CloseClientConnection {
            connection_id: connection_id.into(),
            reason: None,
        }
    }

    /// Closes the connections of a group.
    pub fn close_group_connections(group: impl Into<String>) -> Self {
        Self::CloseGroupConnections {
            group: group.into(),
            excluded: Vec::new(),
            reason: None,
        }
    }

    /// Lets a connection do something with all groups, or with [one](Self::with_group).
    pub fn grant_permission(
        connection_id: impl Into<String>,
        permission: WebPubSubPermission,
    ) -> Self {
        Self::GrantPermission {
            connection_id: connection_id.into(),
            permission,
            target_name: None,
        }
    }

    /// Lets a connection do something no longer, with all groups or with [one](Self::with_group).
    pub fn revoke_permission(
        connection_id: impl Into<String>,
        permission: WebPubSubPermission,
    ) -> Self {
        Self::RevokePermission {
            connection_id: connection_id.into(),
            permission,
            target_name: None,
        }
    }

    /// Leaves connections out, of an action on all of them or on a group; other actions stay as they are.
    #[must_use]
    pub fn excluding<T: Into<String>>(mut self, connections: impl IntoIterator<Item = T>) -> Self {
        if let Self::SendToAll { excluded, .. }
        | Self::SendToGroup { excluded, .. }
        | Self::CloseAllConnections { excluded, .. }
        | Self::CloseGroupConnections { excluded, .. } = &mut self
        {
            excluded.extend(connections.into_iter().map(Into::into));
        }
        self
    }

    /// Sends a message only to those of its connections that fit an `OData` filter; other actions, and a message to a single
    /// connection, stay as they are.
    #[must_use]
    pub fn with_filter(mut self, text: impl Into<String>) -> Self {
        if let Self::SendToAll { filter, .. }
        | Self::SendToGroup { filter, .. }
        | Self::SendToUser { filter, .. } = &mut self
        {
            *filter = Some(text.into());
        }
        self
    }

    /// Tells the clients why their connections are closed; other actions stay as they are.
    #[must_use]
    pub fn with_reason(mut self, text: impl Into<String>) -> Self {
        if let Self::CloseAllConnections { reason, .. }
        | Self::CloseClientConnection { reason, .. }
        | Self::CloseGroupConnections { reason, .. } = &mut self
        {
            *reason = Some(text.into());
        }
        self
    }

    /// Grants or revokes a permission for one group only; other actions stay as they are.
    #[must_use]
    pub fn with_group(mut self, group: impl Into<String>) -> Self {
        if let Self::GrantPermission { target_name, .. }
        | Self::RevokePermission { target_name, .. } = &mut self
        {
            *target_name = Some(group.into());
        }
        self
    }
}

impl IntoOutput for WebPubSubAction {
    type Binding = WebPubSubBinding;

    fn into_output(self) -> Result<Data, BindError> {
        to_data(&self)
    }
}

impl IntoElement for WebPubSubAction {
    fn into_element(self) -> Result<Value, BindError> {
        to_element(&self)
    }
}
