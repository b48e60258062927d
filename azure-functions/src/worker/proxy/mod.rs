//! The worker's own HTTP server: the host forwards requests to it, and sends invocations that say which request is meant.
//!
//! The request and the invocation of one id meet at the [`rendezvous`]. Whatever happens, a request gets a written
//! answer: the host delivers one again, up to 40 times, whose connection is dropped without.

mod rendezvous;
mod reply;

use std::{convert::Infallible, io, net::Ipv4Addr, sync::Arc, time::Duration};

use azure_functions_shared::names;
use http::{HeaderName, Request, Response, StatusCode, header};
use hyper::{body::Incoming, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::oneshot,
    time::{sleep, timeout},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use self::rendezvous::Refused;
pub(super) use self::{
    rendezvous::{Exchange, Missed, Rendezvous},
    reply::{End, Reply},
};

/// The header by which the host says which invocation a request belongs to.
const INVOCATION_ID: HeaderName = HeaderName::from_static(names::INVOCATION_ID_HEADER);

/// How many header fields a request may have: the 100 that the host takes, and those that it adds.
const FIELDS: usize = 128;

/// How long the listener pauses when the system gives it no connection, because there are too many.
const PAUSE: Duration = Duration::from_millis(50);

/// How long the last answers may take to be written when the worker ends.
const CLOSE: Duration = Duration::from_millis(400);

/// The server, which takes requests from the moment it is made.
#[derive(Debug)]
pub(super) struct Proxy {
    uri: String,
    rendezvous: Arc<Rendezvous>,
    connections: TaskTracker,
    stop: CancellationToken,
}

impl Proxy {
    /// Listens on a free port of the loopback interface. It has to be there before the host hears of it.
    ///
    /// # Errors
    ///
    /// When there is no free port.
    pub(super) async fn bind() -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let uri = format!("http://{}", listener.local_addr()?);
        let proxy = Self {
            uri,
            rendezvous: Arc::default(),
            connections: TaskTracker::new(),
            stop: CancellationToken::new(),
        };
        let serving = serve(
            listener,
            Arc::clone(&proxy.rendezvous),
            proxy.connections.clone(),
            proxy.stop.clone(),
        );
        let stop = proxy.stop.clone();
        tokio::spawn(async move {
            tokio::select! {
                () = serving => {}
                () = stop.cancelled() => {}
            }
        });
        Ok(proxy)
    }

    /// Where the server listens.
    pub(super) fn uri(&self) -> &str {
        &self.uri
    }

    /// Where requests and invocations meet.
    pub(super) fn rendezvous(&self) -> &Arc<Rendezvous> {
        &self.rendezvous
    }

    /// Takes no more requests, and waits a little until the last answers are written.
    pub(super) async fn close(&self) {
        self.stop.cancel();
        self.connections.close();
        let _ = timeout(CLOSE, self.connections.wait()).await;
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

async fn serve(
    listener: TcpListener,
    rendezvous: Arc<Rendezvous>,
    connections: TaskTracker,
    stop: CancellationToken,
) {
    let mut server = auto::Builder::new(TokioExecutor::new());
    // The host's server adds the date.
    server.http1().auto_date_header(false).max_headers(FIELDS);
    server.http2().auto_date_header(false);
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                // Answers are small, and someone waits for them.
                let _ = stream.set_nodelay(true);
                let connection = converse(
                    stream,
                    server.clone(),
                    Arc::clone(&rendezvous),
                    stop.clone(),
                );
                connections.spawn(connection);
            }
            // What went wrong is either over with the one connection, or passes when others end.
            Err(error) => {
                tracing::debug!(%error, "a connection of the host was not accepted");
                sleep(PAUSE).await;
            }
        }
    }
}

/// Answers the requests of one connection, and when the worker ends only the one that has begun.
async fn converse(
    stream: TcpStream,
    server: auto::Builder<TokioExecutor>,
    rendezvous: Arc<Rendezvous>,
    stop: CancellationToken,
) {
    let service = service_fn(move |request| answer(Arc::clone(&rendezvous), request));
    let connection = server.serve_connection(TokioIo::new(stream), service);
    let mut connection = std::pin::pin!(connection);
    let end = tokio::select! {
        end = connection.as_mut() => end,
        () = stop.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = end {
        // The function hears of it too, if there is one.
        tracing::debug!(error, "a connection of the host ended");
    }
}

/// Waits for the answer of the function that is meant.
async fn answer(
    rendezvous: Arc<Rendezvous>,
    mut request: Request<Incoming>,
) -> Result<Response<Reply>, Infallible> {
    let id = request.headers_mut().remove(&INVOCATION_ID);
    let Some(id) = id.as_ref().and_then(|id| id.to_str().ok()) else {
        return Ok(sentence(
            StatusCode::BAD_REQUEST,
            "the header `x-ms-invocation-id` is missing; send the request to the Functions host",
        ));
    };
    let (reply, mut replied) = oneshot::channel();
    let place = match rendezvous.deliver(id, Exchange { request, reply }) {
        Ok(place) => place,
        Err(Refused::Again) => {
            return Ok(sentence(
                StatusCode::CONFLICT,
                "a request of this invocation was delivered already; a function is called once",
            ));
        }
        Err(Refused::Full) => {
            return Ok(sentence(
                StatusCode::SERVICE_UNAVAILABLE,
                "too many requests wait for their invocations; try again later",
            ));
        }
    };
    let answered = match place {
        // The invocation was there.
        None => replied.await,
        Some(place) => tokio::select! {
            answered = &mut replied => answered,
            () = sleep(rendezvous::PATIENCE) => {
                if place.give_up() {
                    let text = format!(
                        "the Functions host sent no invocation for this request within {} s; do not set `x-ms-invocation-id`",
                        rendezvous::PATIENCE.as_secs()
                    );
                    return Ok(sentence(StatusCode::GATEWAY_TIMEOUT, text));
                }
                replied.await
            }
        },
    };
    // Without an answer the function panicked, or did not end in time.
    Ok(answered.unwrap_or_else(|_| Reply::failure()))
}

fn sentence(status: StatusCode, text: impl Into<bytes::Bytes>) -> Response<Reply> {
    let mut response = Response::new(Reply::whole(text.into()));
    *response.status_mut() = status;
    let text = http::HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, text);
    response
}
