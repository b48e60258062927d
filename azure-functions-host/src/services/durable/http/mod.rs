//! The management API of Durable Functions over HTTP, under `/runtime/webhooks/durabletask`.

mod address;
mod entities;
mod history;
mod instances;
mod status;

use axum::{
    http::{Method, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use jiff::Timestamp;
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

use crate::{
    http::sentence,
    services::Ground,
    store::durable::{HubError, TaskHub, status_name},
    webhook::Hook,
};

/// A request to the API.
pub(super) struct Api<'a> {
    hub: &'a TaskHub,
    ground: &'a Ground,
    hook: &'a Hook,
}

/// An answer, or a refusal.
type Answer = Result<Response, Response>;

/// Answers a request.
pub(super) async fn answer(ground: &Ground, hook: &Hook) -> Response {
    let api = Api {
        hub: &ground.durable.hub,
        ground,
        hook,
    };
    api.route().await.unwrap_or_else(|refusal| refusal)
}

impl Api<'_> {
    async fn route(&self) -> Answer {
        let own = &self.ground.settings.durable.hub_name;
        let hub = self.hook.query("taskHub").filter(|name| !name.is_empty());
        if hub.is_some_and(|name| !name.eq_ignore_ascii_case(own)) {
            return Err(not_found());
        }
        let segments: Vec<String> = self
            .hook
            .rest
            .split('/')
            .map(|segment| percent_decode_str(segment).decode_utf8_lossy().into_owned())
            .collect();
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        let method = self.hook.request.method();
        let (kind, rest) = segments.split_first().ok_or_else(not_found)?;
        match (kind.to_ascii_lowercase().as_str(), method, rest) {
            ("orchestrators", &Method::POST, [name]) => self.start(name, "").await,
            ("orchestrators", &Method::POST, [name, id]) => self.start(name, id).await,
            ("instances", &Method::GET, []) => self.list(),
            ("instances", &Method::DELETE, []) => self.purge_all(),
            ("instances", &Method::GET, [id]) => self.status(id),
            ("instances", &Method::DELETE, [id]) => self.purge(id),
            ("instances", &Method::POST, [id, verb]) => self.act(id, verb),
            ("instances", &Method::POST, [id, verb, event])
                if verb.eq_ignore_ascii_case("raiseEvent") =>
            {
                self.raise(id, event)
            }
            ("entities", &Method::GET, []) => self.list_entities(""),
            ("entities", &Method::GET, [name]) => self.list_entities(name),
            ("entities", &Method::GET, [name, key]) => self.entity(name, key),
            ("entities", &Method::POST, [name, key]) => self.signal(name, key),
            ("entities", &Method::DELETE, [name, key]) => Ok(self.delete_entity(name, key)),
            _ => Err(not_found()),
        }
    }

    /// The body, which is JSON or empty.
    fn body(&self) -> Result<Option<String>, Response> {
        let text = str::from_utf8(self.hook.request.body()).map_err(|error| invalid(&error))?;
        let text = text.trim_start_matches('\u{FEFF}');
        if text.trim().is_empty() {
            return Ok(None);
        }
        crate::lenient_json::parse(text).map_err(|error| invalid(&error))?;
        Ok(Some(text.to_owned()))
    }

    fn flag(&self, name: &str) -> Option<bool> {
        let text = self.hook.query(name)?;
        text.to_ascii_lowercase().parse().ok()
    }

    fn time(&self, name: &str) -> Result<Option<Timestamp>, Response> {
        let Some(text) = self.hook.query(name).filter(|text| !text.is_empty()) else {
            return Ok(None);
        };
        let time = text.parse().or_else(|_| format!("{text}Z").parse());
        time.map(Some).map_err(|_| {
            let text = format!("`{name}` is `{text}`; write a time such as `2026-01-31T00:00:00Z`");
            sentence(StatusCode::BAD_REQUEST, text)
        })
    }

    /// How many items are wanted.
    fn top(&self) -> usize {
        let top = self.hook.query("top").and_then(|text| text.parse().ok());
        top.filter(|top| *top > 0).unwrap_or(usize::MAX)
    }

    /// The item behind which the list goes on.
    fn after(&self) -> Option<String> {
        let token = self.hook.request.headers().get(CONTINUATION)?;
        crate::store::durable::id_of(token.to_str().ok()?)
    }
}

/// The header that says where a list goes on.
const CONTINUATION: &str = "x-ms-continuation-token";

fn not_found() -> Response {
    StatusCode::NOT_FOUND.into_response()
}

fn accepted() -> Response {
    StatusCode::ACCEPTED.into_response()
}

fn page(status: StatusCode, value: &Value) -> Response {
    let kind = [(header::CONTENT_TYPE, "application/json; charset=utf-8")];
    (status, kind, value.to_string()).into_response()
}

/// What the real host says of a body that is not JSON, without its stack.
fn invalid(error: &dyn std::error::Error) -> Response {
    let body = json!({
        "Message": "Invalid JSON content",
        "ExceptionMessage": error.to_string(),
    });
    page(StatusCode::BAD_REQUEST, &body)
}

/// The refusal of what an instance cannot do any more.
fn gone(error: &HubError) -> Response {
    match error {
        HubError::NotFound(_) => not_found(),
        HubError::Exists { .. } | HubError::Wrong { .. } => StatusCode::GONE.into_response(),
    }
}

/// The refusal of an id that is taken.
fn conflict(error: &HubError) -> Response {
    match error {
        HubError::NotFound(_) => not_found(),
        HubError::Exists { status, .. } | HubError::Wrong { status, .. } => {
            let message = format!(
                "An Orchestration instance with the status {} already exists.",
                status_name(*status)
            );
            page(StatusCode::CONFLICT, &json!({ "Message": message }))
        }
    }
}

/// A text as the JSON that it is, or as a text.
fn value(text: Option<&str>) -> Value {
    let parsed = text.map(|text| serde_json::from_str(text).unwrap_or_else(|_| text.into()));
    parsed.unwrap_or_default()
}
