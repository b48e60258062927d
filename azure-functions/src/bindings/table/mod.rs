//! Azure Table storage: read an entity or the entities of a query, and insert some.

pub mod edm;
mod entity;
mod read;
mod write;

use std::{fmt, slice, vec};

use serde::{Serialize, Serializer, de::DeserializeOwned};
use serde_json::{Map, Value};

pub use self::entity::TableEntity;
use crate::{BindError, Binding, Data, FromInput, IntoElement, IntoOutput, Property, Syntax};

/// The properties of an entity whose type says nothing of them.
pub type Row = Map<String, Value>;

const TABLE_NAME: Property = Property::string("table_name")
    .required()
    .syntax(Syntax::TableName)
    .doc("The table; `{…}` expressions are replaced.");

const CONNECTION: Property = Property::string("connection")
    .syntax(Syntax::Setting)
    .default("`AzureWebJobsStorage`")
    .doc("The app setting, or the prefix of settings, that says how to reach the storage account.");

/// The binding of [`Table`] and [`TableEntity`] as parameters.
#[derive(Debug)]
pub struct TableBinding;

impl Binding for TableBinding {
    const TYPE: &'static str = "table";
    const PROPERTIES: &'static [Property] = &[
        TABLE_NAME,
        Property::string("partition_key")
            .doc("The partition to read from; `{…}` expressions are replaced."),
        Property::string("row_key")
            .doc("With `partition_key`, the one entity to read; `{…}` expressions are replaced."),
        Property::integer("take").doc("The largest number of entities to read."),
        Property::string("filter")
            .doc("The entities to read, in OData: `Price gt 5 and Sold eq false`; `{…}` expressions are replaced."),
        CONNECTION,
    ];
}

/// The binding of [`Table`] and [`TableEntity`] as return values.
#[derive(Debug)]
pub struct TableOutputBinding;

impl Binding for TableOutputBinding {
    const TYPE: &'static str = "table";
    const PROPERTIES: &'static [Property] = &[
        TABLE_NAME,
        Property::string("partition_key").doc(
            "The partition of entities whose partition key is empty; `{…}` expressions are replaced.",
        ),
        Property::string("row_key")
            .doc("The row key of an entity whose own is empty; `{…}` expressions are replaced."),
        CONNECTION,
    ];
}

/// Entities of a table: those that a query finds, or those to insert.
///
/// - As a parameter it is read: all entities, or those that `partition_key`, `filter` and `take` choose. `Vec<TableEntity<T>>`
///   does the same. To read a single entity, take a [`TableEntity`].
/// - As a return value its entities are inserted, all or none. One that exists already fails the invocation, unless it
///   [may be replaced](TableEntity::or_replace).
///
/// `T` is the properties besides the keys: a struct or a map that serde reads and writes. See [`TableEntity`] for their types.
///
/// # Properties
///
/// **As an input**
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
///     bindings::{HttpRequest, QueueTrigger, Table, TableEntity},
///     func,
/// };
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Serialize, Deserialize)]
/// struct Person {
///     age: i64,
/// }
///
/// #[func]
/// fn count(
///     _request: HttpRequest,
///     #[binding(table_name = "people", filter = "age ge 18")] adults: Table<Person>,
/// ) -> String {
///     format!("{} adults, {} years", adults.len(), adults.rows().map(|row| row.properties.age).sum::<i64>())
/// }
///
/// #[func]
/// #[binding(name = "$return", table_name = "words")]
/// fn store(#[binding(queue_name = "lines")] line: QueueTrigger) -> Table {
///     let mut table = Table::new();
///     for (at, word) in line.message.split_whitespace().enumerate() {
///         table.add_row("words", at.to_string()).insert("text".to_owned(), word.into());
///     }
///     table
/// }
///
/// let mut people = Table::default();
/// people.push(TableEntity::new("de", "1", Person { age: 41 }));
/// assert_eq!(count(HttpRequest::get("/"), people), "1 adults, 41 years");
/// assert_eq!(store(QueueTrigger::new("to be".to_owned())).len(), 2);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Table<T = Row> {
    rows: Vec<TableEntity<T>>,
}

