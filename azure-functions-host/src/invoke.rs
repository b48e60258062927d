//! Calls of functions: inputs before, the worker, outputs after, and the retry policy around all of it.

use std::{collections::HashMap, sync::Arc, time::Duration};

use azure_functions_shared::rpc::{
    InvocationRequest, ParameterBinding, RetryContext, RpcTraceContext, TypedData,
    parameter_binding::RpcData,
};
use serde_json::Value;
use tokio::{sync::oneshot, time::Instant};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::{
    binding_data::BindingData,
    clock::Clock,
    event::{Event, EventKind, EventSink, Level},
    expression::System,
    forward::{Forward, ForwardError},
    plan::{Plan, Prepared, Resolved},
    rpc::{Gone, exception_text},
    services::{durable::answers_hub, in_full},
    store::{Sent, SentOutputs},
    wire::{self, AnswerError, Capabilities, Output, trigger},
    workers::Workers,
};

/// Why a call failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvokeError {
    /// There is no such function.
    #[error("there is no function `{0}`")]
    UnknownFunction(String),
    /// The function ran and failed.
    #[error("Result: Failure\nException: {message}\nStack: {stack}")]
    Failed {
        /// What it said.
        message: String,
        /// Where, as it said.
        stack: String,
    },
    /// The call was cancelled.
    #[error("Result: Cancelled\nException: {0}")]
    Cancelled(String),
    /// The call took longer than `functionTimeout` allows.
    #[error("the call took longer than {} s, the `functionTimeout` of host.json", .0.as_secs_f32())]
    TimedOut(Duration),
    /// The worker went while the call ran.
    #[error("the worker went while the call ran: {0}")]
    WorkerLost(String),
    /// There is no worker, and there will be none.
    #[error("there is no worker: {0}")]
    NoWorker(String),
    /// The worker could not load the function.
    #[error("the worker has not loaded the function: {0}")]
    NotLoaded(String),
    /// The request could not be forwarded to the worker's own server, or its response not be passed on.
    #[error("{0}")]
    Forward(String),
    /// An input could not be had, so the function was not called.
    #[error("{0}")]
    Input(String),
    /// The function ran, and an output could not be stored.
    #[error("{0}")]
    Output(String),
}

impl From<Gone> for InvokeError {
    fn from(Gone(reason): Gone) -> Self {
        Self::WorkerLost(reason.to_string())
    }
}

impl From<ForwardError> for InvokeError {
    fn from(error: ForwardError) -> Self {
        Self::Forward(error.to_string())
    }
}

impl From<AnswerError> for InvokeError {
    fn from(error: AnswerError) -> Self {
        match error {
            AnswerError::Failure {
                message,
                stack_trace,
            } => Self::Failed {
                message,
                stack: stack_trace,
            },
            AnswerError::Cancelled { message, .. } => Self::Cancelled(message),
            other => Self::Output(in_full(&other)),
        }
    }
}

/// One call of a function by a trigger.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) plan: Arc<Plan>,
    /// What caused it, in words.
    pub(crate) reason: &'static str,
    /// The value of the trigger's parameter.
    pub(crate) value: TypedData,
    /// What the function is told beside the value.
    pub(crate) metadata: HashMap<String, TypedData>,
    /// What expressions in other bindings can name.
    pub(crate) data: BindingData,
    /// The request itself, if it goes to the worker's own server.
    pub(crate) forward: Option<Box<Forward>>,
}

impl Call {
    /// A call for something that happened.
    pub(crate) fn new(plan: &Arc<Plan>, reason: &'static str, event: trigger::Event) -> Self {
        Self {
            plan: Arc::clone(plan),
            reason,
            value: event.value,
            metadata: wire::trigger_metadata(&event.data),
            data: event.data,
            forward: None,
        }
    }

    /// What the worker is told of the trigger: the thing itself, unless another attempt may need it.
    fn message(&mut self) -> (TypedData, HashMap<String, TypedData>) {
        if self.plan.retry().is_some() {
            (self.value.clone(), self.metadata.clone())
        } else {
            (
                std::mem::take(&mut self.value),
                std::mem::take(&mut self.metadata),
            )
        }
    }
}

/// What a function answered.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    invocation_id: Arc<str>,
    duration: Duration,
    values: wire::Answer,
}

impl Answer {
    /// The id of the call.
    pub fn invocation_id(&self) -> &str {
        &self.invocation_id
    }

    /// How long the call took.
    pub fn duration(&self) -> Duration {
        self.duration
    }

    /// The outputs and the return value.
    pub fn values(&self) -> &wire::Answer {
        &self.values
    }
}

/// Somebody who waits for the end of a call, beside who made it.
#[derive(Debug)]
pub(crate) struct Observer {
    /// The id under which the call runs.
    id: Arc<str>,
    end: oneshot::Sender<Ended>,
}

