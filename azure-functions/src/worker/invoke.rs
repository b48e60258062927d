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

use std::{
    collections::{HashMap, hash_map::Entry},
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use azure_functions_shared::rpc::{
    Content, InvocationRequest, InvocationResponse, ParameterBinding, RetryContext,
    RpcTraceContext, parameter_binding::RpcData,
};
use futures::FutureExt;
use prost::Message;
use tokio::{sync::Semaphore, task::spawn_blocking, time::timeout};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::{Instrument, Span};

use super::{
    answer::Answer, exchange::Forwarded, panics::Panic, proxy::Rendezvous, stream::Outbox,
    telemetry::Telemetry,
};
use crate::{
    Call, Context, Data, FunctionDef, InvokeError, Invoker, Outputs, Retry, Trace, Trigger,
    context::{Invocation, States},
    settlement::Settler,
};

/// How long a function may go on after its call was cancelled. The host gives 2 s before it restarts the process.
const GRACE: Duration = Duration::from_millis(1500);

/// How many functions may run at a time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Of the blocking ones: each has a thread.
    pub(crate) blocking: usize,
    /// Of all; `None` when the host alone decides.
    pub(crate) total: Option<usize>,
    /// The longest message that the host takes, in bytes.
    pub(crate) message: usize,
    /// The longest body of a request or a response that is held in memory, in bytes.
    pub(crate) body: usize,
}

/// The calls of this process.
#[derive(Debug)]
pub(super) struct Calls {
    outbox: Outbox,
    states: States,
    settler: Option<Arc<dyn Settler>>,
    blocking: Arc<Semaphore>,
    total: Option<Semaphore>,
    max_message: usize,
    pub(super) max_body: usize,
    /// Where requests come that the host forwards.
    rendezvous: Option<Arc<Rendezvous>>,
    telemetry: Telemetry,
    open: Mutex<HashMap<String, CancellationToken>>,
    tasks: TaskTracker,
    stopping: AtomicBool,
    /// From here on, what has not ended is answered without having ended.
    last_call: CancellationToken,
}

impl Calls {
    pub(super) fn new(
        outbox: Outbox,
        states: States,
        settler: Option<Arc<dyn Settler>>,
        rendezvous: Option<Arc<Rendezvous>>,
        limits: Limits,
        telemetry: Telemetry,
    ) -> Self {
        let permits = |limit: usize| limit.clamp(1, Semaphore::MAX_PERMITS);
        Self {
            outbox,
            states,
            settler,
            blocking: Arc::new(Semaphore::new(permits(limits.blocking))),
            total: limits.total.map(|limit| Semaphore::new(permits(limit))),
            max_message: limits.message,
            max_body: limits.body,
            rendezvous,
            telemetry,
            open: Mutex::default(),
            tasks: TaskTracker::new(),
            stopping: AtomicBool::new(false),
            last_call: CancellationToken::new(),
        }
    }

    /// Starts a call and returns at once. `function` is `None` when the host asked for one that is not there.
    pub(super) fn start(
        self: &Arc<Self>,
        function: Option<&'static FunctionDef>,
        request: InvocationRequest,
        request_id: String,
        directory: &Arc<Path>,
    ) {
        let token = CancellationToken::new();
        let id = request.invocation_id.clone();
        let is_new = match self.open().entry(id.clone()) {
            Entry::Vacant(entry) => {
                entry.insert(token.clone());
                true
            }
            Entry::Occupied(_) => false,
        };
        if !is_new {
            tracing::warn!("invocation `{id}` was requested again while it is open");
            return;
        }
        // What needs no waiting is done here, so that the task, which is allocated for each call, is small.
        let work = self.prepare(function, request, &token, directory);
        let calls = Arc::clone(self);
        self.tasks.spawn(async move {
            let response = match work {
                Ok(work) => {
                    let context = work.call.context().clone();
                    let span = calls.telemetry.span(&context, work.function);
                    let mut response =
                        AssertUnwindSafe(calls.answer(work, token.clone(), span.clone()))
                            .catch_unwind()
                            .await
                            .unwrap_or_else(|payload| {
                                Answer::panicked(Panic::of(payload)).into_response(id.clone())
                            });
                    calls.add_tags(&mut response, &context);
                    calls.telemetry.end(span, &response, &token).await;
                    response
                }
                Err(answer) => answer.into_response(id.clone()),
            };
            calls.respond(response, &id, request_id).await;
        });
    }

