//! A worker for tests of the host: it speaks the real protocol and does what its environment and the names of its
//! functions say.
//!
//! `SCRIPT_FUNCTIONS` is a JSON array of functions: `name`, `bindings`, and optionally `retry`.
//! `SCRIPT_START` is one of `exit`, `silent`, `mute`, `refuse`, `leave`; without it the worker starts well.
//! `SCRIPT_CAPABILITIES` lists capabilities, separated by commas, some as `name=value`; without it there are many.
//! Functions that a task hub calls are those of `azure_functions_tests::durable`; an activity says what it was given.
//! A function `complete` completes its Service Bus message itself.
//! `SCRIPT_RECORD` is a file to which each message is appended: `in` or `out`, and its bytes in base64.

#![expect(
    clippy::print_stderr,
    clippy::print_stdout,
    reason = "a worker that ends and prints on purpose"
)]

use std::{
    collections::HashMap,
    error::Error,
    fs::OpenOptions,
    io::Write as _,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use azure_functions_shared::rpc::{
    CompleteRequest, Content, Data, FunctionLoadResponse, FunctionMetadataResponse,
    FunctionRpcClient, InvocationRequest, InvocationResponse, ParameterBinding, RpcException,
    RpcFunctionMetadata, RpcHttp, RpcLog, RpcRetryOptions, SettlementClient, StartStream,
    StatusResult, StreamingMessage, TypedData, WorkerInitResponse, WorkerStatusResponse,
    parameter_binding::RpcData,
    rpc_log::{Level, RpcLogCategory},
    rpc_retry_options::RetryStrategy,
};
use azure_functions_tests::durable;
use base64::{Engine as _, prelude::BASE64_STANDARD};
use prost::Message as _;
use serde_json::Value;
use tokio::sync::{Notify, mpsc};
use tokio_stream::{StreamExt as _, wrappers::ReceiverStream};

const CAPABILITIES: &str = "RawHttpBodyBytes,TypedDataCollection,IncludeEmptyEntriesInMessagePayload,RpcHttpBodyOnly,RpcHttpTriggerMetadataRemoved,UseNullableValueDictionaryForHttp,WorkerStatus,HandlesInvocationCancelMessage,HandlesWorkerTerminateMessage,EnableUserCodeException";

type Failure = Box<dyn Error + Send + Sync>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    println!(
        "LanguageWorkerConsoleLogscripted worker {}",
        std::process::id()
    );
    let start = std::env::var("SCRIPT_START").unwrap_or_default();
    match start.as_str() {
        "exit" => {
            eprintln!("fatal: exits before its first message");
            std::process::exit(3);
        }
        "silent" => std::future::pending().await,
        _ => {}
    }
    let (sender, mut said) = mpsc::channel(1024);
    let (forward, outbound) = mpsc::channel(1);
    let forwarding = tokio::spawn(async move {
        while let Some(message) = said.recv().await {
            if forward.send(message).await.is_err() {
                break;
            }
        }
    });
    let worker = Worker {
        outbound: sender,
        functions: serde_json::from_str(&std::env::var("SCRIPT_FUNCTIONS")?)?,
        record: std::env::var("SCRIPT_RECORD").ok(),
        start,
        cancels: Mutex::default(),
        hang_up: Notify::new(),
    };
    let worker = Arc::new(worker);
    let worker_id = argument("--functions-worker-id")?;
    worker
        .say(Content::StartStream(StartStream { worker_id }))
        .await;
    let client = FunctionRpcClient::connect(argument("--functions-uri")?).await?;
    let mut client = client
        .max_decoding_message_size(usize::MAX)
        .max_encoding_message_size(usize::MAX);
    let mut inbound = client
        .event_stream(ReceiverStream::new(outbound))
        .await?
        .into_inner();
    loop {
        tokio::select! {
            message = inbound.next() => match message {
                Some(message) => worker.hear(message?).await,
                None => return Err("the host closed the stream".into()),
            },
            () = worker.hang_up.notified() => break,
        }
    }
    forwarding.abort();
    drop((inbound, client));
    std::future::pending().await
}

#[derive(Debug)]
struct Worker {
    outbound: mpsc::Sender<StreamingMessage>,
    functions: Vec<Value>,
    record: Option<String>,
    start: String,
    cancels: Mutex<HashMap<String, Arc<Notify>>>,
    hang_up: Notify,
}

impl Worker {
    async fn say(&self, content: Content) {
        self.say_to(content, "").await;
    }

    async fn say_to(&self, content: Content, request_id: &str) {
        let message = content.into_message(request_id);
        self.record("out", &message);
        let _ = self.outbound.send(message).await;
    }

