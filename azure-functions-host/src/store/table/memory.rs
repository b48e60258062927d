//! Tables in memory.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use azure_functions_shared::storage_name::{self, StorageNameError};
use futures::{
    FutureExt as _,
    future::{BoxFuture, ready},
};
use tokio::sync::watch;
use uuid::Uuid;

use super::{Entity, Filter, Key, TableError, TableStore, Write};
use crate::{clock::Clock, store::Changes};

/// The largest entity of a table, in bytes.
const LARGEST_ENTITY: usize = 1 << 20;

/// Tables that live as long as the process.
#[derive(Clone, Debug)]
pub struct MemoryTables {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    clock: Arc<dyn Clock>,
    /// By their names in lower case.
    tables: Mutex<Tables>,
    changes: watch::Sender<u64>,
}

type Tables = BTreeMap<String, BTreeMap<Key, Entity>>;

impl MemoryTables {
    /// No tables, with the time of `clock`.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            shared: Arc::new(Shared {
                clock,
                tables: Mutex::default(),
                changes: watch::Sender::new(0),
            }),
        }
    }
}

impl TableStore for MemoryTables {
    fn write(
        &self,
        table: &str,
        entities: Vec<(Entity, Write)>,
    ) -> BoxFuture<'_, Result<(), TableError>> {
        ready(self.shared.write(table, entities)).boxed()
    }

    fn get(&self, table: &str, key: &Key) -> BoxFuture<'_, Result<Option<Entity>, TableError>> {
        let found = name(table).map(|table| {
            let tables = self.shared.lock();
            tables.get(&table).and_then(|table| table.get(key)).cloned()
        });
        ready(found).boxed()
    }

    fn query(
        &self,
        table: &str,
        filter: Option<&str>,
        take: Option<usize>,
    ) -> BoxFuture<'_, Result<Vec<Entity>, TableError>> {
        ready(self.shared.query(table, filter, take)).boxed()
    }

    fn tables(&self) -> BoxFuture<'_, Result<Vec<String>, TableError>> {
        ready(Ok(self.shared.lock().keys().cloned().collect())).boxed()
    }

    fn changes(&self) -> Changes {
        self.shared.changes.subscribe()
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Tables> {
        self.tables.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self, table: &str, entities: Vec<(Entity, Write)>) -> Result<(), TableError> {
        let table = name(table)?;
        let mut tables = self.lock();
        let none = BTreeMap::new();
        let old = tables.get(&table).unwrap_or(&none);
        let mut new: BTreeMap<Key, Entity> = BTreeMap::new();
        for (mut entity, write) in entities {
            check(&entity)?;
            let key = entity.key.clone();
            match (write, new.get(&key).or_else(|| old.get(&key))) {
                (Write::Insert, Some(_)) => return Err(TableError::Exists(key)),
                (Write::Replace(_), None) => return Err(TableError::Missing(key)),
                (Write::Replace(etag), Some(old)) if etag != old.etag => {
                    return Err(TableError::Changed(key));
                }
                _ => {}
            }
            entity.timestamp = self.clock.now();
            entity.etag = format!("W/\"{}\"", Uuid::new_v4().simple());
            new.insert(key, entity);
        }
        tables.entry(table).or_default().append(&mut new);
        drop(tables);
        self.changes
            .send_modify(|count| *count = count.wrapping_add(1));
        Ok(())
    }

    fn query(
        &self,
        table: &str,
        filter: Option<&str>,
        take: Option<usize>,
    ) -> Result<Vec<Entity>, TableError> {
        let table = name(table)?;
        let filter = filter.map(Filter::parse).transpose()?;
        let tables = self.lock();
        let entities = tables.get(&table).into_iter().flat_map(BTreeMap::values);
        let found = entities.filter(|entity| {
            let filter = filter.as_ref();
            filter.is_none_or(|filter| filter.matches(entity))
        });
        Ok(found.take(take.unwrap_or(usize::MAX)).cloned().collect())
    }
}

fn check(entity: &Entity) -> Result<(), TableError> {
    for part in [&entity.key.partition, &entity.key.row] {
        storage_name::table_key(part).map_err(|error| invalid(part, error))?;
    }
    let size = entity.size();
    if size > LARGEST_ENTITY {
        return Err(TableError::TooLarge {
            key: entity.key.clone(),
            size,
            limit: LARGEST_ENTITY,
        });
    }
    Ok(())
}

