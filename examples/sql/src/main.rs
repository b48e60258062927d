//! Functions that keep to-dos in an Azure SQL table: `create table dbo.ToDo (Id int primary key, Title nvarchar(200), Done bit)`.
//!
//! The embedded host has no SQL server, and says so: `list` fails there, and what `save` would write is shown. A change can
//! be made up by hand:
//!
//! ```text
//! curl http://localhost:7071/admin/functions/watch -H 'content-type: application/json' \
//!   -d '{"input": "[{\"Operation\":2,\"Item\":{\"Id\":1}}]"}'
//! ```

use std::process::ExitCode;

use azure_functions::{
    Json,
    bindings::{HttpRequest, SqlInput, SqlOperation, SqlOutput, SqlTrigger},
    func,
};
use serde::{Deserialize, Serialize};

/// A row of the table; one that was deleted has only its key.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
struct ToDo {
    id: i32,
    #[serde(default)]
    title: String,
    #[serde(default)]
    done: bool,
}

/// Writes each to-do, in place of one with its key.
#[func]
#[binding(
    name = "output1",
    command_text = "dbo.ToDo",
    connection_string_setting = "SqlConnectionString"
)]
fn save(
    #[binding(methods = "put", route = "to-dos")] Json(to_dos): Json<Vec<ToDo>>,
) -> ((), Vec<SqlOutput<ToDo>>) {
    ((), to_dos.into_iter().map(SqlOutput::new).collect())
}

/// Lists the to-dos that are done, or are not.
#[func]
fn list(
    #[binding(methods = "get", route = "to-dos/{done:bool}")] _request: HttpRequest,
    #[binding(
        command_text = "select * from dbo.ToDo where Done = @Done",
        parameters = "@Done={done}",
        connection_string_setting = "SqlConnectionString"
    )]
    to_dos: SqlInput<ToDo>,
) -> Json<Vec<ToDo>> {
    Json(to_dos.rows)
}

/// Hears of all to-dos that change.
#[func]
fn watch(
    #[binding(
        table_name = "dbo.ToDo",
        connection_string_setting = "SqlConnectionString"
    )]
    to_dos: &SqlTrigger<ToDo>,
) {
    for change in &to_dos.changes {
        let ToDo { id, title, .. } = &change.item;
        if change.operation == SqlOperation::Delete {
            tracing::info!("{id} is gone");
        } else {
            tracing::info!("{id} is `{title}`");
        }
    }
}

fn main() -> ExitCode {
    azure_functions::run()
}

#[cfg(test)]
mod tests {
    use azure_functions::bindings::SqlChange;

    use super::*;

    #[test]
    fn rows_go_in_and_out() {
        let to_do = ToDo {
            id: 1,
            title: "write".to_owned(),
            done: false,
        };
        let ((), written) = save(Json(vec![to_do.clone()]));
        assert_eq!(written, [SqlOutput::new(to_do.clone())]);
        let Json(listed) = list(HttpRequest::default(), SqlInput::new(vec![to_do.clone()]));
        assert_eq!(listed.first(), Some(&to_do));
        let changes = vec![SqlChange::new(SqlOperation::Insert, to_do)];
        watch(&SqlTrigger::new(changes));
    }
}
