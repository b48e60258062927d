//! Blobs: named content in containers, with properties that change at each write.

mod memory;

use std::{collections::BTreeMap, fmt};

use bytes::Bytes;
use futures::future::BoxFuture;
use jiff::Timestamp;

use super::{Changes, StoreError};
use crate::blob_path::BlobPath;

pub use memory::MemoryBlobs;

/// The blobs of a storage account.
///
/// A container exists from the first blob on; to read from one that does not exist finds nothing.
pub trait BlobStore: fmt::Debug + Send + Sync {
    /// Writes a blob over the one that was there, if any, and creates the container if need be.
    ///
    /// # Errors
    ///
    /// A name is not allowed, or the service failed.
    fn put(
        &self,
        path: &BlobPath,
        blob: NewBlob,
    ) -> BoxFuture<'_, Result<BlobProperties, StoreError>>;

    /// The content and the properties of a blob, if it exists.
    ///
    /// # Errors
    ///
    /// The service failed.
    fn get(&self, path: &BlobPath) -> BoxFuture<'_, Result<Option<Blob>, StoreError>>;

    /// The properties of a blob, if it exists.
    ///
    /// # Errors
    ///
    /// The service failed.
    fn properties(
        &self,
        path: &BlobPath,
    ) -> BoxFuture<'_, Result<Option<BlobProperties>, StoreError>>;

    /// Deletes a blob, and says whether it existed.
    ///
    /// # Errors
    ///
    /// The service failed.
    fn delete(&self, path: &BlobPath) -> BoxFuture<'_, Result<bool, StoreError>>;

    /// The blobs of a container whose names begin with `prefix`, in the order of their names.
    ///
    /// # Errors
    ///
    /// The name of the container is not allowed, or the service failed.
    fn list(
        &self,
        container: &str,
        prefix: &str,
    ) -> BoxFuture<'_, Result<Vec<(BlobPath, BlobProperties)>, StoreError>>;

    /// The names of the containers that exist.
    ///
    /// # Errors
    ///
    /// The service failed.
    fn containers(&self) -> BoxFuture<'_, Result<Vec<String>, StoreError>>;

    /// Tells when a blob was written or deleted.
    fn changes(&self) -> Changes;
}

/// A blob to write.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewBlob {
    /// The content.
    pub content: Bytes,
    /// What the content is; `application/octet-stream` if nobody says.
    pub content_type: Option<String>,
    /// What the user keeps beside it.
    pub metadata: BTreeMap<String, String>,
}

impl NewBlob {
    /// A blob of which only the content is known.
    pub fn new(content: impl Into<Bytes>) -> Self {
        Self {
            content: content.into(),
            ..Self::default()
        }
    }
}

/// A blob with its content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blob {
    /// The content.
    pub content: Bytes,
    /// Everything else.
    pub properties: BlobProperties,
}

/// What a service knows of a blob beside its content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlobProperties {
    /// Changes at each write; it stands in quotes.
    pub etag: String,
    /// When the blob was first written.
    pub created: Timestamp,
    /// When it was last written.
    pub last_modified: Timestamp,
    /// The length of the content in bytes.
    pub length: usize,
    /// What the content is.
    pub content_type: String,
    /// The MD5 digest of the content.
    pub content_md5: [u8; 16],
    /// What the user keeps beside it.
    pub metadata: BTreeMap<String, String>,
}
