//! Host message → action. Nothing here waits for a function.

use std::{path::Path, sync::Arc, time::Duration};

use azure_functions_shared::rpc::{
    CloseSharedMemoryResourcesResponse, Content, FunctionLoadRequest, FunctionLoadResponse,
    FunctionLoadResponseCollection, StreamingMessage, WorkerStatusResponse, WorkerTerminate,
    rpc_log::Level,
};

use super::{
    handshake, invoke::Calls, logs, metadata::Functions, stream::Outbox, telemetry::Telemetry,
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
        http_uri: Option<String>,
        telemetry: Telemetry,
    ) -> Self {
        Self {
            telemetry,
            http_uri,
            outbox,
            functions,
            calls,
            directory: Path::new("").into(),
        }
    }

    /// Does what a message asks for.
    pub(super) async fn dispatch(&mut self, message: StreamingMessage) -> Wish {
        let request_id = message.request_id;
        let Some(content) = message.content else {
            ignore("a content that this version of the worker does not know");
            return Wish::GoOn;
        };
        let answer = match content {
            Content::InvocationRequest(request) => {
                let function = self.functions.get(&request.function_id);
                self.calls
                    .start(function, request, request_id, &self.directory);
                return Wish::GoOn;
            }
            Content::InvocationCancel(cancel) => {
                self.calls.cancel(&cancel.invocation_id);
                return Wish::GoOn;
            }
            Content::WorkerStatusRequest(_) => {
                Content::WorkerStatusResponse(WorkerStatusResponse {})
            }
            Content::WorkerInitRequest(request) => {
                self.directory = Path::new(&request.function_app_directory).into();
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
                self.directory = Path::new(&request.function_app_directory).into();
                let mut response = handshake::reload(request, self.http_uri.as_deref());
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
