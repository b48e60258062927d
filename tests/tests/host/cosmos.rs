//! Cosmos DB: the change feed triggers, documents are read, found and written.

use std::{sync::Arc, time::Duration};

use azure_functions_host::{
    EventKind,
    clock::{Clock as _, ManualClock},
    store::{ContainerName, MemoryCosmos},
};
use azure_functions_shared::rpc::{
    Content, Data, InvocationRequest, TypedData, parameter_binding::RpcData,
};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::support::{App, Setup, function, soon};

fn orders() -> ContainerName {
    ContainerName::new("shop", "orders")
}

fn object(value: &Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}

/// The calls that the worker heard so far.
fn calls(app: &App) -> Vec<InvocationRequest> {
    let contents = app.record().into_iter();
    contents
        .filter_map(|(_, message)| match message.content? {
            Content::InvocationRequest(request) => Some(request),
            _ => None,
        })
        .collect()
}

fn input(call: &InvocationRequest, at: usize) -> &TypedData {
    match call.input_data[at].rpc_data.as_ref() {
        Some(RpcData::Data(data)) => data,
        other => panic!("{other:?}"),
    }
}

/// The `id` and `n` of the documents in a batch, which must be a text.
fn batch(call: &InvocationRequest) -> Vec<(String, i64)> {
    let Some(Data::String(text)) = &input(call, 0).data else {
        panic!("{:?}", input(call, 0));
    };
    let documents: Vec<Value> = serde_json::from_str(text).unwrap();
    let documents = documents.iter();
    documents
        .map(|document| {
            for name in ["_rid", "_self", "_etag", "_attachments", "_ts", "_lsn"] {
                assert!(document.get(name).is_some(), "{name}: {document}");
            }
            (
                document["id"].as_str().unwrap().to_owned(),
                document["n"].as_i64().unwrap(),
            )
        })
        .collect()
}

/// An app whose functions are triggered by orders, with a clock and databases of the test.
fn watching(functions: &[(&str, Value)], clock: &ManualClock, cosmos: &MemoryCosmos) -> Setup {
    let functions: Vec<_> = functions
        .iter()
        .map(|(name, properties)| {
            let mut trigger = object(&json!({
                "type": "cosmosDBTrigger", "direction": "in", "name": "trigger",
                "databaseName": "shop", "containerName": "orders", "feedPollDelay": 2_000,
            }));
            trigger.extend(object(properties));
            let mut function = function(name, &json!([trigger]));
            if name.contains("flaky") || name.contains("fail") {
                function["retry"] = json!(1);
            }
            function
        })
        .collect();
    let mut setup = Setup::new(&functions);
    setup.config.clock = Arc::new(clock.clone());
    setup.config.cosmos = Some(cosmos.clone());
    setup
}

fn start() -> (ManualClock, MemoryCosmos) {
    let clock = ManualClock::new(Timestamp::UNIX_EPOCH);
    let cosmos = MemoryCosmos::new(Arc::new(clock.clone()));
    (clock, cosmos)
}

fn put(cosmos: &MemoryCosmos, id: &str, n: i64) {
    let document = object(&json!({ "id": id, "n": n }));
    cosmos.upsert(&orders(), document).unwrap();
}

fn changes(list: &[(&str, i64)]) -> Vec<(String, i64)> {
    list.iter().map(|(id, n)| ((*id).to_owned(), *n)).collect()
}

