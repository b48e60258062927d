//! Documents in and out.

use std::fmt::Debug;

use bytes::Bytes;
use expect_test::expect;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Value, json};

use super::{CosmosDbDocument, CosmosDbProperties, CosmosDbTrigger};
use crate::{
    Data, FromInput, FromTrigger, Json, Timestamp, Update,
    bindings::{
        HttpRequest,
        check::{check_metadata, check_output},
    },
    func, functions,
};

/// A document as the service keeps it, from the change feed.
const DOCUMENT: &str = r#"{"id":"1","total":2,"_rid":"AAE=","_self":"dbs/a/","_etag":"\"e\"","_attachments":"attachments/","_ts":1767225600,"_lsn":12}"#;

#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
struct Order {
    id: String,
    total: u32,
}

fn order(id: &str, total: u32) -> Order {
    Order {
        id: id.to_owned(),
        total,
    }
}

fn properties() -> CosmosDbProperties {
    CosmosDbProperties {
        rid: Some("AAE=".to_owned()),
        self_link: Some("dbs/a/".to_owned()),
        etag: Some("\"e\"".to_owned()),
        attachments: Some("attachments/".to_owned()),
        timestamp: Some("2026-01-01T00:00:00Z".parse().unwrap()),
        lsn: Some(12),
    }
}

fn read<T>(content: T) -> CosmosDbDocument<T> {
    CosmosDbDocument {
        properties: properties(),
        ..CosmosDbDocument::new(content)
    }
}

#[track_caller]
fn check_input<T: FromInput + Debug + PartialEq>(data: Data, expected: Result<T, &str>) {
    assert_eq!(
        T::from_input(data).map_err(|error| error.to_string()),
        expected.map_err(str::to_owned)
    );
}

