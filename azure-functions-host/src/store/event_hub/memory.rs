//! Event hubs in memory.

use std::{
    collections::{BTreeMap, VecDeque},
    hash::{DefaultHasher, Hash as _, Hasher as _},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use futures::{
    FutureExt as _,
    future::{BoxFuture, ready},
};
use tokio::sync::watch;

use super::{EventHubStore, HubEvent, NewEvent, Place, Start};
use crate::{
    clock::Clock,
    store::{Changes, StoreError},
};

/// How many partitions a hub has unless somebody says otherwise.
const PARTITIONS: u32 = 4;
/// The largest event of an event hub, in bytes.
const LARGEST_EVENT: usize = 1_048_576;
/// How many events a partition keeps at most; beyond that, the oldest go.
const KEPT: usize = 10_000;
/// How many bytes the events of a partition have at most together.
const KEPT_BYTES: usize = 64 * LARGEST_EVENT;
/// The longest name of a hub.
const LONGEST_NAME: usize = 256;

/// Event hubs that live as long as the process.
///
/// A partition keeps its last ten thousand events, and not more than 64 MiB of them.
#[derive(Clone, Debug)]
pub struct MemoryEventHubs {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    clock: Arc<dyn Clock>,
    partitions: u32,
    /// By their names in lower case.
    hubs: Mutex<BTreeMap<String, Hub>>,
    changes: watch::Sender<u64>,
}

#[derive(Debug)]
struct Hub {
    name: String,
    partitions: Vec<Partition>,
    /// Where the next event goes that says nothing of a partition.
    turn: u32,
    /// The next sequence number by consumer group in lower case and partition.
    checkpoints: BTreeMap<(String, u32), i64>,
}

#[derive(Debug, Default)]
struct Partition {
    events: VecDeque<HubEvent>,
    bytes: usize,
    next_sequence_number: i64,
    next_offset: u64,
}

impl MemoryEventHubs {
    /// No hubs, with the time of `clock`; each will have four partitions.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self::with_partitions(clock, PARTITIONS)
    }

    /// No hubs, with the time of `clock`; each will have `partitions` of them, one at least.
    pub fn with_partitions(clock: Arc<dyn Clock>, partitions: u32) -> Self {
        Self {
            shared: Arc::new(Shared {
                clock,
                partitions: partitions.max(1),
                hubs: Mutex::default(),
                changes: watch::Sender::new(0),
            }),
        }
    }
}

