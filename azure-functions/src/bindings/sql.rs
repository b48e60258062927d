//! Azure SQL: start a function when rows change, read some, or write some.

use std::fmt;

use serde::{
    Deserialize, Deserializer, Serialize,
    de::{DeserializeOwned, Error, Visitor},
};
use serde_json::{Value, value::RawValue};

use super::object;
use crate::{
    BindError, Binding, Data, FromInput, FromTrigger, IntoElement, IntoOutput, Property, Syntax,
    Trigger,
};

/// What an output is.
pub(super) const ROW: &str = "a row";

pub(super) const CONNECTION: Property = Property::string("connection_string_setting")
    .required()
    .syntax(Syntax::Setting)
    .doc("The app setting that holds the connection string of the database.");

pub(super) const TABLE_NAME: Property = Property::string("table_name")
    .required()
    .doc("The table to watch, such as `dbo.ToDo`. Change tracking has to be on for it.");

pub(super) const LEASES_TABLE_NAME: Property = Property::string("leases_table_name")
    .default("a name that the host makes")
    .doc("The table in which the host remembers how far the function has come.");

pub(super) const COMMAND_TEXT: Property = Property::string("command_text")
    .required()
    .doc("The query, or the name of a stored procedure; `@Name` stands for a parameter.");

pub(super) const COMMAND_TYPE: Property = Property::string("command_type")
    .one_of(&["Text", "StoredProcedure"])
    .default("`Text`")
    .doc("What `command_text` is.");

pub(super) const PARAMETERS: Property = Property::string("parameters").doc(
    "The values of the parameters: `@Id={id},@Name={name}`. None of them can have a `,` or `=` in it.",
);

pub(super) const TARGET: Property = Property::string("command_text")
    .required()
    .doc("The table to write to, such as `dbo.ToDo`.");

/// The binding of [`SqlTrigger`].
#[derive(Debug)]
pub struct SqlTriggerBinding;

impl Binding for SqlTriggerBinding {
    const TYPE: &'static str = "sqlTrigger";
    const PROPERTIES: &'static [Property] = &[TABLE_NAME, CONNECTION, LEASES_TABLE_NAME];
}

/// The binding of [`SqlInput`].
#[derive(Debug)]
pub struct SqlInputBinding;

impl Binding for SqlInputBinding {
    const TYPE: &'static str = "sql";
    const PROPERTIES: &'static [Property] = &[COMMAND_TEXT, COMMAND_TYPE, PARAMETERS, CONNECTION];
}

/// The binding of [`SqlOutput`].
#[derive(Debug)]
pub struct SqlOutputBinding;

impl Binding for SqlOutputBinding {
    const TYPE: &'static str = "sql";
    const PROPERTIES: &'static [Property] = &[TARGET, CONNECTION];
}

/// Rows of an Azure SQL table that changed, and start a function.
///
/// They always come as a batch. `T` is what a row holds: any type that serde reads from JSON, whose members are called like
/// the columns. Of a row that was deleted only the columns of the primary key come, and so the other members of `T` have to
/// be an `Option`, or have `#[serde(default)]`.
///
/// A change for which the function fails five times is left out.
///
/// # Properties
///
/// | Name | Type | Default | Meaning |
/// |---|---|---|---|
/// | `table_name` | string | required | The table to watch, such as `dbo.ToDo`. Change tracking has to be on for it. |
/// | `connection_string_setting` | string | required | The app setting that holds the connection string of the database. |
/// | `leases_table_name` | string | a name that the host makes | The table in which the host remembers how far the function has come. |
///
/// # Example
///
/// ```
/// use azure_functions::{
///     bindings::{SqlChange, SqlOperation, SqlTrigger},
///     func,
/// };
/// use serde::Deserialize;
///
/// #[derive(Deserialize)]
/// #[serde(rename_all = "PascalCase")]
/// struct ToDo {
///     id: u32,
///     title: Option<String>,
/// }
///
/// #[func]
/// fn watch(#[binding(table_name = "dbo.ToDo", connection_string_setting = "Sql")] to_dos: SqlTrigger<ToDo>) {
///     for change in to_dos.changes {
///         println!("{:?} of {}: {:?}", change.operation, change.item.id, change.item.title);
///     }
/// }
///
/// // A test makes the changes itself.
/// let deleted = ToDo { id: 1, title: None };
/// watch(SqlTrigger::new(vec![SqlChange::new(SqlOperation::Delete, deleted)]));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SqlTrigger<T = Value> {
    /// The changes, in the order in which they came.
    pub changes: Vec<SqlChange<T>>,
}

