//! The retry policy of a function: how often, and after how long.

use std::time::Duration;

use azure_functions_shared::rpc::{
    RetryContext, RpcException, RpcRetryOptions, rpc_retry_options::RetryStrategy,
};

use crate::invoke::InvokeError;

/// Which triggers have a policy of their own obeyed; the others are delivered again by their service.
const TRIGGERS: &[&str] = &[
    "timerTrigger",
    "eventHubTrigger",
    "cosmosDBTrigger",
    "kafkaTrigger",
];

/// How often a function is called again when it fails, and after how long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RetryPolicy {
    /// As on the wire: a negative number is without end.
    max: i32,
    delay: Delay,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Delay {
    Fixed(Duration),
    Exponential { least: Duration, most: Duration },
}

impl RetryPolicy {
    /// The policy that a function asks for, if its trigger obeys one.
    pub(crate) fn new(options: &RpcRetryOptions, trigger: &str) -> Option<Self> {
        if !TRIGGERS
            .iter()
            .any(|name| name.eq_ignore_ascii_case(trigger))
        {
            return None;
        }
        let delay = match options.retry_strategy() {
            RetryStrategy::FixedDelay => Delay::Fixed(duration(options.delay_interval)),
            RetryStrategy::ExponentialBackoff => Delay::Exponential {
                least: duration(options.minimum_interval),
                most: duration(options.maximum_interval),
            },
        };
        Some(Self {
            max: options.max_retry_count,
            delay,
        })
    }

    /// After how long to try again when attempt number `attempt`, counted from 0, has failed.
    pub(crate) fn delay(&self, attempt: i32) -> Option<Duration> {
        if self.max >= 0 && attempt >= self.max {
            return None;
        }
        Some(match self.delay {
            Delay::Fixed(delay) => delay,
            Delay::Exponential { least, most } => {
                let factor = 2_u32.saturating_pow(attempt.unsigned_abs());
                least.saturating_mul(factor).min(most.max(least))
            }
        })
    }

    /// What the worker is told: on every attempt, the first included.
    pub(crate) fn context(&self, attempt: i32, failure: Option<&InvokeError>) -> RetryContext {
        RetryContext {
            retry_count: attempt,
            max_retry_count: self.max,
            exception: failure.map(|failure| RpcException {
                message: failure.to_string(),
                ..RpcException::default()
            }),
        }
    }
}

fn duration(wire: Option<prost_types::Duration>) -> Duration {
    wire.and_then(|wire| Duration::try_from(wire).ok())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(seconds: i64) -> prost_types::Duration {
        prost_types::Duration { seconds, nanos: 0 }
    }

    #[test]
    fn delays_follow_the_strategy_and_end() {
        let fixed = RpcRetryOptions {
            max_retry_count: 2,
            delay_interval: Some(seconds(3)),
            retry_strategy: RetryStrategy::FixedDelay.into(),
            ..RpcRetryOptions::default()
        };
        let exponential = RpcRetryOptions {
            max_retry_count: -1,
            minimum_interval: Some(seconds(1)),
            maximum_interval: Some(seconds(5)),
            retry_strategy: RetryStrategy::ExponentialBackoff.into(),
            ..RpcRetryOptions::default()
        };
        let delays = |options: &RpcRetryOptions| -> Vec<Option<u64>> {
            let policy = RetryPolicy::new(options, "timerTrigger").unwrap();
            [0, 1, 2, 3, 100]
                .into_iter()
                .map(|attempt| Some(policy.delay(attempt)?.as_secs()))
                .collect()
        };
        assert_eq!(delays(&fixed), [Some(3), Some(3), None, None, None]);
        assert_eq!(
            delays(&exponential),
            [Some(1), Some(2), Some(4), Some(5), Some(5)]
        );
        assert_eq!(RetryPolicy::new(&fixed, "queueTrigger"), None);
    }
}
