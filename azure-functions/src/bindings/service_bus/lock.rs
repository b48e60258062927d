//! [`LockedMessage`]: a message that its function settles, once.

use std::{ops::Deref, sync::Arc};

use serde::de::DeserializeOwned;

use super::{LockedMessageBinding, ServiceBusSession, ServiceBusTrigger, Settlement, Settlements};
use crate::{
    BindError, BindingData, Data, DataType, FromBatch, FromTrigger, Lazy, Trigger,
    settlement::{DeadLetter, Properties, PropertyValue, Request, SettleError, Settler},
};

/// A message of a Service Bus queue or subscription that starts a function, and that the function settles itself.
///
/// It is a [`ServiceBusTrigger`] and the [`MessageLock`] that says what becomes of it. Each way to settle consumes the
/// lock, so that settling twice does not compile. A message that is not settled comes again: at once if the function
/// fails, and when its lock expires if it succeeds. Take a `Vec<LockedMessage<T>>` to settle each message of a batch.
///
/// The type sets `autoCompleteMessages` to `false`: there is no property to forget. Settling waits for the host, so the
/// function is an `async` one.
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
///
/// Exactly one of `queue_name` and `topic_name`. Only together: `topic_name` and `subscription_name`.
///
/// # Example
///
/// ```
/// use azure_functions::{
///     bindings::service_bus::{LockedMessage, SettleError, Settlement, Settlements},
///     func,
/// };
///
/// #[func]
/// async fn accept(#[binding(queue_name = "orders")] order: LockedMessage) -> Result<(), SettleError> {
///     if order.message.is_empty() {
///         order.lock.dead_letter("empty").await
///     } else {
///         order.lock.complete().await
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// // A test sees what the function did with its message.
/// let settlements = Settlements::new();
/// accept(settlements.lock("two apples".to_owned())).await.unwrap();
/// assert_eq!(settlements.take(), [Settlement::Complete]);
/// # }
/// ```
///
/// A message can be settled once only:
///
/// ```compile_fail,E0382
/// # use azure_functions::bindings::service_bus::{LockedMessage, SettleError};
/// async fn accept(order: LockedMessage) -> Result<(), SettleError> {
///     order.lock.complete().await?;
///     order.lock.dead_letter("empty").await
/// }
/// ```
#[must_use = "a message that is not settled comes again"]
#[derive(Debug)]
#[non_exhaustive]
pub struct LockedMessage<T = String> {
    /// The message.
    pub trigger: ServiceBusTrigger<T>,
    /// The right to settle it.
    pub lock: MessageLock,
}

impl<T> LockedMessage<T> {
    /// A message that the host says nothing more about, as a unit test needs it. See [`Settlements`] for a test that
    /// looks at what becomes of it.
    pub fn new(message: T) -> Self {
        Settlements::new().lock(message)
    }

    /// The session that the message belongs to, if it does, for as long as the function runs.
    ///
    /// The host knows a session only in a function with `is_sessions_enabled = true`.
    pub fn session(&self) -> Option<ServiceBusSession> {
        let id = self.trigger.session_id.as_ref()?.clone();
        Some(ServiceBusSession::new(id, self.lock.settler.clone()))
    }

    pub(super) fn with_settler(
        trigger: ServiceBusTrigger<T>,
        settler: Option<Arc<dyn Settler>>,
    ) -> Self {
        let lock = MessageLock {
            token: trigger.lock_token.clone(),
            settler,
            properties: Properties::new(),
        };
        Self { trigger, lock }
    }
}

impl<T> Deref for LockedMessage<T> {
    type Target = ServiceBusTrigger<T>;

    fn deref(&self) -> &Self::Target {
        &self.trigger
    }
}

impl<T: DeserializeOwned + 'static> FromTrigger for LockedMessage<T> {
    type Binding = LockedMessageBinding;
    const DATA_TYPE: Option<DataType> = Some(DataType::Binary);

    fn from_trigger(data: Data, trigger: &Trigger) -> Result<Self, BindError> {
        let message = ServiceBusTrigger::from_trigger(data, trigger)?;
        Ok(Self::with_settler(message, trigger.settler().cloned()))
    }
}

impl<T: DeserializeOwned + 'static> FromBatch for LockedMessage<T> {}

impl<T: BindingData> BindingData for LockedMessage<T> {
    const NAMES: Option<&'static [&'static str]> = T::NAMES;
}

/// The right to settle one message, for as long as the function runs.
///
/// It is gone with the first use. If the host refuses, the message comes again when its lock expires, or at once when the
/// function fails.
#[must_use = "a message that is not settled comes again"]
#[derive(Debug)]
pub struct MessageLock {
    token: Lazy<Option<String>>,
    settler: Option<Arc<dyn Settler>>,
    properties: Properties,
}

impl MessageLock {
    /// Sets an application property that the message has from now on, unless it is completed.
    pub fn property(mut self, name: impl Into<String>, value: impl Into<PropertyValue>) -> Self {
        self.properties.insert(name.into(), value.into());
        self
    }

    /// Says that the message is done: it leaves its queue.
    ///
    /// # Errors
    ///
    /// When the host refuses, because the lock has expired for instance.
    pub async fn complete(self) -> Result<(), SettleError> {
        self.settle(Settlement::Complete).await
    }

    /// Gives the message back: it is delivered again at once, or becomes a dead letter if that was too often.
    ///
    /// # Errors
    ///
    /// When the host refuses, because the lock has expired for instance.
    pub async fn abandon(mut self) -> Result<(), SettleError> {
        let properties = std::mem::take(&mut self.properties);
        self.settle(Settlement::Abandon(properties)).await
    }

    /// Moves the message to the dead-letter queue. A text is the reason; a [`DeadLetter`] has a description too.
    ///
    /// # Errors
    ///
    /// When the host refuses, because the lock has expired for instance.
    pub async fn dead_letter(mut self, letter: impl Into<DeadLetter>) -> Result<(), SettleError> {
        let properties = std::mem::take(&mut self.properties);
        self.settle(Settlement::DeadLetter(letter.into(), properties))
            .await
    }

    /// Sets the message aside: it stays in its queue, but only somebody who asks for its sequence number gets it.
    ///
    /// # Errors
    ///
    /// When the host refuses, because the lock has expired for instance.
    pub async fn defer(mut self) -> Result<(), SettleError> {
        let properties = std::mem::take(&mut self.properties);
        self.settle(Settlement::Defer(properties)).await
    }

    /// Renews the lock. The host does so by itself for the time that `maxAutoLockRenewalDuration` in `host.json` gives.
    ///
    /// # Errors
    ///
    /// When the host refuses, because the lock has expired for instance.
    pub async fn renew(&self) -> Result<(), SettleError> {
        self.settle(Settlement::RenewLock).await
    }

    async fn settle(&self, settlement: Settlement) -> Result<(), SettleError> {
        let settler = self.settler.as_ref().ok_or_else(nobody)?;
        let lock_token = self.token.as_ref().cloned().ok_or_else(|| {
            SettleError::new(
                "the host gave the message no lock token, so it cannot be settled; send a message instead of calling the function by hand",
            )
        })?;
        let request = Request::Message {
            lock_token,
            settlement,
        };
        settler.settle(request).await.map(drop)
    }
}

/// There is no host.
pub(super) fn nobody() -> SettleError {
    SettleError::new(
        "there is no host to settle the message; in a test, make it with `Settlements`",
    )
}
