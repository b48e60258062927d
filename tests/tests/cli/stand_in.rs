//! A stand-in for hosts that answer what a test says, on a port of their own.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    thread,
};

/// A server that lives as long as the test program.
pub(crate) struct StandIn(SocketAddr);

impl StandIn {
    /// A server whose answer is made of the first line of a request: the status and the body.
    pub(crate) fn new(answer: fn(&str) -> (&'static str, &'static str)) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                serve(stream, answer);
            }
        });
        Self(address)
    }

    pub(crate) fn port(&self) -> String {
        self.0.port().to_string()
    }
}

/// A client that breaks off is none of its business.
fn serve(mut stream: TcpStream, answer: fn(&str) -> (&'static str, &'static str)) {
    let mut reader = BufReader::new(&stream);
    let mut first = String::new();
    let mut length = 0;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or(0) == 0 || line.trim().is_empty() {
            break;
        }
        if first.is_empty() {
            line.trim().clone_into(&mut first);
        }
        let line = line.to_lowercase();
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap_or(0);
        }
    }
    let mut body = vec![0; length];
    let _ = reader.read_exact(&mut body);
    let (status, text) = answer(&first);
    let _ = write!(
        stream,
        "HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{text}",
        text.len()
    );
}
