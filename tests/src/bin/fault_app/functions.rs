//! Functions that end in every way that there is. Each is told a label, and answers with it.

#![expect(
    clippy::panic,
    unreachable_pub,
    reason = "some functions panic; and the module belongs to a program and to a test"
)]

use std::{
    collections::HashMap,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
};

use azure_functions::{
    App, BoxError, Context, State,
    bindings::{HttpRequest, HttpResponse, QueueMessage, QueueTrigger},
    func, functions,
};
use futures::{StreamExt as _, stream};

/// What the functions tell, and what they wait for.
#[derive(Clone, Debug, Default)]
pub struct Gate(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    state: Mutex<Inside>,
    opened: Condvar,
}

#[derive(Debug, Default)]
struct Inside {
    is_open: bool,
    running: usize,
    begun: HashMap<String, usize>,
}

impl Gate {
    /// Lets all blocking functions end.
    pub fn open(&self) {
        self.inside().is_open = true;
        self.0.opened.notify_all();
    }

    /// How many functions run.
    pub fn running(&self) -> usize {
        self.inside().running
    }

    /// How often a function has begun with each label.
    pub fn begun(&self) -> HashMap<String, usize> {
        self.inside().begun.clone()
    }

    fn enter(&self, label: &str) -> Running {
        let mut inside = self.inside();
        inside.running += 1;
        *inside.begun.entry(label.to_owned()).or_default() += 1;
        Running(self.clone())
    }

    fn wait(&self) {
        let mut inside = self.inside();
        while !inside.is_open {
            inside = self
                .0
                .opened
                .wait(inside)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A function that runs.
struct Running(Gate);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.inside().running -= 1;
    }
}

/// The app, and the gate of its functions.
pub fn app() -> (App, Gate) {
    let gate = Gate::default();
    let functions = functions![
        returns,
        computes,
        fails,
        panics,
        panics_dropped,
        obeys,
        ignores,
        blocks,
        big,
        streams,
        breaks_off,
        stuck_stream
    ];
    let app = App::with_functions(functions)
        .http_streaming(false)
        .state(gate.clone());
    (app, gate)
}

#[func]
#[binding(name = "$return", queue_name = "answers")]
async fn returns(
    #[binding(queue_name = "returns")] message: QueueTrigger,
    gate: State<Gate>,
) -> QueueMessage {
    let _running = gate.enter(&message.message);
    tokio::task::yield_now().await;
    message.message.into()
}

#[func]
#[binding(name = "$return", queue_name = "answers")]
fn computes(
    #[binding(queue_name = "computes")] message: QueueTrigger,
    gate: &State<Gate>,
) -> QueueMessage {
    let _running = gate.enter(&message.message);
    message.message.into()
}

#[func]
fn fails(
    #[binding(queue_name = "fails")] message: QueueTrigger,
    gate: &State<Gate>,
) -> Result<(), BoxError> {
    let _running = gate.enter(&message.message);
    Err(message.message.into())
}

#[func]
async fn panics(#[binding(queue_name = "panics")] message: QueueTrigger, gate: State<Gate>) {
    let _running = gate.enter(&message.message);
    tokio::task::yield_now().await;
    panic!("{}", message.message)
}

/// Ends only with its call, and panics then.
#[func]
async fn panics_dropped(
    #[binding(queue_name = "panics-dropped")] message: QueueTrigger,
    gate: State<Gate>,
) {
    struct Rude;

    impl Drop for Rude {
        fn drop(&mut self) {
            panic!("dropped")
        }
    }

    let _running = gate.enter(&message.message);
    let _rude = Rude;
    std::future::pending::<()>().await;
}

#[func]
#[binding(name = "$return", queue_name = "answers")]
async fn obeys(
    #[binding(queue_name = "obeys")] message: QueueTrigger,
    gate: State<Gate>,
    context: Context,
) -> QueueMessage {
    let _running = gate.enter(&message.message);
    tracing::info!("begun");
    context.cancelled().await;
    message.message.into()
}

#[func]
async fn ignores(#[binding(queue_name = "ignores")] message: QueueTrigger, gate: State<Gate>) {
    let _running = gate.enter(&message.message);
    tracing::info!("begun");
    std::future::pending::<()>().await;
}

#[func]
#[binding(name = "$return", queue_name = "answers")]
fn blocks(
    #[binding(queue_name = "blocks")] message: QueueTrigger,
    gate: &State<Gate>,
) -> QueueMessage {
    let _running = gate.enter(&message.message);
    tracing::info!("begun");
    gate.wait();
    message.message.into()
}

/// More than the host's window takes.
#[func]
#[binding(name = "$return", queue_name = "answers")]
fn big(#[binding(queue_name = "big")] message: QueueTrigger, gate: &State<Gate>) -> QueueMessage {
    let _running = gate.enter(&message.message);
    let message = message.message;
    message.repeat((100 << 10) / message.len().max(1)).into()
}

#[func]
fn streams(request: HttpRequest<String>, gate: &State<Gate>) -> HttpResponse {
    let running = gate.enter(request.body());
    let pieces = request
        .into_body()
        .chars()
        .map(String::from)
        .collect::<Vec<_>>();
    HttpResponse::stream(stream::iter(pieces).map(move |piece| {
        let _running = &running;
        Ok::<_, BoxError>(piece)
    }))
}

#[func]
fn breaks_off(request: HttpRequest<String>, gate: &State<Gate>) -> HttpResponse {
    let running = gate.enter(request.body());
    let pieces = [Ok("piece".to_owned()), Err(request.into_body())];
    HttpResponse::stream(stream::iter(pieces).map(move |piece| {
        let _running = &running;
        piece.map_err(BoxError::from)
    }))
}

#[func]
fn stuck_stream(request: &HttpRequest<String>, gate: &State<Gate>) -> HttpResponse {
    let running = gate.enter(request.body());
    let pieces = stream::iter([Ok::<_, BoxError>("piece")]).chain(stream::pending());
    HttpResponse::stream(pieces.map(move |piece| {
        let _running = &running;
        piece
    }))
}
