//! Queues in memory.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use azure_functions_shared::storage_name;
use futures::{
    FutureExt as _,
    future::{BoxFuture, ready},
};
use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;
use uuid::Uuid;

use super::{Message, NewMessage, QueueStore, Receipt};
use crate::{
    clock::Clock,
    store::{Changes, StoreError},
};

/// The largest message of a storage queue, in bytes.
const LARGEST_MESSAGE: usize = 65_536;

/// Queues that live as long as the process.
#[derive(Clone, Debug)]
pub struct MemoryQueues {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    clock: Arc<dyn Clock>,
    queues: Mutex<BTreeMap<String, VecDeque<Message>>>,
    changes: watch::Sender<u64>,
}

impl MemoryQueues {
    /// No queues, with the time of `clock`.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            shared: Arc::new(Shared {
                clock,
                queues: Mutex::default(),
                changes: watch::Sender::new(0),
            }),
        }
    }
}

impl QueueStore for MemoryQueues {
    fn put(&self, queue: &str, message: NewMessage) -> BoxFuture<'_, Result<Receipt, StoreError>> {
        ready(self.shared.put(queue, message)).boxed()
    }

    fn receive(
        &self,
        queue: &str,
        max: usize,
        hidden: Duration,
    ) -> BoxFuture<'_, Result<Vec<Message>, StoreError>> {
        ready(self.shared.receive(queue, max, hidden)).boxed()
    }

    fn peek(&self, queue: &str, max: usize) -> BoxFuture<'_, Result<Vec<Message>, StoreError>> {
        ready(self.shared.peek(queue, max)).boxed()
    }

    fn delete(&self, queue: &str, receipt: &Receipt) -> BoxFuture<'_, Result<(), StoreError>> {
        ready(self.shared.delete(queue, receipt)).boxed()
    }

    fn hide(
        &self,
        queue: &str,
        receipt: &Receipt,
        hidden: Duration,
    ) -> BoxFuture<'_, Result<Receipt, StoreError>> {
        ready(self.shared.hide(queue, receipt, hidden)).boxed()
    }

    fn clear(&self, queue: &str) -> BoxFuture<'_, Result<(), StoreError>> {
        ready(self.shared.clear(queue)).boxed()
    }

    fn len(&self, queue: &str) -> BoxFuture<'_, Result<usize, StoreError>> {
        ready(self.shared.len(queue)).boxed()
    }

    fn queues(&self) -> BoxFuture<'_, Result<Vec<String>, StoreError>> {
        let (_, queues) = self.shared.lock();
        ready(Ok(queues.keys().cloned().collect())).boxed()
    }

    fn changes(&self) -> Changes {
        self.shared.changes.subscribe()
    }

    fn next_visible(&self, queue: &str) -> Option<Timestamp> {
        let (now, queues) = self.shared.lock();
        let messages = queues.get(queue)?;
        let hidden = messages.iter().map(|message| message.next_visible);
        hidden.filter(|instant| *instant > now).min()
    }
}

type Queues<'a> = MutexGuard<'a, BTreeMap<String, VecDeque<Message>>>;

impl Shared {
    /// The time and the queues, without the messages that have expired.
    fn lock(&self) -> (Timestamp, Queues<'_>) {
        let mut queues = self.queues.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.clock.now();
        for messages in queues.values_mut() {
            messages.retain(|message| message.expires > now);
        }
        (now, queues)
    }

    fn changed(&self) {
        self.changes
            .send_modify(|count| *count = count.wrapping_add(1));
    }

    fn put(&self, queue: &str, message: NewMessage) -> Result<Receipt, StoreError> {
        check_name(queue)?;
        if message.body.len() > LARGEST_MESSAGE {
            return Err(StoreError::TooLarge {
                size: message.body.len(),
                limit: LARGEST_MESSAGE,
            });
        }
        let (now, mut queues) = self.lock();
        let receipt = Receipt {
            id: Uuid::new_v4().to_string(),
            pop_receipt: new_pop_receipt(),
        };
        queues
            .entry(queue.to_owned())
            .or_default()
            .push_back(Message {
                receipt: receipt.clone(),
                body: message.body,
                dequeue_count: 0,
                inserted: now,
                expires: message
                    .lifetime
                    .map_or(Timestamp::MAX, |lifetime| later(now, lifetime)),
                next_visible: later(now, message.hidden),
            });
        drop(queues);
        self.changed();
        Ok(receipt)
    }

