//! Service Bus: queues, topics with subscriptions, and sessions, whose messages are locked while somebody works on them.

mod entity;
mod memory;

use std::collections::BTreeMap;

use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use crate::binding_data::Value;

pub use memory::ServiceBus;

/// How often a message is delivered before it goes to the dead-letter queue, as on a new queue.
pub const MAX_DELIVERY_COUNT: u32 = 10;

/// For how long a message or a session is locked.
pub const LOCK_DURATION: SignedDuration = SignedDuration::from_secs(60);

/// The property of a dead letter that says why it is one.
pub const DEAD_LETTER_REASON: &str = "DeadLetterReason";

/// The property of a dead letter that says so at length.
pub const DEAD_LETTER_DESCRIPTION: &str = "DeadLetterErrorDescription";

/// What the name of a dead-letter queue has behind that of its queue or subscription.
const DEAD_LETTER_QUEUE: &str = "/$deadletterqueue";

/// Application properties by name.
pub type Properties = BTreeMap<String, Value>;

/// A message to send.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct NewMessage {
    /// The content.
    pub body: Bytes,
    /// What the sender calls the message; a GUID unless it says.
    pub message_id: String,
    /// The session that the message belongs to; a queue with sessions takes no message without.
    pub session_id: Option<String>,
    /// What the body is, as a MIME type.
    pub content_type: Option<String>,
    /// What the message belongs to.
    pub correlation_id: Option<String>,
    /// What the message is about, also called its label.
    pub subject: Option<String>,
    /// Whom the message is for.
    pub to: Option<String>,
    /// Where answers go.
    pub reply_to: Option<String>,
    /// In which session answers go there.
    pub reply_to_session_id: Option<String>,
    /// The partition.
    pub partition_key: Option<String>,
    /// What the sender says besides.
    pub properties: Properties,
    /// How long the message lives; `None` is for ever.
    pub lifetime: Option<SignedDuration>,
}

impl NewMessage {
    /// A message that lives for ever.
    pub fn new(body: impl Into<Bytes>) -> Self {
        Self {
            body: body.into(),
            message_id: Uuid::new_v4().simple().to_string(),
            session_id: None,
            content_type: None,
            correlation_id: None,
            subject: None,
            to: None,
            reply_to: None,
            reply_to_session_id: None,
            partition_key: None,
            properties: Properties::new(),
            lifetime: None,
        }
    }

    /// Puts the message into a session.
    #[must_use]
    pub fn in_session(self, id: impl Into<String>) -> Self {
        Self {
            session_id: Some(id.into()),
            ..self
        }
    }
}

/// A message of a queue or a subscription.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Message {
    /// What was sent; a settlement can have changed its properties.
    pub sent: NewMessage,
    /// The place in the queue.
    pub sequence_number: i64,
    /// When it was put there.
    pub enqueued: Timestamp,
    /// When it is deleted by itself; [`Timestamp::MAX`] is never.
    pub expires: Timestamp,
    /// How often it was delivered, this time included.
    pub delivery_count: u32,
    /// Whether it was set aside, so that it is not delivered any more.
    pub deferred: bool,
    /// By whom it is locked, if it is.
    pub lock: Option<Lock>,
}

/// The right to settle a message, or to work on a session, until somebody else may have it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lock {
    /// Tells one lock from another.
    pub token: Uuid,
    /// Until when nobody else gets it.
    pub until: Timestamp,
}

/// A session that somebody works on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// The queue or subscription.
    pub entity: String,
    /// The name of the session.
    pub id: String,
    /// The lock.
    pub lock: Lock,
}

/// What becomes of a message.
#[derive(Clone, Debug, PartialEq)]
pub enum Settlement {
    /// It is done, and leaves its queue.
    Complete,
    /// It is delivered again, with these properties changed.
    Abandon(Properties),
    /// It goes to the dead-letter queue.
    DeadLetter {
        /// Why.
        reason: Option<String>,
        /// Why, at length.
        description: Option<String>,
        /// Properties to change.
        properties: Properties,
    },
    /// It stays, but is not delivered any more, with these properties changed.
    Defer(Properties),
}

/// Why Service Bus did not do what it was asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ServiceBusError {
    /// The name of a queue, a topic or a subscription is none.
    #[error(
        "`{0}` names no queue, topic or subscription; use letters, digits, `.`, `-`, `_` and `/`, at most 260, with a letter or digit at both ends"
    )]
    InvalidName(String),
    /// The message is larger than the service takes.
    #[error(
        "the message has {size} bytes, but Service Bus takes at most {limit}; put the content in a blob and send its name"
    )]
    TooLarge {
        /// The size of the message.
        size: usize,
        /// The largest size.
        limit: usize,
    },
    /// Messages of this queue belong to sessions, and the message has none.
    #[error("`{0}` has sessions; give the message a session id")]
    NoSession(String),
    /// The lock is gone: it expired, or the message was settled.
    #[error(
        "the lock is gone: the message was settled, or the lock expired; settle once, and in time"
    )]
    MessageLockLost,
    /// The lock of a session is gone.
    #[error(
        "the lock of the session `{0}` is gone: it was released, or it expired; renew it in time"
    )]
    SessionLockLost(String),
}

/// The name of the subscription of a topic, as messages are received from it.
pub fn subscription_path(topic: &str, subscription: &str) -> String {
    format!("{topic}/subscriptions/{subscription}")
}

/// The name of the queue for what nobody could work with.
pub fn dead_letter_path(entity: &str) -> String {
    format!("{entity}{DEAD_LETTER_QUEUE}")
}

#[cfg(test)]
mod tests;
