//! When to try an activity or a sub-orchestration again.

use std::{fmt, sync::Arc, time::Duration};

use crate::TaskError;

/// When to try an activity or a sub-orchestration again that failed.
///
/// The orchestrator itself waits between the attempts, on a durable timer. A failure that says that trying again is in vain ends
/// them.
///
/// ```
/// use std::time::Duration;
///
/// use azure_functions_durable::RetryOptions;
///
/// // After 1 s, 2 s, 4 s and 5 s.
/// let options = RetryOptions::new(5, Duration::from_secs(1))
///     .backoff_coefficient(2.0)
///     .max_interval(Duration::from_secs(5));
/// ```
#[derive(Clone)]
#[non_exhaustive]
pub struct RetryOptions {
    /// How often it is tried in all, the first time included; at least 1.
    pub max_attempts: u32,
    /// How long to wait after the first failure.
    pub first_interval: Duration,
    /// By what the wait is multiplied after each further failure: 1 unless it is said.
    pub backoff_coefficient: f64,
    /// The longest wait.
    pub max_interval: Option<Duration>,
    /// How long after the first attempt began there is another one.
    pub timeout: Option<Duration>,
    handler: Option<Arc<Handler>>,
}

/// Says whether a failure is worth another attempt.
type Handler = dyn Fn(&TaskError) -> bool + Send + Sync;

impl RetryOptions {
    /// Up to `max_attempts` attempts in all, with the same wait between them.
    pub fn new(max_attempts: u32, first_interval: Duration) -> Self {
        Self {
            max_attempts,
            first_interval,
            backoff_coefficient: 1.0,
            max_interval: None,
            timeout: None,
            handler: None,
        }
    }

    /// By what the wait is multiplied after each further failure.
    pub fn backoff_coefficient(mut self, coefficient: f64) -> Self {
        self.backoff_coefficient = coefficient;
        self
    }

    /// The longest wait.
    pub fn max_interval(mut self, interval: Duration) -> Self {
        self.max_interval = Some(interval);
        self
    }

    /// How long after the first attempt began there is another one.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Asks `handler` whether a failure is worth another attempt. It has to be deterministic.
    pub fn handle(mut self, handler: impl Fn(&TaskError) -> bool + Send + Sync + 'static) -> Self {
        self.handler = Some(Arc::new(handler));
        self
    }

    /// How long to wait after the failure of attempt number `attempt`, counted from 1; `None` to give up. The first attempt
    /// began `since` ago.
    pub(crate) fn delay(
        &self,
        attempt: u32,
        since: Duration,
        error: &TaskError,
    ) -> Option<Duration> {
        let refused = || self.handler.as_ref().is_some_and(|handler| !handler(error));
        if attempt >= self.max_attempts || !error.is_retriable() || refused() {
            return None;
        }
        let exponent = i32::try_from(attempt.saturating_sub(1)).unwrap_or(i32::MAX);
        let factor = self.backoff_coefficient.powi(exponent);
        let delay = Duration::try_from_secs_f64(self.first_interval.as_secs_f64() * factor)
            .unwrap_or(Duration::MAX);
        let delay = self
            .max_interval
            .map_or(delay, |longest| delay.min(longest));
        match self.timeout {
            Some(timeout) if since.saturating_add(delay) > timeout => None,
            _ => Some(delay),
        }
    }
}

impl fmt::Debug for RetryOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RetryOptions")
            .field("max_attempts", &self.max_attempts)
            .field("first_interval", &self.first_interval)
            .field("backoff_coefficient", &self.backoff_coefficient)
            .field("max_interval", &self.max_interval)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::RetryOptions;
    use crate::{FailureDetails, TaskError};

    #[track_caller]
    fn check(options: &RetryOptions, since: u64, error: &TaskError, expected: &[Option<u64>]) {
        let delays: Vec<_> = (1..)
            .take(expected.len())
            .map(|attempt| {
                let delay = options.delay(attempt, Duration::from_secs(since), error);
                delay.map(|delay| delay.as_secs())
            })
            .collect();
        assert_eq!(delays, expected);
    }

    #[test]
    fn delays() {
        let failed = |details| TaskError::Failed {
            task: "activity `a`".to_owned(),
            details,
        };
        let error = failed(FailureDetails::new("E", "no"));
        let options = RetryOptions::new(4, Duration::from_secs(3));
        check(&options, 0, &error, &[Some(3), Some(3), Some(3), None]);
        let growing = options.clone().backoff_coefficient(2.0);
        check(&growing, 0, &error, &[Some(3), Some(6), Some(12), None]);
        let capped = growing.clone().max_interval(Duration::from_secs(5));
        check(&capped, 0, &error, &[Some(3), Some(5), Some(5), None]);
        let timed = growing.clone().timeout(Duration::from_secs(10));
        check(&timed, 3, &error, &[Some(3), Some(6), None]);
        let handled = options.clone().handle(|error| {
            error
                .details()
                .is_some_and(|details| details.message == "again")
        });
        check(&handled, 0, &error, &[None]);
        let again = failed(FailureDetails::new("E", "again"));
        check(&handled, 0, &again, &[Some(3)]);
        let in_vain = failed(FailureDetails::new("E", "no").non_retriable());
        check(&options, 0, &in_vain, &[None]);
        let endless = RetryOptions::new(u32::MAX, Duration::MAX).backoff_coefficient(f64::INFINITY);
        check(&endless, 0, &error, &[Some(u64::MAX)]);
        check(&RetryOptions::new(0, Duration::ZERO), 0, &error, &[None]);
    }
}
