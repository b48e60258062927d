//! The response that a function gives.

use std::{borrow::Cow, fmt::Display};

use ::http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header};
use bytes::Bytes;
use cookie::Cookie;
use futures::{Stream, TryStreamExt as _};
use prost::Message as _;
use serde::{Serialize, de::DeserializeOwned};

use super::{Body, BodyStream, HttpBinding, ServerSentEvent, arrived::Content, cookies};
use crate::{BindError, BoxError, Data, IntoOutput, Json, wire};

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

    /// A response whose body is the pieces of `stream`, each sent as soon as it is there.
    ///
    /// An error breaks the response off, and fails the invocation: the status has been sent by then.
    ///
    /// ```
    /// use azure_functions::{BoxError, bindings::{HttpRequest, HttpResponse}, func};
    /// use futures::stream;
    ///
    /// #[func]
    /// fn count(_request: HttpRequest) -> HttpResponse {
    ///     HttpResponse::stream(stream::iter((1..=3).map(|number| Ok::<_, BoxError>(format!("{number}\n")))))
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let body = count(HttpRequest::get("/api/count")).into_stream().unwrap();
    /// assert_eq!(body.into_bytes(100).await.unwrap(), "1\n2\n3\n");
    /// # }
    /// ```
    pub fn stream<S, B, E>(stream: S) -> Self
    where
        S: Stream<Item = Result<B, E>> + Send + 'static,
        B: Into<Bytes>,
        E: Into<BoxError>,
    {
        Body::from(BodyStream::from_stream(stream)).into()
    }

    /// A response that tells of events as they happen (`text/event-stream`).
    ///
    /// The host ends a response on which nothing happens for 240 s; an event that says nothing, such as
    /// [`ServerSentEvent::comment`], keeps it open.
    pub fn events<S, E>(events: S) -> Self
    where
        S: Stream<Item = Result<ServerSentEvent, E>> + Send + 'static,
        E: Into<BoxError>,
    {
        let mut response = Self::stream(events.map_ok(Bytes::from));
        let headers = &mut response.headers;
        let events = HeaderValue::from_static("text/event-stream");
        headers.insert(header::CONTENT_TYPE, events);
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        response
    }

    /// The status.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The headers. The `content-type` that a body brings is added when the response is sent.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// The headers, to be changed.
    pub fn headers_mut(&mut self) -> &mut HeaderMap {
        &mut self.headers
    }

    /// The status, to be changed.
    pub fn status_mut(&mut self) -> &mut StatusCode {
        &mut self.status
    }

    /// The cookies to set.
    pub fn cookies(&self) -> &[Cookie<'static>] {
        &self.cookies
    }

    /// The body; of a streamed one nothing is there yet.
    pub fn body(&self) -> &Bytes {
        static NOTHING: Bytes = Bytes::new();
        match &self.body.content {
            Content::Bytes(bytes) => bytes,
            Content::Stream(_) => &NOTHING,
        }
    }

    /// The body as a stream, as a unit test reads a streamed one.
    ///
    /// # Errors
    ///
    /// When it was taken from a clone.
    pub fn into_stream(self) -> Result<BodyStream, BindError> {
        self.body.content.into_stream()
    }

    /// Reads the body as JSON, as a unit test needs it.
    ///
    /// # Errors
    ///
    /// When it is no JSON, or no `T`.
    pub fn body_json<T: DeserializeOwned + 'static>(&self) -> Result<T, BindError> {
        Data::bytes(self.body().clone()).decode_json()
    }

    /// The content of the body, to be replaced when a stream has come to its end.
    pub(crate) fn content_mut(&mut self) -> &mut Content {
        &mut self.body.content
    }

    /// The response for a host that sends the body itself: a message of the protocol but for the end, and that, which is the
    /// body. It has been [checked](Self::check).
    pub(crate) fn write(self) -> (Vec<u8>, Bytes) {
        let mut head = Vec::with_capacity(128);
        let mut cookies: Vec<_> = self
            .cookies
            .iter()
            .map(|cookie| cookies::to_wire(cookie, false))
            .collect();
        wire::put(field::STATUS, self.status.as_str().as_bytes(), &mut head);
        for name in self.headers.keys() {
            if is_framing(name) {
                continue;
            }
            let mut values = self.headers.get_all(name).iter();
            if name == header::SET_COOKIE {
                let texts = values.filter_map(|value| value.to_str().ok());
                let set = texts.filter_map(|text| Cookie::parse(text).ok());
                cookies.extend(set.map(|cookie| cookies::to_wire(&cookie, true)));
                continue;
            }
            let first = values.next().map_or(&b""[..], HeaderValue::as_bytes);
            let mut joined = Cow::Borrowed(first);
            for value in values {
                let joined = joined.to_mut();
                joined.extend_from_slice(b", ");
                joined.extend_from_slice(value.as_bytes());
            }
            wire::put_entry(field::HEADERS, name.as_str().as_bytes(), &joined, &mut head);
        }
        if let Some(content_type) = self.body.content_type
            && !self.headers.contains_key(header::CONTENT_TYPE)
        {
            let name = header::CONTENT_TYPE.as_str().as_bytes();
            wire::put_entry(field::HEADERS, name, content_type.as_bytes(), &mut head);
        }
        for cookie in cookies {
            wire::put(field::COOKIES, &cookie.encode_to_vec(), &mut head);
        }
        // Without a body, even an empty one, the host does not take this for a response.
        let body = self.body.content.into_bytes().unwrap_or_default();
        wire::put_head(
            field::BODY,
            wire::length(field::BYTES, body.len()),
            &mut head,
        );
        wire::put_head(field::BYTES, body.len(), &mut head);
        (head, body)
    }

    /// The response for a client: what a host makes of what is [written](Self::write).
    pub(crate) fn into_response(self) -> Response<Content> {
        let plain = self.cookies.is_empty()
            && self.headers.len() == self.headers.keys_len()
            && !self.headers.contains_key(header::SET_COOKIE);
        let mut headers = if plain {
            self.headers
        } else {
            joined(&self.headers, &self.cookies)
        };
        headers.remove(header::CONTENT_LENGTH);
        headers.remove(header::TRANSFER_ENCODING);
        if let Some(content_type) = self.body.content_type {
            headers
                .entry(header::CONTENT_TYPE)
                .or_insert_with(|| HeaderValue::from_static(content_type));
        }
        let mut response = Response::new(self.body.content);
        *response.status_mut() = self.status;
        *response.headers_mut() = headers;
        response
    }

    /// Says what of the response cannot be sent.
    fn check(&self) -> Result<(), BindError> {
        if let Some(problem) = self.problem.as_ref().or(self.body.problem.as_ref()) {
            return Err(BindError::new(problem.clone()));
        }
        if !(200..600).contains(&self.status.as_u16()) {
            return Err(BindError::new(format!(
                "the host cannot send the status `{}`; a response has one from 200 to 599",
                self.status.as_u16()
            )));
        }
        for (name, value) in &self.headers {
            if is_framing(name) {
                continue;
            }
            let value = value.to_str().map_err(|_| {
                BindError::new(format!(
                    "the value of the header `{name}` cannot be sent: it has a character that is not visible ASCII"
                ))
            })?;
            if name == header::SET_COOKIE {
                Cookie::parse(value).map_err(|error| {
                    BindError::new(format!("the header `set-cookie` holds no cookie: {error}"))
                })?;
            }
        }
        Ok(())
    }
}

