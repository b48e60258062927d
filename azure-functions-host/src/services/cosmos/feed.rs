//! The change feed of one container, for one function.

use std::sync::Arc;

use azure_functions_shared::rpc::Data;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::container;
use crate::{
    binding_data::BindingData,
    event::Level,
    plan::{Plan, Resolved},
    services::{Ground, Listener},
    store::{Lease, LeaseName},
    wire::trigger::{DataType, Event},
};

/// How long to wait after the last change was read, in milliseconds.
const POLL_DELAY: u32 = 5_000;
/// How long to wait at least: looking takes no time here, so without a pause it would take all of a core.
const SHORTEST_POLL_DELAY: u32 = 10;
/// How many changes a function gets at once.
const BATCH: u32 = 100;
/// The container of leases.
const LEASES: &str = "leases";

/// What a trigger says about its feed.
#[derive(Debug)]
pub(super) struct FeedSettings {
    lease: LeaseName,
    poll_delay: SignedDuration,
    batch: usize,
    start: Start,
}

/// Where a feed begins that nobody has read under this lease.
#[derive(Debug, Clone, Copy)]
enum Start {
    Now,
    Beginning,
    Time(Timestamp),
}

/// Reads the feed, and calls the function.
#[derive(Debug)]
pub(super) struct Feed {
    ground: Arc<Ground>,
    listener: Listener,
    settings: FeedSettings,
    lease: Option<Lease>,
}

impl FeedSettings {
    pub(super) fn new(plan: &Plan) -> Result<Self, String> {
        let trigger = plan.trigger();
        let monitored = container(trigger, "databaseName", "containerName")?;
        let mut leases = monitored.clone();
        if let Some(database) = trigger.get("leaseDatabaseName") {
            database.clone_into(&mut leases.database);
        }
        let container = trigger.get("leaseContainerName").unwrap_or(LEASES);
        container.clone_into(&mut leases.container);
        let prefix = trigger.get("leaseContainerPrefix").unwrap_or_default();
        let start = match trigger.get("startFromTime") {
            Some(time) => Start::Time(time.parse().map_err(|_| {
                format!("`startFromTime` is `{time}`; write a time such as `2026-01-31T00:00:00Z`")
            })?),
            None if trigger.flag("startFromBeginning", false) => Start::Beginning,
            None => Start::Now,
        };
        let poll_delay = number(trigger, "feedPollDelay", 0)?.unwrap_or(POLL_DELAY);
        let batch = number(trigger, "maxItemsPerInvocation", 1)?.unwrap_or(BATCH);
        Ok(Self {
            lease: LeaseName {
                leases,
                prefix: prefix.to_owned(),
                monitored,
            },
            poll_delay: SignedDuration::from_millis(poll_delay.max(SHORTEST_POLL_DELAY).into()),
            batch: usize::try_from(batch).unwrap_or(usize::MAX),
            start,
        })
    }
}

/// A whole number that is not below `least`.
fn number(trigger: &Resolved, name: &str, least: u32) -> Result<Option<u32>, String> {
    let Some(text) = trigger.get(name) else {
        return Ok(None);
    };
    let number = text.trim().parse().ok().filter(|number| *number >= least);
    number
        .map(Some)
        .ok_or_else(|| format!("`{name}` is `{text}`; write a whole number from {least}"))
}

impl Feed {
    /// A feed, with its lease if nobody else has that.
    pub(super) fn new(ground: Arc<Ground>, listener: Listener, settings: FeedSettings) -> Self {
        let mut feed = Self {
            ground,
            listener,
            settings,
            lease: None,
        };
        feed.lease = feed.acquire();
        if feed.lease.is_none() {
            let name = &feed.settings.lease;
            feed.ground.events.host(
                Level::Warning,
                "Host.Triggers.CosmosDB",
                format!(
                    "another function reads `{}` with the same leases, so that `{}` gets no changes; give one of them a `leaseContainerPrefix`",
                    name.monitored,
                    feed.listener.plan.name()
                ),
            );
        }
        feed
    }

    pub(super) async fn run(mut self) {
        loop {
            if self.lease.is_none() {
                self.lease = self.acquire();
            }
            let more = match &self.lease {
                Some(lease) => self.read(lease).await,
                None => false,
            };
            if self.listener.stop.is_cancelled() {
                return;
            }
            if more {
                continue;
            }
            let look = self.ground.later(self.settings.poll_delay);
            tokio::select! {
                () = self.listener.stop.cancelled() => return,
                () = self.ground.clock.sleep_until(look) => {}
            }
        }
    }

    fn acquire(&self) -> Option<Lease> {
        let cosmos = &self.ground.cosmos;
        let monitored = &self.settings.lease.monitored;
        cosmos.acquire(&self.settings.lease, || match self.settings.start {
            Start::Now => cosmos.position(monitored, None),
            Start::Beginning => 0,
            Start::Time(time) => cosmos.position(monitored, Some(time)),
        })
    }

    /// Calls the function with the next changes, if there are any, and says so.
    async fn read(&self, lease: &Lease) -> bool {
        let monitored = &self.settings.lease.monitored;
        let cosmos = &self.ground.cosmos;
        let changes = cosmos.feed(monitored, lease.position(), self.settings.batch);
        let Some(last) = changes.last().map(|change| change.position) else {
            return false;
        };
        let documents = changes.into_iter().map(|change| change.document).collect();
        let event = event(documents, self.listener.plan.trigger().data_type());
        let result = self.listener.call(event, "New changes in the container");
        // What failed, after the last try of its policy, is gone: there is no place for poison here.
        if result.await.is_ok() || !self.listener.ending.is_cancelled() {
            lease.advance(last);
        }
        true
    }
}

/// What documents hand to a call: one JSON array, as a text.
pub(super) fn event(documents: Vec<Value>, data_type: DataType) -> Event {
    let text = Value::Array(documents).to_string();
    let value = match data_type {
        DataType::Binary => Data::Bytes(text.into()),
        DataType::String | DataType::Undefined => Data::String(text),
    };
    Event {
        value: value.into(),
        data: BindingData::default(),
    }
}