/// What was called, and what became of it.
pub(crate) type Ended = (Arc<Plan>, Result<Answer, InvokeError>);

impl Observer {
    /// An observer of a call with this id, and what it will see; nothing if there is no call.
    pub(crate) fn new(id: &Arc<str>) -> (Self, oneshot::Receiver<Ended>) {
        let (end, ended) = oneshot::channel();
        let id = Arc::clone(id);
        (Self { id, end }, ended)
    }
}

/// Calls functions, on behalf of all triggers.
#[derive(Debug)]
pub(crate) struct Dispatcher {
    pub(crate) workers: Workers,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) events: EventSink,
    /// What the worker takes.
    pub(crate) capabilities: Capabilities,
    /// What goes nowhere.
    pub(crate) sent: Arc<SentOutputs>,
}

impl Dispatcher {
    /// Calls a function, again if its policy says so, and waits for the answer.
    ///
    /// # Errors
    ///
    /// [`InvokeError`] of the last attempt.
    pub(crate) fn invoke(
        &self,
        call: Call,
        cancellation: CancellationToken,
    ) -> impl Future<Output = Result<Answer, InvokeError>> + Send {
        let id = Arc::from(Uuid::new_v4().to_string());
        self.invoke_as(id, call, cancellation)
    }

    /// [`invoke`](Self::invoke) for a call that somebody else may observe.
    ///
    /// # Errors
    ///
    /// As [`invoke`](Self::invoke).
    pub(crate) async fn invoke_before(
        &self,
        observer: Option<Observer>,
        call: Call,
        cancellation: CancellationToken,
    ) -> Result<Answer, InvokeError> {
        let Some(Observer { id, end }) = observer else {
            return self.invoke(call, cancellation).await;
        };
        let plan = Arc::clone(&call.plan);
        let result = self.invoke_as(id, call, cancellation).await;
        // Whoever went away does not miss it.
        let _ = end.send((plan, result.clone()));
        result
    }

    /// [`invoke`](Self::invoke) for those who want to know the id of the call before its end.
    ///
    /// # Errors
    ///
    /// As [`invoke`](Self::invoke).
    pub(crate) async fn invoke_as(
        &self,
        id: Arc<str>,
        mut call: Call,
        cancellation: CancellationToken,
    ) -> Result<Answer, InvokeError> {
        let plan = Arc::clone(&call.plan);
        // A request can be forwarded once.
        let policy = plan.retry().filter(|_| call.forward.is_none());
        let mut failure: Option<InvokeError> = None;
        let mut attempt = 0;
        loop {
            let retry = policy.map(|policy| policy.context(attempt, failure.as_ref()));
            let result = self.attempt(&mut call, &id, retry, &cancellation).await;
            let (Err(error), Some(policy)) = (&result, policy) else {
                return result;
            };
            let Some(delay) = policy.delay(attempt) else {
                return result;
            };
            tokio::select! {
                () = tokio::time::sleep(delay) => {}
                () = cancellation.cancelled() => return result,
            }
            failure = Some(error.clone());
            attempt += 1;
        }
    }

    /// Calls the function once, and writes the beginning and the end as events.
    async fn attempt(
        &self,
        call: &mut Call,
        id: &Arc<str>,
        retry: Option<RetryContext>,
        cancellation: &CancellationToken,
    ) -> Result<Answer, InvokeError> {
        let began = Instant::now();
        let plan = Arc::clone(&call.plan);
        let name = plan.name();
        let category = format!("Function.{name}");
        let event = |kind, level, message: String| {
            Event::new(kind, level, category.as_str(), message).of_call(name, id)
        };
        self.events.send(event(
            EventKind::Started,
            Level::Information,
            format!(
                "Executing 'Functions.{name}' (Reason='{}', Id={id})",
                call.reason
            ),
        ));
        let result = self.run(call, id, retry, cancellation).await;
        let duration = began.elapsed();
        let (kind, level, word) = match &result {
            Ok(_) => (EventKind::Succeeded, Level::Information, "Succeeded"),
            Err(_) => (EventKind::Failed, Level::Error, "Failed"),
        };
        let message = format!(
            "Executed 'Functions.{name}' ({word}, Id={id}, Duration={}ms)",
            duration.as_millis()
        );
        let exception = result.as_ref().err().map(ToString::to_string);
        self.events.send(
            event(kind, level, message)
                .took(duration)
                .with_exception(exception),
        );
        Ok(Answer {
            invocation_id: Arc::clone(id),
            duration,
            values: result?,
        })
    }

