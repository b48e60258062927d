//! Rows in and out, of Azure SQL and of MySQL.

use std::fmt::Debug;

use expect_test::expect;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Value, json};

use super::{SqlChange, SqlInput, SqlOperation, SqlOutput, SqlTrigger};
use crate::{
    Data, FromInput, FromTrigger, Trigger,
    bindings::{
        HttpRequest, MySqlInput, MySqlOutput, MySqlTrigger,
        check::{check_metadata, check_output},
    },
    func, functions,
};

#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
struct ToDo {
    id: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<String>,
}

fn to_do(id: u32, title: &str) -> ToDo {
    ToDo {
        id,
        title: (!title.is_empty()).then(|| title.to_owned()),
    }
}

#[track_caller]
fn check_changes<T: DeserializeOwned + Clone + Debug + PartialEq + 'static>(
    data: Data,
    expected: Result<Vec<(SqlOperation, T)>, &str>,
) {
    let expected = expected.map_err(str::to_owned).map(|changes| {
        let changes = changes.into_iter();
        changes
            .map(|(operation, item)| SqlChange::new(operation, item))
            .collect::<Vec<_>>()
    });
    let trigger = Trigger::default();
    let found = SqlTrigger::from_trigger(data.clone(), &trigger).map_err(|error| error.to_string());
    assert_eq!(found.map(|trigger| trigger.changes), expected.clone());
    let found = MySqlTrigger::from_trigger(data, &trigger).map_err(|error| error.to_string());
    assert_eq!(found.map(|trigger| trigger.changes), expected);
}

