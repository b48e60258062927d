//! The request that starts a function.

use std::{borrow::Cow, fmt, sync::OnceLock};

use ::http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Uri};
use azure_functions_shared::rpc::RpcClaimsIdentity;
use bytes::Bytes;
use cookie::Cookie;
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use prost::Message as _;
use serde::{Serialize, de::DeserializeOwned};

use super::{
    BodyStream, Claim, HttpStreamTriggerBinding, HttpTriggerBinding, Identity, Params,
    arrived::{self, Content},
    cookies, decode, not_utf8, reject,
};
use crate::{
    BindError, Data, FromTrigger, Trigger,
    wire::{self, Malformed},
};

/// The numbers of the fields of the protocol's `RpcHttp`. What is in two places is in the second if the worker asked for
/// empty values.
mod field {
    pub(super) const METHOD: u32 = 1;
    pub(super) const URL: u32 = 2;
    pub(super) const BODY: u32 = 4;
    pub(super) const RAW_BODY: u32 = 17;
    pub(super) const IDENTITIES: u32 = 18;
    pub(super) const HEADERS: [u32; 2] = [3, 20];
    pub(super) const ROUTE: [u32; 2] = [10, 21];
    pub(super) const QUERY: [u32; 2] = [15, 22];
}

/// What a URL must not hold as it is, and a careless client sends.
const UNSAFE: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'<')
    .add(b'>')
    .add(b'\\')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

/// An HTTP request that starts a function.
///
/// `T` is what the body holds: bytes or a `String` as they are, any other type as JSON. A request with another body is
/// answered with 400 and the reason, and the function does not run. `HttpRequest` alone takes any body, which the function
/// can read with [`json`](Self::json), [`form`](Self::form) or [`text`](Self::text). With `HttpRequest<BodyStream>` the
/// function starts before the body is there, and reads it piece by piece; so it does with
/// [`http::Request<BodyStream>`](Request).
///
/// The function answers by what it returns: an [`HttpResponse`](super::HttpResponse), a string, bytes, a
/// [`Json`](crate::Json), an [`http::StatusCode`](::http::StatusCode) or an [`http::Response`](::http::Response).
///
/// # Properties
///
/// | Name | Type | Default | Meaning |
/// |---|---|---|---|
/// | `route` | string | the function's name | The path to listen on, behind the prefix `api`: `items/{id:int?}` has a parameter. |
/// | `methods` | list of `get`, `post`, `delete`, `head`, `patch`, `put`, `options`, `trace` | all | The methods to listen for. |
/// | `auth_level` | `anonymous`, `function` or `admin` | `function` | Which key a caller has to send: none, one of the function, or the master key. |
///
/// # Example
///
/// ```
/// use azure_functions::{bindings::HttpRequest, func};
///
/// #[func]
/// fn greet(#[binding(methods = ["get"], auth_level = "anonymous")] request: HttpRequest) -> String {
///     format!("Hello, {}!", request.query_param("name").unwrap_or("stranger"))
/// }
///
/// // A test makes the request itself.
/// assert_eq!(greet(HttpRequest::get("/api/greet?name=Rust")), "Hello, Rust!");
/// ```
#[derive(Clone)]
pub struct HttpRequest<T = Bytes> {
    method: Method,
    url: String,
    /// All of it as it came over the wire.
    wire: Bytes,
    bytes: Bytes,
    body: T,
    parsed: Parsed,
}

/// What was read of the request so far.
#[derive(Clone, Default)]
struct Parsed {
    uri: OnceLock<Uri>,
    headers: OnceLock<HeaderMap>,
    query: OnceLock<Params>,
    route: OnceLock<Params>,
    cookies: OnceLock<Vec<Cookie<'static>>>,
    identities: OnceLock<Vec<Identity>>,
}

impl HttpRequest {
    /// A request, as a unit test needs it. The URL can be a path: `/api/greet?name=Rust`.
    pub fn new(method: Method, url: impl Into<String>) -> Self {
        Self {
            method,
            url: url.into(),
            wire: Bytes::new(),
            bytes: Bytes::new(),
            body: Bytes::new(),
            parsed: Parsed::default(),
        }
    }

    /// A GET request.
    pub fn get(url: impl Into<String>) -> Self {
        Self::new(Method::GET, url)
    }

    /// A POST request.
    pub fn post(url: impl Into<String>) -> Self {
        Self::new(Method::POST, url)
    }

    /// A PUT request.
    pub fn put(url: impl Into<String>) -> Self {
        Self::new(Method::PUT, url)
    }

    /// A PATCH request.
    pub fn patch(url: impl Into<String>) -> Self {
        Self::new(Method::PATCH, url)
    }

    /// A DELETE request.
    pub fn delete(url: impl Into<String>) -> Self {
        Self::new(Method::DELETE, url)
    }
}

