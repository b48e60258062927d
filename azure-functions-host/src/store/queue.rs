//! Queues: messages that are hidden while somebody works on them, and come back unless they are deleted.

mod memory;

use std::{fmt, time::Duration};

use bytes::Bytes;
use futures::future::BoxFuture;
use jiff::Timestamp;

use super::{Changes, StoreError};

pub use memory::MemoryQueues;

/// How long a message lives unless its sender says otherwise.
const LIFETIME: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// The queues of a storage account.
///
/// A queue exists from the first message on; to read from one that does not exist finds nothing.
pub trait QueueStore: fmt::Debug + Send + Sync {
    /// Adds a message to the end of a queue, and creates the queue if need be.
    ///
    /// # Errors
    ///
    /// The name or the size of the message is not allowed, or the service failed.
    fn put(&self, queue: &str, message: NewMessage) -> BoxFuture<'_, Result<Receipt, StoreError>>;

    /// Takes up to `max` messages from the front of a queue and hides them from other readers for `hidden`.
    ///
    /// # Errors
    ///
    /// The name is not allowed, or the service failed.
    fn receive(
        &self,
        queue: &str,
        max: usize,
        hidden: Duration,
    ) -> BoxFuture<'_, Result<Vec<Message>, StoreError>>;

    /// Shows up to `max` messages from the front of a queue without taking them.
    ///
    /// # Errors
    ///
    /// The name is not allowed, or the service failed.
    fn peek(&self, queue: &str, max: usize) -> BoxFuture<'_, Result<Vec<Message>, StoreError>>;

    /// Deletes a message for good.
    ///
    /// # Errors
    ///
    /// The message is gone, the receipt is out of date, or the service failed.
    fn delete(&self, queue: &str, receipt: &Receipt) -> BoxFuture<'_, Result<(), StoreError>>;

    /// Hides a message for `hidden` from now on, or shows it at once if that is zero, and returns its new receipt.
    ///
    /// # Errors
    ///
    /// The message is gone, the receipt is out of date, or the service failed.
    fn hide(
        &self,
        queue: &str,
        receipt: &Receipt,
        hidden: Duration,
    ) -> BoxFuture<'_, Result<Receipt, StoreError>>;

    /// Deletes all messages of a queue, hidden ones included.
    ///
    /// # Errors
    ///
    /// The name is not allowed, or the service failed.
    fn clear(&self, queue: &str) -> BoxFuture<'_, Result<(), StoreError>>;

    /// The number of messages in a queue, hidden ones included.
    ///
    /// # Errors
    ///
    /// The name is not allowed, or the service failed.
    fn len(&self, queue: &str) -> BoxFuture<'_, Result<usize, StoreError>>;

    /// The names of the queues that exist.
    ///
    /// # Errors
    ///
    /// The service failed.
    fn queues(&self) -> BoxFuture<'_, Result<Vec<String>, StoreError>>;

    /// Tells when a message was put, shown, hidden or deleted.
    fn changes(&self) -> Changes;

    /// When the next hidden message of a queue shows, if the store can tell; time alone is no change.
    fn next_visible(&self, queue: &str) -> Option<Timestamp>;
}

/// A message to put in a queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewMessage {
    /// The content, as the service keeps it: in base64 unless `host.json` says otherwise.
    pub body: Bytes,
    /// How long it stays hidden at first.
    pub hidden: Duration,
    /// How long it lives; `None` is for ever.
    pub lifetime: Option<Duration>,
}

impl NewMessage {
    /// A message that shows at once and lives for seven days.
    pub fn new(body: impl Into<Bytes>) -> Self {
        Self {
            body: body.into(),
            hidden: Duration::ZERO,
            lifetime: Some(LIFETIME),
        }
    }
}

/// The right to change one message, until somebody else receives it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The id of the message.
    pub id: String,
    /// Changes each time the message is received or hidden.
    pub pop_receipt: String,
}

/// A message of a queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// The right to change it; after a peek, nobody's.
    pub receipt: Receipt,
    /// The content, as the service keeps it.
    pub body: Bytes,
    /// How often it was received, this time included.
    pub dequeue_count: u32,
    /// When it was put.
    pub inserted: Timestamp,
    /// When it is deleted by itself.
    pub expires: Timestamp,
    /// When it shows again.
    pub next_visible: Timestamp,
}