    /// Reads the inputs, calls the worker, and writes the outputs.
    async fn run(
        &self,
        call: &mut Call,
        id: &Arc<str>,
        retry: Option<RetryContext>,
        cancellation: &CancellationToken,
    ) -> Result<wire::Answer, InvokeError> {
        let plan = Arc::clone(&call.plan);
        let function = plan.function();
        if let Some(failure) = &function.failure {
            return Err(InvokeError::NotLoaded(exception_text(failure)));
        }
        let prepared = self.prepare(call)?;
        let (value, metadata) = call.message();
        let fit = |data| wire::fit(data, self.capabilities);
        let payload = prepared.inputs.iter().any(|(_, service)| service.is_none());
        // In a box, because all that calls functions carries it along.
        let payload = payload.then(|| Box::new(value.clone()));
        let metadata = metadata.into_iter().map(|(name, data)| (name, fit(data)));
        let mut input_data = vec![parameter(&function.trigger().name, fit(value))];
        for (binding, service) in &prepared.inputs {
            let data = match service {
                Some(service) => service.fetch(binding).await.map_err(|error| {
                    InvokeError::Input(format!(
                        "the input `{}` cannot be read: {error}",
                        binding.name()
                    ))
                })?,
                // The trigger itself has what such an input is.
                None => wire::mcp::named_by(binding.kind())
                    .and_then(|property| binding.get(property))
                    .zip(payload.as_deref())
                    .map(|(name, payload)| wire::mcp::argument(payload, name))
                    .unwrap_or_default(),
            };
            input_data.push(parameter(binding.name(), fit(data)));
        }
        let request = InvocationRequest {
            invocation_id: id.to_string(),
            function_id: function.id.clone(),
            input_data,
            trigger_metadata: metadata.collect(),
            trace_context: Some(RpcTraceContext::default()),
            retry_context: retry,
        };
        let response = self
            .workers
            .call(call.plan.name(), request, call.forward.take(), cancellation)
            .await?;
        let answer = wire::Answer::read(response, call.plan.has_return())?;
        self.store(call, id, &prepared, &answer).await?;
        Ok(answer)
    }

    fn prepare(&self, call: &Call) -> Result<Prepared, InvokeError> {
        let system = System {
            now: self.clock.now(),
            method_name: Some(call.plan.name()),
            new_guid: &Uuid::new_v4,
        };
        call.plan
            .prepare(&call.data, &system)
            .map_err(InvokeError::Input)
    }

    async fn store(
        &self,
        call: &Call,
        id: &Arc<str>,
        prepared: &Prepared,
        answer: &wire::Answer,
    ) -> Result<(), InvokeError> {
        for (binding, service) in &prepared.outputs {
            let Some(value) = answer.output(binding.name()) else {
                continue;
            };
            let Some(service) = service else {
                if !binding.is("http") {
                    self.sent.record(Sent::new(
                        self.clock.now(),
                        binding.kind(),
                        binding.properties().clone(),
                        json(value),
                    ));
                    self.show_sent(call, id, binding, value);
                }
                continue;
            };
            service.store(binding, value).await.map_err(|error| {
                InvokeError::Output(format!(
                    "the output `{}` cannot be written: {error}",
                    binding.name()
                ))
            })?;
            if service.only_records() {
                self.show_sent(call, id, binding, value);
            }
        }
        // Some triggers take the return value themselves; a request is answered with it.
        if let Some(value) = answer.return_value()
            && !call.plan.has_return()
            && call.plan.function().http().is_none()
            && !answers_hub(call.plan.trigger().kind())
        {
            let trigger = call.plan.trigger().kind();
            let message = format!("the `{trigger}` gets back: {}", shown(value));
            self.show(call, id, message);
        }
        Ok(())
    }

    /// Shows a value that was only recorded.
    fn show_sent(&self, call: &Call, id: &Arc<str>, binding: &Resolved, value: &Output) {
        let (name, kind) = (binding.name(), binding.kind());
        let message = format!("the `{kind}` output `{name}` is not sent: {}", shown(value));
        self.show(call, id, message);
    }

    fn show(&self, call: &Call, id: &Arc<str>, message: String) {
        let name = call.plan.name();
        let category = format!("Function.{name}");
        let event = Event::new(EventKind::Host, Level::Information, category, message);
        self.events.send(event.of_call(name, id));
    }
}

fn parameter(name: &str, data: TypedData) -> ParameterBinding {
    ParameterBinding {
        name: name.to_owned(),
        rpc_data: Some(RpcData::Data(data)),
    }
}

/// A value for a person to read.
fn shown(value: &Output) -> String {
    match value {
        Output::Json(token) => token.compact(),
        other => match json(other) {
            Value::String(text) => text,
            other => other.to_string(),
        },
    }
}

/// A value as JSON, as far as it can be.
fn json(value: &Output) -> Value {
    match value {
        Output::Text(text) => text.as_str().into(),
        Output::Json(token) => token.clone().into(),
        Output::Bytes(bytes) => match std::str::from_utf8(bytes) {
            Ok(text) => text.into(),
            Err(_) => format!("{} bytes", bytes.len()).into(),
        },
        Output::Http(_) => "an HTTP response".into(),
        Output::Int(number) => (*number).into(),
        Output::Double(number) => (*number).into(),
    }
}
