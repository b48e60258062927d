//! Parts of an orchestrator that run beside the rest of it.

use std::{
    collections::BTreeMap,
    fmt,
    future::Future,
    ops::Range,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll, Waker},
};

use futures::future::BoxFuture;

use crate::state::Instance;

/// A part of an orchestrator that runs beside the rest; awaiting it gives its result.
#[must_use = "it runs, but nobody learns how it ends"]
pub struct Spawned<T>(Arc<Mutex<Place<T>>>);

/// Where the result comes.
struct Place<T> {
    result: Option<T>,
    waker: Option<Waker>,
}

/// What an orchestrator has spawned, by numbers in the order in which it did.
#[derive(Default)]
pub(crate) struct Parts {
    running: BTreeMap<u64, BoxFuture<'static, ()>>,
    /// The number of the next one.
    next: u64,
    /// The number of the first that has not been asked for.
    new: u64,
}

impl Parts {
    fn add(&mut self, future: BoxFuture<'static, ()>) {
        self.running.insert(self.next, future);
        self.next += 1;
    }

    /// The numbers of those that were added since this was last asked.
    pub(crate) fn take_new(&mut self) -> Range<u64> {
        let from = std::mem::replace(&mut self.new, self.next);
        from..self.next
    }

    pub(crate) fn take(&mut self, number: u64) -> Option<BoxFuture<'static, ()>> {
        self.running.remove(&number)
    }

    pub(crate) fn put_back(&mut self, number: u64, future: BoxFuture<'static, ()>) {
        self.running.insert(number, future);
    }
}

pub(crate) fn spawn<F>(instance: &Instance, future: F) -> Spawned<F::Output>
where
    F: Future<Output: Send> + Send + 'static,
{
    let place = Arc::new(Mutex::new(Place {
        result: None,
        waker: None,
    }));
    let own = Arc::clone(&place);
    let run = async move {
        let result = future.await;
        let mut place = own.lock().unwrap_or_else(PoisonError::into_inner);
        place.result = Some(result);
        let waker = place.waker.take();
        drop(place);
        if let Some(waker) = waker {
            waker.wake();
        }
    };
    instance.state().spawned.add(Box::pin(run));
    Spawned(place)
}

impl<T> Future for Spawned<T> {
    type Output = T;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        let mut place = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(result) = place.result.take() {
            return Poll::Ready(result);
        }
        place.waker = Some(cx.waker().clone());
        Poll::Pending
    }
}

impl<T> fmt::Debug for Spawned<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Spawned")
    }
}
