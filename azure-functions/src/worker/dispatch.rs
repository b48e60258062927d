//! Host message → action. Nothing here waits for a function.

use std::{collections::HashMap, path::Path, sync::Arc, time::Duration};

use azure_functions_shared::rpc::{
    CloseSharedMemoryResourcesResponse, Content, FunctionEnvironmentReloadRequest,
    FunctionEnvironmentReloadResponse, FunctionLoadRequest, FunctionLoadResponse,
    FunctionLoadResponseCollection, StatusResult, StreamingMessage, WorkerInitRequest,
    WorkerInitResponse, WorkerStatusResponse, WorkerTerminate, rpc_log::Level,
    status_result::Status,
};

use super::{
    handshake,
    hooks::Lifecycle,
    invoke::Calls,
    logs::{self, Logs, levels::Levels},
    metadata::Functions,
    stream::{Inbound, Invocation, Outbox},
    telemetry::Telemetry,
};

/// How long the host waits for a worker that it told to stop, when it does not say.
const GRACE: Duration = Duration::from_secs(5);

/// What is known of the host, the app and its calls.
#[derive(Debug)]
pub(super) struct Dispatcher {
    outbox: Outbox,
    functions: Functions,
    calls: Arc<Calls>,
    lifecycle: Arc<Lifecycle>,
    directory: Arc<Path>,
    logs: Logs,
    /// Where the worker's own HTTP server listens.
    http_uri: Option<String>,
    telemetry: Telemetry,
}

/// What the host wants besides answers.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Wish {
    /// That the worker goes on.
    GoOn,
    /// That the worker ends, and after this time at the latest.
    Terminate(Duration),
}

impl Dispatcher {
    pub(super) fn new(
        outbox: Outbox,
        functions: Functions,
        calls: Arc<Calls>,
        logs: Logs,
        lifecycle: Arc<Lifecycle>,
        http_uri: Option<String>,
        telemetry: Telemetry,
    ) -> Self {
        Self {
            telemetry,
            http_uri,
            logs,
            outbox,
            functions,
            calls,
            lifecycle,
            directory: Path::new("").into(),
        }
    }

    /// Does what a message asks for.
    pub(super) async fn dispatch(&mut self, message: Inbound) -> Wish {
        let StreamingMessage {
            request_id,
            content,
        } = match message {
            Inbound::Invocation(call) => return self.call(call),
            Inbound::Other(message) => *message,
        };
        let Some(content) = content else {
            ignore("a content that this version of the worker does not know");
            return Wish::GoOn;
        };
        let answer = match content {
            Content::InvocationCancel(cancel) => {
                self.calls.cancel(&cancel.invocation_id);
                return Wish::GoOn;
            }
            Content::WorkerStatusRequest(_) => {
                Content::WorkerStatusResponse(WorkerStatusResponse {})
            }
            Content::WorkerInitRequest(request) => Content::WorkerInitResponse(self.init(&request)),
            Content::WorkerWarmupRequest(_)
                if self.lifecycle.warm_up(&self.directory, request_id.clone()) =>
            {
                return Wish::GoOn;
            }
            Content::WorkerWarmupRequest(_) => Content::WorkerWarmupResponse(handshake::warm_up()),
            Content::FunctionEnvironmentReloadRequest(request) => {
                Content::FunctionEnvironmentReloadResponse(self.reload(request))
            }
            Content::FunctionsMetadataRequest(request) => {
                if !request.function_app_directory.is_empty() {
                    self.directory = Path::new(&request.function_app_directory).into();
                }
                self.start_app();
                let directory = self.directory.to_string_lossy();
                Content::FunctionMetadataResponse(self.functions.metadata(&directory))
            }
            Content::FunctionLoadRequest(request) => {
                let answer = Content::FunctionLoadResponse(self.load(request));
                return self.answer_load(answer, request_id).await;
            }
            Content::FunctionLoadRequestCollection(requests) => {
                let answer =
                    Content::FunctionLoadResponseCollection(FunctionLoadResponseCollection {
                        function_load_responses: requests
                            .function_load_requests
                            .into_iter()
                            .map(|request| self.load(request))
                            .collect(),
                    });
                return self.answer_load(answer, request_id).await;
            }
            Content::CloseSharedMemoryResourcesRequest(request) => {
                Content::CloseSharedMemoryResourcesResponse(close(request.map_names))
            }
            Content::WorkerTerminate(terminate) => return Wish::Terminate(grace(&terminate)),
            Content::WorkerHeartbeat(_)
            | Content::FileChangeEventRequest(_)
            | Content::WorkerActionResponse(_) => {
                ignore("a message that no current host sends");
                return Wish::GoOn;
            }
            Content::StartStream(_)
            | Content::WorkerInitResponse(_)
            | Content::WorkerStatusResponse(_)
            | Content::FunctionLoadResponse(_)
            // An invocation has been read as one.
            | Content::InvocationRequest(_)
            | Content::InvocationResponse(_)
            | Content::RpcLog(_)
            | Content::FunctionEnvironmentReloadResponse(_)
            | Content::CloseSharedMemoryResourcesResponse(_)
            | Content::FunctionMetadataResponse(_)
            | Content::FunctionLoadResponseCollection(_)
            | Content::WorkerWarmupResponse(_) => {
                ignore("a message that only a worker sends");
                return Wish::GoOn;
            }
        };
        self.outbox.send(answer, request_id).await;
        Wish::GoOn
    }

