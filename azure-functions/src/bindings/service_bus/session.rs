//! [`ServiceBusSession`]: what a session remembers, and its lock.

use std::sync::Arc;

use bytes::Bytes;

use super::lock::nobody;
use crate::{
    Timestamp,
    settlement::{Reply, Request, SessionAction, SettleError, Settler},
};

/// The session of a message, for as long as the function that has the message runs.
///
/// Messages of a session come to one call at a time, in order, and the session remembers what its functions say from one
/// call to the next.
///
/// ```
/// use azure_functions::{
///     Context,
///     bindings::{ServiceBusTrigger, service_bus::SettleError},
///     func,
/// };
///
/// #[func]
/// async fn step(
///     #[binding(queue_name = "steps", is_sessions_enabled = true)] step: ServiceBusTrigger,
///     context: Context,
/// ) -> Result<(), SettleError> {
///     let Some(session) = step.session(&context) else {
///         return Ok(());
///     };
///     let mut seen = session.state().await?.to_vec();
///     seen.extend(step.message.as_bytes());
///     session.set_state(seen).await
/// }
/// # fn main() {}
/// ```
#[derive(Debug)]
pub struct ServiceBusSession {
    id: String,
    settler: Option<Arc<dyn Settler>>,
}

impl ServiceBusSession {
    pub(super) fn new(id: String, settler: Option<Arc<dyn Settler>>) -> Self {
        Self { id, settler }
    }

    /// The name of the session.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// What the session remembers; empty if that is nothing.
    ///
    /// # Errors
    ///
    /// When the host refuses, because the function has no `is_sessions_enabled = true` for instance.
    pub async fn state(&self) -> Result<Bytes, SettleError> {
        Ok(self.act(SessionAction::State).await?.state)
    }

    /// Has the session remember `state`, in the place of what it remembered before.
    ///
    /// # Errors
    ///
    /// When the host refuses.
    pub async fn set_state(&self, state: impl Into<Bytes>) -> Result<(), SettleError> {
        let action = SessionAction::SetState(state.into());
        self.act(action).await.map(drop)
    }

    /// Renews the lock of the session, and says until when it is locked.
    ///
    /// # Errors
    ///
    /// When the host refuses.
    pub async fn renew(&self) -> Result<Option<Timestamp>, SettleError> {
        Ok(self.act(SessionAction::RenewLock).await?.locked_until)
    }

    /// Gives up the session once the function has returned, although it may have more messages.
    ///
    /// # Errors
    ///
    /// When the host refuses.
    pub async fn release(self) -> Result<(), SettleError> {
        self.act(SessionAction::Release).await.map(drop)
    }

    async fn act(&self, action: SessionAction) -> Result<Reply, SettleError> {
        let settler = self.settler.as_ref().ok_or_else(nobody)?;
        let id = self.id.clone();
        settler.settle(Request::Session { id, action }).await
    }
}