    fn receive(
        &self,
        queue: &str,
        max: usize,
        hidden: Duration,
    ) -> Result<Vec<Message>, StoreError> {
        check_name(queue)?;
        let (now, mut queues) = self.lock();
        let Some(messages) = queues.get_mut(queue) else {
            return Ok(Vec::new());
        };
        let shown = messages
            .iter_mut()
            .filter(|message| message.next_visible <= now)
            .take(max);
        let received: Vec<_> = shown
            .map(|message| {
                message.dequeue_count = message.dequeue_count.saturating_add(1);
                message.next_visible = later(now, hidden);
                message.receipt.pop_receipt = new_pop_receipt();
                message.clone()
            })
            .collect();
        drop(queues);
        if !received.is_empty() {
            self.changed();
        }
        Ok(received)
    }

    fn peek(&self, queue: &str, max: usize) -> Result<Vec<Message>, StoreError> {
        check_name(queue)?;
        let (now, queues) = self.lock();
        let messages = queues.get(queue).into_iter().flatten();
        let shown = messages.filter(|message| message.next_visible <= now);
        Ok(shown
            .take(max)
            .map(|message| {
                let mut message = message.clone();
                message.receipt.pop_receipt.clear();
                message
            })
            .collect())
    }

    fn delete(&self, queue: &str, receipt: &Receipt) -> Result<(), StoreError> {
        let (_, mut queues) = self.lock();
        let (messages, at) = find(&mut queues, queue, receipt)?;
        messages.remove(at);
        drop(queues);
        self.changed();
        Ok(())
    }

    fn hide(
        &self,
        queue: &str,
        receipt: &Receipt,
        hidden: Duration,
    ) -> Result<Receipt, StoreError> {
        let (now, mut queues) = self.lock();
        let (messages, at) = find(&mut queues, queue, receipt)?;
        let message = messages
            .get_mut(at)
            .ok_or_else(|| no_such_message(queue, receipt))?;
        message.next_visible = later(now, hidden);
        message.receipt.pop_receipt = new_pop_receipt();
        let receipt = message.receipt.clone();
        drop(queues);
        self.changed();
        Ok(receipt)
    }

    fn clear(&self, queue: &str) -> Result<(), StoreError> {
        check_name(queue)?;
        let (_, mut queues) = self.lock();
        if let Some(messages) = queues.get_mut(queue) {
            messages.clear();
        }
        drop(queues);
        self.changed();
        Ok(())
    }

    fn len(&self, queue: &str) -> Result<usize, StoreError> {
        check_name(queue)?;
        let (_, queues) = self.lock();
        Ok(queues.get(queue).map_or(0, VecDeque::len))
    }
}

/// Where the message of a receipt is, if the receipt is still good.
fn find<'a>(
    queues: &'a mut BTreeMap<String, VecDeque<Message>>,
    queue: &str,
    receipt: &Receipt,
) -> Result<(&'a mut VecDeque<Message>, usize), StoreError> {
    check_name(queue)?;
    let missing = || no_such_message(queue, receipt);
    let messages = queues.get_mut(queue).ok_or_else(missing)?;
    let mut found = messages
        .iter()
        .enumerate()
        .filter(|(_, message)| message.receipt.id == receipt.id);
    let (at, message) = found.next().ok_or_else(missing)?;
    if message.receipt.pop_receipt != receipt.pop_receipt {
        return Err(StoreError::StaleReceipt {
            queue: queue.to_owned(),
            id: receipt.id.clone(),
        });
    }
    Ok((messages, at))
}

fn no_such_message(queue: &str, receipt: &Receipt) -> StoreError {
    StoreError::NoSuchMessage {
        queue: queue.to_owned(),
        id: receipt.id.clone(),
    }
}

fn new_pop_receipt() -> String {
    Uuid::new_v4().simple().to_string()
}

/// `now` and `duration`, or the end of time.
fn later(now: Timestamp, duration: Duration) -> Timestamp {
    SignedDuration::try_from(duration)
        .ok()
        .and_then(|duration| now.checked_add(duration).ok())
        .unwrap_or(Timestamp::MAX)
}

