//! The app that the fuzzed host talks to: a function of each of several triggers.

use azure_functions::{
    App, Bytes, Context, Json,
    bindings::{
        Blob, BlobTrigger, EventGridEvent, EventHubTrigger, GenericTrigger, HttpRequest,
        HttpResponse, QueueMessage, QueueTrigger, ServiceBusTrigger, TimerInfo,
    },
    func, functions,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::task::yield_now;

/// The names of the functions, and of what each takes.
pub(crate) const FUNCTIONS: [(&str, &[&str]); 9] = [
    ("http", &["request"]),
    ("post", &["arg0"]),
    ("queue", &["message", "log"]),
    ("blob", &["blob"]),
    ("timer", &["timer"]),
    ("events", &["events"]),
    ("message", &["message"]),
    ("grid", &["event"]),
    ("any", &["any"]),
];

/// The app.
pub(crate) fn app() -> App {
    App::with_functions(functions![
        http, post, queue, blob, timer, events, message, grid, any
    ])
    .http_streaming(false)
}

/// A payload with most of what serde has.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Order {
    pub(crate) id: u32,
    #[serde(default)]
    pub(crate) customer: String,
    #[serde(default)]
    pub(crate) price: Option<f64>,
    #[serde(default)]
    pub(crate) lines: Vec<Line>,
}

/// A part of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum Line {
    Gift,
    Article(u64),
    Book { isbn: String, pages: i16 },
}

#[func]
fn http(request: &HttpRequest) -> HttpResponse {
    let query: Vec<_> = request.query().iter().collect();
    let headers: Vec<_> = request.headers().keys().map(ToString::to_string).collect();
    let cookies = request.cookies().len();
    let body = json!({
        "method": request.method().as_str(),
        "uri": request.uri().to_string(),
        "query": query,
        "headers": headers,
        "cookies": cookies,
        "claims": request.claims().count(),
        "body": request.body_bytes().len(),
    });
    HttpResponse::builder().body(body).finish()
}

#[func]
async fn post(Json(value): Json<Value>, context: Context) -> Json<Value> {
    yield_now().await;
    tracing::info!(id = context.invocation_id(), "posted");
    Json(value)
}

#[func]
#[binding(name = "$return", queue_name = "out")]
fn queue(
    #[binding(queue_name = "orders")] message: &QueueTrigger<Order>,
    #[binding(path = "log/orders.txt")] log: &mut Blob<String>,
) -> QueueMessage {
    log.content.push_str(&message.message.customer);
    message.message.id.to_string().into()
}

#[func]
#[binding(name = "$return", path = "copies/copy")]
async fn blob(#[binding(path = "originals/{name}")] blob: BlobTrigger<Bytes>) -> Blob<Bytes> {
    yield_now().await;
    Blob::new(blob.content)
}

#[func]
async fn timer(#[binding(schedule = "0 0 * * * *")] timer: TimerInfo) {
    yield_now().await;
    tracing::info!(?timer, "tick");
}

#[func]
#[binding(name = "$return", queue_name = "out")]
async fn events(
    #[binding(event_hub_name = "hub", connection = "Hub")] events: Vec<EventHubTrigger<Value>>,
) -> Vec<QueueMessage> {
    yield_now().await;
    let messages = events.iter().map(|event| event.message.to_string().into());
    messages.collect()
}

#[func]
async fn message(
    #[binding(queue_name = "letters", connection = "Bus")] message: ServiceBusTrigger<String>,
) -> Result<(), String> {
    yield_now().await;
    Err(message.message)
}

#[func]
fn grid(event: &EventGridEvent<Value>) {
    tracing::info!(subject = event.subject, "event");
}

#[func]
fn any(#[binding(type = "anyTrigger")] any: &GenericTrigger) {
    tracing::debug!(?any, "any");
}
