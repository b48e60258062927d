//! Event hubs: a function is called with the events of each partition in their order, and goes on after a failure.
//!
//! Hubs are told apart by their names alone: the connection is not looked at.

mod reader;

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, PoisonError},
};

use bytes::Bytes;
use futures::{FutureExt as _, future::BoxFuture};
use tokio::task::JoinSet;

use super::{Ground, Listener, Service, in_full};
use crate::{
    event::Level,
    plan::{Plan, Resolved},
    store::{HubEvent, NewEvent, Place},
    wire::{Output, event_hub, outputs, trigger::Event},
};

/// The consumer group of a trigger that names none.
const DEFAULT_GROUP: &str = "$Default";

/// The event hubs of the host.
#[derive(Debug)]
pub(super) struct EventHubs {
    ground: Arc<Ground>,
    /// The hubs and consumer groups, in lower case, that somebody listens to.
    taken: Mutex<BTreeSet<(String, String)>>,
}

impl EventHubs {
    pub(super) fn new(ground: Arc<Ground>) -> Self {
        Self {
            ground,
            taken: Mutex::default(),
        }
    }

    /// Keeps others from reading what a source reads.
    fn take(&self, source: &Source) -> Result<(), String> {
        let Source {
            hub,
            consumer_group,
            ..
        } = source;
        let key = (
            hub.to_ascii_lowercase(),
            consumer_group.to_ascii_lowercase(),
        );
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if taken.insert(key) {
            return Ok(());
        }
        Err(format!(
            "another function reads the event hub `{hub}` for the consumer group `{consumer_group}`, and gets all events; \
             give each function a `consumerGroup` of its own"
        ))
    }
}

impl Service for EventHubs {
    fn triggers(&self) -> &'static [&'static str] {
        &["eventHubTrigger"]
    }

    fn bindings(&self) -> &'static [&'static str] {
        &["eventHub"]
    }

    fn check(&self, plan: &Plan) -> Result<(), String> {
        Source::new(plan).map(|_| ())
    }

    fn listen(&self, listener: Listener) -> Result<BoxFuture<'static, ()>, String> {
        let source = Source::new(&listener.plan)?;
        self.take(&source)
            .map_err(|error| format!("nothing triggers `{}`: {error}", listener.plan.name()))?;
        let ground = Arc::clone(&self.ground);
        Ok(listen(ground, listener, Arc::new(source)).boxed())
    }

    fn event_by_hand<'a>(
        &'a self,
        plan: &'a Plan,
        input: &'a str,
    ) -> BoxFuture<'a, Result<Event, String>> {
        async move {
            let source = Source::new(plan)?;
            let event = HubEvent {
                place: Place {
                    partition: 0,
                    sequence_number: 0,
                    offset: 0,
                },
                enqueued: self.ground.clock.now(),
                body: Bytes::copy_from_slice(input.as_bytes()),
                partition_key: None,
                properties: [].into(),
                system_properties: [].into(),
            };
            source.event(plan, &[event], 0, false)
        }
        .boxed()
    }

    fn store<'a>(
        &'a self,
        binding: &'a Resolved,
        value: &'a Output,
    ) -> BoxFuture<'a, Result<(), String>> {
        async move {
            let hub = binding.required("eventHubName")?;
            for body in outputs::queue_messages(value).map_err(|error| in_full(&error))? {
                let sent = self.ground.event_hubs.send(hub, NewEvent::new(body));
                sent.await.map_err(|error| in_full(&error))?;
            }
            Ok(())
        }
        .boxed()
    }
}

/// What a function reads.
#[derive(Debug, Clone)]
struct Source {
    hub: String,
    consumer_group: String,
    /// Whether it takes many events at a time.
    many: bool,
}

impl Source {
    fn new(plan: &Plan) -> Result<Self, String> {
        let trigger = plan.trigger();
        let group = trigger.get("consumerGroup").filter(|text| !text.is_empty());
        let many = |text: &str| text.eq_ignore_ascii_case("many");
        Ok(Self {
            hub: trigger.required("eventHubName")?.to_owned(),
            consumer_group: group.unwrap_or(DEFAULT_GROUP).to_owned(),
            many: trigger.get("cardinality").is_some_and(many),
        })
    }

    /// What a function is told of events of a partition: of all, or of the only one.
    fn event(
        &self,
        plan: &Plan,
        events: &[HubEvent],
        partition: u32,
        checkpoints: bool,
    ) -> Result<Event, String> {
        let reader = event_hub::Reader {
            hub: &self.hub,
            consumer_group: &self.consumer_group,
            partition,
            checkpoints,
        };
        let data_type = plan.trigger().data_type();
        match events {
            [event] if !self.many => Ok(event_hub::single(event, reader, data_type)),
            events => event_hub::batch(events, reader, data_type).map_err(|error| {
                format!(
                    "an event is not JSON, as it must be for a binding with `cardinality` `many` and without `dataType`: {error}"
                )
            }),
        }
    }
}

/// Reads all partitions of a hub, until the listener is stopped.
async fn listen(ground: Arc<Ground>, listener: Listener, source: Arc<Source>) {
    let count = match ground.event_hubs.partitions(&source.hub).await {
        Ok(count) => count,
        Err(error) => {
            let text = format!("the event hub `{}` cannot be read: {error}", source.hub);
            return ground.events.host(Level::Error, reader::CATEGORY, text);
        }
    };
    let mut readers = JoinSet::new();
    for partition in 0..count {
        let reader = reader::Reader::new(
            Arc::clone(&ground),
            listener.clone(),
            Arc::clone(&source),
            partition,
        );
        readers.spawn(reader.run());
    }
    while readers.join_next().await.is_some() {}
}
