//! `streaming_message`: messages of the protocol, each with its length before it, from the host to a real worker.
//!
//! The worker is the one that apps have, over a socket in this process; nothing of it is replaced.

use std::{collections::HashMap, path::Path, pin::Pin, sync::Mutex, time::Duration};

use azure_functions::Error;
use azure_functions_shared::rpc::{
    Content, FunctionLoadRequest, FunctionRpc, FunctionRpcServer, InvocationRequest,
    RpcFunctionMetadata, StreamingMessage, WorkerInitRequest, WorkerTerminate,
};
use futures::{Stream, StreamExt as _};
use prost::Message as _;
use tokio::{
    net::UnixListener,
    sync::{mpsc, oneshot},
    time::timeout,
};
use tokio_stream::wrappers::{ReceiverStream, UnixListenerStream};
use tonic::{Request, Response, Status, Streaming, transport::Server};
use tracing_subscriber::layer::SubscriberExt as _;

use crate::app::{self, FUNCTIONS};

/// How many messages of an input are sent.
const MOST: usize = 64;

/// The grace period of the last message.
const GRACE: prost_types::Duration = prost_types::Duration {
    seconds: 5,
    nanos: 0,
};

/// No conversation takes longer: all functions end at once.
const PATIENCE: Duration = Duration::from_secs(20);

/// The worker answers each invocation once, and each request that has an answer; it ends when it is told to, and not before.
///
/// # Panics
///
/// That is not so.
#[expect(
    clippy::expect_used,
    reason = "a system without sockets is no finding, and has to be seen"
)]
pub fn check(data: &[u8]) {
    let script = script(data);
    if script.is_empty() {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder for the socket");
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .max_blocking_threads(2)
        .build()
        .expect("a runtime");
    let conversation = converse(folder.path(), script.clone());
    let (answers, end) = runtime
        .block_on(async { timeout(PATIENCE, conversation).await })
        .expect("the worker hangs");
    assert!(end.is_ok(), "the worker fails: {end:?}");
    compare(&script, &answers);
}

/// The messages of an input, such that a worker that follows the protocol survives all of them.
fn script(mut data: &[u8]) -> Vec<StreamingMessage> {
    let mut script = Vec::new();
    while !data.is_empty() && script.len() < MOST {
        let Ok(mut message) = StreamingMessage::decode_length_delimited(&mut data) else {
            break;
        };
        match &mut message.content {
            Some(Content::InvocationRequest(request)) => aim(request),
            Some(Content::FunctionEnvironmentReloadRequest(request)) => {
                // The folder of this process, in which the fuzzer writes.
                request.function_app_directory.clear();
            }
            Some(Content::WorkerTerminate(_)) => break,
            _ => {}
        }
        script.push(message);
    }
    script
}

/// Has an invocation reach a function with values for what it takes, or else most would end at their names.
fn aim(request: &mut InvocationRequest) {
    let sum: usize = request.function_id.bytes().map(usize::from).sum();
    let Some((_, parameters)) = FUNCTIONS.get(sum % (FUNCTIONS.len() + 1)) else {
        return;
    };
    request.function_id = (sum % (FUNCTIONS.len() + 1)).to_string();
    for (input, name) in request.input_data.iter_mut().zip(*parameters) {
        (*name).clone_into(&mut input.name);
    }
}

type Ends = (
    mpsc::Sender<Result<StreamingMessage, Status>>,
    Streaming<StreamingMessage>,
);

/// Sends the script to a new worker, then tells it to stop, and gives all that it said, and how it ended.
#[expect(
    clippy::expect_used,
    reason = "a system without sockets is no finding, and has to be seen"
)]
async fn converse(
    folder: &Path,
    script: Vec<StreamingMessage>,
) -> (Vec<StreamingMessage>, Result<(), Error>) {
    let socket = folder.join("host");
    let listener = UnixListener::bind(&socket).expect("a socket");
    let (opened, stream) = oneshot::channel();
    let service = FunctionRpcServer::new(Service(Mutex::new(Some(opened))));
    let server = tokio::spawn(
        Server::builder()
            .add_service(service)
            .serve_with_incoming(UnixListenerStream::new(listener)),
    );
    let app = app::app();
    let logs = tracing_subscriber::registry().with(app.log_layer());
    let _logs = tracing::subscriber::set_default(logs);
    let uri = format!("--functions-uri=unix:{}", socket.display());
    let worker = tokio::spawn(app.arguments([&*uri, "--functions-worker-id=w"]).serve());
    let (to_worker, mut from_worker) = stream.await.expect("the worker opens no stream");
    let sending = async {
        for message in opening().chain(script).chain([stop()]) {
            // A worker that does not read any more is seen by what it did not answer.
            let _ = to_worker.send(Ok(message)).await;
        }
    };
    let receiving = async {
        let mut answers = Vec::new();
        while let Some(Ok(message)) = from_worker.next().await {
            answers.push(message);
        }
        answers
    };
    let ((), answers) = tokio::join!(sending, receiving);
    drop(to_worker);
    let end = worker.await.expect("the worker panics");
    server.abort();
    (answers, end)
}

