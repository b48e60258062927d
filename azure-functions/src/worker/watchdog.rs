//! The watchdog: names a function that blocks the async runtime, while it does so.
//!
//! A poll that does not come back takes a thread away from all other calls, and nothing on the runtime may be left to tell
//! it. So a thread of its own looks around four times within the threshold. It owns the clock, which is the number of
//! its looks: a poll notes that number when it begins and clears the note when it ends, two stores to memory of its own
//! invocation. A note that is older than the threshold is a poll that blocks.

use std::{
    io,
    sync::{
        Arc, OnceLock, Weak,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread::{self, Thread},
    time::{Duration, Instant},
};

use azure_functions_shared::rpc::{
    Data, RpcLog,
    rpc_log::{Level, RpcLogCategory},
};

use super::{invoke::Calls, logs, stream::Outbox};
use crate::Context;

/// How long a poll may last when the app does not say.
pub(crate) const THRESHOLD: Duration = Duration::from_secs(1);

/// The target of the watchdog's events. They reach the host by a way of their own, which needs no subscriber.
pub(super) const TARGET: &str = "azure_functions::watchdog";

/// How often the thread looks within the threshold.
const LOOKS: u64 = 4;

/// After so many looks at an app without calls the thread sleeps until there is one.
const IDLE_LOOKS: u32 = 16;

/// The part of a note that says that its poll was reported.
const REPORTED: u64 = 1 << 63;

/// The clock of a worker's watchdog: the number of its looks.
#[derive(Clone, Debug, Default)]
pub(crate) struct Clock(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    looks: AtomicU64,
    asleep: AtomicBool,
    ended: AtomicBool,
    thread: OnceLock<Thread>,
}

impl Clock {
    /// Never 0, which is no time.
    fn now(&self) -> u64 {
        self.0.looks.load(Ordering::Relaxed) + 1
    }

    fn tick(&self) {
        self.0.looks.fetch_add(1, Ordering::Relaxed);
    }

    /// Says that there is a call. It is among the open ones already.
    pub(super) fn wake(&self) {
        if self.0.asleep.load(Ordering::Relaxed) && self.0.asleep.swap(false, Ordering::Relaxed) {
            self.unpark();
        }
    }

    /// Says that the thread may sleep; called while nobody can add a call.
    pub(super) fn sleep(&self) {
        self.0.asleep.store(true, Ordering::Relaxed);
    }

    fn unpark(&self) {
        if let Some(thread) = self.0.thread.get() {
            thread.unpark();
        }
    }
}

/// When the poll of a future that lasts began; 0 between two polls.
#[derive(Debug, Default)]
pub(crate) struct Polled(AtomicU64);

impl Polled {
    /// Notes that a poll begins. It lasts until what this gives is dropped.
    #[inline]
    pub(crate) fn begin(&self, clock: &Clock) -> Polling<'_> {
        self.0.store(clock.now(), Ordering::Relaxed);
        Polling(&self.0)
    }

    /// For how many looks a poll has lasted that was not reported, if that is at least [`LOOKS`]. It is reported then.
    pub(crate) fn blocks(&self, clock: &Clock) -> Option<u64> {
        let began = self.0.load(Ordering::Relaxed);
        if began == 0 || began & REPORTED != 0 {
            return None;
        }
        // The pause in which it began does not count: how much of it was left nobody knows.
        let lasts = clock.now().saturating_sub(began).saturating_sub(1);
        if lasts < LOOKS {
            return None;
        }
        let reported = began | REPORTED;
        let same = self
            .0
            .compare_exchange(began, reported, Ordering::Relaxed, Ordering::Relaxed);
        same.is_ok().then_some(lasts)
    }
}

/// A poll.
#[derive(Debug)]
pub(crate) struct Polling<'a>(&'a AtomicU64);

impl Drop for Polling<'_> {
    #[inline]
    fn drop(&mut self) {
        self.0.store(0, Ordering::Relaxed);
    }
}

/// The thread that looks. It ends when this is dropped.
#[derive(Debug)]
pub(super) struct Watchdog(Clock);

