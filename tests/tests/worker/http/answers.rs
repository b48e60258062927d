//! What a function sees of a forwarded request, and what is answered.

use std::{collections::HashMap, time::Duration};

use azure_functions_shared::rpc::{
    Content, Data, InvocationCancel, InvocationRequest, RpcHttp, status_result::Status,
};
use http::{Request, Version};
use http_body_util::{BodyExt as _, Full};
use hyper_util::{client::legacy::Client, rt::TokioExecutor};

use super::{Scene, invocation, is, success};

const FORWARDED: &str = "x-forwarded-host: example.org:81\r\nx-forwarded-proto: https\r\n";

#[tokio::test]
async fn a_function_sees_the_request_as_the_client_sent_it() {
    let mut scene = Scene::new().await;
    let http = RpcHttp {
        nullable_params: HashMap::from([("id".to_owned(), "a/b %".to_owned().into())]),
        ..RpcHttp::default()
    };
    scene.invoke_with("1", "about", http).await;
    let rest = format!("{FORWARDED}x: 1\r\nx: 2\r\ncontent-length: 2\r\n\r\nhi");
    let mut client = scene
        .request("1", "POST /api/about/a%252Fb%2520%2525?q=%C3%A9", &rest)
        .await;
    let (_, body) = client.reply().await;
    expect_test::expect![[r#"
        POST https://example.org:81/api/about/a%2Fb%20%25?q=%C3%A9
        id: [("id", "a/b %")]
        query: Some("é")
        x: Some("1,2")
        host: Some("example.org:81")
        invocation: None
        body: Ok("hi")"#]]
    .assert_eq(&body);
    assert_eq!(scene.answer().await, success("1"));
}

#[tokio::test]
async fn route_values_come_from_the_metadata_if_from_nowhere_else() {
    let scene = Scene::new().await;
    // `rest` is one of the query here; that `id` is missing tells that the host does not send the values for themselves.
    let Content::InvocationRequest(request) = invocation("1", "about", RpcHttp::default()) else {
        unreachable!();
    };
    scene
        .host
        .send(Content::InvocationRequest(InvocationRequest {
            trigger_metadata: HashMap::from([(
                "Id".to_owned(),
                Data::String("7".to_owned()).into(),
            )]),
            ..request
        }))
        .await;
    let mut client = scene.request("1", "GET /api/about/7", "").await;
    let (_, body) = client.reply().await;
    assert!(body.contains(r#"id: [("id", "7")]"#), "{body}");
}

/// Calls a function, and gives the status line, the other header lines in order, and the body.
async fn call(
    scene: &mut Scene,
    function: &str,
    target: &str,
    rest: &str,
) -> (String, Vec<String>, String) {
    scene.invoke("1", function).await;
    let mut client = scene.request("1", target, rest).await;
    let (head, body) = if target.starts_with("HEAD") {
        (client.read_to("\r\n\r\n").await, String::new())
    } else {
        client.reply().await
    };
    let mut lines = head
        .lines()
        .map(str::to_owned)
        .filter(|line| !line.is_empty());
    let status = lines.next().unwrap();
    let mut headers: Vec<_> = lines.collect();
    headers.sort_unstable();
    (status, headers, body)
}

#[tokio::test]
async fn answers_are_those_of_the_host() {
    let mut scene = Scene::new().await;
    for (function, target, rest, status, headers, body, answer) in [
        (
            "answer",
            "GET /",
            "",
            "HTTP/1.1 201 Created",
            &[
                "content-length: 4",
                "content-type: text/plain; charset=utf-8",
                "set-cookie: a=b%20c; Path=/",
                "x: 1, 2",
            ][..],
            "made",
            success("1"),
        ),
        (
            "answer",
            "HEAD /",
            "",
            "HTTP/1.1 201 Created",
            &[
                "content-length: 4",
                "content-type: text/plain; charset=utf-8",
                "set-cookie: a=b%20c; Path=/",
                "x: 1, 2",
            ],
            "",
            success("1"),
        ),
        (
            "nothing",
            "GET /",
            "",
            "HTTP/1.1 204 No Content",
            &[],
            "",
            success("1"),
        ),
        (
            "raw",
            "GET /",
            "",
            "HTTP/1.1 204 No Content",
            &["content-type: text/plain; charset=utf-8"],
            "",
            success("1"),
        ),
        (
            "fail",
            "GET /",
            "",
            "HTTP/1.1 500 Internal Server Error",
            &["content-length: 0"],
            "",
            is("1", Status::Failure, "no luck"),
        ),
        (
            "panics",
            "GET /",
            "",
            "HTTP/1.1 500 Internal Server Error",
            &["content-length: 0"],
            "",
            is("1", Status::Failure, "oh no"),
        ),
        (
            "order",
            "POST /",
            "content-length: 5\r\n\r\n[1,2]",
            "HTTP/1.1 200 OK",
            &["content-length: 1", "content-type: application/json"],
            "3",
            success("1"),
        ),
        (
            "order",
            "POST /",
            "content-length: 4\r\n\r\n[1,]",
            "HTTP/1.1 400 Bad Request",
            &["content-length: 51", "content-type: application/json"],
            r#"{"error":"trailing comma at line 1 column 4"}"#,
            success("1"),
        ),
    ] {
        let what = format!("{function} {target}");
        let (seen_status, seen_headers, seen_body) = call(&mut scene, function, target, rest).await;
        assert_eq!(
            (seen_status.as_str(), seen_body.as_str()),
            (status, body),
            "{what}"
        );
        if function != "order" {
            assert_eq!(seen_headers, headers, "{what}");
        }
        assert_eq!(scene.answer().await, answer, "{what}");
    }
}

#[tokio::test]
async fn a_body_is_taken_up_to_the_limit() {
    let (app, _remote) = super::app();
    let mut host = crate::host::Host::start(app.http_body_limit(4)).await;
    let uri = host.init().await["HttpUri"].clone();
    for (id, rest, status) in [
        ("1", "content-length: 4\r\n\r\n[10]", "200"),
        ("2", "content-length: 5\r\n\r\n[100]", "413"),
        (
            "3",
            "transfer-encoding: chunked\r\n\r\n3\r\n[10\r\n1\r\n]\r\n0\r\n\r\n",
            "200",
        ),
        (
            "4",
            "transfer-encoding: chunked\r\n\r\n3\r\n[10\r\n2\r\n0]\r\n0\r\n\r\n",
            "413",
        ),
    ] {
        host.send(invocation(id, "order", RpcHttp::default())).await;
        let mut client = super::Client {
            stream: tokio::net::TcpStream::connect(uri.strip_prefix("http://").unwrap())
                .await
                .unwrap(),
            read: Vec::new(),
        };
        client
            .write(&format!(
                "POST / HTTP/1.1\r\nhost: w\r\nx-ms-invocation-id: {id}\r\n{rest}"
            ))
            .await;
        let (head, body) = client.reply().await;
        assert!(
            head.starts_with(&format!("HTTP/1.1 {status} ")),
            "{rest}: {head} {body}"
        );
        assert_eq!(super::summary(host.response().await), success(id));
    }
}

#[tokio::test]
async fn http_2_is_understood_too() {
    let mut scene = Scene::new().await;
    let client = Client::builder(TokioExecutor::new())
        .http2_only(true)
        .build_http();
    scene.invoke("1", "answer").await;
    let request = Request::builder()
        .uri(format!("http://{}/api/answer", scene.server))
        .header("x-ms-invocation-id", "1")
        .body(Full::<bytes::Bytes>::default())
        .unwrap();
    let response = client.request(request).await.unwrap();
    assert_eq!(
        (response.status().as_u16(), response.version()),
        (201, Version::HTTP_2)
    );
    assert_eq!(
        response.into_body().collect().await.unwrap().to_bytes(),
        "made"
    );
    assert_eq!(scene.answer().await, success("1"));
}

#[tokio::test]
async fn a_client_that_leaves_cancels_the_function() {
    let mut scene = Scene::new().await;
    scene.invoke("1", "wait").await;
    let client = scene.request("1", "GET /api/wait", "").await;
    assert_eq!(scene.remote.note().await, "waits");
    drop(client);
    assert_eq!(scene.remote.note().await, "told");
    assert_eq!(scene.answer().await, success("1"));

    // One that does not listen is dropped.
    scene.invoke("2", "stubborn").await;
    let client = scene.request("2", "GET /api/stubborn", "").await;
    assert_eq!(scene.remote.note().await, "waits");
    drop(client);
    assert_eq!(scene.remote.note().await, "dropped");
    let (id, status, _) = scene.answer().await;
    assert_eq!((id.as_str(), status), ("2", Status::Cancelled));
}

#[tokio::test]
async fn a_cancelled_function_has_an_answer_on_both_ways() {
    let mut scene = Scene::new().await;
    scene.invoke("1", "stubborn").await;
    let mut client = scene.request("1", "GET /api/stubborn", "").await;
    assert_eq!(scene.remote.note().await, "waits");
    tokio::time::pause();
    scene
        .host
        .send(Content::InvocationCancel(InvocationCancel {
            invocation_id: "1".to_owned(),
            ..InvocationCancel::default()
        }))
        .await;
    let (head, _) = client.reply().await;
    assert!(head.starts_with("HTTP/1.1 500 "), "{head}");
    let (id, status, _) = scene.answer().await;
    assert_eq!((id.as_str(), status), ("1", Status::Cancelled));
}

#[tokio::test]
async fn the_last_answers_are_written_before_the_worker_ends() {
    let mut scene = Scene::new().await;
    scene.invoke("1", "wait").await;
    let mut client = scene.request("1", "GET /api/wait", "").await;
    assert_eq!(scene.remote.note().await, "waits");
    scene.host.terminate(5).await;
    assert_eq!(client.reply().await.1, "told");
    assert_eq!(scene.answer().await, success("1"));
    let began = tokio::time::Instant::now();
    scene.host.end().await.unwrap();
    assert!(began.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn a_blocking_function_is_answered_too() {
    let mut scene = Scene::new().await;
    scene.invoke("1", "block").await;
    let mut client = scene.request("1", "GET /api/block", "").await;
    assert_eq!(scene.remote.note().await, "blocks");
    scene.remote.piece(Ok("word"));
    assert_eq!(client.reply().await.1, "word");
    assert_eq!(scene.answer().await, success("1"));
}
