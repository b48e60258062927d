//! One queue or subscription: its messages, their locks, and its sessions.

use std::collections::{BTreeMap, VecDeque};

use bytes::Bytes;
use jiff::Timestamp;
use uuid::Uuid;

use super::{
    DEAD_LETTER_DESCRIPTION, DEAD_LETTER_REASON, LOCK_DURATION, Lock, MAX_DELIVERY_COUNT, Message,
    NewMessage, Properties, ServiceBusError, Settlement,
};
use crate::binding_data::Value;

/// How many messages can be lent at a time.
const LENT: usize = 64;

/// One queue or subscription.
#[derive(Debug, Default)]
pub(super) struct Entity {
    /// Whether messages belong to sessions, and are received session by session.
    pub(super) sessions_only: bool,
    /// Whether this is a dead-letter queue: nothing leaves it by itself.
    dead_letters: bool,
    /// By sequence number.
    messages: BTreeMap<i64, Message>,
    sessions: BTreeMap<String, SessionState>,
    last: i64,
    /// Messages that are in nobody's way: those of calls by hand.
    lent: BTreeMap<i64, Message>,
    /// The sessions that were made up for these.
    lent_sessions: VecDeque<String>,
}

#[derive(Debug, Default)]
struct SessionState {
    state: Bytes,
    lock: Option<Lock>,
}

impl Entity {
    /// An empty one, which takes dead letters or not.
    pub(super) fn new(dead_letters: bool) -> Self {
        Self {
            dead_letters,
            ..Self::default()
        }
    }

    /// Puts a message at the end.
    pub(super) fn push(&mut self, now: Timestamp, sent: NewMessage, delivery_count: u32) {
        let message = self.message(now, sent, delivery_count);
        self.messages.insert(message.sequence_number, message);
    }

    /// Locks a message that is not in the queue; if it is put back it is.
    pub(super) fn lend(&mut self, now: Timestamp, sent: NewMessage) -> Message {
        let mut message = self.message(now, sent, 1);
        let lock = Lock {
            token: Uuid::new_v4(),
            until: Timestamp::MAX,
        };
        message.lock = Some(lock);
        if let Some(id) = &message.sent.session_id {
            self.sessions.entry(id.clone()).or_default().lock = Some(lock);
            self.lent_sessions.push_back(id.clone());
        }
        if self.lent.len() >= LENT {
            self.lent.pop_first();
        }
        if self.lent_sessions.len() > LENT
            && let Some(id) = self.lent_sessions.pop_front()
        {
            self.sessions.remove(&id);
        }
        self.lent.insert(message.sequence_number, message.clone());
        message
    }

    /// Drops what has expired, and unlocks what was locked too long; gives what has become a dead letter.
    pub(super) fn sweep(&mut self, now: Timestamp) -> Vec<Message> {
        self.messages
            .retain(|_, message| message.lock.is_some() || message.expires > now);
        for session in self.sessions.values_mut() {
            session.lock.take_if(|lock| lock.until <= now);
        }
        self.sessions
            .retain(|_, session| session.lock.is_some() || !session.state.is_empty());
        let expired: Vec<_> = self
            .messages
            .values()
            .filter(|message| message.lock.is_some_and(|lock| lock.until <= now))
            .map(|message| message.sequence_number)
            .collect();
        expired
            .into_iter()
            .filter_map(|number| self.give_back(number))
            .collect()
    }

    /// Locks up to `max` messages, of a session or of any.
    pub(super) fn receive(
        &mut self,
        now: Timestamp,
        session: Option<&str>,
        max: usize,
    ) -> Vec<Message> {
        let until = match session {
            None => later(now),
            // The lock of the session is the lock of its messages.
            Some(id) => match self.sessions.get(id).and_then(|session| session.lock) {
                Some(lock) => lock.until,
                None => return Vec::new(),
            },
        };
        self.messages
            .values_mut()
            .filter(|message| waits(message))
            .filter(|message| {
                session.is_none_or(|id| message.sent.session_id.as_deref() == Some(id))
            })
            .take(max)
            .map(|message| {
                message.delivery_count = message.delivery_count.saturating_add(1);
                let token = Uuid::new_v4();
                message.lock = Some(Lock { token, until });
                message.clone()
            })
            .collect()
    }

