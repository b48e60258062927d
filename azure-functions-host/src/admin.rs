//! The `/admin` pages: is the host alive, which functions are there, and run one now.

use std::{sync::Arc, time::Duration};

use axum::{
    extract::Request,
    http::{HeaderValue, Method, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Limited};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::{
    app::App, functions::Function, host::HOST_VERSION, http::sentence, outcome, plan::Plan,
};

/// The largest body that these pages take, in bytes.
const BODY: usize = 4 << 20;

/// How long the worker may take to say that it is alive.
const PATIENCE: Duration = Duration::from_secs(1);

/// The page that a path means, without `/admin` and slashes around it; none if it is not under `/admin`.
pub(crate) fn page(path: &str) -> Option<&str> {
    const PREFIX: &str = "/admin";
    let (prefix, rest) = path.split_at_checked(PREFIX.len())?;
    let under = prefix.eq_ignore_ascii_case(PREFIX) && (rest.is_empty() || rest.starts_with('/'));
    under.then(|| rest.trim_matches('/'))
}

/// Whether a page is only for those who have the master key, when keys are asked for.
pub(crate) fn needs_key(page: &str) -> bool {
    let mut segments = page.split('/');
    let mut next = || segments.next().unwrap_or_default().to_ascii_lowercase();
    match (next().as_str(), next().as_str()) {
        ("host", "ping") | ("instance", "http-health") => false,
        ("functions" | "host" | "instance", _) => true,
        _ => false,
    }
}

/// Answers a request for a page.
pub(crate) async fn answer(app: &Arc<App>, page: &str, request: Request) -> Response {
    let segments: Vec<&str> = page.split('/').collect();
    let is = |segment: &str, word: &str| segment.eq_ignore_ascii_case(word);
    let get = request.method() == Method::GET;
    let post = request.method() == Method::POST;
    let base = base(&request);
    match segments.as_slice() {
        [host, status] if get && is(host, "host") && is(status, "status") => {
            page_of(&self::status(app).await)
        }
        [host, ping] if (get || post) && is(host, "host") && is(ping, "ping") => {
            let mut response = StatusCode::OK.into_response();
            let no_store = HeaderValue::from_static("no-store,no-cache");
            response
                .headers_mut()
                .insert(header::CACHE_CONTROL, no_store);
            response
        }
        [functions] if get && is(functions, "functions") => {
            let list: Vec<Value> = app
                .plans()
                .map(|plan| describe(app, plan.function(), &base))
                .collect();
            page_of(&Value::Array(list))
        }
        [functions, name] if is(functions, "functions") => match app.plan(name) {
            None => missing(name),
            Some(plan) if get => page_of(&describe(app, plan.function(), &base)),
            Some(plan) if post => run(app, plan, request).await,
            Some(_) => StatusCode::NOT_FOUND.into_response(),
        },
        [functions, name, status] if get && is(functions, "functions") && is(status, "status") => {
            if let Some(error) = app.errors().iter().find(|error| is(&error.function, name)) {
                return page_of(&json!({ "errors": [error.message] }));
            }
            match app.plan(name) {
                None => missing(name),
                Some(_) => page_of(&json!({})),
            }
        }
        [host, request_, ..] if is(host, "host") && is(request_, "request") => {
            outcome::of_request(app, request).await
        }
        _ => sentence(
            StatusCode::NOT_FOUND,
            "this host has no such page; it has `/admin/host/status`, `/admin/host/ping` and `/admin/functions`",
        ),
    }
}

fn page_of(value: &Value) -> Response {
    let kind = [(header::CONTENT_TYPE, "application/json; charset=utf-8")];
    (kind, value.to_string()).into_response()
}

fn missing(name: &str) -> Response {
    let text =
        format!("there is no function `{name}`; `/admin/functions` lists those that there are");
    sentence(StatusCode::NOT_FOUND, text)
}

/// The address by which the client knows the host.
fn base(request: &Request) -> String {
    let host = request
        .headers()
        .get(header::HOST)
        .and_then(|host| host.to_str().ok())
        .unwrap_or("localhost");
    format!("http://{host}")
}

async fn status(app: &App) -> Value {
    let mut errors: Vec<String> = app.errors().iter().map(ToString::to_string).collect();
    let state = match app.dispatcher.workers.gone() {
        None => "Running",
        Some(reason) => {
            errors.insert(0, reason);
            "Error"
        }
    };
    let mut status = json!({
        "id": "local",
        "state": state,
        "version": HOST_VERSION,
        "versionDetails": concat!("azure-functions-host ", env!("CARGO_PKG_VERSION")),
        "platformVersion": "",
        "instanceId": "",
        "computerName": "",
        "processUptime": u64::try_from(app.started.elapsed().as_millis()).unwrap_or(u64::MAX),
        "functionAppContentEditingState": "Unknown",
    });
    let latency = match app.dispatcher.workers.current() {
        Some(worker) => worker.latency(PATIENCE).await,
        None => None,
    };
    if let Some(members) = status.as_object_mut() {
        if !errors.is_empty() {
            members.insert("errors".to_owned(), json!(errors));
        }
        // Not among what the real host says; without it a worker that hangs would look well.
        members.insert(
            "workerLatencyMs".to_owned(),
            json!(latency.map(|latency| latency.as_secs_f64() * 1000.0)),
        );
    }
    status
}

/// What the real host says of a function, without what would point to pages that are not here.
fn describe(app: &App, function: &Function, base: &str) -> Value {
    let url = app.path(function).map(|path| format!("{base}/{path}"));
    json!({
        "name": function.name,
        "script_root_path_href": null,
        "script_href": null,
        "config_href": null,
        "test_data_href": null,
        "href": format!("{base}/admin/functions/{}", function.name),
        "invoke_url_template": url,
        "language": "native",
        "config": {
            "name": function.name,
            "entryPoint": function.entry_point,
            "scriptFile": function.script_file,
            "language": "native",
            "functionDirectory": "",
            "bindings": function.bindings.iter().map(|binding| &binding.properties).collect::<Vec<_>>(),
        },
        "files": null,
        "test_data": "",
        "isDisabled": function.disabled,
        "isDirect": false,
        "isProxy": false,
    })
}

/// Runs a function now, with the `input` of the request for its trigger's data.
///
/// The real host answers the same for an HTTP function, and never runs it; this one does.
async fn run(app: &Arc<App>, plan: &Plan, request: Request) -> Response {
    let is_json = request
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok())
        .is_some_and(|kind| {
            let kind = kind.split(';').next().unwrap_or_default().trim();
            kind.eq_ignore_ascii_case("application/json") || kind.ends_with("+json")
        });
    if !is_json {
        return sentence(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "the body must be JSON such as `{\"input\": \"text\"}`, with the content type `application/json`",
        );
    }
    let tells = outcome::is_wanted(request.headers());
    let Ok(body) = Limited::new(request.into_body(), BODY).collect().await else {
        return sentence(
            StatusCode::PAYLOAD_TOO_LARGE,
            format!("the body must be complete and have at most {BODY} bytes"),
        );
    };
    let body = body.to_bytes();
    let Some(input) = input(&body) else {
        return sentence(
            StatusCode::BAD_REQUEST,
            "the body must be an object whose `input` is a text, such as `{\"input\": \"text\"}`",
        );
    };
    match app.call_by_hand(plan.name(), &input, content(&body)).await {
        Ok(call) if tells => outcome::answer(app, call).await,
        Ok(call) => {
            let dispatcher = Arc::clone(&app.dispatcher);
            // What comes of it stands in the events.
            let visit = app.visits.begin();
            tokio::spawn(async move {
                let _visit = visit;
                dispatcher.invoke(call, CancellationToken::new()).await
            });
            StatusCode::ACCEPTED.into_response()
        }
        Err(error) => sentence(StatusCode::BAD_REQUEST, error.to_string()),
    }
}

