//! Requests that are not what they say; `docs/faults.md` has the outcomes as a table.

use azure_functions_shared::rpc::{Content, WorkerStatusRequest, status_result::Status};

use super::{Scene, functions::PIECE, is, success};

/// The worker has said all that it had to say by the answer to this many questions.
const QUESTIONS: usize = 100;

/// How much of a response may be made that nobody reads: what the sockets hold, and a little.
const UNREAD: usize = 64 << 20;

#[tokio::test]
async fn a_body_that_is_shorter_than_it_says_is_not_given_to_the_function() {
    for (rest, body) in [
        ("content-length: 10\r\n", "short"),
        ("transfer-encoding: chunked\r\n", "5\r\nsho"),
    ] {
        let mut scene = Scene::new().await;
        scene.invoke("1", "about").await;
        let mut client = scene.request("1", "POST /api/about/1", rest).await;
        client.write(body).await;
        drop(client);
        let (id, status, reason) = scene.answer().await;
        assert_eq!((id.as_str(), status), ("1", Status::Cancelled), "{rest}");
        assert!(
            reason.starts_with("the body of the request broke off: ")
                || reason.starts_with("the host cancelled the invocation before it began"),
            "{reason}"
        );
        assert!(!scene.remote.any_note(), "{rest}: the function ran");
    }
}

#[tokio::test]
async fn a_body_that_is_longer_than_it_says_ends_where_it_says() {
    let mut scene = Scene::new().await;
    scene.invoke("1", "about").await;
    let mut client = scene
        .request("1", "POST /api/about/1", "content-length: 2\r\n")
        .await;
    client.write("hi there").await;
    let (_, body) = client.reply().await;
    assert!(body.ends_with("body: Ok(\"hi\")"), "{body}");
    assert_eq!(scene.answer().await, success("1"));
    // The rest would be the next request.
    let rest = client.read_to_close().await;
    assert!(rest.starts_with("HTTP/1.1 400 "), "{rest}");
}

#[tokio::test]
async fn a_chunk_without_a_length_breaks_the_body_off() {
    let mut scene = Scene::new().await;
    scene.invoke("1", "about").await;
    let chunked = "transfer-encoding: chunked\r\n";
    let mut client = scene.request("1", "POST /api/about/1", chunked).await;
    client.write("?\r\n").await;
    let (_, status, reason) = scene.answer().await;
    assert_eq!(status, Status::Cancelled);
    assert!(
        reason.starts_with("the body of the request broke off: "),
        "{reason}"
    );
    assert!(!scene.remote.any_note());
}

#[tokio::test]
async fn what_is_no_request_is_refused_and_nothing_runs() {
    for (bytes, refusal) in [
        (&b"\x00\x01\x02\r\n\r\n"[..], "HTTP/1.1 400 "),
        (b"GET /api/nothing HTTP/9\r\n\r\n", "HTTP/1.1 400 "),
        (b"GET /api/nothing HTTP/1.1\r\nn\xe4me: 1\r\n\r\n", "HTTP/1.1 400 "),
        (
            b"POST /api/nothing HTTP/1.1\r\nx-ms-invocation-id: 1\r\ncontent-length: x\r\n\r\n",
            "HTTP/1.1 400 ",
        ),
        (
            b"POST /api/nothing HTTP/1.1\r\nx-ms-invocation-id: 1\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nx",
            "HTTP/1.1 400 ",
        ),
        (
            b"GET /api/nothing HTTP/1.1\r\nx-ms-invocation-id: \xe4\r\nconnection: close\r\n\r\n",
            "HTTP/1.1 400 ",
        ),
    ] {
        let mut scene = Scene::new().await;
        let mut client = scene.connect().await;
        client.write_bytes(bytes).await;
        let reply = client.read_to_close().await;
        let sent = String::from_utf8_lossy(bytes);
        assert!(reply.starts_with(refusal), "{sent}: {reply}");
        assert!(!scene.remote.any_note(), "{sent}");
    }
}

#[tokio::test]
async fn too_many_header_fields_are_refused() {
    let scene = Scene::new().await;
    let fields = "x: 1\r\n".repeat(200);
    let client = scene.request("1", "GET /api/nothing", &fields).await;
    let reply = client.read_to_close().await;
    assert!(reply.starts_with("HTTP/1.1 431 "), "{reply}");
}

#[tokio::test]
async fn a_header_that_is_not_ascii_is_there_but_no_text() {
    let mut scene = Scene::new().await;
    scene.invoke("1", "about").await;
    let mut client = scene.connect().await;
    client
        .write_bytes(b"GET /api/about/1 HTTP/1.1\r\nx-ms-invocation-id: 1\r\nx: \xe4\r\n\r\n")
        .await;
    let (_, body) = client.reply().await;
    assert!(body.contains("\nx: None\n"), "{body}");
    assert_eq!(scene.answer().await, success("1"));
}

#[tokio::test]
async fn a_client_that_does_not_read_holds_up_nothing_but_its_own_response() {
    let mut scene = Scene::new().await;
    scene.invoke("1", "endless").await;
    let client = scene.request("1", "GET /api/endless", "").await;
    assert_eq!(scene.remote.note().await, "piece");
    for at in 0..QUESTIONS {
        let request = Content::WorkerStatusRequest(WorkerStatusRequest {});
        let request = request.into_message(at.to_string());
        scene.host.send_message(request).await;
        assert!(matches!(
            scene.host.answer().await,
            Content::WorkerStatusResponse(_)
        ));
    }
    scene.invoke("2", "answer").await;
    let mut other = scene.request("2", "GET /api/answer", "").await;
    assert_eq!(other.reply().await.1, "made");
    assert_eq!(scene.answer().await, success("2"));
    let mut pieces = 1;
    while scene.remote.any_note() {
        pieces += 1;
    }
    assert!(pieces * PIECE < UNREAD, "{pieces} pieces were made");
    drop(client);
    let left = "the client left before the end of the response";
    assert_eq!(scene.answer().await, is("1", Status::Cancelled, left));
}
