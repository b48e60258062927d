//! The host's HTTP side, on the loopback interface: functions by their routes, and the admin pages.

use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Version, header, uri::Authority},
    response::{IntoResponse as _, Response},
    serve::ListenerExt as _,
};
use bytes::Bytes;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use tokio::{net::TcpListener, sync::watch, task::JoinHandle};
use tokio_util::sync::CancellationToken;

use crate::{
    admin,
    app::{App, Astray, BODY_LIMIT, BY_REQUEST, Found, visit},
    auth::{Denied, Target},
    error::HostError,
    event::Level,
    forward,
    invoke::{Answer, InvokeError, Observer},
    services::in_full,
    webhook,
    wire::response::{HttpOutput, http_response},
};

/// The longest target of a request.
const TARGET: usize = 8 << 10;
/// The largest header of a request, all fields together.
const HEADER: usize = 32 << 10;
/// The most header fields of a request.
const FIELDS: usize = 100;
/// How long answers may still be written after the worker has ended.
const STOP: Duration = Duration::from_secs(1);

/// A listener that has its port, and serves nothing yet.
#[derive(Debug)]
pub(crate) struct Listening {
    listener: TcpListener,
    address: SocketAddr,
}

impl Listening {
    /// Takes a port of the loopback interface; 0 is a free one.
    ///
    /// # Errors
    ///
    /// [`HostError::Listen`] if it cannot be had.
    pub(crate) async fn bind(port: u16) -> Result<Self, HostError> {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let bound = async {
            let listener = TcpListener::bind(address).await?;
            let address = listener.local_addr()?;
            Ok::<_, io::Error>(Self { listener, address })
        };
        bound
            .await
            .map_err(|source| HostError::Listen { address, source })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves the app until it is stopped.
    pub(crate) fn serve(self, app: watch::Receiver<Arc<App>>) -> Serving {
        let stop = CancellationToken::new();
        let listener = self.listener.tap_io(|stream| {
            // Answers are small, and someone waits for them.
            if let Err(error) = stream.set_nodelay(true) {
                tracing::debug!(%error, "the delay of small packets cannot be switched off");
            }
        });
        let router = Router::new().fallback(answer).with_state(app);
        let serving =
            axum::serve(listener, router).with_graceful_shutdown(stop.clone().cancelled_owned());
        let task = tokio::spawn(async move {
            if let Err(error) = serving.await {
                tracing::warn!(%error, "the HTTP server ended");
            }
        });
        Serving { stop, task }
    }
}

/// The HTTP server.
#[derive(Debug)]
pub(crate) struct Serving {
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl Serving {
    /// Takes no more requests; those that run go on.
    pub(crate) fn refuse(&self) {
        self.stop.cancel();
    }

    /// Waits a little for the last answers to be written.
    pub(crate) async fn end(mut self) {
        self.refuse();
        if tokio::time::timeout(STOP, &mut self.task).await.is_err() {
            self.task.abort();
        }
    }
}

/// A short answer in words.
pub(crate) fn sentence(status: StatusCode, text: impl Into<String>) -> Response {
    (status, text.into()).into_response()
}

async fn answer(State(current): State<watch::Receiver<Arc<App>>>, request: Request) -> Response {
    let (app, _visit) = visit(&current);
    let mut response = route(&app, request).await;
    for (name, value) in &app.custom_headers {
        response.headers_mut().insert(name, value.clone());
    }
    response
}

async fn route(app: &Arc<App>, request: Request) -> Response {
    if let Some(refusal) = too_large(&request).or_else(|| malformed(&request)) {
        return refusal;
    }
    let path = request.uri().path();
    if path == "/" {
        return sentence(
            StatusCode::OK,
            "Your function app is up and running; `/admin/functions` lists its functions",
        );
    }
    if let Some(page) = admin::page(path) {
        let page = page.to_owned();
        let (parts, body) = request.into_parts();
        if admin::needs_key(&page)
            && let Err(denied) = app.admit(&parts, Target::Admin)
        {
            return deny(denied);
        }
        let request = Request::from_parts(parts, body);
        return admin::answer(app, &page, request).await;
    }
    if let Some(page) = webhook::page(path) {
        let page = page.to_owned();
        let (parts, body) = request.into_parts();
        let name = page.split('/').next().unwrap_or_default();
        if let Err(denied) = app.admit(&parts, Target::Webhook(name)) {
            return deny(denied);
        }
        let request = Request::from_parts(parts, body);
        return webhook::answer(app, &page, request).await;
    }
    call(app, request, None).await
}

/// Refuses a request whose line or header is larger than the real host takes.
fn too_large(request: &Request) -> Option<Response> {
    let target = request
        .uri()
        .path_and_query()
        .map_or(0, |target| target.as_str().len());
    if target > TARGET {
        let text = format!(
            "the URL has {target} bytes, but at most {TARGET} are taken; send data in the body"
        );
        return Some(sentence(StatusCode::URI_TOO_LONG, text));
    }
    let headers = request.headers();
    let size: usize = headers
        .iter()
        .map(|(name, value)| name.as_str().len() + value.len())
        .sum();
    if size > HEADER || headers.len() > FIELDS {
        let text = format!(
            "the header has {} fields and {size} bytes, but at most {FIELDS} and {HEADER} are taken; send data in the body",
            headers.len()
        );
        return Some(sentence(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, text));
    }
    None
}

/// Refuses a request that does not say clearly which host it is for, or has a header that is no text.
fn malformed(request: &Request) -> Option<Response> {
    let headers = request.headers();
    let refuse = |text: String| Some(sentence(StatusCode::BAD_REQUEST, text));
    let mut hosts = headers.get_all(header::HOST).iter();
    match (hosts.next(), hosts.next()) {
        (None, _) if request.version() == Version::HTTP_11 => {
            return refuse(
                "the request has no `Host`; send the host and the port of its URL".to_owned(),
            );
        }
        (None, _) => {}
        (Some(_), Some(_)) => return refuse("the request has two `Host`; send one".to_owned()),
        (Some(host), None) => {
            let host = host.to_str().unwrap_or_default();
            let Ok(host) = host.parse::<Authority>() else {
                return refuse(format!(
                    "`{host}` is no host; send the host and the port of the URL in `Host`"
                ));
            };
            let target = request.uri().authority();
            if target.is_some_and(|target| *target != host) {
                return refuse(format!(
                    "the request is for another host than its `Host`, which is `{host}`; send the same twice"
                ));
            }
        }
    }
    let wrong = headers
        .iter()
        .find(|(_, value)| std::str::from_utf8(value.as_bytes()).is_err())?;
    refuse(format!(
        "the header `{}` is not UTF-8; encode its value",
        wrong.0
    ))
}

/// Answers a request by the function that has its route.
pub(crate) async fn call(app: &Arc<App>, request: Request, observer: Option<Observer>) -> Response {
    let (parts, body) = request.into_parts();
    let found = match app.route(&parts) {
        Ok(Some(found)) => found,
        Ok(None) => {
            let text = format!(
                "no function answers `{} {}`; `/admin/functions` lists those that there are",
                parts.method,
                parts.uri.path()
            );
            return sentence(StatusCode::NOT_FOUND, text);
        }
        Err(Astray::Invalid(error)) => return sentence(error.status(), error.to_string()),
        Err(Astray::Denied) => return deny(Denied::Unknown),
    };
    if app.dispatcher.workers.gone().is_some() {
        return no_worker();
    }
    let Some(place) = app.throttle.enter().await else {
        return too_many();
    };
    if app.forwards() {
        return forward::answer(app, &found, parts, body, place, observer).await;
    }
    let body = match read(app, &parts.headers, body).await {
        Ok(body) => body,
        Err(refusal) => return refuse(refusal),
    };
    let call = app.http_call(&found, BY_REQUEST, &parts, &body);
    // Dropped with this future when the client leaves; the call goes on, and hears of it.
    let left = CancellationToken::new();
    let guard = left.clone().drop_guard();
    let dispatcher = Arc::clone(&app.dispatcher);
    let visit = app.visits.begin();
    let running = async move {
        let _visit = visit;
        dispatcher.invoke_before(observer, call, left).await
    };
    let result = tokio::spawn(running).await;
    guard.disarm();
    match result {
        Ok(Ok(answer)) => respond(app, &found, &answer),
        Ok(Err(InvokeError::NoWorker(_))) => no_worker(),
        // The reason stands in the events, as it stands in the log of the real host.
        Ok(Err(_)) | Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

fn respond(app: &App, found: &Found, answer: &Answer) -> Response {
    let mut outputs = found.plan.function().outputs();
    let output = outputs.find(|binding| binding.is("http"));
    let output = output.map_or(HttpOutput::None, |binding| {
        HttpOutput::Binding(&binding.name)
    });
    match http_response(answer.values(), output) {
        Ok(response) => response.map(Body::from),
        Err(error) => {
            let name = found.plan.name();
            let text = format!("the answer of `{name}` cannot be sent: {}", in_full(&error));
            app.events.host(Level::Error, "Host.Http", text);
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// Refuses a request that has no key for what it wants.
fn deny(denied: Denied) -> Response {
    match denied {
        Denied::Unknown => sentence(
            StatusCode::UNAUTHORIZED,
            "this needs a key; send one in the header `x-functions-key` or as `?code=`",
        ),
        Denied::Forbidden => sentence(
            StatusCode::FORBIDDEN,
            "the key is not for this; the master key is for everything",
        ),
    }
}

fn too_many() -> Response {
    let mut response = sentence(
        StatusCode::TOO_MANY_REQUESTS,
        "as many requests run and wait as `maxOutstandingRequests` in `host.json` allows; try again later",
    );
    // What tells the platform to start another host.
    let name = HeaderName::from_static("x-function-scaleout");
    response
        .headers_mut()
        .insert(name, HeaderValue::from_static("1"));
    response
}

pub(crate) fn no_worker() -> Response {
    sentence(
        StatusCode::SERVICE_UNAVAILABLE,
        "there is no worker to call; the log of the host says why",
    )
}

/// Why the body of a request is not taken.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Refusal {
    /// It has more bytes than this.
    TooLarge(usize),
    /// The client sent less than it said.
    Broken,
}

/// Says why the body of a request is not taken.
pub(crate) fn refuse(refusal: Refusal) -> Response {
    match refusal {
        Refusal::TooLarge(limit) => sentence(
            StatusCode::PAYLOAD_TOO_LARGE,
            format!(
                "the body has more than the {limit} bytes that are taken; send it in parts, or set `{BODY_LIMIT}`"
            ),
        ),
        Refusal::Broken => sentence(
            StatusCode::BAD_REQUEST,
            "the body broke off; send as many bytes as `Content-Length` says",
        ),
    }
}

/// Reads a body whose length is known; as with the real host, one that comes in chunks never reaches a function.
async fn read(app: &App, headers: &HeaderMap, body: Body) -> Result<Bytes, Refusal> {
    let length = headers
        .get(header::CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    let Some(length) = length else {
        if headers.contains_key(header::TRANSFER_ENCODING) {
            app.events.host(
                Level::Warning,
                "Host.Http",
                "a request body without `Content-Length` was ignored, as it is in Azure; send the length",
            );
        }
        return Ok(Bytes::new());
    };
    let limit = app.body_limit;
    if usize::try_from(length).map_or(true, |length| length > limit) {
        return Err(Refusal::TooLarge(limit));
    }
    match Limited::new(body, limit).collect().await {
        Ok(body) => Ok(body.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(Refusal::TooLarge(limit)),
        Err(_) => Err(Refusal::Broken),
    }
}