    fn call(
        &self,
        Invocation {
            request_id,
            request,
        }: Invocation,
    ) -> Wish {
        let function = str::from_utf8(&request.function).ok();
        let function = function.and_then(|id| self.functions.get(id));
        self.calls
            .start(function, request, request_id, &self.directory);
        Wish::GoOn
    }

    fn init(&mut self, request: &WorkerInitRequest) -> WorkerInitResponse {
        self.directory = Path::new(&request.function_app_directory).into();
        self.logs
            .keep(Levels::read(&request.log_categories, &self.directory));
        if let Some(mistake) = self.functions.mistake() {
            self.outbox
                .log(logs::system(Level::Error, mistake.to_owned()));
        }
        let mut response = handshake::init(self.http_uri.as_deref());
        self.telemetry.announce(&mut response.capabilities);
        response
    }

    fn reload(
        &mut self,
        request: FunctionEnvironmentReloadRequest,
    ) -> FunctionEnvironmentReloadResponse {
        let directory = Path::new(&request.function_app_directory).into();
        let reason = self.functions.mistake();
        let reason = reason.or(self.lifecycle.keeps_environment());
        let mut response = handshake::reload(request, self.http_uri.as_deref(), reason);
        if response.result.as_ref().map(StatusResult::status) == Some(Status::Success) {
            self.directory = directory;
            // What the host said for the time before does not hold for the app.
            self.logs
                .keep(Levels::read(&HashMap::new(), &self.directory));
        }
        self.telemetry.start();
        self.telemetry.announce(&mut response.capabilities);
        response
    }

    /// Runs the start hooks if that has not begun, unless the app cannot be served anyway.
    fn start_app(&self) {
        if self.functions.mistake().is_none() {
            self.lifecycle.begin(&self.directory);
        }
    }

    /// Answers a load, when the app has started.
    async fn answer_load(&self, answer: Content, request_id: String) -> Wish {
        self.start_app();
        let is_over = self.lifecycle.started().get().is_some_and(Result::is_ok);
        if is_over || self.functions.mistake().is_some() {
            self.outbox.send(answer, request_id).await;
        } else {
            self.lifecycle.answer_when_started(answer, request_id);
        }
        Wish::GoOn
    }

    fn load(&mut self, request: FunctionLoadRequest) -> FunctionLoadResponse {
        let name = request
            .metadata
            .as_ref()
            .map_or("", |metadata| metadata.name.as_str());
        FunctionLoadResponse {
            result: Some(self.functions.load(&request.function_id, name)),
            function_id: request.function_id,
            is_dependency_downloaded: false,
        }
    }
}

/// There is no shared memory to close: it is not among the capabilities.
fn close(names: Vec<String>) -> CloseSharedMemoryResourcesResponse {
    CloseSharedMemoryResourcesResponse {
        close_map_results: names.into_iter().map(|name| (name, false)).collect(),
    }
}

fn grace(terminate: &WorkerTerminate) -> Duration {
    terminate
        .grace_period
        .and_then(|period| Duration::try_from(period).ok())
        .filter(|period| !period.is_zero())
        .unwrap_or(GRACE)
}

fn ignore(what: &str) {
    tracing::debug!("the host sent {what}; it is ignored");
}
