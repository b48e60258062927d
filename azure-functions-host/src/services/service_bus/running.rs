//! What a worker may settle: the messages and sessions of the calls that run.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use bytes::Bytes;
use jiff::Timestamp;
use uuid::Uuid;

use crate::store::service_bus::{Message, ServiceBus, ServiceBusError, Session, Settlement};

/// How many messages of calls by hand can be settled at a time: nobody tells when such a call ends.
const LENT: usize = 64;

/// The messages and sessions of the calls that run.
#[derive(Clone, Debug)]
pub(crate) struct Running {
    bus: ServiceBus,
    calls: Arc<Mutex<Calls>>,
}

#[derive(Debug, Default)]
struct Calls {
    /// Whether the function has settled the message, by its lock.
    messages: HashMap<Uuid, bool>,
    /// The sessions by their names: the protocol names no queue.
    sessions: HashMap<String, Work>,
    lent: VecDeque<(Uuid, Option<String>)>,
}

#[derive(Debug)]
struct Work {
    session: Session,
    released: bool,
}

/// Why a worker may not settle.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refused {
    /// No call that runs has the message.
    #[error(
        "no running call has the message with the lock token `{0}`; settle it before the function returns"
    )]
    NoMessage(String),
    /// No call that runs has the session.
    #[error("no running call has the session `{0}`; use it before the function returns")]
    NoSession(String),
    /// The lock is gone.
    #[error(transparent)]
    Store(#[from] ServiceBusError),
}

impl Running {
    /// Nothing runs yet.
    pub(crate) fn new(bus: ServiceBus) -> Self {
        Self {
            bus,
            calls: Arc::default(),
        }
    }

    /// Lets a worker settle these, until what this returns is dropped.
    pub(super) fn begin(&self, messages: &[Message], session: Option<&Session>) -> Delivery {
        let tokens: Vec<_> = messages
            .iter()
            .filter_map(|message| Some(message.lock?.token))
            .collect();
        let mut calls = self.calls();
        for token in &tokens {
            calls.messages.insert(*token, false);
        }
        if let Some(session) = session {
            calls.enter(session);
        }
        drop(calls);
        Delivery {
            running: self.clone(),
            tokens,
            session: session.cloned(),
        }
    }

    /// Lets a worker settle a message that a person gave.
    pub(super) fn lend(&self, message: &Message, session: Option<&Session>) {
        let Some(lock) = message.lock else {
            return;
        };
        let mut calls = self.calls();
        calls.messages.insert(lock.token, false);
        if let Some(session) = session {
            calls.enter(session);
        }
        let id = session.map(|session| session.id.clone());
        calls.lent.push_back((lock.token, id));
        if calls.lent.len() > LENT
            && let Some((token, id)) = calls.lent.pop_front()
        {
            calls.messages.remove(&token);
            if let Some(id) = id {
                calls.sessions.remove(&id);
            }
        }
    }

    /// Settles a message.
    ///
    /// # Errors
    ///
    /// No running call has it, or the lock is gone.
    pub(crate) fn settle(&self, token: &str, settlement: Settlement) -> Result<(), Refused> {
        let token = self.token(token)?;
        self.bus.settle(token, settlement)?;
        if let Some(settled) = self.calls().messages.get_mut(&token) {
            *settled = true;
        }
        Ok(())
    }

    /// Renews the lock of a message.
    ///
    /// # Errors
    ///
    /// No running call has it, or the lock is gone.
    pub(crate) fn renew(&self, token: &str) -> Result<(), Refused> {
        self.bus.renew(self.token(token)?)?;
        Ok(())
    }

    /// What a session remembers.
    ///
    /// # Errors
    ///
    /// No running call has it, or the lock is gone.
    pub(crate) fn state(&self, id: &str) -> Result<Bytes, Refused> {
        let entity = self.entity(id)?;
        Ok(self.bus.session_state(&entity, id)?)
    }

    /// Has a session remember something.
    ///
    /// # Errors
    ///
    /// No running call has it, or the lock is gone.
    pub(crate) fn set_state(&self, id: &str, state: Bytes) -> Result<(), Refused> {
        let entity = self.entity(id)?;
        Ok(self.bus.set_session_state(&entity, id, state)?)
    }

    /// Has a session given up when its call ends.
    ///
    /// # Errors
    ///
    /// No running call has it.
    pub(crate) fn release(&self, id: &str) -> Result<(), Refused> {
        let mut calls = self.calls();
        let work = calls.sessions.get_mut(id);
        let work = work.ok_or_else(|| Refused::NoSession(id.to_owned()))?;
        work.released = true;
        Ok(())
    }

    /// Renews the lock of a session, and says until when.
    ///
    /// # Errors
    ///
    /// No running call has it, or the lock is gone.
    pub(crate) fn renew_session(&self, id: &str) -> Result<Timestamp, Refused> {
        let entity = self.entity(id)?;
        Ok(self.bus.renew_session(&entity, id)?)
    }

