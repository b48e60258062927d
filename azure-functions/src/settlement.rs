//! What becomes of a Service Bus message, and who tells the host: the seam between the binding and the worker.

use std::{borrow::Cow, collections::BTreeMap, error::Error as StdError, fmt};

use bytes::Bytes;
use futures::future::BoxFuture;

use crate::{BoxError, Timestamp};

/// Tells the host what becomes of messages and sessions.
pub(crate) trait Settler: fmt::Debug + Send + Sync {
    /// Tells the host, and waits until it has done so.
    fn settle(&self, request: Request) -> BoxFuture<'_, Result<Reply, SettleError>>;
}

/// What the host is told.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Request {
    /// What becomes of a message.
    Message {
        lock_token: String,
        settlement: Settlement,
    },
    /// What becomes of a session.
    Session { id: String, action: SessionAction },
}

/// What becomes of a session.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum SessionAction {
    State,
    SetState(Bytes),
    Release,
    RenewLock,
}

/// What the host answers, as far as it has something to say.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Reply {
    pub(crate) state: Bytes,
    pub(crate) locked_until: Option<Timestamp>,
}

/// What a function did with a message, as [`Settlements`](crate::bindings::service_bus::Settlements) writes it down.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Settlement {
    /// The message is done, and leaves its queue.
    Complete,
    /// The message is delivered again, with these properties changed.
    Abandon(Properties),
    /// The message goes to the dead-letter queue, with these properties changed.
    DeadLetter(DeadLetter, Properties),
    /// The message stays in its queue and is not delivered any more, with these properties changed.
    Defer(Properties),
    /// The message stays locked for longer; this settles nothing.
    RenewLock,
}

/// Application properties of a message by name.
pub type Properties = BTreeMap<String, PropertyValue>;

/// The value of an application property of a message.
///
/// It is made with `From`, of numbers, texts, truth values, points in time and lengths of time.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum PropertyValue {
    /// A truth value.
    Bool(bool),
    /// An `int`.
    Int(i32),
    /// A `long`.
    Long(i64),
    /// An `ulong`.
    ULong(u64),
    /// A `double`.
    Double(f64),
    /// A text.
    Text(String),
    /// A point in time, to the millisecond.
    Time(Timestamp),
    /// A length of time, to the tick of 100 ns.
    Duration(std::time::Duration),
}

macro_rules! property_values {
    ($($from:ty => $variant:ident;)+) => {$(
        impl From<$from> for PropertyValue {
            fn from(value: $from) -> Self {
                Self::$variant(value.into())
            }
        }
    )+};
}

property_values! {
    bool => Bool;
    i8 => Int;
    i16 => Int;
    i32 => Int;
    u8 => Int;
    u16 => Int;
    i64 => Long;
    u32 => Long;
    u64 => ULong;
    f32 => Double;
    f64 => Double;
    char => Text;
    &str => Text;
    String => Text;
    Timestamp => Time;
    std::time::Duration => Duration;
}

/// Why a message goes to the dead-letter queue.
///
/// A text is the reason: `lock.dead_letter("no such customer")`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeadLetter {
    pub(crate) reason: Option<String>,
    pub(crate) description: Option<String>,
}

impl DeadLetter {
    /// With a reason: a short text that programs compare.
    pub fn new(reason: impl Into<String>) -> Self {
        Self {
            reason: Some(reason.into()),
            description: None,
        }
    }

    /// With a description: a text for people.
    #[must_use]
    pub fn description(self, description: impl Into<String>) -> Self {
        Self {
            description: Some(description.into()),
            ..self
        }
    }

    /// The reason.
    pub fn reason(&self) -> Option<&str> {
        self.reason.as_deref()
    }

    /// The description.
    pub fn error_description(&self) -> Option<&str> {
        self.description.as_deref()
    }
}

impl From<&str> for DeadLetter {
    fn from(reason: &str) -> Self {
        Self::new(reason)
    }
}

impl From<String> for DeadLetter {
    fn from(reason: String) -> Self {
        Self::new(reason)
    }
}

/// Why a message was not settled, or a session did not do what it should.
///
/// A function that returns it fails, and the host delivers the message again.
#[derive(Debug)]
pub struct SettleError {
    message: Cow<'static, str>,
    source: Option<BoxError>,
}

impl SettleError {
    pub(crate) fn new(message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            message: message.into(),
            source: None,
        }
    }

    pub(crate) fn with_source(self, source: impl Into<BoxError>) -> Self {
        Self {
            source: Some(source.into()),
            ..self
        }
    }
}

impl fmt::Display for SettleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl StdError for SettleError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_ref().map(|source| source.as_ref() as _)
    }
}