    fn record(&self, direction: &str, message: &StreamingMessage) {
        let Some(path) = &self.record else { return };
        let line = format!(
            "{direction} {}\n",
            BASE64_STANDARD.encode(message.encode_to_vec())
        );
        let file = OpenOptions::new().create(true).append(true).open(path);
        if let Err(error) = file.and_then(|mut file| file.write_all(line.as_bytes())) {
            eprintln!("{path}: {error}");
        }
    }

    async fn hear(self: &Arc<Self>, message: StreamingMessage) {
        self.record("in", &message);
        let request_id = message.request_id.clone();
        match message.content {
            Some(Content::WorkerInitRequest(_)) => self.initialize().await,
            Some(Content::FunctionsMetadataRequest(_)) => {
                let response = FunctionMetadataResponse {
                    function_metadata_results: self.functions.iter().map(metadata).collect(),
                    result: Some(StatusResult::success()),
                    ..FunctionMetadataResponse::default()
                };
                self.say(Content::FunctionMetadataResponse(response)).await;
            }
            Some(Content::FunctionLoadRequest(request)) => {
                let result = if request.function_id.contains("unloadable") {
                    StatusResult::failure(exception("cannot be loaded"))
                } else {
                    StatusResult::success()
                };
                let response = FunctionLoadResponse {
                    function_id: request.function_id,
                    result: Some(result),
                    ..FunctionLoadResponse::default()
                };
                self.say(Content::FunctionLoadResponse(response)).await;
            }
            Some(Content::InvocationRequest(request)) => {
                let cancelled = Arc::new(Notify::new());
                self.cancels
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .insert(request.invocation_id.clone(), Arc::clone(&cancelled));
                let worker = Arc::clone(self);
                tokio::spawn(async move { worker.invoke(request, &cancelled).await });
            }
            Some(Content::InvocationCancel(cancel)) => {
                let cancels = self.cancels.lock().unwrap_or_else(PoisonError::into_inner);
                if let Some(cancelled) = cancels.get(&cancel.invocation_id) {
                    cancelled.notify_one();
                }
            }
            Some(Content::WorkerStatusRequest(_)) => {
                let response = Content::WorkerStatusResponse(WorkerStatusResponse {});
                self.say_to(response, &request_id).await;
            }
            // What runs is answered first; the stream's end comes with the process.
            Some(Content::WorkerTerminate(_)) => {
                let worker = Arc::clone(self);
                tokio::spawn(async move {
                    while worker.is_busy() {
                        tokio::time::sleep(Duration::from_millis(5)).await;
                    }
                    // The last answer must leave the process.
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    std::process::exit(0);
                });
            }
            _ => {}
        }
    }

    async fn initialize(&self) {
        let result = match self.start.as_str() {
            "mute" => return,
            "leave" => {
                eprintln!("fatal: leaves instead of an answer");
                std::process::exit(4);
            }
            "refuse" => StatusResult::failure(exception("does not want to")),
            _ => StatusResult::success(),
        };
        let capabilities = std::env::var("SCRIPT_CAPABILITIES");
        let response = WorkerInitResponse {
            capabilities: capabilities
                .as_deref()
                .unwrap_or(CAPABILITIES)
                .split(',')
                .map(|name| name.split_once('=').unwrap_or((name, "true")))
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect(),
            result: Some(result),
            ..WorkerInitResponse::default()
        };
        self.say(Content::WorkerInitResponse(response)).await;
    }

    fn is_busy(&self) -> bool {
        let cancels = self.cancels.lock().unwrap_or_else(PoisonError::into_inner);
        !cancels.is_empty()
    }

