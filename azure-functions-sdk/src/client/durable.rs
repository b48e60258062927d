//! The management API of Durable Functions.

use ureq::http::StatusCode;

use super::{Client, ClientError, Reply, is_denied};
use crate::samples;

/// Where the API begins.
const BASE: &str = "/runtime/webhooks/durabletask";

/// A request to the API.
#[derive(Debug, Default)]
pub(crate) struct ManagementRequest<'a> {
    pub(crate) method: &'a str,
    /// What the path is made of.
    pub(crate) path: &'a [&'a str],
    pub(crate) query: Vec<(&'a str, String)>,
    pub(crate) headers: Vec<(&'a str, &'a str)>,
    /// JSON.
    pub(crate) body: Option<&'a str>,
}

impl Client {
    /// Asks the management API.
    ///
    /// # Errors
    ///
    /// There is no answer, or the host does not take the key.
    pub(crate) fn manage(&self, request: ManagementRequest<'_>) -> Result<Reply, ClientError> {
        let mut path = BASE.to_owned();
        for segment in request.path {
            path.push('/');
            samples::escape(&mut path, segment, false);
        }
        let mut query = request.query;
        // The API has a key of its own, which the host looks for here.
        query.extend(self.key.iter().map(|key| ("code", key.clone())));
        for (at, (name, value)) in query.iter().enumerate() {
            path.push(if at == 0 { '?' } else { '&' });
            path.push_str(name);
            path.push('=');
            samples::escape(&mut path, value, false);
        }
        let mut headers = request.headers;
        if request.body.is_some() {
            headers.push(("content-type", "application/json"));
        }
        let body = request.body.map(str::as_bytes);
        let reply = self.send(request.method, &path, &headers, body)?;
        match reply.status {
            status if is_denied(status) => Err(ClientError::Denied {
                base: self.base.clone(),
                has_key: self.key.is_some(),
            }),
            StatusCode::SERVICE_UNAVAILABLE => Err(ClientError::NotReady(self.base.clone())),
            _ => Ok(reply),
        }
    }
}