#[test]
fn changes() {
    use SqlOperation::{Delete, Insert, Update};

    let array = r#"[{"Operation":0,"Item":{"Id":1,"Title":"a"}},{"Operation":1,"Item":{"Id":1,"Title":"b","More":true}},{"Operation":2,"Item":{"Id":1}}]"#;
    for data in [Data::text(array), Data::json(array), Data::bytes(array)] {
        let all = vec![
            (Insert, to_do(1, "a")),
            (Update, to_do(1, "b")),
            (Delete, to_do(1, "")),
        ];
        check_changes(data, Ok(all));
    }
    let one = Data::text(r#"[{"Operation":2,"Item":{"Id":1}}]"#);
    check_changes(one.clone(), Ok(vec![(Delete, json!({ "Id": 1 }))]));
    check_changes(one, Ok(vec![(Delete, r#"{"Id":1}"#.to_owned())]));
    check_changes(
        Data::text(
            r#"[{"operation":"1","item":{"Id":1},"other":0},{"Item":{"Id":2},"Operation":"Insert"}]"#,
        ),
        Ok(vec![(Update, to_do(1, "")), (Insert, to_do(2, ""))]),
    );
    check_changes(Data::text("[]"), Ok(Vec::<(SqlOperation, Value)>::new()));
    let operation = "0 for an insert, 1 for an update or 2 for a delete";
    for (data, error) in [
        (Data::none(), "the host sent no value; take an `Option` if it can be absent".to_owned()),
        (
            Data::text("{}"),
            "expected a batch, found a value that is no JSON array: invalid type: map, expected a sequence at line 1 column 0".to_owned(),
        ),
        (
            Data::json("[null]"),
            "element 0: the host sent no value; take an `Option` if it can be absent".to_owned(),
        ),
        (
            Data::json(r#"[{"Operation":3,"Item":{"Id":1}}]"#),
            format!("element 0: invalid value: integer `3`, expected {operation} at line 1 column 14"),
        ),
        (
            Data::json(r#"[{"Operation":true,"Item":{"Id":1}}]"#),
            format!("element 0: invalid type: boolean `true`, expected {operation} at line 1 column 17"),
        ),
        (
            Data::json(r#"[{"Operation":0}]"#),
            "element 0: missing field `Item` at line 1 column 15".to_owned(),
        ),
        (
            Data::json(r#"[{"Operation":0,"Item":{"Id":"1"}}]"#),
            "element 0: `Id`: invalid type: string \"1\", expected u32 at line 1 column 9".to_owned(),
        ),
    ] {
        check_changes::<ToDo>(data, Err(&error));
    }
}

#[track_caller]
fn check_rows<T: DeserializeOwned + Clone + Debug + PartialEq + 'static>(
    data: Data,
    expected: Result<Vec<T>, &str>,
) {
    let expected = expected.map_err(str::to_owned);
    let found = SqlInput::from_input(data.clone()).map_err(|error| error.to_string());
    assert_eq!(found, expected.clone().map(SqlInput::new));
    let found = MySqlInput::from_input(data).map_err(|error| error.to_string());
    assert_eq!(found, expected.map(MySqlInput::new));
}

#[test]
fn rows() {
    let array = r#"[{"Id":1,"Title":"a"},{"Id":2,"Title":null}]"#;
    for data in [Data::text(array), Data::json(array), Data::bytes(array)] {
        check_rows(data.clone(), Ok(vec![to_do(1, "a"), to_do(2, "")]));
        let values = [
            json!({ "Id": 1, "Title": "a" }),
            json!({ "Id": 2, "Title": null }),
        ];
        check_rows(data, Ok(values.to_vec()));
    }
    check_rows(Data::text("[]"), Ok(Vec::<Value>::new()));
    for (data, error) in [
        (
            Data::none(),
            "the host sent no value; take an `Option` if it can be absent",
        ),
        (
            Data::text("rows"),
            "expected a batch, found a value that is no JSON array: expected value at line 1 column 1",
        ),
        (
            Data::json(r#"[{"Id":1},null]"#),
            "element 1: the host sent no value; take an `Option` if it can be absent",
        ),
        (
            Data::json(r#"[{"id":1}]"#),
            "element 0: missing field `Id` at line 1 column 8",
        ),
    ] {
        check_rows::<ToDo>(data, Err(error));
    }
}

#[test]
fn outputs() {
    let row = Data::json(r#"{"Id":1,"Title":"a"}"#);
    check_output(SqlOutput::new(to_do(1, "a")), Ok(row.clone()));
    check_output(MySqlOutput::new(to_do(1, "a")), Ok(row));
    let rows = Data::json(r#"[{"Id":1},{"Id":2}]"#);
    let both = [to_do(1, ""), to_do(2, "")];
    check_output(both.clone().map(SqlOutput::new).to_vec(), Ok(rows.clone()));
    check_output(both.map(MySqlOutput::new).to_vec(), Ok(rows));
    check_output(None::<SqlOutput>, Ok(Data::none()));
    check_output(Vec::<MySqlOutput>::new(), Ok(Data::none()));
    let error = "a row is a JSON object, but this is `[1]`; write a struct or a map";
    check_output(SqlOutput::new(json!([1])), Err(error));
    check_output(vec![MySqlOutput::new(json!([1]))], Err(error));
}

#[func]
#[binding(
    name = "$return",
    command_text = "dbo.Copy",
    connection_string_setting = "Sql"
)]
fn copy(
    #[binding(
        table_name = "dbo.ToDo",
        connection_string_setting = "Sql",
        leases_table_name = "marks"
    )]
    to_dos: SqlTrigger<ToDo>,
    #[binding(
        command_text = "SelectToDo",
        command_type = "StoredProcedure",
        parameters = "@Id=1",
        connection_string_setting = "Sql"
    )]
    _more: SqlInput<ToDo>,
) -> Vec<SqlOutput<ToDo>> {
    to_dos
        .changes
        .into_iter()
        .map(|change| change.item.into())
        .collect()
}

#[func]
#[binding(
    name = "output1",
    command_text = "copy",
    connection_string_setting = "MySql"
)]
fn my_copy(
    #[binding(route = "{id}")] _request: HttpRequest,
    #[binding(
        command_text = "select * from todo where id = @Id",
        parameters = "@Id={id}",
        connection_string_setting = "MySql"
    )]
    to_dos: MySqlInput<ToDo>,
) -> ((), Vec<MySqlOutput<ToDo>>) {
    ((), to_dos.rows.into_iter().map(MySqlOutput::new).collect())
}

#[func]
fn my_watch(
    #[binding(
        table_name = "todo",
        connection_string_setting = "MySql",
        leases_table_name = "marks"
    )]
    _to_dos: MySqlTrigger,
) {
}

#[test]
fn metadata() {
    check_metadata(
        &functions![copy, my_copy, my_watch],
        &expect![[r#"
        {"name":"toDos","type":"sqlTrigger","direction":"in","tableName":"dbo.ToDo","connectionStringSetting":"Sql","leasesTableName":"marks"}
        {"name":"more","type":"sql","direction":"in","commandText":"SelectToDo","commandType":"StoredProcedure","parameters":"@Id=1","connectionStringSetting":"Sql"}
        {"name":"$return","type":"sql","direction":"out","commandText":"dbo.Copy","connectionStringSetting":"Sql"}
        {"name":"request","type":"httpTrigger","direction":"in","route":"{id}"}
        {"name":"toDos","type":"mysql","direction":"in","commandText":"select * from todo where id = @Id","parameters":"@Id={id}","connectionStringSetting":"MySql"}
        {"name":"output1","type":"mysql","direction":"out","commandText":"copy","connectionStringSetting":"MySql"}
        {"name":"toDos","type":"mysqlTrigger","direction":"in","tableName":"todo","connectionStringSetting":"MySql","leasesTableName":"marks"}"#]],
    );
}
