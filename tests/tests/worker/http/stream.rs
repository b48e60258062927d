//! Bodies piece by piece, in both directions.

use azure_functions_shared::rpc::{
    Content, Data, InvocationCancel, RpcHttp, status_result::Status,
};

use super::{Scene, invocation, is, success};

const CHUNKED: &str = "transfer-encoding: chunked\r\n";

#[tokio::test]
async fn an_upload_is_read_as_it_comes() {
    let mut scene = Scene::new().await;
    scene.invoke("1", "count").await;
    let mut client = scene.request("1", "POST /api/count", CHUNKED).await;
    for piece in ["one", "two"] {
        client.write(&format!("3\r\n{piece}\r\n")).await;
        // Before the next is sent.
        assert_eq!(scene.remote.note().await, piece);
    }
    client.write("0\r\n\r\n").await;
    assert_eq!(client.reply().await.1, "6");
    assert_eq!(scene.answer().await, success("1"));
}

#[tokio::test]
async fn the_trailers_of_an_upload_are_there_after_its_end() {
    let mut scene = Scene::new().await;
    scene.invoke("1", "count").await;
    let mut client = scene
        .request(
            "1",
            "POST /api/count",
            &format!("{CHUNKED}trailer: x-sum\r\n"),
        )
        .await;
    client
        .write("3\r\none\r\n0\r\nx-sum: 3\r\nx-other: 4\r\n\r\n")
        .await;
    assert_eq!(client.reply().await.1, "3");
    for note in ["one", "x-sum: 3", "x-other: 4"] {
        assert_eq!(scene.remote.note().await, note);
    }
    assert_eq!(scene.answer().await, success("1"));
}

#[tokio::test]
async fn an_upload_that_breaks_off_is_an_error_of_the_body() {
    let mut scene = Scene::new().await;
    scene.invoke("1", "count").await;
    let mut client = scene.request("1", "POST /api/count", CHUNKED).await;
    client.write("3\r\none\r\n").await;
    assert_eq!(scene.remote.note().await, "one");
    drop(client);
    let (id, status, _) = scene.answer().await;
    assert_eq!((id.as_str(), status), ("1", Status::Failure));
}

#[tokio::test]
async fn what_a_function_leaves_unread_does_not_hurt() {
    let mut scene = Scene::new().await;
    scene.invoke("1", "leave").await;
    let mut client = scene
        .request("1", "POST /api/leave", "content-length: 1000000\r\n")
        .await;
    // The answer is there although most of the body is still to come; and the connection lives on.
    assert_eq!(client.reply().await.1, "left");
    client.write(&"x".repeat(1_000_000)).await;
    assert_eq!(scene.answer().await, success("1"));
    scene.invoke("2", "leave").await;
    client
        .write("GET /api/leave HTTP/1.1\r\nx-ms-invocation-id: 2\r\n\r\n")
        .await;
    assert_eq!(client.reply().await.1, "left");
}

#[tokio::test]
async fn an_event_is_sent_before_the_function_ends() {
    let mut scene = Scene::new().await;
    scene.invoke("1", "events").await;
    let mut client = scene.request("1", "GET /api/events", "").await;
    let head = client.read_to("\r\n\r\n").await;
    assert!(
        head.contains("content-type: text/event-stream\r\n"),
        "{head}"
    );
    assert!(head.contains("cache-control: no-cache\r\n"), "{head}");
    for piece in ["one", "two"] {
        scene.remote.piece(Ok(piece));
        assert_eq!(
            client.read_to("\n\n\r\n").await,
            format!("B\r\ndata: {piece}\n\n\r\n")
        );
    }
    // The invocation goes on as long as its response.
    scene.remote.pieces = None;
    assert_eq!(client.read_to("0\r\n\r\n").await, "0\r\n\r\n");
    assert_eq!(scene.answer().await, success("1"));
}

/// A stream that ends badly, after this many pieces.
async fn check_broken(pieces: &[&str], last: Result<&str, &str>, reason: &str) {
    let mut scene = Scene::new().await;
    scene.invoke("1", "pieces_of").await;
    let client = scene.request("1", "GET /api/pieces_of", "").await;
    for piece in pieces {
        scene.remote.piece(Ok(piece));
    }
    scene.remote.piece(last);
    let text = client.read_to_close().await;
    // A header is there in any case: without one the host would deliver the request again.
    assert!(text.starts_with("HTTP/1.1 200 OK\r\n"), "{text:?}");
    assert!(
        !text.ends_with("0\r\n\r\n"),
        "it must not look complete: {text:?}"
    );
    for piece in pieces {
        assert!(text.contains(piece), "{text:?}");
    }
    assert_eq!(scene.answer().await, is("1", Status::Failure, reason));
    assert_eq!(scene.remote.note().await, "dropped");
}

