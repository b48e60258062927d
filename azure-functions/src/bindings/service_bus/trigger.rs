//! [`ServiceBusTrigger`]: a message that the host settles when its function ends.

use std::time::Duration;

use azure_functions_shared::timespan::{self, TICKS_PER_SECOND};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::{ServiceBusSession, ServiceBusTriggerBinding};
use crate::{
    BindError, BindingData, Context, Data, DataType, FromBatch, FromTrigger, Lazy, Timestamp,
    Trigger, time,
};

/// A message of a Service Bus queue or subscription that starts a function.
///
/// `T` is what the message holds: a `String` or bytes as they are, any other type as JSON. Take a
/// `Vec<ServiceBusTrigger<T>>` for a batch, which succeeds or fails as a whole. When the function succeeds the host
/// completes the message; when it fails the message comes again. To settle messages in the function, take a
/// [`LockedMessage`](super::LockedMessage).
///
/// # Properties
///
/// | Name | Type | Default | Meaning |
/// |---|---|---|---|
/// | `queue_name` | string | | The queue to read from. |
/// | `topic_name` | string | | The topic to read from. |
/// | `subscription_name` | string | | The subscription of the topic. |
/// | `connection` | string | `ServiceBus` | The app setting, or the prefix of settings, that says how to reach the namespace. |
/// | `is_sessions_enabled` | boolean | `false` | Whether the messages belong to sessions: those of one session come one call at a time, in order. |
/// | `auto_complete_messages` | boolean | `true` | Whether the host completes a message when its function succeeded; to settle it in the function, take a [`LockedMessage`](crate::bindings::LockedMessage). |
///
/// Exactly one of `queue_name` and `topic_name`. Only together: `topic_name` and `subscription_name`.
///
/// # Example
///
/// ```
/// use azure_functions::{bindings::ServiceBusTrigger, func};
/// use serde::Deserialize;
///
/// #[derive(Deserialize)]
/// struct Order {
///     id: u32,
/// }
///
/// #[func]
/// fn accept(
///     #[binding(topic_name = "orders", subscription_name = "billing")] order: ServiceBusTrigger<Order>,
/// ) {
///     println!("order {}, attempt {:?}", order.message.id, order.delivery_count);
/// }
///
/// #[func]
/// fn accept_many(#[binding(queue_name = "orders")] orders: Vec<ServiceBusTrigger<Order>>) {
///     println!("{} orders", orders.len());
/// }
///
/// // A test calls the function with a message of its own.
/// accept(ServiceBusTrigger::new(Order { id: 7 }));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ServiceBusTrigger<T = String> {
    /// What the message holds.
    pub message: T,
    /// What the sender called the message.
    pub message_id: Lazy<Option<String>>,
    /// How often the message was delivered, this time included.
    pub delivery_count: Lazy<Option<u32>>,
    /// The GUID of the lock that the host holds.
    pub lock_token: Lazy<Option<String>>,
    /// The place of the message in its queue.
    pub sequence_number: Lazy<Option<i64>>,
    /// When the message came into its queue.
    pub enqueued_time: Lazy<Option<Timestamp>>,
    /// When the queue drops the message; [`Timestamp::MAX`] if never.
    pub expires_at: Lazy<Option<Timestamp>>,
    /// What the message holds, as a MIME type.
    pub content_type: Lazy<Option<String>>,
    /// What the message belongs to.
    pub correlation_id: Lazy<Option<String>>,
    /// Where answers go.
    pub reply_to: Lazy<Option<String>>,
    /// The session of the answers.
    pub reply_to_session_id: Lazy<Option<String>>,
    /// The session that the message belongs to.
    pub session_id: Lazy<Option<String>>,
    /// Until when the session is locked, if the function has `is_sessions_enabled`.
    pub session_locked_until: Lazy<Option<Timestamp>>,
    /// The partition of the message.
    pub partition_key: Lazy<Option<String>>,
    /// The partition of the transaction that sent the message. In a batch the host gives the `partition_key` here.
    pub transaction_partition_key: Lazy<Option<String>>,
    /// Whom the message is for.
    pub to: Lazy<Option<String>>,
    /// What the message is about; its label.
    pub subject: Lazy<Option<String>>,
    /// The queue or subscription in which a message that was forwarded became a dead letter.
    pub dead_letter_source: Lazy<Option<String>>,
    /// Why the message is a dead letter.
    pub dead_letter_reason: Lazy<Option<String>>,
    /// Why the message is a dead letter, for people.
    pub dead_letter_error_description: Lazy<Option<String>>,
    /// What the sender says besides, and what settlements have added.
    pub application_properties: Lazy<Map<String, Value>>,
    /// The place of the message in the queue where it was first, if the host says so.
    pub enqueued_sequence_number: Lazy<Option<i64>>,
    /// Until when the message is locked, if the host says so.
    pub locked_until: Lazy<Option<Timestamp>>,
    /// When the message was to come into its queue, if the host says so.
    pub scheduled_enqueue_time: Lazy<Option<Timestamp>>,
    /// Whether the message is active, deferred or scheduled, if the host says so.
    pub state: Lazy<Option<String>>,
    /// How long the message lives, if the host says so.
    pub time_to_live: Lazy<Option<Duration>>,
}

impl<T> ServiceBusTrigger<T> {
    /// A message that the host says nothing more about, as a unit test needs it.
    pub fn new(message: T) -> Self {
        Self::with_metadata(message, &Trigger::default())
    }

