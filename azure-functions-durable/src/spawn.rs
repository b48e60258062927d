//! Parts of an orchestrator that run beside the rest of it.

use std::{
    fmt,
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll, Waker},
};

use crate::state::Instance;

/// A part of an orchestrator that runs beside the rest; awaiting it gives its result.
#[must_use = "it runs, but nobody learns how it ends"]
pub struct Spawned<T>(Arc<Mutex<Place<T>>>);

/// Where the result comes.
struct Place<T> {
    result: Option<T>,
    waker: Option<Waker>,
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
    instance.state().spawned.push(Box::pin(run));
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
