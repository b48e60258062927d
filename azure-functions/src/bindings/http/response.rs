//! The response that a function gives.

use std::{collections::HashMap, fmt::Display};

use ::http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header};
use azure_functions_shared::rpc::{self, RpcHttp, RpcHttpCookie};
use bytes::Bytes;
use cookie::Cookie;
use serde::{Serialize, de::DeserializeOwned};

use super::{Body, HttpBinding, cookies};
use crate::{BindError, Data, IntoOutput, Json};

/// The answer to an HTTP request.
///
/// It is made from a string, bytes, JSON, a [`StatusCode`] or an [`http::Response`](Response) with `into()`, or with the
/// [`builder`](Self::builder). A function can also return these types themselves.
///
/// # Properties
///
/// None.
///
/// Only in a function whose trigger is `httpTrigger`.
///
/// # Example
///
/// ```
/// use azure_functions::{
///     bindings::{HttpRequest, HttpResponse},
///     func,
///     http::StatusCode,
/// };
/// use serde_json::json;
///
/// #[func]
/// fn find(#[binding(route = "items/{id}")] request: HttpRequest) -> HttpResponse {
///     match request.route_param("id") {
///         Some("1") => json!({ "id": 1 }).into(),
///         Some(_) => StatusCode::NOT_FOUND.into(),
///         None => HttpResponse::builder()
///             .status(StatusCode::SEE_OTHER)
///             .header("location", "/api/items/1")
///             .finish(),
///     }
/// }
///
/// let response = find(HttpRequest::get("/api/items/2").with_route_param("id", "2"));
/// assert_eq!(response.status(), StatusCode::NOT_FOUND);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct HttpResponse {
    status: StatusCode,
    headers: HeaderMap,
    cookies: Vec<Cookie<'static>>,
    body: Body,
    /// The first thing that cannot be sent.
    problem: Option<String>,
}

impl HttpResponse {
    /// Builds a response, step by step.
    pub fn builder() -> ResponseBuilder {
        ResponseBuilder(StatusCode::OK.into())
    }

    /// A response that holds `value` as JSON.
    ///
    /// If `value` cannot be written as JSON, the invocation fails when the response is sent.
    pub fn json<T: Serialize + ?Sized>(value: &T) -> Self {
        Body::json(value).into()
    }

    /// The status.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The headers. The `content-type` that a body brings is added when the response is sent.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// The cookies to set.
    pub fn cookies(&self) -> &[Cookie<'static>] {
        &self.cookies
    }

    /// The body.
    pub fn body(&self) -> &Bytes {
        &self.body.bytes
    }

    /// Reads the body as JSON, as a unit test needs it.
    ///
    /// # Errors
    ///
    /// When it is no JSON, or no `T`.
    pub fn body_json<T: DeserializeOwned + 'static>(&self) -> Result<T, BindError> {
        Data::bytes(self.body.bytes.clone()).decode_json()
    }

    fn into_wire(self) -> Result<RpcHttp, BindError> {
        if let Some(problem) = self.problem.or(self.body.problem) {
            return Err(BindError::new(problem));
        }
        if !(200..600).contains(&self.status.as_u16()) {
            return Err(BindError::new(format!(
                "the host cannot send the status `{}`; a response has one from 200 to 599",
                self.status.as_u16()
            )));
        }
        let mut cookies: Vec<_> = self
            .cookies
            .iter()
            .map(|cookie| cookies::to_wire(cookie, false))
            .collect();
        let mut headers = wire_headers(&self.headers, &mut cookies)?;
        if let Some(content_type) = self.body.content_type {
            headers
                .entry(header::CONTENT_TYPE.to_string())
                .or_insert_with(|| content_type.to_owned());
        }
        Ok(RpcHttp {
            status_code: self.status.as_str().to_owned(),
            headers,
            cookies,
            // Without a body, even an empty one, the host does not take this for a response.
            body: Some(Box::new(rpc::Data::Bytes(self.body.bytes).into())),
            enable_content_negotiation: false,
            ..RpcHttp::default()
        })
    }
}

/// The headers as the host takes them; those that set a cookie go to `cookies`.
fn wire_headers(
    headers: &HeaderMap,
    cookies: &mut Vec<RpcHttpCookie>,
) -> Result<HashMap<String, String>, BindError> {
    let mut wire: HashMap<String, String> = HashMap::new();
    for (name, value) in headers {
        // The host sends these as they are, and its server writes its own.
        if name == header::CONTENT_LENGTH || name == header::TRANSFER_ENCODING {
            continue;
        }
        let value = value.to_str().map_err(|_| {
            BindError::new(format!(
                "the value of the header `{name}` cannot be sent: it has a character that is not visible ASCII"
            ))
        })?;
        if name == header::SET_COOKIE {
            let cookie = Cookie::parse(value).map_err(|error| {
                BindError::new(format!("the header `set-cookie` holds no cookie: {error}"))
            })?;
            cookies.push(cookies::to_wire(&cookie, true));
            continue;
        }
        wire.entry(name.to_string())
            .and_modify(|values| {
                values.push_str(", ");
                values.push_str(value);
            })
            .or_insert_with(|| value.to_owned());
    }
    Ok(wire)
}