/// The name of a table as it is looked up: case does not matter.
fn name(table: &str) -> Result<String, TableError> {
    storage_name::table(table).map_err(|error| invalid(table, error))?;
    Ok(table.to_ascii_lowercase())
}

fn invalid(name: &str, error: StorageNameError) -> TableError {
    let name = name.to_owned();
    TableError::InvalidName { name, error }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use jiff::Timestamp;

    use super::*;
    use crate::{clock::ManualClock, store::Property};

    fn entity(row: &str, number: i64) -> Entity {
        Entity {
            properties: vec![("n".to_owned(), Property::Int64(number))],
            ..Entity::new(Key::new("p", row))
        }
    }

    fn store() -> (ManualClock, MemoryTables) {
        let clock = ManualClock::new(Timestamp::UNIX_EPOCH);
        let tables = MemoryTables::new(Arc::new(clock.clone()));
        (clock, tables)
    }

    async fn rows(tables: &MemoryTables, filter: Option<&str>, take: Option<usize>) -> Vec<String> {
        let found = tables.query("people", filter, take).await.unwrap();
        found.into_iter().map(|entity| entity.key.row).collect()
    }

    #[tokio::test]
    async fn an_entity_is_inserted_once_and_replaced_by_its_etag() {
        let (clock, tables) = store();
        let mut changes = tables.changes();
        let write = |number, write| tables.write("People", vec![(entity("a", number), write)]);
        let key = Key::new("p", "a");
        let missing = write(1, Write::Replace("x".to_owned())).await;
        assert!(matches!(missing, Err(TableError::Missing(_))));
        write(1, Write::Insert).await.unwrap();
        changes.changed().await.unwrap();
        let again = write(2, Write::Insert).await;
        assert!(matches!(again, Err(TableError::Exists(_))));
        let first = tables.get("pEOPLE", &key).await.unwrap().unwrap();
        assert_eq!(first.properties, entity("a", 1).properties);
        assert_eq!(first.timestamp, Timestamp::UNIX_EPOCH);

        clock.advance(Duration::from_secs(1));
        write(3, Write::Replace(first.etag.clone())).await.unwrap();
        let stale = write(4, Write::Replace(first.etag)).await;
        assert!(matches!(stale, Err(TableError::Changed(_))));
        write(5, Write::InsertOrReplace).await.unwrap();
        let last = tables.get("people", &key).await.unwrap().unwrap();
        assert_eq!(last.properties, entity("a", 5).properties);
        assert_eq!(last.timestamp, clock.now());
        assert_eq!(tables.tables().await.unwrap(), ["people"]);
    }

    #[tokio::test]
    async fn entities_are_found_in_the_order_of_their_keys() {
        let (_, tables) = store();
        assert_eq!(rows(&tables, None, None).await, [""; 0]);
        let entities = ["c", "a", "b"].map(|row| (entity(row, 1), Write::Insert));
        tables.write("people", entities.into()).await.unwrap();
        assert_eq!(rows(&tables, None, None).await, ["a", "b", "c"]);
        assert_eq!(rows(&tables, None, Some(2)).await, ["a", "b"]);
        let filter = Some("RowKey gt 'a'");
        assert_eq!(rows(&tables, filter, Some(1)).await, ["b"]);
        let broken = tables.query("people", Some("RowKey gt"), None).await;
        assert!(matches!(broken, Err(TableError::Filter(_))));
    }

    #[tokio::test]
    async fn all_entities_are_written_or_none() {
        let (_, tables) = store();
        let entities = ["a", "b", "a"].map(|row| (entity(row, 1), Write::Insert));
        let twice = tables.write("people", entities.into()).await;
        assert!(matches!(twice, Err(TableError::Exists(_))));
        let large = Entity {
            properties: vec![("x".to_owned(), Property::String("x".repeat(LARGEST_ENTITY)))],
            ..entity("c", 1)
        };
        let entities = vec![(entity("b", 1), Write::Insert), (large, Write::Insert)];
        let large = tables.write("people", entities).await;
        assert!(matches!(large, Err(TableError::TooLarge { .. })));
        for (table, row) in [("a", "r"), ("people!", "r"), ("people", "a/b")] {
            let refused = tables
                .write(table, vec![(entity(row, 1), Write::Insert)])
                .await;
            assert!(
                matches!(refused, Err(TableError::InvalidName { .. })),
                "{table} {row}"
            );
        }
        assert_eq!(tables.tables().await.unwrap(), [""; 0]);
    }
}
