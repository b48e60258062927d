//! Requests and responses.

use std::collections::HashMap;

use azure_functions_shared::rpc::{Data, NullableString, RpcHttp, nullable_string};
use serde_json::{Value, json};

use crate::conversation::{capabilities, request};

/// The bytes of a body, which has to be there.
fn body(http: &RpcHttp) -> Vec<u8> {
    match http.body.as_ref().expect("a body").data.as_ref() {
        Some(Data::Bytes(bytes)) => bytes.to_vec(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn trap_01_a_response_without_a_body_keeps_its_status() {
    let http = request("created", RpcHttp::default()).await;
    assert_eq!(http.status_code, "201");
    assert_eq!(body(&http), b"");
}

#[tokio::test]
async fn trap_03_json_is_not_written_anew_by_the_host() {
    let http = request("wrapped", RpcHttp::default()).await;
    assert_eq!(body(&http), br#"{"body":"b","status":500}"#);
    assert_eq!(http.headers["content-type"], "application/json");
}

#[tokio::test]
async fn trap_04_an_object_with_a_body_is_not_taken_for_a_response() {
    // The response is the protocol's own, and so the host does not look into the object.
    let http = request("wrapped", RpcHttp::default()).await;
    assert_eq!(http.status_code, "200");
    let sent: Value = serde_json::from_slice(&body(&http)).unwrap();
    assert_eq!(sent, json!({"body": "b", "status": 500}));
}

#[tokio::test]
async fn trap_12_a_chunked_body_is_missed_with_a_reason() {
    let http = request("order", RpcHttp::default()).await;
    assert_eq!(http.status_code, "400");
    let said: Value = serde_json::from_slice(&body(&http)).unwrap();
    assert_eq!(
        said["error"],
        "the request needs a body; one that is sent without a `content-length` does not arrive"
    );
    // A host that is told this one forwards requests, and then such a body arrives; no function here streams.
    assert!(!capabilities().await.contains_key("HttpUri"));
}

#[tokio::test]
async fn trap_13_parameters_without_a_value_are_there() {
    assert!(
        capabilities()
            .await
            .contains_key("UseNullableValueDictionaryForHttp")
    );
    let full = RpcHttp {
        url: "http://host/api/query?a=&b=1".to_owned(),
        ..RpcHttp::default()
    };
    // Should the host leave the URL out, there is the map.
    let text = |text: &str| NullableString {
        string: Some(nullable_string::String::Value(text.to_owned())),
    };
    let map = RpcHttp {
        nullable_query: HashMap::from([
            ("a".to_owned(), NullableString { string: None }),
            ("b".to_owned(), text("1")),
        ]),
        ..RpcHttp::default()
    };
    for http in [full, map] {
        let http = request("query", http).await;
        let seen: Value = serde_json::from_slice(&body(&http)).unwrap();
        assert_eq!(seen, json!([["a", ""], ["b", "1"]]));
    }
}

#[tokio::test]
async fn trap_14_a_header_has_one_value_and_cookies_their_own_list() {
    let http = RpcHttp {
        headers: HashMap::from([("accept".to_owned(), "a/b,c/d".to_owned())]),
        ..RpcHttp::default()
    };
    let http = request("headers", http).await;
    assert_eq!(http.headers["x-seen"], "a/b,c/d");
    assert_eq!(http.headers["x-many"], "1, 2");
    assert!(!http.headers.contains_key("set-cookie"));
    let cookies: Vec<_> = http
        .cookies
        .iter()
        .map(|cookie| (cookie.name.as_str(), cookie.value.as_str()))
        .collect();
    assert_eq!(cookies, [("a", "1"), ("b", "2")]);
}
