//! A host that runs somewhere, as its admin pages and its functions are reached over HTTP.

mod durable;
mod error;

use std::{net::IpAddr, time::Duration};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use ureq::{
    Agent,
    http::{HeaderName, Request, StatusCode, Uri},
};

pub(crate) use self::{durable::ManagementRequest, error::ClientError};

/// How long it may take until somebody takes the connection.
const CONNECT: Duration = Duration::from_secs(10);
/// The longest answer that is read, in bytes.
const ANSWER: u64 = 100 << 20;
/// How the host of `cargo func run` begins to say which it is.
const EMBEDDED: &str = "azure-functions-host ";
/// The header that a key is sent in.
const KEY: HeaderName = HeaderName::from_static("x-functions-key");

/// A host, and the key with which it is asked.
#[derive(Debug)]
pub(crate) struct Client {
    agent: Agent,
    /// The address, without a slash at the end.
    base: String,
    key: Option<String>,
}

/// A function as the host describes it.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Described {
    pub(crate) name: String,
    /// The address of an HTTP function, with the parameters of its route as they are written.
    pub(crate) invoke_url_template: Option<String>,
    #[serde(rename = "isDisabled", default)]
    pub(crate) is_disabled: bool,
    config: FunctionJson,
}

#[derive(Clone, Debug, Deserialize)]
struct FunctionJson {
    #[serde(default)]
    bindings: Vec<Map<String, Value>>,
}

impl Described {
    /// All its bindings.
    pub(crate) fn bindings(&self) -> &[Map<String, Value>] {
        &self.config.bindings
    }

