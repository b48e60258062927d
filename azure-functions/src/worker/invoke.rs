//! Invocations: each in a task of its own, each answered exactly once.
//!
//! An async function is polled in that task; a blocking one runs on a thread for it, when one of the allowed number is
//! free. Whatever the function does (return, fail, panic, or go on after the host has lost interest), the task sends the
//! one answer.
//!
//! The task costs something: an async call could be polled once where it is read, and get a task only if it has to wait.
//! But then a function that computes holds up the reader, and with it the answers to status requests.
//!
//! A call is open from its request until just before its answer is queued. A second request with the id of an open call
//! is ignored, and the open call's answer stands for both; after that the same id is a new call, which is how the host
//! retries.
//!
//! A call that was cancelled has [`GRACE`] for everything that is left of it: its function, the stream of its response and
//! its children together.

use std::{
    borrow::Cow,
    collections::{HashMap, hash_map::Entry},
    fmt::Write as _,
    future::poll_fn,
    mem,
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
    pin::pin,
    sync::{
        Arc, Mutex, MutexGuard, OnceLock, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    task::Poll,
    time::Duration,
};

use azure_functions_shared::rpc::{Content, RpcLog, rpc_log::Level};
use futures::{FutureExt, future::OptionFuture};
use tokio::{
    task::spawn_blocking,
    time::{timeout, timeout_at},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::{Instrument, Span};

#[cfg(feature = "tower")]
use super::layered;
use super::{
    answer::Answer,
    exchange::Forwarded,
    frame::Response,
    hooks::Started,
    limit::{Entry as PlaceEntry, Limits, Places},
    logs,
    panics::Panic,
    permanent::unsettled,
    proxy::Rendezvous,
    request::Request,
    stream::Outbox,
    telemetry::Telemetry,
    watchdog::{Clock, Polled},
};
#[cfg(feature = "durable")]
use crate::driver::Drive;
#[cfg(feature = "tower")]
use crate::layer::Stack;
use crate::{
    Call, Context, FunctionDef, InvokeError, Invoker, Outputs,
    context::{Children, Invocation},
    settlement::Settler,
};

/// How long a function may go on after its call was cancelled. The host gives 2 s before it restarts the process.
const GRACE: Duration = Duration::from_millis(1500);

/// How many of the functions that did not end in time a record names.
const NAMED: usize = 20;

/// The calls of this process.
#[derive(Debug)]
pub(super) struct Calls {
    outbox: Outbox,
    started: Started,
    settler: Option<Arc<dyn Settler>>,
    places: Places,
    /// What the watchdog measures polls by, if the app wants one.
    clock: Option<Clock>,
    max_message: usize,
    pub(super) max_body: usize,
    /// The layers around the functions, if there are any.
    #[cfg(feature = "tower")]
    layers: Option<Stack>,
    /// Where requests come that the host forwards.
    rendezvous: Option<Arc<Rendezvous>>,
    telemetry: Telemetry,
    open: Mutex<HashMap<Arc<str>, Context>>,
    tasks: TaskTracker,
    stopping: AtomicBool,
    /// From here on, what has not ended is answered without having ended.
    last_call: CancellationToken,
}

impl Calls {
    pub(super) fn new(
        outbox: Outbox,
        started: Started,
        settler: Option<Arc<dyn Settler>>,
        rendezvous: Option<Arc<Rendezvous>>,
        limits: &Limits,
        telemetry: Telemetry,
    ) -> Self {
        Self {
            outbox,
            started,
            settler,
            places: Places::new(limits),
            clock: limits.poll.map(|_| Clock::default()),
            max_message: limits.message,
            max_body: limits.body,
            #[cfg(feature = "tower")]
            layers: None,
            rendezvous,
            telemetry,
            open: Mutex::default(),
            tasks: TaskTracker::new(),
            stopping: AtomicBool::new(false),
            last_call: CancellationToken::new(),
        }
    }

    /// These calls with layers around their functions.
    #[cfg(feature = "tower")]
    pub(super) fn within(self, layers: Option<Stack>) -> Self {
        Self { layers, ..self }
    }

    /// Starts a call and returns at once. `function` is `None` when the host asked for one that is not there.
    pub(super) fn start(
        self: &Arc<Self>,
        function: Option<&'static FunctionDef>,
        mut request: Request,
        request_id: String,
        directory: &Arc<Path>,
    ) {
        let context = self.context(function, &mut request, directory);
        let is_new = match self.open().entry(Arc::clone(context.id())) {
            Entry::Vacant(entry) => {
                entry.insert(context.clone());
                true
            }
            Entry::Occupied(_) => false,
        };
        if !is_new {
            let id = context.invocation_id();
            tracing::warn!("invocation `{id}` was requested again while it is open");
            return;
        }
        if let Some(clock) = &self.clock {
            clock.wake();
        }
        // What needs no waiting is done here, so that the future, which is allocated for each call, is small.
        let work = self.prepare(function, request, &context);
        let calls = Arc::clone(self);
        let answered = async move {
            let id = context.invocation_id();
            let (response, span) = match work {
                Ok(work) => {
                    let span = calls.telemetry.span(&context, work.function);
                    let response = AssertUnwindSafe(calls.answer(work, &context, &span))
                        .catch_unwind()
                        .await;
                    let response = response.unwrap_or_else(|payload| {
                        Answer::panicked(Panic::of(payload)).into_response(id)
                    });
                    (response, Some(span))
                }
                Err(answer) => (answer.into_response(id), None),
            };
            let mut response = match context.children() {
                None => response,
                Some(children) => Box::pin(calls.end(children, &context, response)).await,
            };
            calls.add_tags(&mut response, &context);
            if let Some(span) = span {
                calls
                    .telemetry
                    .end(span, response.message(), &context)
                    .await;
            }
            calls.respond(response, id, &request_id).await;
        };
        // In a box, because the runtime moves what it makes a task of several times.
        self.tasks.spawn(Box::pin(answered));
    }

    /// Tells the function of a call that the host no longer wants its result.
    pub(super) fn cancel(&self, id: &str) {
        let context = self.open().get(id).cloned();
        // A call that was answered a moment ago is not known any more.
        if let Some(context) = context {
            context.cancel();
        }
    }

    /// Refuses new calls, and tells all functions that the host stops.
    pub(super) fn stop(&self) {
        self.stopping.store(true, Ordering::Relaxed);
        self.tasks.close();
        let open: Vec<_> = self.open().values().cloned().collect();
        for context in open {
            context.cancel();
        }
    }

    /// Waits until all calls are answered. Functions that are still running after four fifths of `grace` are named in the
    /// log and answered for. Says whether all calls were answered in time.
    pub(super) async fn drain(self: Arc<Self>, grace: Duration) -> bool {
        if timeout(grace / 5 * 4, self.tasks.wait()).await.is_ok() {
            return true;
        }
        self.name_stuck();
        self.tell_stuck();
        self.last_call.cancel();
        if timeout(grace / 10, self.tasks.wait()).await.is_ok() {
            return true;
        }
        timeout(grace / 20, self.answer_for_stuck())
            .await
            .unwrap_or(false)
    }

    /// Writes each call that is open to the log of its function.
    fn tell_stuck(&self) {
        let open: Vec<_> = self.open().values().cloned().collect();
        for context in open {
            let (function, id) = (context.function_name(), context.invocation_id());
            logs::invocation_span(id, function).in_scope(|| {
                tracing::warn!(
                    "function `{function}` did not end when the worker was to stop; invocation `{id}` is answered without it"
                );
            });
        }
    }

    /// Answers the calls whose tasks do not: an async function that blocks its thread cannot be ended. Says whether
    /// nothing else is unanswered.
    async fn answer_for_stuck(&self) -> bool {
        let open = mem::take(&mut *self.open());
        let stuck = open.len();
        for id in open.into_keys() {
            let reason =
                "the worker stops, and the function blocks its thread; an async function must not";
            let response = Answer::cancelled(reason).into_response(&*id);
            self.outbox.send_frame(response.into_frame("")).await;
        }
        // The other tasks wait for a host that does not read their answers.
        self.tasks.len() <= stuck
    }

    /// Whether so much waits that no message should be read.
    pub(super) fn are_full(&self) -> bool {
        self.places.are_full() || self.outbox.is_full()
    }

    /// Waits until a message should be read, if only to see that there is no stream any more.
    ///
    /// # Cancel safety
    ///
    /// Can be dropped and called again.
    pub(super) async fn room(&self) {
        tokio::select! {
            () = self.places.room() => self.outbox.room().await,
            () = self.outbox.closed() => {}
        }
    }

    /// The clock of the watchdog, if there is to be one.
    pub(super) fn clock(&self) -> Option<&Clock> {
        self.clock.as_ref()
    }

    /// The calls whose functions block the runtime, and for how many looks of the watchdog; `None` when there are no calls.
    /// The watchdog may sleep then, if it `tires`.
    pub(super) fn blocked(&self, clock: &Clock, tires: bool) -> Option<Vec<(Context, u64)>> {
        let open = self.open();
        if open.is_empty() {
            if tires {
                clock.sleep();
            }
            return None;
        }
        let blocked = open.values();
        let blocked = blocked.filter_map(|context| Some((context.clone(), context.blocks(clock)?)));
        Some(blocked.collect())
    }

    /// Whether there is a call that was not answered.
    pub(super) fn any_open(&self) -> bool {
        !self.tasks.is_empty()
    }

    /// Gives up on all calls: nobody is there to read an answer.
    pub(super) fn abandon(&self) {
        self.stop();
        self.last_call.cancel();
    }

    /// What a function can know of its call.
    fn context(
        &self,
        function: Option<&'static FunctionDef>,
        request: &mut Request,
        directory: &Arc<Path>,
    ) -> Context {
        Context::of(Invocation {
            id: Arc::clone(&request.id),
            function: Cow::Borrowed(function.map_or("", |function| function.name)),
            directory: Some(Arc::clone(directory)),
            retry: request.retry.take(),
            trace: mem::take(&mut request.trace),
            cancellation: CancellationToken::new(),
            cancelled_at: OnceLock::new(),
            states: self.started.states(),
            settler: self.settler.clone(),
            clock: self.clock.clone(),
            polled: Polled::default(),
            children: OnceLock::new(),
            tags: Mutex::default(),
            #[cfg(feature = "tower")]
            extensions: Mutex::default(),
        })
    }

    /// Makes the function's call out of the host's request, or the answer if there is none to make.
    fn prepare(
        &self,
        function: Option<&'static FunctionDef>,
        request: Request,
        context: &Context,
    ) -> Result<Work, Box<Answer>> {
        let Some(function) = function else {
            return Err(Box::new(Answer::refused(format!(
                "function `{}` was not loaded by this app; restart the host",
                String::from_utf8_lossy(&request.function)
            ))));
        };
        if self.stopping.load(Ordering::Relaxed) {
            return Err(Box::new(Answer::cancelled("the worker is stopping")));
        }
        match self.started.get() {
            Some(Ok(_)) => {}
            Some(Err(reason)) => return Err(Box::new(Answer::refused(reason.as_str()))),
            None => {
                return Err(Box::new(Answer::refused(format!(
                    "function `{}` was called before the app had started; a host has to load it first",
                    function.name
                ))));
            }
        }
        let inputs = request
            .inputs
            .map_err(|reason| Box::new(Answer::refused(reason)))?;
        let forwarded = self
            .rendezvous
            .as_ref()
            .and_then(|rendezvous| Forwarded::of(function, &inputs, &request.metadata, rendezvous));
        Ok(Work {
            function,
            call: Call::of(inputs, request.metadata, context.clone()),
            forwarded,
            places: self.places.enter(function.name),
        })
    }

    async fn answer(&self, work: Work, context: &Context, span: &Span) -> Response {
        let Work {
            function,
            call,
            forwarded,
            mut places,
        } = work;
        let id = context.invocation_id().to_owned();
        if places.waits() {
            tokio::select! {
                () = places.wait() => {}
                () = context.cancelled() => return not_started().into_response(id),
            }
        }
        if let Some(forwarded) = forwarded {
            // In a box, because it is large and the future of each call would have room for it.
            return Box::pin(self.exchange(forwarded, function, call, context, span.clone())).await;
        }
        let message = unsettled(function, &call);
        let mut answer = self.run(function, call, context, span.clone()).await;
        if answer.is_permanent() {
            answer = Box::pin(self.give_up(answer, context, message)).await;
        }
        if answer.streams() {
            answer = Box::pin(self.gather(answer, context, span.clone())).await;
        }
        self.seal(answer, id)
    }

    /// Runs the function to its end, or until it is overdue.
    pub(super) async fn run(
        &self,
        function: &'static FunctionDef,
        call: Call,
        context: &Context,
        span: Span,
    ) -> Answer {
        #[cfg(feature = "tower")]
        if let Some(next) = self.layers.as_ref().and_then(|layers| layers.of(function)) {
            let threads = self.places.threads().clone();
            let answer = layered::answer(next, function, call, span.clone(), threads);
            return self.watched(answer.instrument(span), context).await;
        }
        #[cfg(feature = "durable")]
        if let Some(driver) = function.driver() {
            let drive = Drive::new(function, call, self.places.threads().clone());
            let result = async { Answer::of(function, driver.run(drive).await) };
            return self.watched(result.instrument(span), context).await;
        }
        match function.invoker {
            Invoker::Async(invoke) => {
                let result = async { Answer::of(function, invoke(call).await) };
                self.watched(result.instrument(span), context).await
            }
            Invoker::Blocking(invoke) => {
                Box::pin(self.answer_blocking(function, invoke, call, context, span)).await
            }
        }
    }

    /// Polls what makes the answer under the eyes of the watchdog, until it is there or overdue.
    async fn watched(&self, result: impl Future<Output = Answer>, context: &Context) -> Answer {
        let mut result = pin!(result);
        let mut overdue = None;
        let watch = context.watch();
        poll_fn(|cx| {
            {
                let _polling = watch.map(|(clock, polled)| polled.begin(clock));
                if let Poll::Ready(answer) = result.as_mut().poll(cx) {
                    return Poll::Ready(answer);
                }
            }
            // A function that never waits is never waited for.
            let overdue = overdue.get_or_insert_with(|| Box::pin(self.overdue(context)));
            overdue.as_mut().poll(cx).map(|()| cancelled())
        })
        .await
    }

    async fn answer_blocking(
        &self,
        function: &'static FunctionDef,
        invoke: fn(Call) -> Result<Outputs, InvokeError>,
        call: Call,
        context: &Context,
        span: Span,
    ) -> Answer {
        let permit = tokio::select! {
            biased;
            permit = self.places.threads().take() => permit,
            () = context.cancelled() => return not_started(),
        };
        let running = spawn_blocking(move || {
            // Held until the function really ends, which can be long after its call was answered.
            let _permit = permit;
            let _entered = span.entered();
            catch_unwind(AssertUnwindSafe(|| Answer::of(function, invoke(call))))
                .unwrap_or_else(|payload| Answer::panicked(Panic::of(payload)))
        });
        tokio::select! {
            biased;
            answer = running => answer.unwrap_or_else(|error| {
                Answer::refused(format!("the function's thread was lost: {error}"))
            }),
            () = self.overdue(context) => cancelled(),
        }
    }

    /// Waits until a call has to be answered without its function.
    pub(super) async fn overdue(&self, context: &Context) {
        context.cancelled().await;
        if self.stopping.load(Ordering::Relaxed) {
            self.last_call.cancelled().await;
        } else {
            let deadline = context.cancelled_at() + GRACE;
            let _ = timeout_at(deadline, self.last_call.cancelled()).await;
        }
    }

    /// Waits for the children of a call, and gives the answer that the call has if it has none of its own yet: that one
    /// panicked, or that they are overdue.
    pub(super) async fn join(&self, children: &Children, context: &Context) -> Option<Answer> {
        tokio::select! {
            biased;
            panic = children.join() => panic.map(|panic| Answer::panicked(panic.into_panic())),
            () = self.overdue(context) => {
                let left = children.abandon();
                let (function, id) = (context.function_name(), context.invocation_id());
                tracing::warn!(
                    "{left} child tasks of invocation `{id}` of function `{function}` were dropped, because the host cancelled \
                     it and they did not end in time"
                );
                Some(cancelled())
            }
        }
    }

    /// Waits for the children of a call that has an answer, which may no longer be the right one.
    async fn end(&self, children: &Children, context: &Context, response: Response) -> Response {
        match self.join(children, context).await {
            Some(answer) if response.is_success() => self.seal(answer, response.into_id()),
            _ => response,
        }
    }

    /// Says which functions have not ended in the time that the host gave.
    fn name_stuck(&self) {
        let mut names: Vec<_> = {
            let open = self.open();
            let name = |context: &Context| {
                let (function, id) = (context.function_name(), context.invocation_id());
                format!("`{function}` (invocation `{id}`)")
            };
            open.values().map(name).collect()
        };
        names.sort();
        let more = names.len().saturating_sub(NAMED);
        names.truncate(NAMED);
        let mut text = format!(
            "the worker stops, and these functions have not ended in time; end them when `Context::cancelled` does: {}",
            names.join(", ")
        );
        if more > 0 {
            let _ = write!(text, " and {more} more");
        }
        self.outbox.log(logs::system(Level::Warning, text));
    }

    /// The message of an answer, or of a failure if it is longer than the host takes: that would end the stream, and with
    /// it all other calls.
    pub(super) fn seal(&self, answer: Answer, id: String) -> Response {
        let response = answer.into_response(id);
        if self.fits(&response) {
            return response;
        }
        let length = response.len();
        let reason = format!(
            "the outputs have {length} bytes, and the host takes {}; write large data to a blob",
            self.max_message
        );
        Answer::refused(reason).into_response(response.into_id())
    }

    /// Adds the function's tags for the host's span, unless the message would then be too long.
    fn add_tags(&self, response: &mut Response, context: &Context) {
        let tags = context.take_trace_attributes();
        if tags.is_empty() {
            return;
        }
        response.set_tags(tags);
        if !self.fits(response) {
            response.set_tags(HashMap::new());
            tracing::warn!(
                "the tags of invocation `{}` are dropped, because the host does not take a message of that length",
                context.invocation_id()
            );
        }
    }

    /// Whether the host takes a message with this answer.
    fn fits(&self, response: &Response) -> bool {
        // The content's tag, the request id and two lengths come on top.
        const ENVELOPE: usize = 1024;
        response.len().saturating_add(ENVELOPE) <= self.max_message
    }

    /// Sends a record that must not be lost.
    pub(super) async fn tell(&self, record: RpcLog) {
        self.outbox
            .send(Content::RpcLog(record), String::new())
            .await;
    }

    /// Ends a call, unless it was answered for. The id is free before the host can read the answer and use it again.
    fn respond(
        &self,
        response: Response,
        id: &str,
        request_id: &str,
    ) -> OptionFuture<impl Future<Output = ()>> {
        let frame = response.into_frame(request_id);
        let is_open = self.open().remove(id).is_some();
        is_open.then(|| self.outbox.send_frame(frame)).into()
    }

    fn open(&self) -> MutexGuard<'_, HashMap<Arc<str>, Context>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A call that can begin.
struct Work {
    function: &'static FunctionDef,
    call: Call,
    /// Where its request is, if the host forwards it.
    forwarded: Option<Forwarded>,
    /// Held until the call is answered.
    places: PlaceEntry,
}

pub(super) fn not_started() -> Answer {
    Answer::cancelled("the host cancelled the invocation before it began")
}

pub(super) fn cancelled() -> Answer {
    Answer::cancelled("the host cancelled the invocation, and the function did not end in time")
}
