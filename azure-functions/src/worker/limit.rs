//! How many calls may run at a time, and how many may wait for that in this process.
//!
//! A call that finds no place waits. When [`WAITING`] wait, the worker reads no more from the stream until one of them
//! begins, is cancelled or is dropped: the rest waits in the host, which keeps what it has not sent. Cancellations,
//! status requests and the word to stop come on the same stream, so they wait too; which is why so many may wait before
//! that. It is above all that a host sends at a time unless its `host.json` says otherwise, and below what would fill the
//! memory. A worker that reads nothing because none of its functions ever ends is restarted by the host once their time
//! is up, as one is whose functions do not heed a cancellation.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};

/// How many calls may wait before the worker stops reading.
const WAITING: usize = 1024;

/// How much may run at a time, and how long it may take.
#[derive(Clone, Debug, Default)]
pub(crate) struct Limits {
    /// Of the blocking functions: each has a thread.
    pub(crate) blocking: usize,
    /// Of all functions; `None` when the host alone decides.
    pub(crate) total: Option<usize>,
    /// Of single functions, by their names.
    pub(crate) functions: HashMap<String, usize>,
    /// The longest message that the host takes, in bytes.
    pub(crate) message: usize,
    /// The longest body of a request or a response that is held in memory, in bytes.
    pub(crate) body: usize,
    /// How long a poll may last before it is said to block the runtime; `None` when nobody is to look.
    pub(crate) poll: Option<Duration>,
}

/// The places of a worker.
#[derive(Debug)]
pub(super) struct Places {
    threads: Threads,
    total: Option<Arc<Semaphore>>,
    functions: HashMap<String, Arc<Semaphore>>,
    line: Arc<Line>,
}

/// The threads for blocking functions.
#[derive(Clone, Debug)]
pub(crate) struct Threads {
    free: Arc<Semaphore>,
    line: Arc<Line>,
}

impl Threads {
    /// A thread for a blocking function. A call waits for it in line.
    pub(crate) async fn take(&self) -> Option<OwnedSemaphorePermit> {
        match Stage::take(&self.free) {
            Stage::Taken(permit) => Some(permit),
            stage @ Stage::Ahead(_) => {
                let _waiting = self.line.join();
                stage.wait().await
            }
        }
    }
}

#[cfg(all(test, feature = "durable"))]
impl Default for Threads {
    fn default() -> Self {
        Places::new(&Limits::default()).threads().clone()
    }
}

impl Places {
    pub(super) fn new(limits: &Limits) -> Self {
        let functions = limits.functions.iter();
        let line = Arc::<Line>::default();
        Self {
            threads: Threads {
                free: semaphore(limits.blocking),
                line: Arc::clone(&line),
            },
            total: limits.total.map(semaphore),
            functions: functions
                .map(|(name, limit)| (name.clone(), semaphore(*limit)))
                .collect(),
            line,
        }
    }

    /// Takes the places that a call of the function `name` needs, or stands in line for them.
    ///
    /// The function's own place comes first: a call that waits for it must not keep others from running.
    pub(super) fn enter(&self, name: &str) -> Entry {
        let own = if self.functions.is_empty() {
            None
        } else {
            self.functions.get(name)
        };
        let own = own.map(Stage::take);
        let mut waits = matches!(own, Some(Stage::Ahead(_)));
        let total = self.total.as_ref().map(|total| {
            if waits {
                Stage::Ahead(Arc::clone(total))
            } else {
                Stage::take(total)
            }
        });
        waits |= matches!(total, Some(Stage::Ahead(_)));
        Entry {
            own,
            total,
            waiting: waits.then(|| self.line.join()),
        }
    }

    /// The threads for blocking functions.
    pub(super) fn threads(&self) -> &Threads {
        &self.threads
    }

    /// Whether so many wait that there must not be more.
    pub(super) fn are_full(&self) -> bool {
        self.line.is_full()
    }

    /// Waits until there may be more.
    pub(super) async fn room(&self) {
        while self.line.is_full() {
            self.line.left.notified().await;
        }
    }
}