impl Watchdog {
    /// Starts the thread.
    ///
    /// # Errors
    ///
    /// When there is no thread to be had.
    pub(super) fn start(
        clock: Clock,
        calls: &Arc<Calls>,
        outbox: Outbox,
        threshold: Duration,
    ) -> io::Result<Self> {
        let looker = Looker {
            clock: clock.clone(),
            calls: Arc::downgrade(calls),
            outbox,
            // Not so often that looking costs more than it tells.
            pause: (threshold / 4).max(Duration::from_millis(1)),
        };
        let thread = thread::Builder::new()
            .name("azure-functions-watchdog".to_owned())
            .spawn(move || looker.run())?;
        let _ = clock.0.thread.set(thread.thread().clone());
        Ok(Self(clock))
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        self.0.0.ended.store(true, Ordering::Relaxed);
        self.0.unpark();
    }
}

struct Looker {
    clock: Clock,
    calls: Weak<Calls>,
    outbox: Outbox,
    pause: Duration,
}

impl Looker {
    fn run(&self) {
        let mut idle = 0_u32;
        while self.pause() {
            self.clock.tick();
            let Some(calls) = self.calls.upgrade() else {
                return;
            };
            let blocked = calls.blocked(&self.clock, idle >= IDLE_LOOKS);
            drop(calls);
            let Some(blocked) = blocked else {
                idle = idle.saturating_add(1);
                continue;
            };
            idle = 0;
            for (context, looks) in blocked {
                let looks = u32::try_from(looks).unwrap_or(u32::MAX);
                self.report(&context, self.pause.saturating_mul(looks));
            }
        }
    }

    /// Waits for the next look; `false` when there is none. No pause is shorter than it should be, so that a poll is not
    /// accused of more than it did.
    fn pause(&self) -> bool {
        let begun = Instant::now();
        loop {
            if self.clock.0.ended.load(Ordering::Relaxed) {
                return false;
            }
            if self.clock.0.asleep.load(Ordering::Relaxed) {
                thread::park();
                continue;
            }
            match self.pause.checked_sub(begun.elapsed()) {
                Some(left) if !left.is_zero() => thread::park_timeout(left),
                _ => return true,
            }
        }
    }

    fn report(&self, context: &Context, lasts: Duration) {
        let (function, id) = (context.function_name(), context.invocation_id());
        let milliseconds = u64::try_from(lasts.as_millis()).unwrap_or(u64::MAX);
        let text = format!(
            "function `{function}` has blocked a thread of the async runtime for more than {milliseconds} ms in invocation \
             `{id}`; move what blocks into `Context::spawn_blocking`, or make the function one that is not `async`"
        );
        tracing::warn!(target: TARGET, function, invocation_id = id, blocked_ms = milliseconds, "{text}");
        let properties = [
            ("function", Data::String(function.to_owned())),
            ("invocation_id", Data::String(id.to_owned())),
            (
                "blocked_ms",
                Data::Int(i64::try_from(milliseconds).unwrap_or(i64::MAX)),
            ),
        ];
        let user = RpcLog {
            invocation_id: id.to_owned(),
            category: format!("Function.{function}.User"),
            log_category: RpcLogCategory::User.into(),
            properties_map: properties
                .into_iter()
                .map(|(name, data)| (name.to_owned(), data.into()))
                .collect(),
            ..logs::system(Level::Warning, text.clone())
        };
        self.outbox.log(user);
        self.outbox.log(logs::system(Level::Warning, text));
    }
}

#[cfg(test)]
mod tests {
    use super::{Clock, LOOKS, Polled};

    #[test]
    fn a_poll_is_reported_once_and_not_too_early() {
        let (clock, polled) = (Clock::default(), Polled::default());
        clock.tick();
        assert_eq!(polled.blocks(&clock), None, "nothing is polled");
        for again in 0..2 {
            let polling = polled.begin(&clock);
            for look in 0..=LOOKS {
                assert_eq!(polled.blocks(&clock), None, "{again}: {look}");
                clock.tick();
            }
            assert_eq!(polled.blocks(&clock), Some(LOOKS), "{again}");
            clock.tick();
            assert_eq!(polled.blocks(&clock), None, "{again}: once");
            drop(polling);
            assert_eq!(polled.blocks(&clock), None, "{again}: it has ended");
        }
    }

    #[test]
    fn many_short_polls_are_not_a_long_one() {
        let (clock, polled) = (Clock::default(), Polled::default());
        for _ in 0..10 * LOOKS {
            let _polling = polled.begin(&clock);
            assert_eq!(polled.blocks(&clock), None);
            clock.tick();
            assert_eq!(polled.blocks(&clock), None);
        }
    }
}
