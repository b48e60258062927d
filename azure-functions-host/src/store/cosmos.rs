//! Cosmos DB: documents in containers, the feed of their changes, and how far its readers are.

mod container;
mod lease;

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use jiff::Timestamp;
use serde_json::{Map, Value};
use tokio::sync::watch;

use self::container::Container;
use super::Changes;
use crate::clock::Clock;

pub use lease::{Lease, LeaseName};

/// The path of the partition key of a container that nobody made before it was used.
pub(crate) const DEFAULT_PARTITION_KEY: &str = "/id";

/// The databases of a Cosmos DB account, which live as long as the process.
///
/// A container exists from the first use on: whoever writes to one that was not made before makes it, with the
/// partition key `/id`. To read from one that does not exist finds nothing.
#[derive(Clone, Debug)]
pub struct MemoryCosmos {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
    changes: watch::Sender<u64>,
}

#[derive(Debug, Default)]
struct State {
    containers: BTreeMap<ContainerName, Container>,
    leases: BTreeMap<LeaseName, lease::State>,
}

/// The name of a container, within its database.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ContainerName {
    /// The database.
    pub database: String,
    /// The container.
    pub container: String,
}

/// A document that changed.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Change {
    /// Where in the feed of its container the change stands.
    pub position: u64,
    /// The document as it is now, with its `_lsn`.
    pub document: Value,
}

/// Why a container did not take a document.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CosmosError {
    /// A name is empty, or has a character that the service does not allow.
    #[error(
        "`{0}` is not the name of a database, container or document; use one without `/`, `\\`, `?` and `#`"
    )]
    Name(String),
    /// The path of a partition key does not begin with a slash, or has an empty part.
    #[error(
        "`{0}` is not the path of a partition key; write a slash and the name of a member, such as `/id`"
    )]
    PartitionKeyPath(String),
    /// The document has no `id`, or one that is not a text.
    #[error("the document has no `id`; give it one, which must be a text")]
    NoId,
    /// The partition key of the document is an array or an object.
    #[error(
        "`{path}` of the document `{id}` is an array or an object; a partition key is a text, a number, a truth value or null"
    )]
    PartitionKey {
        /// The path of the partition key.
        path: String,
        /// The document.
        id: String,
    },
    /// The document is larger than the service takes.
    #[error(
        "the document `{id}` has {size} bytes, but a container takes at most {limit}; split it, or put the content in a blob"
    )]
    TooLarge {
        /// The document.
        id: String,
        /// The size of its JSON.
        size: usize,
        /// The largest size.
        limit: usize,
    },
}