#[tokio::test]
async fn the_feed_is_read_from_the_start_of_the_host_on_and_goes_on_after_a_restart() {
    let (clock, cosmos) = start();
    put(&cosmos, "before", 0);
    let functions = [("echo", json!({ "maxItemsPerInvocation": "2" }))];
    let mut app = watching(&functions, &clock, &cosmos).start().await;
    for (id, n) in [("a", 1), ("b", 1), ("c", 1), ("a", 2)] {
        put(&cosmos, id, n);
    }
    soon(clock.until_asleep(1)).await;
    clock.advance(Duration::from_secs(2));
    app.event(EventKind::Succeeded).await;
    app.event(EventKind::Succeeded).await;
    soon(clock.until_asleep(1)).await;
    assert_eq!(clock.next_wake(), Some(Timestamp::from_second(4).unwrap()));
    let heard: Vec<_> = calls(&app).iter().map(batch).collect();
    assert_eq!(
        heard,
        [changes(&[("b", 1), ("c", 1)]), changes(&[("a", 2)])]
    );
    assert!(calls(&app)[0].trigger_metadata.is_empty());
    soon(app.host.stop()).await.unwrap();

    put(&cosmos, "while it was away", 3);
    let mut app = watching(&functions, &clock, &cosmos).start().await;
    app.event(EventKind::Succeeded).await;
    assert_eq!(batch(&calls(&app)[0]), changes(&[("while it was away", 3)]));
    soon(app.host.stop()).await.unwrap();
}

#[tokio::test]
async fn a_feed_that_is_to_be_read_without_a_pause_leaves_time_for_others() {
    let (clock, cosmos) = start();
    let functions = [("echo", json!({ "feedPollDelay": 0 }))];
    let app = watching(&functions, &clock, &cosmos).start().await;
    soon(clock.until_asleep(1)).await;
    assert!(clock.next_wake() > Some(clock.now()));
    soon(app.host.stop()).await.unwrap();
}

#[tokio::test]
async fn where_the_feed_begins() {
    for (properties, expected) in [
        (
            json!({ "startFromBeginning": true }),
            changes(&[("old", 0), ("new", 0)]),
        ),
        (
            json!({ "startFromTime": "1970-01-01T00:00:05Z" }),
            changes(&[("new", 0)]),
        ),
    ] {
        let (clock, cosmos) = start();
        put(&cosmos, "old", 0);
        clock.advance(Duration::from_secs(9));
        put(&cosmos, "new", 0);
        let mut app = watching(&[("echo", properties)], &clock, &cosmos)
            .start()
            .await;
        app.event(EventKind::Succeeded).await;
        assert_eq!(batch(&calls(&app)[0]), expected);
        soon(app.host.stop()).await.unwrap();
    }
}

#[tokio::test]
async fn a_batch_that_fails_is_tried_as_the_policy_says_and_then_gone() {
    let (clock, cosmos) = start();
    let own = |prefix: &str| json!({ "startFromBeginning": true, "leaseContainerPrefix": prefix });
    for (name, last) in [("fail", EventKind::Failed), ("flaky", EventKind::Succeeded)] {
        put(&cosmos, name, 1);
        let mut app = watching(&[(name, own(name))], &clock, &cosmos)
            .start()
            .await;
        app.event(EventKind::Failed).await;
        app.event(last).await;
        soon(clock.until_asleep(1)).await;
        put(&cosmos, "next", 2);
        clock.advance(Duration::from_secs(2));
        app.event(EventKind::Failed).await;
        let calls = calls(&app);
        assert_eq!(batch(&calls[0]), batch(&calls[1]));
        assert_eq!(calls[0].invocation_id, calls[1].invocation_id);
        assert_eq!(batch(&calls[2]), changes(&[("next", 2)]));
        soon(app.host.stop()).await.unwrap();
    }
}

#[tokio::test]
async fn functions_share_changes_unless_their_leases_have_prefixes() {
    for (prefix, expected) in [("", 1), ("own", 2)] {
        let (clock, cosmos) = start();
        put(&cosmos, "a", 1);
        let own =
            |prefix: &str| json!({ "startFromBeginning": true, "leaseContainerPrefix": prefix });
        let functions = [("echo_1", own("")), ("echo_2", own(prefix))];
        let mut app = watching(&functions, &clock, &cosmos).start().await;
        if prefix.is_empty() {
            let warning = soon(async {
                loop {
                    let event = app.events.next().await.unwrap();
                    if event.message.contains("same leases") {
                        return event.message;
                    }
                }
            });
            assert!(warning.await.contains("`echo_2` gets no changes"));
        }
        for _ in 0..expected {
            app.event(EventKind::Succeeded).await;
        }
        soon(clock.until_asleep(2)).await;
        assert_eq!(calls(&app).len(), expected);
        soon(app.host.stop()).await.unwrap();
    }
}

