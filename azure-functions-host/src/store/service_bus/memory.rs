//! The namespace: queues, topics and subscriptions by name.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use bytes::Bytes;
use jiff::Timestamp;
use tokio::sync::watch;
use uuid::Uuid;

use super::{
    DEAD_LETTER_QUEUE, Message, NewMessage, ServiceBusError, Session, Settlement, dead_letter_path,
    entity::Entity, subscription_path,
};
use crate::{clock::Clock, store::Changes};

/// The largest body of a message, in bytes, as in a namespace of the standard tier.
const LARGEST_MESSAGE: usize = 262_144;

/// The longest name of an entity.
const LONGEST_NAME: usize = 260;

/// A Service Bus namespace that lives as long as the process; clones are the same namespace.
///
/// Queues exist from their first use on, and so do topics. Subscriptions exist once [`subscribe`](Self::subscribe) was
/// called, which the host does for each function that listens to one. Messages are received from a queue by its name,
/// from a subscription by `topic/subscriptions/name`, and from what neither could deliver by that name with
/// `/$deadletterqueue` behind it; the case of a name means nothing.
#[derive(Clone, Debug)]
pub struct ServiceBus {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    clock: Arc<dyn Clock>,
    namespace: Mutex<Namespace>,
    changes: watch::Sender<u64>,
}

#[derive(Debug, Default)]
struct Namespace {
    /// Queues, subscriptions and their dead-letter queues, by their names in lower case.
    entities: BTreeMap<String, Entity>,
    /// The subscriptions of each topic.
    topics: BTreeMap<String, BTreeSet<String>>,
}

