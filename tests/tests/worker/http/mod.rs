//! Requests that the host forwards to the worker's own server.

mod answers;
mod bad_input;
mod children;
mod correlation;
mod functions;
mod stream;

use azure_functions_shared::rpc::{
    Content, Data, InvocationRequest, InvocationResponse, ParameterBinding, RpcHttp,
    parameter_binding::RpcData, status_result::Status,
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use self::functions::Remote;
pub(crate) use self::functions::app;
use crate::host::{Host, status};

/// A host that forwards, its worker, and the functions.
struct Scene {
    host: Host,
    remote: Remote,
    /// Where the worker listens.
    server: String,
}

impl Scene {
    async fn new() -> Self {
        let (app, remote) = app();
        let mut host = Host::start(app).await;
        let capabilities = host.init().await;
        let server = capabilities["HttpUri"].strip_prefix("http://").unwrap();
        Self {
            host,
            remote,
            server: server.to_owned(),
        }
    }

    /// Sends an invocation whose request is forwarded.
    async fn invoke(&self, id: &str, function: &str) {
        self.invoke_with(id, function, RpcHttp::default()).await;
    }

    async fn invoke_with(&self, id: &str, function: &str, http: RpcHttp) {
        self.host.send(invocation(id, function, http)).await;
    }

    /// Sends the header of a request, with its id and whatever else is in `rest`.
    async fn request(&self, id: &str, target: &str, rest: &str) -> Client {
        let mut client = self.connect().await;
        client
            .write(&format!(
                "{target} HTTP/1.1\r\nhost: worker\r\nx-ms-invocation-id: {id}\r\n{rest}\r\n"
            ))
            .await;
        client
    }

    async fn connect(&self) -> Client {
        Client {
            stream: TcpStream::connect(&self.server).await.unwrap(),
            read: Vec::new(),
        }
    }

    /// Waits for the answer to an invocation: its id, its status, and the reason if it failed.
    async fn answer(&mut self) -> (String, Status, String) {
        summary(self.host.response().await)
    }
}

/// A connection on which a test can send what it likes.
struct Client {
    stream: TcpStream,
    read: Vec<u8>,
}

impl Client {
    async fn write(&mut self, text: &str) {
        self.write_bytes(text.as_bytes()).await;
    }

    async fn write_bytes(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).await.unwrap();
    }

    /// Reads on until the text ends so; what was read so far is gone then.
    async fn read_to(&mut self, end: &str) -> String {
        while !self.read.ends_with(end.as_bytes()) {
            let length = self.stream.read_buf(&mut self.read).await.unwrap();
            let text = String::from_utf8_lossy(&self.read);
            assert_ne!(length, 0, "the connection ended after {text:?}");
        }
        String::from_utf8(std::mem::take(&mut self.read)).unwrap()
    }

    /// Reads to the end of the connection, which may be a reset.
    async fn read_to_close(mut self) -> String {
        while let Ok(1..) = self.stream.read_buf(&mut self.read).await {}
        String::from_utf8(self.read).unwrap()
    }

    /// Reads an answer whose length is known: its header and its body.
    async fn reply(&mut self) -> (String, String) {
        let head = loop {
            let text = String::from_utf8_lossy(&self.read);
            if let Some((head, _)) = text.split_once("\r\n\r\n") {
                break head.to_owned();
            }
            let length = self.stream.read_buf(&mut self.read).await.unwrap();
            assert_ne!(length, 0, "no answer");
        };
        let length = head
            .lines()
            .find_map(|line| line.strip_prefix("content-length: "));
        let length: usize = length.map_or(0, |length| length.parse().unwrap());
        let end = head.len() + 4 + length;
        while self.read.len() < end {
            let length = self.stream.read_buf(&mut self.read).await.unwrap();
            assert_ne!(length, 0, "the answer broke off");
        }
        let rest = self.read.split_off(end);
        let body = self.read.split_off(head.len() + 4);
        self.read = rest;
        (head, String::from_utf8(body).unwrap())
    }
}

fn invocation(id: &str, function: &str, http: RpcHttp) -> Content {
    Content::InvocationRequest(InvocationRequest {
        invocation_id: id.to_owned(),
        function_id: function.to_owned(),
        input_data: vec![ParameterBinding {
            name: if function == "order" {
                "amounts"
            } else {
                "request"
            }
            .to_owned(),
            rpc_data: Some(RpcData::Data(Data::Http(Box::new(http)).into())),
        }],
        ..InvocationRequest::default()
    })
}

fn summary(response: InvocationResponse) -> (String, Status, String) {
    assert_eq!(response.return_value, None, "it went out already");
    let exception = response
        .result
        .as_ref()
        .and_then(|result| result.exception.clone());
    let reason = exception.map(|exception| exception.message);
    (
        response.invocation_id,
        status(response.result),
        reason.unwrap_or_default(),
    )
}

fn success(id: &str) -> (String, Status, String) {
    (id.to_owned(), Status::Success, String::new())
}

fn is(id: &str, status: Status, reason: &str) -> (String, Status, String) {
    (id.to_owned(), status, reason.to_owned())
}