    fn token(&self, text: &str) -> Result<Uuid, Refused> {
        let token = Uuid::parse_str(text).ok();
        token
            .filter(|token| self.calls().messages.contains_key(token))
            .ok_or_else(|| Refused::NoMessage(text.to_owned()))
    }

    fn entity(&self, id: &str) -> Result<String, Refused> {
        let calls = self.calls();
        let work = calls.sessions.get(id);
        work.map(|work| work.session.entity.clone())
            .ok_or_else(|| Refused::NoSession(id.to_owned()))
    }

    fn calls(&self) -> MutexGuard<'_, Calls> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Calls {
    fn enter(&mut self, session: &Session) {
        let work = Work {
            session: session.clone(),
            released: false,
        };
        self.sessions.insert(session.id.clone(), work);
    }
}

/// Messages that a call has. Dropping it ends the worker's right to settle them.
#[derive(Debug)]
pub(super) struct Delivery {
    running: Running,
    tokens: Vec<Uuid>,
    session: Option<Session>,
}

impl Delivery {
    /// The locks of the messages that the function has settled.
    pub(super) fn settled(&self) -> Vec<Uuid> {
        let calls = self.running.calls();
        let tokens = self.tokens.iter().copied();
        tokens
            .filter(|token| calls.messages.get(token) == Some(&true))
            .collect()
    }

    /// Whether the function has given up the session.
    pub(super) fn released(&self) -> bool {
        let calls = self.running.calls();
        let work = self
            .session
            .as_ref()
            .and_then(|session| calls.sessions.get(&session.id));
        work.is_some_and(|work| work.released)
    }
}

impl Drop for Delivery {
    fn drop(&mut self) {
        let mut calls = self.running.calls();
        for token in &self.tokens {
            calls.messages.remove(token);
        }
        // A session of the same name may be at work in another queue.
        if let Some(session) = &self.session
            && calls
                .sessions
                .get(&session.id)
                .is_some_and(|work| work.session == *session)
        {
            calls.sessions.remove(&session.id);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        clock::SystemClock,
        store::service_bus::{NewMessage, Properties},
    };

    fn start() -> (ServiceBus, Running) {
        let bus = ServiceBus::new(Arc::new(SystemClock));
        (bus.clone(), Running::new(bus))
    }

    #[test]
    fn a_message_can_be_settled_once_and_only_while_its_call_runs() {
        let (bus, running) = start();
        bus.send("orders", NewMessage::new("a")).unwrap();
        let messages = bus.receive("orders", 1).unwrap();
        let token = messages[0].lock.unwrap().token.to_string();
        let early = running.renew(&token);
        assert_eq!(early, Err(Refused::NoMessage(token.clone())));

        let delivery = running.begin(&messages, None);
        assert_eq!(running.renew(&token.to_uppercase()), Ok(()));
        assert!(delivery.settled().is_empty());
        assert_eq!(running.settle(&token, Settlement::Complete), Ok(()));
        assert_eq!(delivery.settled().len(), 1);
        let twice = running.settle(&token, Settlement::Abandon(Properties::new()));
        assert_eq!(twice, Err(ServiceBusError::MessageLockLost.into()));
        drop(delivery);
        let late = running.settle(&token, Settlement::Complete);
        assert_eq!(late, Err(Refused::NoMessage(token)));
        let odd = running.renew("no GUID");
        assert_eq!(odd, Err(Refused::NoMessage("no GUID".to_owned())));
    }

    #[test]
    fn a_session_is_open_while_its_call_runs() {
        let (bus, running) = start();
        let message = NewMessage::new("a").in_session("s");
        bus.send("steps", message).unwrap();
        let session = bus.accept_session("steps").unwrap().unwrap();
        let delivery = running.begin(&[], Some(&session));
        assert_eq!(running.set_state("s", "x".into()), Ok(()));
        assert_eq!(running.state("s"), Ok("x".into()));
        assert!(running.renew_session("s").unwrap() > Timestamp::now());
        assert!(!delivery.released());
        running.release("s").unwrap();
        assert!(delivery.released());
        drop(delivery);
        assert_eq!(running.state("s"), Err(Refused::NoSession("s".to_owned())));
    }

    #[test]
    fn messages_by_hand_are_forgotten_in_time() {
        let (bus, running) = start();
        let lend = || {
            let message = bus.lend("orders", NewMessage::new("a")).unwrap();
            running.lend(&message, None);
            message.lock.unwrap().token.to_string()
        };
        let (first, second) = (lend(), lend());
        for _ in 0..LENT - 1 {
            lend();
        }
        let gone = running.settle(&first, Settlement::Complete);
        assert_eq!(gone, Err(Refused::NoMessage(first)));
        assert_eq!(running.settle(&second, Settlement::Complete), Ok(()));
    }
}