    /// The session that the message belongs to, if it does, for as long as the invocation of `context` runs.
    ///
    /// The host knows a session only in a function with `is_sessions_enabled = true`.
    pub fn session(&self, context: &Context) -> Option<ServiceBusSession> {
        let id = self.session_id.as_ref()?.clone();
        Some(ServiceBusSession::new(id, context.settler().cloned()))
    }

    fn with_metadata(message: T, trigger: &Trigger) -> Self {
        Self {
            message_id: trigger.lazy(|trigger| trigger.get("MessageId")),
            delivery_count: trigger.lazy(|trigger| trigger.get("DeliveryCount")),
            lock_token: trigger.lazy(|trigger| trigger.get("LockToken")),
            sequence_number: trigger.lazy(|trigger| trigger.get("SequenceNumber")),
            enqueued_time: trigger
                .lazy(|trigger| either(trigger, "EnqueuedTime", "EnqueuedTimeUtc")),
            expires_at: trigger.lazy(|trigger| either(trigger, "ExpiresAt", "ExpiresAtUtc")),
            content_type: trigger.lazy(|trigger| text(trigger, "ContentType")),
            correlation_id: trigger.lazy(|trigger| text(trigger, "CorrelationId")),
            reply_to: trigger.lazy(|trigger| text(trigger, "ReplyTo")),
            reply_to_session_id: trigger.lazy(|trigger| text(trigger, "ReplyToSessionId")),
            session_id: trigger.lazy(|trigger| text(trigger, "SessionId")),
            session_locked_until: trigger.lazy(|trigger| {
                let actions = object(trigger, "SessionActions")?;
                time::parse(actions.get("SessionLockedUntil")?.as_str()?)
            }),
            partition_key: trigger.lazy(|trigger| text(trigger, "PartitionKey")),
            transaction_partition_key: trigger
                .lazy(|trigger| text(trigger, "TransactionPartitionKey")),
            to: trigger.lazy(|trigger| text(trigger, "To")),
            subject: trigger
                .lazy(|trigger| text(trigger, "Subject").or_else(|| text(trigger, "Label"))),
            dead_letter_source: trigger.lazy(|trigger| text(trigger, "DeadLetterSource")),
            dead_letter_reason: trigger.lazy(|trigger| of_dead_letter(trigger, "DeadLetterReason")),
            dead_letter_error_description: trigger
                .lazy(|trigger| of_dead_letter(trigger, "DeadLetterErrorDescription")),
            application_properties: trigger.lazy(application_properties),
            enqueued_sequence_number: trigger.lazy(|trigger| trigger.get("EnqueuedSequenceNumber")),
            locked_until: trigger.lazy(|trigger| either(trigger, "LockedUntil", "LockedUntilUtc")),
            scheduled_enqueue_time: trigger
                .lazy(|trigger| either(trigger, "ScheduledEnqueueTime", "ScheduledEnqueueTimeUtc")),
            state: trigger.lazy(|trigger| trigger.get("State")),
            time_to_live: trigger.lazy(|trigger| span(&trigger.get::<String>("TimeToLive")?)),
            message,
        }
    }
}

impl<T: DeserializeOwned + 'static> FromTrigger for ServiceBusTrigger<T> {
    type Binding = ServiceBusTriggerBinding;
    const DATA_TYPE: Option<DataType> = Some(DataType::Binary);

    fn from_trigger(data: Data, trigger: &Trigger) -> Result<Self, BindError> {
        Ok(Self::with_metadata(decode(data)?, trigger))
    }
}

impl<T: DeserializeOwned + 'static> FromBatch for ServiceBusTrigger<T> {}

impl<T: BindingData> BindingData for ServiceBusTrigger<T> {
    const NAMES: Option<&'static [&'static str]> = T::NAMES;
}

/// Reads what a message holds: for an empty message the host sends no value.
fn decode<T: DeserializeOwned + 'static>(data: Data) -> Result<T, BindError> {
    if !data.is_none() {
        return data.decode();
    }
    data.decode()
        .or_else(|missing| Data::bytes("").decode().map_err(|_| missing))
}

/// A text, unless it is empty: in the lists of a batch that is how the host writes that there is none.
fn text(trigger: &Trigger, name: &str) -> Option<String> {
    trigger.get(name).filter(|text: &String| !text.is_empty())
}

fn either(trigger: &Trigger, name: &str, other: &str) -> Option<Timestamp> {
    trigger.time(name).or_else(|| trigger.time(other))
}

fn object(trigger: &Trigger, name: &str) -> Option<Map<String, Value>> {
    trigger.get(name)
}

fn application_properties(trigger: &Trigger) -> Map<String, Value> {
    object(trigger, "ApplicationProperties")
        .or_else(|| object(trigger, "UserProperties"))
        .unwrap_or_default()
}

/// What the host says of a dead letter; Service Bus keeps it among the properties too.
fn of_dead_letter(trigger: &Trigger, name: &str) -> Option<String> {
    trigger.get(name).or_else(|| {
        let properties = application_properties(trigger);
        properties.get(name)?.as_str().map(ToOwned::to_owned)
    })
}

/// A length of time as .NET writes it.
fn span(text: &str) -> Option<Duration> {
    let ticks = u64::try_from(timespan::parse(text).ok()?.ticks()).ok()?;
    let per_second = TICKS_PER_SECOND.unsigned_abs();
    let nanoseconds = u32::try_from(ticks % per_second * 100).ok()?;
    Some(Duration::new(ticks / per_second, nanoseconds))
}
