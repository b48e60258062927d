//! MySQL: start a function when rows change, read some, or write some.
//!
//! What changed is told as by Azure SQL: [`SqlChange`] and [`SqlOperation`](super::SqlOperation).

use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use super::{
    object,
    sql::{
        self, COMMAND_TEXT, COMMAND_TYPE, CONNECTION, LEASES_TABLE_NAME, PARAMETERS, ROW,
        SqlChange, TABLE_NAME, TARGET,
    },
};
use crate::{
    BindError, Binding, Data, FromInput, FromTrigger, IntoElement, IntoOutput, Property, Trigger,
};

/// The binding of [`MySqlTrigger`].
#[derive(Debug)]
pub struct MySqlTriggerBinding;

impl Binding for MySqlTriggerBinding {
    const TYPE: &'static str = "mysqlTrigger";
    const PROPERTIES: &'static [Property] = &[TABLE_NAME, CONNECTION, LEASES_TABLE_NAME];
}

/// The binding of [`MySqlInput`].
#[derive(Debug)]
pub struct MySqlInputBinding;

impl Binding for MySqlInputBinding {
    const TYPE: &'static str = "mysql";
    const PROPERTIES: &'static [Property] = &[COMMAND_TEXT, COMMAND_TYPE, PARAMETERS, CONNECTION];
}

/// The binding of [`MySqlOutput`].
#[derive(Debug)]
pub struct MySqlOutputBinding;

impl Binding for MySqlOutputBinding {
    const TYPE: &'static str = "mysql";
    const PROPERTIES: &'static [Property] = &[TARGET, CONNECTION];
}

/// Rows of a MySQL table that changed, and start a function.
///
/// They always come as a batch. `T` is what a row holds: any type that serde reads from JSON, whose members are called like
/// the columns. Of a row that was deleted only the columns of the primary key come, and so the other members of `T` have to
/// be an `Option`, or have `#[serde(default)]`.
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
///     bindings::{MySqlTrigger, SqlChange, SqlOperation},
///     func,
/// };
/// use serde::Deserialize;
///
/// #[derive(Deserialize)]
/// struct ToDo {
///     id: u32,
/// }
///
/// #[func]
/// fn watch(#[binding(table_name = "todo", connection_string_setting = "MySql")] to_dos: MySqlTrigger<ToDo>) {
///     for change in to_dos.changes {
///         println!("{:?} of {}", change.operation, change.item.id);
///     }
/// }
///
/// // A test makes the changes itself.
/// watch(MySqlTrigger::new(vec![SqlChange::new(SqlOperation::Insert, ToDo { id: 1 })]));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct MySqlTrigger<T = Value> {
    /// The changes, in the order in which they came.
    pub changes: Vec<SqlChange<T>>,
}

impl<T> MySqlTrigger<T> {
    /// Changes of a unit test.
    pub fn new(changes: Vec<SqlChange<T>>) -> Self {
        Self { changes }
    }
}

impl<T: DeserializeOwned + 'static> FromTrigger for MySqlTrigger<T> {
    type Binding = MySqlTriggerBinding;

    fn from_trigger(data: Data, _: &Trigger) -> Result<Self, BindError> {
        sql::changes(data).map(Self::new)
    }
}

/// Rows that a query finds in a MySQL database.
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
///     bindings::{HttpRequest, MySqlInput},
///     func,
/// };
///
/// #[func]
/// fn count(
///     _request: HttpRequest,
///     #[binding(command_text = "select * from todo", connection_string_setting = "MySql")] to_dos: MySqlInput,
/// ) -> String {
///     to_dos.rows.len().to_string()
/// }
///
/// // A test makes the rows itself.
/// assert_eq!(count(HttpRequest::default(), MySqlInput::new(Vec::new())), "0");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct MySqlInput<T = Value> {
    /// The rows, in the order of the query.
    pub rows: Vec<T>,
}

impl<T> MySqlInput<T> {
    /// Rows of a unit test.
    pub fn new(rows: Vec<T>) -> Self {
        Self { rows }
    }
}

impl<T: DeserializeOwned + 'static> FromInput for MySqlInput<T> {
    type Binding = MySqlInputBinding;

    fn from_input(data: Data) -> Result<Self, BindError> {
        sql::rows(data).map(Self::new)
    }
}

/// A row to write to a MySQL table, in place of one with the same primary key.
///
/// `T` is what the row holds: a type that serde writes as a JSON object, whose members are called like the columns. A
/// `Vec<MySqlOutput>` writes each.
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
/// use azure_functions::{
///     bindings::{HttpRequest, MySqlOutput},
///     func,
/// };
/// use serde_json::json;
///
/// #[func]
/// #[binding(name = "output1", command_text = "todo", connection_string_setting = "MySql")]
/// fn create(request: HttpRequest) -> ((), MySqlOutput) {
///     let title = request.query().get("title").unwrap_or("nothing");
///     ((), json!({ "title": title }).into())
/// }
///
/// let ((), output) = create(HttpRequest::default());
/// assert_eq!(output.row["title"], "nothing");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct MySqlOutput<T = Value> {
    /// The row.
    pub row: T,
}

impl<T> MySqlOutput<T> {
    /// A row to write.
    pub fn new(row: T) -> Self {
        Self { row }
    }
}

impl<T> From<T> for MySqlOutput<T> {
    fn from(row: T) -> Self {
        Self::new(row)
    }
}

impl<T: Serialize + 'static> IntoOutput for MySqlOutput<T> {
    type Binding = MySqlOutputBinding;

    fn into_output(self) -> Result<Data, BindError> {
        object::output(&self.row, ROW)
    }
}

impl<T: Serialize + 'static> IntoElement for MySqlOutput<T> {
    fn into_element(self) -> Result<Value, BindError> {
        object::element(&self.row, ROW)
    }
}