impl Default for HttpRequest {
    /// A GET request for `/`.
    fn default() -> Self {
        Self::get("/")
    }
}

impl<T> HttpRequest<T> {
    /// The method.
    pub fn method(&self) -> &Method {
        &self.method
    }

    /// The URL as the host saw it, with the prefix `api` and the query. It can hold the key of the function: do not log it.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The URL in its parts. One that is no URL is `/`.
    pub fn uri(&self) -> &Uri {
        self.parsed.uri.get_or_init(|| {
            let url = self.url();
            url.parse()
                .or_else(|_| utf8_percent_encode(url, UNSAFE).to_string().parse())
                .unwrap_or_default()
        })
    }

    /// The headers. The host joins the values of one that is there several times with commas.
    pub fn headers(&self) -> &HeaderMap {
        self.parsed.headers.get_or_init(|| {
            both(&self.wire, field::HEADERS)
                .filter_map(|(name, value)| {
                    Some((
                        HeaderName::from_bytes(name.as_bytes()).ok()?,
                        HeaderValue::from_bytes(value.as_bytes()).ok()?,
                    ))
                })
                .collect()
        })
    }

    /// The value of the header `name`, if it is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        str::from_utf8(self.headers().get(name)?.as_bytes()).ok()
    }

    /// The parameters of the query, with all values of one that is there several times.
    pub fn query(&self) -> &Params {
        self.parsed.query.get_or_init(|| match self.query_string() {
            Some(query) => Params::from_query(query),
            None => owned(both(&self.wire, field::QUERY)),
        })
    }

    /// The first value of the parameter `name` of the query.
    pub fn query_param(&self, name: &str) -> Option<&str> {
        self.query().get(name)
    }

    /// The parameters of the query as a `U`; one that is there several times can be a `Vec`.
    ///
    /// # Errors
    ///
    /// When they are no `U`. The error names the parameter.
    pub fn query_as<U: DeserializeOwned>(&self) -> Result<U, BindError> {
        form(self.query_string().unwrap_or_default().as_bytes())
    }

    /// The parameters of the route. An optional one that the URL does not have is absent.
    pub fn route_params(&self) -> &Params {
        self.parsed
            .route
            .get_or_init(|| owned(both(&self.wire, field::ROUTE)))
    }

    /// The value of the parameter `name` of the route.
    pub fn route_param(&self, name: &str) -> Option<&str> {
        self.route_params().get(name)
    }

    /// The cookies, with their values decoded.
    pub fn cookies(&self) -> &[Cookie<'static>] {
        self.parsed
            .cookies
            .get_or_init(|| cookies::parse(self.header("cookie").unwrap_or_default()))
    }

    /// The cookie called `name`.
    pub fn cookie(&self, name: &str) -> Option<&Cookie<'static>> {
        self.cookies().iter().find(|cookie| cookie.name() == name)
    }

    /// The identities of the sender; none when the host [forwards](crate::App::http_streaming) the request, which has
    /// no place for them. The platform's own `x-ms-client-principal` header is there in either case.
    pub fn identities(&self) -> &[Identity] {
        self.parsed.identities.get_or_init(|| {
            let identities = wire::all(&self.wire, field::IDENTITIES);
            let identities = identities.filter_map(|one| RpcClaimsIdentity::decode(one).ok());
            identities.map(Identity::from_wire).collect()
        })
    }

    /// The claims of all identities.
    pub fn claims(&self) -> impl Iterator<Item = &Claim> {
        self.identities()
            .iter()
            .flat_map(|identity| &identity.claims)
    }

    /// The body.
    pub fn body(&self) -> &T {
        &self.body
    }

    /// The body, without the rest of the request.
    pub fn into_body(self) -> T {
        self.body
    }

    /// This request with another header. What cannot be a header is left out.
    pub fn with_header(mut self, name: &str, value: &str) -> Self {
        let mut headers = self.headers().clone();
        if let Ok(name) = HeaderName::try_from(name) {
            let before = headers.get(&name).map(HeaderValue::as_bytes);
            let joined = match before {
                Some(before) => [before, value.as_bytes()].join(&b","[..]),
                None => value.as_bytes().to_vec(),
            };
            if let Ok(value) = HeaderValue::try_from(joined) {
                headers.insert(name, value);
            }
        }
        self.parsed.cookies = OnceLock::new();
        self.parsed.headers = headers.into();
        self
    }

    /// This request with another parameter of the route.
    pub fn with_route_param(mut self, name: &str, value: &str) -> Self {
        let others = self
            .route_params()
            .iter()
            .filter(|(other, _)| *other != name);
        let mut params: Vec<_> = others
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        params.push((name.to_owned(), value.to_owned()));
        params.sort_unstable();
        self.parsed.route = Params::from_iter(params).into();
        self
    }

    /// This request with another identity of its sender.
    pub fn with_identity(mut self, identity: Identity) -> Self {
        let mut identities = self.identities().to_vec();
        identities.push(identity);
        self.parsed.identities = identities.into();
        self
    }

    /// This request with another body, and the bytes of it.
    ///
    /// A function that takes `HttpRequest` wants [`with_bytes`](Self::with_bytes), one that takes `HttpRequest<Order>` an
    /// `Order`.
    pub fn with_body<U: Serialize + 'static>(self, body: U) -> HttpRequest<U> {
        let bytes = Data::encode(&body)
            .and_then(Data::into_bytes)
            .unwrap_or_default();
        self.replace(bytes, body)
    }

    /// This request with another body, as it would be sent.
    pub fn with_bytes(self, body: impl Into<Bytes>) -> HttpRequest {
        let bytes = body.into();
        self.replace(bytes.clone(), bytes)
    }

    /// This request with a body that is read piece by piece, for a function that takes `HttpRequest<BodyStream>`.
    pub fn with_stream(self, body: BodyStream) -> HttpRequest<BodyStream> {
        self.replace(Bytes::new(), body)
    }

    fn replace<U>(self, bytes: Bytes, body: U) -> HttpRequest<U> {
        HttpRequest {
            method: self.method,
            url: self.url,
            wire: self.wire,
            bytes,
            body,
            parsed: self.parsed,
        }
    }

    /// The query of the URL, unless the host left the URL out.
    fn query_string(&self) -> Option<&str> {
        let url = self.url();
        let url = url.split_once('#').map_or(url, |(url, _)| url);
        match url.split_once('?') {
            Some((_, query)) => Some(query),
            None if url.is_empty() => None,
            None => Some(""),
        }
    }
}