/// The numbers of the fields of the protocol's `RpcHttp`, and of bytes in a value.
mod field {
    pub(super) const HEADERS: u32 = 3;
    pub(super) const BODY: u32 = 4;
    pub(super) const STATUS: u32 = 12;
    pub(super) const COOKIES: u32 = 19;
    pub(super) const BYTES: u32 = 3;
}

/// The headers that whoever writes the response makes himself.
fn is_framing(name: &HeaderName) -> bool {
    name == header::CONTENT_LENGTH || name == header::TRANSFER_ENCODING
}

/// The headers with all values of a name in one, and the cookies, as the host writes both.
fn joined(headers: &HeaderMap, cookies: &[Cookie<'_>]) -> HeaderMap {
    let mut joined = HeaderMap::with_capacity(headers.len() + cookies.len());
    for name in headers.keys().filter(|name| *name != header::SET_COOKIE) {
        let values = headers.get_all(name).iter();
        let values: Vec<_> = values.map(HeaderValue::as_bytes).collect();
        if let Ok(value) = HeaderValue::from_bytes(&values.join(&b", "[..])) {
            joined.insert(name, value);
        }
    }
    let set = headers.get_all(header::SET_COOKIE).iter();
    let set = set.filter_map(|value| Cookie::parse(value.to_str().ok()?).ok());
    let texts = cookies
        .iter()
        .map(|cookie| cookies::to_header(cookie, false))
        .chain(set.map(|cookie| cookies::to_header(&cookie, true)));
    for text in texts {
        if let Ok(value) = HeaderValue::try_from(text) {
            joined.append(header::SET_COOKIE, value);
        }
    }
    joined
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

from_body! { &'static str String Bytes Vec<u8> BodyStream serde_json::Value }

impl IntoOutput for HttpResponse {
    type Binding = HttpBinding;

    fn into_output(self) -> Result<Data, BindError> {
        self.check()?;
        Ok(Data::response(self))
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
