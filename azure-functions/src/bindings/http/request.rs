//! The request that starts a function.

use std::{borrow::Cow, fmt, sync::OnceLock};

use ::http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Uri};
use azure_functions_shared::rpc::{self, NullableString, RpcHttp};
use bytes::Bytes;
use cookie::Cookie;
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use serde::{Serialize, de::DeserializeOwned};

use super::{
    BodyStream, Claim, HttpStreamTriggerBinding, HttpTriggerBinding, Identity, Params,
    arrived::{self, Content},
    cookies, decode, not_utf8, reject,
};
use crate::{BindError, Data, FromTrigger, Trigger};

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
    /// Everything as it came over the wire, but the body.
    wire: Box<RpcHttp>,
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
            wire: Box::new(RpcHttp {
                method: method.to_string(),
                url: url.into(),
                ..RpcHttp::default()
            }),
            method,
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
        &self.wire.url
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
            both(&self.wire.headers, &self.wire.nullable_headers)
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
            None => owned(both(&self.wire.query, &self.wire.nullable_query)),
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
            .get_or_init(|| owned(both(&self.wire.params, &self.wire.nullable_params)))
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
            let identities = self.wire.identities.iter().cloned();
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

/// The body of a request, when nothing else of it is wanted.
pub(super) fn body_of(data: Data) -> Result<Bytes, BindError> {
    match data.into_request() {
        Ok(request) => request.into_content().into_bytes(),
        Err(data) => take_body(&mut data.into_http()?),
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
            let mut wire = data.into_http()?;
            let method = Method::from_bytes(wire.method.as_bytes()).map_err(|_| {
                BindError::new(format!("`{}` is not the method of a request", wire.method))
            })?;
            let content = Content::Bytes(take_body(&mut wire)?);
            let request = HttpRequest {
                method,
                wire: Box::new(wire),
                bytes: Bytes::new(),
                body: (),
                parsed: Parsed::default(),
            };
            return Ok((request, content));
        }
    };
    let (parts, params, content) = arrived.into_parts();
    let request = HttpRequest {
        wire: Box::new(RpcHttp {
            url: arrived::url(&parts),
            ..RpcHttp::default()
        }),
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

/// Takes the body out of a request.
///
/// A host that this worker did not tell otherwise sends it twice: as it reads it, and raw. Of binary bodies the raw one is
/// text with holes, and of JSON the other one is written anew; so bytes come first, and then the raw one.
pub(super) fn take_body(wire: &mut RpcHttp) -> Result<Bytes, BindError> {
    let body = wire.body.take().and_then(|body| body.data);
    let raw = wire.raw_body.take().and_then(|body| body.data);
    let data = match (body, raw) {
        (Some(rpc::Data::Bytes(bytes)), _) => return Ok(bytes),
        (body, raw) => raw.or(body),
    };
    match data {
        Some(data) => Data::from_wire(data.into()).into_bytes(),
        None => Ok(Bytes::new()),
    }
}

type Texts = std::collections::HashMap<String, String>;
type NullableTexts = std::collections::HashMap<String, NullableString>;

/// The entries of the map that the host filled; which one that is depends on what the worker asked for.
fn both<'a>(
    plain: &'a Texts,
    nullable: &'a NullableTexts,
) -> impl Iterator<Item = (&'a str, &'a str)> {
    let nullable = nullable.iter().map(|(name, value)| {
        let value = value
            .string
            .as_ref()
            .map_or("", |rpc::nullable_string::String::Value(value)| {
                value.as_str()
            });
        (name.as_str(), value)
    });
    plain
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .chain(nullable)
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
