//! Waiting for many things, or for the first of them, in an order that replays.

use std::{
    fmt,
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use serde::de::DeserializeOwned;

use crate::{EntityCall, ExternalEvent, HttpCall, LockEntities, Spawned, Task, TimedEvent, Timer};

/// A future whose end stands in the history, so that waiting for it replays.
///
/// It is what [`join_all`], [`select`] and [`select_all`] take. The combinators of the `futures` crate work too where their order is
/// fixed (`join!`, `try_join!`, `FuturesUnordered`, `select_biased!`); `select!` chooses at random and does not replay.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not durable: an orchestrator cannot wait for it",
    label = "would never be replayed",
    note = "wait for what the context gives (activities, timers, events, sub-orchestrations), and do everything else in an activity"
)]
pub trait DurableFuture: Future + Unpin + sealed::Sealed {}

mod sealed {
    pub trait Sealed {}
}

macro_rules! durable {
    ($($future:ty $(where $t:ident: $bound:path)?),+ $(,)?) => {$(
        impl<$($t: $bound)?> sealed::Sealed for $future {}
        impl<$($t: $bound)?> DurableFuture for $future {}
    )+};
}

durable! {
    Task<O> where O: DeserializeOwned,
    ExternalEvent<O> where O: DeserializeOwned,
    TimedEvent<O> where O: DeserializeOwned,
    EntityCall<O> where O: DeserializeOwned,
    Timer,
    LockEntities,
    HttpCall,
}

impl<T> sealed::Sealed for Spawned<T> {}
impl<T> DurableFuture for Spawned<T> {}

/// Waits for all of them; gives the results in the order of the futures.
pub fn join_all<F: DurableFuture>(futures: impl IntoIterator<Item = F>) -> JoinAll<F> {
    JoinAll(futures::future::join_all(futures))
}

/// The wait for all of many; see [`join_all`].
#[must_use = "nothing waits unless it is awaited"]
pub struct JoinAll<F: DurableFuture>(futures::future::JoinAll<F>);

impl<F: DurableFuture> Future for JoinAll<F> {
    type Output = Vec<F::Output>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0).poll(cx)
    }
}

impl<F: DurableFuture> sealed::Sealed for JoinAll<F> where F::Output: Unpin {}
impl<F: DurableFuture> DurableFuture for JoinAll<F> where F::Output: Unpin {}

/// One of two results.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Either<A, B> {
    /// That of the first future.
    Left(A),
    /// That of the second future.
    Right(B),
}

/// Waits for the first of two, and drops the other. If both have ended it is the first one's result.
pub fn select<A: DurableFuture, B: DurableFuture>(a: A, b: B) -> Select<A, B> {
    Select(Some((a, b)))
}

/// The wait for one of two; see [`select`].
#[must_use = "nothing waits unless it is awaited"]
pub struct Select<A, B>(Option<(A, B)>);

impl<A: DurableFuture, B: DurableFuture> Future for Select<A, B> {
    type Output = Either<A::Output, B::Output>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Some((a, b)) = &mut self.0 else {
            return Poll::Pending;
        };
        let end = match Pin::new(a).poll(cx) {
            Poll::Ready(end) => Either::Left(end),
            Poll::Pending => match Pin::new(b).poll(cx) {
                Poll::Ready(end) => Either::Right(end),
                Poll::Pending => return Poll::Pending,
            },
        };
        self.0 = None;
        Poll::Ready(end)
    }
}

impl<A: DurableFuture, B: DurableFuture> sealed::Sealed for Select<A, B> {}
impl<A: DurableFuture, B: DurableFuture> DurableFuture for Select<A, B> {}

/// Waits for the first of many, and gives its place, its result and the others.
pub fn select_all<F: DurableFuture>(futures: impl IntoIterator<Item = F>) -> SelectAll<F> {
    SelectAll(futures.into_iter().collect())
}

/// The wait for one of many; see [`select_all`].
#[must_use = "nothing waits unless it is awaited"]
pub struct SelectAll<F>(Vec<F>);

impl<F: DurableFuture> Future for SelectAll<F> {
    type Output = (usize, F::Output, Vec<F>);

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut futures = self.0.iter_mut().enumerate();
        let ended = futures.find_map(|(at, future)| match Pin::new(future).poll(cx) {
            Poll::Ready(end) => Some((at, end)),
            Poll::Pending => None,
        });
        match ended {
            Some((at, end)) => {
                let mut others = std::mem::take(&mut self.0);
                drop(others.remove(at));
                Poll::Ready((at, end, others))
            }
            None => Poll::Pending,
        }
    }
}

impl<F: DurableFuture> sealed::Sealed for SelectAll<F> {}
impl<F: DurableFuture> DurableFuture for SelectAll<F> {}

impl<F: DurableFuture> fmt::Debug for JoinAll<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JoinAll")
    }
}

impl<A, B> fmt::Debug for Select<A, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Select")
    }
}

impl<F> fmt::Debug for SelectAll<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SelectAll").field(&self.0.len()).finish()
    }
}
