//! What starts functions, and what the host says of it.

use std::{fs, path::Path};

use azure_functions_shared::rpc::{CollectionBytes, CollectionString, Data, ModelBindingData};
use serde_json::{Value, json};

use crate::conversation::{bindings, call, capabilities, failure, json, metadata};

fn text(text: &str) -> Data {
    Data::String(text.to_owned())
}

fn as_json(value: &Value) -> Data {
    Data::Json(value.to_string())
}

fn texts(texts: &[&str]) -> Data {
    Data::CollectionString(CollectionString {
        string: texts.iter().map(|&text| text.to_owned()).collect(),
    })
}

#[tokio::test]
async fn trap_08_a_batch_asks_for_bytes_and_so_need_not_be_json() {
    let trigger = bindings("batch").await.remove(0);
    assert_eq!(trigger["cardinality"], "many");
    assert_eq!(trigger["dataType"], "binary");
    let events = CollectionBytes {
        bytes: vec!["plain".into(), "{".into()],
    };
    let response = call("batch", "events", Data::CollectionBytes(events), &[]).await;
    assert_eq!(json(&response)[0]["message"], "plain");
    assert_eq!(json(&response)[1]["message"], "{");
}

#[tokio::test]
async fn trap_09_lists_that_lack_what_is_empty_are_not_matched_with_the_batch() {
    assert!(
        capabilities()
            .await
            .contains_key("IncludeEmptyEntriesInMessagePayload")
    );
    let system = json!([
        {"PartitionKey": "a", "SequenceNumber": 7},
        {"PartitionKey": null, "SequenceNumber": 8},
        {"PartitionKey": "c", "SequenceNumber": 9},
    ]);
    // Two keys for three events: whose they are only the other list says.
    let response = call(
        "batch",
        "events",
        texts(&["x", "", "z"]),
        &[
            ("PartitionKeyArray", texts(&["a", "c"])),
            ("SystemPropertiesArray", as_json(&system)),
        ],
    )
    .await;
    let keys: Vec<_> = [0, 1, 2]
        .map(|at| json(&response)[at]["key"].clone())
        .into();
    assert_eq!(Value::from(keys), json!(["a", null, "c"]));
    assert_eq!(json(&response)[1]["message"], "");
    let response = call(
        "batch",
        "events",
        texts(&["x", "", "z"]),
        &[("PartitionKeyArray", texts(&["a", "c"]))],
    )
    .await;
    assert_eq!(json(&response)[0]["key"], Value::Null);
}

#[tokio::test]
async fn trap_10_members_of_a_message_hide_what_the_host_says() {
    let message = r#"{"Id":5,"DequeueCount":"often","InsertionTime":{}}"#;
    let response = call(
        "message",
        "message",
        text(message),
        &[
            ("Id", text("5")),
            ("DequeueCount", text("often")),
            ("InsertionTime", as_json(&json!({}))),
        ],
    )
    .await;
    assert_eq!(
        json(&response),
        json!({"message": message, "id": "5", "count": null, "inserted": null, "expires": null})
    );
}

#[tokio::test]
async fn trap_11_the_names_of_bindings_have_letters_and_digits_only() {
    for (function, bindings) in metadata().await {
        for binding in bindings {
            let name = binding["name"].as_str().unwrap();
            let is_plain = name.chars().all(|letter| letter.is_ascii_alphanumeric());
            assert!(is_plain || name == "$return", "{function}: {name}");
        }
    }
}

#[tokio::test]
async fn trap_15_no_binding_asks_for_a_reference_and_one_that_comes_is_refused() {
    for (function, bindings) in metadata().await {
        assert!(
            !Value::from(bindings)
                .to_string()
                .contains("DeferredBinding"),
            "{function}"
        );
    }
    let reference = ModelBindingData {
        source: "AzureStorageQueues".to_owned(),
        ..ModelBindingData::default()
    };
    let response = call("message", "message", Data::ModelBindingData(reference), &[]).await;
    assert_eq!(
        failure(response),
        "parameter `message`: expected one value, found a reference for an SDK client"
    );
}