impl<T> SqlTrigger<T> {
    /// Changes of a unit test.
    pub fn new(changes: Vec<SqlChange<T>>) -> Self {
        Self { changes }
    }
}

impl<T: DeserializeOwned + 'static> FromTrigger for SqlTrigger<T> {
    type Binding = SqlTriggerBinding;

    fn from_trigger(data: Data, _: &Trigger) -> Result<Self, BindError> {
        changes(data).map(Self::new)
    }
}

/// What happened to a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SqlOperation {
    /// It was added.
    Insert,
    /// It was changed.
    Update,
    /// It was deleted.
    Delete,
}

/// A row that changed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SqlChange<T = Value> {
    /// What happened to it.
    pub operation: SqlOperation,
    /// The row as it is now; of one that was deleted, its primary key.
    pub item: T,
}

impl<T> SqlChange<T> {
    /// A change of a unit test.
    pub fn new(operation: SqlOperation, item: T) -> Self {
        Self { operation, item }
    }
}

/// Rows that a query finds in an Azure SQL database.
///
/// `T` is what a row holds: any type that serde reads from JSON, whose members are called like the columns that the query
/// selects.
///
/// # Properties
///
/// | Name | Type | Default | Meaning |
/// |---|---|---|---|
/// | `command_text` | string | required | The query, or the name of a stored procedure; `@Name` stands for a parameter. |
/// | `command_type` | `Text` or `StoredProcedure` | `Text` | What `command_text` is. |
/// | `parameters` | string | | The values of the parameters: `@Id={id},@Name={name}`. None of them can have a `,` or `=` in it. |
/// | `connection_string_setting` | string | required | The app setting that holds the connection string of the database. |
///
/// # Example
///
/// ```
/// use azure_functions::{
///     bindings::{HttpRequest, SqlInput},
///     func,
/// };
/// use serde::Deserialize;
///
/// #[derive(Deserialize)]
/// #[serde(rename_all = "PascalCase")]
/// struct ToDo {
///     title: String,
/// }
///
/// #[func]
/// fn titles(
///     #[binding(route = "to-dos/{owner}")] _request: HttpRequest,
///     #[binding(
///         command_text = "select Title from dbo.ToDo where Owner = @Owner",
///         parameters = "@Owner={owner}",
///         connection_string_setting = "Sql"
///     )]
///     to_dos: SqlInput<ToDo>,
/// ) -> String {
///     let titles: Vec<_> = to_dos.rows.into_iter().map(|row| row.title).collect();
///     titles.join("\n")
/// }
///
/// // A test makes the rows itself.
/// let rows = SqlInput::new(vec![ToDo { title: "write".to_owned() }]);
/// assert_eq!(titles(HttpRequest::default(), rows), "write");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SqlInput<T = Value> {
    /// The rows, in the order of the query.
    pub rows: Vec<T>,
}

impl<T> SqlInput<T> {
    /// Rows of a unit test.
    pub fn new(rows: Vec<T>) -> Self {
        Self { rows }
    }
}

impl<T: DeserializeOwned + 'static> FromInput for SqlInput<T> {
    type Binding = SqlInputBinding;

    fn from_input(data: Data) -> Result<Self, BindError> {
        rows(data).map(Self::new)
    }
}

