//! A host that says what a test tells it to say.

use std::{
    collections::HashMap,
    io::{self, Write as _},
    net::Shutdown,
    process::{Output, Stdio},
    sync::{Arc, Mutex, mpsc::RecvTimeoutError},
    thread,
    time::Duration,
};

use azure_functions::{App, Error};
use azure_functions_shared::rpc::{
    Content, FunctionEnvironmentReloadRequest, FunctionEnvironmentReloadResponse,
    FunctionLoadRequest, FunctionMetadataResponse, FunctionsMetadataRequest, InvocationRequest,
    InvocationResponse, RpcFunctionMetadata, RpcLog, StatusResult, StreamingMessage,
    WorkerInitRequest, WorkerInitResponse, WorkerTerminate, status_result::Status,
};
use bytes::Bytes;
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    process::{Child, Command},
    task::{AbortHandle, JoinHandle},
};

use self::wire::{FromWorker, Said, ToWorker};

// Other tests have this module too.
#[path = "wire.rs"]
pub(crate) mod wire;

/// How long a test may take. It is measured on a clock of its own: tokio's is paused in some tests, and then passes
/// whenever nothing happens for a moment.
const PATIENCE: Duration = Duration::from_secs(60);

/// What the host calls the worker.
const WORKER: &str = "11111111-2222-3333-4444-555555555555";

/// The host and the worker that it talks to, which is a task or a process.
pub(crate) struct Host<W = JoinHandle<Result<(), Error>>> {
    to_worker: ToWorker,
    from_worker: FromWorker,
    worker: W,
    /// The log records that came while something else was waited for.
    pub(crate) logs: Vec<RpcLog>,
    /// The connection, to be cut.
    connection: Arc<Mutex<Option<std::net::TcpStream>>>,
    _watchdog: Watchdog,
}

