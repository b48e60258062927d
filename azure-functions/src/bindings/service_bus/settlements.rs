//! [`Settlements`]: what functions did with their messages, for unit tests.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use bytes::Bytes;
use futures::{
    FutureExt,
    future::{BoxFuture, ready},
};

use super::{LockedMessage, ServiceBusTrigger, Settlement};
use crate::{
    Context,
    context::Invocation,
    settlement::{Reply, Request, SessionAction, SettleError, Settler},
};

/// Takes the place of a host in unit tests: messages that it locks tell it what functions do with them.
///
/// ```
/// use azure_functions::bindings::service_bus::{LockedMessage, Settlement, Settlements};
///
/// async fn refuse(order: LockedMessage<u32>) {
///     let lock = order.lock.property("checked", true);
///     lock.abandon().await.unwrap();
/// }
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// let settlements = Settlements::new();
/// refuse(settlements.lock(7)).await;
/// let properties = [("checked".to_owned(), true.into())].into();
/// assert_eq!(settlements.take(), [Settlement::Abandon(properties)]);
/// # }
/// ```
#[derive(Clone, Debug, Default)]
pub struct Settlements(Arc<Mutex<Notes>>);

#[derive(Debug, Default)]
struct Notes {
    settlements: Vec<Settlement>,
    states: BTreeMap<String, Bytes>,
}

impl Settlements {
    /// Nothing was settled yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// A message with a lock.
    pub fn lock<T>(&self, message: T) -> LockedMessage<T> {
        self.lock_trigger(ServiceBusTrigger::new(message))
    }

    /// A message with a lock, and what a host says of it.
    pub fn lock_trigger<T>(&self, mut trigger: ServiceBusTrigger<T>) -> LockedMessage<T> {
        if trigger.lock_token.is_none() {
            trigger.lock_token = Some(String::new()).into();
        }
        LockedMessage::with_settler(trigger, Some(self.settler()))
    }

    /// The context of an invocation, for functions that use the [session](ServiceBusTrigger::session) of a message.
    pub fn context(&self, function_name: &'static str) -> Context {
        Context::of(Invocation {
            function: function_name.into(),
            settler: Some(self.settler()),
            ..Invocation::default()
        })
    }

    /// What was done so far, in order; it is forgotten then.
    pub fn take(&self) -> Vec<Settlement> {
        std::mem::take(&mut self.notes().settlements)
    }

    /// What a session remembers.
    pub fn session_state(&self, id: &str) -> Bytes {
        self.notes().states.get(id).cloned().unwrap_or_default()
    }

    fn settler(&self) -> Arc<dyn Settler> {
        Arc::new(self.clone())
    }

    fn notes(&self) -> MutexGuard<'_, Notes> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Settler for Settlements {
    fn settle(&self, request: Request) -> BoxFuture<'_, Result<Reply, SettleError>> {
        let mut reply = Reply::default();
        match request {
            Request::Message { settlement, .. } => self.notes().settlements.push(settlement),
            Request::Session { id, action } => match action {
                SessionAction::State => reply.state = self.session_state(&id),
                SessionAction::SetState(state) => {
                    self.notes().states.insert(id, state);
                }
                SessionAction::Release | SessionAction::RenewLock => {}
            },
        }
        ready(Ok(reply)).boxed()
    }
}
