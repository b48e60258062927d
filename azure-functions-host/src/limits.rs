//! How long the host waits for what, and how often it tries.

use std::time::Duration;

/// The waits of the host; the default is what the real host does.
///
/// Every wait for a worker is bounded by one of these.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// From the start of the worker's process to its first message.
    pub startup: Duration,
    /// For the answer to the initialization.
    pub initialization: Duration,
    /// For the list of functions, and for all of them to be loaded.
    pub load: Duration,
    /// How long a worker that was told to terminate may go on.
    pub terminate_grace: Duration,
    /// How long running calls may go on when the host stops, before the worker is told to terminate.
    pub drain: Duration,
    /// How long what a build of the app has begun may go on once the next one has taken its place.
    pub retire: Duration,
    /// How long a call whose time is up may still answer, before its worker is replaced.
    pub timeout_grace: Duration,
    /// How long nothing may move between a client and the worker's own HTTP server.
    pub forward_idle: Duration,
    /// From the loss of a worker to the start of the next.
    pub restart_delay: Duration,
    /// The least time between one restart and the next.
    pub restart_interval: Duration,
    /// How many losses stop the host.
    pub restart_budget: usize,
    /// After how long without a loss the count begins again.
    pub restart_window: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            startup: Duration::from_secs(60),
            initialization: Duration::from_secs(10),
            load: Duration::from_secs(60),
            terminate_grace: Duration::from_secs(5),
            drain: Duration::from_secs(10),
            retire: Duration::from_secs(60),
            timeout_grace: Duration::from_secs(2),
            forward_idle: Duration::from_secs(240),
            restart_delay: Duration::from_millis(200),
            restart_interval: Duration::from_secs(10),
            restart_budget: 3,
            restart_window: Duration::from_secs(30 * 60),
        }
    }
}