/// The `input` of a body; empty if it has none, nothing if it is not a scalar.
fn input(body: &[u8]) -> Option<String> {
    let Value::Object(members) = serde_json::from_slice(body).ok()? else {
        return None;
    };
    let input = members
        .into_iter()
        .find(|(name, _)| name.eq_ignore_ascii_case("input"))
        .map_or(Value::Null, |(_, value)| value);
    match input {
        Value::Null => Some(String::new()),
        Value::String(text) => Some(text),
        Value::Bool(_) | Value::Number(_) => Some(input.to_string()),
        Value::Array(_) | Value::Object(_) => None,
    }
}

/// The `content` of a body: that of the blob that the `input` names.
fn content(body: &[u8]) -> Option<Bytes> {
    let members: Value = serde_json::from_slice(body).ok()?;
    Some(members.get("content")?.as_str()?.to_owned().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_found_whatever_their_case() {
        assert_eq!(page("/admin/host/status"), Some("host/status"));
        assert_eq!(page("/ADMIN/HOST/STATUS/"), Some("HOST/STATUS"));
        assert_eq!(page("/admin"), Some(""));
        assert_eq!(page("/administrator"), None);
        assert_eq!(page("/api/admin"), None);
        assert_eq!(page("/é"), None);
    }

    #[test]
    fn the_input_is_a_scalar_of_an_object() {
        for (body, expected) in [
            (r#"{"input":"hello"}"#, Some("hello")),
            (r#"{"Input":"case"}"#, Some("case")),
            (r#"{"input":""}"#, Some("")),
            (r#"{"input":null}"#, Some("")),
            ("{}", Some("")),
            (r#"{"input":5}"#, Some("5")),
            (r#"{"input":"a","extra":1}"#, Some("a")),
            (r#"{"input":{"a":1}}"#, None),
            ("{bad", None),
            ("", None),
            ("[]", None),
            (r#""x""#, None),
            ("null", None),
        ] {
            assert_eq!(input(body.as_bytes()).as_deref(), expected, "{body}");
        }
    }
}
