//! The host's half of the conversation, on messages that are not decoded.
//!
//! hyper serves the connection, so that the host costs little and puts many messages into one write, as the real one
//! does.

use std::{convert::Infallible, path::Path, sync::Mutex};

use anyhow::{Context, bail};
use azure_functions_shared::rpc::{
    Content, FunctionLoadRequest, FunctionLoadRequestCollection, FunctionsMetadataRequest,
    InvocationResponse, RpcFunctionMetadata, StatusResult, StreamingMessage, WorkerInitRequest,
    status_result::Status,
};
use bytes::{Buf, Bytes, BytesMut};
use futures::channel::mpsc;
use http::{Request, Response};
use http_body_util::{BodyExt, StreamBody};
use hyper::{
    body::{Frame, Incoming},
    server::conn::http2,
    service::service_fn,
};
use hyper_util::rt::{TokioExecutor, TokioIo};
use prost::Message;
use tokio::{net::TcpListener, sync::oneshot};

use crate::{process::Process, template};

/// The functions of all workers.
pub const FUNCTIONS: [&str; 7] = ["hello", "echo", "take", "relay", "copy", "batch", "log"];

/// The key of the field that an answer to an invocation is in.
const ANSWER: u8 = 5 << 3 | 2;

/// The method that a worker calls.
const EVENT_STREAM: &str = "/AzureFunctionsRpcMessages.FunctionRpc/EventStream";

type Piece = Result<Frame<Bytes>, Infallible>;

/// A worker process, and the stream to it.
#[derive(Debug)]
pub struct Session {
    /// The worker.
    pub process: Process,
    /// Where the worker's own HTTP server listens, if it has one.
    pub http_uri: Option<String>,
    to: mpsc::UnboundedSender<Piece>,
    from: Incoming,
    buffer: BytesMut,
}