    /// Locks the session that waits longest.
    pub(super) fn accept_session(&mut self, now: Timestamp) -> Option<(String, Lock)> {
        let waiting = self.messages.values().filter(|message| waits(message));
        let mut ids = waiting.filter_map(|message| message.sent.session_id.as_ref());
        let id = ids
            .find(|id| {
                let session = self.sessions.get(*id);
                session.is_none_or(|session| session.lock.is_none())
            })?
            .clone();
        let lock = Lock {
            token: Uuid::new_v4(),
            until: later(now),
        };
        self.sessions.entry(id.clone()).or_default().lock = Some(lock);
        Some((id, lock))
    }

    /// Gives up a session, and its messages that are not settled; gives what has become a dead letter.
    pub(super) fn release_session(&mut self, id: &str, token: Uuid) -> Vec<Message> {
        let Some(session) = self.sessions.get_mut(id) else {
            return Vec::new();
        };
        if session.lock.take_if(|lock| lock.token == token).is_none() {
            return Vec::new();
        }
        let locked: Vec<_> = self
            .messages
            .values()
            .filter(|message| message.sent.session_id.as_deref() == Some(id))
            .filter(|message| message.lock.is_some())
            .map(|message| message.sequence_number)
            .collect();
        locked
            .into_iter()
            .filter_map(|number| self.give_back(number))
            .collect()
    }

    /// Does with a locked message what is to become of it; gives it if it has become a dead letter.
    pub(super) fn settle(
        &mut self,
        token: Uuid,
        settlement: Settlement,
    ) -> Result<Option<Message>, ServiceBusError> {
        let number = self.locked(token)?;
        if let Some(message) = self.lent.remove(&number) {
            let id = message.sent.session_id.as_ref();
            if let Settlement::Abandon(_) = settlement
                && let Some(id) = id
            {
                self.sessions.remove(id);
                // It is a session like others now, which whoever accepts it keeps.
                self.lent_sessions.retain(|lent| lent != id);
            }
            self.messages.insert(number, message);
        }
        match settlement {
            Settlement::Complete => {
                self.messages.remove(&number);
                Ok(None)
            }
            Settlement::Abandon(properties) => {
                self.change(number, properties);
                Ok(self.give_back(number))
            }
            Settlement::Defer(properties) => {
                self.change(number, properties);
                if let Some(message) = self.messages.get_mut(&number) {
                    message.deferred = true;
                    message.lock = None;
                }
                Ok(None)
            }
            Settlement::DeadLetter {
                reason,
                description,
                properties,
            } => {
                self.change(number, properties);
                Ok(self.bury(number, reason, description))
            }
        }
    }

    /// Locks a message for longer.
    pub(super) fn renew(
        &mut self,
        now: Timestamp,
        token: Uuid,
    ) -> Result<Timestamp, ServiceBusError> {
        let number = self.locked(token)?;
        let message = self.messages.get_mut(&number);
        let lock = message.and_then(|message| message.lock.as_mut());
        // One that is lent is locked for good.
        let Some(lock) = lock else {
            return Ok(Timestamp::MAX);
        };
        lock.until = later(now);
        Ok(lock.until)
    }

    /// Locks a session and its messages for longer.
    pub(super) fn renew_session(
        &mut self,
        now: Timestamp,
        id: &str,
    ) -> Result<Timestamp, ServiceBusError> {
        let lock = self.session(id)?.lock.as_mut();
        let Some(lock) = lock.filter(|lock| lock.until < Timestamp::MAX) else {
            return Ok(Timestamp::MAX);
        };
        lock.until = later(now);
        let until = lock.until;
        let own = |message: &&mut Message| message.sent.session_id.as_deref() == Some(id);
        for message in self.messages.values_mut().filter(own) {
            if let Some(lock) = &mut message.lock {
                lock.until = until;
            }
        }
        Ok(until)
    }

