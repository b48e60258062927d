//! Event Grid: a webhook that takes events and calls a function with each, or with all at once.

use std::sync::Arc;

use axum::{
    http::{HeaderName, HeaderValue, Method, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use azure_functions_shared::rpc::Data;
use futures::{
    FutureExt as _, StreamExt as _,
    future::{BoxFuture, ready},
    stream,
};
use jiff::tz::TimeZone;

use super::{Ground, Listener, Service};
use crate::{
    binding_data::{BindingData, Value},
    functions::Cardinality,
    http::sentence,
    json_text::{self, Element},
    lenient_json::{self, Dates, Token},
    plan::{Plan, Resolved},
    store::Sent,
    webhook::Hook,
    wire::{Output, trigger::Event},
};

/// The type of the trigger.
const TRIGGER: &str = "eventGridTrigger";
/// The header that says what a request to the webhook is.
const KIND: &str = "aeg-event-type";
/// How many functions run at a time for one request.
const AT_ONCE: usize = 16;

/// The webhook, and the topics.
#[derive(Debug)]
pub(super) struct EventGrid {
    pub(super) ground: Arc<Ground>,
}

impl Service for EventGrid {
    fn triggers(&self) -> &'static [&'static str] {
        &[TRIGGER]
    }

    fn bindings(&self) -> &'static [&'static str] {
        &["eventGrid"]
    }

    fn check(&self, _: &Plan) -> Result<(), String> {
        Ok(())
    }

    /// Nothing to listen to: events come to the webhook.
    fn listen(&self, _: Listener) -> Result<BoxFuture<'static, ()>, String> {
        Ok(ready(()).boxed())
    }

    fn event_by_hand<'a>(
        &'a self,
        plan: &'a Plan,
        input: &'a str,
    ) -> BoxFuture<'a, Result<Event, String>> {
        let event = events(input.as_bytes()).and_then(|events| {
            let mut calls = calls(plan, events);
            match (calls.pop(), calls.is_empty()) {
                (Some(event), true) => Ok(event),
                _ => Err("the function takes one event a call; give one event".to_owned()),
            }
        });
        ready(event).boxed()
    }

    /// Records the events; there is no topic to send them to.
    fn store<'a>(
        &'a self,
        binding: &'a Resolved,
        value: &'a Output,
    ) -> BoxFuture<'a, Result<(), String>> {
        let recorded = published(value).map(|events| {
            for event in events {
                self.ground.sent.record(Sent::new(
                    self.ground.clock.now(),
                    binding.kind(),
                    binding.properties().clone(),
                    event.into(),
                ));
            }
        });
        ready(recorded).boxed()
    }

    fn only_records(&self) -> bool {
        true
    }

    fn webhook(&self) -> Option<&'static str> {
        Some("EventGrid")
    }

    fn answer<'a>(&'a self, hook: &'a Hook) -> BoxFuture<'a, Response> {
        async move { respond(hook).await.unwrap_or_else(|refusal| refusal) }.boxed()
    }
}

async fn respond(hook: &Hook) -> Result<Response, Response> {
    if !hook.rest.is_empty() {
        return Err(StatusCode::NOT_FOUND.into_response());
    }
    if hook.request.method() == Method::OPTIONS {
        return Ok(allow(hook));
    }
    let plan = function(hook)?;
    let headers = hook.request.headers();
    let kind = headers.get(KIND).and_then(|kind| kind.to_str().ok());
    let is = |name: &str| kind.is_some_and(|kind| kind.eq_ignore_ascii_case(name));
    let refuse = |text: String| sentence(StatusCode::BAD_REQUEST, text);
    if is("SubscriptionValidation") {
        let code = validation_code(hook.request.body()).map_err(refuse)?;
        let body = Token::Object(vec![("validationResponse".to_owned(), Token::String(code))]);
        let kind = [(header::CONTENT_TYPE, "application/json; charset=utf-8")];
        return Ok((kind, body.compact()).into_response());
    }
    if is("Unsubscribe") {
        return Ok(StatusCode::ACCEPTED.into_response());
    }
    if !is("Notification") {
        let text = format!(
            "the request has no header `{KIND}` that this webhook knows; add `{KIND}: Notification` to send events"
        );
        return Err(refuse(text));
    }
    let events = events(hook.request.body()).map_err(refuse)?;
    let failures: Vec<_> = stream::iter(calls(plan, events))
        .map(|event| hook.call(plan, "Event Grid event received", event))
        .buffer_unordered(AT_ONCE)
        .filter_map(|result| ready(result.err()))
        .collect()
        .await;
    match failures.first() {
        None => Ok(StatusCode::ACCEPTED.into_response()),
        // The sender then sends all of them again.
        Some(failure) => Err(sentence(
            StatusCode::INTERNAL_SERVER_ERROR,
            failure.to_string(),
        )),
    }
}