    /// The binding that triggers it.
    pub(crate) fn trigger(&self) -> Option<&Map<String, Value>> {
        self.config.bindings.iter().find(|binding| {
            let kind = crate::samples::text(binding, "type").unwrap_or_default();
            kind.to_ascii_lowercase().ends_with("trigger")
        })
    }
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Reply {
    /// A response as the host of `cargo func run` describes it.
    fn read(page: &Value) -> Option<Self> {
        let status = page.get("status")?.as_u64()?.try_into().ok()?;
        let headers = page
            .get("headers")?
            .as_array()?
            .iter()
            .filter_map(|header| {
                let text = |at: usize| Some(header.get(at)?.as_str()?.to_owned());
                Some((text(0)?, text(1)?))
            });
        let body = match page.get("body")? {
            Value::String(text) => text.clone().into_bytes(),
            other => STANDARD.decode(other.get("base64")?.as_str()?).ok()?,
        };
        Some(Self {
            status: StatusCode::from_u16(status).ok()?,
            headers: headers.collect(),
            body,
        })
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// A request, as it is sent to a function.
#[derive(Debug)]
pub(crate) struct Sent<'a> {
    pub(crate) method: &'a str,
    /// The path and the query.
    pub(crate) path: &'a str,
    pub(crate) headers: &'a [(&'a str, &'a str)],
    pub(crate) body: Option<&'a [u8]>,
}

/// What became of a call through the admin pages.
#[derive(Debug)]
pub(crate) enum Ran {
    /// The host began it, and tells no more.
    Begun,
    /// It ended, and this is what the host tells of it.
    Ended(Value),
    /// The host refused it, for this reason.
    Refused(String),
}

impl Client {
    /// A client of the host at an address.
    ///
    /// # Errors
    ///
    /// The address is none, or the key would travel in clear.
    pub(crate) fn new(url: &str, key: Option<String>) -> Result<Self, ClientError> {
        let base = url.trim_end_matches('/').to_owned();
        let address: Uri = base
            .parse()
            .map_err(|_| ClientError::Address(url.to_owned()))?;
        let (Some("http" | "https"), Some(host)) = (address.scheme_str(), address.host()) else {
            return Err(ClientError::Address(url.to_owned()));
        };
        let is_here = is_loopback(host);
        if key.is_some() && !is_here && address.scheme_str() == Some("http") {
            return Err(ClientError::InClear(base));
        }
        let mut config = Agent::config_builder()
            .http_status_as_error(false)
            // A key goes to nobody but the host that was named.
            .max_redirects(0)
            .max_redirects_will_error(false)
            .timeout_connect(Some(CONNECT));
        if is_here {
            config = config.proxy(None);
        }
        Ok(Self {
            agent: config.build().into(),
            base,
            key,
        })
    }

    /// The address, without a slash at the end.
    pub(crate) fn base(&self) -> &str {
        &self.base
    }

    /// The functions that the host has.
    ///
    /// # Errors
    ///
    /// There is no host, or it does not tell.
    pub(crate) fn functions(&self) -> Result<Vec<Described>, ClientError> {
        let reply = self.send("GET", "/admin/functions", &[], None)?;
        self.check(&reply)?;
        serde_json::from_slice(&reply.body).map_err(|_| ClientError::NoHost(self.base.clone()))
    }

    /// Calls a function with a text for the data of its trigger, and what there is at the place that the text names.
    ///
    /// # Errors
    ///
    /// There is no host any more, or it does not take the key.
    pub(crate) fn run(
        &self,
        function: &str,
        input: &str,
        content: Option<&str>,
    ) -> Result<Ran, ClientError> {
        let mut body = json!({ "input": input });
        if let (Some(content), Some(members)) = (content, body.as_object_mut()) {
            members.insert("content".to_owned(), content.into());
        }
        let headers = [
            ("content-type", "application/json"),
            // The host of `cargo func run` waits for the end then; others take no notice.
            ("prefer", "return=representation"),
        ];
        let path = format!("/admin/functions/{function}");
        let reply = self.send("POST", &path, &headers, Some(body.to_string().as_bytes()))?;
        match reply.status {
            StatusCode::ACCEPTED => Ok(Ran::Begun),
            StatusCode::OK => match serde_json::from_slice(&reply.body) {
                Ok(outcome) => Ok(Ran::Ended(outcome)),
                Err(_) => Err(ClientError::NoHost(self.base.clone())),
            },
            status if status.is_client_error() && !is_denied(status) => {
                let text = reply.text();
                let text = text.trim();
                Ok(Ran::Refused(if text.is_empty() {
                    format!("it answers {status}")
                } else {
                    text.to_owned()
                }))
            }
            _ => {
                self.check(&reply)?;
                Err(ClientError::NoHost(self.base.clone()))
            }
        }
    }

    /// Sends a request to a function; gives the response, and what else the host of `cargo func run` tells of the call.
    ///
    /// # Errors
    ///
    /// There is no answer, or none that makes sense.
    pub(crate) fn request(
        &self,
        request: &Sent<'_>,
    ) -> Result<(Reply, Option<Value>), ClientError> {
        let Sent {
            method,
            path,
            headers,
            body,
        } = *request;
        if !self.is_embedded()? {
            return Ok((self.send(method, path, headers, body)?, None));
        }
        let told = self.send(method, &format!("/admin/host/request{path}"), headers, body)?;
        let page: Option<Value> = match told.status {
            StatusCode::OK => serde_json::from_slice(&told.body).ok(),
            // What cannot even be routed is refused as it is.
            _ => return Ok((told, None)),
        };
        let no_host = || ClientError::NoHost(self.base.clone());
        let page = page.ok_or_else(no_host)?;
        let reply = page.get("response").and_then(Reply::read);
        Ok((reply.ok_or_else(no_host)?, Some(page)))
    }

    /// Whether it is the host of `cargo func run`, which tells more than others.
    fn is_embedded(&self) -> Result<bool, ClientError> {
        let reply = self.send("GET", "/admin/host/status", &[], None)?;
        let status: Option<Value> = serde_json::from_slice(&reply.body).ok();
        let version = status
            .as_ref()
            .and_then(|status| status.get("versionDetails"));
        let version = version.and_then(Value::as_str).unwrap_or_default();
        Ok(reply.status == StatusCode::OK && version.starts_with(EMBEDDED))
    }

    /// Sends a request to a path of the host.
    ///
    /// # Errors
    ///
    /// There is no answer.
    pub(crate) fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&[u8]>,
    ) -> Result<Reply, ClientError> {
        let url = format!("{}{path}", self.base);
        let mut request = Request::builder().method(method).uri(&url);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(key) = &self.key {
            request = request.header(KEY, key);
        }
        let failed = |source| ClientError::Unreachable {
            base: self.base.clone(),
            source,
        };
        let invalid = |error: ureq::http::Error| ClientError::Request {
            // Without the query, which may hold a key.
            what: format!("{method} {}", path.split('?').next().unwrap_or_default()),
            source: error,
        };
        let response = match body {
            Some(body) => self.agent.run(request.body(body).map_err(invalid)?),
            None => self.agent.run(request.body(()).map_err(invalid)?),
        };
        let (parts, mut body) = response.map_err(failed)?.into_parts();
        let headers = parts.headers.iter().map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            (name.to_string(), value)
        });
        Ok(Reply {
            status: parts.status,
            headers: headers.collect(),
            body: body
                .with_config()
                .limit(ANSWER)
                .read_to_vec()
                .map_err(failed)?,
        })
    }

    /// Whether an answer is one of a host that takes the key.
    fn check(&self, reply: &Reply) -> Result<(), ClientError> {
        match reply.status {
            StatusCode::OK => Ok(()),
            status if is_denied(status) => Err(ClientError::Denied {
                base: self.base.clone(),
                has_key: self.key.is_some(),
            }),
            StatusCode::SERVICE_UNAVAILABLE => Err(ClientError::NotReady(self.base.clone())),
            _ => Err(ClientError::NoHost(self.base.clone())),
        }
    }
}

/// Whether the host wants a key, or another.
fn is_denied(status: StatusCode) -> bool {
    status == StatusCode::UNAUTHORIZED || status == StatusCode::FORBIDDEN
}

fn is_loopback(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost")
        || host
            .parse::<IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}