impl ServiceBus {
    /// An empty namespace, with the time of `clock`.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            shared: Arc::new(Shared {
                clock,
                namespace: Mutex::default(),
                changes: watch::Sender::new(0),
            }),
        }
    }

    /// Sends a message to a queue.
    ///
    /// # Errors
    ///
    /// The name is none, the message is too large, or the queue has sessions and the message has none.
    pub fn send(&self, queue: &str, message: NewMessage) -> Result<(), ServiceBusError> {
        let queue = name(queue)?;
        check_size(&message)?;
        let (now, mut namespace) = self.lock();
        let entity = namespace.entity(&queue);
        check_session(&queue, entity, &message)?;
        entity.push(now, message, 0);
        drop(namespace);
        self.changed();
        Ok(())
    }

    /// Sends a message to each subscription of a topic, and says how many there are.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send); no subscription gets the message then.
    pub fn publish(&self, topic: &str, message: &NewMessage) -> Result<usize, ServiceBusError> {
        let topic = name(topic)?;
        check_size(message)?;
        let (now, mut namespace) = self.lock();
        let subscriptions: Vec<_> = namespace
            .topics
            .get(&topic)
            .into_iter()
            .flatten()
            .map(|subscription| subscription_path(&topic, subscription))
            .collect();
        for path in &subscriptions {
            check_session(path, namespace.entity(path), message)?;
        }
        for path in &subscriptions {
            namespace.entity(path).push(now, message.clone(), 0);
        }
        drop(namespace);
        self.changed();
        Ok(subscriptions.len())
    }

    /// Creates a subscription of a topic, unless there is one, and gives its name.
    ///
    /// # Errors
    ///
    /// One of the names is none.
    pub fn subscribe(&self, topic: &str, subscription: &str) -> Result<String, ServiceBusError> {
        let topic = name(topic)?;
        let subscription = name(subscription)?;
        let path = subscription_path(&topic, &subscription);
        if !path.ends_with(DEAD_LETTER_QUEUE) {
            let (_, mut namespace) = self.lock();
            namespace.entity(&path);
            namespace
                .topics
                .entry(topic)
                .or_default()
                .insert(subscription);
        }
        Ok(path)
    }

    /// Makes sessions of a queue or subscription necessary: messages come with one, and are received by session.
    ///
    /// # Errors
    ///
    /// The name is none.
    pub fn require_sessions(&self, entity: &str) -> Result<(), ServiceBusError> {
        let (_, mut namespace) = self.lock();
        namespace.entity(&name(entity)?).sessions_only = true;
        Ok(())
    }

    /// Locks up to `max` messages from the front of a queue or subscription without sessions.
    ///
    /// # Errors
    ///
    /// The name is none.
    pub fn receive(&self, entity: &str, max: usize) -> Result<Vec<Message>, ServiceBusError> {
        let messages = self.on(entity, |now, entity| {
            if entity.sessions_only {
                return Vec::new();
            }
            entity.receive(now, None, max)
        })?;
        if !messages.is_empty() {
            self.changed();
        }
        Ok(messages)
    }

    /// Locks a session that has messages for nobody, if there is one.
    ///
    /// # Errors
    ///
    /// The name is none.
    pub fn accept_session(&self, entity: &str) -> Result<Option<Session>, ServiceBusError> {
        let path = name(entity)?;
        self.on(entity, |now, entity| {
            let (id, lock) = entity.accept_session(now)?;
            Some(Session {
                entity: path,
                id,
                lock,
            })
        })
    }

    /// Locks up to `max` messages from the front of a session.
    ///
    /// # Errors
    ///
    /// The lock of the session is gone.
    pub fn receive_session(
        &self,
        session: &Session,
        max: usize,
    ) -> Result<Vec<Message>, ServiceBusError> {
        let messages = self.on(&session.entity, |now, entity| {
            entity.state(&session.id)?;
            Ok(entity.receive(now, Some(&session.id), max))
        })??;
        if !messages.is_empty() {
            self.changed();
        }
        Ok(messages)
    }

    /// Gives up a session; its messages that are not settled are delivered again.
    pub fn release_session(&self, session: &Session) {
        let (now, mut namespace) = self.lock();
        let entity = namespace.entity(&session.entity);
        let dead = entity.release_session(&session.id, session.lock.token);
        namespace.bury(now, &session.entity, dead);
        drop(namespace);
        self.changed();
    }

    /// Locks a session for longer, and says until when.
    ///
    /// # Errors
    ///
    /// The lock is gone.
    pub fn renew_session(&self, entity: &str, id: &str) -> Result<Timestamp, ServiceBusError> {
        let until = self.on(entity, |now, entity| entity.renew_session(now, id))??;
        self.changed();
        Ok(until)
    }

    /// What a session remembers; nothing if that is empty.
    ///
    /// # Errors
    ///
    /// Nobody has a lock of the session.
    pub fn session_state(&self, entity: &str, id: &str) -> Result<Bytes, ServiceBusError> {
        self.on(entity, |_, entity| entity.state(id))?
    }

    /// Has a session remember something.
    ///
    /// # Errors
    ///
    /// Nobody has a lock of the session.
    pub fn set_session_state(
        &self,
        entity: &str,
        id: &str,
        state: Bytes,
    ) -> Result<(), ServiceBusError> {
        self.on(entity, |_, entity| entity.set_state(id, state))?
    }

    /// Does with a locked message what is to become of it.
    ///
    /// # Errors
    ///
    /// The lock is gone.
    pub fn settle(&self, token: Uuid, settlement: Settlement) -> Result<(), ServiceBusError> {
        let (now, mut namespace) = self.lock();
        let (path, entity) = namespace.of_lock(token)?;
        let dead = entity.settle(token, settlement)?;
        namespace.bury(now, &path, dead);
        drop(namespace);
        self.changed();
        Ok(())
    }

    /// Locks a message for longer, and says until when.
    ///
    /// # Errors
    ///
    /// The lock is gone.
    pub fn renew(&self, token: Uuid) -> Result<Timestamp, ServiceBusError> {
        let (now, mut namespace) = self.lock();
        let (_, entity) = namespace.of_lock(token)?;
        let until = entity.renew(now, token)?;
        drop(namespace);
        self.changed();
        Ok(until)
    }

    /// The messages of a queue or subscription in order, those that are locked or deferred too.
    ///
    /// # Errors
    ///
    /// The name is none.
    pub fn peek(&self, entity: &str) -> Result<Vec<Message>, ServiceBusError> {
        let path = name(entity)?;
        let (_, namespace) = self.lock();
        let entity = namespace.entities.get(&path);
        Ok(entity.map_or_else(Vec::new, |entity| entity.messages().cloned().collect()))
    }

    /// The names of all queues and subscriptions.
    pub fn entities(&self) -> Vec<String> {
        let (_, namespace) = self.lock();
        namespace.entities.keys().cloned().collect()
    }

    /// Tells when messages come, go, or are settled.
    pub fn changes(&self) -> Changes {
        self.shared.changes.subscribe()
    }

    /// Makes a message that a person gives: locked for good, and in nobody's way until it is settled.
    pub(crate) fn lend(
        &self,
        entity: &str,
        message: NewMessage,
    ) -> Result<Message, ServiceBusError> {
        check_size(&message)?;
        self.on(entity, |now, entity| entity.lend(now, message))
    }

    /// When the next lock or message of a queue or subscription expires.
    pub(crate) fn next_change(&self, entity: &str) -> Option<Timestamp> {
        let (_, namespace) = self.lock();
        namespace.entities.get(entity)?.next_change()
    }

    fn on<T>(
        &self,
        entity: &str,
        act: impl FnOnce(Timestamp, &mut Entity) -> T,
    ) -> Result<T, ServiceBusError> {
        let path = name(entity)?;
        let (now, mut namespace) = self.lock();
        Ok(act(now, namespace.entity(&path)))
    }

    /// The time and the namespace, without what has expired.
    fn lock(&self) -> (Timestamp, MutexGuard<'_, Namespace>) {
        let namespace = self.shared.namespace.lock();
        let mut namespace = namespace.unwrap_or_else(PoisonError::into_inner);
        let now = self.shared.clock.now();
        if namespace.sweep(now) {
            // Who listens to the dead letters does not know that a lock has expired.
            self.changed();
        }
        (now, namespace)
    }

    fn changed(&self) {
        let changes = &self.shared.changes;
        changes.send_modify(|count| *count = count.wrapping_add(1));
    }
}

