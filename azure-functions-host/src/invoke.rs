//! Calls of functions: inputs before, the worker, outputs after, and the retry policy around all of it.

use std::{collections::HashMap, sync::Arc, time::Duration};

use azure_functions_shared::rpc::{
    Data, InvocationRequest, InvocationResponse, ParameterBinding, RetryContext, RpcTraceContext,
    TypedData, parameter_binding::RpcData, status_result::Status,
};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::{
    event::{Event, EventKind, EventSink, Level},
    retry::RetryPolicy,
    rpc::Gone,
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

/// One call of a function by a trigger.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) function_id: String,
    pub(crate) function: Arc<str>,
    pub(crate) retry: Option<RetryPolicy>,
    /// What caused it, in words.
    pub(crate) reason: &'static str,
    /// The trigger's own data, by the name of its binding.
    pub(crate) inputs: Vec<ParameterBinding>,
    pub(crate) metadata: HashMap<String, TypedData>,
}

/// What a function answered.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    pub(crate) invocation_id: Arc<str>,
    pub(crate) outputs: HashMap<String, TypedData>,
    pub(crate) return_value: Option<TypedData>,
    pub(crate) duration: Duration,
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

    /// The return value, if it is a text or JSON.
    pub fn return_text(&self) -> Option<&str> {
        text(self.return_value.as_ref()?)
    }

    /// The output of one binding, if it is a text or JSON.
    pub fn output_text(&self, name: &str) -> Option<&str> {
        text(self.outputs.get(name)?)
    }
}

/// Calls functions, on behalf of all triggers.
#[derive(Debug)]
pub(crate) struct Dispatcher {
    pub(crate) workers: Workers,
    pub(crate) events: EventSink,
}

impl Dispatcher {
    /// Calls a function, again if its policy says so, and waits for the answer.
    ///
    /// # Errors
    ///
    /// [`InvokeError`] of the last attempt.
    pub(crate) async fn invoke(
        &self,
        call: Call,
        cancellation: CancellationToken,
    ) -> Result<Answer, InvokeError> {
        let id: Arc<str> = Arc::from(Uuid::new_v4().to_string());
        let mut failure: Option<InvokeError> = None;
        let mut attempt = 0;
        loop {
            let retry = call
                .retry
                .as_ref()
                .map(|policy| policy.context(attempt, failure.as_ref()));
            let result = self.attempt(&call, &id, retry, &cancellation).await;
            let (Err(error), Some(policy)) = (&result, &call.retry) else {
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
        call: &Call,
        id: &Arc<str>,
        retry: Option<RetryContext>,
        cancellation: &CancellationToken,
    ) -> Result<Answer, InvokeError> {
        let began = Instant::now();
        let category = format!("Function.{}", call.function);
        let event = |kind, level, message: String| {
            Event::new(kind, level, category.as_str(), message).of_call(&call.function, id)
        };
        self.events.send(event(
            EventKind::Started,
            Level::Information,
            format!(
                "Executing 'Functions.{}' (Reason='{}', Id={id})",
                call.function, call.reason
            ),
        ));
        let result = self.run(call, id, retry, cancellation).await;
        let duration = began.elapsed();
        let (kind, level, word) = match &result {
            Ok(_) => (EventKind::Succeeded, Level::Information, "Succeeded"),
            Err(_) => (EventKind::Failed, Level::Error, "Failed"),
        };
        let message = format!(
            "Executed 'Functions.{}' ({word}, Id={id}, Duration={}ms)",
            call.function,
            duration.as_millis()
        );
        let exception = result.as_ref().err().map(ToString::to_string);
        self.events.send(
            event(kind, level, message)
                .took(duration)
                .with_exception(exception),
        );
        let (outputs, return_value) = result?;
        Ok(Answer {
            invocation_id: Arc::clone(id),
            outputs,
            return_value,
            duration,
        })
    }

    async fn run(
        &self,
        call: &Call,
        id: &Arc<str>,
        retry: Option<RetryContext>,
        cancellation: &CancellationToken,
    ) -> Result<Values, InvokeError> {
        let request = InvocationRequest {
            invocation_id: id.to_string(),
            function_id: call.function_id.clone(),
            input_data: call.inputs.clone(),
            trigger_metadata: call.metadata.clone(),
            trace_context: Some(RpcTraceContext::default()),
            retry_context: retry,
        };
        let response = self
            .workers
            .call(&call.function, request, cancellation)
            .await?;
        values(response)
    }
}

/// What a call gave: outputs by the name of their binding, and the return value.
type Values = (HashMap<String, TypedData>, Option<TypedData>);

/// The values of a successful answer.
fn values(response: InvocationResponse) -> Result<Values, InvokeError> {
    let Some(result) = response.result else {
        return Err(InvokeError::Output(
            "the worker answered without a `result`".to_owned(),
        ));
    };
    let exception = result.exception.unwrap_or_default();
    // A status that is not known counts as success, as it does for the real host.
    if result.status == i32::from(Status::Failure) {
        return Err(InvokeError::Failed {
            message: exception.message,
            stack: exception.stack_trace,
        });
    }
    if result.status == i32::from(Status::Cancelled) {
        return Err(InvokeError::Cancelled(exception.message));
    }
    let mut outputs = HashMap::with_capacity(response.output_data.len());
    for ParameterBinding { name, rpc_data } in response.output_data {
        let data = match rpc_data {
            Some(RpcData::Data(data)) => data,
            None => TypedData::default(),
            Some(RpcData::RpcSharedMemory(_)) => {
                return Err(InvokeError::Output(format!(
                    "the worker put the output `{name}` into shared memory, which this host does not offer"
                )));
            }
        };
        if outputs.contains_key(&name) {
            return Err(InvokeError::Output(format!(
                "the worker answered with two values for the output `{name}`"
            )));
        }
        outputs.insert(name, data);
    }
    Ok((outputs, response.return_value))
}

fn text(data: &TypedData) -> Option<&str> {
    match data.data.as_ref()? {
        Data::String(text) | Data::Json(text) => Some(text),
        _ => None,
    }
}