    async fn invoke(&self, request: InvocationRequest, cancelled: &Notify) {
        let id = request.invocation_id.clone();
        let function = request.function_id.trim_start_matches("id-").to_owned();
        let text = trigger_text(&request);
        let mut response = InvocationResponse {
            invocation_id: id.clone(),
            result: Some(StatusResult::success()),
            ..InvocationResponse::default()
        };
        let behaviour = function.split('_').next().unwrap_or_default();
        match behaviour {
            "fail" | "failplain" => {
                response.result = Some(StatusResult::failure(exception("fails on purpose")));
            }
            // Fails until it is told that it was tried before.
            "flaky"
                if request
                    .retry_context
                    .as_ref()
                    .is_none_or(|retry| retry.retry_count == 0) =>
            {
                response.result = Some(StatusResult::failure(exception("fails at first")));
            }
            "slow" => {
                let milliseconds = text.parse().unwrap_or(1000);
                tokio::time::sleep(Duration::from_millis(milliseconds)).await;
            }
            "wait" => {
                cancelled.notified().await;
                response.result = Some(StatusResult::cancelled(exception("was cancelled")));
            }
            "never" => std::future::pending().await,
            // Closes the stream, and lives on.
            "hangup" => {
                self.hang_up.notify_one();
                std::future::pending::<()>().await;
            }
            "crash" => {
                eprintln!("fatal: crashes on purpose");
                std::process::exit(1);
            }
            "panic" => {
                eprintln!("thread 'main' panicked at src/main.rs:1:1:\nboom");
                std::process::exit(101);
            }
            "complete" => {
                if let Err(error) = complete(&request).await {
                    response.result = Some(StatusResult::failure(exception(&error.to_string())));
                }
            }
            "again" => std::process::exit(200),
            "quit" => std::process::exit(0),
            "log" => {
                self.log(&id, "before the answer").await;
                self.log("another-call", "of another call").await;
            }
            _ => {}
        }
        let reply = match behaviour {
            "pid" => std::process::id().to_string(),
            "args" => std::env::args().skip(1).collect::<Vec<_>>().join(" "),
            // The variable of this name; without a name the working directory.
            "env" if text.is_empty() => std::env::current_dir()
                .map(|directory| directory.display().to_string())
                .unwrap_or_default(),
            "env" => std::env::var(&text).unwrap_or_default(),
            _ => text,
        };
        if behaviour == "noresult" {
            response.result = None;
        }
        if let Some(value) = self.returned(&function, &reply).await {
            response.return_value = Some(value.into());
        }
        if is_http(&request) && behaviour != "noret" {
            let made = odd_http(behaviour, &request);
            response.return_value = Some(made.unwrap_or_else(|| reply_http(&reply)));
        }
        for name in self.outputs(&function) {
            response.output_data.push(ParameterBinding {
                name,
                rpc_data: Some(RpcData::Data(Data::String(reply.clone()).into())),
            });
        }
        if behaviour == "double" {
            self.say(Content::InvocationResponse(response.clone()))
                .await;
        }
        self.say(Content::InvocationResponse(response)).await;
        if behaviour == "log" {
            self.log(&id, "after the answer").await;
        }
        self.cancels
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&id);
    }

    /// What a function of Durable Functions returns.
    async fn returned(&self, function: &str, reply: &str) -> Option<Data> {
        match self.trigger(function)?.as_str() {
            "activityTrigger" => {
                let hello = format!("\"hello {}\"", reply.replace('"', "'"));
                Some(Data::Json(hello))
            }
            trigger @ ("orchestrationTrigger" | "entityTrigger") => {
                let answer = durable::answer(trigger, function, reply).await;
                answer.map(Data::String)
            }
            _ => None,
        }
    }

    async fn log(&self, invocation_id: &str, message: &str) {
        let log = RpcLog {
            invocation_id: invocation_id.to_owned(),
            level: Level::Warning.into(),
            message: message.to_owned(),
            log_category: RpcLogCategory::User.into(),
            ..RpcLog::default()
        };
        self.say(Content::RpcLog(log)).await;
    }

    /// The type of a function's trigger.
    fn trigger(&self, function: &str) -> Option<String> {
        let mut functions = self.functions.iter();
        let found = functions
            .find(|candidate| candidate.get("name").and_then(Value::as_str) == Some(function))?;
        let mut bindings = found.get("bindings")?.as_array()?.iter();
        bindings.find_map(|binding| {
            let kind = binding.get("type")?.as_str()?;
            kind.ends_with("Trigger").then(|| kind.to_owned())
        })
    }

    /// The output bindings of a function, but for that of HTTP.
    fn outputs(&self, function: &str) -> Vec<String> {
        let text = |value: &Value, name: &str| {
            value
                .get(name)
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned()
        };
        self.functions
            .iter()
            .filter(|candidate| text(candidate, "name") == function)
            .filter_map(|function| function.get("bindings").and_then(Value::as_array))
            .flatten()
            .filter(|binding| {
                text(binding, "direction") == "out" && text(binding, "type") != "http"
            })
            .map(|binding| text(binding, "name"))
            .collect()
    }
}

/// Completes the Service Bus message of a call.
async fn complete(request: &InvocationRequest) -> Result<(), Failure> {
    let token = request.trigger_metadata.get("LockToken");
    let Some(Data::String(locktoken)) = token.and_then(|token| token.data.clone()) else {
        return Err("there is no lock token".into());
    };
    let mut client = SettlementClient::connect(argument("--functions-uri")?).await?;
    client.complete(CompleteRequest { locktoken }).await?;
    Ok(())
}

