//! A request that the host forwarded to the worker's own server, and the content of bodies on both ways.

use std::borrow::Cow;

use ::http::{HeaderMap, HeaderValue, header, request::Parts};
use bytes::Bytes;

use super::{BodyStream, Params, stream::Shared};
use crate::BindError;

/// A request that the host forwarded to the worker's own server, instead of putting it into the invocation.
#[derive(Clone, Debug)]
pub(crate) struct Arrived {
    parts: Parts,
    params: Params,
    body: Content,
}

/// The content of a body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Content {
    /// All of it.
    Bytes(Bytes),
    /// What is still to come.
    Stream(Shared),
}

impl Arrived {
    /// A request as the server read it. The values of the route's parameters come with the invocation, because in the
    /// path they are encoded.
    pub(crate) fn new(
        mut parts: Parts,
        params: impl IntoIterator<Item = (String, String)>,
        body: Content,
    ) -> Self {
        // The forwarder names itself there.
        if let Some(host) = parts.headers.get(FORWARDED_HOST).cloned() {
            parts.headers.insert(header::HOST, host);
        }
        let mut params: Vec<_> = params.into_iter().collect();
        params.sort_unstable();
        Self {
            parts,
            params: params.into_iter().collect(),
            body,
        }
    }

    /// The method, headers and all else but the body and the parameters.
    pub(super) fn into_parts(self) -> (Parts, Params, Content) {
        (self.parts, self.params, self.body)
    }

    /// The body.
    pub(super) fn into_content(self) -> Content {
        self.body
    }
}

impl PartialEq for Arrived {
    fn eq(&self, other: &Self) -> bool {
        let head = |arrived: &Self| (arrived.parts.method.clone(), arrived.parts.uri.clone());
        head(self) == head(other)
            && self.parts.headers == other.parts.headers
            && self.params == other.params
            && self.body == other.body
    }
}

impl Content {
    /// The bytes.
    ///
    /// # Errors
    ///
    /// When it is a stream.
    pub(super) fn into_bytes(self) -> Result<Bytes, BindError> {
        match self {
            Self::Bytes(bytes) => Ok(bytes),
            Self::Stream(_) => Err(BindError::unexpected("a whole body", "a stream")),
        }
    }

    /// The content as a stream.
    ///
    /// # Errors
    ///
    /// When a clone of it was sent.
    pub(crate) fn into_stream(self) -> Result<BodyStream, BindError> {
        match self {
            Self::Bytes(bytes) => Ok(bytes.into()),
            Self::Stream(stream) => stream.take(),
        }
    }
}

impl Default for Content {
    fn default() -> Self {
        Self::Bytes(Bytes::new())
    }
}

impl From<BodyStream> for Content {
    fn from(body: BodyStream) -> Self {
        Self::Stream(Shared::new(body))
    }
}

const FORWARDED_HOST: &str = "x-forwarded-host";
const FORWARDED_PROTO: &str = "x-forwarded-proto";

/// The URL as the host saw it.
pub(super) fn url(parts: &Parts) -> String {
    let text = |name| {
        parts
            .headers
            .get(name)
            .and_then(|value: &HeaderValue| value.to_str().ok())
    };
    let scheme = text(FORWARDED_PROTO).unwrap_or("http");
    let host = text(header::HOST.as_str()).unwrap_or_default();
    let path = original_path(parts.uri.path());
    match parts.uri.query() {
        Some(query) => format!("{scheme}://{host}{path}?{query}"),
        None => format!("{scheme}://{host}{path}"),
    }
}

/// The path as the client sent it: the forwarder encodes its percent signs once more.
///
/// A percent sign that was never an escape stays encoded, because no URL can have it alone.
fn original_path(path: &str) -> Cow<'_, str> {
    const ENCODED: &str = "%25";
    if !path.contains(ENCODED) {
        return path.into();
    }
    let mut original = String::with_capacity(path.len());
    let mut parts = path.split(ENCODED);
    original.extend(parts.next());
    for part in parts {
        let digits = part.as_bytes().get(..2).unwrap_or_default();
        let escape = digits.len() == 2 && digits.iter().all(u8::is_ascii_hexdigit);
        original.push_str(if escape { "%" } else { ENCODED });
        original.push_str(part);
    }
    original.into()
}

/// The headers as a host that puts them into the invocation sends them: one value of each name, joined with commas.
pub(super) fn joined(headers: HeaderMap) -> HeaderMap {
    if headers.len() == headers.keys_len() {
        return headers;
    }
    let mut joined = HeaderMap::with_capacity(headers.keys_len());
    for name in headers.keys() {
        let values: Vec<_> = headers
            .get_all(name)
            .iter()
            .map(HeaderValue::as_bytes)
            .collect();
        if let Ok(value) = HeaderValue::from_bytes(&values.join(&b","[..])) {
            joined.insert(name, value);
        }
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::original_path;

    #[test]
    fn paths_are_as_the_client_sent_them() {
        for (arrived, original) in [
            ("/api/a", "/api/a"),
            ("/api/a%252Fb", "/api/a%2Fb"),
            ("/api/a%2520b%25C3%25A9", "/api/a%20b%C3%A9"),
            // What a host that encodes only slashes once more sends.
            ("/api/a%20b", "/api/a%20b"),
            ("/api/100%2525", "/api/100%25"),
            ("/api/100%25", "/api/100%25"),
            ("/api/%25zz%25", "/api/%25zz%25"),
        ] {
            assert_eq!(original_path(arrived), original, "{arrived}");
        }
    }
}