#[test]
fn one_document() {
    for data in [
        Data::text(DOCUMENT),
        Data::json(DOCUMENT),
        Data::bytes(DOCUMENT),
    ] {
        check_input(data.clone(), Ok(read(order("1", 2))));
        check_input(data.clone(), Ok(Some(read(order("1", 2)))));
        check_input(data.clone(), Ok(read(Json(order("1", 2)))));
        check_input(data.clone(), Ok(read(DOCUMENT.to_owned())));
        check_input(data.clone(), Ok(read(Bytes::from(DOCUMENT))));
        check_input(
            data,
            Ok(read(serde_json::from_str::<Value>(DOCUMENT).unwrap())),
        );
    }
    check_input(Data::none(), Ok(None::<CosmosDbDocument>));
    // What is not what its name says is left out.
    check_input(
        Data::text(r#"{"id":"1","total":2,"_ts":"1","_lsn":"7","_etag":5,"_rid":null,"_self":[]}"#),
        Ok(CosmosDbDocument {
            properties: CosmosDbProperties {
                timestamp: Some(Timestamp::from_second(1).unwrap()),
                lsn: Some(7),
                ..CosmosDbProperties::default()
            },
            ..CosmosDbDocument::new(order("1", 2))
        }),
    );
    for (data, error) in [
        (
            Data::none(),
            "the document does not exist; take `Option<CosmosDbDocument>` if it need not",
        ),
        (
            Data::json("[]"),
            "expected a document, found a value that is no JSON object",
        ),
        (
            Data::text("7"),
            "expected a document, found a value that is no JSON object",
        ),
        (
            Data::text(""),
            "expected a document, found a value that is no JSON object",
        ),
        (
            Data::text("{"),
            "EOF while parsing an object at line 1 column 1",
        ),
        (
            Data::text(r#"{"id":1}"#),
            "`id`: invalid type: integer `1`, expected a string at line 1 column 7",
        ),
        (
            Data::text(r#"{"id":"1","total":"2"}"#),
            "`total`: invalid type: string \"2\", expected u32 at line 1 column 21",
        ),
        (
            Data::text(r#"{"id":"1"}"#),
            "missing field `total` at line 1 column 10",
        ),
    ] {
        check_input::<CosmosDbDocument<Order>>(data, Err(error));
    }
    let error = CosmosDbDocument::<Order>::from_input(Data::bytes(b"{\"id\":\"\xff\"}".to_vec()));
    assert!(error.unwrap_err().to_string().starts_with("`id`: "));
}

#[test]
fn many_documents() {
    let array = format!("[{DOCUMENT},{{\"id\":\"2\",\"total\":3,\"more\":true}}]");
    for data in [
        Data::json(&array),
        Data::text(&array),
        Data::bytes(array.clone()),
    ] {
        check_input(data, Ok(vec![read(order("1", 2)), order("2", 3).into()]));
    }
    check_input(Data::json("[]"), Ok(Vec::<CosmosDbDocument>::new()));
    check_input(Data::json("[7]"), Ok(vec![CosmosDbDocument::new(7_u64)]));
    check_input(
        Data::json("[\"a\",null]"),
        Ok(vec![
            CosmosDbDocument::new(Some("a".to_owned())),
            None.into(),
        ]),
    );
    for (data, error) in [
        (
            Data::none(),
            "the host sent no value; take an `Option` if it can be absent",
        ),
        (
            Data::json("{}"),
            "expected a batch, found a value that is no JSON array: invalid type: map, expected a sequence at line 1 column 0",
        ),
        (
            Data::json(r#"[{"id":"1","total":2},null]"#),
            "element 1: the host sent no value; take an `Option` if it can be absent",
        ),
        (
            Data::json(r#"[{"id":"1","total":-1}]"#),
            "element 0: `total`: invalid value: integer `-1`, expected u32 at line 1 column 20",
        ),
    ] {
        check_input::<Vec<CosmosDbDocument<Order>>>(data, Err(error));
    }
}

#[track_caller]
fn check_trigger<T: DeserializeOwned + Debug + PartialEq + 'static>(
    data: Data,
    expected: Result<Vec<T>, &str>,
) {
    let trigger = crate::Trigger::default();
    let found = CosmosDbTrigger::<T>::from_trigger(data, &trigger);
    assert_eq!(
        found.map_err(|error| error.to_string()),
        expected.map(CosmosDbTrigger::new).map_err(str::to_owned)
    );
}

#[test]
fn changes() {
    let array = format!("[{DOCUMENT}]");
    for data in [
        Data::text(&array),
        Data::json(&array),
        Data::bytes(array.clone()),
    ] {
        check_trigger(data.clone(), Ok(vec![order("1", 2)]));
        check_trigger(data.clone(), Ok(vec![read(order("1", 2))]));
        check_trigger(data.clone(), Ok(vec![DOCUMENT.to_owned()]));
        check_trigger(
            data,
            Ok(vec![serde_json::from_str::<Value>(DOCUMENT).unwrap()]),
        );
    }
    check_trigger(Data::text("[]"), Ok(Vec::<Order>::new()));
    for (data, error) in [
        (
            Data::none(),
            "the host sent no value; take an `Option` if it can be absent",
        ),
        (
            Data::text("hi"),
            "expected a batch, found a value that is no JSON array: expected value at line 1 column 1",
        ),
        (
            Data::text("[null]"),
            "element 0: the host sent no value; take an `Option` if it can be absent",
        ),
        (
            Data::text(r#"[{"id":"1","total":1},{"id":"2"}]"#),
            "element 1: missing field `total` at line 1 column 10",
        ),
    ] {
        check_trigger::<Order>(data, Err(error));
    }
    check_trigger::<CosmosDbDocument<Order>>(
        Data::text(r#"[{"id":1}]"#),
        Err("element 0: `id`: invalid type: integer `1`, expected a string at line 1 column 7"),
    );
}

#[test]
fn outputs() {
    let written = r#"{"id":"1","total":2}"#;
    check_output(
        CosmosDbDocument::new(order("1", 2)),
        Ok(Data::json(written)),
    );
    check_output(
        CosmosDbDocument::new(Json(order("1", 2))),
        Ok(Data::json(written)),
    );
    check_output(
        CosmosDbDocument::new(json!({ "id": "1" })),
        Ok(Data::json(r#"{"id":"1"}"#)),
    );
    check_output(
        CosmosDbDocument::new(format!(" {written}\n")),
        Ok(Data::json(written)),
    );
    check_output(
        CosmosDbDocument::new(Bytes::from(written)),
        Ok(Data::json(written)),
    );
    check_output(None::<CosmosDbDocument>, Ok(Data::none()));
    check_output(Vec::<CosmosDbDocument>::new(), Ok(Data::none()));
    let many = vec![CosmosDbDocument::new(order("1", 2)), order("2", 3).into()];
    check_output(
        many,
        Ok(Data::json(r#"[{"id":"1","total":2},{"id":"2","total":3}]"#)),
    );
    for (document, error) in [
        (
            "[1]",
            "a document is a JSON object, but this is `[1]`; write a struct or a map",
        ),
        (
            "{",
            "a document is a JSON object, but this is no JSON: EOF while parsing an object at line 1 column 1",
        ),
    ] {
        check_output(CosmosDbDocument::new(document.to_owned()), Err(error));
        check_output(vec![CosmosDbDocument::new(document.to_owned())], Err(error));
    }
    check_output(
        CosmosDbDocument::new(Value::Null),
        Err("a document is a JSON object, but this is `null`; write a struct or a map"),
    );
    let json = serde_json::to_string(&[read(order("1", 2))]).unwrap();
    assert_eq!(json, format!("[{written}]"));
}

#[track_caller]
fn check_update<T: Clone + Default + Serialize + 'static>(
    mut document: CosmosDbDocument<T>,
    change: impl FnOnce(&mut T),
    expected: Result<Data, &str>,
) {
    let before = document.before();
    change(&mut document.content);
    let after = document.after(before).map_err(|error| error.to_string());
    assert_eq!(after, expected.map_err(str::to_owned));
}

#[test]
fn updates() {
    let total = |order: &mut Order| order.total = 3;
    let written = |id: &str| Ok(Data::json(format!(r#"{{"id":"{id}","total":3}}"#)));
    check_update(read(order("1", 2)), total, written("1"));
    check_update(read(order("1", 3)), total, Ok(Data::none()));
    check_update(CosmosDbDocument::absent(), total, written(""));
    check_update(
        CosmosDbDocument::<Order>::absent(),
        |_| (),
        Ok(Data::none()),
    );
    check_update(
        CosmosDbDocument::<Value>::absent(),
        |_| (),
        Ok(Data::none()),
    );
    check_update(
        CosmosDbDocument::new(json!({ "id": "1" })),
        |document| *document = Value::Null,
        Err("a document is a JSON object, but this is `null`; write a struct or a map"),
    );
    assert!(!CosmosDbDocument::<Order>::absent().exists());
    assert!(
        CosmosDbDocument::<Order>::from_input(Data::text(DOCUMENT))
            .unwrap()
            .exists()
    );
}

#[func(retry = crate::RetryPolicy::fixed_delay(3, std::time::Duration::from_secs(1)))]
#[binding(
    name = "$return",
    database_name = "shop",
    container_name = "copies",
    create_if_not_exists = true,
    partition_key = "/customer",
    container_throughput = 400,
    connection = "Cosmos",
    preferred_locations = "East US,West US"
)]
fn copy(
    #[binding(
        database_name = "shop",
        container_name = "orders",
        connection = "Cosmos",
        lease_connection = "Leases",
        lease_database_name = "admin",
        lease_container_name = "marks",
        create_lease_container_if_not_exists = true,
        leases_container_throughput = 400,
        lease_container_prefix = "copy-",
        feed_poll_delay = 1000,
        lease_acquire_interval = 1,
        lease_expiration_interval = 2,
        lease_renew_interval = 3,
        max_items_per_invocation = 10,
        start_from_beginning = true,
        preferred_locations = "East US",
        change_feed_mode = "LatestVersion"
    )]
    orders: CosmosDbTrigger<Order>,
) -> Vec<CosmosDbDocument<Order>> {
    orders
        .documents
        .into_iter()
        .map(CosmosDbDocument::new)
        .collect()
}

#[func]
fn find(
    #[binding(route = "{customer}/{id}")] _request: HttpRequest,
    #[binding(
        database_name = "%DB%",
        container_name = "orders",
        id = "{id}",
        partition_key = "{customer}"
    )]
    _one: Option<CosmosDbDocument>,
    #[binding(
        database_name = "shop",
        container_name = "orders",
        sql_query = "SELECT * FROM c WHERE c.customer = {customer}"
    )]
    _many: Vec<CosmosDbDocument>,
    #[binding(
        database_name = "shop",
        container_name = "orders",
        connection = "Cosmos",
        id = "{id}",
        partition_key = "{customer}"
    )]
    _updated: &mut CosmosDbDocument,
) {
}

#[expect(deprecated, reason = "it is what is tested")]
mod with_old_names {
    use super::{CosmosDbDocument, CosmosDbTrigger, func};

    #[func]
    #[binding(
        name = "$return",
        database_name = "shop",
        collection_name = "copies",
        create_collection = true,
        collection_throughput = 400,
        connection_string_setting = "Cosmos"
    )]
    pub(super) fn old(
        #[binding(
            database_name = "shop",
            collection_name = "orders",
            connection_string_setting = "Cosmos",
            lease_connection_string_setting = "Leases",
            lease_collection_name = "marks",
            create_lease_collection_if_not_exists = true,
            leases_collection_throughput = 400,
            lease_collection_prefix = "old-"
        )]
        _orders: CosmosDbTrigger,
    ) -> Option<CosmosDbDocument> {
        None
    }
}

