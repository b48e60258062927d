//! What no host sends; `docs/faults.md` has the outcomes as a table.

use std::{collections::HashMap, time::Duration};

use azure_functions::{App, bindings::HttpRequest, func, functions};
use azure_functions_shared::rpc::{
    Content, Data, InvocationCancel, InvocationRequest, NullableString, ParameterBinding, RpcHttp,
    StreamingMessage, WorkerHeartbeat, WorkerStatusRequest, nullable_string,
    parameter_binding::RpcData, status_result::Status,
};
use bytes::Bytes;

use super::{call, functions::app, worker::process};
use crate::host::{
    Host, invocation, status,
    wire::{frame, framed},
};

/// What the host says of the length of messages.
const MAX_MESSAGE: i32 = 4096;

/// A message whose text is not UTF-8: the id of a call.
const NOT_UTF8: &[u8] = &[0x22, 0x03, 0x0a, 0x01, 0xff];

/// A message with a content of a later version: field 99.
const UNKNOWN: &[u8] = &[0x9a, 0x06, 0x01, b'x'];

#[tokio::test]
async fn a_stream_that_is_broken_ends_the_process_with_a_code_and_the_reason() {
    let too_long = framed(&[0; 4097]);
    for (bytes, reason) in [
        (
            framed(&[0xff; 7]),
            "the host sent something that is no message of the protocol",
        ),
        (
            framed(NOT_UTF8),
            "the host sent something that is no message of the protocol",
        ),
        (
            too_long,
            "the host sent a message of 4097 bytes, and said that there are none over 4096",
        ),
        (
            Bytes::from_static(&[1, 0, 0, 0, 1, 0]),
            "the host sent a compressed message",
        ),
        (
            Bytes::from_static(b"HTTP/1.1 400 "),
            "the host sent a compressed message",
        ),
    ] {
        let mut host = Host::listen(MAX_MESSAGE, process).await;
        host.init().await;
        host.send_bytes(bytes.clone()).await;
        // It ends by itself.
        while host.next().await.is_some() {}
        let end = host.hang_up().await;
        assert_eq!(end.status.code(), Some(1), "{bytes:?}: {end:?}");
        let stderr = String::from_utf8_lossy(&end.stderr);
        assert!(
            stderr.starts_with("error: the stream to the host broke; see its log for the reason"),
            "{bytes:?}: {stderr}"
        );
        assert!(stderr.contains(reason), "{bytes:?}: {stderr}");
    }
}

#[tokio::test]
async fn a_message_that_ends_early_ends_the_process_with_a_code() {
    let mut host = Host::listen(MAX_MESSAGE, process).await;
    host.init().await;
    host.send_bytes(Bytes::from_static(&[0, 0, 0, 1, 0, 10]))
        .await;
    let end = host.hang_up().await;
    assert_eq!(end.status.code(), Some(1), "{end:?}");
    let stderr = String::from_utf8_lossy(&end.stderr);
    assert!(
        stderr.starts_with("error: the host closed the stream"),
        "{stderr}"
    );
}

#[tokio::test]
async fn what_the_worker_does_not_know_is_ignored() {
    let mut host = Host::initialized(app().0).await;
    for bytes in
        [
            framed(UNKNOWN),
            framed(&[]),
            frame(&StreamingMessage::default()),
            frame(&Content::WorkerHeartbeat(WorkerHeartbeat {}).into_message("")),
            frame(
                &Content::InvocationResponse(
                    azure_functions_shared::rpc::InvocationResponse::default(),
                )
                .into_message(""),
            ),
            frame(&cancel("nobody").into_message("")),
            frame(&cancel("").into_message("")),
        ]
    {
        host.send_bytes(bytes.clone()).await;
        let ping = Content::WorkerStatusRequest(WorkerStatusRequest {});
        host.send_message(ping.into_message("ping")).await;
        let next = host.next().await.unwrap();
        assert_eq!(
            next.request_id, "ping",
            "{bytes:?} was answered with {next:?}"
        );
    }
    host.terminate(5).await;
    host.end().await.unwrap();
}

#[tokio::test]
async fn empty_ids_are_ids() {
    let mut host = Host::initialized(app().0).await;
    host.send(call("", "returns", "x")).await;
    let response = host.response().await;
    assert_eq!(response.invocation_id, "");
    assert_eq!(status(response.result), Status::Success);
    // One that runs can be cancelled.
    host.send(call("", "obeys", "x")).await;
    host.send(cancel("")).await;
    assert_eq!(status(host.response().await.result), Status::Success);
    for content in [
        invocation("1", ""),
        Content::InvocationRequest(InvocationRequest::default()),
    ] {
        host.send(content).await;
        let result = host.response().await.result.unwrap();
        let message = result.exception.unwrap().message;
        assert!(
            message.starts_with("function `` was not loaded"),
            "{message}"
        );
    }
    assert_eq!(host.load("", "").await, Status::Failure);
}

