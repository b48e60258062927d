//! Blobs in memory.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use azure_functions_shared::storage_name::{self, StorageNameError};
use futures::{
    FutureExt as _,
    future::{BoxFuture, ready},
};
use jiff::Timestamp;
use md5::{Digest as _, Md5};
use tokio::sync::watch;

use super::{Blob, BlobProperties, BlobStore, NewBlob};
use crate::{
    blob_path::BlobPath,
    clock::Clock,
    store::{Changes, StoreError},
};

/// What a blob holds if its writer does not say.
const DEFAULT_CONTENT_TYPE: &str = "application/octet-stream";

/// Blobs that live as long as the process.
#[derive(Clone, Debug)]
pub struct MemoryBlobs {
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
    /// The blobs by name, by container.
    containers: BTreeMap<String, BTreeMap<String, Blob>>,
    writes: u64,
}

impl MemoryBlobs {
    /// No blobs, with the time of `clock`.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            shared: Arc::new(Shared {
                clock,
                state: Mutex::default(),
                changes: watch::Sender::new(0),
            }),
        }
    }
}

impl BlobStore for MemoryBlobs {
    fn put(
        &self,
        path: &BlobPath,
        blob: NewBlob,
    ) -> BoxFuture<'_, Result<BlobProperties, StoreError>> {
        ready(self.shared.put(path, blob)).boxed()
    }

    fn get(&self, path: &BlobPath) -> BoxFuture<'_, Result<Option<Blob>, StoreError>> {
        let blob = self.shared.lock().blob(path).cloned();
        ready(Ok(blob)).boxed()
    }

    fn properties(
        &self,
        path: &BlobPath,
    ) -> BoxFuture<'_, Result<Option<BlobProperties>, StoreError>> {
        let state = self.shared.lock();
        let properties = state.blob(path).map(|blob| blob.properties.clone());
        ready(Ok(properties)).boxed()
    }

    fn delete(&self, path: &BlobPath) -> BoxFuture<'_, Result<bool, StoreError>> {
        let mut state = self.shared.lock();
        let container = state.containers.get_mut(&path.container);
        let existed = container.is_some_and(|blobs| blobs.remove(&path.blob).is_some());
        drop(state);
        if existed {
            self.shared.changed();
        }
        ready(Ok(existed)).boxed()
    }

    fn list(
        &self,
        container: &str,
        prefix: &str,
    ) -> BoxFuture<'_, Result<Vec<(BlobPath, BlobProperties)>, StoreError>> {
        ready(self.shared.list(container, prefix)).boxed()
    }

    fn containers(&self) -> BoxFuture<'_, Result<Vec<String>, StoreError>> {
        let containers = self.shared.lock().containers.keys().cloned().collect();
        ready(Ok(containers)).boxed()
    }

    fn changes(&self) -> Changes {
        self.shared.changes.subscribe()
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn changed(&self) {
        self.changes
            .send_modify(|count| *count = count.wrapping_add(1));
    }

    fn put(&self, path: &BlobPath, blob: NewBlob) -> Result<BlobProperties, StoreError> {
        check_container(&path.container)?;
        check_blob(&path.blob)?;
        let mut state = self.lock();
        let now = self.clock.now();
        state.writes = state.writes.wrapping_add(1);
        let before = state.blob(path).map(|blob| blob.properties.created);
        let properties = BlobProperties {
            etag: etag(now, state.writes),
            created: before.unwrap_or(now),
            last_modified: now,
            length: blob.content.len(),
            content_type: blob
                .content_type
                .unwrap_or_else(|| DEFAULT_CONTENT_TYPE.to_owned()),
            content_md5: Md5::digest(&blob.content).into(),
            metadata: blob.metadata,
        };
        let written = Blob {
            content: blob.content,
            properties: properties.clone(),
        };
        let container = state.containers.entry(path.container.clone());
        container.or_default().insert(path.blob.clone(), written);
        drop(state);
        self.changed();
        Ok(properties)
    }

    fn list(
        &self,
        container: &str,
        prefix: &str,
    ) -> Result<Vec<(BlobPath, BlobProperties)>, StoreError> {
        check_container(container)?;
        let state = self.lock();
        let blobs = state
            .containers
            .get(container)
            .into_iter()
            .flat_map(|blobs| {
                let from = blobs.range(prefix.to_owned()..);
                from.take_while(|(name, _)| name.starts_with(prefix))
            });
        Ok(blobs
            .map(|(name, blob)| {
                let path = BlobPath {
                    container: container.to_owned(),
                    blob: name.clone(),
                };
                (path, blob.properties.clone())
            })
            .collect())
    }
}

