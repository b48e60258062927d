//! A client for tests, plain enough to send what a proper one would not, and to leave when it likes.

use std::net::SocketAddr;

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::support::soon;

/// An answer.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) header: String,
    pub(crate) body: String,
}

/// Sends a request, and leaves the connection open.
pub(crate) async fn send(
    address: SocketAddr,
    target: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> TcpStream {
    let mut text = format!("{target} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n");
    for (name, value) in headers {
        text.extend([name, ": ", value, "\r\n"]);
    }
    text.push_str("\r\n");
    text.push_str(body);
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(text.as_bytes()).await.unwrap();
    stream
}

/// Reads the answer to the end of the connection.
pub(crate) async fn receive(mut stream: TcpStream) -> Reply {
    let mut bytes = Vec::new();
    // A refused body may end in a reset after the answer.
    let _ = soon(stream.read_to_end(&mut bytes)).await;
    let text = String::from_utf8(bytes).unwrap();
    let (header, body) = text
        .split_once("\r\n\r\n")
        .unwrap_or_else(|| panic!("no answer but {text:?}"));
    let status = header.split(' ').nth(1).unwrap().parse().unwrap();
    Reply {
        status,
        header: header.to_ascii_lowercase(),
        body: body.to_owned(),
    }
}

/// Sends a request without a body, and reads the answer.
pub(crate) async fn get(address: SocketAddr, path: &str) -> Reply {
    receive(send(address, &format!("GET {path}"), &[], "").await).await
}

/// Sends a request with a body, and reads the answer.
pub(crate) async fn post(address: SocketAddr, path: &str, kind: &str, body: &str) -> Reply {
    let length = body.len().to_string();
    let headers = [("Content-Type", kind), ("Content-Length", &length)];
    receive(send(address, &format!("POST {path}"), &headers, body).await).await
}
