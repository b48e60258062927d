//! The functions that walk into the traps.

use azure_functions::{
    Bytes, FunctionDef, Json,
    bindings::{
        Blob, BlobTrigger, EventHubMessage, EventHubTrigger, GenericOutput, HttpRequest,
        HttpResponse, LockedMessage, QueueMessage, QueueTrigger, ServiceBusMessage, TimerInfo,
    },
    func, functions,
    http::StatusCode,
};
use serde::Deserialize;
use serde_json::{Value, json};

/// All of them.
pub(crate) fn all() -> [&'static FunctionDef; 17] {
    functions![
        created,
        wrapped,
        order,
        query,
        headers,
        arrays,
        numbers,
        many,
        generic,
        copy,
        event,
        batch,
        message,
        tick,
        send,
        locked,
        with_old_names::changed
    ]
}

#[func]
fn created(_request: HttpRequest) -> StatusCode {
    StatusCode::CREATED
}

#[func]
fn wrapped(_request: HttpRequest) -> Json<Value> {
    Json(json!({"body": "b", "status": 500}))
}

#[derive(Deserialize)]
struct Order {
    id: u32,
}

#[func]
fn order(Json(order): Json<Order>) -> String {
    order.id.to_string()
}

#[func]
fn query(request: &HttpRequest) -> Json<Vec<(String, String)>> {
    let query = request.query().iter();
    Json(
        query
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect(),
    )
}

#[func]
fn headers(request: &HttpRequest) -> HttpResponse {
    HttpResponse::builder()
        .header("x-many", "1")
        .header("x-many", "2")
        .header("x-seen", request.header("accept").unwrap_or_default())
        .cookie(("a", "1"))
        .cookie(("b", "2"))
        .finish()
}

#[func]
#[binding(name = "$return", queue_name = "out")]
#[binding(name = "output1", event_hub_name = "hub", connection = "Hub")]
fn arrays(
    #[binding(queue_name = "letters")] text: &QueueTrigger,
) -> (QueueMessage, EventHubMessage) {
    let text = text.message.as_str();
    (text.into(), text.into())
}

#[func]
#[binding(name = "$return", path = "numbers/one")]
fn numbers(#[binding(queue_name = "letters")] number: &QueueTrigger<i64>) -> Blob<i64> {
    Blob::new(number.message)
}

#[func]
#[binding(name = "$return", queue_name = "out")]
#[binding(name = "output1", event_hub_name = "hub", connection = "Hub")]
fn many(
    #[binding(queue_name = "letters")] text: &QueueTrigger,
) -> (Vec<QueueMessage>, Vec<EventHubMessage>) {
    let text = text.message.as_str();
    (vec![text.into(); 2], vec![text.into(); 2])
}

#[func]
#[binding(name = "$return", type = "any")]
#[binding(name = "output1", type = "any")]
#[binding(name = "output2", type = "any")]
#[binding(name = "output3", type = "any")]
fn generic(
    #[binding(queue_name = "letters")] text: &QueueTrigger,
) -> (
    GenericOutput,
    GenericOutput,
    GenericOutput,
    Vec<GenericOutput>,
) {
    let text = text.message.as_str();
    let json = json!({ "text": text });
    (
        text.into(),
        text.as_bytes().into(),
        json.into(),
        vec![text.into()],
    )
}

#[func]
#[binding(name = "$return", path = "copies/{name}")]
fn copy(
    #[binding(path = "blobs/{name}")] blob_trigger: BlobTrigger,
    #[binding(path = "blobs/{name}")] other_blob: Blob<Vec<u8>>,
    #[binding(path = "sums/{name}")] sum_2: &mut Blob,
) -> Blob<Bytes> {
    sum_2.content = other_blob.content.into();
    Blob::new(blob_trigger.content)
}

/// What a test wants to know of an event.
fn told<T: Into<Value>>(event: EventHubTrigger<T>) -> Value {
    json!({
        "message": event.message.into(),
        "key": event.partition_key,
        "number": event.sequence_number,
        "time": event.enqueued_time.map(|time| time.to_string()),
    })
}

#[func]
#[binding(name = "$return", queue_name = "out")]
fn event(
    #[binding(event_hub_name = "hub", connection = "Hub")] event: EventHubTrigger,
) -> QueueMessage {
    told(event).into()
}

#[func]
#[binding(name = "$return", queue_name = "out")]
fn batch(
    #[binding(event_hub_name = "hub", connection = "Hub")] events: Vec<EventHubTrigger>,
) -> QueueMessage {
    events.into_iter().map(told).collect::<Value>().into()
}

#[func]
#[binding(name = "$return", queue_name = "out")]
fn message(#[binding(queue_name = "letters")] message: &QueueTrigger) -> QueueMessage {
    json!({
        "message": message.message,
        "id": message.id,
        "count": message.dequeue_count,
        "inserted": message.insertion_time.map(|time| time.to_string()),
        "expires": message.expiration_time.map(|time| time.to_string()),
    })
    .into()
}

#[func]
#[binding(name = "$return", queue_name = "out")]
fn tick(#[binding(schedule = "0 * * * * *")] timer: TimerInfo) -> QueueMessage {
    let status = timer
        .schedule_status
        .map(|status| [status.last, status.next].map(|time| time.map(|time| time.to_string())));
    json!({"late": timer.is_past_due, "dst": timer.adjust_for_dst, "status": status}).into()
}

#[func]
#[binding(name = "$return", queue_name = "letters")]
#[binding(name = "output1", topic_name = "letters")]
fn send(
    #[binding(queue_name = "letters")] bytes: &QueueTrigger<Bytes>,
) -> (ServiceBusMessage, Vec<ServiceBusMessage>) {
    let bytes = bytes.message.as_ref();
    (bytes.into(), vec![bytes.into(); 2])
}

#[func]
fn locked(#[binding(topic_name = "letters", subscription_name = "all")] message: LockedMessage) {
    drop(message);
}

#[expect(deprecated, reason = "it is what is tested")]
mod with_old_names {
    use azure_functions::{
        bindings::{CosmosDbDocument, CosmosDbTrigger},
        func,
    };

    #[func]
    #[binding(
        name = "$return",
        database_name = "shop",
        collection_name = "log",
        connection_string_setting = "Cosmos",
        collection_throughput = 400
    )]
    pub(super) fn changed(
        #[binding(
            database_name = "shop",
            collection_name = "orders",
            connection_string_setting = "Cosmos",
            lease_collection_name = "leases",
            lease_connection_string_setting = "Leases",
            create_lease_collection_if_not_exists = true,
            leases_collection_throughput = 400,
            lease_collection_prefix = "a"
        )]
        orders: CosmosDbTrigger,
    ) -> Vec<CosmosDbDocument> {
        orders
            .documents
            .into_iter()
            .map(CosmosDbDocument::from)
            .collect()
    }
}