/// Ends the tests when it is not dropped in time.
struct Watchdog(#[expect(dead_code, reason = "dropped with it")] std::sync::mpsc::Sender<()>);

impl Watchdog {
    fn new() -> Self {
        let (alive, dropped) = std::sync::mpsc::channel::<()>();
        let test = thread::current().name().unwrap_or_default().to_owned();
        thread::spawn(move || {
            if dropped.recv_timeout(PATIENCE) == Err(RecvTimeoutError::Timeout) {
                // Past the test harness, which would keep the line to itself.
                let _ = writeln!(
                    io::stderr(),
                    "{test} waits for something that does not happen"
                );
                std::process::abort();
            }
        });
        Self(alive)
    }
}

impl Host {
    /// Runs `app` against a new host, up to its first message.
    pub(crate) async fn start(app: App) -> Self {
        Self::start_with(app, i32::MAX).await
    }

    /// Runs `app` against a host that takes messages up to this length.
    pub(crate) async fn start_with(app: App, max_message: i32) -> Self {
        Self::listen(max_message, |line| {
            tokio::spawn(app.arguments(line).serve())
        })
        .await
    }

    /// A host whose worker has been initialized.
    pub(crate) async fn initialized(app: App) -> Self {
        let mut host = Self::start(app).await;
        host.init().await;
        host
    }

    /// How the worker ended, once it has ended the stream.
    pub(crate) async fn end(mut self) -> Result<(), Error> {
        self.read_to_end().await;
        self.hang_up().await
    }

    /// How the worker ends when the host goes away.
    pub(crate) async fn hang_up(self) -> Result<(), Error> {
        drop(self.to_worker);
        self.worker.await.unwrap()
    }
}

impl Host {
    /// How the worker ends when the host dies, and nobody is at the other end of the connection.
    pub(crate) async fn die(self) -> Result<(), Error> {
        let connection = self.connection.lock().unwrap().take().unwrap();
        connection.shutdown(Shutdown::Both).unwrap();
        self.worker.await.unwrap()
    }
}

impl Host<Child> {
    /// Starts the small app as a program of its own.
    pub(crate) async fn start_process(variables: &[(&str, &str)]) -> Self {
        Self::start_program(env!("CARGO_BIN_EXE_small_app"), variables).await
    }

    /// Starts a program of its own.
    pub(crate) async fn start_program(program: &str, variables: &[(&str, &str)]) -> Self {
        Self::listen(i32::MAX, |line| spawn_process(program, line, variables)).await
    }

    /// The same, at the other end of a connection that breaks when what comes with it is aborted.
    pub(crate) async fn start_process_on_a_wire() -> (Self, AbortHandle) {
        let (cut, handle) = std::sync::mpsc::channel();
        let host = Self::listen(i32::MAX, |mut line| {
            let uri = line.iter_mut().find(|word| word.starts_with("http://"));
            let uri = uri.unwrap();
            let (address, wire) = wire(uri);
            *uri = address;
            cut.send(wire).unwrap();
            spawn_process(env!("CARGO_BIN_EXE_small_app"), line, &[])
        })
        .await;
        (host, handle.recv().unwrap())
    }

    /// The process.
    pub(crate) fn pid(&self) -> u32 {
        self.worker.id().unwrap()
    }

    /// How the process ends once it has ended the stream.
    pub(crate) async fn exit(mut self) -> Output {
        self.read_to_end().await;
        self.hang_up().await
    }

    /// How the process ends when the host goes away.
    pub(crate) async fn hang_up(self) -> Output {
        drop((self.to_worker, self.from_worker));
        self.worker.wait_with_output().await.unwrap()
    }

    /// How the process ends by itself.
    pub(crate) async fn output(self) -> Output {
        self.worker.wait_with_output().await.unwrap()
    }
}

fn spawn_process(program: &str, line: Vec<String>, variables: &[(&str, &str)]) -> Child {
    Command::new(program)
        .args(line)
        .env_remove("RUST_BACKTRACE")
        .env_remove("RUST_LOG")
        .envs(variables.iter().copied())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap()
}

/// The one connection to the server at `uri`, and another address for it.
fn wire(uri: &str) -> (String, AbortHandle) {
    let server = uri
        .trim_start_matches("http://")
        .trim_end_matches('/')
        .to_owned();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let listener = TcpListener::from_std(listener).unwrap();
    let uri = format!("http://{}/", listener.local_addr().unwrap());
    let wire = tokio::spawn(async move {
        let (mut worker, _) = listener.accept().await.unwrap();
        let mut host = TcpStream::connect(server).await.unwrap();
        let _ = copy_bidirectional(&mut worker, &mut host).await;
    });
    (uri, wire.abort_handle())
}

impl<W> Host<W> {
    /// A host whose worker is what `start` makes of the command line, up to its first message.
    pub(crate) async fn listen(max_message: i32, start: impl FnOnce(Vec<String>) -> W) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let connection = Arc::new(Mutex::new(None));
        let stream = wire::serve(listener, Arc::clone(&connection));
        let worker = start(vec![
            "--functions-uri".to_owned(),
            format!("http://127.0.0.1:{port}/"),
            format!("--functions-worker-id={WORKER}"),
            "--functions-request-id=first".to_owned(),
            format!("--functions-grpc-max-message-length={max_message}"),
        ]);
        let (to_worker, from_worker) = stream.await.unwrap();
        let mut host = Self {
            to_worker,
            from_worker,
            worker,
            logs: Vec::new(),
            connection,
            _watchdog: Watchdog::new(),
        };
        let first = host.next().await.unwrap();
        assert_eq!(first.request_id, "first");
        assert!(
            matches!(first.content, Some(Content::StartStream(start)) if start.worker_id == WORKER)
        );
        host
    }

    /// Initializes the worker, and gives its capabilities.
    pub(crate) async fn init(&mut self) -> HashMap<String, String> {
        let response = self
            .init_with(WorkerInitRequest {
                host_version: "4.1037.0.0".to_owned(),
                function_app_directory: "/home/site/wwwroot".to_owned(),
                ..WorkerInitRequest::default()
            })
            .await;
        response.capabilities
    }

    /// Initializes the worker, and gives its answer, which is a success.
    pub(crate) async fn init_with(&mut self, request: WorkerInitRequest) -> WorkerInitResponse {
        self.send(Content::WorkerInitRequest(request)).await;
        let Content::WorkerInitResponse(response) = self.answer().await else {
            panic!("not an answer to the initialization");
        };
        assert_eq!(status(response.result.clone()), Status::Success);
        response
    }

    /// Sends the worker into an app, and gives its answer.
    pub(crate) async fn reload(
        &mut self,
        variables: &[(&str, &str)],
        directory: &str,
    ) -> FunctionEnvironmentReloadResponse {
        let variables = variables
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        self.send(Content::FunctionEnvironmentReloadRequest(
            FunctionEnvironmentReloadRequest {
                environment_variables: variables.collect(),
                function_app_directory: directory.to_owned(),
            },
        ))
        .await;
        match self.answer().await {
            Content::FunctionEnvironmentReloadResponse(response) => response,
            other => panic!("expected an answer to the reload, got {other:?}"),
        }
    }

    /// Asks for the functions.
    pub(crate) async fn metadata(&mut self, directory: &str) -> FunctionMetadataResponse {
        self.send(Content::FunctionsMetadataRequest(
            FunctionsMetadataRequest {
                function_app_directory: directory.to_owned(),
            },
        ))
        .await;
        match self.answer().await {
            Content::FunctionMetadataResponse(response) => response,
            other => panic!("expected the functions, got {other:?}"),
        }
    }

    pub(crate) async fn send(&self, content: Content) {
        self.send_message(content.into_message("")).await;
    }

    pub(crate) async fn send_message(&self, message: StreamingMessage) {
        self.send_bytes(wire::frame(&message)).await;
    }

    /// Sends bytes that need not be a message.
    pub(crate) async fn send_bytes(&self, bytes: Bytes) {
        // A stream that the worker has ended takes nothing.
        let _ = self.to_worker.send(Said::Bytes(bytes)).await;
    }

    /// Breaks the stream off.
    pub(crate) async fn reset(&self) {
        let _ = self.to_worker.send(Said::Reset).await;
    }

    /// Ends the stream in order, and gives what is left: the other direction, and the worker.
    pub(crate) fn close(self) -> (FromWorker, W) {
        (self.from_worker, self.worker)
    }

    /// The worker.
    pub(crate) fn worker(&mut self) -> &mut W {
        &mut self.worker
    }

    /// The worker's next message; `None` when it has ended the stream.
    pub(crate) async fn next(&mut self) -> Option<StreamingMessage> {
        self.from_worker.next().await
    }

    /// The worker's next message that is not a log record.
    pub(crate) async fn answer(&mut self) -> Content {
        loop {
            match self.next().await.and_then(|message| message.content) {
                Some(Content::RpcLog(log)) => self.logs.push(log),
                Some(content) => return content,
                None => panic!("the worker ended the stream"),
            }
        }
    }

    /// The worker's next answer to an invocation.
    pub(crate) async fn response(&mut self) -> InvocationResponse {
        match self.answer().await {
            Content::InvocationResponse(response) => response,
            other => panic!("expected an answer to an invocation, got {other:?}"),
        }
    }

    /// Starts an invocation that has nothing but its name.
    pub(crate) async fn invoke(&self, id: &str, function: &str) {
        self.send(invocation(id, function)).await;
    }

    /// Loads a function and gives the answer's status.
    pub(crate) async fn load(&mut self, id: &str, name: &str) -> Status {
        self.send(Content::FunctionLoadRequest(FunctionLoadRequest {
            function_id: id.to_owned(),
            metadata: Some(RpcFunctionMetadata {
                name: name.to_owned(),
                ..RpcFunctionMetadata::default()
            }),
            ..FunctionLoadRequest::default()
        }))
        .await;
        match self.answer().await {
            Content::FunctionLoadResponse(response) => {
                assert_eq!(response.function_id, id);
                status(response.result)
            }
            other => panic!("expected an answer to a load, got {other:?}"),
        }
    }

    /// Tells the worker to stop.
    pub(crate) async fn terminate(&self, seconds: u64) {
        self.terminate_within(Duration::from_secs(seconds)).await;
    }

    /// Tells the worker to stop within some time.
    pub(crate) async fn terminate_within(&self, grace: Duration) {
        self.send(Content::WorkerTerminate(WorkerTerminate {
            grace_period: Some(grace.try_into().unwrap()),
        }))
        .await;
    }

    async fn read_to_end(&mut self) {
        while let Some(message) = self.next().await {
            match message.content {
                Some(Content::RpcLog(log)) => self.logs.push(log),
                other => panic!("the last answer was followed by {other:?}"),
            }
        }
    }
}

/// A request for an invocation that has nothing but its name.
pub(crate) fn invocation(id: &str, function: &str) -> Content {
    Content::InvocationRequest(InvocationRequest {
        invocation_id: id.to_owned(),
        function_id: function.to_owned(),
        ..InvocationRequest::default()
    })
}

/// The status of a result, which has to be there.
pub(crate) fn status(result: Option<StatusResult>) -> Status {
    result.expect("an answer without a result").status()
}
