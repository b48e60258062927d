//! Tests of the bindings: what they declare, read and write.

use std::{collections::BTreeMap, fmt::Debug};

use bytes::Bytes;
use expect_test::expect;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Value, json};

use super::{Table, TableEntity, edm};
use crate::{
    Data, FromInput, IntoOutput, Timestamp,
    bindings::{HttpRequest, check::check_output},
    func, functions,
    worker::metadata,
};

#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
enum Kind {
    #[default]
    Plain,
    Sized(u8),
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Thing {
    text: String,
    letter: char,
    flag: bool,
    small: i8,
    int: i64,
    unsigned: u32,
    real: f64,
    half: f32,
    bytes: Bytes,
    time: edm::DateTime,
    guid: edm::Guid,
    plain_time: Timestamp,
    kind: Kind,
    size: Kind,
    list: Vec<i32>,
    map: BTreeMap<String, i32>,
    pair: (i32, String),
    some: Option<i64>,
    none: Option<i64>,
}

#[derive(Debug, PartialEq, Deserialize)]
struct Words {
    text: String,
    flag: bool,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Age {
    age: i64,
}

#[func]
fn all(
    _request: HttpRequest,
    #[binding(table_name = "people", partition_key = "{p}", row_key = "{r}")] _point: TableEntity<
        Age,
    >,
    #[binding(
        table_name = "people",
        partition_key = "p",
        row_key = "r",
        connection = "Other"
    )]
    _maybe: Option<TableEntity>,
    #[binding(table_name = "people", filter = "age gt {age}", take = 5)] _query: Table<Age>,
    #[binding(table_name = "%PEOPLE%")] _list: Vec<TableEntity<Age>>,
) {
}

#[func]
#[binding(name = "$return", table_name = "people")]
#[binding(name = "output1", table_name = "people", partition_key = "p")]
#[binding(name = "output2", table_name = "people", row_key = "{r}")]
fn outputs(_request: HttpRequest) -> (Table, Option<TableEntity<Age>>, Vec<TableEntity<Age>>) {
    (Table::new(), None, Vec::new())
}

