//! A task hub that answers what was recorded.

use std::{
    collections::HashMap,
    convert::Infallible,
    pin::Pin,
    sync::{Arc, Mutex},
    task::{Context, Poll},
};

use azure_functions_shared::durable::{
    ExecutionCompletedEvent, ExecutionStartedEvent, HistoryChunk, HistoryEvent,
    OrchestrationStatus, OrchestratorCompletedEvent, OrchestratorStartedEvent, TaskCompletedEvent,
    TaskScheduledEvent, history_event::EventType,
};
use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::BodyExt as _;
use prost::Message as _;
use serde::Deserialize;
use serde_json::Value;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{body::Body, server::NamedService};
use tower::Service;

/// A call as it was recorded.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Recorded {
    pub(crate) rpc: String,
    pub(crate) request_wire: Option<String>,
    answer_wire: Option<String>,
    error: Option<RecordedError>,
    /// The messages of a stream, of which there is no wire.
    events: Option<Vec<Value>>,
}

#[derive(Clone, Debug, Deserialize)]
struct RecordedError {
    code: String,
    details: String,
}

/// A call that the hub got: its name, its message, and its metadata.
pub(crate) type Call = (String, Vec<u8>, HashMap<String, String>);

/// A task hub that gives one answer after the other.
#[derive(Clone, Debug, Default)]
pub(crate) struct Hub {
    pub(crate) calls: Arc<Mutex<Vec<Call>>>,
    /// What comes next. Nothing is never answered.
    pub(crate) next: Arc<Mutex<Option<Recorded>>>,
}

impl NamedService for Hub {
    const NAME: &'static str = "TaskHubSidecarService";
}

type Answer = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

impl Service<Request<Body>> for Hub {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Answer;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Answer {
        let hub = self.clone();
        Box::pin(async move { Ok(hub.answer(request).await) })
    }
}

impl Hub {
    /// Serves on a port of its own, and gives the address.
    pub(crate) async fn serve(&self) -> String {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let server = tonic::transport::Server::builder()
            .add_service(self.clone())
            .serve_with_incoming(TcpListenerStream::new(listener));
        tokio::spawn(server);
        address
    }

    async fn answer(self, request: Request<Body>) -> Response<Body> {
        let (parts, body) = request.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        let rpc = parts.uri.path().rsplit('/').next().unwrap().to_owned();
        let metadata = parts.headers.iter();
        let metadata = metadata.map(|(name, value)| {
            let value = value.to_str().unwrap_or_default();
            (name.to_string(), value.to_owned())
        });
        // The message stands behind a flag and its length.
        let call = (rpc.clone(), body[5..].to_vec(), metadata.collect());
        self.calls.lock().unwrap().push(call);
        let next = self.next.lock().unwrap().take();
        let Some(recorded) = next.filter(|recorded| recorded.rpc == rpc) else {
            return std::future::pending().await;
        };
        if let Some(error) = recorded.error {
            return error.into_response();
        }
        let messages = match recorded.events {
            Some(chunks) => chunks.iter().map(chunk).collect(),
            None => vec![BASE64.decode(recorded.answer_wire.unwrap()).unwrap()],
        };
        let mut frame = Vec::new();
        for message in messages {
            frame.push(0);
            frame.extend(u32::try_from(message.len()).unwrap().to_be_bytes());
            frame.extend(message);
        }
        let mut trailers = http::HeaderMap::new();
        trailers.insert("grpc-status", "0".parse().unwrap());
        let body = http_body_util::Full::new(Bytes::from(frame))
            .with_trailers(async move { Some(Ok(trailers)) });
        Response::builder()
            .header("content-type", "application/grpc")
            .body(Body::new(body))
            .unwrap()
    }
}

/// A message of a stream of events.
fn chunk(recorded: &Value) -> Vec<u8> {
    let events = recorded["events"].as_array().unwrap();
    let events = events.iter().map(event).collect();
    HistoryChunk { events }.encode_to_vec()
}

/// An event, of which the recording leaves out what is zero.
fn event(recorded: &Value) -> HistoryEvent {
    let kind = recorded["eventType"].as_str().unwrap();
    let members = &recorded[kind];
    let text = |member: &str| members[member]["value"].as_str().map(str::to_owned);
    let name = members["name"].as_str().unwrap_or_default().to_owned();
    let number = |value: &Value| i32::try_from(value.as_i64().unwrap_or_default()).unwrap();
    let event_type = match kind {
        "orchestratorStarted" => EventType::OrchestratorStarted(OrchestratorStartedEvent {}),
        "orchestratorCompleted" => EventType::OrchestratorCompleted(OrchestratorCompletedEvent {}),
        "executionStarted" => EventType::ExecutionStarted(ExecutionStartedEvent {
            name,
            version: text("version"),
            input: text("input"),
            ..ExecutionStartedEvent::default()
        }),
        "taskScheduled" => EventType::TaskScheduled(TaskScheduledEvent {
            name,
            ..TaskScheduledEvent::default()
        }),
        "taskCompleted" => EventType::TaskCompleted(TaskCompletedEvent {
            task_scheduled_id: number(&members["taskScheduledId"]),
            result: text("result"),
        }),
        "executionCompleted" => EventType::ExecutionCompleted(ExecutionCompletedEvent {
            orchestration_status: OrchestrationStatus::Completed.into(),
            result: text("result"),
            failure_details: None,
        }),
        other => panic!("{other}"),
    };
    let time = &recorded["timestamp"];
    HistoryEvent {
        event_id: number(&recorded["eventId"]),
        timestamp: Some(prost_types::Timestamp {
            seconds: time["seconds"].as_i64().unwrap(),
            nanos: number(&time["nanos"]),
        }),
        event_type: Some(event_type),
    }
}

impl RecordedError {
    fn into_response(self) -> Response<Body> {
        let code = match self.code.as_str() {
            "NOT_FOUND" => tonic::Code::NotFound,
            "ALREADY_EXISTS" => tonic::Code::AlreadyExists,
            "FAILED_PRECONDITION" => tonic::Code::FailedPrecondition,
            "INVALID_ARGUMENT" => tonic::Code::InvalidArgument,
            "DEADLINE_EXCEEDED" => tonic::Code::DeadlineExceeded,
            "UNIMPLEMENTED" => tonic::Code::Unimplemented,
            "UNKNOWN" => tonic::Code::Unknown,
            other => panic!("{other}"),
        };
        tonic::Status::new(code, self.details).into_http()
    }
}