    /// Tells the function of a call that the host no longer wants its result.
    pub(super) fn cancel(&self, id: &str) {
        let token = self.open().get(id).cloned();
        // A call that was answered a moment ago is not known any more.
        if let Some(token) = token {
            token.cancel();
        }
    }

    /// Refuses new calls, and tells all functions that the host stops.
    pub(super) fn stop(&self) {
        self.stopping.store(true, Ordering::Relaxed);
        self.tasks.close();
        let tokens: Vec<_> = self.open().values().cloned().collect();
        for token in tokens {
            token.cancel();
        }
    }

    /// Waits until all calls are answered. Functions that are still running after four fifths of `grace` are answered for.
    /// Says whether all calls were answered in time.
    pub(super) async fn drain(self: Arc<Self>, grace: Duration) -> bool {
        if timeout(grace / 5 * 4, self.tasks.wait()).await.is_ok() {
            return true;
        }
        self.last_call.cancel();
        timeout(grace / 10, self.tasks.wait()).await.is_ok()
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

    /// Makes the function's call out of the host's request, or the answer if there is none to make.
    fn prepare(
        &self,
        function: Option<&'static FunctionDef>,
        request: InvocationRequest,
        token: &CancellationToken,
        directory: &Arc<Path>,
    ) -> Result<Work, Box<Answer>> {
        let Some(function) = function else {
            return Err(Box::new(Answer::refused(format!(
                "function `{}` was not loaded by this app; restart the host",
                request.function_id
            ))));
        };
        if self.stopping.load(Ordering::Relaxed) {
            return Err(Box::new(Answer::cancelled("the worker is stopping")));
        }
        let forwarded = self
            .rendezvous
            .as_ref()
            .and_then(|rendezvous| Forwarded::of(function, &request, rendezvous));
        let inputs = request
            .input_data
            .into_iter()
            .map(input)
            .collect::<Result<_, String>>()
            .map_err(|reason| Box::new(Answer::refused(reason)))?;
        let context = Context::of(Invocation {
            id: request.invocation_id,
            function: function.name.into(),
            directory: Some(Arc::clone(directory)),
            retry: request.retry_context.map(retry),
            trace: request.trace_context.map(trace).unwrap_or_default(),
            cancellation: token.clone(),
            states: self.states.clone(),
            settler: self.settler.clone(),
            ..Invocation::default()
        });
        let trigger = Trigger::from_wire(request.trigger_metadata);
        Ok(Work {
            function,
            call: Call::new(inputs, trigger, context),
            forwarded,
        })
    }

    async fn answer(&self, work: Work, token: CancellationToken, span: Span) -> InvocationResponse {
        let Work {
            function,
            call,
            forwarded,
        } = work;
        let id = call.context().invocation_id().to_owned();
        let _permit = match &self.total {
            None => None,
            Some(total) => tokio::select! {
                permit = total.acquire() => permit.ok(),
                () = token.cancelled() => return not_started().into_response(id),
            },
        };
        if let Some(forwarded) = forwarded {
            return self.exchange(forwarded, function, call, token, span).await;
        }
        let answer = self.run(function, call, &token, span.clone()).await;
        let answer = self.gather(answer, &token, span).await;
        self.seal(answer, id)
    }

    /// Runs the function to its end, or until it is overdue.
    pub(super) async fn run(
        &self,
        function: &'static FunctionDef,
        call: Call,
        token: &CancellationToken,
        span: Span,
    ) -> Answer {
        match function.invoker {
            Invoker::Async(invoke) => {
                let result = async { Answer::of(function, invoke(call).await) };
                tokio::select! {
                    biased;
                    answer = result.instrument(span) => answer,
                    () = self.overdue(token) => cancelled(),
                }
            }
            Invoker::Blocking(invoke) => {
                self.answer_blocking(function, invoke, call, token, span)
                    .await
            }
        }
    }

    async fn answer_blocking(
        &self,
        function: &'static FunctionDef,
        invoke: fn(Call) -> Result<Outputs, InvokeError>,
        call: Call,
        token: &CancellationToken,
        span: Span,
    ) -> Answer {
        let permit = tokio::select! {
            biased;
            permit = Arc::clone(&self.blocking).acquire_owned() => permit,
            () = token.cancelled() => return not_started(),
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
            () = self.overdue(token) => cancelled(),
        }
    }

    /// Waits until a call has to be answered without its function.
    pub(super) async fn overdue(&self, token: &CancellationToken) {
        token.cancelled().await;
        if self.stopping.load(Ordering::Relaxed) {
            self.last_call.cancelled().await;
        } else {
            let _ = timeout(GRACE, self.last_call.cancelled()).await;
        }
    }

    /// The message of an answer, or of a failure if it is longer than the host takes: that would end the stream, and with
    /// it all other calls.
    pub(super) fn seal(&self, answer: Answer, id: String) -> InvocationResponse {
        let response = answer.into_response(id);
        if self.fits(&response) {
            return response;
        }
        let length = response.encoded_len();
        let reason = format!(
            "the outputs have {length} bytes, and the host takes {}; write large data to a blob",
            self.max_message
        );
        Answer::refused(reason).into_response(response.invocation_id)
    }

    /// Adds the function's tags for the host's span, unless the message would then be too long.
    fn add_tags(&self, response: &mut InvocationResponse, context: &Context) {
        let tags = context.take_trace_attributes();
        if tags.is_empty() {
            return;
        }
        response.trace_context_attributes = tags;
        if !self.fits(response) {
            response.trace_context_attributes.clear();
            tracing::warn!(
                "the tags of invocation `{}` are dropped, because the host does not take a message of that length",
                response.invocation_id
            );
        }
    }

    /// Whether the host takes a message with this answer.
    fn fits(&self, response: &InvocationResponse) -> bool {
        // The content's tag, the request id and two lengths come on top.
        const ENVELOPE: usize = 1024;
        response.encoded_len().saturating_add(ENVELOPE) <= self.max_message
    }

    /// Ends a call. The id is free before the host can read the answer and use it again.
    fn respond(
        &self,
        response: InvocationResponse,
        id: &str,
        request_id: String,
    ) -> impl Future<Output = ()> {
        self.open().remove(id);
        self.outbox
            .send(Content::InvocationResponse(response), request_id)
    }

    fn open(&self) -> MutexGuard<'_, HashMap<String, CancellationToken>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A call that can begin.
struct Work {
    function: &'static FunctionDef,
    call: Call,
    /// Where its request is, if the host forwards it.
    forwarded: Option<Forwarded>,
}

pub(super) fn not_started() -> Answer {
    Answer::cancelled("the host cancelled the invocation before it began")
}

pub(super) fn cancelled() -> Answer {
    Answer::cancelled("the host cancelled the invocation, and the function did not end in time")
}

fn input(binding: ParameterBinding) -> Result<(String, Data), String> {
    match binding.rpc_data {
        Some(RpcData::Data(data)) => Ok((binding.name, Data::from_wire(data))),
        None => Ok((binding.name, Data::none())),
        Some(RpcData::RpcSharedMemory(_)) => Err(format!(
            "parameter `{}`: the value is in shared memory, which this worker does not read; switch \
             `FUNCTIONS_WORKER_SHARED_MEMORY_DATA_TRANSFER_ENABLED` off",
            binding.name
        )),
    }
}

fn retry(context: RetryContext) -> Retry {
    Retry {
        count: context.retry_count.try_into().unwrap_or_default(),
        max: context.max_retry_count.try_into().ok(),
        error: context.exception.map(|exception| exception.message),
    }
}

fn trace(context: RpcTraceContext) -> Trace {
    Trace {
        parent: context.trace_parent,
        state: context.trace_state,
        attributes: context.attributes,
        baggage: context.baggage,
    }
}
