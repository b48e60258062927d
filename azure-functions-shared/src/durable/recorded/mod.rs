//! The file that the history of an instance is kept in: JSON, one event a line.
//!
//! A host writes it, and a test reads it and replays it. It holds what a replay needs, and neither traces nor tags of calls.

mod entry;
mod failure;

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use self::entry::Entry;
use super::{ExecutionStartedEvent, HistoryEvent, history_event::EventType};

/// The version of the form of the file.
const VERSION: u32 = 1;

/// By this word in `Prefer`, a client of the embedded host asks for the file of a history in place of the status with it.
pub const PREFERENCE: &str = "history=events";

/// The history of one instance, as it was at some moment. Its text is what stands in the file.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct RecordedHistory {
    /// The id of the instance.
    pub instance_id: String,
    /// Whether the events are those of the task hub. Otherwise they were put together from what the status page of a host says, where
    /// ids and the clock are missing.
    pub exact: bool,
    /// What happened, in order.
    pub events: Vec<HistoryEvent>,
}

/// Why a text is no history.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RecordedHistoryError {
    /// It is not of the form.
    #[error("it is not a history: {0}")]
    Form(String),
    /// It is of a form that this version does not know.
    #[error("it has the version {0}, and this program knows version {VERSION}")]
    Version(u32),
    /// An event is not of the form.
    #[error("event {number}: {reason}")]
    Event {
        /// Which, beginning with 1.
        number: usize,
        /// What is wrong with it.
        reason: String,
    },
}

#[derive(Deserialize)]
struct Head {
    #[serde(rename = "historyVersion")]
    version: u32,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct File {
    history_version: u32,
    instance_id: String,
    exact: bool,
    events: Vec<Entry>,
}

impl RecordedHistory {
    /// The history of an instance, as the task hub has it.
    pub fn new(instance_id: impl Into<String>, events: Vec<HistoryEvent>) -> Self {
        Self {
            instance_id: instance_id.into(),
            exact: true,
            events,
        }
    }

    /// A history that was put together from what the status page of a host says.
    pub fn inexact(instance_id: impl Into<String>, events: Vec<HistoryEvent>) -> Self {
        Self {
            exact: false,
            ..Self::new(instance_id, events)
        }
    }

    /// The name of the orchestrator; `None` if the instance has not begun.
    pub fn orchestrator(&self) -> Option<&str> {
        self.started().map(|started| started.name.as_str())
    }

    fn started(&self) -> Option<&ExecutionStartedEvent> {
        self.events
            .iter()
            .find_map(|event| match &event.event_type {
                Some(EventType::ExecutionStarted(started)) => Some(started),
                _ => None,
            })
    }
}

impl fmt::Display for RecordedHistory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let written = |text: &str| serde_json::to_string(text).map_err(|_| fmt::Error);
        writeln!(f, "{{\n  \"historyVersion\": {VERSION},")?;
        writeln!(f, "  \"instanceId\": {},", written(&self.instance_id)?)?;
        writeln!(f, "  \"exact\": {},\n  \"events\": [", self.exact)?;
        for (at, event) in self.events.iter().enumerate() {
            let comma = if at + 1 < self.events.len() { "," } else { "" };
            let entry = serde_json::to_string(&Entry::of(event)).map_err(|_| fmt::Error)?;
            writeln!(f, "    {entry}{comma}")?;
        }
        f.write_str("  ]\n}\n")
    }
}

impl FromStr for RecordedHistory {
    type Err = RecordedHistoryError;

    fn from_str(text: &str) -> Result<Self, RecordedHistoryError> {
        let form = |error: serde_json::Error| RecordedHistoryError::Form(error.to_string());
        let head: Head = serde_json::from_str(text).map_err(form)?;
        if head.version != VERSION {
            return Err(RecordedHistoryError::Version(head.version));
        }
        let file: File = serde_json::from_str(text).map_err(form)?;
        let events = file.events.into_iter().enumerate();
        let events = events.map(|(at, entry)| {
            entry
                .into_event()
                .map_err(|reason| RecordedHistoryError::Event {
                    number: at + 1,
                    reason,
                })
        });
        Ok(Self {
            instance_id: file.instance_id,
            exact: file.exact,
            events: events.collect::<Result<_, _>>()?,
        })
    }
}

/// One event, in the words of its line in the file without the time: `taskScheduled 0 "hello"`.
///
/// It is what an error shows of an event.
#[derive(Clone, Copy, Debug)]
pub struct Brief<'a>(pub &'a HistoryEvent);

impl fmt::Display for Brief<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Entry::of(self.0).brief(f)
    }
}