impl<T: DeserializeOwned> HttpRequest<T> {
    /// The body as it was sent.
    pub fn body_bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// The body as text.
    ///
    /// # Errors
    ///
    /// When it is not UTF-8.
    pub fn text(&self) -> Result<&str, BindError> {
        str::from_utf8(&self.bytes).map_err(not_utf8)
    }

    /// The body, read as JSON, whatever its `content-type`.
    ///
    /// # Errors
    ///
    /// When it is no JSON, or no `U`. The error names the place.
    pub fn json<U: DeserializeOwned + 'static>(&self) -> Result<U, BindError> {
        decode(self.bytes.clone()).map(|crate::Json(value)| value)
    }

    /// The body, read as an HTML form (`application/x-www-form-urlencoded`); a field that is there several times can be a
    /// `Vec`.
    ///
    /// # Errors
    ///
    /// When it is no `U`. The error names the field.
    pub fn form<U: DeserializeOwned>(&self) -> Result<U, BindError> {
        form(&self.bytes)
    }
}

impl<T> From<HttpRequest<T>> for Request<T> {
    /// The request with its method, URL, headers and body, for code that knows the `http` crate only. Its extensions hold
    /// the parameters of the route, as [`Params`].
    fn from(request: HttpRequest<T>) -> Self {
        let (method, uri, headers) = (
            request.method.clone(),
            request.uri().clone(),
            request.headers().clone(),
        );
        let params = request.route_params().clone();
        let mut converted = Self::new(request.body);
        *converted.method_mut() = method;
        *converted.uri_mut() = uri;
        *converted.headers_mut() = headers;
        converted.extensions_mut().insert(params);
        converted
    }
}

impl<T: fmt::Debug> fmt::Debug for HttpRequest<T> {
    /// Leaves out the query and the headers, which can hold keys.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpRequest")
            .field("method", &self.method)
            .field("path", &self.uri().path())
            .field("body", &self.body)
            .finish_non_exhaustive()
    }
}

impl<T: DeserializeOwned + 'static> FromTrigger for HttpRequest<T> {
    type Binding = HttpTriggerBinding;

    fn from_trigger(data: Data, _: &Trigger) -> Result<Self, BindError> {
        let (request, content) = receive(data)?;
        let bytes = content.into_bytes()?;
        let body = decode(bytes.clone())?;
        Ok(request.replace(bytes, body))
    }

    fn reject(error: &BindError) -> Option<(&'static str, Data)> {
        reject(error)
    }
}

impl FromTrigger for HttpRequest<BodyStream> {
    type Binding = HttpStreamTriggerBinding;

    fn from_trigger(data: Data, _: &Trigger) -> Result<Self, BindError> {
        let (request, content) = receive(data)?;
        Ok(request.replace(Bytes::new(), content.into_stream()?))
    }
}

impl FromTrigger for Request<BodyStream> {
    type Binding = HttpStreamTriggerBinding;

    fn from_trigger(data: Data, trigger: &Trigger) -> Result<Self, BindError> {
        HttpRequest::from_trigger(data, trigger).map(Into::into)
    }
}

