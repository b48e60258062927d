//! The conversation around the functions: start, warm-up, change of environment.

use std::{collections::HashMap, env::consts};

use azure_functions_shared::rpc::{
    FunctionEnvironmentReloadRequest, FunctionEnvironmentReloadResponse, RpcException,
    StatusResult, WorkerInitResponse, WorkerMetadata, WorkerWarmupResponse,
    function_environment_reload_response::CapabilitiesUpdateStrategy,
};

use crate::env;

/// What the worker can do. The host counts a key that is there as switched on, so a key stands here only when the code
/// behind it does.
const CAPABILITIES: [&str; 11] = [
    // The data of a call: bodies as bytes, arrays as arrays, everything once.
    "IncludeEmptyEntriesInMessagePayload",
    "RawHttpBodyBytes",
    "RpcHttpBodyOnly",
    "RpcHttpTriggerMetadataRemoved",
    "TypedDataCollection",
    "UseNullableValueDictionaryForHttp",
    // Messages that are sent only to a worker that knows them.
    "HandlesInvocationCancelMessage",
    "HandlesWorkerTerminateMessage",
    "HandlesWorkerWarmupMessage",
    "WorkerStatus",
    // The type of a function's error reaches Application Insights.
    "EnableUserCodeException",
];

/// The answer to the host's first message.
///
/// It is a success even when the functions cannot be served: the host would go on without a word and without functions.
/// The mistake is told in a log record, and again when the host asks for the functions.
pub(super) fn init(http_uri: Option<&str>) -> WorkerInitResponse {
    WorkerInitResponse {
        worker_version: env!("CARGO_PKG_VERSION").to_owned(),
        capabilities: capabilities(http_uri),
        worker_metadata: Some(worker_metadata()),
        result: Some(StatusResult::success()),
        ..WorkerInitResponse::default()
    }
}

/// The answer to a host that would like the worker to be warm: there is nothing to warm up in a native program.
pub(super) fn warm_up() -> WorkerWarmupResponse {
    WorkerWarmupResponse {
        result: Some(StatusResult::success()),
    }
}

/// Takes over the environment of the app, for a process that was started without one.
///
/// The working directory changes for the whole process; the variables reach [`env::var`](crate::env::var) only. If one
/// cannot be taken over, none is.
///
/// A worker whose functions cannot be served says so here: specialized without functions, the app would look well.
pub(super) fn reload(
    request: FunctionEnvironmentReloadRequest,
    http_uri: Option<&str>,
    mistake: Option<&str>,
) -> FunctionEnvironmentReloadResponse {
    let directory = request.function_app_directory;
    let changed = if directory.is_empty() {
        Ok(())
    } else {
        std::env::set_current_dir(&directory)
    };
    if changed.is_ok() {
        env::replace(request.environment_variables);
    }
    let failure = match (changed, mistake) {
        (Ok(()), None) => None,
        (Err(error), _) => Some(format!(
            "the working directory cannot be changed to `{directory}`: {error}"
        )),
        (Ok(()), Some(mistake)) => Some(mistake.to_owned()),
    };
    FunctionEnvironmentReloadResponse {
        worker_metadata: Some(worker_metadata()),
        capabilities: capabilities(http_uri),
        capabilities_update_strategy: CapabilitiesUpdateStrategy::Replace.into(),
        result: Some(match failure {
            None => StatusResult::success(),
            // The host then starts a new process, in the right place.
            Some(message) => StatusResult::failure(RpcException {
                message,
                ..RpcException::default()
            }),
        }),
    }
}

/// The capabilities of a worker whose own HTTP server, if it has one, listens there.
fn capabilities(http_uri: Option<&str>) -> HashMap<String, String> {
    let forwarding = http_uri.into_iter().flat_map(|uri| {
        // The values of the route's parameters are right in the invocation only.
        [("HttpUri", uri), ("RequiresRouteParameters", "true")]
    });
    CAPABILITIES
        .into_iter()
        .map(|capability| (capability, "true"))
        .chain(forwarding)
        .map(|(capability, value)| (capability.to_owned(), value.to_owned()))
        .collect()
}

fn worker_metadata() -> WorkerMetadata {
    WorkerMetadata {
        runtime_name: "rust".to_owned(),
        worker_version: env!("CARGO_PKG_VERSION").to_owned(),
        worker_bitness: consts::ARCH.to_owned(),
        ..WorkerMetadata::default()
    }
}
