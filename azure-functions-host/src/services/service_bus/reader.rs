//! One function's reading of one queue or subscription.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use tokio::task::JoinSet;

use super::{CATEGORY, Ground, sessions};
use crate::{
    event::Level,
    functions::Cardinality,
    services::{Listener, in_full},
    store::service_bus::{
        LOCK_DURATION, Message, Properties, ServiceBusError, Session, Settlement,
    },
    wire::service_bus,
};

/// What caused the calls.
const REASON: &str = "New Service Bus message detected";

/// Reads one queue or subscription for one function.
#[derive(Clone, Debug)]
pub(super) struct Reader {
    pub(super) ground: Arc<Ground>,
    pub(super) listener: Listener,
    pub(super) entity: String,
}

impl Reader {
    pub(super) async fn run(self) {
        let bus = &self.ground.service_bus;
        let mut changes = bus.changes();
        let mut running = JoinSet::new();
        loop {
            // Marked before looking, so that a change between looking and waiting is not missed.
            changes.borrow_and_update();
            if let Err(error) = self.look(&mut running) {
                self.complain(&format!("`{}` cannot be read", self.entity), &error);
            }
            let next = bus.next_change(&self.entity);
            let look = self
                .ground
                .clock
                .sleep_until(next.unwrap_or(Timestamp::MAX));
            tokio::select! {
                () = self.listener.stop.cancelled() => break,
                // The sender lives as long as the namespace.
                Ok(()) = changes.changed() => {}
                Some(_) = running.join_next() => {}
                () = look, if next.is_some() => {}
            }
        }
        while running.join_next().await.is_some() {}
    }

    /// Starts to work on what is there, as far as there is room.
    fn look(&self, running: &mut JoinSet<()>) -> Result<(), ServiceBusError> {
        let bus = &self.ground.service_bus;
        let settings = &self.ground.settings.service_bus;
        if sessions(self.listener.plan.trigger()) {
            while running.len() < settings.max_concurrent_sessions
                && let Some(session) = bus.accept_session(&self.entity)?
            {
                let reader = self.clone();
                running.spawn(async move { Box::pin(reader.work_on_session(session)).await });
            }
            return Ok(());
        }
        if self.is_batch() {
            if running.is_empty() {
                let messages = bus.receive(&self.entity, settings.max_message_batch_size)?;
                if !messages.is_empty() {
                    let reader = self.clone();
                    running.spawn(async move {
                        reader.process(messages, None).await;
                    });
                }
            }
            return Ok(());
        }
        let room = settings.max_concurrent_calls.saturating_sub(running.len());
        for message in bus.receive(&self.entity, room)? {
            let reader = self.clone();
            running.spawn(async move {
                reader.process(vec![message], None).await;
            });
        }
        Ok(())
    }

    /// Works on a session, one call at a time, until it has no more messages, a call fails, or the function gives it up.
    async fn work_on_session(&self, session: Session) {
        let bus = &self.ground.service_bus;
        let max = if self.is_batch() {
            self.ground.settings.service_bus.max_message_batch_size
        } else {
            1
        };
        while !self.listener.stop.is_cancelled() {
            // If the lock is gone somebody else has the session.
            let messages = bus.receive_session(&session, max).unwrap_or_default();
            if messages.is_empty() || !self.process(messages, Some(&session)).await {
                break;
            }
        }
        bus.release_session(&session);
    }

    /// Calls the function with messages, and settles what it has not settled; says whether to go on with the session.
    async fn process(&self, messages: Vec<Message>, session: Option<&Session>) -> bool {
        let trigger = self.listener.plan.trigger();
        let data_type = trigger.data_type();
        let event = match messages.as_slice() {
            [message] if !self.is_batch() => Ok(service_bus::message(message, session, data_type)),
            messages => service_bus::batch(messages, session, data_type),
        };
        let (succeeded, settled, released) = match event {
            Ok(event) => {
                let delivery = self.ground.running.begin(&messages, session);
                let call = self.listener.call(event, REASON);
                let succeeded = self.keep_locked(&messages, session, call).await.is_ok();
                (succeeded, delivery.settled(), delivery.released())
            }
            Err(error) => {
                let text = format!("`{}` cannot be called: {error}", self.listener.plan.name());
                self.ground.events.host(Level::Error, CATEGORY, text);
                (false, Vec::new(), false)
            }
        };
        let default = self.ground.settings.service_bus.auto_complete_messages;
        let auto_complete = trigger.flag("autoCompleteMessages", default);
        let then = match (succeeded, auto_complete) {
            (true, true) => Settlement::Complete,
            (false, _) => Settlement::Abandon(Properties::new()),
            (true, false) => return !released,
        };
        for lock in messages.iter().filter_map(|message| message.lock) {
            if settled.contains(&lock.token) {
                if succeeded {
                    let text = format!(
                        "`{}` settled a message that the host completes as well, which fails in Azure; set `autoCompleteMessages` to false",
                        self.listener.plan.name()
                    );
                    self.ground.events.host(Level::Warning, CATEGORY, text);
                }
                continue;
            }
            let done = self.ground.service_bus.settle(lock.token, then.clone());
            if let Err(error) = done {
                self.complain("a message cannot be settled", &error);
            }
        }
        succeeded && !released
    }

    /// Renews the locks while a call runs, up to the limit.
    async fn keep_locked<T>(
        &self,
        messages: &[Message],
        session: Option<&Session>,
        call: impl Future<Output = T>,
    ) -> T {
        let limit = self
            .ground
            .settings
            .service_bus
            .max_auto_lock_renewal_duration;
        let limit = SignedDuration::try_from(limit).unwrap_or(SignedDuration::MAX);
        let end = self.ground.later(limit);
        tokio::pin!(call);
        loop {
            let renew = self.ground.later(LOCK_DURATION / 2);
            tokio::select! {
                result = &mut call => return result,
                () = self.ground.clock.sleep_until(renew), if renew < end => {
                    self.renew(messages, session);
                }
            }
        }
    }

    /// What is settled meanwhile, or was lost, needs no lock.
    fn renew(&self, messages: &[Message], session: Option<&Session>) {
        let bus = &self.ground.service_bus;
        match session {
            Some(session) => {
                let _ = bus.renew_session(&session.entity, &session.id);
            }
            None => {
                for lock in messages.iter().filter_map(|message| message.lock) {
                    let _ = bus.renew(lock.token);
                }
            }
        }
    }

    fn is_batch(&self) -> bool {
        let trigger = self.listener.plan.function().trigger();
        trigger.cardinality == Cardinality::Many
    }

    fn complain(&self, what: &str, error: &ServiceBusError) {
        let text = format!("{what}: {}", in_full(error));
        self.ground.events.host(Level::Error, CATEGORY, text);
    }
}