fn check_name(name: &str) -> Result<(), StoreError> {
    storage_name::queue(name).map_err(|error| StoreError::InvalidName {
        name: name.to_owned(),
        error,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::ManualClock;

    const MINUTE: Duration = Duration::from_secs(60);

    fn store() -> (ManualClock, MemoryQueues) {
        let clock = ManualClock::new(Timestamp::UNIX_EPOCH);
        let queues = MemoryQueues::new(Arc::new(clock.clone()));
        (clock, queues)
    }

    async fn received(queues: &MemoryQueues, max: usize) -> Vec<(String, u32)> {
        let messages = queues.receive("orders", max, MINUTE).await.unwrap();
        messages
            .into_iter()
            .map(|message| {
                let text = String::from_utf8(message.body.to_vec()).unwrap();
                (text, message.dequeue_count)
            })
            .collect()
    }

    #[tokio::test]
    async fn a_received_message_comes_back_until_it_is_deleted() {
        let (clock, queues) = store();
        for text in ["a", "b", "c"] {
            queues.put("orders", NewMessage::new(text)).await.unwrap();
        }
        assert_eq!(
            received(&queues, 2).await,
            [("a".into(), 1), ("b".into(), 1)]
        );
        assert_eq!(received(&queues, 2).await, [("c".into(), 1)]);
        assert_eq!(received(&queues, 2).await, []);
        assert_eq!(
            queues.next_visible("orders"),
            Some(Timestamp::UNIX_EPOCH + MINUTE)
        );

        clock.advance(MINUTE);
        let again = queues.receive("orders", 1, MINUTE).await.unwrap();
        assert_eq!(again[0].dequeue_count, 2);
        queues.delete("orders", &again[0].receipt).await.unwrap();
        let gone = queues.delete("orders", &again[0].receipt).await;
        assert!(matches!(gone, Err(StoreError::NoSuchMessage { .. })));
        assert_eq!(queues.len("orders").await.unwrap(), 2);
    }

    #[tokio::test]
    async fn a_receipt_is_good_until_the_next_reader() {
        let (clock, queues) = store();
        let put = queues.put("orders", NewMessage::new("a")).await.unwrap();
        let first = queues.receive("orders", 1, MINUTE).await.unwrap().remove(0);
        assert_eq!(put.id, first.receipt.id);
        let hidden = queues
            .hide("orders", &first.receipt, Duration::ZERO)
            .await
            .unwrap();
        let stale = queues.delete("orders", &first.receipt).await;
        assert!(matches!(stale, Err(StoreError::StaleReceipt { .. })));
        assert_eq!(received(&queues, 1).await, [("a".into(), 2)]);
        clock.advance(MINUTE);
        let stale = queues.hide("orders", &hidden, MINUTE).await;
        assert!(matches!(stale, Err(StoreError::StaleReceipt { .. })));
    }

    #[tokio::test]
    async fn messages_hide_at_first_and_expire() {
        let (clock, queues) = store();
        let message = NewMessage {
            hidden: MINUTE,
            lifetime: Some(MINUTE * 2),
            ..NewMessage::new("late")
        };
        queues.put("orders", message).await.unwrap();
        assert_eq!(queues.peek("orders", 9).await.unwrap(), []);
        assert_eq!(queues.len("orders").await.unwrap(), 1);
        clock.advance(MINUTE);
        let peeked = queues.peek("orders", 9).await.unwrap();
        assert_eq!(peeked[0].dequeue_count, 0);
        clock.advance(MINUTE);
        assert_eq!(queues.len("orders").await.unwrap(), 0);
        assert_eq!(queues.queues().await.unwrap(), ["orders"]);
    }

    #[tokio::test]
    async fn a_listener_hears_of_changes() {
        let (_, queues) = store();
        let mut changes = queues.changes();
        assert!(!changes.has_changed().unwrap());
        queues.put("orders", NewMessage::new("a")).await.unwrap();
        changes.changed().await.unwrap();
        queues.clear("orders").await.unwrap();
        assert!(changes.has_changed().unwrap());
        assert_eq!(queues.len("orders").await.unwrap(), 0);
    }

    #[tokio::test]
    async fn names_and_sizes_are_checked() {
        let (_, queues) = store();
        for name in [
            "",
            "ab",
            "Orders",
            "a_b",
            "-ab",
            "ab-",
            "a--b",
            &"a".repeat(64),
        ] {
            let refused = queues.put(name, NewMessage::new("a")).await;
            assert!(
                matches!(refused, Err(StoreError::InvalidName { .. })),
                "{name}"
            );
        }
        let refused = queues
            .put("orders", NewMessage::new(vec![0; LARGEST_MESSAGE + 1]))
            .await;
        assert!(matches!(refused, Err(StoreError::TooLarge { .. })));
        assert!(queues.queues().await.unwrap().is_empty());
    }
}
