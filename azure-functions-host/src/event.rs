//! What happens in the host, as data: log lines of the worker, of its functions and of the host itself.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use jiff::Timestamp;
use tokio::sync::broadcast::{
    self,
    error::{RecvError, TryRecvError},
};

use crate::config::LogLevel;

/// How many events a reader may be behind before it misses the oldest.
const CAPACITY: usize = 4096;

/// How much an event matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// The finest detail.
    Trace,
    /// Detail for someone who looks for a fault.
    Debug,
    /// What happens.
    Information,
    /// Something that may be wrong.
    Warning,
    /// Something that failed.
    Error,
    /// Something that stops the app.
    Critical,
}

impl Level {
    /// The name, in lower case.
    pub fn name(self) -> &'static str {
        match self {
            Self::Trace => "trace",
            Self::Debug => "debug",
            Self::Information => "information",
            Self::Warning => "warning",
            Self::Error => "error",
            Self::Critical => "critical",
        }
    }
}

/// What an event is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EventKind {
    /// A line that the host wrote.
    Host,
    /// A line that the worker wrote about itself.
    Worker,
    /// A line that the worker printed to its standard output or error.
    Console,
    /// A line that a function wrote.
    User,
    /// A metric that a function recorded.
    Metric,
    /// A call of a function began.
    Started,
    /// A call of a function succeeded.
    Succeeded,
    /// A call of a function failed.
    Failed,
}

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Event {
    /// When it happened.
    pub time: Timestamp,
    /// What it is about.
    pub kind: EventKind,
    /// How much it matters.
    pub level: Level,
    /// The name of the logger, as the real host spells it.
    pub category: String,
    /// The text.
    pub message: String,
    /// The function it belongs to.
    pub function: Option<Arc<str>>,
    /// The call it belongs to.
    pub invocation_id: Option<Arc<str>>,
    /// How long the call took, once it has ended.
    pub duration: Option<Duration>,
    /// The exception that came with it: its message, and its stack if it has one.
    pub exception: Option<String>,
}

impl Event {
    pub(crate) fn new(
        kind: EventKind,
        level: Level,
        category: impl Into<String>,
        message: impl Into<String>,
    ) -> Self {
        Self {
            time: Timestamp::now(),
            kind,
            level,
            category: category.into(),
            message: message.into(),
            function: None,
            invocation_id: None,
            duration: None,
            exception: None,
        }
    }

    pub(crate) fn of_call(mut self, function: &Arc<str>, invocation_id: &Arc<str>) -> Self {
        self.function = Some(Arc::clone(function));
        self.invocation_id = Some(Arc::clone(invocation_id));
        self
    }

    pub(crate) fn of_function(mut self, function: &Arc<str>) -> Self {
        self.function = Some(Arc::clone(function));
        self
    }

    pub(crate) fn took(mut self, duration: Duration) -> Self {
        self.duration = Some(duration);
        self
    }

    pub(crate) fn with_exception(mut self, exception: Option<String>) -> Self {
        self.exception = exception;
        self
    }
}

/// The events of a host, in order, from the moment of subscription.
#[derive(Debug)]
pub struct Events {
    receiver: broadcast::Receiver<Event>,
}

impl Events {
    /// The next event; `None` once the host is gone and all events are read.
    ///
    /// A reader that is thousands of events behind misses the oldest, and reads a warning in their place.
    ///
    /// # Cancel safety
    ///
    /// No event is lost when the returned future is dropped.
    pub async fn next(&mut self) -> Option<Event> {
        match self.receiver.recv().await {
            Ok(event) => Some(event),
            Err(RecvError::Lagged(missed)) => Some(self::missed(missed)),
            Err(RecvError::Closed) => None,
        }
    }

    /// The next event, if it is written already.
    pub(crate) fn written(&mut self) -> Option<Event> {
        match self.receiver.try_recv() {
            Ok(event) => Some(event),
            Err(TryRecvError::Lagged(missed)) => Some(self::missed(missed)),
            Err(TryRecvError::Empty | TryRecvError::Closed) => None,
        }
    }
}

fn missed(number: u64) -> Event {
    Event::new(
        EventKind::Host,
        Level::Warning,
        "Host.General",
        format!("{number} events were missed, because they were not read in time"),
    )
}

/// Where the parts of the host write their events.
#[derive(Debug, Clone)]
pub(crate) struct EventSink {
    sender: broadcast::Sender<Event>,
    levels: Arc<BTreeMap<String, LogLevel>>,
}

