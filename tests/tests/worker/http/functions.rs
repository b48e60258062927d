//! The functions that requests start, and what the tests steer them with.

use std::sync::Mutex;

use azure_functions::{
    App, BoxError, Context, Json, State,
    bindings::{BodyStream, HttpRequest, HttpResponse, ServerSentEvent},
    cookie::Cookie,
    func, functions,
};
use http::Response;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, channel, unbounded_channel};
use tokio_stream::{
    StreamExt as _,
    wrappers::{ReceiverStream, UnboundedReceiverStream},
};

/// The other end of what the functions tell and wait for.
pub(crate) struct Remote {
    notes: UnboundedReceiver<String>,
    /// The pieces of a streamed response; `Err` breaks it off.
    pub(super) pieces: Option<UnboundedSender<Result<String, String>>>,
}

impl Remote {
    /// The next thing that a function tells.
    pub(super) async fn note(&mut self) -> String {
        self.notes.recv().await.unwrap()
    }

    /// Whether a function told something that was not asked for.
    pub(super) fn any_note(&mut self) -> bool {
        self.notes.try_recv().is_ok()
    }

    pub(super) fn piece(&self, piece: Result<&str, &str>) {
        let piece = piece.map(str::to_owned).map_err(str::to_owned);
        self.pieces.as_ref().unwrap().send(piece).unwrap();
    }
}

/// The length of a piece of the response without an end.
pub(super) const PIECE: usize = 1 << 16;

struct Local {
    notes: UnboundedSender<String>,
    pieces: Mutex<Option<UnboundedReceiver<Result<String, String>>>>,
}

/// The app, and what its functions are steered with.
pub(crate) fn app() -> (App, Remote) {
    let (notes, told) = unbounded_channel();
    let (sender, pieces) = unbounded_channel();
    let local = Local {
        notes,
        pieces: Mutex::new(Some(pieces)),
    };
    let functions = functions![
        about,
        answer,
        count,
        wait,
        leave,
        stubborn,
        block,
        fail,
        panics,
        order,
        pieces_of,
        events,
        echo,
        nothing,
        raw,
        trailers,
        child_panics,
        fed_by_a_child,
        endless
    ];
    let remote = Remote {
        notes: told,
        pieces: Some(sender),
    };
    (App::with_functions(functions).state(local), remote)
}

/// Tells when it is dropped.
struct Dropped(UnboundedSender<String>);

impl Drop for Dropped {
    fn drop(&mut self) {
        let _ = self.0.send("dropped".to_owned());
    }
}

impl Local {
    fn note(&self, note: impl Into<String>) {
        self.notes.send(note.into()).unwrap();
    }

    fn pieces(&self) -> impl futures::Stream<Item = Result<String, BoxError>> + use<> {
        let pieces = self.pieces.lock().unwrap().take().unwrap();
        UnboundedReceiverStream::new(pieces).map(|piece| piece.map_err(Into::into))
    }
}

/// Answers with all that it knows of its request.
#[func]
fn about(
    #[binding(route = "about/{id}/{rest?}")] request: &HttpRequest,
    local: &State<Local>,
) -> String {
    local.note("about");
    format!(
        "{} {}\nid: {:?}\nquery: {:?}\nx: {:?}\nhost: {:?}\ninvocation: {:?}\nbody: {:?}",
        request.method(),
        request.url(),
        request.route_params().iter().collect::<Vec<_>>(),
        request.query_param("q"),
        request.header("x"),
        request.header("host"),
        request.header("x-ms-invocation-id"),
        request.text(),
    )
}

#[func]
fn answer(_request: HttpRequest) -> HttpResponse {
    HttpResponse::builder()
        .status(201)
        .header("x", "1")
        .header("x", "2")
        .cookie(Cookie::new("a", "b c"))
        .body("made")
        .finish()
}