/// Whether there is a request in the message: of one that the host forwards there is not even a method.
pub(crate) fn is_there(message: &[u8]) -> bool {
    [field::METHOD, field::URL]
        .into_iter()
        .any(|number| wire::last(message, number).is_some_and(|text| !text.is_empty()))
}

/// The parameters of the route in a message, without those that the path does not have.
pub(crate) fn route_params(message: &[u8]) -> impl Iterator<Item = (&str, &str)> {
    let [plain, nullable] = field::ROUTE;
    let nullable = wire::entries(message, nullable)
        .filter_map(|(name, value)| Some((name, wire::last(value, 1)?)));
    texts(wire::entries(message, plain).chain(nullable))
}

/// The body of a request, when nothing else of it is wanted.
pub(super) fn body_of(data: Data) -> Result<Bytes, BindError> {
    match data.into_request() {
        Ok(request) => request.into_content().into_bytes(),
        Err(data) => body(&data.into_http()?),
    }
}

/// The request without its body; its bytes are those of the body, if they are there.
#[cfg(feature = "tower")]
pub(crate) fn request_head(data: Data) -> Option<HttpRequest<()>> {
    let (request, content) = receive(data).ok()?;
    Some(request.replace(content.into_bytes().unwrap_or_default(), ()))
}

/// The request without its body, and the body.
fn receive(data: Data) -> Result<(HttpRequest<()>, Content), BindError> {
    let arrived = match data.into_request() {
        Ok(arrived) => arrived,
        Err(data) => {
            let wire = data.into_http()?;
            let method = wire::text(&wire, field::METHOD).map_err(damaged)?;
            let method = Method::from_bytes(method.as_bytes()).map_err(|_| {
                BindError::new(format!("`{method}` is not the method of a request"))
            })?;
            let content = Content::Bytes(body(&wire)?);
            let request = HttpRequest {
                method,
                url: wire::text(&wire, field::URL).map_err(damaged)?.to_owned(),
                wire,
                bytes: Bytes::new(),
                body: (),
                parsed: Parsed::default(),
            };
            return Ok((request, content));
        }
    };
    let (parts, params, content) = arrived.into_parts();
    let request = HttpRequest {
        url: arrived::url(&parts),
        wire: Bytes::new(),
        method: parts.method,
        bytes: Bytes::new(),
        body: (),
        parsed: Parsed {
            headers: arrived::joined(parts.headers).into(),
            route: params.into(),
            ..Parsed::default()
        },
    };
    Ok((request, content))
}

/// The body of a request.
///
/// A host that this worker did not tell otherwise sends it twice: as it reads it, and raw. Of binary bodies the raw one is
/// text with holes, and of JSON the other one is written anew; so bytes come first, and then the raw one.
fn body(message: &Bytes) -> Result<Bytes, BindError> {
    let read = |number| match wire::last(message, number) {
        Some(data) => Data::read(&wire::slice(message, data)).map_err(damaged),
        None => Ok(Data::none()),
    };
    let body = read(field::BODY)?;
    if body.is_bytes() {
        return body.into_bytes();
    }
    let raw = read(field::RAW_BODY)?;
    let data = if raw.is_none() { body } else { raw };
    if data.is_none() {
        return Ok(Bytes::new());
    }
    data.into_bytes()
}

fn damaged(_: Malformed) -> BindError {
    BindError::new("the request is damaged")
}

/// The entries of the two maps with these numbers; the host fills one of them. In the second, each value is a message that
/// holds it.
fn both(message: &[u8], [plain, nullable]: [u32; 2]) -> impl Iterator<Item = (&str, &str)> {
    let plain = wire::entries(message, plain);
    let nullable = wire::entries(message, nullable)
        .map(|(name, value)| (name, wire::last(value, 1).unwrap_or_default()));
    texts(plain.chain(nullable))
}

fn texts<'a>(
    entries: impl Iterator<Item = (&'a [u8], &'a [u8])>,
) -> impl Iterator<Item = (&'a str, &'a str)> {
    entries
        .filter_map(|(name, value)| Some((str::from_utf8(name).ok()?, str::from_utf8(value).ok()?)))
}

/// Copies the entries, in the order of their names.
fn owned<'a>(entries: impl Iterator<Item = (&'a str, &'a str)>) -> Params {
    let mut entries: Vec<_> = entries.collect();
    entries.sort_unstable();
    entries
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

fn form<U: DeserializeOwned>(text: &[u8]) -> Result<U, BindError> {
    serde_path_to_error::deserialize(serde_html_form::Deserializer::from_bytes(text)).map_err(
        |error| {
            let path = error.path().to_string();
            let place: Cow<'_, str> = match path.as_str() {
                "." => "".into(),
                path => format!("`{path}`: ").into(),
            };
            BindError::new(format!("{place}{}", error.inner()))
        },
    )
}
