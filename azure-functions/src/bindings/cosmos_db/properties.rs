//! What Cosmos DB itself writes into a document.

use serde::Deserialize;
use serde_json::Value;

use crate::Timestamp;

/// What the service says of a document: the members that it adds to each.
///
/// They are members of a `CosmosDbDocument<serde_json::Value>` as well.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CosmosDbProperties {
    /// `_rid`: the id that the service gave the document.
    pub rid: Option<String>,
    /// `_self`: the address of the document.
    pub self_link: Option<String>,
    /// `_etag`: the version of the document.
    pub etag: Option<String>,
    /// `_attachments`: the address of the attachments.
    pub attachments: Option<String>,
    /// `_ts`: when the document was written last.
    pub timestamp: Option<Timestamp>,
    /// `_lsn`: where the change stands in the change feed of its partition; only of a document from there.
    pub lsn: Option<u64>,
}

/// The members as they come, of any type.
#[derive(Deserialize)]
struct Members {
    #[serde(rename = "_rid")]
    rid: Option<Value>,
    #[serde(rename = "_self")]
    self_link: Option<Value>,
    #[serde(rename = "_etag")]
    etag: Option<Value>,
    #[serde(rename = "_attachments")]
    attachments: Option<Value>,
    #[serde(rename = "_ts")]
    timestamp: Option<Value>,
    #[serde(rename = "_lsn")]
    lsn: Option<Value>,
}

impl CosmosDbProperties {
    /// The properties in the JSON of a document; a query may leave them out, or have something else by their names.
    pub(super) fn read(json: &[u8]) -> Self {
        let Ok(members) = serde_json::from_slice::<Members>(json) else {
            return Self::default();
        };
        Self {
            rid: text(members.rid),
            self_link: text(members.self_link),
            etag: text(members.etag),
            attachments: text(members.attachments),
            timestamp: number(members.timestamp)
                .and_then(|seconds| i64::try_from(seconds).ok())
                .and_then(|seconds| Timestamp::from_second(seconds).ok()),
            lsn: number(members.lsn),
        }
    }
}

fn text(value: Option<Value>) -> Option<String> {
    match value? {
        Value::String(text) => Some(text),
        _ => None,
    }
}

fn number(value: Option<Value>) -> Option<u64> {
    match value? {
        Value::Number(number) => number.as_u64(),
        Value::String(text) => text.parse().ok(),
        _ => None,
    }
}