/// Counts what it reads, piece by piece.
#[func]
async fn count(request: HttpRequest<BodyStream>, local: State<Local>) -> Result<String, BoxError> {
    let mut body = request.into_body();
    let mut length = 0;
    while let Some(chunk) = body.chunk().await? {
        length += chunk.len();
        local.note(String::from_utf8_lossy(&chunk));
    }
    for (name, value) in body.trailers().into_iter().flatten() {
        local.note(format!("{name}: {}", value.to_str()?));
    }
    Ok(length.to_string())
}

#[func]
async fn wait(_request: HttpRequest, context: Context, local: State<Local>) -> &'static str {
    local.note("waits");
    context.cancelled().await;
    local.note("told");
    "told"
}

#[func]
async fn stubborn(_request: HttpRequest, local: State<Local>) -> &'static str {
    let _dropped = Dropped(local.notes.clone());
    local.note("waits");
    std::future::pending().await
}

#[func]
fn block(_request: HttpRequest, local: &State<Local>) -> String {
    local.note("blocks");
    let pieces = local.pieces.lock().unwrap().take().unwrap();
    let mut pieces = pieces;
    pieces.blocking_recv().unwrap().unwrap()
}

/// Answers without reading what it is sent.
#[func]
fn leave(_request: HttpRequest<BodyStream>) -> &'static str {
    "left"
}

#[func]
fn fail(_request: HttpRequest) -> Result<String, BoxError> {
    Err("no luck".into())
}

#[func]
fn panics(_request: HttpRequest) -> String {
    panic!("oh no")
}

#[func]
fn order(Json(amounts): Json<Vec<u32>>) -> Json<u32> {
    Json(amounts.iter().sum())
}

#[func]
fn pieces_of(_request: HttpRequest, local: &State<Local>) -> HttpResponse {
    let dropped = Dropped(local.notes.clone());
    HttpResponse::stream(local.pieces().map(move |piece| {
        let _dropped = &dropped;
        if let Ok(piece) = &piece {
            assert_ne!(piece, "panic", "on purpose");
            tracing::info!("{piece}");
        }
        piece
    }))
}

#[func]
fn events(_request: HttpRequest, local: &State<Local>) -> HttpResponse {
    HttpResponse::events(local.pieces().map(|piece| piece.map(ServerSentEvent::data)))
}

#[func]
fn echo(request: http::Request<BodyStream>) -> Response<BodyStream> {
    Response::new(request.into_body())
}

/// A response without an end; of each piece it tells.
#[func]
fn endless(_request: HttpRequest, local: State<Local>) -> HttpResponse {
    HttpResponse::stream(futures::stream::repeat_with(move || {
        local.note("piece");
        Ok::<_, BoxError>("x".repeat(PIECE))
    }))
}

#[func]
fn nothing(_request: HttpRequest, local: &State<Local>) {
    local.note("nothing");
}

/// A response that the worker must not send as it is.
#[func]
fn raw(_request: HttpRequest) -> HttpResponse {
    HttpResponse::builder()
        .header("content-length", "99")
        .header("transfer-encoding", "chunked")
        .status(204)
        .body("left out")
        .finish()
}

#[func]
fn trailers(_request: HttpRequest) -> HttpResponse {
    let mut trailers = http::HeaderMap::new();
    trailers.insert("x-sum", http::HeaderValue::from_static("3"));
    HttpResponse::builder()
        .header("trailer", "x-sum")
        .body(BodyStream::from("abc").with_trailers(trailers))
        .finish()
}

/// Returns before its child fails.
#[func]
fn child_panics(_request: HttpRequest, context: &Context) -> &'static str {
    context.spawn(async { panic!("oh no") });
    "fine"
}

/// A response that its child writes, which has to wait for the client after each piece.
#[func]
fn fed_by_a_child(_request: HttpRequest, context: &Context) -> HttpResponse {
    let (sender, pieces) = channel(1);
    context.spawn(async move {
        for piece in ["one", "two", "three"] {
            sender.send(Ok::<_, BoxError>(piece)).await.unwrap();
        }
    });
    HttpResponse::stream(ReceiverStream::new(pieces))
}