impl Session {
    /// Starts a worker and loads its functions.
    ///
    /// # Errors
    ///
    /// When it does not start, or does not do what a worker does.
    pub async fn start(
        program: &Path,
        variables: &[(&str, String)],
        core: Option<usize>,
    ) -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let port = listener.local_addr()?.port();
        let arguments = [
            "--functions-uri".to_owned(),
            format!("http://127.0.0.1:{port}/"),
            "--functions-worker-id=bench".to_owned(),
            "--functions-request-id=first".to_owned(),
            format!("--functions-grpc-max-message-length={}", i32::MAX),
        ];
        let process = Process::start(program, arguments, variables, core)?;
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let (opened, stream_opened) = oneshot::channel();
        let opened = Mutex::new(Some(opened));
        let service = service_fn(move |request: Request<Incoming>| {
            let (sender, receiver) = mpsc::unbounded::<Piece>();
            let opened = opened.lock().ok().and_then(|mut opened| opened.take());
            if let Some(opened) = opened
                && request.uri().path() == EVENT_STREAM
            {
                let _ = opened.send((sender, request.into_body()));
            }
            let mut response = Response::new(StreamBody::new(receiver));
            response.headers_mut().insert(
                http::header::CONTENT_TYPE,
                http::HeaderValue::from_static("application/grpc"),
            );
            async move { Ok::<_, Infallible>(response) }
        });
        tokio::spawn(
            http2::Builder::new(TokioExecutor::new())
                // As the real host's server.
                .initial_connection_window_size(1 << 20)
                .initial_stream_window_size(768 << 10)
                .serve_connection(TokioIo::new(stream), service),
        );
        let (to, from) = stream_opened.await.context("the worker opened no stream")?;
        let mut session = Self {
            process,
            http_uri: None,
            to,
            from,
            buffer: BytesMut::new(),
        };
        session.shake_hands().await?;
        Ok(session)
    }

    async fn shake_hands(&mut self) -> anyhow::Result<()> {
        let Content::StartStream(_) = self.content().await? else {
            bail!("the worker did not start the stream");
        };
        self.send(Content::WorkerInitRequest(WorkerInitRequest {
            host_version: "4.1037.0.0".to_owned(),
            function_app_directory: "/home/site/wwwroot".to_owned(),
            ..WorkerInitRequest::default()
        }))?;
        let Content::WorkerInitResponse(mut init) = self.content().await? else {
            bail!("the worker was not initialized");
        };
        self.http_uri = init.capabilities.remove("HttpUri");
        self.send(Content::FunctionsMetadataRequest(
            FunctionsMetadataRequest::default(),
        ))?;
        let Content::FunctionMetadataResponse(_) = self.content().await? else {
            bail!("the worker did not say which functions it has");
        };
        let loads = FUNCTIONS.map(|name| FunctionLoadRequest {
            function_id: name.to_owned(),
            metadata: Some(RpcFunctionMetadata {
                name: name.to_owned(),
                ..RpcFunctionMetadata::default()
            }),
            managed_dependency_enabled: false,
        });
        self.send(Content::FunctionLoadRequestCollection(
            FunctionLoadRequestCollection {
                function_load_requests: loads.to_vec(),
            },
        ))?;
        let Content::FunctionLoadResponseCollection(loads) = self.content().await? else {
            bail!("the worker did not load its functions");
        };
        for load in loads.function_load_responses {
            if load.result.as_ref().map(StatusResult::status) != Some(Status::Success) {
                bail!("`{}` was not loaded: {:?}", load.function_id, load.result);
            }
        }
        Ok(())
    }

    /// Sends messages that are encoded.
    ///
    /// # Errors
    ///
    /// When the worker has gone.
    pub fn send_frames(&self, frames: Bytes) -> anyhow::Result<()> {
        self.to
            .unbounded_send(Ok(Frame::data(frames)))
            .context("the worker closed the stream")
    }

    fn send(&self, content: Content) -> anyhow::Result<()> {
        self.send_frames(template::frame(&content.into_message(""))?.into())
    }

    /// The next message that is no log record.
    async fn content(&mut self) -> anyhow::Result<Content> {
        loop {
            let message = StreamingMessage::decode(self.next().await?)?;
            match message.content.context("a message without content")? {
                Content::RpcLog(_) => {}
                content => return Ok(content),
            }
        }
    }

    /// Waits for answers. Says how many came together.
    ///
    /// # Errors
    ///
    /// When the worker has gone.
    pub async fn answers(&mut self) -> anyhow::Result<usize> {
        loop {
            let mut count = usize::from(self.next().await?.first() == Some(&ANSWER));
            while let Some(message) = self.buffered() {
                count += usize::from(message.first() == Some(&ANSWER));
            }
            if count > 0 {
                return Ok(count);
            }
        }
    }

    /// The next answer to an invocation, and how many log records came before it.
    ///
    /// # Errors
    ///
    /// When something else comes.
    pub async fn answer(&mut self) -> anyhow::Result<(InvocationResponse, usize)> {
        let mut logs = 0;
        loop {
            match StreamingMessage::decode(self.next().await?)?.content {
                Some(Content::InvocationResponse(response)) => return Ok((response, logs)),
                Some(Content::RpcLog(_)) => logs += 1,
                other => bail!("an answer was expected, not {other:?}"),
            }
        }
    }

    async fn next(&mut self) -> anyhow::Result<Bytes> {
        loop {
            if let Some(message) = self.buffered() {
                return Ok(message);
            }
            let frame = self.from.frame().await.context("the stream has ended")??;
            if let Ok(data) = frame.into_data() {
                self.buffer.extend_from_slice(&data);
            }
        }
    }

    /// The next message, if all of it is there.
    fn buffered(&mut self) -> Option<Bytes> {
        let length = self.buffer.get(1..5)?.try_into().ok()?;
        let length = usize::try_from(u32::from_be_bytes(length)).ok()?;
        if self.buffer.len() < length + 5 {
            return None;
        }
        self.buffer.advance(5);
        Some(self.buffer.split_to(length).freeze())
    }
}
