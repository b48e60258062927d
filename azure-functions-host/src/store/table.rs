//! Tables: entities of typed properties, found by their two keys or by a filter.

mod entity;
mod filter;
mod memory;
mod property;

use std::fmt;

use azure_functions_shared::storage_name::StorageNameError;
use futures::future::BoxFuture;

use super::Changes;

pub use entity::{Entity, Key, Write};
pub use filter::{Filter, FilterError};
pub use memory::MemoryTables;
pub use property::{Property, PropertyError};

/// The tables of a storage account.
///
/// A table exists from the first entity on; to read from one that does not exist finds nothing.
pub trait TableStore: fmt::Debug + Send + Sync {
    /// Writes entities, all or none, and creates the table if need be.
    ///
    /// # Errors
    ///
    /// A name, a key or the size of an entity is not allowed, a condition does not hold, or the service failed.
    fn write(
        &self,
        table: &str,
        entities: Vec<(Entity, Write)>,
    ) -> BoxFuture<'_, Result<(), TableError>>;

    /// The entity with these keys.
    ///
    /// # Errors
    ///
    /// The name of the table is not allowed, or the service failed.
    fn get(&self, table: &str, key: &Key) -> BoxFuture<'_, Result<Option<Entity>, TableError>>;

    /// The entities that a filter lets through, in the order of their keys, `take` of them at most.
    ///
    /// # Errors
    ///
    /// The name of the table is not allowed, the filter cannot be read, or the service failed.
    fn query(
        &self,
        table: &str,
        filter: Option<&str>,
        take: Option<usize>,
    ) -> BoxFuture<'_, Result<Vec<Entity>, TableError>>;

    /// The names of the tables that exist, in lower case.
    ///
    /// # Errors
    ///
    /// The service failed.
    fn tables(&self) -> BoxFuture<'_, Result<Vec<String>, TableError>>;

    /// Tells when an entity was written.
    fn changes(&self) -> Changes;
}

/// Why a table did not do what it was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TableError {
    /// The name is not one that the storage service allows.
    #[error("`{name}` cannot be used: {error}")]
    InvalidName {
        /// The name of the table, or a key.
        name: String,
        /// Which rule it breaks, and what to do.
        error: StorageNameError,
    },
    /// The entity is larger than a table takes.
    #[error(
        "the entity {key} has {size} bytes, but a table takes at most {limit}; put large data in a blob and store its name"
    )]
    TooLarge {
        /// The entity.
        key: Key,
        /// Its size.
        size: usize,
        /// The largest size.
        limit: usize,
    },
    /// There is such an entity already.
    #[error("there is an entity {0} already; write another one, or replace it with the `ETag` `*`")]
    Exists(Key),
    /// There is no such entity.
    #[error("there is no entity {0} to replace; insert it without an `ETag`")]
    Missing(Key),
    /// Somebody else replaced the entity since it was read.
    #[error("the entity {0} was changed since its `ETag` was read; read it again")]
    Changed(Key),
    /// The filter cannot be read.
    #[error(transparent)]
    Filter(#[from] FilterError),
}
