//! The language worker: what talks to the Functions host and calls the functions.

mod amqp;
mod answer;
pub(crate) mod args;
mod dispatch;
mod exchange;
mod handshake;
pub(crate) mod invoke;
pub(crate) mod logs;
pub(crate) mod metadata;
pub(crate) mod panics;
mod proxy;
mod settlement;
mod stream;
#[cfg_attr(not(feature = "opentelemetry"), path = "no_telemetry.rs")]
pub(crate) mod telemetry;

use std::{future::Future, pin::pin, sync::Arc, time::Duration};

use azure_functions_shared::rpc::{StreamingMessage, rpc_log};
use futures::{StreamExt, future::OptionFuture};
use tokio::time::timeout;
use tonic::{Status, Streaming};

use self::{
    args::Arguments,
    dispatch::{Dispatcher, Wish},
    invoke::{Calls, Limits},
    logs::Logs,
    metadata::Functions,
    proxy::Proxy,
    stream::Outbox,
    telemetry::Telemetry,
};
use crate::{Error, FunctionDef, context::States, error::Kind};

/// How long calls may go on after a signal: what the host gives when it stops a worker.
const GRACE: Duration = Duration::from_secs(5);

/// How long the host may take to read the last answers.
const FLUSH: Duration = Duration::from_millis(400);

/// What a worker serves.
#[derive(Debug)]
pub(crate) struct Worker {
    pub(crate) functions: Vec<&'static FunctionDef>,
    pub(crate) states: States,
    pub(crate) limits: Limits,
    pub(crate) logs: Logs,
    pub(crate) telemetry: Telemetry,
    /// Whether the host may forward requests to the worker's own server, if the app says so.
    pub(crate) http_streaming: Option<bool>,
}

/// Why the worker ends.
enum End {
    /// It was told to, and has answered all calls if it says so.
    Drained(bool),
    /// The host has closed the stream.
    Closed,
    /// The stream is broken.
    Broken(Status),
}

impl Worker {
    /// Serves a host until it says stop, or `signal` does.
    ///
    /// # Errors
    ///
    /// When the host cannot be reached, goes away, or there was no time to answer all calls; and after a signal. The
    /// program must then end with another code than 0, or the host believes that all is well and never starts it again.
    pub(crate) async fn run(
        self,
        arguments: &Arguments,
        signal: impl Future<Output = &'static str>,
    ) -> Result<(), Error> {
        let stream::Opened {
            outbox,
            mut inbound,
            channel,
        } = stream::open(arguments).await?;
        self.logs.open(&outbox);
        self.telemetry.start();
        let limits = Limits {
            message: arguments.max_message,
            ..self.limits
        };
        let proxy = if exchange::forwards(&self.functions, self.http_streaming) {
            proxy(&outbox).await
        } else {
            None
        };
        let functions = Functions::new(self.functions, &self.states);
        let calls = Arc::new(Calls::new(
            outbox.clone(),
            self.states,
            Some(settlement::client(channel)),
            proxy.as_ref().map(|proxy| Arc::clone(proxy.rendezvous())),
            limits,
            self.telemetry.clone(),
        ));
        let mut dispatcher = Dispatcher::new(
            outbox.clone(),
            functions,
            Arc::clone(&calls),
            proxy.as_ref().map(|proxy| proxy.uri().to_owned()),
            self.telemetry.clone(),
        );
        let mut signal = pin!(signal);
        let mut signalled = None;
        let mut terminated = false;
        let mut drain = pin!(OptionFuture::from(None));

        let end = loop {
            let grace = tokio::select! {
                message = inbound.next() => match message {
                    Some(Ok(message)) => match dispatcher.dispatch(message).await {
                        Wish::GoOn => continue,
                        Wish::Terminate(grace) => {
                            terminated = true;
                            grace
                        }
                    },
                    Some(Err(status)) => break End::Broken(status),
                    None => break End::Closed,
                },
                name = &mut signal, if signalled.is_none() => {
                    signalled = Some(name);
                    GRACE
                }
                Some(answered) = &mut drain => break End::Drained(answered),
            };
            calls.stop();
            drain.set(Some(Arc::clone(&calls).drain(grace)).into());
        };

        let any_open = calls.any_open();
        calls.abandon();
        if !matches!(end, End::Drained(_)) {
            self.telemetry.close().await;
        }
        match end {
            End::Drained(answered) => {
                let close = OptionFuture::from(proxy.as_ref().map(Proxy::close));
                tokio::join!(close, flush(&outbox, &mut inbound), self.telemetry.close());
                match signalled {
                    _ if !answered => Err(Error::new(Kind::System(
                        "the worker had to stop before all invocations were answered; an async function must not block its thread".to_owned(),
                    ))),
                    Some(name) if !terminated => Err(Error::new(Kind::System(format!(
                        "the worker was stopped by {name}"
                    )))),
                    _ => Ok(()),
                }
            }
            End::Closed if terminated && !any_open => Ok(()),
            End::Closed => Err(Error::new(Kind::Connection(
                "the host closed the stream; see its log for the reason".to_owned(),
            ))),
            End::Broken(_) if terminated && !any_open => Ok(()),
            End::Broken(status) => Err(Error::new(Kind::Connection(
                "the stream to the host broke; see its log for the reason".to_owned(),
            ))
            .with_source(status)),
        }
    }
}

/// The worker's own HTTP server.
async fn proxy(outbox: &Outbox) -> Option<Proxy> {
    match Proxy::bind().await {
        Ok(proxy) => Some(proxy),
        Err(error) => {
            let text = format!(
                "HTTP bodies are not streamed, because there is no port to listen on: {error}"
            );
            outbox.log(logs::system(rpc_log::Level::Warning, text));
            None
        }
    }
}

/// Ends the stream, and waits until the host ends it too: then it has read everything.
async fn flush(outbox: &Outbox, inbound: &mut Streaming<StreamingMessage>) {
    let read = async {
        outbox.end().await;
        while let Some(Ok(_)) = inbound.next().await {}
    };
    let _ = timeout(FLUSH, read).await;
}