/// What a host says first. The ids are the places of the functions.
fn opening() -> impl Iterator<Item = StreamingMessage> {
    let init = Content::WorkerInitRequest(WorkerInitRequest::default());
    let loads = FUNCTIONS.iter().enumerate().map(|(at, (name, _))| {
        Content::FunctionLoadRequest(FunctionLoadRequest {
            function_id: at.to_string(),
            metadata: Some(RpcFunctionMetadata {
                name: (*name).to_owned(),
                ..RpcFunctionMetadata::default()
            }),
            ..FunctionLoadRequest::default()
        })
    });
    std::iter::once(init)
        .chain(loads)
        .map(|content| content.into_message(OPENING))
}

/// The request id of [`opening`].
const OPENING: &str = "the fuzzer's opening";

fn stop() -> StreamingMessage {
    Content::WorkerTerminate(WorkerTerminate {
        grace_period: Some(GRACE),
    })
    .into_message("")
}

fn compare(script: &[StreamingMessage], answers: &[StreamingMessage]) {
    let mut calls: HashMap<&str, (usize, usize)> = HashMap::new();
    let mut missing: HashMap<(&str, &str), i64> = HashMap::new();
    let opening: Vec<_> = opening().collect();
    for message in opening.iter().chain(script) {
        match &message.content {
            Some(Content::InvocationRequest(request)) => {
                calls.entry(&request.invocation_id).or_default().0 += 1;
            }
            Some(content) if !is_answer(content) => {
                if let Some(subject) = subject(content) {
                    *missing.entry((&message.request_id, subject)).or_default() += 1;
                }
            }
            _ => {}
        }
    }
    for message in answers {
        match &message.content {
            Some(Content::InvocationResponse(response)) => {
                calls.entry(&response.invocation_id).or_default().1 += 1;
                assert!(response.result.is_some(), "an answer without a result");
                let result = response.result.as_ref();
                let exception = result.and_then(|result| result.exception.as_ref());
                let panic = exception.filter(|exception| exception.r#type == "panic");
                assert_eq!(panic, None, "a binding panics");
            }
            Some(Content::RpcLog(_) | Content::StartStream(_)) => {}
            content => {
                let subject = content.as_ref().and_then(subject);
                assert!(subject.is_some(), "the worker says {content:?}");
                let subject = subject.unwrap_or_default();
                *missing.entry((&message.request_id, subject)).or_default() -= 1;
            }
        }
    }
    for (id, (asked, answered)) in calls {
        // The answer of an open call stands for a second request with its id.
        let fits = (1..=asked).contains(&answered);
        assert!(
            fits,
            "call `{id}` was asked {asked} times and answered {answered} times"
        );
    }
    for ((id, subject), missing) in missing {
        assert_eq!(missing, 0, "answers of `{subject}` are missing for `{id}`");
    }
}

/// What a request that has an answer, or an answer, is about.
fn subject(content: &Content) -> Option<&'static str> {
    Some(match content {
        Content::WorkerInitRequest(_) | Content::WorkerInitResponse(_) => "init",
        Content::WorkerStatusRequest(_) | Content::WorkerStatusResponse(_) => "status",
        Content::WorkerWarmupRequest(_) | Content::WorkerWarmupResponse(_) => "warm-up",
        Content::FunctionEnvironmentReloadRequest(_)
        | Content::FunctionEnvironmentReloadResponse(_) => "reload",
        Content::FunctionsMetadataRequest(_) | Content::FunctionMetadataResponse(_) => "metadata",
        Content::FunctionLoadRequest(_) | Content::FunctionLoadResponse(_) => "load",
        Content::FunctionLoadRequestCollection(_) | Content::FunctionLoadResponseCollection(_) => {
            "loads"
        }
        Content::CloseSharedMemoryResourcesRequest(_)
        | Content::CloseSharedMemoryResourcesResponse(_) => "shared memory",
        _ => return None,
    })
}