/// An HTTP function with more bindings.
fn serving(name: &str, more: &[Value]) -> Value {
    let mut bindings = vec![
        json!({ "type": "httpTrigger", "direction": "in", "name": "req", "authLevel": "anonymous" }),
        json!({ "type": "http", "direction": "out", "name": "$return" }),
    ];
    bindings.extend_from_slice(more);
    function(name, &Value::from(bindings))
}

fn cosmos_db(properties: &Value) -> Value {
    let mut binding = object(&json!({
        "type": "cosmosDB", "direction": "in", "name": "doc", "databaseName": "shop", "containerName": "orders",
    }));
    binding.extend(object(properties));
    binding.into()
}

#[tokio::test]
async fn documents_are_read_by_id_and_found_by_queries() {
    let (_, cosmos) = start();
    cosmos.create_container(&orders(), "/customer").unwrap();
    for (id, customer, n) in [("1", "ann", 1), ("2", "bob", 2), ("1", "bob", 3)] {
        let document = object(&json!({ "id": id, "customer": customer, "n": n }));
        cosmos.upsert(&orders(), document).unwrap();
    }
    let point = json!({ "id": "{id}", "partitionKey": "{customer}" });
    let query = json!({ "sqlQuery": "SELECT VALUE c.n FROM c WHERE c.customer = {customer} ORDER BY c.n DESC" });
    let numbers = |numbers: &[i64]| Some(Data::Json(json!(numbers).to_string()));
    for (properties, payload, expected) in [
        (&point, json!({ "id": "9", "customer": "ann" }), Ok(None)),
        (&point, json!({ "id": "2", "customer": "ann" }), Ok(None)),
        (&query, json!({ "customer": "bob" }), Ok(numbers(&[3, 2]))),
        (
            &query,
            json!({ "customer": "x' OR 1=1 --" }),
            Ok(numbers(&[])),
        ),
        (
            &json!({ "sqlQuery": "SELECT VALUE c.n FROM c", "partitionKey": "ann" }),
            json!({}),
            Ok(numbers(&[1])),
        ),
        (
            &json!({ "containerName": "none" }),
            json!({}),
            Ok(numbers(&[])),
        ),
        (
            &json!({ "containerName": "none", "id": "1" }),
            json!({}),
            Ok(None),
        ),
        (
            &json!({ "id": "1" }),
            json!({}),
            Err("partitioned by `/customer`"),
        ),
        (
            &json!({ "id": "1", "sqlQuery": "SELECT * FROM c" }),
            json!({}),
            Err("both `id` and `sqlQuery`"),
        ),
        (
            &json!({ "sqlQuery": "SELECT DISTINCT c.n FROM c" }),
            json!({}),
            Err("`DISTINCT` is not"),
        ),
        (
            &json!({ "databaseName": "" }),
            json!({}),
            Err("needs `databaseName`"),
        ),
    ] {
        let mut setup = Setup::new(&[serving("echo", &[cosmos_db(properties)])]);
        setup.config.cosmos = Some(cosmos.clone());
        let app = setup.start().await;
        let result = soon(app.host.invoke("echo", &payload.to_string())).await;
        match expected {
            Ok(expected) => {
                result.unwrap();
                assert_eq!(
                    input(&calls(&app)[0], 1).data,
                    expected,
                    "{properties} {payload}"
                );
            }
            Err(expected) => {
                let error = result.unwrap_err().to_string();
                assert!(error.contains(expected), "{error}");
            }
        }
        soon(app.host.stop()).await.unwrap();
    }
    let mut setup = Setup::new(&[serving("echo", &[cosmos_db(&point)])]);
    setup.config.cosmos = Some(cosmos);
    let app = setup.start().await;
    soon(app.host.invoke("echo", r#"{"id":"1","customer":"bob"}"#))
        .await
        .unwrap();
    let Some(Data::String(text)) = input(&calls(&app)[0], 1).data.clone() else {
        panic!("not a text");
    };
    let document: Value = serde_json::from_str(&text).unwrap();
    assert_eq!((&document["n"], document.get("_lsn")), (&json!(3), None));
    assert!(document["_etag"].is_string());
    soon(app.host.stop()).await.unwrap();
}

#[tokio::test]
async fn documents_are_written_and_what_is_none_is_refused() {
    let out = json!({ "direction": "out", "name": "out", "createIfNotExists": true, "partitionKey": "/n" });
    let app = Setup::new(&[serving("echo", &[cosmos_db(&out)])])
        .start()
        .await;
    let cosmos = app.host.cosmos();
    let stored = || -> Vec<(Value, Value)> {
        let documents = cosmos.documents(&orders(), None).into_iter();
        documents
            .map(|document| (document["id"].clone(), document["n"].clone()))
            .collect()
    };
    for (payload, expected) in [
        (r#"{"id":"1","n":1}"#, json!([["1", 1]])),
        (
            r#"[{"id":"1","n":2},{"id":"1","n":1,"date":"2026-01-01T00:00:00Z"}]"#,
            json!([["1", 1], ["1", 2]]),
        ),
        ("[]", json!([["1", 1], ["1", 2]])),
    ] {
        soon(app.host.invoke("echo", payload)).await.unwrap();
        assert_eq!(json!(stored()), expected, "{payload}");
    }
    let first = cosmos.get(&orders(), "1", &json!(1)).unwrap();
    assert_eq!(first["date"], "2026-01-01T00:00:00Z");
    assert_eq!(cosmos.partition_key(&orders()).as_deref(), Some("/n"));
    for (payload, expected) in [
        ("7", "`7` is not a document"),
        ("[null]", "`null` is not a document"),
        (r#"{"n":1}"#, "has no `id`"),
        ("{", "`{` is not a document"),
        ("{]}", "begins no property name"),
    ] {
        let error = soon(app.host.invoke("echo", payload))
            .await
            .unwrap_err()
            .to_string();
        assert!(error.contains(expected), "{payload}: {error}");
    }
    soon(app.host.stop()).await.unwrap();
}

#[tokio::test]
async fn a_trigger_that_cannot_work_is_an_error_and_one_by_hand_takes_documents() {
    let (clock, cosmos) = start();
    let functions = [
        ("echo", json!({})),
        ("echo_delay", json!({ "feedPollDelay": "soon" })),
        ("echo_batch", json!({ "maxItemsPerInvocation": 0 })),
        ("echo_time", json!({ "startFromTime": "yesterday" })),
        ("echo_container", json!({ "containerName": "" })),
    ];
    let app = watching(&functions, &clock, &cosmos).start().await;
    let errors: Vec<_> = app.host.errors().iter().map(ToString::to_string).collect();
    for expected in [
        "`feedPollDelay` is `soon`",
        "`maxItemsPerInvocation` is `0`",
        "`startFromTime` is `yesterday`",
        "needs `containerName`",
    ] {
        assert!(
            errors.iter().any(|error| error.contains(expected)),
            "{expected}: {errors:?}"
        );
    }
    for (text, expected) in [
        (r#"{"id":"1"}"#, Some(r#"[{"id":"1"}]"#)),
        (r#"[{"id":"1"}]"#, Some(r#"[{"id":"1"}]"#)),
        ("text", None),
    ] {
        let result = soon(app.host.invoke("echo", text)).await;
        assert_eq!(result.is_ok(), expected.is_some(), "{text}");
        if let Some(expected) = expected {
            let calls = calls(&app);
            let data = input(calls.last().unwrap(), 0).data.clone();
            assert_eq!(data, Some(Data::String(expected.to_owned())));
        }
    }
    soon(app.host.stop()).await.unwrap();
}
