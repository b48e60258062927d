//! [`TableEntity`]: one row of a table.

use serde::Serialize;

use super::Row;
use crate::Timestamp;

/// An entity of a table: one to read, or one to insert.
///
/// - As a parameter with `partition_key` and `row_key` it is read. One that does not exist fails the invocation; take
///   `Option<TableEntity<T>>` if it need not. `Vec<TableEntity<T>>` reads those of a query, as [`Table`](super::Table) does.
/// - As a return value it is inserted, and so are those of a `Vec`. One that exists already fails the invocation, unless it
///   [may be replaced](Self::or_replace).
///
/// `T` is the properties besides the keys: a struct or a map that serde reads and writes.
///
/// | Rust | In the table |
/// |---|---|
/// | `String`, `char`, an enum without data | `Edm.String` |
/// | `bool` | `Edm.Boolean` |
/// | integers | `Edm.Int64` |
/// | `f32`, `f64`, also infinite and not a number | `Edm.Double` |
/// | [`Bytes`](crate::Bytes) | `Edm.Binary` |
/// | [`edm::DateTime`](super::edm::DateTime) | `Edm.DateTime` |
/// | [`edm::Guid`](super::edm::Guid) | `Edm.Guid` |
/// | `None` | no property |
/// | lists, structs, maps | `Edm.String` with their JSON |
///
/// They are read back as what they were. A number that comes as text is read as a number, and the other way round.
///
/// # Properties
///
/// **As an input**
///
/// | Name | Type | Default | Meaning |
/// |---|---|---|---|
/// | `table_name` | string | required | The table; `{…}` expressions are replaced. |
/// | `partition_key` | string | required | The partition that the entity is in; `{…}` expressions are replaced. |
/// | `row_key` | string | required | The entity's name in its partition; `{…}` expressions are replaced. |
/// | `connection` | string | `AzureWebJobsStorage` | The app setting, or the prefix of settings, that says how to reach the storage account. |
///
/// **As an input, `Vec<TableEntity>`**
///
/// | Name | Type | Default | Meaning |
/// |---|---|---|---|
/// | `table_name` | string | required | The table; `{…}` expressions are replaced. |
/// | `partition_key` | string | | The partition to read from; `{…}` expressions are replaced. |
/// | `row_key` | string | | With `partition_key`, the one entity to read; `{…}` expressions are replaced. |
/// | `take` | integer | | The largest number of entities to read. |
/// | `filter` | string | | The entities to read, in OData: `Price gt 5 and Sold eq false`; `{…}` expressions are replaced. |
/// | `connection` | string | `AzureWebJobsStorage` | The app setting, or the prefix of settings, that says how to reach the storage account. |
///
/// **As an output**
///
/// | Name | Type | Default | Meaning |
/// |---|---|---|---|
/// | `table_name` | string | required | The table; `{…}` expressions are replaced. |
/// | `partition_key` | string | | The partition of entities whose partition key is empty; `{…}` expressions are replaced. |
/// | `row_key` | string | | The row key of an entity whose own is empty; `{…}` expressions are replaced. |
/// | `connection` | string | `AzureWebJobsStorage` | The app setting, or the prefix of settings, that says how to reach the storage account. |
///
/// # Example
///
/// ```
/// use azure_functions::{
///     Timestamp,
///     bindings::{HttpRequest, QueueTrigger, TableEntity, table::edm},
///     func,
/// };
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Clone, Serialize, Deserialize)]
/// struct Order {
///     amount: i64,
///     placed: edm::DateTime,
/// }
///
/// #[func]
/// #[binding(name = "$return", table_name = "orders")]
/// fn keep(#[binding(queue_name = "orders")] order: QueueTrigger<Order>) -> TableEntity<Order> {
///     TableEntity::new("2026", "7", order.message)
/// }
///
/// #[func]
/// fn amount(
///     #[binding(route = "orders/{year}/{number}")] _request: HttpRequest,
///     #[binding(table_name = "orders", partition_key = "{year}", row_key = "{number}")]
///     order: Option<TableEntity<Order>>,
/// ) -> String {
///     order.map_or_else(|| "none".to_owned(), |order| order.properties.amount.to_string())
/// }
///
/// let order = Order { amount: 3, placed: edm::DateTime(Timestamp::UNIX_EPOCH) };
/// let entity = keep(QueueTrigger::new(order));
/// assert_eq!(entity.row_key, "7");
/// assert_eq!(amount(HttpRequest::get("/"), Some(entity)), "3");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct TableEntity<T = Row> {
    /// The partition that the entity is in. To insert, leave it empty to take the `partition_key` of the output.
    #[serde(rename = "PartitionKey")]
    pub partition_key: String,
    /// The entity's name in its partition. To insert, leave it empty to take the `row_key` of the output.
    #[serde(rename = "RowKey")]
    pub row_key: String,
    /// When it was written, if the host says so; it is never sent.
    #[serde(rename = "Timestamp", skip_serializing_if = "Option::is_none")]
    pub timestamp: Option<Timestamp>,
    /// Which version it is, if the host says so. One that is sent replaces that version, and `*` replaces any.
    #[serde(rename = "ETag", skip_serializing_if = "Option::is_none")]
    pub etag: Option<String>,
    /// Its other properties.
    #[serde(flatten)]
    pub properties: T,
}

impl<T> TableEntity<T> {
    /// An entity to insert.
    pub fn new(
        partition_key: impl Into<String>,
        row_key: impl Into<String>,
        properties: T,
    ) -> Self {
        Self {
            partition_key: partition_key.into(),
            row_key: row_key.into(),
            timestamp: None,
            etag: None,
            properties,
        }
    }

    /// Lets the entity take the place of one that exists, whatever its version.
    #[must_use]
    pub fn or_replace(self) -> Self {
        Self {
            etag: Some("*".to_owned()),
            ..self
        }
    }
}