#[tokio::test]
async fn trap_16_dates_without_a_zone_are_utc_and_some_are_none() {
    for (sent, read) in [
        ("2026-01-02T03:04:05.678", json!("2026-01-02T03:04:05.678Z")),
        (
            "2026-01-02T03:04:05.6780000Z",
            json!("2026-01-02T03:04:05.678Z"),
        ),
        ("2026-01-02T03:04:05+02:00", json!("2026-01-02T01:04:05Z")),
    ] {
        let time = [("EnqueuedTimeUtc", as_json(&json!(sent)))];
        let response = call("event", "event", text("x"), &time).await;
        assert_eq!(json(&response)["time"], read, "{sent}");
    }
    let response = call(
        "message",
        "message",
        text("x"),
        &[(
            "ExpirationTime",
            as_json(&json!("9999-12-31T23:59:59.9999999+00:00")),
        )],
    )
    .await;
    assert_eq!(
        json(&response)["expires"],
        azure_functions::Timestamp::MAX.to_string()
    );
    let timer = json!({"ScheduleStatus": {"Last": "0001-01-01T00:00:00", "Next": "2026-01-02T03:04:05+01:00"}});
    let response = call("tick", "timer", as_json(&timer), &[]).await;
    assert_eq!(
        json(&response)["status"],
        json!([null, "2026-01-02T02:04:05Z"])
    );
}

#[tokio::test]
async fn trap_17_numbers_come_as_json_and_texts_in_quotes() {
    for (id, count) in [
        (
            Data::Json("\"3f2504e0\"".to_owned()),
            Data::Json("3".to_owned()),
        ),
        (text("3f2504e0"), text("3")),
        (Data::Bytes("3f2504e0".into()), Data::Int(3)),
        (text("3f2504e0"), Data::Double(3.0)),
    ] {
        let shown = format!("{id:?} {count:?}");
        let metadata = [("Id", id), ("DequeueCount", count)];
        let response = call("message", "message", text("x"), &metadata).await;
        assert_eq!(json(&response)["id"], "3f2504e0", "{shown}");
        assert_eq!(json(&response)["count"], 3, "{shown}");
    }
}

#[tokio::test]
async fn trap_20_a_timer_is_read_in_either_case_and_may_have_no_status() {
    let known = json!({"late": true, "dst": true, "status": [null, "2026-01-02T03:04:05Z"]});
    let next = "2026-01-02T03:04:05+00:00";
    for (sent, read) in [
        (
            json!({"Schedule": {"AdjustForDST": true}, "ScheduleStatus": {"Next": next}, "IsPastDue": true}),
            known.clone(),
        ),
        (
            json!({"schedule": {"adjustForDST": true}, "scheduleStatus": {"next": next}, "isPastDue": true}),
            known,
        ),
        (
            json!({"Schedule": {"AdjustForDST": true}, "ScheduleStatus": null, "IsPastDue": true}),
            json!({"late": true, "dst": true, "status": null}),
        ),
        (
            json!({}),
            json!({"late": false, "dst": false, "status": null}),
        ),
    ] {
        let response = call("tick", "timer", as_json(&sent), &[]).await;
        assert_eq!(json(&response), read, "{sent}");
    }
}

#[tokio::test]
async fn trap_21_old_names_of_cosmos_db_are_sent_as_the_present_ones() {
    let [trigger, output] = bindings("changed").await.try_into().unwrap();
    assert_eq!(
        trigger,
        json!({
            "name": "orders",
            "type": "cosmosDBTrigger",
            "direction": "in",
            "databaseName": "shop",
            "containerName": "orders",
            "connection": "Cosmos",
            "leaseContainerName": "leases",
            "leaseConnection": "Leases",
            "createLeaseContainerIfNotExists": true,
            "leasesContainerThroughput": 400,
            "leaseContainerPrefix": "a",
        })
    );
    assert_eq!(
        output,
        json!({
            "name": "$return",
            "type": "cosmosDB",
            "direction": "out",
            "databaseName": "shop",
            "containerName": "log",
            "connection": "Cosmos",
            "containerThroughput": 400,
        })
    );
}

#[test]
fn trap_22_no_example_takes_the_preview_bundle() {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples");
    for example in fs::read_dir(examples).unwrap() {
        let file = example.unwrap().path().join("host.json");
        let text = fs::read_to_string(&file).unwrap();
        let host: Value = serde_json::from_str(&text).unwrap();
        let bundle = &host["extensionBundle"]["id"];
        assert!(
            bundle.is_null() || bundle == "Microsoft.Azure.Functions.ExtensionBundle",
            "{}: {bundle}",
            file.display()
        );
    }
}
