//! The settings of `host.json` for event hubs.

use std::time::Duration;

use jiff::Timestamp;

use super::{host_json::duration, settings::Settings};
use crate::store::Start;

/// How event hubs are listened to.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct EventHubSettings {
    /// How many events are taken at a time.
    pub max_event_batch_size: usize,
    /// How many events a batch waits for.
    pub min_event_batch_size: usize,
    /// How long it waits for them.
    pub max_wait_time: Duration,
    /// After how many batches a checkpoint is written.
    pub batch_checkpoint_frequency: u32,
    /// Where a consumer group begins that has read nothing yet.
    pub initial_offset: Start,
}

impl EventHubSettings {
    pub(super) fn new(settings: &Settings) -> Result<Self, String> {
        let default = Self::default();
        let path = |name: &str| format!("extensions:eventHubs:{name}");
        let count = |name| {
            settings.get(&path(name), "a whole number above 0", |text| {
                text.trim().parse().ok().filter(|number: &u32| *number > 0)
            })
        };
        let size = |name| count(name).map(|count| count.and_then(|count| count.try_into().ok()));
        let wait = settings.time_span(&path("maxWaitTime"))?;
        Ok(Self {
            max_event_batch_size: size("maxEventBatchSize")?
                .unwrap_or(default.max_event_batch_size),
            min_event_batch_size: size("minEventBatchSize")?
                .unwrap_or(default.min_event_batch_size),
            max_wait_time: wait.and_then(duration).unwrap_or(default.max_wait_time),
            batch_checkpoint_frequency: count("batchCheckpointFrequency")?
                .unwrap_or(default.batch_checkpoint_frequency),
            initial_offset: initial_offset(settings, &path("initialOffsetOptions"))?,
        })
    }
}

impl Default for EventHubSettings {
    fn default() -> Self {
        Self {
            max_event_batch_size: 100,
            min_event_batch_size: 1,
            max_wait_time: Duration::from_secs(60),
            batch_checkpoint_frequency: 1,
            initial_offset: Start::First,
        }
    }
}

fn initial_offset(settings: &Settings, path: &str) -> Result<Start, String> {
    let time = |text: &str| -> Option<Timestamp> { text.trim().parse().ok() };
    let enqueued = settings.get(
        &format!("{path}:enqueuedTimeUtc"),
        "a time such as `2026-01-31T00:00:00Z`",
        time,
    )?;
    let start = settings.get(
        &format!("{path}:type"),
        "`fromStart`, `fromEnd` or, with an `enqueuedTimeUtc`, `fromEnqueuedTime`",
        |text| match &*text.to_ascii_lowercase() {
            "fromstart" => Some(Start::First),
            "fromend" => Some(Start::Next),
            "fromenqueuedtime" => enqueued.map(Start::Enqueued),
            _ => None,
        },
    )?;
    Ok(start.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(settings: &serde_json::Value) -> Result<EventHubSettings, String> {
        let members = json!({ "extensions": { "eventHubs": settings } });
        EventHubSettings::new(&Settings::new(members.as_object().unwrap()))
    }

    #[test]
    fn all_settings_are_read() {
        assert_eq!(read(&json!({})), Ok(EventHubSettings::default()));
        let expected = EventHubSettings {
            max_event_batch_size: 50,
            min_event_batch_size: 3,
            max_wait_time: Duration::from_millis(2500),
            batch_checkpoint_frequency: 4,
            initial_offset: Start::Enqueued(Timestamp::UNIX_EPOCH),
        };
        let settings = json!({
            "MaxEventBatchSize": 50,
            "minEventBatchSize": "3",
            "maxWaitTime": "00:00:02.5",
            "batchCheckpointFrequency": 4,
            "initialOffsetOptions": { "type": "FromEnqueuedTime", "enqueuedTimeUtc": "1970-01-01T00:00:00Z" },
        });
        assert_eq!(read(&settings), Ok(expected));
        let end = read(&json!({ "initialOffsetOptions": { "type": "fromEnd" } })).unwrap();
        assert_eq!(end.initial_offset, Start::Next);
    }

    #[test]
    fn bad_settings_are_named() {
        for (settings, name) in [
            (json!({ "maxEventBatchSize": 0 }), "maxEventBatchSize"),
            (json!({ "minEventBatchSize": -1 }), "minEventBatchSize"),
            (json!({ "maxWaitTime": "soon" }), "maxWaitTime"),
            (
                json!({ "batchCheckpointFrequency": "x" }),
                "batchCheckpointFrequency",
            ),
            (
                json!({ "initialOffsetOptions": { "type": "now" } }),
                "initialOffsetOptions.type",
            ),
            (
                json!({ "initialOffsetOptions": { "type": "fromEnqueuedTime" } }),
                "initialOffsetOptions.type",
            ),
            (
                json!({ "initialOffsetOptions": { "enqueuedTimeUtc": "soon" } }),
                "initialOffsetOptions.enqueuedTimeUtc",
            ),
        ] {
            let error = read(&settings).unwrap_err();
            let start = format!("`extensions.eventHubs.{name}` is ");
            assert!(error.starts_with(&start), "{error}");
        }
    }
}
