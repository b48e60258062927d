//! What a client needs to connect, and the endpoints of the service.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{CONNECTION, HUB};
use crate::{
    BindError, Binding, Data, FromInput, IntoOutput, Property,
    bindings::{HttpResponse, http::HttpBinding},
};

const USER_ID: Property =
    Property::string("user_id").doc("The id of the user; `{…}` expressions are replaced.");
const ID_TOKEN: Property = Property::string("id_token")
    .doc("A token of which claims are taken, for instance `{headers.Authorization}`.");
const CLAIMS: Property =
    Property::strings("claim_type_list").doc("The claims of `id_token` to take.");

/// The binding of [`SignalRConnectionInfo`].
#[derive(Debug)]
pub struct SignalRConnectionInfoBinding;

impl Binding for SignalRConnectionInfoBinding {
    const TYPE: &'static str = "signalRConnectionInfo";
    const PROPERTIES: &'static [Property] = &[HUB, USER_ID, ID_TOKEN, CLAIMS, CONNECTION];
}

/// The binding of [`SignalRNegotiation`].
#[derive(Debug)]
pub struct SignalRNegotiationBinding;

impl Binding for SignalRNegotiationBinding {
    const TYPE: &'static str = "signalRNegotiation";
    const PROPERTIES: &'static [Property] = &[HUB, USER_ID, ID_TOKEN, CLAIMS, CONNECTION];
}

/// The binding of [`SignalREndpoints`].
#[derive(Debug)]
pub struct SignalREndpointsBinding;

impl Binding for SignalREndpointsBinding {
    const TYPE: &'static str = "signalREndpoints";
    const PROPERTIES: &'static [Property] = &[HUB, CONNECTION];
}

/// What a client needs to connect to SignalR Service: the answer to its `negotiate` request.
///
/// It can be returned as it is from an HTTP function. The embedded host makes one up that opens no connection.
///
/// # Properties
///
/// **As an input**
///
/// | Name | Type | Default | Meaning |
/// |---|---|---|---|
/// | `hub_name` | string | required | The hub. |
/// | `user_id` | string | | The id of the user; `{…}` expressions are replaced. |
/// | `id_token` | string | | A token of which claims are taken, for instance `{headers.Authorization}`. |
/// | `claim_type_list` | list | | The claims of `id_token` to take. |
/// | `connection_string_setting` | string | `AzureSignalRConnectionString` | The app setting, or the prefix of settings, that says how to reach the service. Formerly `connection`. |
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
///     bindings::{HttpRequest, SignalRConnectionInfo},
///     func,
/// };
///
/// #[func]
/// fn negotiate(
///     _request: HttpRequest,
///     #[binding(hub_name = "chat", user_id = "{headers.x-ms-client-principal-id}")] info: SignalRConnectionInfo,
/// ) -> SignalRConnectionInfo {
///     info
/// }
///
/// // A test makes the value itself.
/// let info = SignalRConnectionInfo::new("https://example.com/client/?hub=chat", "token");
/// assert_eq!(negotiate(HttpRequest::default(), info.clone()), info);
/// ```
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct SignalRConnectionInfo {
    /// Where to connect.
    pub url: String,
    /// The token that opens the connection. It is a secret of the client, and [`Debug`] leaves it out.
    pub access_token: String,
}

impl SignalRConnectionInfo {
    /// What a client needs to connect to `url`.
    pub fn new(url: impl Into<String>, access_token: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            access_token: access_token.into(),
        }
    }
}

impl fmt::Debug for SignalRConnectionInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignalRConnectionInfo")
            .field("url", &self.url)
            .finish_non_exhaustive()
    }
}

impl FromInput for SignalRConnectionInfo {
    type Binding = SignalRConnectionInfoBinding;

    fn from_input(data: Data) -> Result<Self, BindError> {
        data.decode()
    }
}

