//! How Service Bus is listened to: `extensions.serviceBus` of `host.json`.

use std::time::Duration;

use super::{host_json::duration, settings::Settings};

/// How Service Bus is listened to.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ServiceBusSettings {
    /// Whether the host completes messages whose function succeeded, unless the trigger says otherwise.
    pub auto_complete_messages: bool,
    /// For how long the lock of a message is renewed while its function runs.
    pub max_auto_lock_renewal_duration: Duration,
    /// How many messages of one function are worked on at a time.
    pub max_concurrent_calls: usize,
    /// How many sessions of one function are worked on at a time.
    pub max_concurrent_sessions: usize,
    /// How many messages a batch has at most.
    pub max_message_batch_size: usize,
}

impl ServiceBusSettings {
    pub(super) fn new(settings: &Settings) -> Result<Self, String> {
        let default = Self::default();
        let path = |name| format!("extensions:serviceBus:{name}");
        let positive = |name| {
            settings.get(&path(name), "a whole number above 0", |text| {
                text.trim()
                    .parse()
                    .ok()
                    .filter(|number: &usize| *number > 0)
            })
        };
        Ok(Self {
            auto_complete_messages: settings
                .bool(&path("autoCompleteMessages"))?
                .unwrap_or(default.auto_complete_messages),
            max_auto_lock_renewal_duration: settings
                .time_span(&path("maxAutoLockRenewalDuration"))?
                .and_then(duration)
                .unwrap_or(default.max_auto_lock_renewal_duration),
            max_concurrent_calls: positive("maxConcurrentCalls")?
                .unwrap_or(default.max_concurrent_calls),
            max_concurrent_sessions: positive("maxConcurrentSessions")?
                .unwrap_or(default.max_concurrent_sessions),
            max_message_batch_size: positive("maxMessageBatchSize")?
                .unwrap_or(default.max_message_batch_size),
        })
    }
}

impl Default for ServiceBusSettings {
    fn default() -> Self {
        Self {
            auto_complete_messages: true,
            max_auto_lock_renewal_duration: Duration::from_secs(5 * 60),
            max_concurrent_calls: 16,
            max_concurrent_sessions: 8,
            max_message_batch_size: 1000,
        }
    }
}