impl<T> Table<T> {
    /// How many entities there are.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The entities, in the order of the table.
    pub fn rows(&self) -> slice::Iter<'_, TableEntity<T>> {
        self.rows.iter()
    }

    /// Adds an entity with these keys, and gives its properties to fill in.
    #[expect(
        clippy::indexing_slicing,
        reason = "the entity at this place was just added"
    )]
    pub fn add_row(
        &mut self,
        partition_key: impl Into<String>,
        row_key: impl Into<String>,
    ) -> &mut T
    where
        T: Default,
    {
        let at = self.len();
        self.push(TableEntity::new(partition_key, row_key, T::default()));
        &mut self.rows[at].properties
    }

    /// Adds an entity.
    pub fn push(&mut self, entity: TableEntity<T>) {
        self.rows.push(entity);
    }
}

impl Table {
    /// No entities. One of other properties than [`Row`] is made by `Table::default()`.
    pub const fn new() -> Self {
        Self { rows: Vec::new() }
    }

    /// Adds an entity that is a JSON object with a `PartitionKey` and a `RowKey`.
    ///
    /// # Errors
    ///
    /// When it is no object, or a key is no text.
    pub fn add_row_value(&mut self, value: Value) -> Result<(), BindError> {
        self.push(read::entity(value)?);
        Ok(())
    }
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self { rows: Vec::new() }
    }
}

/// The entities as one line of JSON, or the reason why there is none.
impl<T: Serialize> fmt::Display for Table<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match serde_json::to_string(self) {
            Ok(json) => f.write_str(&json),
            Err(error) => write!(f, "<no JSON: {error}>"),
        }
    }
}

impl<T: Serialize> Serialize for Table<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.rows.serialize(serializer)
    }
}

impl<T> FromIterator<TableEntity<T>> for Table<T> {
    fn from_iter<I: IntoIterator<Item = TableEntity<T>>>(entities: I) -> Self {
        Self {
            rows: entities.into_iter().collect(),
        }
    }
}

impl<T> Extend<TableEntity<T>> for Table<T> {
    fn extend<I: IntoIterator<Item = TableEntity<T>>>(&mut self, entities: I) {
        self.rows.extend(entities);
    }
}

impl<T> IntoIterator for Table<T> {
    type Item = TableEntity<T>;
    type IntoIter = vec::IntoIter<TableEntity<T>>;

    fn into_iter(self) -> Self::IntoIter {
        self.rows.into_iter()
    }
}

impl<T: DeserializeOwned> FromInput for Table<T> {
    type Binding = TableBinding;

    fn from_input(data: Data) -> Result<Self, BindError> {
        Ok(Self {
            rows: read::entities(data)?,
        })
    }
}

#[diagnostic::do_not_recommend]
impl<T: DeserializeOwned> FromInput for Vec<TableEntity<T>> {
    type Binding = TableBinding;

    fn from_input(data: Data) -> Result<Self, BindError> {
        read::entities(data)
    }
}

impl<T: DeserializeOwned> FromInput for TableEntity<T> {
    type Binding = TableBinding;

    fn from_input(data: Data) -> Result<Self, BindError> {
        read::point(data)
    }
}

impl<T: Serialize> IntoOutput for Table<T> {
    type Binding = TableOutputBinding;

    fn into_output(self) -> Result<Data, BindError> {
        self.rows.into_output()
    }
}

impl<T: Serialize> IntoOutput for TableEntity<T> {
    type Binding = TableOutputBinding;

    fn into_output(self) -> Result<Data, BindError> {
        Ok(Data::json(self.into_element()?.to_string()))
    }
}

impl<T: Serialize> IntoElement for TableEntity<T> {
    fn into_element(self) -> Result<Value, BindError> {
        write::entity(&self).map(Value::Object)
    }
}

#[cfg(test)]
mod round_trips;
#[cfg(test)]
mod tests;
