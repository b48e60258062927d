//! What the storage account says of a blob.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::{Timestamp, time};

/// What the storage account says of a blob.
///
/// Which of these there are depends on the version of the host's storage extension, and so each can be absent.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct BlobProperties {
    /// When the blob was last changed.
    pub last_modified: Option<Timestamp>,
    /// When the blob was created.
    pub created_on: Option<Timestamp>,
    /// How many bytes it has.
    pub content_length: Option<u64>,
    /// Its `Content-Type`.
    pub content_type: Option<String>,
    /// Its `Content-Encoding`.
    pub content_encoding: Option<String>,
    /// Its `Content-Disposition`.
    pub content_disposition: Option<String>,
    /// Its `Content-Language`.
    pub content_language: Option<String>,
    /// Its `Cache-Control`.
    pub cache_control: Option<String>,
    /// The MD5 of its content, in Base64.
    pub content_hash: Option<String>,
    /// Its `ETag`, in quotes.
    pub etag: Option<String>,
    /// Its version, if the account keeps versions.
    pub version_id: Option<String>,
    /// How many tags it has.
    pub tag_count: Option<u64>,
    /// Whether the account has encrypted it.
    pub is_server_encrypted: Option<bool>,
    /// Everything else, by the names and in the form of the storage extension; values that are null are left out.
    pub other: Map<String, Value>,
}

impl BlobProperties {
    /// Reads what the host sent.
    pub(super) fn new(mut all: Map<String, Value>) -> Self {
        all.retain(|_, value| !value.is_null());
        let wire = &mut all;
        Self {
            last_modified: take_time(wire, &["LastModified"]),
            // The second names are those of the storage extension before version 5.
            created_on: take_time(wire, &["CreatedOn", "Created"]),
            content_length: take(wire, &["ContentLength", "Length"]),
            content_type: take(wire, &["ContentType"]),
            content_encoding: take(wire, &["ContentEncoding"]),
            content_disposition: take(wire, &["ContentDisposition"]),
            content_language: take(wire, &["ContentLanguage"]),
            cache_control: take(wire, &["CacheControl"]),
            content_hash: take(wire, &["ContentHash", "ContentMD5"]),
            etag: take(wire, &["ETag"]),
            version_id: take(wire, &["VersionId"]),
            tag_count: take(wire, &["TagCount"]),
            is_server_encrypted: take(wire, &["IsServerEncrypted"]),
            other: all,
        }
    }
}

/// Takes the first of `names` that is there and is a `T`. What is not is left with the others.
fn take<T: DeserializeOwned>(all: &mut Map<String, Value>, names: &[&str]) -> Option<T> {
    names.iter().find_map(|name| {
        let value = T::deserialize(all.get(*name)?).ok()?;
        all.remove(*name);
        Some(value)
    })
}

fn take_time(all: &mut Map<String, Value>, names: &[&str]) -> Option<Timestamp> {
    names.iter().find_map(|name| {
        let value = time::parse(all.get(*name)?.as_str()?)?;
        all.remove(*name);
        Some(value)
    })
}