#[test]
fn metadata() {
    let [all, outputs] = functions![all, outputs];
    let lines = [all, outputs].map(|function| metadata::lines(function).split_off(1).join("\n"));
    expect![[r#"
        {"name":"point","type":"table","direction":"in","tableName":"people","partitionKey":"{p}","rowKey":"{r}"}
        {"name":"maybe","type":"table","direction":"in","tableName":"people","partitionKey":"p","rowKey":"r","connection":"Other"}
        {"name":"query","type":"table","direction":"in","tableName":"people","filter":"age gt {age}","take":5}
        {"name":"list","type":"table","direction":"in","tableName":"%PEOPLE%"}
        {"name":"$return","type":"table","direction":"out","tableName":"people"}
        {"name":"output1","type":"table","direction":"out","tableName":"people","partitionKey":"p"}
        {"name":"output2","type":"table","direction":"out","tableName":"people","rowKey":"{r}"}"#]]
    .assert_eq(&lines.join("\n"));
}

fn thing() -> Thing {
    Thing {
        text: "2026-01-02T03:04:05Z".to_owned(),
        letter: 'é',
        flag: true,
        small: -8,
        int: i64::MIN,
        unsigned: u32::MAX,
        real: 3.0,
        half: 0.1,
        bytes: Bytes::from_static(&[0, 0xff]),
        time: edm::DateTime("2026-01-02T03:04:05.678Z".parse().unwrap()),
        guid: edm::Guid("00000000-0000-0000-0000-00000000000a".to_owned()),
        plain_time: Timestamp::UNIX_EPOCH,
        kind: Kind::Plain,
        size: Kind::Sized(7),
        list: vec![1, 2],
        map: [("a".to_owned(), 1)].into(),
        pair: (1, "x".to_owned()),
        some: Some(1),
        none: None,
    }
}

#[test]
fn an_entity_is_written_flat() {
    let data = TableEntity::new("p", "r", thing()).into_output().unwrap();
    let json: Value = data.decode_json().unwrap();
    assert_eq!(
        json,
        json!({
            "PartitionKey": "p", "RowKey": "r",
            "text": "2026-01-02T03:04:05Z", "letter": "é", "flag": true,
            "small": -8, "int": i64::MIN, "unsigned": u32::MAX, "real": 3.0, "half": 0.1_f32,
            "bytes": "AP8=", "bytes@odata.type": "Edm.Binary",
            "time": "2026-01-02T03:04:05.678Z", "time@odata.type": "Edm.DateTime",
            "guid": "00000000-0000-0000-0000-00000000000a", "guid@odata.type": "Edm.Guid",
            "plain_time": "1970-01-01T00:00:00Z",
            "kind": "Plain", "size": "{\"Sized\":7}",
            "list": "[1,2]", "map": "{\"a\":1}", "pair": "[1,\"x\"]", "some": 1,
        })
    );
}

/// What the host makes of an entity that it was given: the annotations are gone, and dates have another form.
fn stored(data: Data) -> Data {
    let mut json: Value = data.decode_json().unwrap();
    let members = json.as_object_mut().unwrap();
    members.retain(|name, _| !name.contains('@'));
    if let Some(time) = members.get_mut("time") {
        *time = json!("2026-01-02T03:04:05.678+00:00");
    }
    Data::json(json.to_string())
}

#[test]
fn an_entity_is_read_as_it_was_written() {
    let mut odd = thing();
    for real in [
        f64::MIN_POSITIVE,
        f64::MAX,
        f64::INFINITY,
        f64::NEG_INFINITY,
    ] {
        odd.real = real;
        let entity = TableEntity::new("p", "r", odd.clone());
        let data = stored(entity.clone().into_output().unwrap());
        assert_eq!(TableEntity::from_input(data).unwrap(), entity);
    }
    odd.real = f64::NAN;
    let data = stored(TableEntity::new("p", "r", odd).into_output().unwrap());
    let read = TableEntity::<Thing>::from_input(data).unwrap();
    assert!(read.properties.real.is_nan());
}

#[test]
fn an_entity_that_does_not_exist() {
    for data in [Data::none(), Data::json("null")] {
        assert_eq!(Option::<TableEntity>::from_input(data).unwrap(), None);
    }
    assert!(
        Option::<TableEntity>::from_input(Data::json("{}"))
            .unwrap()
            .is_some()
    );
}

#[track_caller]
fn check_point<T: DeserializeOwned + Debug + PartialEq>(
    data: Data,
    expected: Result<TableEntity<T>, &str>,
) {
    let read = TableEntity::from_input(data).map_err(|error| error.to_string());
    assert_eq!(read, expected.map_err(str::to_owned));
}

fn person(age: i64) -> TableEntity<Age> {
    TableEntity::new("p", "r", Age { age })
}

#[test]
fn point_reads() {
    let forms = [
        json!({ "PartitionKey": "p", "RowKey": "r", "age": 5 }),
        json!({ "partitionKey": "p", "rowkey": "r", "age": "5", "unknown": [1] }),
    ];
    for json in forms {
        let text = json.to_string();
        check_point(Data::json(text.clone()), Ok(person(5)));
        check_point(Data::text(text.clone()), Ok(person(5)));
        check_point(Data::bytes(text), Ok(person(5)));
    }
    check_point(
        Data::json(
            r#"{"PartitionKey":7,"RowKey":"","Timestamp":"2026-01-02T03:04:05+00:00","odata.etag":"W/1","age":1}"#,
        ),
        Ok(TableEntity {
            timestamp: Some("2026-01-02T03:04:05Z".parse().unwrap()),
            etag: Some("W/1".to_owned()),
            ..TableEntity::new("7", "", Age { age: 1 })
        }),
    );
    check_point(
        Data::json(r#"{"PartitionKey":"p","RowKey":"r","age":"5","n":1.5}"#),
        Ok(TableEntity::new(
            "p",
            "r",
            json!({ "age": "5", "n": 1.5 })
                .as_object()
                .cloned()
                .unwrap(),
        )),
    );
    check_point(
        Data::json(r#"{"PartitionKey":"p","RowKey":"r","text":5,"flag":"True"}"#),
        Ok(TableEntity::new(
            "p",
            "r",
            Words {
                text: "5".to_owned(),
                flag: true,
            },
        )),
    );
    for (data, reason) in [
        (
            Data::none(),
            "the host sent no value; take an `Option` if it can be absent",
        ),
        (
            Data::json("null"),
            "the host sent no value; take an `Option` if it can be absent",
        ),
        (
            Data::json("[]"),
            "the host sent many entities where one is wanted; give the binding a `partition_key` and a `row_key`, or take a `Table`",
        ),
        (
            Data::json("5"),
            "expected an entity, which is a JSON object, found `5`",
        ),
        (
            Data::json(r#"{"PartitionKey":[],"RowKey":"r","age":5}"#),
            "`PartitionKey`: expected text, found `[]`",
        ),
        (
            Data::json(r#"{"age":"old"}"#),
            "`age`: invalid type: string \"old\", expected i64",
        ),
        (
            Data::json(r#"{"age":null}"#),
            "`age`: invalid type: null, expected i64",
        ),
        (Data::json("{}"), "missing field `age`"),
        (
            Data::text("{"),
            "EOF while parsing an object at line 1 column 1",
        ),
        (
            Data::bytes(vec![b'"', 0xff, b'"']),
            "invalid unicode code point at line 1 column 2",
        ),
    ] {
        check_point::<Age>(data, Err(reason));
    }
}

#[track_caller]
fn check_query(data: &Data, expected: Result<Vec<TableEntity<Age>>, &str>) {
    let expected = expected.map_err(str::to_owned);
    let list = Vec::<TableEntity<Age>>::from_input(data.clone());
    assert_eq!(list.map_err(|error| error.to_string()), expected);
    let table = Table::<Age>::from_input(data.clone()).map(|table| table.into_iter().collect());
    assert_eq!(table.map_err(|error| error.to_string()), expected);
}

#[test]
fn queries() {
    let row = r#"{"PartitionKey":"p","RowKey":"r","age":5}"#;
    check_query(
        &Data::json(format!("[{row},{row}]")),
        Ok(vec![person(5), person(5)]),
    );
    check_query(&Data::text(format!("[{row}]")), Ok(vec![person(5)]));
    check_query(&Data::json(row), Ok(vec![person(5)]));
    check_query(&Data::json("[]"), Ok(Vec::new()));
    check_query(&Data::json("null"), Ok(Vec::new()));
    check_query(&Data::none(), Ok(Vec::new()));
    check_query(
        &Data::json(format!("[{row},null]")),
        Err("element 1: expected an entity, which is a JSON object, found `null`"),
    );
    check_query(
        &Data::json(format!("[{row},{{\"age\":[]}}]")),
        Err("element 1: `age`: invalid type: sequence, expected i64"),
    );
    check_query(
        &Data::json("true"),
        Err("expected an entity, which is a JSON object, found `true`"),
    );
}

#[test]
fn writes() {
    check_output(Table::new(), Ok(Data::none()));
    check_output(None::<Table>, Ok(Data::none()));
    check_output(
        person(5),
        Ok(Data::json(r#"{"PartitionKey":"p","RowKey":"r","age":5}"#)),
    );
    check_output(
        TableEntity::new("", "", Age { age: 5 }).or_replace(),
        Ok(Data::json(r#"{"ETag":"*","age":5}"#)),
    );
    check_output(
        vec![person(1), person(2)],
        Ok(Data::json(
            r#"[{"PartitionKey":"p","RowKey":"r","age":1},{"PartitionKey":"p","RowKey":"r","age":2}]"#,
        )),
    );
    let mut table = Table::new();
    table.add_row("p", "1").insert("x".to_owned(), json!([1]));
    table
        .add_row_value(json!({ "RowKey": "2", "x": null, "y": true }))
        .unwrap();
    assert!(table.add_row_value(json!(1)).is_err());
    assert_eq!(table.len(), 2);
    let mut typed = Table::<Thing>::default();
    typed.add_row("p", "1").int = 5;
    assert_eq!(typed.rows().next().map(|row| row.properties.int), Some(5));
    assert_eq!(
        table.to_string(),
        r#"[{"PartitionKey":"p","RowKey":"1","x":[1]},{"PartitionKey":"","RowKey":"2","x":null,"y":true}]"#
    );
    check_output(
        table,
        Ok(Data::json(
            r#"[{"PartitionKey":"p","RowKey":"1","x":"[1]"},{"RowKey":"2","y":true}]"#,
        )),
    );
    check_output(
        TableEntity::new("p", "r", ()),
        Ok(Data::json(r#"{"PartitionKey":"p","RowKey":"r"}"#)),
    );
    check_output(
        TableEntity::new("p", "r", 5),
        Err(
            "the entity `p` `r` cannot be written: the properties of an entity are a struct or a map; take one of these",
        ),
    );
    check_output(
        TableEntity::new("p", "r", json!({ "big": u64::MAX })),
        Err(
            "the entity `p` `r` cannot be written: `big`: `18446744073709551615` is above the largest integer of a table; store it as text",
        ),
    );
    check_output(
        TableEntity::new("p", "r", json!({ "rowkey": 1 })),
        Err(
            "the entity `p` `r` cannot be written: `rowkey` is a property of every entity; set the field of `TableEntity`, and give this one another name",
        ),
    );
}
