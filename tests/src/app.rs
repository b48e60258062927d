//! A function app on a host in this process, with its worker as a process of its own.

use std::{path::Path, time::Duration};

use azure_functions_host::{
    Config, Event, EventKind, Events, Host, HostError, HostHandle, store::Changes,
};
use bytes::Bytes;
use http::{Method, Request, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};

use crate::build;

/// No test waits longer for anything.
const PATIENCE: Duration = Duration::from_secs(60);

/// An app that has not started.
#[derive(Debug)]
pub struct Setup {
    /// What its host is started with.
    pub config: Config,
}

/// An app that runs, and the events of its host from the beginning.
#[derive(Debug)]
pub struct App {
    /// Its host.
    pub host: HostHandle,
    /// What happened since the start, and was not read yet.
    pub events: Events,
    client: Client<HttpConnector, Full<Bytes>>,
}

/// The answer to a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// The status.
    pub status: u16,
    /// The body.
    pub body: String,
}

impl Setup {
    /// The app of `examples/<name>`, on a free port.
    ///
    /// # Panics
    ///
    /// The example cannot be built.
    pub fn example(name: &str) -> Self {
        Self::new(
            build::example(name),
            &build::root().join("examples").join(name),
        )
    }

    /// The app of a program, on a free port.
    ///
    /// # Panics
    ///
    /// Its `host.json` cannot be read.
    #[expect(clippy::panic, reason = "a test without its app has to say so")]
    pub fn new(program: &Path, directory: &Path) -> Self {
        let mut config = Config::read(program, directory)
            .unwrap_or_else(|error| panic!("{}: {error}", directory.display()));
        config.port = 0;
        Self { config }.with("RUST_BACKTRACE", "0")
    }

    /// Gives the app a setting.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        let settings = &mut self.config.settings;
        settings.insert(name.to_owned(), value.to_owned());
        self
    }

    /// Starts it.
    ///
    /// # Panics
    ///
    /// It does not start.
    #[expect(clippy::panic, reason = "a test without its app has to say so")]
    pub async fn start(self) -> App {
        match self.try_start().await {
            Ok(app) => app,
            Err(error) => panic!("{error}"),
        }
    }

    /// Starts it.
    ///
    /// # Errors
    ///
    /// What the host says.
    pub async fn try_start(self) -> Result<App, HostError> {
        let host = Host::new(self.config);
        let events = host.events();
        Ok(App {
            host: soon(host.launch()).await?,
            events,
            client: Client::builder(TokioExecutor::new()).build_http(),
        })
    }
}

impl App {
    /// Sends a GET request, and reads the answer.
    ///
    /// # Panics
    ///
    /// There is no answer.
    pub async fn get(&self, path: &str) -> Reply {
        soon(self.send(Method::GET, path, "")).await
    }

    /// Sends a POST request with a JSON body, and reads the answer.
    ///
    /// # Panics
    ///
    /// There is no answer.
    pub async fn post(&self, path: &str, json: &str) -> Reply {
        soon(self.send(Method::POST, path, json)).await
    }

    /// Sends a request; the future does not borrow the app.
    ///
    /// # Panics
    ///
    /// There is no answer.
    pub fn send(
        &self,
        method: Method,
        path: &str,
        json: &str,
    ) -> impl Future<Output = Reply> + Send + use<> {
        self.send_with(method, path, &[], json)
    }

    /// [`send`](Self::send) with more headers.
    ///
    /// # Panics
    ///
    /// There is no answer.
    #[expect(
        clippy::panic,
        reason = "a request without an answer is what tests look for"
    )]
    pub fn send_with(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        json: &str,
    ) -> impl Future<Output = Reply> + Send + use<> {
        let client = self.client.clone();
        let target = format!("http://{}{path}", self.host.address());
        let request = Request::builder()
            .method(method)
            .uri(&target)
            .header("content-type", "application/json");
        let request = headers
            .iter()
            .fold(request, |request, (name, value)| {
                request.header(*name, *value)
            })
            .body(Full::from(json.to_owned()));
        async move {
            let request = request.unwrap_or_else(|error| panic!("{target}: {error}"));
            let response = match client.request(request).await {
                Ok(response) => response,
                Err(error) => panic!("{target}: {error}: {:?}", std::error::Error::source(&error)),
            };
            let (parts, body) = response.into_parts();
            let body = body.collect().await;
            let body = body.unwrap_or_else(|error| panic!("{target}: {error}"));
            Reply {
                status: parts.status.as_u16(),
                body: String::from_utf8_lossy(&body.to_bytes()).into_owned(),
            }
        }
    }

    /// The next event of this kind that belongs to a function.
    ///
    /// # Panics
    ///
    /// None comes.
    pub async fn event(&mut self, kind: EventKind, function: &str) -> Event {
        self.event_that(|event| event.kind == kind && event.function.as_deref() == Some(function))
            .await
    }

    /// The next line that a function logged.
    ///
    /// # Panics
    ///
    /// None comes.
    pub async fn logged(&mut self, function: &str) -> String {
        self.event(EventKind::User, function).await.message
    }

    /// The next event that is wanted; those before it are gone.
    ///
    /// # Panics
    ///
    /// None comes.
    #[expect(clippy::panic, reason = "an event that does not come fails the test")]
    pub async fn event_that(&mut self, wanted: impl Fn(&Event) -> bool) -> Event {
        soon(async {
            loop {
                match self.events.next().await {
                    Some(event) if wanted(&event) => return event,
                    Some(_) => {}
                    None => panic!("the host ended before the event"),
                }
            }
        })
        .await
    }

    /// Stops the host.
    ///
    /// # Panics
    ///
    /// It had stopped by itself, or does not stop.
    #[expect(
        clippy::panic,
        reason = "a host that does not stop well fails the test"
    )]
    pub async fn stop(self) {
        if let Err(error) = soon(self.host.stop()).await {
            panic!("{error}");
        }
    }
}

impl Reply {
    /// An answer with this status and body.
    pub fn new(status: StatusCode, body: &str) -> Self {
        Self {
            status: status.as_u16(),
            body: body.to_owned(),
        }
    }
}

/// Waits until `look` finds something in a store that tells of its `changes`.
///
/// # Panics
///
/// It never does.
pub async fn until<T, F: Future<Output = Option<T>>>(
    mut changes: Changes,
    look: impl Fn() -> F,
) -> T {
    soon(async {
        loop {
            changes.borrow_and_update();
            if let Some(found) = look().await {
                return found;
            }
            assert!(changes.changed().await.is_ok(), "the store went away");
        }
    })
    .await
}

/// Waits for something that must happen before long.
///
/// # Panics
///
/// It does not.
#[expect(clippy::panic, reason = "what does not happen in time fails the test")]
pub async fn soon<T>(future: impl Future<Output = T>) -> T {
    let result = tokio::time::timeout(PATIENCE, future).await;
    result.unwrap_or_else(|_| panic!("nothing happened for {} s", PATIENCE.as_secs()))
}
