//! An OpenTelemetry collector that keeps what it gets.

use std::{
    future::pending,
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use opentelemetry_proto::tonic::{
    collector::{
        logs::v1::{
            ExportLogsServiceRequest, ExportLogsServiceResponse,
            logs_service_server::{LogsService, LogsServiceServer},
        },
        trace::v1::{
            ExportTraceServiceRequest, ExportTraceServiceResponse,
            trace_service_server::{TraceService, TraceServiceServer},
        },
    },
    common::v1::{AnyValue, KeyValue, any_value::Value},
    logs::v1::LogRecord,
    resource::v1::Resource,
    trace::v1::Span,
};
use tokio::{net::TcpListener, task::JoinHandle};
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{Request, Response, Status, transport::Server};

/// A collector at an address of its own, until it is dropped.
pub(crate) struct Collector {
    pub(crate) uri: String,
    received: Arc<Mutex<Received>>,
    server: JoinHandle<()>,
}

/// What a collector got.
#[derive(Default)]
pub(crate) struct Received {
    pub(crate) resources: Vec<Resource>,
    pub(crate) spans: Vec<Span>,
    pub(crate) logs: Vec<LogRecord>,
    /// The header `api-key` of each request.
    pub(crate) keys: Vec<Option<String>>,
}

impl Collector {
    /// A collector that takes everything.
    pub(crate) async fn start() -> Self {
        Self::serve(listener("127.0.0.1:0").await, false)
    }

    /// A collector that takes everything, at this address.
    pub(crate) async fn start_at(address: SocketAddr) -> Self {
        Self::serve(listener(address).await, false)
    }

    /// A collector that never answers.
    pub(crate) async fn start_silent() -> Self {
        Self::serve(listener("127.0.0.1:0").await, true)
    }

    /// What it got since this was asked the last time.
    pub(crate) fn take(&self) -> Received {
        std::mem::take(&mut self.received.lock().unwrap())
    }

    fn serve(listener: TcpListener, silent: bool) -> Self {
        let uri = format!("http://{}", listener.local_addr().unwrap());
        let received = Arc::new(Mutex::new(Received::default()));
        let service = Service {
            received: Arc::clone(&received),
            silent,
        };
        let server = Server::builder()
            .add_service(TraceServiceServer::new(service.clone()))
            .add_service(LogsServiceServer::new(service))
            .serve_with_incoming(TcpListenerStream::new(listener));
        let server = tokio::spawn(async { server.await.unwrap() });
        Self {
            uri,
            received,
            server,
        }
    }
}

impl Drop for Collector {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// An address where nobody listens.
pub(crate) async fn nowhere() -> SocketAddr {
    listener("127.0.0.1:0").await.local_addr().unwrap()
}

async fn listener(address: impl tokio::net::ToSocketAddrs) -> TcpListener {
    TcpListener::bind(address).await.unwrap()
}

/// The attributes as ` name=value`, in order.
pub(crate) fn attributes(attributes: &[KeyValue]) -> String {
    let mut texts: Vec<_> = attributes
        .iter()
        .map(|attribute| format!(" {}={}", attribute.key, value(attribute.value.as_ref())))
        .collect();
    texts.sort();
    texts.concat()
}

/// A value as a text.
pub(crate) fn value(value: Option<&AnyValue>) -> String {
    match value.and_then(|value| value.value.as_ref()) {
        Some(Value::StringValue(text)) => text.clone(),
        Some(Value::IntValue(number)) => number.to_string(),
        other => format!("{other:?}"),
    }
}

/// Bytes as OpenTelemetry writes its ids.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits
        .filter_map(|digit| char::from_digit(digit.into(), 16))
        .collect()
}

#[derive(Clone)]
struct Service {
    received: Arc<Mutex<Received>>,
    silent: bool,
}

impl Service {
    async fn take<T>(&self, request: Request<T>, keep: impl FnOnce(&mut Received, T)) {
        if self.silent {
            pending::<()>().await;
        }
        let key = request.metadata().get("api-key");
        let key = key.map(|key| key.to_str().unwrap().to_owned());
        let mut received = self.received.lock().unwrap();
        received.keys.push(key);
        keep(&mut received, request.into_inner());
    }
}

#[tonic::async_trait]
impl TraceService for Service {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        self.take(request, |received, request| {
            for spans in request.resource_spans {
                received.resources.extend(spans.resource);
                let scopes = spans.scope_spans.into_iter();
                received.spans.extend(scopes.flat_map(|scope| scope.spans));
            }
        })
        .await;
        Ok(Response::new(ExportTraceServiceResponse::default()))
    }
}

#[tonic::async_trait]
impl LogsService for Service {
    async fn export(
        &self,
        request: Request<ExportLogsServiceRequest>,
    ) -> Result<Response<ExportLogsServiceResponse>, Status> {
        self.take(request, |received, request| {
            for logs in request.resource_logs {
                received.resources.extend(logs.resource);
                let scopes = logs.scope_logs.into_iter();
                received
                    .logs
                    .extend(scopes.flat_map(|scope| scope.log_records));
            }
        })
        .await;
        Ok(Response::new(ExportLogsServiceResponse::default()))
    }
}