impl EventSink {
    /// A sink for the lines that `levels`, the `logging.logLevel` of `host.json`, lets pass.
    pub(crate) fn new(levels: BTreeMap<String, LogLevel>) -> Self {
        Self {
            sender: broadcast::Sender::new(CAPACITY),
            levels: Arc::new(levels),
        }
    }

    pub(crate) fn subscribe(&self) -> Events {
        Events {
            receiver: self.sender.subscribe(),
        }
    }

    /// Writes an event; without a reader it is gone.
    pub(crate) fn send(&self, event: Event) {
        if self.passes(&event) {
            let _ = self.sender.send(event);
        }
    }

    /// Whether the settings let an event pass. Calls begin and end, and metrics are recorded, whatever they say.
    fn passes(&self, event: &Event) -> bool {
        use EventKind::{Console, Host, User, Worker};

        if !matches!(event.kind, Host | Worker | Console | User) {
            return true;
        }
        let begins = |name: &str| {
            let start = event.category.get(..name.len());
            start.is_some_and(|start| start.eq_ignore_ascii_case(name))
        };
        let is_default = |name: &str| name.eq_ignore_ascii_case("default");
        let own = self
            .levels
            .iter()
            .filter(|(name, _)| !is_default(name) && begins(name))
            .max_by_key(|(name, _)| name.len());
        let least = own
            .or_else(|| self.levels.iter().find(|(name, _)| is_default(name)))
            .map_or(LogLevel::Information, |(_, level)| *level);
        let level = match event.level {
            Level::Trace => LogLevel::Trace,
            Level::Debug => LogLevel::Debug,
            Level::Information => LogLevel::Information,
            Level::Warning => LogLevel::Warning,
            Level::Error => LogLevel::Error,
            Level::Critical => LogLevel::Critical,
        };
        level >= least
    }

    /// Writes a line of the host.
    pub(crate) fn host(&self, level: Level, category: &str, message: impl Into<String>) {
        self.send(Event::new(EventKind::Host, level, category, message));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_reader_that_is_too_slow_is_told_what_it_missed() {
        let sink = EventSink::new(BTreeMap::new());
        let mut events = sink.subscribe();
        for number in 0..CAPACITY + 2 {
            sink.host(Level::Information, "Host.General", number.to_string());
        }
        let first = events.next().await.unwrap();
        assert!(first.message.starts_with("2 events were missed"));
        assert_eq!(events.next().await.unwrap().message, "2");
        drop(sink);
        for _ in 3..CAPACITY + 2 {
            assert!(events.next().await.is_some());
        }
        assert!(events.next().await.is_none());
    }

    #[test]
    fn the_longest_category_decides_what_passes() {
        let levels = [
            ("default", LogLevel::Warning),
            ("Function", LogLevel::Error),
            ("Function.loud", LogLevel::Trace),
            ("host.silent", LogLevel::None),
        ];
        let levels = levels.map(|(name, level)| (name.to_owned(), level));
        let with = EventSink::new(levels.into());
        let without = EventSink::new(BTreeMap::new());
        for (sink, kind, level, category, passes) in [
            (
                &with,
                EventKind::User,
                Level::Warning,
                "Function.a.User",
                false,
            ),
            (
                &with,
                EventKind::User,
                Level::Error,
                "Function.a.User",
                true,
            ),
            (
                &with,
                EventKind::User,
                Level::Trace,
                "Function.loud.User",
                true,
            ),
            (&with, EventKind::Host, Level::Information, "Worker", false),
            (&with, EventKind::Host, Level::Warning, "Worker", true),
            (
                &with,
                EventKind::Host,
                Level::Critical,
                "Host.Silent",
                false,
            ),
            (
                &with,
                EventKind::Succeeded,
                Level::Information,
                "Function.a",
                true,
            ),
            (
                &without,
                EventKind::User,
                Level::Debug,
                "Function.a.User",
                false,
            ),
            (
                &without,
                EventKind::User,
                Level::Information,
                "Function.a.User",
                true,
            ),
        ] {
            let event = Event::new(kind, level, category, "");
            let mut events = sink.subscribe();
            sink.send(event);
            let seen = events.receiver.try_recv().is_ok();
            assert_eq!(seen, passes, "{category} {level:?}");
        }
    }
}
