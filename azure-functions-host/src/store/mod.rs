//! Where the host keeps messages, events, blobs and entities: one trait per kind, and a store in memory for each.
//!
//! The traits hold what the host needs of a storage service and no more, so that an emulator or an account can take
//! the place of the memory.

mod blob;
mod cosmos;
pub(crate) mod durable;
mod event_hub;
mod queue;
mod sent;
pub mod service_bus;
mod table;

use std::error::Error;

use azure_functions_shared::storage_name::StorageNameError;
use tokio::sync::watch;

pub use blob::{Blob, BlobProperties, BlobStore, MemoryBlobs, NewBlob};
pub(crate) use cosmos::DEFAULT_PARTITION_KEY;
pub use cosmos::{Change, ContainerName, CosmosError, Lease, LeaseName, MemoryCosmos};
pub use durable::JournalError;
pub use event_hub::{EventHubStore, HubEvent, MemoryEventHubs, NewEvent, Place, Start};
pub use queue::{MemoryQueues, Message, NewMessage, QueueStore, Receipt};
pub use sent::{Sent, SentOutputs};
pub use table::{
    Entity, Filter, FilterError, Key, MemoryTables, Property, PropertyError, TableError,
    TableStore, Write,
};

/// Tells a listener that something changed in a store since it last looked, without saying what.
///
/// A service that cannot tell never does; who listens must look from time to time as well.
pub type Changes = watch::Receiver<u64>;

/// Why a store did not do what it was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The name is not one that the storage service allows.
    #[error("`{name}` cannot be used: {error}")]
    InvalidName {
        /// The name.
        name: String,
        /// Which rule it breaks, and what to do.
        error: StorageNameError,
    },
    /// The message is larger than a queue takes.
    #[error(
        "the message has {size} bytes, but a queue takes at most {limit}; put the content in a blob and send its name"
    )]
    TooLarge {
        /// The size of the message.
        size: usize,
        /// The largest size.
        limit: usize,
    },
    /// There is no such message any more: it was deleted, or it expired.
    #[error("there is no message `{id}` in the queue `{queue}`")]
    NoSuchMessage {
        /// The queue.
        queue: String,
        /// The message.
        id: String,
    },
    /// Somebody else received or updated the message since the receipt was given.
    #[error(
        "the receipt of the message `{id}` in the queue `{queue}` is out of date; another reader has the message"
    )]
    StaleReceipt {
        /// The queue.
        queue: String,
        /// The message.
        id: String,
    },
    /// The name is not one that an event hub can have.
    #[error(
        "`{0}` cannot be used; an event hub has up to 256 letters, digits, `.`, `-` and `_`, and begins and ends with a letter or digit"
    )]
    InvalidHubName(String),
    /// The event is larger than a hub takes.
    #[error(
        "the event has {size} bytes, but an event hub takes at most {limit}; put the content in a blob and send its name"
    )]
    EventTooLarge {
        /// The size of the event.
        size: usize,
        /// The largest size.
        limit: usize,
    },
    /// The hub has no such partition.
    #[error("the event hub `{hub}` has no partition {partition}; it has {count}, numbered from 0")]
    NoSuchPartition {
        /// The hub.
        hub: String,
        /// The partition.
        partition: u32,
        /// How many partitions there are.
        count: usize,
    },
    /// The service behind the store failed.
    #[error("the storage service failed")]
    Service(#[source] Box<dyn Error + Send + Sync>),
}