impl MemoryCosmos {
    /// No databases, with the time of `clock`.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            shared: Arc::new(Shared {
                clock,
                state: Mutex::default(),
                changes: watch::Sender::new(0),
            }),
        }
    }

    /// Makes a container, and says whether it was not there before; one that is there keeps its partition key.
    ///
    /// # Errors
    ///
    /// A name, or the path of the partition key, is not allowed.
    pub fn create_container(
        &self,
        name: &ContainerName,
        partition_key: &str,
    ) -> Result<bool, CosmosError> {
        let mut state = self.lock();
        if state.containers.contains_key(name) {
            return Ok(false);
        }
        let container = Container::new(name, partition_key)?;
        state.containers.insert(name.clone(), container);
        Ok(true)
    }

    /// The path of a container's partition key, if the container exists.
    pub fn partition_key(&self, name: &ContainerName) -> Option<String> {
        let state = self.lock();
        let container = state.containers.get(name)?;
        Some(container.partition_key_path())
    }

    /// Adds a document, or replaces the one with the same `id` and partition key; returns it as it is kept, with
    /// `_rid`, `_self`, `_etag`, `_attachments` and `_ts`.
    ///
    /// # Errors
    ///
    /// The container does not take the document.
    pub fn upsert(
        &self,
        name: &ContainerName,
        document: Map<String, Value>,
    ) -> Result<Arc<Value>, CosmosError> {
        self.create_container(name, DEFAULT_PARTITION_KEY)?;
        let mut state = self.lock();
        let now = self.shared.clock.now();
        // It was just made, and containers are never deleted.
        let Some(container) = state.containers.get_mut(name) else {
            return Err(CosmosError::Name(name.to_string()));
        };
        let stored = container.upsert(document, now)?;
        drop(state);
        let changes = &self.shared.changes;
        changes.send_modify(|count| *count = count.wrapping_add(1));
        Ok(stored)
    }

    /// The document with this `id` and partition key.
    pub fn get(&self, name: &ContainerName, id: &str, partition_key: &Value) -> Option<Arc<Value>> {
        let state = self.lock();
        let container = state.containers.get(name)?;
        container.get(id, Some(partition_key))
    }

    /// Deletes a document, and says whether there was one; the feed does not tell of it.
    pub fn delete(&self, name: &ContainerName, id: &str, partition_key: &Value) -> bool {
        let mut state = self.lock();
        let container = state.containers.get_mut(name);
        container.is_some_and(|container| container.delete(id, Some(partition_key)))
    }

    /// The documents of a container in the order in which they were added, or those of one partition.
    pub fn documents(
        &self,
        name: &ContainerName,
        partition_key: Option<&Value>,
    ) -> Vec<Arc<Value>> {
        let state = self.lock();
        let container = state.containers.get(name);
        container.map_or_else(Vec::new, |container| container.documents(partition_key))
    }

    /// Up to `max` changes that come after a position, each document once, as it is now.
    pub fn feed(&self, name: &ContainerName, after: u64, max: usize) -> Vec<Change> {
        let state = self.lock();
        let container = state.containers.get(name);
        container.map_or_else(Vec::new, |container| container.feed(after, max))
    }

    /// The position in the feed after which come the changes since `since`, or all to come if that is `None`.
    pub fn position(&self, name: &ContainerName, since: Option<Timestamp>) -> u64 {
        let state = self.lock();
        let container = state.containers.get(name);
        container.map_or(0, |container| container.position(since))
    }

    /// Tells when a document was added or replaced.
    pub fn changes(&self) -> Changes {
        self.shared.changes.subscribe()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        let state = &self.shared.state;
        state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ContainerName {
    /// The container of a database.
    pub fn new(database: impl Into<String>, container: impl Into<String>) -> Self {
        Self {
            database: database.into(),
            container: container.into(),
        }
    }
}

impl fmt::Display for ContainerName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.database, self.container)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::json;

    use super::*;
    use crate::clock::ManualClock;

    fn object(value: Value) -> Map<String, Value> {
        match value {
            Value::Object(members) => members,
            other => panic!("{other}"),
        }
    }

    fn start() -> (ManualClock, MemoryCosmos, ContainerName) {
        let clock = ManualClock::new(Timestamp::from_second(1_000).unwrap());
        let cosmos = MemoryCosmos::new(Arc::new(clock.clone()));
        let name = ContainerName::new("shop", "orders");
        cosmos.create_container(&name, "/customer/id").unwrap();
        (clock, cosmos, name)
    }

    #[test]
    fn a_document_is_found_by_its_id_and_partition_key() {
        let (clock, cosmos, name) = start();
        let order = |customer: Value, n: u32| {
            object(
                json!({ "id": "1", "n": n, "customer": { "id": customer }, "_lsn": 9, "_ts": 9 }),
            )
        };
        let first = cosmos.upsert(&name, order(json!("ann"), 1)).unwrap();
        assert_eq!(first["_ts"], 1_000);
        assert_eq!(first["_attachments"], "attachments/");
        assert_eq!(first.get("_lsn"), None);
        let own = first["_self"].as_str().unwrap();
        assert!(
            own.ends_with(&format!("/docs/{}/", first["_rid"].as_str().unwrap())),
            "{own}"
        );

        clock.advance(Duration::from_secs(5));
        let second = cosmos.upsert(&name, order(json!("ann"), 2)).unwrap();
        assert_eq!(
            (&second["_rid"], &second["_ts"]),
            (&first["_rid"], &json!(1_005))
        );
        assert_ne!(second["_etag"], first["_etag"]);

        cosmos.upsert(&name, order(json!(7), 3)).unwrap();
        for (key, n) in [
            (json!("ann"), Some(2)),
            (json!(7), Some(3)),
            (json!("7"), None),
            (json!("bob"), None),
        ] {
            let found = cosmos.get(&name, "1", &key);
            assert_eq!(
                found.map(|found| found["n"].clone()),
                n.map(|n| json!(n)),
                "{key}"
            );
            let all = cosmos.documents(&name, Some(&key));
            assert_eq!(all.len(), usize::from(n.is_some()), "{key}");
        }
        assert_eq!(cosmos.documents(&name, None).len(), 2);
        assert!(cosmos.delete(&name, "1", &json!("ann")));
        assert!(!cosmos.delete(&name, "1", &json!("ann")));
        assert_eq!(cosmos.documents(&name, None).len(), 1);
    }

    #[test]
    fn the_feed_has_each_document_once_and_as_it_is_now() {
        let (clock, cosmos, name) = start();
        let put = |id: &str, n: u32| {
            cosmos
                .upsert(&name, object(json!({ "id": id, "n": n })))
                .unwrap();
        };
        put("a", 1);
        put("b", 1);
        clock.advance(Duration::from_secs(10));
        put("a", 2);
        let read = |after, max| -> Vec<_> {
            let feed = cosmos.feed(&name, after, max).into_iter();
            feed.map(|change| {
                assert_eq!(change.document["_lsn"], change.position);
                (
                    change.position,
                    change.document["id"].clone(),
                    change.document["n"].clone(),
                )
            })
            .collect()
        };
        let b = (2, json!("b"), json!(1));
        let a = (3, json!("a"), json!(2));
        assert_eq!(read(0, 9), [b.clone(), a.clone()]);
        assert_eq!(read(0, 1), [b]);
        assert_eq!(read(2, 9), [a]);
        assert_eq!(read(3, 9), []);
        let since = |second| cosmos.position(&name, Some(Timestamp::from_second(second).unwrap()));
        assert_eq!(
            (since(0), since(1_001), since(1_010), since(1_011)),
            (1, 2, 2, 3)
        );
        assert_eq!(cosmos.position(&name, None), 3);
        assert!(
            cosmos.delete(&name, "b", &Value::Null) || cosmos.documents(&name, None).len() == 2
        );
    }

    #[test]
    fn what_a_container_refuses() {
        let (_, cosmos, name) = start();
        let large = "x".repeat(3 * 1024 * 1024);
        for (document, error) in [
            (json!({}), "has no `id`"),
            (json!({ "id": 1 }), "has no `id`"),
            (json!({ "id": "a/b" }), "`a/b` is not the name"),
            (json!({ "id": "" }), "`` is not the name"),
            (
                json!({ "id": "a", "customer": { "id": [] } }),
                "`/customer/id` of the document `a` is an array",
            ),
            (json!({ "id": "a", "text": large }), "takes at most 2097152"),
        ] {
            let found = cosmos
                .upsert(&name, object(document))
                .unwrap_err()
                .to_string();
            assert!(found.contains(error), "{found}");
        }
        for path in ["", "id", "/", "/a//b"] {
            let other = ContainerName::new("shop", "other");
            let found = cosmos.create_container(&other, path);
            assert_eq!(found, Err(CosmosError::PartitionKeyPath(path.to_owned())));
        }
        let bad = ContainerName::new("shop", "a?");
        assert_eq!(
            cosmos.create_container(&bad, "/id"),
            Err(CosmosError::Name("a?".to_owned()))
        );
        assert_eq!(cosmos.create_container(&name, "/other"), Ok(false));
        assert_eq!(cosmos.partition_key(&name).as_deref(), Some("/customer/id"));
    }

    #[test]
    fn a_lease_has_one_owner_and_outlives_it() {
        let (_, cosmos, name) = start();
        let lease = LeaseName {
            leases: ContainerName::new("shop", "leases"),
            prefix: String::new(),
            monitored: name,
        };
        let owned = cosmos.acquire(&lease, || 4).unwrap();
        assert_eq!(owned.position(), 4);
        assert!(cosmos.acquire(&lease, || 0).is_none());
        let other = LeaseName {
            prefix: "b".to_owned(),
            ..lease.clone()
        };
        assert_eq!(cosmos.acquire(&other, || 0).unwrap().position(), 0);
        owned.advance(6);
        drop(owned);
        assert_eq!(cosmos.acquire(&lease, || 0).unwrap().position(), 6);
    }
}
