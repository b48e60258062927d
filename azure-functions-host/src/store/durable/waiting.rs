//! Those who wait for an instance: each hears of its own one only, however many there are.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use tokio::sync::watch;

/// Those who wait, by the ids of their instances.
#[derive(Debug, Default)]
pub(super) struct Waiting(Mutex<HashMap<String, watch::Sender<()>>>);

/// One of them; forgotten when dropped.
#[derive(Debug)]
pub(super) struct Place<'a> {
    waiting: &'a Waiting,
    id: &'a str,
    changes: watch::Receiver<()>,
}

impl Waiting {
    fn lock(&self) -> MutexGuard<'_, HashMap<String, watch::Sender<()>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Hears of an instance from now on.
    pub(super) fn join<'a>(&'a self, id: &'a str) -> Place<'a> {
        let mut waiting = self.lock();
        let sender = waiting
            .entry(id.to_owned())
            .or_insert_with(|| watch::Sender::new(()));
        Place {
            changes: sender.subscribe(),
            waiting: self,
            id,
        }
    }

    /// Tells those who wait for one of these instances.
    pub(super) fn tell<'a>(&self, ids: impl IntoIterator<Item = &'a String>) {
        let waiting = self.lock();
        if waiting.is_empty() {
            return;
        }
        for id in ids {
            if let Some(sender) = waiting.get(id) {
                sender.send_replace(());
            }
        }
    }
}

impl Place<'_> {
    /// Waits for the next change since the last call.
    pub(super) async fn changed(&mut self) {
        // The sender is there as long as somebody waits.
        let _ = self.changes.changed().await;
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut waiting = self.waiting.lock();
        // Its own receiver is still there.
        if waiting
            .get(self.id)
            .is_some_and(|sender| sender.receiver_count() <= 1)
        {
            waiting.remove(self.id);
        }
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;

    use super::Waiting;

    #[test]
    fn each_hears_of_its_own_instance() {
        let waiting = Waiting::default();
        let (mut one, mut two) = (waiting.join("one"), waiting.join("two"));
        let mut other = waiting.join("one");
        waiting.tell(["one", "three"].map(str::to_owned).iter());
        assert!(one.changed().now_or_never().is_some());
        assert!(one.changed().now_or_never().is_none());
        assert!(other.changed().now_or_never().is_some());
        assert!(two.changed().now_or_never().is_none());
        drop((one, two));
        waiting.tell([&"one".to_owned()]);
        assert!(other.changed().now_or_never().is_some());
        drop(other);
        assert!(waiting.lock().is_empty());
    }
}
