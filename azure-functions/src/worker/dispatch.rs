//! Host message → action. Nothing here waits for a function.

use std::{collections::HashMap, path::Path, sync::Arc, time::Duration};

use azure_functions_shared::rpc::{
    CloseSharedMemoryResourcesResponse, Content, FunctionLoadRequest, FunctionLoadResponse,
    FunctionLoadResponseCollection, StatusResult, StreamingMessage, WorkerStatusResponse,
    WorkerTerminate, rpc_log::Level, status_result::Status,
};

use super::{
    handshake,
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
            Content::WorkerInitRequest(request) => {
                self.directory = Path::new(&request.function_app_directory).into();
                self.logs
                    .keep(Levels::read(&request.log_categories, &self.directory));
                if let Some(mistake) = self.functions.mistake() {
                    self.outbox
                        .log(logs::system(Level::Error, mistake.to_owned()));
                }
                let mut response = handshake::init(self.http_uri.as_deref());
                self.telemetry.announce(&mut response.capabilities);
                Content::WorkerInitResponse(response)
            }
            Content::WorkerWarmupRequest(_) => Content::WorkerWarmupResponse(handshake::warm_up()),
            Content::FunctionEnvironmentReloadRequest(request) => {
                let directory = Path::new(&request.function_app_directory).into();
                let mut response =
                    handshake::reload(request, self.http_uri.as_deref(), self.functions.mistake());
                if response.result.as_ref().map(StatusResult::status) == Some(Status::Success) {
                    self.directory = directory;
                    // What the host said for the time before does not hold for the app.
                    self.logs
                        .keep(Levels::read(&HashMap::new(), &self.directory));
                }
                self.telemetry.start();
                self.telemetry.announce(&mut response.capabilities);
                Content::FunctionEnvironmentReloadResponse(response)
            }
            Content::FunctionsMetadataRequest(request) => {
                if !request.function_app_directory.is_empty() {
                    self.directory = Path::new(&request.function_app_directory).into();
                }
                let directory = self.directory.to_string_lossy();
                Content::FunctionMetadataResponse(self.functions.metadata(&directory))
            }
            Content::FunctionLoadRequest(request) => {
                Content::FunctionLoadResponse(self.load(request))
            }
            Content::FunctionLoadRequestCollection(requests) => {
                Content::FunctionLoadResponseCollection(FunctionLoadResponseCollection {
                    function_load_responses: requests
                        .function_load_requests
                        .into_iter()
                        .map(|request| self.load(request))
                        .collect(),
                })
            }
            Content::CloseSharedMemoryResourcesRequest(request) => {
                // There is none to close: shared memory is not among the capabilities.
                Content::CloseSharedMemoryResourcesResponse(CloseSharedMemoryResourcesResponse {
                    close_map_results: request
                        .map_names
                        .into_iter()
                        .map(|name| (name, false))
                        .collect(),
                })
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
