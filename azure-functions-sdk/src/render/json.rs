//! Events and outcomes as JSON, one object in a line.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use azure_functions_host::{Event, EventKind, Function, HostHandle};
use serde::Serialize;

use super::{reload, table};
use crate::error::Explain;

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
    write(&Ready {
        event: "ready",
        url: &table::root(host),
        functions: listed(host, &functions),
    })
}

fn listed<'a>(host: &HostHandle, functions: &'a [Arc<Function>]) -> Vec<Listed<'a>> {
    let listed = functions.iter().map(|function| Listed {
        name: &function.name,
        trigger: &function.trigger().kind,
        url: table::url(host, function),
    });
    listed.collect()
}

/// Files changed.
#[derive(Debug, Serialize)]
struct Changed {
    event: &'static str,
    files: Vec<String>,
}

/// The new build runs.
#[derive(Debug, Serialize)]
struct Reloaded<'a> {
    event: &'static str,
    duration_ms: f64,
    functions: Vec<Listed<'a>>,
}

/// The new build does not run.
#[derive(Debug, Serialize)]
struct Kept {
    event: &'static str,
    error: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<String>,
}

/// A worker is held up.
#[derive(Debug, Serialize)]
struct Waiting {
    event: &'static str,
    pid: u32,
}

pub(super) fn changed(paths: &[PathBuf], folder: &Path) -> String {
    let files = paths.iter().map(|path| reload::relative(path, folder));
    write(&Changed {
        event: "changed",
        files: files.collect(),
    })
}

pub(super) fn reloaded(host: &HostHandle, took: Duration) -> String {
    let functions = host.functions();
    write(&Reloaded {
        event: "reloaded",
        duration_ms: took.as_secs_f64() * 1000.0,
        functions: listed(host, &functions),
    })
}

pub(super) fn same() -> String {
    write(&serde_json::json!({ "event": "unchanged" }))
}

pub(super) fn kept(reason: &dyn Explain) -> String {
    write(&Kept {
        event: "not_reloaded",
        error: in_full(reason),
        hint: reason.hint(),
    })
}

pub(super) fn waits_for_debugger(pid: u32) -> String {
    write(&Waiting {
        event: "waiting_for_debugger",
        pid,
    })
}

/// An error with all that caused it.
fn in_full(error: &dyn Explain) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
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