fn argument(name: &str) -> Result<String, String> {
    let mut arguments = std::env::args().skip_while(|argument| argument != name);
    arguments
        .nth(1)
        .ok_or_else(|| format!("`{name}` is missing"))
}

fn metadata(function: &Value) -> RpcFunctionMetadata {
    let name = function
        .get("name")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let bindings = function.get("bindings").and_then(Value::as_array);
    RpcFunctionMetadata {
        name: name.to_owned(),
        script_file: "app".to_owned(),
        entry_point: name.to_owned(),
        function_id: format!("id-{name}"),
        raw_bindings: bindings
            .into_iter()
            .flatten()
            .map(Value::to_string)
            .collect(),
        retry_options: function
            .get("retry")
            .and_then(Value::as_i64)
            .map(|max| RpcRetryOptions {
                max_retry_count: i32::try_from(max).unwrap_or(i32::MAX),
                delay_interval: duration(Duration::from_millis(10)),
                retry_strategy: RetryStrategy::FixedDelay.into(),
                ..RpcRetryOptions::default()
            }),
        ..RpcFunctionMetadata::default()
    }
}

fn duration(duration: Duration) -> Option<prost_types::Duration> {
    prost_types::Duration::try_from(duration).ok()
}

fn exception(message: &str) -> RpcException {
    RpcException {
        message: message.to_owned(),
        stack_trace: "at scripted".to_owned(),
        is_user_exception: true,
        ..RpcException::default()
    }
}

fn trigger(request: &InvocationRequest) -> Option<&Data> {
    match request.input_data.first()?.rpc_data.as_ref()? {
        RpcData::Data(TypedData { data }) => data.as_ref(),
        RpcData::RpcSharedMemory(_) => None,
    }
}

fn is_http(request: &InvocationRequest) -> bool {
    matches!(trigger(request), Some(Data::Http(_)))
}

/// The trigger's text: the body of an HTTP request.
fn trigger_text(request: &InvocationRequest) -> String {
    let text = |data: &Data| match data {
        Data::String(text) | Data::Json(text) => text.clone(),
        Data::Bytes(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        _ => String::new(),
    };
    match trigger(request) {
        Some(Data::Http(http)) => http
            .body
            .as_ref()
            .and_then(|body| body.data.as_ref())
            .map(text)
            .unwrap_or_default(),
        Some(data) => text(data),
        None => String::new(),
    }
}

/// The answers of functions that test what the host makes of answers: by their names, or by the query of `echo`.
fn odd_http(behaviour: &str, request: &InvocationRequest) -> Option<TypedData> {
    let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let http = match behaviour {
        "nobody" => RpcHttp {
            status_code: "202".to_owned(),
            headers: [header("x-a", "1")].into(),
            ..RpcHttp::default()
        },
        "emptytd" => RpcHttp {
            status_code: "202".to_owned(),
            headers: [header("x-a", "1")].into(),
            body: Some(Box::default()),
            ..RpcHttp::default()
        },
        "badhdr" => RpcHttp {
            status_code: "200".to_owned(),
            headers: [header("x a", "1")].into(),
            body: Some(Box::new(Data::String("body".to_owned()).into())),
            ..RpcHttp::default()
        },
        "ehdr" => RpcHttp {
            status_code: "200".to_owned(),
            headers: [
                header("etag", "\"1\""),
                header("transfer-encoding", "gzip"),
                header("x-empty", ""),
            ]
            .into(),
            body: Some(Box::new(Data::String("body".to_owned()).into())),
            ..RpcHttp::default()
        },
        "echo" => {
            let Some(Data::Http(http)) = trigger(request) else {
                return None;
            };
            let (_, query) = http.url.split_once('?')?;
            let value = |name: &str| {
                let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
                let mut found = pairs.filter(|(own, _)| *own == name);
                found.next().map(|(_, value)| value.replace("%20", " "))
            };
            if value("do")? != "status" {
                return None;
            }
            let body = if value("nobody").is_some() {
                None
            } else if value("emptybody").is_some() {
                Some(Data::Bytes(Vec::new().into()))
            } else {
                Some(Data::String("body".to_owned()))
            };
            RpcHttp {
                status_code: value("c").unwrap_or_default(),
                headers: [header("x-a", "1"), header("location", "/there")].into(),
                body: body.map(|body| Box::new(body.into())),
                ..RpcHttp::default()
            }
        }
        _ => return None,
    };
    Some(Data::Http(Box::new(http)).into())
}

fn reply_http(text: &str) -> TypedData {
    let http = RpcHttp {
        status_code: "200".to_owned(),
        body: Some(Box::new(Data::String(text.to_owned()).into())),
        ..RpcHttp::default()
    };
    Data::Http(Box::new(http)).into()
}
