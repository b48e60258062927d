//! What a worker may say, sorted by what the host does with it.

use azure_functions_shared::rpc::{
    Content, FunctionLoadResponse, FunctionMetadataResponse, InvocationResponse, RpcLog,
    StreamingMessage, WorkerInitResponse,
};

/// One message of a worker.
#[derive(Debug)]
pub(crate) enum Incoming {
    Initialized(WorkerInitResponse),
    Functions(FunctionMetadataResponse),
    Loaded(Vec<FunctionLoadResponse>),
    Answer(InvocationResponse),
    Log(RpcLog),
    /// The worker is alive; this is the request that asked.
    Status(String),
    /// Nothing that this host acts on; this is its name.
    Other(&'static str),
}

impl From<StreamingMessage> for Incoming {
    fn from(message: StreamingMessage) -> Self {
        let StreamingMessage {
            request_id,
            content,
        } = message;
        // A content of a newer protocol decodes as none.
        let Some(content) = content else {
            return Self::Other("a message without known content");
        };
        match content {
            Content::WorkerInitResponse(response) => Self::Initialized(response),
            Content::FunctionMetadataResponse(response) => Self::Functions(response),
            Content::FunctionLoadResponse(response) => Self::Loaded(vec![response]),
            Content::FunctionLoadResponseCollection(responses) => {
                Self::Loaded(responses.function_load_responses)
            }
            Content::InvocationResponse(response) => Self::Answer(response),
            Content::RpcLog(log) => Self::Log(log),
            Content::WorkerStatusResponse(_) => Self::Status(request_id),
            // Answers to what this host never asks.
            Content::FunctionEnvironmentReloadResponse(_) => {
                Self::Other("FunctionEnvironmentReloadResponse")
            }
            Content::CloseSharedMemoryResourcesResponse(_) => {
                Self::Other("CloseSharedMemoryResourcesResponse")
            }
            Content::WorkerWarmupResponse(_) => Self::Other("WorkerWarmupResponse"),
            // A second start on one stream says nothing new.
            Content::StartStream(_) => Self::Other("StartStream"),
            // No host handles these.
            Content::WorkerHeartbeat(_) => Self::Other("WorkerHeartbeat"),
            Content::WorkerActionResponse(_) => Self::Other("WorkerActionResponse"),
            Content::FileChangeEventRequest(_) => Self::Other("FileChangeEventRequest"),
            // Only a host sends these.
            Content::WorkerInitRequest(_) => Self::Other("WorkerInitRequest"),
            Content::WorkerTerminate(_) => Self::Other("WorkerTerminate"),
            Content::WorkerStatusRequest(_) => Self::Other("WorkerStatusRequest"),
            Content::FunctionLoadRequest(_) => Self::Other("FunctionLoadRequest"),
            Content::FunctionLoadRequestCollection(_) => {
                Self::Other("FunctionLoadRequestCollection")
            }
            Content::InvocationRequest(_) => Self::Other("InvocationRequest"),
            Content::InvocationCancel(_) => Self::Other("InvocationCancel"),
            Content::FunctionEnvironmentReloadRequest(_) => {
                Self::Other("FunctionEnvironmentReloadRequest")
            }
            Content::CloseSharedMemoryResourcesRequest(_) => {
                Self::Other("CloseSharedMemoryResourcesRequest")
            }
            Content::FunctionsMetadataRequest(_) => Self::Other("FunctionsMetadataRequest"),
            Content::WorkerWarmupRequest(_) => Self::Other("WorkerWarmupRequest"),
        }
    }
}
