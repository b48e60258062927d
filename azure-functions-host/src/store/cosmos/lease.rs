//! How far the readers of a change feed are.

use super::{ContainerName, MemoryCosmos};

/// What a lease is known by: readers that name the same one share the work, so that each change reaches one of them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LeaseName {
    /// The container of the leases.
    pub leases: ContainerName,
    /// The prefix that sets apart the leases of one container.
    pub prefix: String,
    /// The container whose feed is read.
    pub monitored: ContainerName,
}

/// The right to read a change feed, until it is dropped; the position stays.
#[derive(Debug)]
pub struct Lease {
    cosmos: MemoryCosmos,
    name: LeaseName,
}

#[derive(Debug)]
pub(super) struct State {
    position: u64,
    owned: bool,
}

impl MemoryCosmos {
    /// Takes a lease, unless another reader has it; a new one starts at `start`.
    pub fn acquire(&self, name: &LeaseName, start: impl FnOnce() -> u64) -> Option<Lease> {
        let known = self.lock().leases.contains_key(name);
        // Not under the lock: it may look at the feed.
        let position = if known { 0 } else { start() };
        let mut state = self.lock();
        let lease = state.leases.entry(name.clone()).or_insert(State {
            position,
            owned: false,
        });
        if lease.owned {
            return None;
        }
        lease.owned = true;
        Some(Lease {
            cosmos: self.clone(),
            name: name.clone(),
        })
    }
}

impl Lease {
    /// After which position of the feed to go on.
    pub fn position(&self) -> u64 {
        let state = self.cosmos.lock();
        state
            .leases
            .get(&self.name)
            .map_or(0, |lease| lease.position)
    }

    /// Says that the changes up to a position are done with.
    pub fn advance(&self, position: u64) {
        if let Some(lease) = self.cosmos.lock().leases.get_mut(&self.name) {
            lease.position = position;
        }
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if let Some(lease) = self.cosmos.lock().leases.get_mut(&self.name) {
            lease.owned = false;
        }
    }
}