/// A row to write to an Azure SQL table, in place of one with the same primary key.
///
/// `T` is what the row holds: a type that serde writes as a JSON object, whose members are called like the columns. A
/// `Vec<SqlOutput>` writes each.
///
/// # Properties
///
/// | Name | Type | Default | Meaning |
/// |---|---|---|---|
/// | `command_text` | string | required | The table to write to, such as `dbo.ToDo`. |
/// | `connection_string_setting` | string | required | The app setting that holds the connection string of the database. |
///
/// # Example
///
/// ```
/// use azure_functions::{Json, bindings::SqlOutput, func};
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Debug, PartialEq, Deserialize, Serialize)]
/// #[serde(rename_all = "PascalCase")]
/// struct ToDo {
///     id: u32,
///     title: String,
/// }
///
/// #[func]
/// #[binding(name = "output1", command_text = "dbo.ToDo", connection_string_setting = "Sql")]
/// fn create(Json(to_do): Json<ToDo>) -> ((), SqlOutput<ToDo>) {
///     ((), to_do.into())
/// }
///
/// let ((), output) = create(Json(ToDo { id: 1, title: "write".to_owned() }));
/// assert_eq!(output.row.id, 1);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SqlOutput<T = Value> {
    /// The row.
    pub row: T,
}

impl<T> SqlOutput<T> {
    /// A row to write.
    pub fn new(row: T) -> Self {
        Self { row }
    }
}

impl<T> From<T> for SqlOutput<T> {
    fn from(row: T) -> Self {
        Self::new(row)
    }
}

impl<T: Serialize + 'static> IntoOutput for SqlOutput<T> {
    type Binding = SqlOutputBinding;

    fn into_output(self) -> Result<Data, BindError> {
        object::output(&self.row, ROW)
    }
}

impl<T: Serialize + 'static> IntoElement for SqlOutput<T> {
    fn into_element(self) -> Result<Value, BindError> {
        object::element(&self.row, ROW)
    }
}

/// The changes that a trigger sent.
pub(super) fn changes<T: DeserializeOwned + 'static>(
    data: Data,
) -> Result<Vec<SqlChange<T>>, BindError> {
    #[derive(Deserialize)]
    struct Change {
        #[serde(rename = "Operation", alias = "operation")]
        operation: SqlOperation,
        #[serde(rename = "Item", alias = "item")]
        item: Box<RawValue>,
    }

    let change = |data: Data| {
        if data.is_none() {
            return Err(BindError::missing());
        }
        let change: Change = serde_json::from_slice(&data.into_bytes()?)
            .map_err(|error| BindError::new(error.to_string()))?;
        let item = Data::json(change.item.get()).decode()?;
        Ok(SqlChange::new(change.operation, item))
    };
    each(data, change)
}

/// The rows that a query found.
pub(super) fn rows<T: DeserializeOwned + 'static>(data: Data) -> Result<Vec<T>, BindError> {
    each(data, Data::decode)
}

fn each<T>(data: Data, read: impl Fn(Data) -> Result<T, BindError>) -> Result<Vec<T>, BindError> {
    let elements = data.into_list()?.into_iter().enumerate();
    elements
        .map(|(at, element)| read(element).map_err(|error| error.of_element(at)))
        .collect()
}

impl<'de> Deserialize<'de> for SqlOperation {
    /// Reads the host's number for it, or its name.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(OperationVisitor)
    }
}

struct OperationVisitor;

impl Visitor<'_> for OperationVisitor {
    type Value = SqlOperation;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("0 for an insert, 1 for an update or 2 for a delete")
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<SqlOperation, E> {
        match number {
            0 => Ok(SqlOperation::Insert),
            1 => Ok(SqlOperation::Update),
            2 => Ok(SqlOperation::Delete),
            _ => Err(E::invalid_value(
                serde::de::Unexpected::Unsigned(number),
                &self,
            )),
        }
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<SqlOperation, E> {
        match name.to_ascii_lowercase().as_str() {
            "0" | "insert" => Ok(SqlOperation::Insert),
            "1" | "update" => Ok(SqlOperation::Update),
            "2" | "delete" => Ok(SqlOperation::Delete),
            _ => Err(E::invalid_value(serde::de::Unexpected::Str(name), &self)),
        }
    }
}

#[cfg(test)]
mod tests;
