//! Tables: what functions read of them, and write to them.

use azure_functions_host::{
    InvokeError,
    store::{Entity, Key, Property, Write},
};
use azure_functions_shared::rpc::{Content, Data, parameter_binding::RpcData};
use serde_json::{Value, json};

use crate::support::{App, Setup, function, soon};

/// A function of which a message is the trigger, with this binding besides.
fn on_message(name: &str, mut binding: Value) -> Value {
    let members = binding.as_object_mut().unwrap();
    for (member, value) in [
        ("type", "table"),
        ("name", "table"),
        ("tableName", "people"),
    ] {
        members.entry(member).or_insert_with(|| json!(value));
    }
    function(
        name,
        &json!([
            { "type": "queueTrigger", "direction": "in", "name": "trigger", "queueName": "in" },
            binding,
        ]),
    )
}

fn person(partition: &str, row: &str, age: i64) -> (Entity, Write) {
    let entity = Entity {
        properties: vec![("Age".to_owned(), Property::Int64(age))],
        ..Entity::new(Key::new(partition, row))
    };
    (entity, Write::Insert)
}

async fn invoke(app: &App, name: &str, input: &Value) -> Result<(), InvokeError> {
    let input = match input {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    soon(app.host.invoke(name, &input)).await.map(|_| ())
}

/// What the worker was given last for its second binding.
fn last_input(app: &App) -> Value {
    let mut contents = app.record().into_iter().rev();
    let request = contents
        .find_map(|(_, message)| match message.content {
            Some(Content::InvocationRequest(request)) => Some(request),
            _ => None,
        })
        .unwrap();
    match &request.input_data[1].rpc_data {
        Some(RpcData::Data(data)) => match &data.data {
            None => Value::Null,
            Some(Data::Json(text)) => serde_json::from_str(text).unwrap(),
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn functions_read_an_entity_or_the_entities_of_a_query() {
    let read = |name: &str, mut more: Value| {
        more["direction"] = json!("in");
        on_message(name, more)
    };
    let app = Setup::new(&[
        read("point", json!({ "partitionKey": "{p}", "rowKey": "{r}" })),
        read("partition", json!({ "partitionKey": "{p}" })),
        read("first", json!({ "take": 1 })),
        read(
            "filtered",
            json!({ "filter": "Age gt {age} or RowKey eq '{r}'" }),
        ),
        read(
            "both",
            json!({ "partitionKey": "a", "filter": "Age eq 1 or Age eq 3" }),
        ),
        read("whole", json!({ "filter": "{filter}" })),
        read("elsewhere", json!({ "tableName": "nobody", "take": "0" })),
    ])
    .start()
    .await;
    let people = vec![
        person("a", "1", 1),
        person("a", "2", 2),
        person("b", "1", 3),
    ];
    app.host.tables().write("people", people).await.unwrap();
    let row = |partition: &str, row: &str, age: i64| json!({ "PartitionKey": partition, "RowKey": row, "Age": age });
    for (name, input, expected) in [
        ("point", json!({ "p": "a", "r": "2" }), row("a", "2", 2)),
        ("point", json!({ "p": "a", "r": "3" }), Value::Null),
        (
            "partition",
            json!({ "p": "a" }),
            json!([row("a", "1", 1), row("a", "2", 2)]),
        ),
        ("partition", json!({ "p": "'" }), json!([])),
        ("first", json!("x"), json!([row("a", "1", 1)])),
        (
            "filtered",
            json!({ "age": 2, "r": "2" }),
            json!([row("a", "2", 2), row("b", "1", 3)]),
        ),
        // A quote does not end the value.
        (
            "filtered",
            json!({ "age": 9, "r": "' or Age gt 0 or '" }),
            json!([]),
        ),
        // The partition is no bound for what comes after an `or`.
        (
            "both",
            json!("x"),
            json!([row("a", "1", 1), row("b", "1", 3)]),
        ),
        (
            "whole",
            json!({ "filter": "Age eq 3" }),
            json!([row("b", "1", 3)]),
        ),
        ("elsewhere", json!("x"), json!([])),
    ] {
        invoke(&app, name, &input).await.unwrap();
        assert_eq!(last_input(&app), expected, "{name} {input}");
    }
    for (name, input, reason) in [
        (
            "filtered",
            json!({ "age": "0 or true", "r": "" }),
            "for neither a number nor a boolean",
        ),
        ("whole", json!({ "filter": "Age" , "x": 1 }), ""),
        (
            "whole",
            json!({ "filter": "Age eq" }),
            "the filter `Age eq` cannot be read at character 5",
        ),
    ] {
        match invoke(&app, name, &input).await {
            Ok(()) => assert_eq!(reason, "", "{input}"),
            Err(error) => {
                let text = error.to_string();
                assert!(!reason.is_empty() && text.contains(reason), "{text}");
            }
        }
    }
    soon(app.host.stop()).await.unwrap();
}

#[tokio::test]
async fn functions_insert_entities() {
    let write = |name: &str, mut more: Value| {
        more["direction"] = json!("out");
        on_message(name, more)
    };
    let app = Setup::new(&[
        write("insert", json!({})),
        write("keyed", json!({ "partitionKey": "k", "rowKey": "{id}" })),
    ])
    .start()
    .await;
    let entity = |row: &str| json!({ "PartitionKey": "p", "RowKey": row, "When": "2026-01-02" });
    for (name, input, reason) in [
        ("insert", entity("1"), Ok(())),
        (
            "insert",
            entity("1"),
            Err("there is an entity `p` `1` already"),
        ),
        ("insert", json!([entity("2"), entity("3")]), Ok(())),
        (
            "insert",
            json!([entity("4"), entity("2")]),
            Err("there is an entity `p` `2` already"),
        ),
        ("insert", json!([]), Ok(())),
        (
            "insert",
            json!("[1]"),
            Err("an entity is a JSON object, but this is `1`"),
        ),
        (
            "insert",
            json!("text"),
            Err("an entity is a JSON object, but this is `text`"),
        ),
        (
            "insert",
            json!({ "RowKey": "5" }),
            Err("the entity has no `PartitionKey`"),
        ),
        ("keyed", json!({ "id": "7" }), Ok(())),
        ("keyed", json!({ "id": "8", "RowKey": "9" }), Ok(())),
    ] {
        match (invoke(&app, name, &input).await, reason) {
            (Ok(()), expected) => assert_eq!(expected, Ok(()), "{input}"),
            (Err(error), expected) => {
                let text = error.to_string();
                let fact = expected.expect_err(&text);
                assert!(
                    text.starts_with(&format!("the output `table` cannot be written: {fact}")),
                    "{text}"
                );
            }
        }
    }
    let found = app.host.tables().query("people", None, None).await.unwrap();
    let keys: Vec<_> = found.iter().map(|entity| entity.key.to_string()).collect();
    assert_eq!(
        keys,
        ["`k` `7`", "`k` `9`", "`p` `1`", "`p` `2`", "`p` `3`"]
    );
    let date = ("When".to_owned(), Property::String("2026-01-02".to_owned()));
    assert_eq!(found[2].properties, [date]);
    soon(app.host.stop()).await.unwrap();
}
