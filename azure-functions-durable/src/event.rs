//! Events from outside.

use std::{
    fmt,
    future::Future,
    marker::PhantomData,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use serde::de::DeserializeOwned;

use crate::{
    TaskError, Timer, clock, json,
    state::{Instance, Listening},
};

/// The wait for an event; awaiting it gives what came with it.
#[must_use = "an event that nobody waits for is kept"]
pub struct ExternalEvent<T> {
    instance: Instance,
    name: String,
    listening: Listening,
    data: PhantomData<fn() -> T>,
}

impl<T> ExternalEvent<T> {
    pub(crate) fn new(instance: &Instance, name: &str) -> Self {
        Self {
            instance: instance.clone(),
            name: name.to_owned(),
            listening: instance.listen(name),
            data: PhantomData,
        }
    }

    /// Waits no longer than this.
    pub fn timeout(self, duration: Duration) -> TimedEvent<T> {
        let end = clock::later(self.instance.state().now, duration);
        TimedEvent {
            timer: Timer::new(&self.instance, end),
            event: Some(self),
        }
    }
}

impl<T: DeserializeOwned> Future for ExternalEvent<T> {
    type Output = Result<T, TaskError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        let data = ready!(Pin::new(&mut this.listening).poll(cx));
        Poll::Ready(
            json::read(data.as_deref()).map_err(|reason| TaskError::Output {
                task: format!("event `{}`", this.name),
                reason,
            }),
        )
    }
}

/// The wait for an event until a point in time; awaiting it gives `None` if it did not come.
#[must_use = "an event that nobody waits for is kept"]
pub struct TimedEvent<T> {
    timer: Timer,
    /// Dropped when the time is up, so that the event goes to the next one who waits for it.
    event: Option<ExternalEvent<T>>,
}

impl<T: DeserializeOwned> Future for TimedEvent<T> {
    type Output = Result<Option<T>, TaskError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        let Some(event) = &mut this.event else {
            return Poll::Ready(Ok(None));
        };
        if let Poll::Ready(data) = Pin::new(event).poll(cx) {
            this.event = None;
            return Poll::Ready(data.map(Some));
        }
        ready!(Pin::new(&mut this.timer).poll(cx));
        this.event = None;
        Poll::Ready(Ok(None))
    }
}

impl<T> fmt::Debug for ExternalEvent<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ExternalEvent").field(&self.name).finish()
    }
}

impl<T> fmt::Debug for TimedEvent<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TimedEvent")
            .field("event", &self.event)
            .field("until", &self.timer.end())
            .finish()
    }
}
