//! Every form that a function can have.

#![deny(warnings)]

use std::{error::Error, fmt};

use azure_functions::{
    Bytes, Context, Json, State,
    bindings::{Blob, BlobTrigger, HttpRequest, HttpResponse, QueueMessage, QueueTrigger, TimerInfo},
    func,
};
use serde::{Deserialize, Serialize};

type Request = HttpRequest;
type Reply<T> = Result<T, Box<dyn Error + Send + Sync>>;

const PATH: &str = "images/{name}";

mod names {
    pub(crate) const QUEUE: &str = "jobs";
}

#[derive(Default, Serialize, Deserialize)]
struct Order {
    id: u32,
}

#[derive(Debug)]
struct Failure;

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no")
    }
}

impl Error for Failure {}

#[func]
fn nothing(_timer: TimerInfo2) {}

struct Wrapped(String);
type TimerInfo2 = QueueOf<Wrapped2>;
type QueueOf<T> = QueueTrigger2<T>;

struct Wrapped2;
struct QueueTrigger2<T>(std::marker::PhantomData<T>);

impl<T> azure_functions::FromTrigger for QueueTrigger2<T> {
    type Binding = OwnBinding;

    fn from_trigger(
        _: azure_functions::Data,
        _: &azure_functions::Trigger,
    ) -> Result<Self, azure_functions::BindError> {
        Ok(Self(std::marker::PhantomData))
    }
}

struct OwnBinding;

impl azure_functions::Binding for OwnBinding {
    const TYPE: &'static str = "ownTrigger";
}

#[func]
#[binding(name = "timer", schedule = "0 * * * * *", run_on_startup = true)]
async fn tick(timer: &TimerInfo, _context: Context) {
    let _ = timer;
}

#[func]
async fn alias(request: Request) -> Reply<HttpResponse> {
    drop(request);
    Ok("".into())
}

#[func]
async fn payload(#[binding(queue_name = names::QUEUE)] order: QueueTrigger<Order>) -> Result<(), Failure> {
    if order.message.id == 0 { Err(Failure) } else { Ok(()) }
}

#[func]
#[binding(name = "$return", queue_name = "out")]
#[binding(name = "output2", path = "abc/{rand-guid}")]
fn outputs(#[binding(queue_name = "jobs")] job: QueueTrigger<Bytes>) -> (Vec<QueueMessage>, (), Option<Blob>) {
    drop(job);
    (Vec::new(), (), None)
}

#[func]
async fn references(
    #[binding(path = PATH)] image: &mut BlobTrigger<Bytes>,
    #[binding(path = "{name}.txt")] text: &mut Blob<String>,
    #[binding(path = "{name}.json", connection = "Storage")] order: &mut Blob<Json<Order>>,
    #[binding(path = "other")] other: &Option<Blob>,
    state: State<Vec<u8>>,
) {
    std::future::ready(()).await;
    text.content.push('x');
    order.content.id += 1;
    std::future::ready(()).await;
    let _ = (image, other, state);
}

#[func(name = "Pretty-Name")]
async fn pattern(Json(order): Json<Order>) -> Json<Order> {
    Json(order)
}

#[func]
fn renamed(#[binding(name = "job", queue_name = r"jobs")] QueueTrigger { message, .. }: QueueTrigger) -> Result<(), String> {
    Err(Wrapped(message).0)
}

#[func]
fn r#match(#[binding(methods = ["get", "post"], route = "a/{b}", auth_level = "anonymous")] mut r#in: HttpRequest) -> &'static str {
    drop(std::mem::take(&mut r#in));
    drop(r#in);
    ""
}

#[func]
fn old_methods(#[binding(methods = "get|post")] _request: HttpRequest) {}

fn main() {
    let functions = azure_functions::functions![tick, alias, payload, outputs];
    assert_eq!(functions.map(|function| function.name), ["tick", "alias", "payload", "outputs"]);
    // The function is still what it was.
    assert_eq!(renamed(QueueTrigger::new("no".to_owned())), Err("no".to_owned()));
    let _ = (nothing, references, pattern, r#match, old_methods, Wrapped2);
}