#[tokio::test]
async fn a_stream_that_fails_breaks_the_response_off() {
    let failed = "the stream of the response failed: no more";
    check_broken(&[], Err("no more"), failed).await;
    check_broken(&["one"], Err("no more"), failed).await;
    let panicked =
        "assertion `left != right` failed: on purpose\n  left: \"panic\"\n right: \"panic\"";
    check_broken(&[], Ok("panic"), panicked).await;
    check_broken(&["one"], Ok("panic"), panicked).await;
}

#[tokio::test]
async fn a_client_that_leaves_ends_the_stream() {
    let mut scene = Scene::new().await;
    scene.invoke("1", "pieces_of").await;
    let mut client = scene.request("1", "GET /api/pieces_of", "").await;
    scene.remote.piece(Ok("one"));
    client.read_to("one\r\n").await;
    drop(client);
    assert_eq!(scene.remote.note().await, "dropped");
    assert_eq!(
        scene.answer().await,
        is(
            "1",
            Status::Cancelled,
            "the client left before the end of the response"
        )
    );
}

#[tokio::test]
async fn a_stream_that_is_cancelled_is_broken_off_after_the_grace_period() {
    let mut scene = Scene::new().await;
    scene.invoke("1", "pieces_of").await;
    let mut client = scene.request("1", "GET /api/pieces_of", "").await;
    scene.remote.piece(Ok("one"));
    client.read_to("one\r\n").await;
    scene
        .host
        .send(Content::InvocationCancel(InvocationCancel {
            invocation_id: "1".to_owned(),
            ..InvocationCancel::default()
        }))
        .await;
    let (id, status, _) = scene.answer().await;
    assert_eq!((id.as_str(), status), ("1", Status::Cancelled));
    assert_eq!(scene.remote.note().await, "dropped");
    assert_eq!(client.read_to_close().await, "");
}

#[tokio::test]
async fn a_body_goes_in_and_out_at_the_same_time() {
    let mut scene = Scene::new().await;
    scene.invoke("1", "echo").await;
    let mut client = scene.request("1", "POST /api/echo", CHUNKED).await;
    client.read_to("\r\n\r\n").await;
    for piece in ["one", "two"] {
        client.write(&format!("3\r\n{piece}\r\n")).await;
        assert_eq!(
            client.read_to(&format!("{piece}\r\n")).await,
            format!("3\r\n{piece}\r\n")
        );
    }
    client.write("0\r\n\r\n").await;
    assert_eq!(client.read_to("0\r\n\r\n").await, "0\r\n\r\n");
    assert_eq!(scene.answer().await, success("1"));
}

#[tokio::test]
async fn trailers_are_sent_to_those_who_take_them() {
    let mut scene = Scene::new().await;
    for (id, te, end) in [
        ("1", "te: trailers\r\n", "0\r\nx-sum: 3\r\n\r\n"),
        ("2", "", "0\r\n\r\n"),
    ] {
        scene.invoke(id, "trailers").await;
        let mut client = scene.request(id, "GET /api/trailers", te).await;
        let text = client.read_to("\r\n\r\n").await;
        let text = if text.contains("abc") {
            text
        } else {
            text + &client.read_to("\r\n\r\n").await
        };
        assert!(text.ends_with(&format!("3\r\nabc\r\n{end}")), "{text:?}");
        assert_eq!(scene.answer().await, success(id));
    }
}

#[tokio::test]
async fn a_host_that_takes_whole_responses_gets_what_comes_of_the_stream() {
    let mut scene = Scene::new().await;
    for (id, last, expected) in [
        ("1", None, Ok("onetwo")),
        (
            "2",
            Some(Err("no more")),
            Err("the stream of the response failed: no more"),
        ),
    ] {
        if id == "2" {
            scene = Scene::new().await;
        }
        let http = RpcHttp {
            method: "GET".to_owned(),
            url: "http://localhost/api/pieces_of".to_owned(),
            ..RpcHttp::default()
        };
        scene.host.send(invocation(id, "pieces_of", http)).await;
        scene.remote.piece(Ok("one"));
        scene.remote.piece(Ok("two"));
        if let Some(last) = last {
            scene.remote.piece(last);
        }
        scene.remote.pieces = None;
        let response = scene.host.response().await;
        let exception = response.result.and_then(|result| result.exception);
        let seen = match response.return_value.and_then(|value| value.data) {
            Some(Data::Http(http)) => match http.body.and_then(|body| body.data) {
                Some(Data::Bytes(bytes)) => Ok(String::from_utf8(bytes.to_vec()).unwrap()),
                other => panic!("a body of bytes, not {other:?}"),
            },
            _ => Err(exception.unwrap().message),
        };
        assert_eq!(seen, expected.map(str::to_owned).map_err(str::to_owned));
    }
}
