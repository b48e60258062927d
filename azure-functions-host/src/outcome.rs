//! What became of a call that somebody made by hand and waits for: pages of this host alone.
//!
//! The real host answers 202 and tells no more. A client that prefers to hear the end says so with the header
//! `Prefer: return=representation`, of which the real host takes no notice. For an HTTP function it sends the request itself to a path
//! behind [`REQUEST`], and gets the response with what else there is to tell.

use std::{pin::pin, sync::Arc};

use axum::{
    extract::Request,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri, header, uri::PathAndQuery},
    response::{IntoResponse as _, Response},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use http_body_util::{BodyExt as _, Limited};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::{
    app::App,
    event::{Event, EventKind, Events},
    http::{self, sentence},
    invoke::{Answer, Call, InvokeError, Observer},
    plan::Plan,
    wire::Output,
};

/// How many log lines of one call are told.
const LINES: usize = 1000;

/// What stands before the path of a request whose end is to be told.
const REQUEST: &str = "/admin/host/request";

/// Whether a client wants to hear what becomes of its call.
pub(crate) fn is_wanted(headers: &HeaderMap) -> bool {
    let values = headers.get_all("prefer").iter();
    let mut words = values
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split([',', ';']));
    words.any(|word| word.trim().eq_ignore_ascii_case("return=representation"))
}

/// Makes a call, and answers what became of it.
pub(crate) async fn answer(app: &Arc<App>, call: Call) -> Response {
    let id: Arc<str> = Arc::from(Uuid::new_v4().to_string());
    let plan = Arc::clone(&call.plan);
    let mut events = app.events.subscribe();
    // A client that leaves is told to the function.
    let left = CancellationToken::new();
    let _guard = left.clone().drop_guard();
    let dispatcher = Arc::clone(&app.dispatcher);
    let own = Arc::clone(&id);
    let mut running = tokio::spawn(async move { dispatcher.invoke_as(own, call, left).await });
    let mut lines = Lines::default();
    let result = loop {
        tokio::select! {
            // What was logged before the end is told before it.
            biased;
            Some(event) = events.next() => lines.add(&id, &event),
            result = &mut running => break result,
        }
    };
    lines.rest(&id, &mut events);
    let Ok(result) = result else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    told(&page(&plan, &id, &result, &lines))
}

/// Answers a request as if it were not for an `/admin` page, and tells what became of it beside the response.
pub(crate) async fn of_request(app: &Arc<App>, request: Request) -> Response {
    let (mut parts, body) = request.into_parts();
    let target = parts.uri.path_and_query().map_or("", PathAndQuery::as_str);
    let target = target.get(REQUEST.len()..).unwrap_or_default();
    let Ok(target) = target.parse::<Uri>() else {
        return sentence(
            StatusCode::BAD_REQUEST,
            "a path of a function has to follow, such as `/admin/host/request/api/NAME`",
        );
    };
    parts.uri = target;
    let request = Request::from_parts(parts, body);
    let id: Arc<str> = Arc::from(Uuid::new_v4().to_string());
    let mut events = app.events.subscribe();
    let (observer, ended) = Observer::new(&id);
    let mut exchange = pin!(async {
        let response = http::call(app, request, Some(observer)).await;
        let (parts, body) = response.into_parts();
        let body = Limited::new(body, app.body_limit).collect().await;
        (parts, body, ended.await.ok())
    });
    let mut lines = Lines::default();
    let (parts, body, ended) = loop {
        tokio::select! {
            biased;
            Some(event) = events.next() => lines.add(&id, &event),
            done = &mut exchange => break done,
        }
    };
    lines.rest(&id, &mut events);
    let mut page = match &ended {
        Some((plan, result)) => page(plan, &id, result, &lines),
        None => json!({ "function": null, "succeeded": true, "logs": [], "logsLeftOut": 0 }),
    };
    let headers = parts
        .headers
        .iter()
        .chain(app.custom_headers.iter().map(|(name, value)| (name, value)));
    let headers = headers
        .map(|(name, value)| json!([name.as_str(), String::from_utf8_lossy(value.as_bytes())]));
    let mut response = json!({
        "status": parts.status.as_u16(),
        "headers": headers.collect::<Vec<_>>(),
    });
    let is_whole = body.is_ok();
    if let (Ok(body), Some(response)) = (body, response.as_object_mut()) {
        response.insert("body".to_owned(), bytes(&body.to_bytes()));
    }
    if let Some(page) = page.as_object_mut() {
        if !is_whole || parts.status.as_u16() >= 400 {
            page.insert("succeeded".to_owned(), json!(false));
        }
        // The response is the result.
        page.remove("result");
        page.insert("response".to_owned(), response);
    }
    told(&page)
}

fn told(page: &Value) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "application/json; charset=utf-8"),
        (
            HeaderName::from_static("preference-applied"),
            "return=representation",
        ),
    ];
    let headers = headers.map(|(name, value)| (name, HeaderValue::from_static(value)));
    (headers, page.to_string()).into_response()
}

fn page(plan: &Plan, id: &str, result: &Result<Answer, InvokeError>, lines: &Lines) -> Value {
    let mut page = json!({
        "function": &**plan.name(),
        "invocationId": id,
        "succeeded": result.is_ok(),
        "logs": lines.told,
        "logsLeftOut": lines.left_out,
    });
    let more = match result {
        Ok(answer) => json!({
            "durationMs": answer.duration().as_secs_f64() * 1000.0,
            "result": answer.values().return_value().map(value),
            "outputs": outputs(plan, answer),
        }),
        Err(InvokeError::Failed { message, stack }) => json!({ "error": message, "stack": stack }),
        Err(error) => json!({ "error": error.to_string() }),
    };
    if let (Some(page), Value::Object(more)) = (page.as_object_mut(), more) {
        page.extend(more);
    }
    page
}

/// What went to the output bindings.
fn outputs(plan: &Plan, answer: &Answer) -> Vec<Value> {
    let written = plan.outputs().filter_map(|(binding, _)| {
        let output = answer.values().output(binding.name())?;
        // Who called has the response.
        if binding.is("http") {
            return None;
        }
        Some(json!({ "name": binding.name(), "type": binding.kind(), "value": value(output) }))
    });
    written.collect()
}

/// A value as JSON; bytes that are no text are an object with Base64.
fn value(output: &Output) -> Value {
    match output {
        Output::Text(text) => json!(text),
        Output::Json(token) => token.clone().into(),
        Output::Bytes(bytes) => self::bytes(bytes),
        Output::Http(response) => json!({ "status": response.status_code }),
        Output::Int(number) => json!(number),
        Output::Double(number) => json!(number),
    }
}

fn bytes(bytes: &[u8]) -> Value {
    match std::str::from_utf8(bytes) {
        Ok(text) => json!(text),
        Err(_) => json!({ "base64": STANDARD.encode(bytes) }),
    }
}

/// The log lines of one call.
#[derive(Debug, Default)]
struct Lines {
    told: Vec<Value>,
    left_out: usize,
}

impl Lines {
    fn add(&mut self, id: &str, event: &Event) {
        if event.kind != EventKind::User || event.invocation_id.as_deref() != Some(id) {
            return;
        }
        if self.told.len() == LINES {
            self.left_out += 1;
            return;
        }
        self.told.push(json!({
            "time": event.time.to_string(),
            "level": event.level.name(),
            "message": event.message,
            "exception": event.exception,
        }));
    }

    /// The lines that are written already.
    fn rest(&mut self, id: &str, events: &mut Events) {
        while let Some(event) = events.written() {
            self.add(id, &event);
        }
    }
}
