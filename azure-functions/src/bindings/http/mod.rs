//! HTTP: start a function from a request, and answer it.

pub(crate) mod arrived;
mod body;
mod cookies;
mod event;
mod identity;
mod params;
pub(crate) mod request;
mod response;
pub(crate) mod stream;

use std::str::Utf8Error;

use bytes::Bytes;
use serde::{Serialize, de::DeserializeOwned};

#[cfg(feature = "tower")]
pub(crate) use self::request::request_head;
pub use self::{
    body::Body,
    event::ServerSentEvent,
    identity::{Claim, Identity},
    params::Params,
    request::HttpRequest,
    response::{HttpResponse, ResponseBuilder},
    stream::BodyStream,
};
use crate::{BindError, Binding, Data, FromTrigger, IntoOutput, Json, Property, Syntax, Trigger};

/// The binding of [`HttpRequest`].
#[derive(Debug)]
pub struct HttpTriggerBinding;

impl Binding for HttpTriggerBinding {
    const TYPE: &'static str = "httpTrigger";
    const PROPERTIES: &'static [Property] = &[
        Property::string("route")
            .syntax(Syntax::Route)
            .default("the function's name")
            .doc("The path to listen on, behind the prefix `api`: `items/{id:int?}` has a parameter."),
        Property::strings("methods")
            .one_of(&[
                "get", "post", "delete", "head", "patch", "put", "options", "trace",
            ])
            .default("all")
            .doc("The methods to listen for."),
        Property::string("auth_level")
            .one_of(&["anonymous", "function", "admin"])
            .default("`function`")
            .doc("Which key a caller has to send: none, one of the function, or the master key."),
    ];
}

/// The binding of a request whose body is a [`BodyStream`]: it starts the function before the body is there.
#[derive(Debug)]
pub struct HttpStreamTriggerBinding;

impl Binding for HttpStreamTriggerBinding {
    const TYPE: &'static str = HttpTriggerBinding::TYPE;
    const PROPERTIES: &'static [Property] = HttpTriggerBinding::PROPERTIES;
    const STREAMED: bool = true;
}

/// The binding of [`HttpResponse`].
#[derive(Debug)]
pub struct HttpBinding;

impl Binding for HttpBinding {
    const TYPE: &'static str = "http";
    const ONLY_WITH: Option<&'static str> = Some(HttpTriggerBinding::TYPE);
}

impl<T: DeserializeOwned + 'static> FromTrigger for Json<T> {
    type Binding = HttpTriggerBinding;

    fn from_trigger(data: Data, _: &Trigger) -> Result<Self, BindError> {
        decode(request::body_of(data)?)
    }

    fn reject(error: &BindError) -> Option<(&'static str, Data)> {
        reject(error)
    }
}

impl<T: Serialize> IntoOutput for Json<T> {
    type Binding = HttpBinding;

    fn into_output(self) -> Result<Data, BindError> {
        HttpResponse::from(self).into_output()
    }
}

/// Reads a body as a payload. Having none is fine for a type that has room for that.
///
/// The errors go to the client, and so they say what it can do.
fn decode<T: DeserializeOwned + 'static>(body: Bytes) -> Result<T, BindError> {
    if body.is_empty() {
        return Data::none()
            .decode()
            .or_else(|_| Data::bytes(body).decode())
            .map_err(|_| {
                BindError::new(
                    "the request needs a body; one that is sent without a `content-length` does not arrive",
                )
            });
    }
    Data::bytes(body.clone())
        .decode()
        .map_err(|error| match str::from_utf8(&body) {
            Ok(_) => error,
            Err(error) => not_utf8(error),
        })
}

fn not_utf8(error: Utf8Error) -> BindError {
    BindError::new(format!("the body is not UTF-8 ({error})"))
}

/// The answer to a request that cannot be understood.
fn reject(error: &BindError) -> Option<(&'static str, Data)> {
    let body = serde_json::json!({ "error": error.to_string() });
    HttpResponse::builder()
        .status(::http::StatusCode::BAD_REQUEST)
        .body(body)
        .finish()
        .into_output()
        .ok()
        .map(|data| (HttpBinding::TYPE, data))
}

#[cfg(test)]
mod tests;
