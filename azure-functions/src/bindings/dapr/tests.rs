//! What the host is told of the bindings, what it sends for them, and what it gets.

use std::fmt::Debug;

use bytes::Bytes;
use expect_test::expect;
use serde::{Deserialize, Serialize, Serializer, de::DeserializeOwned, ser::Error as _};
use serde_json::{Value, json};

use super::*;
use crate::{
    Data, FromInput, FromTrigger, IntoOutput, Trigger,
    bindings::check::{check_metadata, check_output},
    func, functions,
};

#[func]
#[binding(
    name = "output1",
    app_id = "app",
    method_name = "m",
    http_verb = "PUT",
    dapr_address = "a"
)]
#[binding(name = "output2", pub_sub_name = "p", topic = "{id}")]
#[binding(name = "output3", binding_name = "b", operation = "create")]
fn call(
    #[binding(method_name = "m")] call: DaprServiceInvocationTrigger,
    #[binding(state_store = "s", key = "{id}", dapr_address = "a")] _state: Option<DaprState>,
    #[binding(secret_store_name = "s", key = "k", metadata = "m")] _secret: DaprSecret,
) -> (
    DaprInvocationReply<String>,
    Option<DaprInvoke>,
    Vec<DaprPublish>,
    Option<DaprBinding>,
) {
    (DaprInvocationReply(call.body), None, Vec::new(), None)
}

#[func]
#[binding(name = "output1", state_store = "s")]
fn ring(
    #[binding(binding_name = "bell")] event: DaprBindingTrigger,
) -> (DaprBindingReply<String>, Vec<DaprState>) {
    (DaprBindingReply(event.data), Vec::new())
}

