//! [`RetryPolicy`]: how the host calls a function again that failed.

use std::time::Duration;

/// How the host calls a function again that failed: `#[func(retry = RetryPolicy::…)]`.
///
/// The host heeds it for timers, Event Hubs, Kafka and Cosmos DB triggers; with another trigger it is an error of the
/// compiler, because the service has its own way to deliver again, or none.
///
/// ```
/// use std::time::Duration;
///
/// use azure_functions::{BoxError, RetryPolicy, bindings::TimerInfo, func};
///
/// #[func(retry = RetryPolicy::fixed_delay(3, Duration::from_secs(10)))]
/// fn poll(#[binding(schedule = "0 */5 * * * *")] _timer: TimerInfo) -> Result<(), BoxError> {
///     Ok(())
/// }
/// # fn main() {}
/// ```
///
/// Which attempt it is says [`Context::retry`](crate::Context::retry). All have the same invocation id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryPolicy {
    pub(crate) max_retry_count: i32,
    pub(crate) strategy: Strategy,
}

/// How long the host waits between two attempts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Strategy {
    FixedDelay(Duration),
    ExponentialBackoff {
        minimum: Duration,
        maximum: Duration,
    },
}

impl RetryPolicy {
    /// The `max_retry_count` that has no end.
    pub const FOREVER: i32 = -1;

    /// Up to `max_retry_count` retries, each `delay_interval` after the failure before it.
    pub const fn fixed_delay(max_retry_count: i32, delay_interval: Duration) -> Self {
        Self {
            max_retry_count,
            strategy: Strategy::FixedDelay(delay_interval),
        }
    }

    /// Up to `max_retry_count` retries, after waits that grow from `minimum_interval` to `maximum_interval`.
    pub const fn exponential_backoff(
        max_retry_count: i32,
        minimum_interval: Duration,
        maximum_interval: Duration,
    ) -> Self {
        Self {
            max_retry_count,
            strategy: Strategy::ExponentialBackoff {
                minimum: minimum_interval,
                maximum: maximum_interval,
            },
        }
    }
}