#[tokio::test]
async fn an_id_that_is_in_use_has_one_answer() {
    let mut host = Host::initialized(app().0).await;
    host.send(call("1", "obeys", "first")).await;
    for label in ["second", "third"] {
        host.send(call("1", "returns", label)).await;
    }
    host.send(call("2", "returns", "other")).await;
    // Those that came again would have been answered before.
    assert_eq!(host.response().await.invocation_id, "2");
    host.send(cancel("1")).await;
    let response = host.response().await;
    let value = response.return_value.and_then(|value| value.data);
    assert_eq!(value, Some(Data::Bytes(Bytes::from_static(b"first"))));
    // It is free now.
    host.send(call("1", "returns", "again")).await;
    assert_eq!(status(host.response().await.result), Status::Success);
    host.terminate(5).await;
    host.end().await.unwrap();
}

#[func]
fn show_headers(request: &HttpRequest) -> String {
    let headers = request.headers().iter();
    let headers = headers.map(|(name, value)| format!("{name}={value:?}"));
    let mut headers: Vec<_> = headers.collect();
    headers.sort();
    headers.join(" ")
}

#[tokio::test]
async fn headers_that_are_none_are_left_out() {
    let app = App::with_functions(functions![show_headers]).http_streaming(false);
    let mut host = Host::initialized(app).await;
    for (name, value, seen) in [
        ("x", "1", "x=\"1\""),
        ("x", "", "x=\"\""),
        ("X", "1", "x=\"1\""),
        ("x", "é", "x=\"\\xc3\\xa9\""),
        ("naïve", "1", ""),
        ("", "1", ""),
        ("a b", "1", ""),
        ("x", "a\r\nb: c", ""),
        ("x", "a\0", ""),
    ] {
        let value = NullableString {
            string: Some(nullable_string::String::Value(value.to_owned())),
        };
        let http = RpcHttp {
            method: "GET".to_owned(),
            url: "http://localhost/api/show".to_owned(),
            nullable_headers: HashMap::from([(name.to_owned(), value)]),
            ..RpcHttp::default()
        };
        host.send(Content::InvocationRequest(InvocationRequest {
            invocation_id: "1".to_owned(),
            function_id: "show_headers".to_owned(),
            input_data: vec![ParameterBinding {
                name: "request".to_owned(),
                rpc_data: Some(RpcData::Data(Data::Http(Box::new(http)).into())),
            }],
            ..InvocationRequest::default()
        }))
        .await;
        let response = host.response().await;
        let Some(Data::Http(reply)) = response.return_value.and_then(|value| value.data) else {
            panic!("{name}: {:?}", response.result);
        };
        let body = reply.body.and_then(|body| body.data);
        assert_eq!(body, Some(Data::Bytes(seen.into())), "{name}");
    }
}

/// More answers than the window, the queue and the sockets take: the worker reads no more then.
const UNREAD: usize = 3000;

/// More than the window takes; the queue takes them.
const QUEUED: usize = 700;

async fn send_many(host: &Host<impl Sized>, calls: usize) {
    for at in 0..calls {
        let function = if at.is_multiple_of(10) {
            "big"
        } else {
            "returns"
        };
        host.send(call(&at.to_string(), function, "x")).await;
    }
}

#[tokio::test]
async fn a_host_that_reads_late_gets_every_answer_once() {
    let mut host = Host::initialized(app().0).await;
    send_many(&host, UNREAD).await;
    let mut answered = vec![false; UNREAD];
    for _ in 0..UNREAD {
        let response = host.response().await;
        let id: usize = response.invocation_id.parse().unwrap();
        assert!(!answered[id], "{id} was answered twice");
        answered[id] = true;
    }
    host.terminate(5).await;
    host.end().await.unwrap();
}

#[tokio::test]
async fn a_host_that_reads_nothing_does_not_keep_the_process() {
    let mut host = Host::listen(i32::MAX, process).await;
    host.init().await;
    send_many(&host, QUEUED).await;
    host.terminate_within(Duration::from_millis(500)).await;
    // The process ends although nobody reads what it says.
    let code = host.worker().wait().await.unwrap().code();
    assert_eq!(code, Some(1));
    let end = host.hang_up().await;
    let stderr = String::from_utf8_lossy(&end.stderr);
    assert!(
        stderr.starts_with("error: the worker had to stop before the host had read all answers"),
        "{stderr}"
    );
}

#[cfg(unix)]
#[tokio::test]
async fn a_signal_is_heard_while_the_host_reads_nothing() {
    let mut host = Host::listen(i32::MAX, process).await;
    host.init().await;
    send_many(&host, UNREAD).await;
    // The reader waits for a place in the queue now, to answer this.
    for _ in 0..10 {
        host.send(Content::WorkerStatusRequest(WorkerStatusRequest {}))
            .await;
    }
    let pid = host.pid().to_string();
    let mut kill = tokio::process::Command::new("kill");
    kill.args(["-TERM", &pid]);
    assert!(kill.status().await.unwrap().success());
    assert_eq!(host.worker().wait().await.unwrap().code(), Some(1));
}

fn cancel(id: &str) -> Content {
    Content::InvocationCancel(InvocationCancel {
        invocation_id: id.to_owned(),
        ..InvocationCancel::default()
    })
}
