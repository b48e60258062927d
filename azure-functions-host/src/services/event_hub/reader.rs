//! Reads one partition for one consumer group, with one call of the function at a time.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::Source;
use crate::{
    event::Level,
    services::{Ground, Listener},
    store::{HubEvent, StoreError},
};

pub(super) const CATEGORY: &str = "Host.Triggers.EventHubs";

/// How often a partition is looked at in any case: not all stores tell of changes.
const POLL: SignedDuration = SignedDuration::from_secs(1);

/// Reads one partition of a hub for one function.
#[derive(Debug)]
pub(super) struct Reader {
    ground: Arc<Ground>,
    listener: Listener,
    source: Arc<Source>,
    partition: u32,
    /// The sequence number of the next event, once it is known.
    next: Option<i64>,
    /// How many batches were worked on since the last checkpoint.
    batches: u32,
    /// Since when events wait for others to make a batch.
    waiting: Option<Timestamp>,
}

/// What came of a look at the partition.
enum Look {
    /// Something was done, and there may be more to do.
    Done,
    /// There is nothing to do before this moment, unless something changes.
    Wait(Timestamp),
}

impl Reader {
    pub(super) fn new(
        ground: Arc<Ground>,
        listener: Listener,
        source: Arc<Source>,
        partition: u32,
    ) -> Self {
        Self {
            ground,
            listener,
            source,
            partition,
            next: None,
            batches: 0,
            waiting: None,
        }
    }

    pub(super) async fn run(mut self) {
        let mut changes = self.ground.event_hubs.changes();
        let stop = self.listener.stop.clone();
        while !stop.is_cancelled() {
            // Marked before looking, so that a change between looking and waiting is not missed.
            changes.borrow_and_update();
            let look = match self.look().await {
                Ok(Look::Done) => continue,
                Ok(Look::Wait(until)) => until,
                Err(error) => {
                    let hub = &self.source.hub;
                    let partition = self.partition;
                    self.complain(format!(
                        "the partition {partition} of the event hub `{hub}` cannot be read: {error}"
                    ));
                    self.ground.later(POLL)
                }
            };
            tokio::select! {
                () = stop.cancelled() => break,
                // A store without a sender never changes.
                Ok(()) = changes.changed() => {}
                () = self.ground.clock.sleep_until(look) => {}
            }
        }
    }

    /// Reads some events, and works on them unless more are to come.
    async fn look(&mut self) -> Result<Look, StoreError> {
        let settings = &self.ground.settings.event_hubs;
        let hubs = Arc::clone(&self.ground.event_hubs);
        let from = match self.next {
            Some(next) => next,
            None => self.begin().await?,
        };
        self.next = Some(from);
        let most = settings.max_event_batch_size;
        let events = hubs
            .read(&self.source.hub, self.partition, from, most)
            .await?;
        let Some(last) = events.last() else {
            return Ok(Look::Wait(self.ground.later(POLL)));
        };
        let next = last.place.sequence_number.saturating_add(1);
        if self.source.many && events.len() < settings.min_event_batch_size.min(most) {
            let now = self.ground.clock.now();
            let since = *self.waiting.get_or_insert(now);
            let until = SignedDuration::try_from(settings.max_wait_time)
                .ok()
                .and_then(|wait| since.checked_add(wait).ok())
                .unwrap_or(Timestamp::MAX);
            if now < until {
                return Ok(Look::Wait(until.min(self.ground.later(POLL))));
            }
        }
        self.waiting = None;
        let checkpoints = self.batches + 1 >= settings.batch_checkpoint_frequency;
        let worked = if self.source.many {
            self.call(&events, checkpoints).await
        } else {
            self.call_one_by_one(&events, checkpoints).await
        };
        if !worked {
            // The host stops, and whoever reads after it begins where this call did.
            return Ok(Look::Wait(Timestamp::MAX));
        }
        self.next = Some(next);
        self.batches += 1;
        if checkpoints {
            self.batches = 0;
            let Source {
                hub,
                consumer_group,
                ..
            } = &*self.source;
            hubs.checkpoint(hub, consumer_group, self.partition, next)
                .await?;
        }
        Ok(Look::Done)
    }

    /// Where this reader begins: at the checkpoint, or where `host.json` says.
    async fn begin(&self) -> Result<i64, StoreError> {
        let hubs = &self.ground.event_hubs;
        let Source {
            hub,
            consumer_group,
            ..
        } = &*self.source;
        if let Some(position) = hubs.position(hub, consumer_group, self.partition).await? {
            return Ok(position);
        }
        let start = self.ground.settings.event_hubs.initial_offset;
        hubs.seek(hub, self.partition, start).await
    }

    async fn call_one_by_one(&self, events: &[HubEvent], checkpoints: bool) -> bool {
        for (at, event) in events.iter().enumerate() {
            let checkpoints = checkpoints && at + 1 == events.len();
            if !self.call(std::slice::from_ref(event), checkpoints).await {
                return false;
            }
        }
        true
    }

    /// Calls the function with events; that it fails does not matter, but that the call was broken off does.
    async fn call(&self, events: &[HubEvent], checkpoints: bool) -> bool {
        match self
            .source
            .event(&self.listener.plan, events, self.partition, checkpoints)
        {
            Ok(event) => {
                // A failure is an event of the host by now.
                let _ = self.listener.call(event, "New events detected").await;
            }
            Err(error) => self.complain(format!(
                "the function `{}` was not called: {error}",
                self.listener.plan.name()
            )),
        }
        !self.listener.ending.is_cancelled()
    }

    fn complain(&self, text: String) {
        self.ground.events.host(Level::Error, CATEGORY, text);
    }
}
