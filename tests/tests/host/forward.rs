//! Requests that are forwarded to the HTTP server of a worker, which the test plays.

use std::time::Duration;

use azure_functions_host::EventKind;
use azure_functions_shared::rpc::{
    Content, Data, InvocationRequest, RpcHttp, parameter_binding::RpcData,
};
use serde_json::json;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

use crate::{
    client::{get, receive, send},
    support::{App, Setup, function, http, soon},
};

const OTHERS: &str = "RpcHttpBodyOnly,RawHttpBodyBytes,RpcHttpTriggerMetadataRemoved,UseNullableValueDictionaryForHttp,HandlesInvocationCancelMessage";

/// A host, its worker, and the worker's HTTP server.
struct Scene {
    app: App,
    server: TcpListener,
}

impl Scene {
    async fn new(name: &str) -> Self {
        Self::with(Setup::new(&[http(name)]), "").await
    }

    async fn with(setup: Setup, capabilities: &str) -> Self {
        let server = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let uri = format!("http://{}", server.local_addr().unwrap());
        let capabilities = format!("{OTHERS},HttpUri={uri}{capabilities}");
        Self {
            app: setup
                .with("SCRIPT_CAPABILITIES", &capabilities)
                .start()
                .await,
            server,
        }
    }

    /// The next request: the connection, and the header in lower case with its lines in order.
    async fn accept(&self) -> (TcpStream, String) {
        let (mut stream, _) = soon(self.server.accept()).await.unwrap();
        let head = soon(head(&mut stream)).await;
        (stream, head)
    }

    /// The invocations that the worker heard of.
    fn invocations(&self) -> Vec<InvocationRequest> {
        let heard = self.app.record().into_iter();
        let requests = heard.filter_map(|(_, message)| match message.content {
            Some(Content::InvocationRequest(request)) => Some(request),
            _ => None,
        });
        requests.collect()
    }
}

async fn head(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    while !bytes.ends_with(b"\r\n\r\n") {
        bytes.push(stream.read_u8().await.unwrap());
    }
    let text = String::from_utf8(bytes).unwrap();
    let mut lines: Vec<_> = text.trim_end().lines().collect();
    lines[1..].sort_unstable();
    lines.join("\n")
}

fn id(head: &str) -> &str {
    head.lines()
        .find_map(|line| line.strip_prefix("x-ms-invocation-id: "))
        .unwrap()
}

