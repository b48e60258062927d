//! How a request and its invocation find each other, and what happens when one is missing.

use azure_functions::{
    App,
    bindings::{BodyStream, HttpRequest, QueueMessage},
    func, functions,
};
use azure_functions_shared::rpc::{
    Content, FunctionEnvironmentReloadRequest, InvocationCancel, status_result::Status,
};
use azure_functions_tests::ping::function;

use super::{Scene, app, is, success};
use crate::host::Host;

#[func]
fn plain(_request: HttpRequest) -> &'static str {
    "plain"
}

#[func]
#[binding(name = "output1", queue_name = "kept")]
fn keeps(_request: HttpRequest) -> (&'static str, QueueMessage) {
    ("kept", String::new().into())
}

#[func]
fn reads(_request: HttpRequest<BodyStream>) -> &'static str {
    "read"
}

const WITH_BODY: &str = "content-length: 2\r\n";

#[tokio::test]
async fn a_worker_announces_its_server_if_it_has_functions_for_it() {
    static PING: azure_functions::FunctionDef = function(
        "ping",
        azure_functions::Invoker::Blocking(|_| Ok(azure_functions::Outputs::new())),
    );
    for (app, announced) in [
        (app().0, true),
        (app().0.http_streaming(false), false),
        (App::with_functions([&PING]), false),
        (App::with_functions([&PING]).http_streaming(true), false),
        // Nothing streams.
        (App::with_functions(functions![plain]), false),
        (
            App::with_functions(functions![plain, keeps]).http_streaming(true),
            true,
        ),
        (App::with_functions(functions![plain, reads]), true),
    ] {
        let mut host = Host::start(app).await;
        let capabilities = host.init().await;
        let uri = capabilities.get("HttpUri");
        assert_eq!(uri.is_some(), announced);
        assert_eq!(
            capabilities.contains_key("RequiresRouteParameters"),
            announced
        );
        assert!(uri.is_none_or(|uri| uri.starts_with("http://127.0.0.1:")));
        // A host that replaces the capabilities by those of the reload must not lose it.
        host.send(Content::FunctionEnvironmentReloadRequest(
            FunctionEnvironmentReloadRequest::default(),
        ))
        .await;
        let Content::FunctionEnvironmentReloadResponse(response) = host.answer().await else {
            panic!("not an answer to the reload");
        };
        assert_eq!(response.capabilities.get("HttpUri"), uri);
    }
}

#[tokio::test]
async fn the_halves_come_in_any_order() {
    let mut scene = Scene::new().await;
    for (id, request_first) in [("1", true), ("2", false)] {
        let mut client;
        if request_first {
            client = scene.request(id, "GET /api/answer", "").await;
            // Nothing runs before the invocation is there. That it waits is seen by a second one.
            let again = scene
                .request(id, "GET /api/answer", "connection: close\r\n")
                .await;
            assert!(again.read_to_close().await.starts_with("HTTP/1.1 409 "));
            scene.invoke(id, "answer").await;
        } else {
            scene.invoke(id, "answer").await;
            client = scene.request(id, "GET /api/answer", "").await;
        }
        let (head, body) = client.reply().await;
        assert!(head.starts_with("HTTP/1.1 201 "), "{head}");
        assert_eq!(body, "made");
        assert_eq!(scene.answer().await, success(id));
    }
}

#[tokio::test]
async fn a_connection_takes_one_request_after_the_other() {
    let mut scene = Scene::new().await;
    let mut client = scene.connect().await;
    for id in ["1", "2", "3"] {
        scene.invoke(id, "answer").await;
        client
            .write(&format!(
                "GET /api/answer HTTP/1.1\r\nx-ms-invocation-id: {id}\r\n\r\n"
            ))
            .await;
        assert_eq!(client.reply().await.1, "made");
        assert_eq!(scene.answer().await, success(id));
    }
}