#[func]
fn hear(#[binding(pub_sub_name = "p", topic = "t", route = "r")] _message: DaprTopicTrigger) {}

#[test]
fn metadata() {
    check_metadata(
        &functions![call, ring, hear],
        &expect![[r#"
        {"name":"call","type":"daprServiceInvocationTrigger","direction":"in","methodName":"m"}
        {"name":"state","type":"daprState","direction":"in","stateStore":"s","key":"{id}","daprAddress":"a"}
        {"name":"secret","type":"daprSecret","direction":"in","secretStoreName":"s","key":"k","metadata":"m"}
        {"name":"output1","type":"daprInvoke","direction":"out","appId":"app","methodName":"m","httpVerb":"PUT","daprAddress":"a"}
        {"name":"output2","type":"daprPublish","direction":"out","pubSubName":"p","topic":"{id}"}
        {"name":"output3","type":"daprBinding","direction":"out","bindingName":"b","operation":"create"}
        {"name":"event","type":"daprBindingTrigger","direction":"in","bindingName":"bell"}
        {"name":"output1","type":"daprState","direction":"out","stateStore":"s"}
        {"name":"message","type":"daprTopicTrigger","direction":"in","pubSubName":"p","topic":"t","route":"r"}"#]],
    );
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Order {
    order: u32,
}

/// What is read of a trigger's payload.
fn read<T: FromTrigger, V>(data: Data, value: impl Fn(T) -> V) -> Result<V, String> {
    let read = T::from_trigger(data, &Trigger::default());
    read.map(value).map_err(|error| error.to_string())
}

#[track_caller]
fn check_payload<T: DeserializeOwned + Debug + PartialEq + 'static>(
    data: &Data,
    expected: Result<T, &str>,
) {
    let expected = expected.map_err(str::to_owned);
    let call = read(data.clone(), |call: DaprServiceInvocationTrigger<T>| {
        call.body
    });
    assert_eq!(call, expected);
    let event = read(data.clone(), |event: DaprBindingTrigger<T>| event.data);
    assert_eq!(event, expected);
    // A payload that is no CloudEvent is the data of the message.
    let message = read(data.clone(), |message: DaprTopicTrigger<T>| message.data);
    assert_eq!(message, expected);
    let state = DaprState::<T>::from_input(data.clone());
    let state = state
        .map(|state| state.value)
        .map_err(|error| error.to_string());
    assert_eq!(state, expected);
}

#[test]
fn payloads() {
    check_payload(&Data::text("hi"), Ok("hi".to_owned()));
    check_payload(&Data::json("\"hi\""), Ok("hi".to_owned()));
    check_payload(&Data::json("7"), Ok(7));
    check_payload(&Data::json("\"7\""), Ok("7".to_owned()));
    check_payload(
        &Data::text("{\"order\":1,\"new\":2}"),
        Ok(Order { order: 1 }),
    );
    check_payload(&Data::bytes(vec![0xff]), Ok(Bytes::from(vec![0xff])));
    check_payload::<Order>(
        &Data::json("{\"order\":\"1\"}"),
        Err("`order`: invalid type: string \"1\", expected u32 at line 1 column 12"),
    );
    check_payload::<String>(
        &Data::bytes(vec![0xff]),
        Err(
            "expected text, but it is not UTF-8 (invalid utf-8 sequence of 1 bytes from index 0); \
             take `Bytes` to receive the bytes as they are",
        ),
    );
    check_payload::<String>(
        &Data::none(),
        Err("the host sent no value; take an `Option` if it can be absent"),
    );
}

fn event(more: &Value) -> Data {
    let mut event = json!({
        "specversion": "1.0", "id": "1", "source": "shop", "type": "com.dapr.event.sent", "subject": null,
        "time": "2026-01-02T03:04:05Z", "datacontenttype": "application/json", "pubsubname": "p", "topic": "t",
        "traceid": "00-1", "new": 1,
    });
    let members = event.as_object_mut().unwrap();
    members.extend(more.as_object().unwrap().clone());
    Data::json(event.to_string())
}

#[test]
fn cloud_events() {
    let trigger = Trigger::default();
    let data = event(&json!({ "data": { "order": 1 } }));
    let message = DaprTopicTrigger::<Order>::from_trigger(data, &trigger).unwrap();
    assert_eq!(message.data, Order { order: 1 });
    assert_eq!(message.id.as_deref(), Some("1"));
    assert_eq!(message.source.as_deref(), Some("shop"));
    assert_eq!(message.event_type.as_deref(), Some("com.dapr.event.sent"));
    assert_eq!(message.subject, None);
    assert_eq!(message.time, "2026-01-02T03:04:05Z".parse().ok());
    assert_eq!(
        message.data_content_type.as_deref(),
        Some("application/json")
    );
    assert_eq!(message.pub_sub_name.as_deref(), Some("p"));
    assert_eq!(message.topic.as_deref(), Some("t"));
    assert_eq!(message.trace_id.as_deref(), Some("00-1"));

    let text = |more: &Value| read(event(more), |message: DaprTopicTrigger| message.data);
    let bytes = |more: &Value| read(event(more), |message: DaprTopicTrigger<Bytes>| message.data);
    assert_eq!(text(&json!({ "data": "7" })), Ok("7".to_owned()));
    assert_eq!(
        text(&json!({ "data": { "a": 1 } })),
        Ok("{\"a\":1}".to_owned())
    );
    assert_eq!(
        bytes(&json!({ "data_base64": "/w==" })),
        Ok(Bytes::from(vec![0xff]))
    );
    for (more, problem) in [
        (json!({}), "the data: the host sent no value"),
        (json!({ "data": null }), "the data: the host sent no value"),
        (json!({ "data_base64": "?" }), "`data_base64` is not Base64"),
    ] {
        let error = bytes(&more).unwrap_err();
        assert!(error.contains(problem), "{more}: {error}");
    }
}

#[test]
fn secrets() {
    let secret = DaprSecret::from_input(Data::json(r#"{"name":"hush"}"#)).unwrap();
    assert_eq!(secret, DaprSecret::new([("name", "hush")]));
    assert_eq!(secret.get("name"), Some("hush"));
    assert_eq!(format!("{secret:?}"), "{\"name\"}");
    for (data, problem) in [
        (Data::none(), "no value"),
        (Data::json("[]"), "invalid type"),
        (Data::json("{\"a\":1}"), "invalid type"),
    ] {
        let error = DaprSecret::from_input(data.clone())
            .unwrap_err()
            .to_string();
        assert!(error.contains(problem), "{data:?}: {error}");
    }
}

struct NoJson;

impl Serialize for NoJson {
    fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        Err(S::Error::custom("no"))
    }
}

#[track_caller]
fn check_sent(output: impl IntoOutput, expected: &str) {
    check_output(output, Ok(Data::json(expected)));
}

#[test]
fn outputs() {
    check_sent(
        DaprState::new(Order { order: 1 }),
        r#"{"value":{"order":1}}"#,
    );
    check_sent(
        DaprState::new(1).key("k").etag("e"),
        r#"{"value":1,"key":"k","etag":"e"}"#,
    );
    check_sent(
        vec![DaprState::new("a").key("k"), DaprState::new("b")],
        r#"[{"value":"a","key":"k"},{"value":"b"}]"#,
    );
    check_sent(DaprInvoke::new("hi"), r#"{"body":"hi"}"#);
    check_sent(
        DaprInvoke::new(())
            .app_id("a")
            .method_name("m")
            .http_verb("PUT"),
        r#"{"body":null,"appId":"a","methodName":"m","httpVerb":"PUT"}"#,
    );
    check_sent(DaprPublish::new(json!([1])), r#"{"payload":[1]}"#);
    check_sent(
        DaprPublish::new(1).pub_sub_name("p").topic("t"),
        r#"{"payload":1,"pubsubname":"p","topic":"t"}"#,
    );
    check_sent(DaprBinding::new("hi"), r#"{"data":"hi"}"#);
    check_sent(
        DaprBinding::new(1)
            .metadata("m", true)
            .operation("o")
            .binding_name("b"),
        r#"{"data":1,"metadata":{"m":true},"operation":"o","bindingName":"b"}"#,
    );
    check_output(Vec::<DaprPublish>::new(), Ok(Data::none()));
    check_output(
        DaprPublish::new(NoJson),
        Err("the value cannot be written as JSON: no"),
    );
}

#[test]
fn replies() {
    check_output(DaprInvocationReply("text"), Ok(Data::text("text")));
    check_output(
        DaprInvocationReply(Order { order: 1 }),
        Ok(Data::json("{\"order\":1}")),
    );
    check_output(DaprBindingReply(vec![1_u8]), Ok(Data::bytes(vec![1])));
    check_output(DaprBindingReply(7), Ok(Data::json("7")));
}