impl Namespace {
    fn entity(&mut self, path: &str) -> &mut Entity {
        let new = || Entity::new(path.ends_with(DEAD_LETTER_QUEUE));
        self.entities.entry(path.to_owned()).or_insert_with(new)
    }

    fn of_lock(&mut self, token: Uuid) -> Result<(String, &mut Entity), ServiceBusError> {
        let mut entities = self.entities.iter_mut();
        entities
            .find(|(_, entity)| entity.has(token))
            .map(|(path, entity)| (path.clone(), entity))
            .ok_or(ServiceBusError::MessageLockLost)
    }

    /// Puts dead letters where they belong; those of a dead-letter queue stay there.
    fn bury(&mut self, now: Timestamp, path: &str, dead: impl IntoIterator<Item = Message>) {
        for message in dead {
            let target = if path.ends_with(DEAD_LETTER_QUEUE) {
                path.to_owned()
            } else {
                dead_letter_path(path)
            };
            let entity = self.entity(&target);
            entity.push(now, message.sent, message.delivery_count);
        }
    }

    /// Drops what has expired; says whether that made dead letters.
    fn sweep(&mut self, now: Timestamp) -> bool {
        let entities = self.entities.iter_mut();
        let dead: Vec<_> = entities
            .map(|(path, entity)| (path.clone(), entity.sweep(now)))
            .filter(|(_, dead)| !dead.is_empty())
            .collect();
        let any = !dead.is_empty();
        for (path, dead) in dead {
            self.bury(now, &path, dead);
        }
        any
    }
}

/// The one spelling of a name.
fn name(written: &str) -> Result<String, ServiceBusError> {
    let lower = written.to_lowercase();
    let plain = lower.strip_suffix(DEAD_LETTER_QUEUE).unwrap_or(&lower);
    let ends = |end: Option<char>| end.is_some_and(char::is_alphanumeric);
    let good = ends(plain.chars().next())
        && ends(plain.chars().next_back())
        && plain.chars().count() <= LONGEST_NAME
        && plain
            .chars()
            .all(|letter| letter.is_alphanumeric() || ".-_/".contains(letter));
    if good {
        Ok(lower)
    } else {
        Err(ServiceBusError::InvalidName(written.to_owned()))
    }
}

fn check_size(message: &NewMessage) -> Result<(), ServiceBusError> {
    let size = message.body.len();
    if size > LARGEST_MESSAGE {
        return Err(ServiceBusError::TooLarge {
            size,
            limit: LARGEST_MESSAGE,
        });
    }
    Ok(())
}

fn check_session(path: &str, entity: &Entity, message: &NewMessage) -> Result<(), ServiceBusError> {
    if entity.sessions_only && message.session_id.is_none() {
        return Err(ServiceBusError::NoSession(path.to_owned()));
    }
    Ok(())
}