/// A call on its way to its places.
#[derive(Debug, Default)]
pub(super) struct Entry {
    own: Option<Stage>,
    total: Option<Stage>,
    waiting: Option<Waiting>,
}

impl Entry {
    /// Whether it has to wait.
    pub(super) fn waits(&self) -> bool {
        self.waiting.is_some()
    }

    /// Waits for the places, which are held as long as this is.
    pub(super) async fn wait(&mut self) {
        for stage in [&mut self.own, &mut self.total] {
            if let Some(waits) = stage.take() {
                *stage = waits.wait().await.map(Stage::Taken);
            }
        }
        self.waiting = None;
    }
}

/// One of a call's places.
#[derive(Debug)]
enum Stage {
    Taken(OwnedSemaphorePermit),
    Ahead(Arc<Semaphore>),
}

impl Stage {
    fn take(places: &Arc<Semaphore>) -> Self {
        match Arc::clone(places).try_acquire_owned() {
            Ok(permit) => Self::Taken(permit),
            Err(_) => Self::Ahead(Arc::clone(places)),
        }
    }

    /// Nothing closes the semaphores, so there is a permit in the end.
    async fn wait(self) -> Option<OwnedSemaphorePermit> {
        match self {
            Self::Taken(permit) => Some(permit),
            Self::Ahead(places) => places.acquire_owned().await.ok(),
        }
    }
}

/// All calls that wait.
#[derive(Debug, Default)]
struct Line {
    waiting: AtomicUsize,
    left: Notify,
}

impl Line {
    fn join(self: &Arc<Self>) -> Waiting {
        self.waiting.fetch_add(1, Ordering::Relaxed);
        Waiting(Arc::clone(self))
    }

    fn is_full(&self) -> bool {
        self.waiting.load(Ordering::Relaxed) >= WAITING
    }
}

/// A call that waits.
#[derive(Debug)]
struct Waiting(Arc<Line>);

impl Drop for Waiting {
    fn drop(&mut self) {
        if self.0.waiting.fetch_sub(1, Ordering::Relaxed) == WAITING {
            self.0.left.notify_one();
        }
    }
}

fn semaphore(limit: usize) -> Arc<Semaphore> {
    Arc::new(Semaphore::new(limit.clamp(1, Semaphore::MAX_PERMITS)))
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::{Limits, Places, WAITING};

    fn places(total: Option<usize>, functions: &[(&str, usize)]) -> Places {
        let functions = functions.iter();
        Places::new(&Limits {
            blocking: 1,
            total,
            functions: functions
                .map(|(name, limit)| ((*name).to_owned(), *limit))
                .collect(),
            ..Limits::default()
        })
    }

    #[test]
    fn own_place_first() {
        let places = places(Some(2), &[("one", 1)]);
        let first = places.enter("one");
        let mut second = places.enter("one");
        let third = places.enter("other");
        assert_eq!(
            [first.waits(), second.waits(), third.waits()],
            [false, true, false]
        );
        let mut fourth = places.enter("other");
        assert!(fourth.waits(), "both places of the app are taken");
        drop(third);
        assert!(fourth.wait().now_or_never().is_some());
        assert!(!fourth.waits());
        drop(first);
        assert!(second.wait().now_or_never().is_some());
    }

    #[test]
    fn no_limit() {
        let places = places(None, &[]);
        assert!((0..10_000).all(|_| !places.enter("any").waits()));
    }

    #[test]
    fn as_many_as_may_wait() {
        let places = places(Some(1), &[]);
        let running = places.enter("any");
        let mut line: Vec<_> = (0..WAITING).map(|_| places.enter("any")).collect();
        assert!(places.are_full());
        assert!(places.room().now_or_never().is_none());
        line.pop();
        assert!(!places.are_full());
        assert!(places.room().now_or_never().is_some());
        drop(running);
    }

    #[test]
    fn threads() {
        let places = places(None, &[]);
        let first = places.threads.take().now_or_never().flatten();
        assert!(first.is_some());
        let second = places.threads.take().now_or_never();
        assert!(second.is_none());
        assert!(!places.are_full());
    }
}