/// Builds an [`HttpResponse`], which has status 200, no headers and no body unless one is given.
///
/// What cannot be sent, such as a header with a line break, fails the invocation when the response is sent.
#[derive(Clone, Debug)]
pub struct ResponseBuilder(HttpResponse);

impl ResponseBuilder {
    /// Sets the status: a [`StatusCode`] or a number from 200 to 599.
    pub fn status<S>(mut self, status: S) -> Self
    where
        S: TryInto<StatusCode>,
        S::Error: Display,
    {
        match status.try_into() {
            Ok(status) => self.0.status = status,
            Err(error) => self.fail(format!("the status of the response is no status: {error}")),
        }
        self
    }

    /// Adds a header; one of the same name stays.
    pub fn header<N, V>(mut self, name: N, value: V) -> Self
    where
        N: TryInto<HeaderName>,
        N::Error: Display,
        V: TryInto<HeaderValue>,
        V::Error: Display,
    {
        match (name.try_into(), value.try_into()) {
            (Ok(name), Ok(value)) => {
                self.0.headers.append(name, value);
            }
            (Ok(name), Err(error)) => {
                self.fail(format!("the value of the header `{name}` is none: {error}"));
            }
            (Err(error), _) => self.fail(format!("the name of a header is none: {error}")),
        }
        self
    }

    /// Adds a cookie to set. The host percent-encodes its value, and has no way to make it partitioned.
    pub fn cookie<'c>(mut self, cookie: impl Into<Cookie<'c>>) -> Self {
        self.0.cookies.push(cookie.into().into_owned());
        self
    }

    /// Sets the body, and with it the `content-type`, unless a header says another.
    pub fn body(mut self, body: impl Into<Body>) -> Self {
        self.0.body = body.into();
        self
    }

    /// Sets the body to `value` as JSON.
    pub fn json<T: Serialize + ?Sized>(self, value: &T) -> Self {
        self.body(Body::json(value))
    }

    /// The response.
    pub fn finish(self) -> HttpResponse {
        self.0
    }

    fn fail(&mut self, problem: String) {
        self.0.problem.get_or_insert(problem);
    }
}

impl From<ResponseBuilder> for HttpResponse {
    fn from(builder: ResponseBuilder) -> Self {
        builder.finish()
    }
}

impl From<StatusCode> for HttpResponse {
    fn from(status: StatusCode) -> Self {
        Self {
            status,
            headers: HeaderMap::new(),
            cookies: Vec::new(),
            body: Body::default(),
            problem: None,
        }
    }
}

impl<B: Into<Body>> From<Response<B>> for HttpResponse {
    fn from(response: Response<B>) -> Self {
        let (parts, body) = response.into_parts();
        Self {
            headers: parts.headers,
            body: body.into(),
            ..parts.status.into()
        }
    }
}

impl<T: Serialize> From<Json<T>> for HttpResponse {
    fn from(json: Json<T>) -> Self {
        Body::from(json).into()
    }
}

impl From<Body> for HttpResponse {
    fn from(body: Body) -> Self {
        Self {
            body,
            ..StatusCode::OK.into()
        }
    }
}

macro_rules! from_body {
    ($($type:ty)*) => {$(
        impl From<$type> for HttpResponse {
            fn from(body: $type) -> Self {
                Body::from(body).into()
            }
        }
    )*};
}

from_body! { &'static str String Bytes Vec<u8> serde_json::Value }

impl IntoOutput for HttpResponse {
    type Binding = HttpBinding;

    fn into_output(self) -> Result<Data, BindError> {
        self.into_wire().map(Data::http)
    }
}

macro_rules! into_output {
    ($([$($generics:tt)*] $type:ty;)*) => {$(
        impl<$($generics)*> IntoOutput for $type {
            type Binding = HttpBinding;

            fn into_output(self) -> Result<Data, BindError> {
                HttpResponse::from(self).into_output()
            }
        }
    )*};
}

into_output! {
    [] &'static str;
    [] String;
    [] Bytes;
    [] Vec<u8>;
    [] StatusCode;
    [B: Into<Body>] Response<B>;
}
