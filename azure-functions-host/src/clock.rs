//! The time as the host sees it: the system's, or a test's own.
//!
//! Everything in the host that waits for a moment, such as a timer or a message that is hidden for a while, asks a
//! [`Clock`], so that a test can move the time and no test sleeps.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use futures::{FutureExt as _, future::BoxFuture};
use jiff::{SignedDuration, Timestamp};
use tokio::sync::{oneshot, watch};

/// Says what time it is, and waits for a later one.
pub trait Clock: fmt::Debug + Send + Sync {
    /// The present moment.
    fn now(&self) -> Timestamp;

    /// Waits until `instant`; returns at once if it has passed.
    ///
    /// # Cancel safety
    ///
    /// The future can be dropped at any time.
    fn sleep_until(&self, instant: Timestamp) -> BoxFuture<'static, ()>;
}

/// The clock of the machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    fn sleep_until(&self, instant: Timestamp) -> BoxFuture<'static, ()> {
        // The machine's clock can be set, and it runs on while the machine is suspended, but the runtime's timer does
        // neither: a long wait looks at the clock again now and then.
        const LONGEST: Duration = Duration::from_secs(30);
        async move {
            while let Ok(left) = Duration::try_from(instant.duration_since(Timestamp::now())) {
                if left.is_zero() {
                    return;
                }
                tokio::time::sleep(left.min(LONGEST)).await;
            }
        }
        .boxed()
    }
}

/// A clock that stands still until it is moved, for tests.
///
/// Clones show the same time.
#[derive(Clone, Debug)]
pub struct ManualClock {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    sleepers: watch::Sender<usize>,
}

#[derive(Debug)]
struct State {
    now: Timestamp,
    /// Who sleeps, in the order of waking: by instant, then by who fell asleep first.
    sleepers: BTreeMap<(Timestamp, u64), oneshot::Sender<()>>,
    ids: u64,
}

impl ManualClock {
    /// A clock that shows `now`.
    pub fn new(now: Timestamp) -> Self {
        Self {
            shared: Arc::new(Shared {
                state: Mutex::new(State {
                    now,
                    sleepers: BTreeMap::new(),
                    ids: 0,
                }),
                sleepers: watch::Sender::new(0),
            }),
        }
    }

    /// Moves the time on by `duration` and wakes, in order, those whose time has come.
    ///
    /// Whoever then sleeps again, even until a moment that has already passed, is not woken a second time by this
    /// call.
    pub fn advance(&self, duration: Duration) {
        let now = self.now();
        let later = SignedDuration::try_from(duration)
            .ok()
            .and_then(|duration| now.checked_add(duration).ok());
        self.set(later.unwrap_or(Timestamp::MAX));
    }

    /// Moves the time to `instant`, which may lie in the past, and wakes, in order, those whose time has come.
    pub fn set(&self, instant: Timestamp) {
        let woken: Vec<_> = {
            let mut state = self.shared.lock();
            state.now = instant;
            let asleep = state.sleepers.split_off(&(instant, u64::MAX));
            let woken = std::mem::replace(&mut state.sleepers, asleep);
            self.shared.sleepers.send_replace(state.sleepers.len());
            woken.into_values().collect()
        };
        for sleeper in woken {
            // It may have been cancelled in the meantime.
            let _ = sleeper.send(());
        }
    }

    /// The moment at which the next sleeper wakes, if anybody sleeps.
    pub fn next_wake(&self) -> Option<Timestamp> {
        let state = self.shared.lock();
        state
            .sleepers
            .first_key_value()
            .map(|((instant, _), _)| *instant)
    }

    /// Waits until at least `count` sleep, so that a test knows that the time can be moved.
    pub async fn until_asleep(&self, count: usize) {
        let mut sleepers = self.shared.sleepers.subscribe();
        // The sender lives in `self`, so the channel is never closed.
        let _ = sleepers.wait_for(|sleeping| *sleeping >= count).await;
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        self.shared.lock().now
    }

    fn sleep_until(&self, instant: Timestamp) -> BoxFuture<'static, ()> {
        let shared = Arc::clone(&self.shared);
        async move {
            if let Some(mut sleep) = Sleep::begin(shared, instant) {
                // An error would mean that the sender was dropped without a word; only `Sleep` itself does that.
                let _ = (&mut sleep.woken).await;
            }
        }
        .boxed()
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One who sleeps; forgotten when dropped.
struct Sleep {
    shared: Arc<Shared>,
    key: (Timestamp, u64),
    woken: oneshot::Receiver<()>,
}

impl Sleep {
    fn begin(shared: Arc<Shared>, instant: Timestamp) -> Option<Self> {
        let (sender, woken) = oneshot::channel();
        let key = {
            let mut state = shared.lock();
            if instant <= state.now {
                return None;
            }
            state.ids += 1;
            let key = (instant, state.ids);
            state.sleepers.insert(key, sender);
            shared.sleepers.send_replace(state.sleepers.len());
            key
        };
        Some(Self { shared, key, woken })
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        let mut state = self.shared.lock();
        if state.sleepers.remove(&self.key).is_some() {
            self.shared.sleepers.send_replace(state.sleepers.len());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;

    use futures::future::select;
    use tokio::sync::mpsc;

    use super::*;

    const START: Timestamp = Timestamp::UNIX_EPOCH;

    fn after(seconds: i64) -> Timestamp {
        START + SignedDuration::from_secs(seconds)
    }

    #[tokio::test]
    async fn sleepers_wake_in_the_order_of_their_instants() {
        let clock = ManualClock::new(START);
        let (woken, mut order) = mpsc::unbounded_channel();
        for seconds in [3, 2, 1] {
            let (sleep, woken) = (clock.sleep_until(after(seconds)), woken.clone());
            tokio::spawn(async move {
                sleep.await;
                woken.send(seconds).unwrap();
            });
        }
        clock.until_asleep(3).await;
        assert_eq!(clock.next_wake(), Some(after(1)));

        clock.advance(Duration::from_secs(2));
        assert_eq!(order.recv().await, Some(1));
        assert_eq!(order.recv().await, Some(2));
        assert_eq!(clock.next_wake(), Some(after(3)));

        clock.set(after(3));
        assert_eq!(order.recv().await, Some(3));
        assert_eq!((clock.now(), clock.next_wake()), (after(3), None));
    }

    #[tokio::test]
    async fn a_past_instant_is_not_waited_for() {
        let clock = ManualClock::new(after(5));
        clock.sleep_until(after(5)).await;
        SystemClock.sleep_until(START).await;
    }

    #[tokio::test]
    async fn a_dropped_sleeper_is_forgotten() {
        let clock = ManualClock::new(START);
        select(clock.sleep_until(after(9)), pin!(clock.until_asleep(1))).await;
        assert_eq!(clock.next_wake(), None);
    }
}
