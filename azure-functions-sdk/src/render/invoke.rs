//! What became of a call.

use std::{collections::BTreeMap, fmt::Write as _, time::Duration};

use owo_colors::OwoColorize as _;
use serde::Serialize;
use serde_json::{Map, Value};

use super::{Report, event::taken};
use crate::client::{Reply, Sent};

/// What is taken over of what a host tells of a call beside its response.
const TOLD: &[&str] = &[
    "invocationId",
    "logs",
    "logsLeftOut",
    "outputs",
    "error",
    "stack",
];

/// A response of an HTTP function.
#[derive(Debug, Serialize)]
pub(crate) struct Answered<'a> {
    function: &'a str,
    succeeded: bool,
    method: &'a str,
    path: &'a str,
    status: u16,
    headers: BTreeMap<&'a str, &'a str>,
    duration_ms: f64,
    body: String,
    /// What else the host tells of the call: its id, log lines, outputs, and why it failed.
    #[serde(flatten)]
    told: Option<Map<String, Value>>,
    #[serde(skip)]
    reason: Option<&'static str>,
    #[serde(skip)]
    duration: Duration,
}

impl<'a> Answered<'a> {
    pub(crate) fn new(
        function: &'a str,
        sent: &Sent<'a>,
        reply: &'a Reply,
        told: Option<&Value>,
        duration: Duration,
    ) -> Self {
        let headers = reply.headers.iter();
        let told = told.and_then(Value::as_object);
        let failed = told.and_then(|told| told.get("succeeded")) == Some(&Value::Bool(false));
        let more = |told: &Map<String, Value>| {
            let members = told.iter();
            let members = members.filter(|(name, _)| TOLD.contains(&name.as_str()));
            members
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect()
        };
        Self {
            function,
            succeeded: reply.status.as_u16() < 400 && !failed,
            method: sent.method,
            path: sent.path,
            told: told.map(more),
            status: reply.status.as_u16(),
            headers: headers
                .map(|(name, value)| (name.as_str(), value.as_str()))
                .collect(),
            duration_ms: duration.as_secs_f64() * 1000.0,
            body: reply.text(),
            reason: reply.status.canonical_reason(),
            duration,
        }
    }

    /// Whether the function ran well, and its response says so.
    pub(crate) fn succeeded(&self) -> bool {
        self.succeeded
    }
}

impl Report for Answered<'_> {
    fn text(&self) -> String {
        let status = format!("{} {}", self.status, self.reason.unwrap_or_default());
        let status = status.trim_end();
        let shown = if self.succeeded {
            status.green().to_string()
        } else {
            status.red().bold().to_string()
        };
        let mut text = self.told.as_ref().map(lines).unwrap_or_default();
        let _ = write!(
            text,
            "{} `{}` with {} {}: {shown} in {}",
            "Called".green().bold(),
            self.function,
            self.method,
            self.path,
            taken(self.duration)
        );
        let error = self.told.as_ref().and_then(|told| told.get("error"));
        if let Some(error) = error.and_then(Value::as_str) {
            let _ = write!(
                text,
                "\n{} the function failed: {error}",
                "error:".red().bold()
            );
        }
        text
    }
}

/// A call that a host began, and tells no more of.
#[derive(Debug, Serialize)]
pub(crate) struct Begun<'a> {
    function: &'a str,
    /// Nobody knows.
    succeeded: Option<bool>,
    #[serde(skip)]
    base: &'a str,
    /// The blob that has to be there.
    #[serde(skip_serializing_if = "Option::is_none")]
    blob: Option<&'a str>,
}

impl<'a> Begun<'a> {
    pub(crate) fn new(function: &'a str, base: &'a str, blob: Option<&'a str>) -> Self {
        Self {
            function,
            succeeded: None,
            base,
            blob,
        }
    }
}

impl Report for Begun<'_> {
    fn text(&self) -> String {
        let mut text = format!(
            "{} `{}`; the host at {} does not say what becomes of it",
            "Began".green().bold(),
            self.function,
            self.base
        );
        if let Some(blob) = self.blob {
            let _ = write!(
                text,
                "\n{} it reads the blob `{blob}`, which has to be there",
                "note:".cyan().bold()
            );
        }
        let _ = write!(
            text,
            "\n\n{} its log does, or Application Insights",
            "hint:".cyan().bold()
        );
        text
    }
}

/// A call of which the host tells the end.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub(crate) struct Ended<'a> {
    outcome: &'a Value,
    #[serde(skip)]
    function: &'a str,
}

impl<'a> Ended<'a> {
    pub(crate) fn new(function: &'a str, outcome: &'a Value) -> Self {
        Self { outcome, function }
    }

    /// Whether the function did.
    pub(crate) fn succeeded(&self) -> bool {
        self.outcome.get("succeeded").and_then(Value::as_bool) == Some(true)
    }

    /// What the function returned, as text.
    pub(super) fn result(&self) -> Option<String> {
        let result = self
            .outcome
            .get("result")
            .filter(|result| !result.is_null());
        result.map(written)
    }
}

impl Report for Ended<'_> {
    fn text(&self) -> String {
        let mut text = self.outcome.as_object().map(lines).unwrap_or_default();
        let duration = self
            .outcome
            .get("durationMs")
            .and_then(Value::as_f64)
            .unwrap_or_default();
        let duration = Duration::try_from_secs_f64(duration / 1000.0).unwrap_or_default();
        if self.succeeded() {
            let _ = write!(
                text,
                "{} `{}` in {}",
                "Called".green().bold(),
                self.function,
                taken(duration)
            );
        } else {
            let _ = write!(
                text,
                "{} the function `{}` failed: {}",
                "error:".red().bold(),
                self.function,
                said(self.outcome, "error")
            );
        }
        text
    }
}

/// The log lines and the outputs of a call, each in a line.
fn lines(outcome: &Map<String, Value>) -> String {
    let member = |name: &str| {
        let list = outcome.get(name).and_then(Value::as_array);
        list.into_iter().flatten()
    };
    let mut text = String::new();
    for line in member("logs") {
        let level = said(line, "level");
        let level = match level {
            "warning" => level.yellow().to_string(),
            "error" | "critical" => level.red().to_string(),
            _ => level.dimmed().to_string(),
        };
        let _ = writeln!(
            text,
            "  {level} {}",
            said(line, "message").replace('\n', "\n    ")
        );
    }
    for output in member("outputs") {
        let value = output.get("value").map(written).unwrap_or_default();
        let _ = writeln!(
            text,
            "  {} {} {}: {}",
            "output".cyan(),
            said(output, "type"),
            said(output, "name"),
            value.replace('\n', "\n    ")
        );
    }
    text
}

fn said<'v>(value: &'v Value, name: &str) -> &'v str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// A value as a person reads it.
fn written(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