/// What a client needs to connect to each of several SignalR Services, of which an app chooses one.
///
/// # Properties
///
/// **As an input**
///
/// | Name | Type | Default | Meaning |
/// |---|---|---|---|
/// | `hub_name` | string | required | The hub. |
/// | `user_id` | string | | The id of the user; `{…}` expressions are replaced. |
/// | `id_token` | string | | A token of which claims are taken, for instance `{headers.Authorization}`. |
/// | `claim_type_list` | list | | The claims of `id_token` to take. |
/// | `connection_string_setting` | string | `AzureSignalRConnectionString` | The app setting, or the prefix of settings, that says how to reach the service. Formerly `connection`. |
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
///     bindings::{HttpRequest, HttpResponse, SignalRNegotiation},
///     func,
///     http::StatusCode,
/// };
///
/// #[func]
/// fn negotiate(
///     _request: HttpRequest,
///     #[binding(hub_name = "chat")] negotiation: SignalRNegotiation,
/// ) -> HttpResponse {
///     let mut endpoints = negotiation.endpoints.into_iter();
///     match endpoints.find(|endpoint| endpoint.endpoint.online) {
///         Some(endpoint) => endpoint.connection_info.into(),
///         None => StatusCode::SERVICE_UNAVAILABLE.into(),
///     }
/// }
///
/// let response = negotiate(HttpRequest::default(), SignalRNegotiation::new(Vec::new()));
/// assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SignalRNegotiation {
    /// The services, with what a client needs for each.
    pub endpoints: Vec<SignalRNegotiationEndpoint>,
}

impl SignalRNegotiation {
    /// The choice among these.
    pub fn new(endpoints: Vec<SignalRNegotiationEndpoint>) -> Self {
        Self { endpoints }
    }
}

impl FromInput for SignalRNegotiation {
    type Binding = SignalRNegotiationBinding;

    fn from_input(data: Data) -> Result<Self, BindError> {
        data.decode()
    }
}

/// One of several SignalR Services, with what a client needs to connect to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct SignalRNegotiationEndpoint {
    /// The service.
    #[serde(flatten)]
    pub endpoint: SignalREndpoint,
    /// What a client needs.
    pub connection_info: SignalRConnectionInfo,
}

impl SignalRNegotiationEndpoint {
    /// A service, and what a client needs to connect to it.
    pub fn new(endpoint: SignalREndpoint, connection_info: SignalRConnectionInfo) -> Self {
        Self {
            endpoint,
            connection_info,
        }
    }
}

/// The SignalR Services of the app.
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
///     bindings::{SignalREndpoint, SignalREndpoints, SignalRMessage, TimerInfo},
///     func,
/// };
///
/// #[func]
/// #[binding(name = "$return", hub_name = "chat")]
/// fn greet(
///     #[binding(schedule = "0 * * * * *")] _timer: TimerInfo,
///     #[binding(hub_name = "chat")] services: SignalREndpoints,
/// ) -> SignalRMessage {
///     let online = services.endpoints.into_iter().filter(|endpoint| endpoint.online);
///     SignalRMessage::new("greeting", ["hi"]).through(online)
/// }
///
/// let services = SignalREndpoints::new(vec![SignalREndpoint::new("https://example.com")]);
/// assert_eq!(greet(TimerInfo::default(), services).endpoints.len(), 1);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
#[non_exhaustive]
pub struct SignalREndpoints {
    /// The services.
    pub endpoints: Vec<SignalREndpoint>,
}

impl SignalREndpoints {
    /// These services.
    pub fn new(endpoints: Vec<SignalREndpoint>) -> Self {
        Self { endpoints }
    }
}

impl FromInput for SignalREndpoints {
    type Binding = SignalREndpointsBinding;

    fn from_input(data: Data) -> Result<Self, BindError> {
        data.decode()
    }
}

/// A SignalR Service.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct SignalREndpoint {
    /// What it is for, such as `Primary`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint_type: Option<String>,
    /// Its name among the services of the app.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its address.
    pub endpoint: String,
    /// Whether it can be reached.
    #[serde(default)]
    pub online: bool,
}

impl SignalREndpoint {
    /// A service at this address, online, of which nothing more is known.
    pub fn new(endpoint: impl Into<String>) -> Self {
        Self {
            endpoint: endpoint.into(),
            online: true,
            ..Self::default()
        }
    }
}

impl From<SignalRConnectionInfo> for HttpResponse {
    fn from(info: SignalRConnectionInfo) -> Self {
        Self::json(&info)
    }
}

impl IntoOutput for SignalRConnectionInfo {
    type Binding = HttpBinding;

    fn into_output(self) -> Result<Data, BindError> {
        HttpResponse::from(self).into_output()
    }
}

impl From<SignalRNegotiation> for HttpResponse {
    fn from(negotiation: SignalRNegotiation) -> Self {
        Self::json(&negotiation)
    }
}

impl IntoOutput for SignalRNegotiation {
    type Binding = HttpBinding;

    fn into_output(self) -> Result<Data, BindError> {
        HttpResponse::from(self).into_output()
    }
}
