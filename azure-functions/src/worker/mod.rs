//! The language worker: what talks to the Functions host and calls the functions.

mod amqp;
pub(crate) mod answer;
pub(crate) mod args;
mod dispatch;
pub(crate) mod exchange;
mod frame;
mod handshake;
mod hooks;
mod invoke;
#[cfg(feature = "tower")]
pub(crate) mod layered;
pub(crate) mod limit;
pub(crate) mod logs;
pub(crate) mod metadata;
pub(crate) mod panics;
mod permanent;
mod proxy;
mod request;
mod settlement;
mod stream;
#[cfg_attr(not(feature = "opentelemetry"), path = "no_telemetry.rs")]
pub(crate) mod telemetry;
pub(crate) mod watchdog;

use std::{future::Future, pin::pin, sync::Arc, time::Duration};

use azure_functions_shared::rpc::rpc_log;
use futures::future::OptionFuture;
use tokio::{
    sync::mpsc,
    time::{Instant, timeout, timeout_at},
};
use tonic::Status;

use self::{
    args::Arguments,
    dispatch::{Dispatcher, Wish},
    hooks::Lifecycle,
    invoke::Calls,
    limit::Limits,
    logs::Logs,
    metadata::Functions,
    proxy::Proxy,
    stream::{Inbound, Incoming, Outbox},
    telemetry::Telemetry,
    watchdog::Watchdog,
};
use crate::{Error, FunctionDef, context::States, error::Kind, hook::Hooks};

/// How long calls may go on after a signal: what the host gives when it stops a worker.
const GRACE: Duration = Duration::from_secs(5);

/// How long the host may take to end the stream once it has taken the last answers, and at least to take them.
const FLUSH: Duration = Duration::from_millis(400);

/// What a worker serves.
#[derive(Debug)]
pub(crate) struct Worker {
    pub(crate) functions: Vec<&'static FunctionDef>,
    pub(crate) states: States,
    pub(crate) hooks: Hooks,
    #[cfg(feature = "tower")]
    pub(crate) layers: crate::layer::Layers,
    pub(crate) limits: Limits,
    pub(crate) logs: Logs,
    pub(crate) telemetry: Telemetry,
    /// Whether the host may forward requests to the worker's own server, if the app says so.
    pub(crate) http_streaming: Option<bool>,
}

/// Why the worker ends.
enum End {
    /// It was told to; it says whether the host has an answer to each call.
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
            mut incoming,
            channel,
        } = stream::open(arguments).await?;
        self.logs.open(&outbox);
        self.telemetry.start();
        let limits = Limits {
            message: arguments.max_message,
            ..self.limits
        };
        let forwards = exchange::forwards(&self.functions, self.http_streaming);
        let proxy = forwards.then(|| proxy(&outbox));
        let proxy = OptionFuture::from(proxy).await.flatten();
        #[cfg(not(feature = "tower"))]
        let functions = self.functions;
        #[cfg(feature = "tower")]
        let (functions, layers) = self.layers.apply(self.functions);
        let functions = Functions::new(functions, &self.states, &limits);
        #[cfg(feature = "tower")]
        let (functions, layers) = match layers {
            Ok(layers) => (functions, layers),
            Err(mistake) => (functions.with_mistake(mistake), None),
        };
        let lifecycle = Arc::new(Lifecycle::new(self.hooks, self.states, outbox.clone()));
        let calls = Calls::new(
            outbox.clone(),
            lifecycle.started(),
            Some(settlement::client(channel)),
            proxy.as_ref().map(|proxy| Arc::clone(proxy.rendezvous())),
            &limits,
            self.telemetry.clone(),
        );
        #[cfg(feature = "tower")]
        let calls = calls.within(layers);
        let calls = Arc::new(calls);
        let _watchdog = watchdog(&calls, &outbox, &limits);
        let mut dispatcher = Dispatcher::new(
            outbox.clone(),
            functions,
            Arc::clone(&calls),
            self.logs,
            Arc::clone(&lifecycle),
            proxy.as_ref().map(|proxy| proxy.uri().to_owned()),
            self.telemetry.clone(),
        );
        let mut signal = pin!(signal);
        let (mut signalled, mut terminated, mut draining) = (None, false, false);
        let mut drain = pin!(OptionFuture::from(None));
        // When the process is killed if it is still there.
        let mut deadline = Instant::now();

        let mut end = {
            let (tell, mut told) = mpsc::channel(1);
            // A future of its own: the answer to a message may have to wait until the host reads on, and a signal and the
            // end of the grace period do not wait for that.
            let mut reading = pin!(read(&mut incoming, &mut dispatcher, &calls, tell));
            loop {
                let grace = tokio::select! {
                    end = &mut reading => {
                        terminated |= told.try_recv().is_ok();
                        break end;
                    }
                    Some(grace) = told.recv(), if !terminated => {
                        terminated = true;
                        grace
                    }
                    name = &mut signal, if signalled.is_none() => {
                        signalled = Some(name);
                        GRACE
                    }
                    Some(answered) = &mut drain => break End::Drained(answered),
                };
                calls.stop();
                deadline = Instant::now() + grace;
                // Hooks that run already go on to the end that was set for them.
                if !lifecycle.is_stopping() {
                    let finished = finish(Arc::clone(&calls), Arc::clone(&lifecycle), grace);
                    drain.set(Some(finished).into());
                }
                draining = true;
            }
        };

        let any_open = calls.any_open();
        calls.abandon();
        if !matches!(end, End::Drained(_)) {
            if !draining {
                drain.set(Some(finish(Arc::clone(&calls), Arc::clone(&lifecycle), GRACE)).into());
            }
            if lifecycle.has_stop_hooks() {
                let _ = drain.await;
            }
            self.telemetry.close().await;
        }
        lifecycle.halt();
        if let End::Drained(answered) = &mut end {
            let close = OptionFuture::from(proxy.as_ref().map(Proxy::close));
            let flush = flush(&outbox, &mut incoming, deadline);
            let (_, sent, ()) = tokio::join!(close, flush, self.telemetry.close());
            *answered &= sent;
        }
        end.into_result(signalled, terminated && !any_open, terminated)
    }
}