#[tokio::test]
async fn a_request_is_refused_in_words_that_no_invocation_belongs_to() {
    let mut scene = Scene::new().await;
    let mut client = scene.connect().await;
    client.write("GET /api/about HTTP/1.1\r\n\r\n").await;
    let (head, body) = client.reply().await;
    assert!(head.starts_with("HTTP/1.1 400 "), "{head}");
    assert!(body.contains("`x-ms-invocation-id` is missing"), "{body}");

    tokio::time::pause();
    let mut client = scene.request("unknown", "GET /api/nothing", "").await;
    let (head, body) = client.reply().await;
    assert!(head.starts_with("HTTP/1.1 504 "), "{head}");
    assert!(
        body.contains("sent no invocation for this request within 30 s"),
        "{body}"
    );
    assert!(!scene.remote.any_note());
    // The id can be used when the invocation comes late: its request is another one then.
    tokio::time::resume();
    scene.invoke("unknown", "nothing").await;
    let mut client = scene.request("unknown", "GET /api/nothing", "").await;
    assert!(client.reply().await.0.starts_with("HTTP/1.1 204 "));
    assert_eq!(scene.answer().await, success("unknown"));
}

#[tokio::test]
async fn an_invocation_fails_whose_request_does_not_come() {
    let mut scene = Scene::new().await;
    tokio::time::pause();
    scene.invoke("1", "nothing").await;
    let (id, status, reason) = scene.answer().await;
    assert_eq!((id.as_str(), status), ("1", Status::Failure));
    assert!(
        reason.starts_with("the HTTP request of this invocation did not come within 30 s"),
        "{reason}"
    );
    assert!(!scene.remote.any_note());
}

#[tokio::test]
async fn an_invocation_is_cancelled_that_waits_for_its_request() {
    let mut scene = Scene::new().await;
    scene.invoke("1", "nothing").await;
    scene
        .host
        .send(Content::InvocationCancel(InvocationCancel {
            invocation_id: "1".to_owned(),
            ..InvocationCancel::default()
        }))
        .await;
    let (id, status, _) = scene.answer().await;
    assert_eq!((id.as_str(), status), ("1", Status::Cancelled));
    // What comes then belongs to nobody.
    tokio::time::pause();
    let mut client = scene.request("1", "GET /api/nothing", "").await;
    assert!(client.reply().await.0.starts_with("HTTP/1.1 504 "));
    assert!(!scene.remote.any_note());
}

#[tokio::test]
async fn a_client_that_leaves_first_does_not_keep_the_invocation_waiting() {
    let mut scene = Scene::new().await;
    let client = scene.request("1", "GET /api/nothing", "").await;
    // It waits once another one with its id is refused.
    let again = scene.request("1", "GET /", "connection: close\r\n").await;
    assert!(again.read_to_close().await.starts_with("HTTP/1.1 409 "));
    drop(client);
    // The worker hears of the end before it hears of this.
    scene.invoke("2", "answer").await;
    scene.request("2", "GET /", "").await.reply().await;
    assert_eq!(scene.answer().await, success("2"));
    scene.invoke("1", "nothing").await;
    let (id, status, reason) = scene.answer().await;
    assert_eq!(
        (id, status, reason),
        is(
            "1",
            Status::Cancelled,
            "the client left before the invocation came"
        )
    );
    assert!(!scene.remote.any_note());
}

#[tokio::test]
async fn user_code_runs_once_for_an_id_that_is_delivered_again() {
    let mut scene = Scene::new().await;
    scene.invoke("1", "wait").await;
    let mut first = scene
        .request("1", "POST /api/wait", &format!("{WITH_BODY}\r\nhi"))
        .await;
    assert_eq!(scene.remote.note().await, "waits");
    for _ in 0..40 {
        let mut again = scene.request("1", "GET /api/wait", "").await;
        let (head, body) = again.reply().await;
        assert!(head.starts_with("HTTP/1.1 409 "), "{head}");
        assert!(body.contains("delivered already"), "{body}");
    }
    scene
        .host
        .send(Content::InvocationCancel(InvocationCancel {
            invocation_id: "1".to_owned(),
            ..InvocationCancel::default()
        }))
        .await;
    assert_eq!(scene.remote.note().await, "told");
    assert_eq!(first.reply().await.1, "told");
    assert_eq!(scene.answer().await, success("1"));
    assert!(!scene.remote.any_note());
    // The next attempt has the same id, and is a call of its own.
    scene.invoke("1", "nothing").await;
    let mut next = scene.request("1", "GET /api/nothing", "").await;
    assert!(next.reply().await.0.starts_with("HTTP/1.1 204 "));
    assert_eq!(scene.answer().await, success("1"));
}