#[test]
fn metadata() {
    check_metadata(
        &functions![copy, find, with_old_names::old],
        &expect![[r#"
        {"name":"orders","type":"cosmosDBTrigger","direction":"in","databaseName":"shop","containerName":"orders","connection":"Cosmos","leaseConnection":"Leases","leaseDatabaseName":"admin","leaseContainerName":"marks","createLeaseContainerIfNotExists":true,"leasesContainerThroughput":400,"leaseContainerPrefix":"copy-","feedPollDelay":1000,"leaseAcquireInterval":1,"leaseExpirationInterval":2,"leaseRenewInterval":3,"maxItemsPerInvocation":10,"startFromBeginning":true,"preferredLocations":"East US","changeFeedMode":"LatestVersion"}
        {"name":"$return","type":"cosmosDB","direction":"out","databaseName":"shop","containerName":"copies","createIfNotExists":true,"partitionKey":"/customer","containerThroughput":400,"connection":"Cosmos","preferredLocations":"East US,West US"}
        {"name":"request","type":"httpTrigger","direction":"in","route":"{customer}/{id}"}
        {"name":"one","type":"cosmosDB","direction":"in","databaseName":"%DB%","containerName":"orders","id":"{id}","partitionKey":"{customer}"}
        {"name":"many","type":"cosmosDB","direction":"in","databaseName":"shop","containerName":"orders","sqlQuery":"SELECT * FROM c WHERE c.customer = {customer}"}
        {"name":"updated","type":"cosmosDB","direction":"in","databaseName":"shop","containerName":"orders","connection":"Cosmos","id":"{id}","partitionKey":"{customer}"}
        {"name":"updatedOut","type":"cosmosDB","direction":"out","databaseName":"shop","containerName":"orders","connection":"Cosmos"}
        {"name":"orders","type":"cosmosDBTrigger","direction":"in","databaseName":"shop","containerName":"orders","connection":"Cosmos","leaseConnection":"Leases","leaseContainerName":"marks","createLeaseContainerIfNotExists":true,"leasesContainerThroughput":400,"leaseContainerPrefix":"old-"}
        {"name":"$return","type":"cosmosDB","direction":"out","databaseName":"shop","containerName":"copies","createIfNotExists":true,"containerThroughput":400,"connection":"Cosmos"}"#]],
    );
}
