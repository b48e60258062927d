//! Tasks that a function spawns, and the response.

use azure_functions_shared::rpc::{Data, RpcHttp, status_result::Status};

use super::{Scene, success};
use crate::host::status;

#[tokio::test]
async fn a_whole_response_waits_for_them() {
    let mut scene = Scene::new().await;
    scene.invoke("1", "child_panics").await;
    let mut client = scene.request("1", "GET /api/child_panics", "").await;
    let (head, _) = client.reply().await;
    assert!(head.starts_with("HTTP/1.1 500 "), "{head}");
    let (id, status, reason) = scene.answer().await;
    assert_eq!((id.as_str(), status), ("1", Status::Failure));
    assert!(
        reason.starts_with("the child task spawned at ") && reason.ends_with(" panicked: oh no"),
        "{reason}"
    );
}

#[tokio::test]
async fn a_streamed_response_may_be_written_by_them() {
    let mut scene = Scene::new().await;
    scene.invoke("1", "fed_by_a_child").await;
    let mut client = scene.request("1", "GET /api/fed_by_a_child", "").await;
    let text = client.read_to("\r\n0\r\n\r\n").await;
    for piece in ["one", "two", "three"] {
        assert!(text.contains(piece), "{text}");
    }
    assert_eq!(scene.answer().await, success("1"));

    // For a host that takes whole ones.
    let http = RpcHttp {
        method: "GET".to_owned(),
        url: "http://localhost/api/fed_by_a_child".to_owned(),
        ..RpcHttp::default()
    };
    scene.invoke_with("2", "fed_by_a_child", http).await;
    let response = scene.host.response().await;
    assert_eq!(status(response.result), Status::Success);
    let Some(Data::Http(http)) = response.return_value.and_then(|value| value.data) else {
        panic!("not a response");
    };
    assert_eq!(
        http.body.and_then(|body| body.data),
        Some(Data::Bytes("onetwothree".into()))
    );
}
