//! [`ServiceBusTrigger`]: a message that the host settles when its function ends.

use std::time::Duration;

use azure_functions_shared::timespan::{self, TICKS_PER_SECOND};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::{ServiceBusSession, ServiceBusTriggerBinding};
use crate::{
    BindError, BindingData, Context, Data, DataType, FromBatch, FromTrigger, Timestamp, Trigger,
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
    pub message_id: Option<String>,
    /// How often the message was delivered, this time included.
    pub delivery_count: Option<u32>,
    /// The GUID of the lock that the host holds.
    pub lock_token: Option<String>,
    /// The place of the message in its queue.
    pub sequence_number: Option<i64>,
    /// When the message came into its queue.
    pub enqueued_time: Option<Timestamp>,
    /// When the queue drops the message; [`Timestamp::MAX`] if never.
    pub expires_at: Option<Timestamp>,
    /// What the message holds, as a MIME type.
    pub content_type: Option<String>,
    /// What the message belongs to.
    pub correlation_id: Option<String>,
    /// Where answers go.
    pub reply_to: Option<String>,
    /// The session of the answers.
    pub reply_to_session_id: Option<String>,
    /// The session that the message belongs to.
    pub session_id: Option<String>,
    /// Until when the session is locked, if the function has `is_sessions_enabled`.
    pub session_locked_until: Option<Timestamp>,
    /// The partition of the message.
    pub partition_key: Option<String>,
    /// The partition of the transaction that sent the message.
    pub transaction_partition_key: Option<String>,
    /// Whom the message is for.
    pub to: Option<String>,
    /// What the message is about; its label.
    pub subject: Option<String>,
    /// The queue or subscription in which a message that was forwarded became a dead letter.
    pub dead_letter_source: Option<String>,
    /// Why the message is a dead letter.
    pub dead_letter_reason: Option<String>,
    /// Why the message is a dead letter, for people.
    pub dead_letter_error_description: Option<String>,
    /// What the sender says besides, and what settlements have added.
    pub application_properties: Map<String, Value>,
    /// The place of the message in the queue where it was first, if the host says so.
    pub enqueued_sequence_number: Option<i64>,
    /// Until when the message is locked, if the host says so.
    pub locked_until: Option<Timestamp>,
    /// When the message was to come into its queue, if the host says so.
    pub scheduled_enqueue_time: Option<Timestamp>,
    /// Whether the message is active, deferred or scheduled, if the host says so.
    pub state: Option<String>,
    /// How long the message lives, if the host says so.
    pub time_to_live: Option<Duration>,
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
        let id = self.session_id.clone()?;
        Some(ServiceBusSession::new(id, context.settler().cloned()))
    }

    fn with_metadata(message: T, trigger: &Trigger) -> Self {
        let time = |name: &str, other: &str| trigger.time(name).or_else(|| trigger.time(other));
        let object = |name: &str| trigger.get::<Map<String, Value>>(name);
        let application_properties = object("ApplicationProperties")
            .or_else(|| object("UserProperties"))
            .unwrap_or_default();
        // Service Bus keeps both among the properties of a dead letter.
        let of_dead_letter = |name: &str| {
            let property = application_properties.get(name).and_then(Value::as_str);
            trigger
                .get(name)
                .or_else(|| property.map(ToOwned::to_owned))
        };
        Self {
            message_id: trigger.get("MessageId"),
            delivery_count: trigger.get("DeliveryCount"),
            lock_token: trigger.get("LockToken"),
            sequence_number: trigger.get("SequenceNumber"),
            enqueued_time: time("EnqueuedTime", "EnqueuedTimeUtc"),
            expires_at: time("ExpiresAt", "ExpiresAtUtc"),
            content_type: text(trigger, "ContentType"),
            correlation_id: text(trigger, "CorrelationId"),
            reply_to: text(trigger, "ReplyTo"),
            reply_to_session_id: text(trigger, "ReplyToSessionId"),
            session_id: text(trigger, "SessionId"),
            session_locked_until: object("SessionActions")
                .and_then(|actions| actions.get("SessionLockedUntil")?.as_str()?.parse().ok()),
            partition_key: text(trigger, "PartitionKey"),
            transaction_partition_key: text(trigger, "TransactionPartitionKey"),
            to: text(trigger, "To"),
            subject: text(trigger, "Subject").or_else(|| text(trigger, "Label")),
            dead_letter_source: text(trigger, "DeadLetterSource"),
            dead_letter_reason: of_dead_letter("DeadLetterReason"),
            dead_letter_error_description: of_dead_letter("DeadLetterErrorDescription"),
            enqueued_sequence_number: trigger.get("EnqueuedSequenceNumber"),
            locked_until: time("LockedUntil", "LockedUntilUtc"),
            scheduled_enqueue_time: time("ScheduledEnqueueTime", "ScheduledEnqueueTimeUtc"),
            state: trigger.get("State"),
            time_to_live: trigger
                .get::<String>("TimeToLive")
                .and_then(|text| span(&text)),
            application_properties,
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

/// A length of time as .NET writes it.
fn span(text: &str) -> Option<Duration> {
    let ticks = u64::try_from(timespan::parse(text).ok()?.ticks()).ok()?;
    let per_second = TICKS_PER_SECOND.unsigned_abs();
    let nanoseconds = u32::try_from(ticks % per_second * 100).ok()?;
    Some(Duration::new(ticks / per_second, nanoseconds))
}
