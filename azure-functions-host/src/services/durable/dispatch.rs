//! The loop that takes from the hub what is to be done, and calls functions for it, so many at a time.

use std::{sync::Arc, time::Duration};

use futures::FutureExt as _;
use jiff::Timestamp;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    task::JoinSet,
};

use super::{Surroundings, registry::Registry};
use crate::{
    clock::Clock,
    config::DurableSettings,
    invoke::{Answer, Call, InvokeError},
    plan::Plan,
    store::durable::TaskHub,
    wire::trigger::Event,
};

/// What the loop works with.
#[derive(Debug)]
pub(super) struct Dispatch {
    pub(super) hub: TaskHub,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) settings: DurableSettings,
    pub(super) registry: Registry,
    pub(super) surroundings: Surroundings,
}

/// How a call ended that no function has answered.
#[derive(Debug)]
pub(super) enum Failure {
    /// The worker went, or the host ends: it was as if there had been no call.
    Lost(InvokeError),
    /// The function failed.
    Failed(InvokeError),
}

impl Dispatch {
    /// Works until the host stops and the running calls have ended.
    pub(super) async fn run(self: Arc<Self>) {
        let stop = self.surroundings.stop.clone();
        let permits = |count| Arc::new(Semaphore::new(count));
        let turns = permits(self.settings.max_concurrent_orchestrators);
        let tasks = permits(self.settings.max_concurrent_activities);
        let batches = permits(self.settings.max_concurrent_entities);
        let mut changes = self.hub.changes();
        let mut calls = JoinSet::new();
        while !stop.is_cancelled() {
            changes.borrow_and_update();
            let next = self.hub.fire();
            while let Some((permit, turn)) = take(&turns, || self.hub.take_turn()) {
                let this = Arc::clone(&self);
                calls.spawn(async move {
                    this.turn(turn).await;
                    drop(permit);
                });
            }
            while let Some((permit, (number, task))) = take(&tasks, || self.hub.take_task()) {
                let this = Arc::clone(&self);
                calls.spawn(async move {
                    this.task(number, task).await;
                    drop(permit);
                });
            }
            while let Some((permit, batch)) = take(&batches, || self.hub.take_batch()) {
                let this = Arc::clone(&self);
                calls.spawn(async move {
                    this.batch(batch).await;
                    drop(permit);
                });
            }
            tokio::select! {
                () = stop.cancelled() => {}
                _ = changes.changed() => {}
                Some(_) = calls.join_next() => {}
                () = self.until(next) => {}
            }
        }
        while calls.join_next().await.is_some() {}
    }

    async fn until(&self, moment: Option<Timestamp>) {
        match moment {
            Some(moment) => self.clock.sleep_until(moment).await,
            None => std::future::pending().await,
        }
    }

    /// Calls a function.
    pub(super) async fn call(
        &self,
        plan: &Arc<Plan>,
        reason: &'static str,
        event: Event,
    ) -> Result<Answer, Failure> {
        let Surroundings {
            dispatcher, ending, ..
        } = &self.surroundings;
        let call = Call::new(plan, reason, event);
        let answer = dispatcher.invoke(call, ending.clone()).boxed().await;
        answer.map_err(|error| match error {
            InvokeError::WorkerLost(_) | InvokeError::NoWorker(_) | InvokeError::TimedOut(_) => {
                Failure::Lost(error)
            }
            _ if self.surroundings.stop.is_cancelled() => Failure::Lost(error),
            _ => Failure::Failed(error),
        })
    }

    /// Whether the host ends, so that what was lost was not the worker's fault.
    pub(super) fn ends(&self) -> bool {
        self.surroundings.stop.is_cancelled()
    }
}

/// Something to do, if there is room for it.
fn take<T>(
    room: &Arc<Semaphore>,
    next: impl FnOnce() -> Option<T>,
) -> Option<(OwnedSemaphorePermit, T)> {
    let permit = Arc::clone(room).try_acquire_owned().ok()?;
    Some((permit, next()?))
}

/// A timeout as .NET writes it.
pub(super) fn time_span(duration: Duration) -> String {
    let seconds = duration.as_secs();
    format!(
        "{:02}:{:02}:{:02}",
        seconds / 3600,
        seconds / 60 % 60,
        seconds % 60
    )
}