impl End {
    /// What the program ends with. `signalled` is the signal, if there was one; a host that told the worker to stop, and got
    /// all answers, may leave.
    fn into_result(
        self,
        signalled: Option<&str>,
        may_leave: bool,
        terminated: bool,
    ) -> Result<(), Error> {
        match self {
            Self::Drained(false) => Err(Error::new(Kind::System(
                "the worker had to stop before the host had read all answers; see its log for the reason"
                    .to_owned(),
            ))),
            Self::Drained(true) => match signalled {
                Some(name) if !terminated => Err(Error::new(Kind::System(format!(
                    "the worker was stopped by {name}"
                )))),
                _ => Ok(()),
            },
            Self::Closed | Self::Broken(_) if may_leave => Ok(()),
            Self::Closed => Err(Error::new(Kind::Connection(
                "the host closed the stream; see its log for the reason".to_owned(),
            ))),
            Self::Broken(status) => Err(Error::new(Kind::Connection(
                "the stream to the host broke; see its log for the reason".to_owned(),
            ))
            .with_source(status)),
        }
    }
}

/// Waits until all calls are answered, and runs the stop hooks. Says whether all calls were answered in time.
///
/// The hooks have what the calls leave of the time, and a fifth more that is kept for them; without hooks the calls have it.
async fn finish(calls: Arc<Calls>, lifecycle: Arc<Lifecycle>, grace: Duration) -> bool {
    let deadline = Instant::now() + grace / 10 * 9;
    let share = if lifecycle.has_stop_hooks() {
        grace / 5 * 4
    } else {
        grace
    };
    let answered = calls.drain(share).await;
    lifecycle.stop(deadline).await;
    answered
}

/// Does what the host says until the stream ends; `tell` hears how long the worker may go on once it is to stop.
async fn read(
    incoming: &mut Incoming,
    dispatcher: &mut Dispatcher,
    calls: &Calls,
    tell: mpsc::Sender<Duration>,
) -> End {
    loop {
        match next(calls, incoming).await {
            Some(Ok(message)) => match dispatcher.dispatch(message).await {
                Wish::GoOn => {}
                Wish::Terminate(grace) => {
                    // Before the next message is looked at, which may be a call.
                    calls.stop();
                    // The first word counts.
                    let _ = tell.try_send(grace);
                }
            },
            Some(Err(status)) => return End::Broken(status),
            None => return End::Closed,
        }
    }
}

/// The host's next message, once it can be answered. Until then the host waits, and sees that it has to.
async fn next(calls: &Calls, incoming: &mut Incoming) -> Option<Result<Inbound, Status>> {
    if calls.are_full() {
        calls.room().await;
    }
    incoming.next().await
}

/// Who names functions that block the runtime, unless the app wants nobody to.
fn watchdog(calls: &Arc<Calls>, outbox: &Outbox, limits: &Limits) -> Option<Watchdog> {
    let clock = calls.clock()?;
    match Watchdog::start(clock.clone(), calls, outbox.clone(), limits.poll?) {
        Ok(watchdog) => Some(watchdog),
        Err(error) => {
            let text = format!(
                "functions that block the runtime are not named, because there is no thread to watch them: {error}"
            );
            outbox.log(logs::system(rpc_log::Level::Warning, text));
            None
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

/// Ends the stream, and waits until the host ends it too: then it has read everything. A host that reads slowly has the
/// rest of its grace period for it. Says whether everything is on its way.
async fn flush(outbox: &Outbox, incoming: &mut Incoming, deadline: Instant) -> bool {
    let deadline = deadline.max(Instant::now() + FLUSH);
    let sent = timeout_at(deadline, outbox.end()).await.is_ok();
    let read = async { while let Some(Ok(_)) = incoming.next().await {} };
    let _ = timeout(FLUSH, read).await;
    sent
}