impl EventHubStore for MemoryEventHubs {
    fn send(&self, hub: &str, event: NewEvent) -> BoxFuture<'_, Result<Place, StoreError>> {
        ready(self.shared.send(hub, event)).boxed()
    }

    fn read(
        &self,
        hub: &str,
        partition: u32,
        from: i64,
        max: usize,
    ) -> BoxFuture<'_, Result<Vec<HubEvent>, StoreError>> {
        let read = self.shared.in_partition(hub, partition, |partition| {
            let events = &partition.events;
            let first = events.partition_point(|event| event.place.sequence_number < from);
            events.range(first..).take(max).cloned().collect()
        });
        ready(read).boxed()
    }

    fn seek(
        &self,
        hub: &str,
        partition: u32,
        start: Start,
    ) -> BoxFuture<'_, Result<i64, StoreError>> {
        let sought = self.shared.in_partition(hub, partition, |partition| {
            let mut events = partition.events.iter();
            let event = match start {
                Start::First => events.next(),
                Start::Next => None,
                Start::Enqueued(instant) => events.find(|event| event.enqueued >= instant),
            };
            event.map_or(partition.next_sequence_number, |event| {
                event.place.sequence_number
            })
        });
        ready(sought).boxed()
    }

    fn partitions(&self, hub: &str) -> BoxFuture<'_, Result<u32, StoreError>> {
        let count = self.shared.in_hub(hub, |_| Ok(self.shared.partitions));
        ready(count).boxed()
    }

    fn checkpoint(
        &self,
        hub: &str,
        consumer_group: &str,
        partition: u32,
        next: i64,
    ) -> BoxFuture<'_, Result<(), StoreError>> {
        let written = self.shared.in_hub(hub, |hub| {
            hub.partition(partition)?;
            let place = (consumer_group.to_ascii_lowercase(), partition);
            hub.checkpoints.insert(place, next);
            Ok(())
        });
        self.shared.changed();
        ready(written).boxed()
    }

    fn position(
        &self,
        hub: &str,
        consumer_group: &str,
        partition: u32,
    ) -> BoxFuture<'_, Result<Option<i64>, StoreError>> {
        let position = self.shared.in_hub(hub, |hub| {
            hub.partition(partition)?;
            let place = (consumer_group.to_ascii_lowercase(), partition);
            Ok(hub.checkpoints.get(&place).copied())
        });
        ready(position).boxed()
    }

    fn hubs(&self) -> BoxFuture<'_, Result<Vec<String>, StoreError>> {
        let hubs = self.shared.lock();
        ready(Ok(hubs.values().map(|hub| hub.name.clone()).collect())).boxed()
    }

    fn changes(&self) -> Changes {
        self.shared.changes.subscribe()
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Hub>> {
        self.hubs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn changed(&self) {
        self.changes
            .send_modify(|count| *count = count.wrapping_add(1));
    }

    /// Does something with a hub, which is made if need be.
    fn in_hub<T>(
        &self,
        name: &str,
        act: impl FnOnce(&mut Hub) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        check_name(name)?;
        let mut hubs = self.lock();
        let hub = hubs
            .entry(name.to_ascii_lowercase())
            .or_insert_with(|| Hub::new(name, self.partitions));
        act(hub)
    }

    fn in_partition<T>(
        &self,
        hub: &str,
        partition: u32,
        act: impl FnOnce(&mut Partition) -> T,
    ) -> Result<T, StoreError> {
        self.in_hub(hub, |hub| hub.partition(partition).map(act))
    }

    fn send(&self, hub: &str, event: NewEvent) -> Result<Place, StoreError> {
        if event.body.len() > LARGEST_EVENT {
            return Err(StoreError::EventTooLarge {
                size: event.body.len(),
                limit: LARGEST_EVENT,
            });
        }
        let now = self.clock.now();
        let place = self.in_hub(hub, |hub| {
            let number = hub.choose(&event);
            Ok(hub.partition(number)?.append(number, event, now))
        })?;
        self.changed();
        Ok(place)
    }
}

impl Hub {
    fn new(name: &str, partitions: u32) -> Self {
        Self {
            name: name.to_owned(),
            partitions: (0..partitions).map(|_| Partition::default()).collect(),
            turn: 0,
            checkpoints: BTreeMap::new(),
        }
    }

    fn partition(&mut self, number: u32) -> Result<&mut Partition, StoreError> {
        let count = self.partitions.len();
        let partition = usize::try_from(number)
            .ok()
            .and_then(|at| self.partitions.get_mut(at));
        partition.ok_or_else(|| StoreError::NoSuchPartition {
            hub: self.name.clone(),
            partition: number,
            count,
        })
    }

    /// The partition of an event: what it says, or what its key says, or one after the other.
    fn choose(&mut self, event: &NewEvent) -> u32 {
        if let Some(partition) = event.partition {
            return partition;
        }
        let count = u32::try_from(self.partitions.len()).unwrap_or(u32::MAX);
        if let Some(key) = &event.partition_key {
            let mut hasher = DefaultHasher::new();
            key.hash(&mut hasher);
            let number = hasher.finish() % u64::from(count);
            return u32::try_from(number).unwrap_or_default();
        }
        let partition = self.turn;
        self.turn = (partition + 1) % count;
        partition
    }
}

impl Partition {
    fn append(&mut self, number: u32, event: NewEvent, now: jiff::Timestamp) -> Place {
        let place = Place {
            partition: number,
            sequence_number: self.next_sequence_number,
            offset: self.next_offset,
        };
        let size = event.body.len();
        self.next_sequence_number += 1;
        self.next_offset += u64::try_from(size).unwrap_or(u64::MAX);
        self.bytes += size;
        self.events.push_back(HubEvent {
            place,
            enqueued: now,
            body: event.body,
            partition_key: event.partition_key,
            properties: event.properties,
            system_properties: event.system_properties,
        });
        while self.events.len() > KEPT || self.bytes > KEPT_BYTES {
            let Some(oldest) = self.events.pop_front() else {
                break;
            };
            self.bytes -= oldest.body.len();
        }
        place
    }
}

fn check_name(name: &str) -> Result<(), StoreError> {
    let ends = |end: Option<char>| end.is_some_and(|end| end.is_ascii_alphanumeric());
    let chars = name.chars();
    let good = name.len() <= LONGEST_NAME
        && ends(chars.clone().next())
        && ends(chars.clone().next_back())
        && chars
            .into_iter()
            .all(|char| char.is_ascii_alphanumeric() || matches!(char, '.' | '-' | '_'));
    if good {
        Ok(())
    } else {
        Err(StoreError::InvalidHubName(name.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use jiff::Timestamp;

    use super::*;
    use crate::clock::ManualClock;

    fn store(partitions: u32) -> (ManualClock, MemoryEventHubs) {
        let clock = ManualClock::new(Timestamp::UNIX_EPOCH);
        let hubs = MemoryEventHubs::with_partitions(Arc::new(clock.clone()), partitions);
        (clock, hubs)
    }

    async fn texts(hubs: &MemoryEventHubs, partition: u32, from: i64, max: usize) -> Vec<String> {
        let events = hubs.read("orders", partition, from, max).await.unwrap();
        let texts = events
            .into_iter()
            .map(|event| String::from_utf8(event.body.to_vec()));
        texts.collect::<Result<_, _>>().unwrap()
    }

    #[tokio::test]
    async fn events_stay_in_the_order_of_their_partition() {
        let (_, hubs) = store(2);
        for text in ["a", "b", "c"] {
            hubs.send("orders", NewEvent::new(text)).await.unwrap();
        }
        assert_eq!(texts(&hubs, 0, 0, 9).await, ["a", "c"]);
        // They stay after they were read, whatever the case of the hub.
        let events = hubs.read("ORDERS", 0, 1, 9).await.unwrap();
        let place = Place {
            partition: 0,
            sequence_number: 1,
            offset: 1,
        };
        assert_eq!(events[0].place, place);
        assert_eq!(events[0].enqueued, Timestamp::UNIX_EPOCH);
        assert_eq!(texts(&hubs, 0, 0, 1).await, ["a"]);
        assert_eq!(texts(&hubs, 1, 0, 9).await, ["b"]);
        assert_eq!(texts(&hubs, 1, 1, 9).await, [""; 0]);
        assert_eq!(hubs.hubs().await.unwrap(), ["orders"]);
    }

    #[tokio::test]
    async fn a_key_or_the_sender_chooses_the_partition() {
        let (_, hubs) = store(8);
        let keyed = |key: &str| NewEvent {
            partition_key: Some(key.to_owned()),
            ..NewEvent::new("")
        };
        let mut partitions = Vec::new();
        for key in ["a", "a", "b", "c", "d", "e", "a"] {
            let place = hubs.send("orders", keyed(key)).await.unwrap();
            partitions.push(place.partition);
        }
        assert_eq!(partitions[0], partitions[1]);
        assert_eq!(partitions[0], partitions[6]);
        partitions.sort_unstable();
        partitions.dedup();
        assert!(partitions.len() > 1, "{partitions:?}");

        let chosen = |partition| NewEvent {
            partition: Some(partition),
            ..keyed("a")
        };
        let place = hubs.send("orders", chosen(7)).await.unwrap();
        assert_eq!(place.partition, 7);
        let refused = hubs.send("orders", chosen(8)).await.unwrap_err();
        assert_eq!(
            refused.to_string(),
            "the event hub `orders` has no partition 8; it has 8, numbered from 0"
        );
    }

    #[tokio::test]
    async fn a_reader_begins_where_it_says() {
        let (clock, hubs) = store(1);
        for text in ["a", "b", "c"] {
            hubs.send("orders", NewEvent::new(text)).await.unwrap();
            clock.advance(Duration::from_secs(10));
        }
        let after = |seconds| Start::Enqueued(Timestamp::from_second(seconds).unwrap());
        for (start, expected) in [
            (Start::First, 0),
            (Start::Next, 3),
            (after(0), 0),
            (after(10), 1),
            (after(11), 2),
            (after(21), 3),
        ] {
            let found = hubs.seek("orders", 0, start).await.unwrap();
            assert_eq!(found, expected, "{start:?}");
        }
    }

    #[tokio::test]
    async fn each_group_has_its_own_checkpoints() {
        let (_, hubs) = store(2);
        let mut changes = hubs.changes();
        hubs.checkpoint("orders", "One", 1, 5).await.unwrap();
        assert!(changes.has_changed().unwrap());
        changes.borrow_and_update();
        for (group, partition, expected) in
            [("one", 1, Some(5)), ("one", 0, None), ("two", 1, None)]
        {
            let position = hubs.position("orders", group, partition).await.unwrap();
            assert_eq!(position, expected, "{group} {partition}");
        }
        assert!(hubs.checkpoint("orders", "one", 2, 5).await.is_err());
        assert!(hubs.position("orders", "one", 2).await.is_err());
    }

    #[tokio::test]
    async fn the_oldest_events_go() {
        let (_, hubs) = store(1);
        for _ in 0..=KEPT {
            hubs.send("orders", NewEvent::new("a")).await.unwrap();
        }
        assert_eq!(hubs.seek("orders", 0, Start::First).await.unwrap(), 1);
        for _ in 0..65 {
            let large = NewEvent::new(vec![0; LARGEST_EVENT]);
            hubs.send("orders", large).await.unwrap();
        }
        let events = hubs.read("orders", 0, 0, KEPT).await.unwrap();
        assert_eq!(events.len(), 64);
    }

    #[tokio::test]
    async fn names_and_sizes_are_checked() {
        let (_, hubs) = store(1);
        let long = "a".repeat(LONGEST_NAME + 1);
        for name in ["", "-a", "a-", "a b", "é", &long] {
            let refused = hubs.send(name, NewEvent::new("a")).await;
            assert!(
                matches!(refused, Err(StoreError::InvalidHubName(_))),
                "{name}"
            );
        }
        let large = NewEvent::new(vec![0; LARGEST_EVENT + 1]);
        let refused = hubs.send("a.b-c_1", large).await;
        assert!(matches!(refused, Err(StoreError::EventTooLarge { .. })));
        assert_eq!(hubs.hubs().await.unwrap(), [""; 0]);
    }
}
