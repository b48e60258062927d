//! One container: its documents by id and partition key, and in the order of their last changes.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use jiff::Timestamp;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::{Change, ContainerName, CosmosError};

/// The largest document, in bytes of JSON.
const LARGEST_DOCUMENT: usize = 2 * 1024 * 1024;
/// The longest id, in bytes.
const LONGEST_ID: usize = 1023;

/// What the service writes into a document, whatever its writer says.
const SYSTEM: [&str; 6] = ["_rid", "_self", "_etag", "_attachments", "_ts", "_lsn"];

#[derive(Debug)]
pub(super) struct Container {
    /// The address of the container in the service.
    own: String,
    /// The names that lead to the partition key.
    partition_key: Vec<String>,
    /// The documents by the number under which they were added.
    documents: BTreeMap<u64, Stored>,
    /// Those numbers by partition key and id.
    index: HashMap<(Key, String), u64>,
    /// Those numbers by the position of the last change.
    feed: BTreeMap<u64, u64>,
    /// The number of the document that was added last.
    added: u64,
    /// The position of the last change.
    position: u64,
}

#[derive(Debug)]
struct Stored {
    document: Arc<Value>,
    key: Key,
    changed: Timestamp,
    position: u64,
}

/// The value of a partition key as its JSON; none if the document has no such member.
type Key = Option<String>;

impl Container {
    pub(super) fn new(name: &ContainerName, partition_key: &str) -> Result<Self, CosmosError> {
        check_name(&name.database)?;
        check_name(&name.container)?;
        let invalid = || CosmosError::PartitionKeyPath(partition_key.to_owned());
        let path = partition_key.strip_prefix('/').ok_or_else(invalid)?;
        let path: Vec<_> = path.split('/').map(str::to_owned).collect();
        if path.iter().any(String::is_empty) {
            return Err(invalid());
        }
        Ok(Self {
            own: format!("dbs/{}/colls/{}", name.database, name.container),
            partition_key: path,
            documents: BTreeMap::new(),
            index: HashMap::new(),
            feed: BTreeMap::new(),
            added: 0,
            position: 0,
        })
    }

    pub(super) fn partition_key_path(&self) -> String {
        format!("/{}", self.partition_key.join("/"))
    }

    pub(super) fn upsert(
        &mut self,
        mut document: Map<String, Value>,
        now: Timestamp,
    ) -> Result<Arc<Value>, CosmosError> {
        let id = document.get("id").and_then(Value::as_str);
        let id = id.ok_or(CosmosError::NoId)?.to_owned();
        check_name(&id)?;
        let key = self.key_of(&document, &id)?;
        for name in SYSTEM {
            document.shift_remove(name);
        }
        let size = Value::Object(document.clone()).to_string().len();
        if size > LARGEST_DOCUMENT {
            return Err(CosmosError::TooLarge {
                id,
                size,
                limit: LARGEST_DOCUMENT,
            });
        }
        self.position += 1;
        let number = *self.index.entry((key.clone(), id)).or_insert_with(|| {
            self.added += 1;
            self.added
        });
        let rid = BASE64.encode(u128::from(number).to_be_bytes());
        document.insert("_rid".to_owned(), rid.as_str().into());
        document.insert(
            "_self".to_owned(),
            format!("{}/docs/{rid}/", self.own).into(),
        );
        document.insert("_etag".to_owned(), format!("\"{}\"", Uuid::new_v4()).into());
        document.insert("_attachments".to_owned(), "attachments/".into());
        document.insert("_ts".to_owned(), now.as_second().into());
        let document = Arc::new(Value::Object(document));
        let stored = Stored {
            document: Arc::clone(&document),
            key,
            changed: now,
            position: self.position,
        };
        if let Some(old) = self.documents.insert(number, stored) {
            self.feed.remove(&old.position);
        }
        self.feed.insert(self.position, number);
        Ok(document)
    }

    pub(super) fn get(&self, id: &str, partition_key: Option<&Value>) -> Option<Arc<Value>> {
        let key = (partition_key.map(Value::to_string), id.to_owned());
        let stored = self.documents.get(self.index.get(&key)?)?;
        Some(Arc::clone(&stored.document))
    }

    pub(super) fn delete(&mut self, id: &str, partition_key: Option<&Value>) -> bool {
        let key = (partition_key.map(Value::to_string), id.to_owned());
        let Some(number) = self.index.remove(&key) else {
            return false;
        };
        if let Some(old) = self.documents.remove(&number) {
            self.feed.remove(&old.position);
        }
        true
    }

    pub(super) fn documents(&self, partition_key: Option<&Value>) -> Vec<Arc<Value>> {
        let key = partition_key.map(Value::to_string);
        self.documents
            .values()
            .filter(|stored| key.is_none() || stored.key == key)
            .map(|stored| Arc::clone(&stored.document))
            .collect()
    }

    pub(super) fn feed(&self, after: u64, max: usize) -> Vec<Change> {
        let changes = self.feed.range(after.saturating_add(1)..);
        changes
            .take(max)
            .filter_map(|(position, number)| {
                let mut document = Value::clone(&self.documents.get(number)?.document);
                if let Value::Object(members) = &mut document {
                    members.insert("_lsn".to_owned(), (*position).into());
                }
                Some(Change {
                    position: *position,
                    document,
                })
            })
            .collect()
    }

    pub(super) fn position(&self, since: Option<Timestamp>) -> u64 {
        let Some(since) = since else {
            return self.position;
        };
        let first = self.feed.iter().find(|(_, number)| {
            let stored = self.documents.get(number);
            stored.is_some_and(|stored| stored.changed >= since)
        });
        first.map_or(self.position, |(position, _)| position.saturating_sub(1))
    }

    /// The value of a document's partition key.
    fn key_of(&self, document: &Map<String, Value>, id: &str) -> Result<Key, CosmosError> {
        let mut names = self.partition_key.iter();
        let first = names.next().and_then(|name| document.get(name));
        let value = names.fold(first, |value, name| value?.get(name));
        match value {
            Some(Value::Array(_) | Value::Object(_)) => Err(CosmosError::PartitionKey {
                path: self.partition_key_path(),
                id: id.to_owned(),
            }),
            value => Ok(value.map(Value::to_string)),
        }
    }
}

fn check_name(name: &str) -> Result<(), CosmosError> {
    if name.is_empty() || name.len() > LONGEST_ID || name.contains(['/', '\\', '?', '#']) {
        return Err(CosmosError::Name(name.to_owned()));
    }
    Ok(())
}
