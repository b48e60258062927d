//! Events and outcomes as JSON, one object in a line.

use azure_functions_host::{Event, EventKind, HostHandle};
use serde::Serialize;

use super::table;

/// The first line: the host listens.
#[derive(Debug, Serialize)]
struct Ready<'a> {
    event: &'static str,
    url: &'a str,
    functions: Vec<Listed<'a>>,
}

#[derive(Debug, Serialize)]
struct Listed<'a> {
    name: &'a str,
    trigger: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
}

/// Every other line.
#[derive(Debug, Serialize)]
struct Line<'a> {
    event: &'static str,
    time: String,
    level: &'static str,
    category: &'a str,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    function: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    invocation_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    duration_ms: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    exception: Option<&'a str>,
}

pub(super) fn ready(host: &HostHandle) -> String {
    let functions = host.functions();
    let listed = functions.iter().map(|function| Listed {
        name: &function.name,
        trigger: &function.trigger().kind,
        url: table::url(host, function),
    });
    write(&Ready {
        event: "ready",
        url: &table::root(host),
        functions: listed.collect(),
    })
}

pub(super) fn event(event: &Event) -> String {
    write(&Line {
        event: kind(event.kind),
        time: event.time.to_string(),
        level: event.level.name(),
        category: &event.category,
        message: &event.message,
        function: event.function.as_deref(),
        invocation_id: event.invocation_id.as_deref(),
        duration_ms: event
            .duration
            .map(|duration| duration.as_secs_f64() * 1000.0),
        exception: event.exception.as_deref(),
    })
}

/// The outcome of a command.
pub(super) fn object(report: &impl Serialize) -> String {
    write(report)
}

fn kind(kind: EventKind) -> &'static str {
    match kind {
        EventKind::Host => "host",
        EventKind::Worker => "worker",
        EventKind::Console => "console",
        EventKind::User => "log",
        EventKind::Metric => "metric",
        EventKind::Started => "started",
        EventKind::Succeeded => "succeeded",
        EventKind::Failed => "failed",
        _ => "other",
    }
}

/// These values always can be written as JSON; `null` would say that one could not.
fn write(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_else(|_| "null".to_owned())
}