/// Tells a sender of `CloudEvents` that it may send them here.
fn allow(hook: &Hook) -> Response {
    let mut response = StatusCode::OK.into_response();
    let origin = hook.request.headers().get("webhook-request-origin");
    let origin = origin
        .cloned()
        .unwrap_or_else(|| HeaderValue::from_static("*"));
    let name = HeaderName::from_static("webhook-allowed-origin");
    response.headers_mut().insert(name, origin);
    response
}

fn function(hook: &Hook) -> Result<&Arc<Plan>, Response> {
    let name = hook.query("functionName").unwrap_or_default();
    let mut functions = hook.functions(TRIGGER);
    functions
        .find(|plan| plan.name().eq_ignore_ascii_case(&name))
        .ok_or_else(|| {
            let names: Vec<_> = hook
                .functions(TRIGGER)
                .map(|plan| format!("`{}`", plan.name()))
                .collect();
            let text = format!(
                "there is no function `{name}` for events; name one in the query, as `functionName=…`: there are {}",
                names.join(", ")
            );
            sentence(StatusCode::NOT_FOUND, text)
        })
}

/// The code that the sender of a subscription wants to hear: in an Event Grid event, or in a `CloudEvents` one.
fn validation_code(body: &[u8]) -> Result<String, String> {
    let event = events(body)?.into_iter().next();
    let data = event.as_ref().and_then(|event| member(event, "data"));
    // The second schema has the data as text.
    let parsed = match data {
        Some(Token::String(text)) => lenient_json::tokens(text, Dates::Keep).ok(),
        _ => None,
    };
    match parsed
        .as_ref()
        .or(data)
        .and_then(|data| member(data, "validationCode"))
    {
        Some(Token::String(code)) => Ok(code.clone()),
        _ => Err("the validation has no `data.validationCode`; send it as a text".to_owned()),
    }
}

/// The events of a body: the elements of an array, or one.
fn events(body: &[u8]) -> Result<Vec<Token>, String> {
    let text = str::from_utf8(body).map_err(|_| "the body is not UTF-8; send JSON".to_owned())?;
    let token = lenient_json::tokens(text, Dates::Parse(&TimeZone::UTC))
        .map_err(|error| format!("the body is not JSON ({error}); send an event, or an array"))?;
    let events = match token {
        Token::Array(events) => events,
        event => vec![event],
    };
    if events.iter().all(|event| matches!(event, Token::Object(_))) {
        Ok(events)
    } else {
        Err("an event is not a JSON object; send an event, or an array of them".to_owned())
    }
}

/// What the function is called with: each event, or all at once.
fn calls(plan: &Plan, events: Vec<Token>) -> Vec<Event> {
    match plan.function().trigger().cardinality {
        Cardinality::One => events.iter().map(one).collect(),
        Cardinality::Many => vec![many(events)],
    }
}

fn one(event: &Token) -> Event {
    let text = event.compact();
    let mut data = BindingData::default();
    if let Some(token) = member(event, "data") {
        data.insert("data", Value::Json(token.clone()));
    }
    data.extend(json_text::binding_data(&text, &TimeZone::UTC));
    Event {
        value: Data::Json(text).into(),
        data,
    }
}

fn many(events: Vec<Token>) -> Event {
    let data = events
        .iter()
        .map(|event| member(event, "data").cloned().unwrap_or(Token::Null))
        .collect();
    Event {
        data: BindingData::from_iter([("data", Value::Json(Token::Array(data)))]),
        value: Data::Json(Token::Array(events).compact()).into(),
    }
}

/// The events of an output, all of the schema of the first.
fn published(value: &Output) -> Result<Vec<Token>, String> {
    let elements = match value {
        Output::Json(token) => json_text::token_elements(token.clone()),
        Output::Text(text) => json_text::elements(text, &TimeZone::UTC)
            .map_err(|error| format!("the text is not JSON ({error}); send an event"))?,
        _ => return Err("an event is neither text nor JSON; send it as JSON".to_owned()),
    };
    let events: Vec<_> = elements
        .into_iter()
        .map(|element| match element {
            Element::Json(event @ Token::Object(_)) => Ok(event),
            _ => Err("an event is not a JSON object; send an object".to_owned()),
        })
        .collect::<Result<_, _>>()?;
    let needed = match events.first() {
        Some(event) if member(event, "specversion").is_some() => &CLOUD_EVENT[..],
        _ => &EVENT_GRID_EVENT[..],
    };
    for event in &events {
        if let Some(name) = needed.iter().find(|name| member(event, name).is_none()) {
            return Err(format!(
                "an event has no `{name}`; every event of an output needs {}",
                needed.join(", ")
            ));
        }
    }
    Ok(events)
}

const CLOUD_EVENT: [&str; 4] = ["specversion", "source", "type", "id"];
const EVENT_GRID_EVENT: [&str; 6] = [
    "id",
    "subject",
    "eventType",
    "eventTime",
    "data",
    "dataVersion",
];

fn member<'a>(event: &'a Token, name: &str) -> Option<&'a Token> {
    let Token::Object(members) = event else {
        return None;
    };
    let mut members = members.iter();
    let found = members.find(|(member, _)| member.eq_ignore_ascii_case(name));
    found.map(|(_, value)| value)
}
