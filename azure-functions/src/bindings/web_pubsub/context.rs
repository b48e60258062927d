//! A request of the service to an HTTP function.

use std::collections::BTreeMap;

use http::StatusCode;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{CONNECTIONS, WebPubSubTrigger};
use crate::{
    BindError, Binding, Data, FromInput, Property,
    bindings::{HttpResponse, members::Members},
};

/// The binding of [`WebPubSubContext`].
#[derive(Debug)]
pub struct WebPubSubContextBinding;

impl Binding for WebPubSubContextBinding {
    const TYPE: &'static str = "webPubSubContext";
    const PROPERTIES: &'static [Property] = &[CONNECTIONS];
}

/// What a request of the service to an HTTP function means, and what to answer if it is not for the function to answer.
///
/// # Properties
///
/// | Name | Type | Default | Meaning |
/// |---|---|---|---|
/// | `connections` | list | `WebPubSubConnectionString` | The app settings that say how to reach the services whose requests are taken. |
///
/// # Example
///
/// ```
/// use azure_functions::{
///     bindings::{HttpRequest, HttpResponse, WebPubSubContext},
///     func,
/// };
///
/// #[func]
/// fn hear(_request: HttpRequest, context: WebPubSubContext) -> HttpResponse {
///     // The service asks whether it may send events here, or the request is not the service's.
///     if context.is_preflight || context.has_error {
///         return context.response.into();
///     }
///     format!("{:?}", context.request.and_then(|request| request.data)).into()
/// }
///
/// let response = hear(HttpRequest::default(), WebPubSubContext::default());
/// assert_eq!(response.body(), "None");
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct WebPubSubContext<T = String> {
    /// The event, if the request is one.
    pub request: Option<WebPubSubTrigger<T>>,
    /// What to answer if the function has nothing to add.
    pub response: WebPubSubResponse,
    /// What is wrong with the request.
    pub error_message: Option<String>,
    /// Whether something is wrong with the request.
    pub has_error: bool,
    /// Whether the service asks if it may send events here.
    pub is_preflight: bool,
}

/// A response that the extension made.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct WebPubSubResponse {
    /// The status.
    pub status: u16,
    /// The body.
    pub body: Option<String>,
    /// The headers.
    pub headers: BTreeMap<String, Vec<String>>,
}

impl<T> Default for WebPubSubContext<T> {
    fn default() -> Self {
        Self {
            request: None,
            response: WebPubSubResponse::default(),
            error_message: None,
            has_error: false,
            is_preflight: false,
        }
    }
}

impl Default for WebPubSubResponse {
    fn default() -> Self {
        Self {
            status: StatusCode::OK.as_u16(),
            body: None,
            headers: BTreeMap::new(),
        }
    }
}

impl<T: DeserializeOwned + 'static> FromInput for WebPubSubContext<T> {
    type Binding = WebPubSubContextBinding;

    fn from_input(data: Data) -> Result<Self, BindError> {
        let context = Members::of(data.decode_json()?);
        let mut context = context.ok_or_else(|| {
            BindError::new("expected a request of Web PubSub, but it is not a JSON object")
        })?;
        let request = context.take("request").and_then(Members::of);
        let response = context.take("response").and_then(Members::of);
        Ok(Self {
            request: request
                .map(|request| WebPubSubTrigger::read(request, None))
                .transpose()?,
            response: response.map(WebPubSubResponse::read).unwrap_or_default(),
            error_message: context.text("errorMessage"),
            has_error: context.flag("hasError").unwrap_or_default(),
            is_preflight: context.flag("isPreflight").unwrap_or_default(),
        })
    }
}

impl WebPubSubResponse {
    fn read(mut response: Members) -> Self {
        let default = Self::default();
        Self {
            status: response.number("status").unwrap_or(default.status),
            body: response.take("body").map(|body| match body {
                Value::String(text) => text,
                json => json.to_string(),
            }),
            headers: response.lists("headers"),
        }
    }
}

impl From<WebPubSubResponse> for HttpResponse {
    fn from(response: WebPubSubResponse) -> Self {
        let mut builder = Self::builder().status(response.status);
        for (name, values) in response.headers {
            for value in values {
                builder = builder.header(name.as_str(), value.as_str());
            }
        }
        match response.body {
            Some(body) => builder.body(body).finish(),
            None => builder.finish(),
        }
    }
}
