//! What there is to say of orchestrations.

use std::{fmt::Write as _, path::Path};

use azure_functions_shared::durable::recorded::RecordedHistory;
use owo_colors::OwoColorize as _;
use serde::Serialize;
use serde_json::Value;

use super::Report;

/// An instance was started.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Started<'a> {
    name: &'a str,
    instance_id: &'a str,
}

impl<'a> Started<'a> {
    pub(crate) fn new(name: &'a str, instance_id: &'a str) -> Self {
        Self { name, instance_id }
    }

    pub(super) fn id(&self) -> &'a str {
        self.instance_id
    }
}

impl Report for Started<'_> {
    fn text(&self) -> String {
        format!("{} `{}` with the id", "Started".green().bold(), self.name)
    }
}

/// How far an instance is, as the host tells it.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub(crate) struct Instance(Value);

impl Instance {
    pub(crate) fn new(status: Value) -> Self {
        Self(status)
    }

    /// The name of the orchestrator.
    pub(crate) fn name(&self) -> &str {
        self.said("name")
    }

    /// Whether it has an output.
    pub(crate) fn has_completed(&self) -> bool {
        self.said("runtimeStatus") == "Completed"
    }

    fn said(&self, member: &str) -> &str {
        let member = self.0.get(member).and_then(Value::as_str);
        member.unwrap_or_default()
    }

    fn status(&self) -> String {
        let status = self.said("runtimeStatus");
        match status {
            "Completed" => status.green().to_string(),
            "Failed" | "Terminated" | "Canceled" => status.red().bold().to_string(),
            _ => status.yellow().to_string(),
        }
    }
}

impl Report for Instance {
    fn text(&self) -> String {
        let mut text = self.said("instanceId").bold().to_string();
        let mut line = |what: &str, value: &str| {
            let value = value.replace('\n', "\n                ");
            let _ = write!(text, "\n  {what:<12}  {value}");
        };
        line("orchestrator", self.name());
        line("status", &self.status());
        line("created", self.said("createdTime"));
        line("last updated", self.said("lastUpdatedTime"));
        for (what, member) in [
            ("input", "input"),
            ("custom", "customStatus"),
            ("output", "output"),
        ] {
            match self.0.get(member) {
                None | Some(Value::Null) => {}
                // The reason of a failure, most often.
                Some(Value::String(reason)) if !self.has_completed() && member == "output" => {
                    line(what, reason);
                }
                Some(value) => line(what, &value.to_string()),
            }
        }
        text
    }
}

/// Some instances.
#[derive(Debug, Serialize)]
pub(crate) struct Instances {
    instances: Vec<Instance>,
    /// Whether there are others behind them.
    more: bool,
}

impl Instances {
    pub(crate) fn new(found: Vec<Value>, more: bool) -> Self {
        Self {
            instances: found.into_iter().map(Instance).collect(),
            more,
        }
    }
}

impl Report for Instances {
    fn text(&self) -> String {
        let width = |member: &str| {
            let widths = self.instances.iter();
            let widths = widths.map(|instance| instance.said(member).chars().count());
            widths.max().unwrap_or_default()
        };
        let (ids, names) = (width("instanceId"), width("name"));
        let mut text = String::new();
        for instance in &self.instances {
            let status = instance.said("runtimeStatus");
            let padding = " ".repeat(10_usize.saturating_sub(status.len()));
            let _ = writeln!(
                text,
                "{:<ids$}  {:<names$}  {}{padding}  {}",
                instance.said("instanceId"),
                instance.name(),
                instance.status(),
                instance.said("createdTime"),
            );
        }
        if self.more {
            text.push_str("and more; `--limit` shows them\n");
        } else if self.instances.is_empty() {
            text.push_str("no instances\n");
        }
        text.truncate(text.trim_end().len());
        text
    }
}

/// An event was raised.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Raised<'a> {
    instance_id: &'a str,
    event: &'a str,
}

impl<'a> Raised<'a> {
    pub(crate) fn new(instance_id: &'a str, event: &'a str) -> Self {
        Self { instance_id, event }
    }
}

impl Report for Raised<'_> {
    fn text(&self) -> String {
        format!(
            "{} `{}` for `{}`",
            "Raised".green().bold(),
            self.event,
            self.instance_id
        )
    }
}

/// An instance was told to do something, which it does in its own time.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Acted<'a> {
    instance_id: &'a str,
    told_to: &'a str,
}

impl<'a> Acted<'a> {
    pub(crate) fn new(told_to: &'a str, instance_id: &'a str) -> Self {
        Self {
            instance_id,
            told_to,
        }
    }
}

impl Report for Acted<'_> {
    fn text(&self) -> String {
        format!(
            "{} `{}` to {}",
            "Told".green().bold(),
            self.instance_id,
            self.told_to
        )
    }
}

/// Instances are gone.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Purged {
    instances_deleted: u64,
}

impl Purged {
    pub(crate) fn new(instances_deleted: u64) -> Self {
        Self { instances_deleted }
    }
}

impl Report for Purged {
    fn text(&self) -> String {
        let count = self.instances_deleted;
        let what = if count == 1 { "instance" } else { "instances" };
        format!("{} {count} {what}", "Purged".green().bold())
    }
}

/// A history is in a file.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Recorded<'a> {
    instance_id: &'a str,
    file: &'a Path,
    events: usize,
    exact: bool,
}

impl<'a> Recorded<'a> {
    pub(crate) fn new(history: &'a RecordedHistory, file: &'a Path) -> Self {
        Self {
            instance_id: &history.instance_id,
            file,
            events: history.events.len(),
            exact: history.exact,
        }
    }
}

impl Report for Recorded<'_> {
    fn text(&self) -> String {
        format!(
            "{} `{}` with {} events of `{}`",
            "Wrote".green().bold(),
            self.file.display(),
            self.events,
            self.instance_id
        )
    }
}
