//! Azure Service Bus: start a function from a message of a queue or a subscription, settle it, or send messages.
//!
//! With [`ServiceBusTrigger`] the host settles a message when its function ends: a success completes it, a failure makes
//! it come again, up to ten times unless the queue says otherwise, and then moves it to the dead-letter queue. With
//! [`LockedMessage`] the function settles the message itself.
//!
//! The dead letters of a queue are a queue themselves, called `<queue>/$deadletterqueue`, and those of a subscription
//! `<topic>/subscriptions/<subscription>/$deadletterqueue`: a trigger reads them by that `queue_name`.

mod lock;
mod message;
mod session;
mod settlements;
#[cfg(test)]
mod tests;
mod trigger;

use crate::{Binding, Offers, Property, Rule, Setting, Syntax, Value};

pub use self::{
    lock::{LockedMessage, MessageLock},
    message::ServiceBusMessage,
    session::ServiceBusSession,
    settlements::Settlements,
    trigger::ServiceBusTrigger,
};
pub use crate::settlement::{DeadLetter, Properties, PropertyValue, SettleError, Settlement};

const QUEUE: Property = Property::string("queue_name").doc("The queue to read from.");

const TOPIC: Property = Property::string("topic_name").doc("The topic to read from.");

const SUBSCRIPTION: Property =
    Property::string("subscription_name").doc("The subscription of the topic.");

const CONNECTION: Property = Property::string("connection")
    .syntax(Syntax::Setting)
    .default("`ServiceBus`")
    .doc("The app setting, or the prefix of settings, that says how to reach the namespace.");

const SESSIONS: Property = Property::boolean("is_sessions_enabled")
    .default("`false`")
    .doc("Whether the messages belong to sessions: those of one session come one call at a time, in order.");

const SOURCE: &[Rule] = &[
    Rule::exactly_one_of(&["queue_name", "topic_name"]),
    Rule::together(&["topic_name", "subscription_name"]),
];

const OFFERS: Offers = Offers::names(&[
    "MessageId",
    "DeliveryCount",
    "LockToken",
    "SequenceNumber",
    "EnqueuedTime",
    "EnqueuedTimeUtc",
    "ExpiresAt",
    "ExpiresAtUtc",
    "ContentType",
    "CorrelationId",
    "ReplyTo",
    "ReplyToSessionId",
    "SessionId",
    "PartitionKey",
    "TransactionPartitionKey",
    "To",
    "Subject",
    "Label",
    "DeadLetterSource",
    "ApplicationProperties",
    "UserProperties",
    "SessionActions",
])
.and_payload();

/// The binding of [`ServiceBusTrigger`].
#[derive(Debug)]
pub struct ServiceBusTriggerBinding;

impl Binding for ServiceBusTriggerBinding {
    const TYPE: &'static str = "serviceBusTrigger";
    const PROPERTIES: &'static [Property] = &[
        QUEUE,
        TOPIC,
        SUBSCRIPTION,
        CONNECTION,
        SESSIONS,
        Property::boolean("auto_complete_messages")
            .default("`true`")
            .doc("Whether the host completes a message when its function succeeded; to settle it in the function, take a [`LockedMessage`](crate::bindings::LockedMessage)."),
    ];
    const RULES: &'static [Rule] = SOURCE;
    const OFFERS: Offers = OFFERS;
}

/// The binding of [`LockedMessage`]: the host leaves it to the function to complete messages.
#[derive(Debug)]
pub struct LockedMessageBinding;

impl Binding for LockedMessageBinding {
    const TYPE: &'static str = "serviceBusTrigger";
    const PROPERTIES: &'static [Property] = &[QUEUE, TOPIC, SUBSCRIPTION, CONNECTION, SESSIONS];
    const RULES: &'static [Rule] = SOURCE;
    const FIXED: &'static [Setting] = &[Setting {
        name: "auto_complete_messages",
        value: Value::Flag(false),
    }];
    const OFFERS: Offers = OFFERS;
}

/// The binding of [`ServiceBusMessage`].
#[derive(Debug)]
pub struct ServiceBusBinding;

impl Binding for ServiceBusBinding {
    const TYPE: &'static str = "serviceBus";
    const PROPERTIES: &'static [Property] = &[
        Property::string("queue_name").doc("The queue to send to; `{…}` expressions are replaced."),
        Property::string("topic_name").doc("The topic to send to; `{…}` expressions are replaced."),
        CONNECTION,
    ];
    const RULES: &'static [Rule] = &[Rule::exactly_one_of(&["queue_name", "topic_name"])];
}