/// Whether a message is of those that only a worker sends.
fn is_answer(content: &Content) -> bool {
    matches!(
        content,
        Content::WorkerInitResponse(_)
            | Content::WorkerStatusResponse(_)
            | Content::WorkerWarmupResponse(_)
            | Content::FunctionEnvironmentReloadResponse(_)
            | Content::FunctionMetadataResponse(_)
            | Content::FunctionLoadResponse(_)
            | Content::FunctionLoadResponseCollection(_)
            | Content::CloseSharedMemoryResourcesResponse(_)
    )
}

/// Gives the ends of the first stream away.
struct Service(Mutex<Option<oneshot::Sender<Ends>>>);

#[tonic::async_trait]
impl FunctionRpc for Service {
    type EventStreamStream = Pin<Box<dyn Stream<Item = Result<StreamingMessage, Status>> + Send>>;

    async fn event_stream(
        &self,
        request: Request<Streaming<StreamingMessage>>,
    ) -> Result<Response<Self::EventStreamStream>, Status> {
        let (to_worker, messages) = mpsc::channel(16);
        let opened = self.0.lock().ok().and_then(|mut opened| opened.take());
        let opened = opened.ok_or_else(|| Status::already_exists("there is one stream"))?;
        let _ = opened.send((to_worker, request.into_inner()));
        Ok(Response::new(Box::pin(ReceiverStream::new(messages))))
    }
}

#[cfg(test)]
mod tests {
    use std::{panic::catch_unwind, slice::from_ref};

    use azure_functions_shared::rpc::{
        Content, FunctionLoadResponse, InvocationRequest, InvocationResponse, RpcException,
        StatusResult, StreamingMessage, WorkerInitResponse, WorkerStatusRequest,
        WorkerStatusResponse,
    };

    use super::{compare, opening};

    fn call() -> StreamingMessage {
        Content::InvocationRequest(InvocationRequest::default()).into_message("")
    }

    fn answer(kind: &str) -> StreamingMessage {
        let exception = RpcException {
            r#type: kind.to_owned(),
            ..RpcException::default()
        };
        Content::InvocationResponse(InvocationResponse {
            result: Some(StatusResult::failure(exception)),
            ..InvocationResponse::default()
        })
        .into_message("")
    }

    /// Whether a conversation is taken for a good one, with the answers to what every host says first.
    #[track_caller]
    fn check(script: &[StreamingMessage], answers: &[StreamingMessage], good: bool) {
        let mut all: Vec<_> = opening()
            .map(|message| {
                let answer = match message.content {
                    Some(Content::FunctionLoadRequest(_)) => {
                        Content::FunctionLoadResponse(FunctionLoadResponse::default())
                    }
                    _ => Content::WorkerInitResponse(WorkerInitResponse::default()),
                };
                answer.into_message(message.request_id)
            })
            .collect();
        all.extend_from_slice(answers);
        assert_eq!(catch_unwind(|| compare(script, &all)).is_ok(), good);
    }

    #[test]
    fn what_is_a_finding() {
        let status = Content::WorkerStatusRequest(WorkerStatusRequest {}).into_message("s");
        let alive = Content::WorkerStatusResponse(WorkerStatusResponse {}).into_message("s");
        check(&[call()], &[answer("")], true);
        check(&[call(), call()], &[answer("")], true);
        check(&[call()], &[], false);
        check(&[call()], &[answer(""), answer("")], false);
        check(&[call()], &[answer("panic")], false);
        check(&[], &[answer("")], false);
        check(&[], &[call()], false);
        check(from_ref(&status), from_ref(&alive), true);
        check(from_ref(&status), &[], false);
        check(&[], from_ref(&alive), false);
    }
}