fn http_value(request: &InvocationRequest) -> RpcHttp {
    match &request.input_data[0].rpc_data {
        Some(RpcData::Data(data)) => match &data.data {
            Some(Data::Http(http)) => (**http).clone(),
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_request_goes_to_the_worker_as_the_real_host_sends_it() {
    let route = json!([
        { "type": "httpTrigger", "direction": "in", "name": "req", "authLevel": "anonymous", "route": "echo/{id}" },
        { "type": "http", "direction": "out", "name": "$return" },
    ]);
    for (capability, param) in [("", None), (",RequiresRouteParameters=true", Some("a%2Fb"))] {
        let mut scene = Scene::with(Setup::new(&[function("echo", &route)]), capability).await;
        let address = scene.app.host.address();
        let headers = [
            ("X-Custom", "1"),
            ("x-custom", "2"),
            ("x-forwarded-for", "6.6.6.6"),
            ("content-type", "application/json"),
            ("content-length", "7"),
        ];
        let client = send(address, "POST /api/echo/a%2Fb?c=%20", &headers, "{\"z\":1}").await;
        let (mut stream, seen) = scene.accept().await;
        let mut body = [0; 7];
        stream.read_exact(&mut body).await.unwrap();
        assert_eq!(&body, b"{\"z\":1}");
        let id = id(&seen).to_owned();
        let server = scene.server.local_addr().unwrap();
        assert_eq!(
            seen,
            format!(
                "POST /api/echo/a%252Fb?c=%20 HTTP/1.1\ncontent-length: 7\ncontent-type: application/json\nhost: {server}\n\
                 x-custom: 1\nx-custom: 2\nx-forwarded-for: 127.0.0.1\nx-forwarded-host: {address}\nx-forwarded-proto: http\n\
                 x-ms-invocation-id: {id}"
            )
        );
        let answer = "HTTP/1.1 201 Created\r\nx-a: 1\r\nconnection: keep-alive, x-b\r\nx-b: 2\r\ncontent-length: 2\r\n\r\nhi";
        stream.write_all(answer.as_bytes()).await.unwrap();
        let reply = receive(client).await;
        assert_eq!((reply.status, reply.body.as_str()), (201, "hi"));
        assert!(reply.header.contains("x-a: 1"), "{}", reply.header);
        assert!(!reply.header.contains("x-b"), "{}", reply.header);

        scene.app.event(EventKind::Succeeded).await;
        let [request] = &scene.invocations()[..] else {
            panic!("one invocation");
        };
        assert_eq!(request.invocation_id, id);
        let sent = http_value(request);
        let params = param.map(|param: &str| ("id".to_owned(), param.to_owned().into()));
        let expected = RpcHttp {
            nullable_params: params.into_iter().collect(),
            ..RpcHttp::default()
        };
        assert_eq!(sent, expected);
        for (name, value) in [("id", "a%2Fb"), ("z", "1"), ("c", " ")] {
            let data = request.trigger_metadata[name].data.clone();
            assert_eq!(data, Some(Data::String(value.to_owned())), "{name}");
        }
    }
}

#[tokio::test]
async fn a_clients_own_id_is_passed_on_and_is_not_the_invocations() {
    let mut scene = Scene::new("echo").await;
    let client = send(
        scene.app.host.address(),
        "GET /api/echo",
        &[("x-ms-invocation-id", "mine")],
        "",
    )
    .await;
    let (mut stream, seen) = scene.accept().await;
    assert_eq!(id(&seen), "mine");
    stream
        .write_all(b"HTTP/1.1 504 x\r\ncontent-length: 0\r\n\r\n")
        .await
        .unwrap();
    assert_eq!(receive(client).await.status, 504);
    scene.app.event(EventKind::Succeeded).await;
    assert_ne!(scene.invocations()[0].invocation_id, "mine");
}

#[tokio::test]
async fn a_response_is_passed_on_piece_by_piece_and_ends_with_the_invocation() {
    let mut scene = Scene::new("slow").await;
    let mut client = send(scene.app.host.address(), "GET /api/slow", &[], "").await;
    let (mut stream, _) = scene.accept().await;
    stream
        .write_all(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\none\r\n")
        .await
        .unwrap();
    let mut read = Vec::new();
    while !read.ends_with(b"one\r\n") {
        soon(client.read_buf(&mut read)).await.unwrap();
    }
    stream.write_all(b"3\r\ntwo\r\n0\r\n\r\n").await.unwrap();
    // The worker answers the invocation a second later.
    let rest = receive_rest(client).await;
    assert_eq!(rest, "3\r\ntwo\r\n0\r\n\r\n");
    let end = scene.app.event(EventKind::Succeeded).await;
    assert!(end.duration.unwrap() >= Duration::from_secs(1), "{end:?}");
}

#[tokio::test]
async fn trailers_are_passed_on_both_ways() {
    let mut scene = Scene::new("echo").await;
    let headers = [
        ("transfer-encoding", "chunked"),
        ("trailer", "x-sum"),
        ("te", "trailers"),
    ];
    let body = "3\r\none\r\n0\r\nx-sum: 3\r\n\r\n";
    let mut client = send(scene.app.host.address(), "POST /api/echo", &headers, body).await;
    let (mut stream, seen) = scene.accept().await;
    assert!(seen.contains("\nte: trailers"), "{seen}");
    assert_eq!(read_to(&mut stream, "x-sum: 3\r\n\r\n").await, body);
    let head = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ntrailer: x-total\r\n\r\n";
    stream.write_all(head.as_bytes()).await.unwrap();
    let answer = "3\r\ntwo\r\n0\r\nx-total: 6\r\n\r\n";
    stream.write_all(answer.as_bytes()).await.unwrap();
    let reply = read_to(&mut client, "x-total: 6\r\n\r\n").await;
    assert!(reply.ends_with(answer), "{reply}");
    scene.app.event(EventKind::Succeeded).await;
}

async fn read_to(stream: &mut TcpStream, end: &str) -> String {
    let mut read = Vec::new();
    while !read.ends_with(end.as_bytes()) {
        let length = soon(stream.read_buf(&mut read)).await.unwrap();
        assert_ne!(length, 0, "{:?}", String::from_utf8_lossy(&read));
    }
    String::from_utf8(read).unwrap()
}

async fn receive_rest(mut client: TcpStream) -> String {
    let mut rest = Vec::new();
    let _ = soon(client.read_to_end(&mut rest)).await;
    String::from_utf8(rest).unwrap()
}

#[tokio::test]
async fn a_client_keeps_the_response_of_an_invocation_that_fails() {
    let mut scene = Scene::new("fail").await;
    let client = send(scene.app.host.address(), "GET /api/fail", &[], "").await;
    let (mut stream, _) = scene.accept().await;
    stream
        .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi")
        .await
        .unwrap();
    let reply = receive(client).await;
    assert_eq!((reply.status, reply.body.as_str()), (200, "hi"));
    let failed = scene.app.event(EventKind::Failed).await;
    assert!(failed.exception.unwrap().contains("fails on purpose"));
}

#[tokio::test]
async fn a_request_without_an_answer_is_delivered_again_if_it_has_no_body() {
    for (target, body, deliveries) in [("GET /api/echo", "", 40), ("POST /api/echo", "hi", 1)] {
        let mut scene = Scene::new("echo").await;
        let length = body.len().to_string();
        let headers = [("content-length", length.as_str())];
        let headers = if body.is_empty() {
            &[][..]
        } else {
            &headers[..]
        };
        let client = send(scene.app.host.address(), target, headers, body).await;
        let reply = tokio::spawn(receive(client));
        let mut ids = Vec::new();
        while !reply.is_finished() {
            let accepted =
                tokio::time::timeout(Duration::from_millis(400), scene.server.accept()).await;
            let Ok(Ok((mut stream, _))) = accepted else {
                continue;
            };
            ids.push(id(&soon(head(&mut stream)).await).to_owned());
        }
        let reply = reply.await.unwrap();
        assert_eq!((reply.status, reply.body.as_str()), (500, ""));
        assert_eq!(ids.len(), deliveries, "{target}");
        ids.dedup();
        assert_eq!(ids.len(), 1, "all have one id");
        let failed = scene.app.event(EventKind::Failed).await.exception.unwrap();
        assert!(
            failed.starts_with("Failed to proxy request with ForwarderError: Request: "),
            "{failed}"
        );
    }
}

#[tokio::test]
async fn a_server_that_starts_late_gets_the_request() {
    for (target, headers, body) in [
        ("GET /api/echo", &[][..], ""),
        ("POST /api/echo", &[("content-length", "2")][..], "hi"),
    ] {
        let Scene { app, server } = Scene::new("echo").await;
        let port = server.local_addr().unwrap();
        drop(server);
        let client = send(app.host.address(), target, headers, body).await;
        // It has been tried by then.
        tokio::time::sleep(Duration::from_millis(100)).await;
        let scene = Scene {
            app,
            server: TcpListener::bind(port).await.unwrap(),
        };
        let (mut stream, _) = scene.accept().await;
        stream.write_all(b"HTTP/1.1 204 x\r\n\r\n").await.unwrap();
        assert_eq!(receive(client).await.status, 204);
    }
}

#[tokio::test]
async fn a_request_on_which_nothing_moves_fails() {
    let mut setup = Setup::new(&[http("echo")]);
    setup.config.limits.forward_idle = Duration::from_millis(200);
    let mut scene = Scene::with(setup, "").await;
    let client = send(scene.app.host.address(), "GET /api/echo", &[], "").await;
    let (mut stream, _) = scene.accept().await;
    assert_eq!(receive(client).await.status, 500);
    let failed = scene.app.event(EventKind::Failed).await.exception.unwrap();
    assert!(failed.contains("nothing moved for 0.2 s"), "{failed}");
    assert_eq!(
        soon(stream.read(&mut [0; 8])).await.unwrap_or(0),
        0,
        "the connection is closed"
    );

    // What moves is not cut off, however long it takes.
    let client = send(scene.app.host.address(), "GET /api/echo", &[], "").await;
    let (mut stream, _) = scene.accept().await;
    stream
        .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\n")
        .await
        .unwrap();
    for _ in 0..4 {
        tokio::time::sleep(Duration::from_millis(120)).await;
        stream.write_all(b"x").await.unwrap();
    }
    assert_eq!(receive(client).await.body, "xxxx");
}

#[tokio::test]
async fn a_client_that_leaves_is_told_on_both_ways() {
    let mut scene = Scene::new("wait").await;
    let client = send(scene.app.host.address(), "GET /api/wait", &[], "").await;
    let (mut stream, _) = scene.accept().await;
    scene.app.event(EventKind::Started).await;
    drop(client);
    assert_eq!(
        soon(stream.read(&mut [0; 8])).await.unwrap_or(0),
        0,
        "the connection is closed"
    );
    let failed = scene.app.event(EventKind::Failed).await;
    assert_eq!(
        failed.exception.as_deref(),
        Some("Result: Cancelled\nException: was cancelled")
    );
}

#[tokio::test]
async fn a_body_may_be_as_long_as_the_setting_says() {
    let setup = Setup::new(&[http("echo")]).with("FUNCTIONS_REQUEST_BODY_SIZE_LIMIT", "4");
    let scene = Scene::with(setup, "").await;
    let address = scene.app.host.address();
    let refused = receive(
        send(
            address,
            "POST /api/echo",
            &[("content-length", "5")],
            "12345",
        )
        .await,
    )
    .await;
    assert_eq!(refused.status, 413);
    let chunked = [("transfer-encoding", "chunked")];
    let client = send(
        address,
        "POST /api/echo",
        &chunked,
        "5\r\n12345\r\n0\r\n\r\n",
    )
    .await;
    assert_eq!(receive(client).await.status, 413);
}

#[tokio::test]
async fn an_address_that_is_none_is_an_error_of_the_start() {
    for uri in ["true", "https://127.0.0.1:1", "127.0.0.1:1"] {
        let setup =
            Setup::new(&[http("echo")]).with("SCRIPT_CAPABILITIES", &format!("HttpUri={uri}"));
        let error = setup.try_start().await.unwrap_err().to_string();
        assert!(
            error.contains(&format!("the worker's `HttpUri` is `{uri}`")),
            "{error}"
        );
    }
}

#[tokio::test]
async fn a_call_by_hand_is_not_forwarded() {
    let scene = Scene::new("echo").await;
    // Who calls a function by hand gives the host a text, and the host has no request to forward.
    let answer = scene.app.host.invoke("echo", "by hand").await.unwrap();
    assert!(format!("{answer:?}").contains("by hand"));
    assert_eq!(get(scene.app.host.address(), "/api/none").await.status, 404);
}
