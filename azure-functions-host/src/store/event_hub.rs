//! Event hubs: events that lie in the partitions of a hub in their order, and stay there after they are read.

mod memory;

use std::{collections::BTreeMap, fmt};

use bytes::Bytes;
use futures::future::BoxFuture;
use jiff::Timestamp;
use serde_json::Value;

use super::{Changes, StoreError};

pub use memory::MemoryEventHubs;

/// The event hubs of a namespace.
///
/// A hub exists from the first use on; the case of its name does not matter.
pub trait EventHubStore: fmt::Debug + Send + Sync {
    /// Adds an event to the end of a partition.
    ///
    /// # Errors
    ///
    /// The name or the size of the event is not allowed, there is no such partition, or the service failed.
    fn send(&self, hub: &str, event: NewEvent) -> BoxFuture<'_, Result<Place, StoreError>>;

    /// Reads up to `max` events of a partition, from the sequence number `from` on.
    ///
    /// Events that are no longer kept are passed over.
    ///
    /// # Errors
    ///
    /// The name is not allowed, there is no such partition, or the service failed.
    fn read(
        &self,
        hub: &str,
        partition: u32,
        from: i64,
        max: usize,
    ) -> BoxFuture<'_, Result<Vec<HubEvent>, StoreError>>;

    /// The sequence number at which a reader begins who has read nothing yet.
    ///
    /// # Errors
    ///
    /// The name is not allowed, there is no such partition, or the service failed.
    fn seek(
        &self,
        hub: &str,
        partition: u32,
        start: Start,
    ) -> BoxFuture<'_, Result<i64, StoreError>>;

    /// How many partitions a hub has; they are numbered from 0.
    ///
    /// # Errors
    ///
    /// The name is not allowed, or the service failed.
    fn partitions(&self, hub: &str) -> BoxFuture<'_, Result<u32, StoreError>>;

    /// Remembers that a consumer group is done with the events of a partition before `next`.
    ///
    /// # Errors
    ///
    /// The name is not allowed, there is no such partition, or the service failed.
    fn checkpoint(
        &self,
        hub: &str,
        consumer_group: &str,
        partition: u32,
        next: i64,
    ) -> BoxFuture<'_, Result<(), StoreError>>;

    /// Where a consumer group goes on in a partition, if it has been there.
    ///
    /// # Errors
    ///
    /// The name is not allowed, there is no such partition, or the service failed.
    fn position(
        &self,
        hub: &str,
        consumer_group: &str,
        partition: u32,
    ) -> BoxFuture<'_, Result<Option<i64>, StoreError>>;

    /// The names of the hubs that exist.
    ///
    /// # Errors
    ///
    /// The service failed.
    fn hubs(&self) -> BoxFuture<'_, Result<Vec<String>, StoreError>>;

    /// Tells when an event was added or a checkpoint written.
    fn changes(&self) -> Changes;
}

/// An event to send.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NewEvent {
    /// The content.
    pub body: Bytes,
    /// Events of one key lie in one partition, in their order.
    pub partition_key: Option<String>,
    /// The partition, if the sender chooses it; the key does not choose it then.
    pub partition: Option<u32>,
    /// What the sender says of the event.
    pub properties: BTreeMap<String, Value>,
    /// What the service says of the event beside its place and time, as in `iothub-connection-device-id`.
    pub system_properties: BTreeMap<String, Value>,
}

impl NewEvent {
    /// An event with this content, for any partition.
    pub fn new(body: impl Into<Bytes>) -> Self {
        Self {
            body: body.into(),
            ..Self::default()
        }
    }
}

/// Where an event lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The partition.
    pub partition: u32,
    /// The number of the event in its partition, one more than that of the event before.
    pub sequence_number: i64,
    /// How many bytes lie before it in its partition.
    pub offset: u64,
}

/// An event of a hub.
#[derive(Clone, Debug, PartialEq)]
pub struct HubEvent {
    /// Where it lies.
    pub place: Place,
    /// When it came.
    pub enqueued: Timestamp,
    /// The content.
    pub body: Bytes,
    /// The key that chose the partition.
    pub partition_key: Option<String>,
    /// What the sender says of the event.
    pub properties: BTreeMap<String, Value>,
    /// What the service says of the event beside its place and time.
    pub system_properties: BTreeMap<String, Value>,
}

/// Where a reader begins who has read nothing yet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Start {
    /// With the oldest event.
    #[default]
    First,
    /// With the next event to come.
    Next,
    /// With the first event that came at this time or after it.
    Enqueued(Timestamp),
}