impl State {
    fn blob(&self, path: &BlobPath) -> Option<&Blob> {
        self.containers.get(&path.container)?.get(&path.blob)
    }
}

/// A text that differs for two writes, even of the same moment.
fn etag(now: Timestamp, write: u64) -> String {
    let second = now.as_second().unsigned_abs();
    format!(
        "\"0x{:08X}{:07X}\"",
        second & 0xFFFF_FFFF,
        write & 0x0FFF_FFFF
    )
}

fn check_container(name: &str) -> Result<(), StoreError> {
    storage_name::container(name).map_err(|error| invalid(name, error))
}

fn check_blob(name: &str) -> Result<(), StoreError> {
    storage_name::blob(name).map_err(|error| invalid(name, error))
}

fn invalid(name: &str, error: StorageNameError) -> StoreError {
    StoreError::InvalidName {
        name: name.to_owned(),
        error,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::clock::ManualClock;

    fn store() -> (ManualClock, MemoryBlobs) {
        let clock = ManualClock::new(Timestamp::UNIX_EPOCH);
        let blobs = MemoryBlobs::new(Arc::new(clock.clone()));
        (clock, blobs)
    }

    fn path(text: &str) -> BlobPath {
        BlobPath::parse(text).unwrap()
    }

    #[tokio::test]
    async fn each_write_changes_etag_and_date_but_not_the_birthday() {
        let (clock, blobs) = store();
        let at = path("images/a/b.png");
        let first = blobs.put(&at, NewBlob::new("one")).await.unwrap();
        let second = blobs.put(&at, NewBlob::new("two!")).await.unwrap();
        assert_ne!(first.etag, second.etag);
        clock.advance(Duration::from_secs(1));
        let third = blobs.put(&at, NewBlob::new("three")).await.unwrap();
        assert_ne!(second.etag, third.etag);
        assert!(third.last_modified > second.last_modified);
        assert_eq!(third.created, first.created);
        let blob = blobs.get(&at).await.unwrap().unwrap();
        assert_eq!(
            (&blob.content[..], blob.properties),
            (&b"three"[..], third.clone())
        );
        assert_eq!(blobs.properties(&at).await.unwrap(), Some(third));
    }

    #[tokio::test]
    async fn the_properties_describe_the_content() {
        let (_, blobs) = store();
        let new = NewBlob {
            content_type: Some("text/plain".to_owned()),
            metadata: BTreeMap::from([("k".to_owned(), "v".to_owned())]),
            ..NewBlob::new("blob bytes")
        };
        let properties = blobs.put(&path("images/a"), new).await.unwrap();
        assert_eq!(
            (properties.length, &*properties.content_type),
            (10, "text/plain")
        );
        assert_eq!(properties.content_md5[..4], [0x2c, 0xf0, 0x4a, 0xc3]);
        assert_eq!(properties.metadata["k"], "v");
        let plain = blobs
            .put(&path("images/b"), NewBlob::default())
            .await
            .unwrap();
        assert_eq!(plain.content_type, "application/octet-stream");
    }

    #[tokio::test]
    async fn a_list_holds_one_container_and_prefix() {
        let (_, blobs) = store();
        for name in ["images/a/1", "images/a/2", "images/b", "other/a/3"] {
            blobs.put(&path(name), NewBlob::default()).await.unwrap();
        }
        let names = async |container, prefix| -> Vec<String> {
            let list = blobs.list(container, prefix).await.unwrap();
            list.into_iter().map(|(path, _)| path.to_string()).collect()
        };
        assert_eq!(names("images", "a/").await, ["images/a/1", "images/a/2"]);
        assert_eq!(names("images", "").await.len(), 3);
        assert!(names("none", "").await.is_empty());
        assert_eq!(blobs.containers().await.unwrap(), ["images", "other"]);

        let mut changes = blobs.changes();
        assert!(!blobs.delete(&path("images/zz")).await.unwrap());
        assert!(!changes.has_changed().unwrap());
        assert!(blobs.delete(&path("images/b")).await.unwrap());
        changes.changed().await.unwrap();
        assert_eq!(names("images", "").await.len(), 2);
    }

    #[tokio::test]
    async fn names_are_checked() {
        let (_, blobs) = store();
        for (container, blob) in [
            ("Images", "a"),
            ("im", "a"),
            ("images", ""),
            ("images", "a/"),
        ] {
            let path = BlobPath {
                container: container.to_owned(),
                blob: blob.to_owned(),
            };
            let refused = blobs.put(&path, NewBlob::default()).await;
            assert!(
                matches!(refused, Err(StoreError::InvalidName { .. })),
                "{path:?}"
            );
        }
        assert!(blobs.containers().await.unwrap().is_empty());
    }
}
