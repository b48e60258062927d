//! What a client needs to connect.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{CONNECTION, HUB};
use crate::{
    BindError, Binding, Data, FromInput, IntoOutput, Property,
    bindings::{HttpResponse, http::HttpBinding},
};

/// The binding of [`WebPubSubConnection`].
#[derive(Debug)]
pub struct WebPubSubConnectionBinding;

impl Binding for WebPubSubConnectionBinding {
    const TYPE: &'static str = "webPubSubConnection";
    const PROPERTIES: &'static [Property] = &[
        HUB,
        Property::string("user_id").doc("The id of the user; `{…}` expressions are replaced."),
        Property::string("client_protocol")
            .one_of(&["default", "mqtt"])
            .default("`default`")
            .doc("What the client speaks."),
        CONNECTION,
    ];
}

/// What a client needs to connect to Web PubSub.
///
/// It can be returned as it is from an HTTP function. The embedded host makes one up that opens no connection.
///
/// # Properties
///
/// **As an input**
///
/// | Name | Type | Default | Meaning |
/// |---|---|---|---|
/// | `hub` | string | required | The hub. |
/// | `user_id` | string | | The id of the user; `{…}` expressions are replaced. |
/// | `client_protocol` | `default` or `mqtt` | `default` | What the client speaks. |
/// | `connection` | string | `WebPubSubConnectionString` | The app setting, or the prefix of settings, that says how to reach the service. |
///
/// **As an output**
///
/// None.
///
/// Only in a function whose trigger is `httpTrigger`.
///
/// # Example
///
/// ```
/// use azure_functions::{
///     bindings::{HttpRequest, WebPubSubConnection},
///     func,
/// };
///
/// #[func]
/// fn negotiate(
///     _request: HttpRequest,
///     #[binding(hub = "chat", user_id = "{query.user}")] connection: WebPubSubConnection,
/// ) -> WebPubSubConnection {
///     connection
/// }
///
/// // A test makes the value itself.
/// let connection = WebPubSubConnection::new("wss://example.com/client/hubs/chat", "token");
/// assert_eq!(negotiate(HttpRequest::default(), connection.clone()), connection);
/// ```
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct WebPubSubConnection {
    /// Where to connect, without the token.
    pub base_url: String,
    /// Where to connect, with the token in the query. It is a secret of the client, and [`Debug`] leaves it out.
    pub url: String,
    /// The token that opens the connection. It is a secret of the client, and [`Debug`] leaves it out.
    pub access_token: String,
}

impl WebPubSubConnection {
    /// What a client needs to connect to `base_url`.
    pub fn new(base_url: impl Into<String>, access_token: impl Into<String>) -> Self {
        let (base_url, access_token) = (base_url.into(), access_token.into());
        Self {
            url: format!("{base_url}?access_token={access_token}"),
            base_url,
            access_token,
        }
    }
}

impl fmt::Debug for WebPubSubConnection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebPubSubConnection")
            .field("base_url", &self.base_url)
            .finish_non_exhaustive()
    }
}

impl FromInput for WebPubSubConnection {
    type Binding = WebPubSubConnectionBinding;

    fn from_input(data: Data) -> Result<Self, BindError> {
        data.decode()
    }
}

impl From<WebPubSubConnection> for HttpResponse {
    fn from(connection: WebPubSubConnection) -> Self {
        Self::json(&connection)
    }
}

impl IntoOutput for WebPubSubConnection {
    type Binding = HttpBinding;

    fn into_output(self) -> Result<Data, BindError> {
        HttpResponse::from(self).into_output()
    }
}