    /// Whether this is the lock that the session has now, and no earlier one.
    pub(super) fn is_locked_by(&mut self, id: &str, token: Uuid) -> Result<(), ServiceBusError> {
        let own = self.session(id)?.lock.filter(|lock| lock.token == token);
        own.map(|_| ())
            .ok_or_else(|| ServiceBusError::SessionLockLost(id.to_owned()))
    }

    pub(super) fn state(&mut self, id: &str) -> Result<Bytes, ServiceBusError> {
        Ok(self.session(id)?.state.clone())
    }

    pub(super) fn set_state(&mut self, id: &str, state: Bytes) -> Result<(), ServiceBusError> {
        self.session(id)?.state = state;
        Ok(())
    }

    /// The messages in order, those that are locked or deferred too.
    pub(super) fn messages(&self) -> impl Iterator<Item = &Message> {
        self.messages.values()
    }

    /// Whether a lock is of a message of this entity.
    pub(super) fn has(&self, token: Uuid) -> bool {
        self.locked(token).is_ok()
    }

    /// When the next lock or message expires.
    pub(super) fn next_change(&self) -> Option<Timestamp> {
        let messages = self.messages.values();
        let moments =
            messages.map(|message| message.lock.map_or(message.expires, |lock| lock.until));
        let sessions = self.sessions.values();
        let locks = sessions.filter_map(|session| Some(session.lock?.until));
        moments
            .chain(locks)
            .filter(|moment| *moment < Timestamp::MAX)
            .min()
    }

    fn message(&mut self, now: Timestamp, sent: NewMessage, delivery_count: u32) -> Message {
        self.last += 1;
        let end = sent
            .lifetime
            .and_then(|lifetime| now.checked_add(lifetime).ok());
        Message {
            sequence_number: self.last,
            enqueued: now,
            expires: end.unwrap_or(Timestamp::MAX),
            delivery_count,
            deferred: false,
            lock: None,
            sent,
        }
    }

    fn session(&mut self, id: &str) -> Result<&mut SessionState, ServiceBusError> {
        let session = self.sessions.get_mut(id);
        session
            .filter(|session| session.lock.is_some())
            .ok_or_else(|| ServiceBusError::SessionLockLost(id.to_owned()))
    }

    fn locked(&self, token: Uuid) -> Result<i64, ServiceBusError> {
        let own = |message: &&Message| message.lock.is_some_and(|lock| lock.token == token);
        let found = self.messages.values().chain(self.lent.values()).find(own);
        found
            .map(|message| message.sequence_number)
            .ok_or(ServiceBusError::MessageLockLost)
    }

    fn change(&mut self, number: i64, properties: Properties) {
        if let Some(message) = self.messages.get_mut(&number) {
            message.sent.properties.extend(properties);
        }
    }

    /// Unlocks a message, unless it was delivered too often.
    fn give_back(&mut self, number: i64) -> Option<Message> {
        let message = self.messages.get_mut(&number)?;
        if message.delivery_count >= MAX_DELIVERY_COUNT && !self.dead_letters {
            let count = message.delivery_count;
            let description =
                format!("Message could not be consumed after {count} delivery attempts.");
            return self.bury(
                number,
                Some("MaxDeliveryCountExceeded".to_owned()),
                Some(description),
            );
        }
        message.lock = None;
        None
    }

    fn bury(
        &mut self,
        number: i64,
        reason: Option<String>,
        description: Option<String>,
    ) -> Option<Message> {
        let mut message = self.messages.remove(&number)?;
        message.lock = None;
        for (name, text) in [
            (DEAD_LETTER_REASON, reason),
            (DEAD_LETTER_DESCRIPTION, description),
        ] {
            if let Some(text) = text {
                let properties = &mut message.sent.properties;
                properties.insert(name.to_owned(), Value::String(text));
            }
        }
        // A dead letter does not expire.
        message.sent.lifetime = None;
        Some(message)
    }
}

fn waits(message: &Message) -> bool {
    message.lock.is_none() && !message.deferred
}

fn later(now: Timestamp) -> Timestamp {
    now.checked_add(LOCK_DURATION).unwrap_or(Timestamp::MAX)
}
