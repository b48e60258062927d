//! `host.json`: members that nobody reads.

use std::path::Path;

use azure_functions_host::lenient_json;
use serde_json::Value;

use crate::finding::Finding;

/// The members that the host reads.
const KNOWN: &[&str] = &[
    "version",
    "aggregator",
    "concurrency",
    "customHandler",
    "extensionBundle",
    "extensions",
    "functions",
    "functionTimeout",
    "healthMonitor",
    "logging",
    "managedDependency",
    "sendCanceledInvocationsToWorker",
    "singleton",
    "telemetryMode",
    "watchDirectories",
    "watchFiles",
];

/// The members that stood at the top before version 2.0, and belong to `extensions` now.
const EXTENSIONS: &[&str] = &[
    "blobs",
    "cosmosDB",
    "durableTask",
    "eventHub",
    "eventHubs",
    "http",
    "kafka",
    "mcp",
    "queues",
    "rabbitMQ",
    "sendGrid",
    "serviceBus",
    "signalR",
    "sql",
];

/// The file, if it is there; that it can be read is known.
pub(super) fn read(folder: &Path) -> Option<Value> {
    let text = std::fs::read_to_string(folder.join("host.json")).ok()?;
    lenient_json::parse(&text).ok()
}

/// Looks at the members.
pub(super) fn check(file: &Value) -> Vec<Finding> {
    let members = file.as_object().into_iter().flatten();
    members.filter_map(|(name, _)| unread(name)).collect()
}

fn unread(name: &str) -> Option<Finding> {
    let is = |own: &&&str| own.eq_ignore_ascii_case(name);
    if KNOWN.iter().any(|own| is(&own)) || name == "$schema" {
        return None;
    }
    if name.eq_ignore_ascii_case("retry") {
        let finding = Finding::warning("host.json", "the host no longer reads `retry`");
        return Some(finding.hint("give each function its own: `#[func(retry = RetryPolicy::…)]`"));
    }
    let text = format!("`{name}` is no member that is known here");
    let finding = Finding::warning("host.json", text);
    if let Some(own) = EXTENSIONS.iter().find(is) {
        return Some(finding.hint(format!("move it into `extensions`, as `extensions.{own}`")));
    }
    let close = crate::similar::closest(name, KNOWN.iter().copied());
    Some(match close {
        Some(own) => finding.hint(format!("did you mean `{own}`?")),
        None => finding.hint("drop it, or look up where it belongs"),
    })
}
