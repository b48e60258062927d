//! What the host is told of the bindings, what it sends for them, and what it gets.

use std::fmt::Debug;

use expect_test::expect;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::*;
use crate::{
    Data, FromInput, FromTrigger, IntoOutput, Trigger,
    bindings::{
        HttpRequest, HttpResponse,
        check::{check_metadata, check_output},
    },
    func, functions,
};

#[func]
fn negotiate(
    _request: HttpRequest,
    #[binding(hub_name = "chat", user_id = "{headers.x}", id_token = "t", claim_type_list = ["a", "b"])]
    info: SignalRConnectionInfo,
) -> SignalRConnectionInfo {
    info
}

#[func]
#[binding(
    name = "output1",
    hub_name = "chat",
    connection_string_setting = "Chat"
)]
fn endpoints(
    _request: HttpRequest,
    #[binding(hub_name = "chat")] negotiation: SignalRNegotiation,
    #[binding(hub_name = "chat", connection_string_setting = "Chat")] _services: SignalREndpoints,
) -> (SignalRNegotiation, Vec<SignalROutput>) {
    (negotiation, Vec::new())
}

#[func]
fn hear(
    #[binding(
        hub_name = "chat",
        category = "messages",
        event = "say",
        parameter_names = ["text"],
        connection_string_setting = "Chat"
    )]
    call: SignalRTrigger<(String,)>,
) -> SignalRReply<String> {
    SignalRReply(call.arguments.0)
}

#[test]
fn metadata() {
    check_metadata(
        &functions![negotiate, endpoints, hear],
        &expect![[r#"
        {"name":"request","type":"httpTrigger","direction":"in"}
        {"name":"info","type":"signalRConnectionInfo","direction":"in","hubName":"chat","userId":"{headers.x}","idToken":"t","claimTypeList":["a","b"]}
        {"name":"$return","type":"http","direction":"out"}
        {"name":"request","type":"httpTrigger","direction":"in"}
        {"name":"negotiation","type":"signalRNegotiation","direction":"in","hubName":"chat"}
        {"name":"services","type":"signalREndpoints","direction":"in","hubName":"chat","connectionStringSetting":"Chat"}
        {"name":"$return","type":"http","direction":"out"}
        {"name":"output1","type":"signalR","direction":"out","hubName":"chat","connectionStringSetting":"Chat"}
        {"name":"call","type":"signalRTrigger","direction":"in","hubName":"chat","category":"messages","event":"say","parameterNames":["text"],"connectionStringSetting":"Chat"}"#]],
    );
}

const INFO: &str = r#"{"url":"https://x/client/?hub=chat","accessToken":"secret"}"#;

#[test]
fn connection_info() {
    let info = SignalRConnectionInfo::from_input(Data::json(INFO)).unwrap();
    assert_eq!(
        info,
        SignalRConnectionInfo::new("https://x/client/?hub=chat", "secret")
    );
    assert!(!format!("{info:?}").contains("secret"));
    let response = HttpResponse::from(info.clone());
    assert_eq!(response.body(), INFO.as_bytes());
    assert_eq!(info.into_output().unwrap(), response.into_output().unwrap());
    for (data, problem) in [
        (Data::none(), "no value"),
        (Data::json("7"), "invalid type"),
        (Data::json("{\"url\":\"u\"}"), "missing field `accessToken`"),
        (Data::bytes(vec![0xff]), "expected"),
    ] {
        let error = SignalRConnectionInfo::from_input(data.clone()).unwrap_err();
        assert!(error.to_string().contains(problem), "{data:?}: {error}");
    }
}

#[test]
fn services() {
    let service =
        json!({ "endpointType": "Primary", "name": "a", "endpoint": "https://a", "online": true });
    let mut negotiation = service.clone();
    negotiation["connectionInfo"] = serde_json::from_str(INFO).unwrap();
    let negotiation = json!({ "endpoints": [negotiation] });
    let read = SignalRNegotiation::from_input(Data::text(negotiation.to_string())).unwrap();
    let endpoint = &read.endpoints[0];
    assert_eq!(endpoint.endpoint.name.as_deref(), Some("a"));
    assert_eq!(endpoint.connection_info.access_token, "secret");
    assert_eq!(serde_json::to_value(&read).unwrap(), negotiation);

    // An unknown member is skipped, and what is not known of a service is left out.
    let services = json!([service, { "endpoint": "https://b", "name": null, "new": 1 }]);
    let read = SignalREndpoints::from_input(Data::json(services.to_string())).unwrap();
    assert_eq!(read.endpoints.len(), 2);
    assert!(read.endpoints[0].online && !read.endpoints[1].online);
    assert_eq!(
        serde_json::to_value(&read).unwrap(),
        json!([service, { "endpoint": "https://b", "online": false }])
    );
    let empty = SignalREndpoints::from_input(Data::json("[]")).unwrap();
    assert_eq!(empty, SignalREndpoints::default());
    assert!(SignalREndpoints::from_input(Data::json("[null]")).is_err());
}

#[track_caller]
fn check_sent<T>(value: &T, expected: &Value)
where
    T: IntoOutput + serde::Serialize + DeserializeOwned + Clone + PartialEq + Debug,
{
    check_output(
        value.clone(),
        Ok(Data::json(serde_json::to_string(value).unwrap())),
    );
    assert_eq!(&serde_json::to_value(value).unwrap(), expected);
    assert_eq!(
        &serde_json::from_value::<T>(expected.clone()).unwrap(),
        value
    );
}

#[test]
fn outputs() {
    let all = SignalRMessage::new("say", ["hi"]);
    check_sent(&all, &json!({ "target": "say", "arguments": ["hi"] }));
    check_sent(
        &SignalRMessage::new("say", [json!({ "a": 1 }), json!(2)]).to_user("u"),
        &json!({ "target": "say", "arguments": [{ "a": 1 }, 2], "userId": "u" }),
    );
    check_sent(
        &SignalRMessage::new("say", Vec::<Value>::new())
            .to_user("u")
            .to_group("g"),
        &json!({ "target": "say", "arguments": [], "groupName": "g" }),
    );
    check_sent(
        &SignalRMessage::new("say", [1])
            .to_connection("c")
            .through([SignalREndpoint::new("e")]),
        &json!({
            "target": "say", "arguments": [1], "connectionId": "c", "endpoints": [{ "endpoint": "e", "online": true }],
        }),
    );
    for (action, expected) in [
        (
            SignalRGroupAction::add_user("u", "g"),
            json!({ "action": "add", "groupName": "g", "userId": "u" }),
        ),
        (
            SignalRGroupAction::remove_user("u", "g"),
            json!({ "action": "remove", "groupName": "g", "userId": "u" }),
        ),
        (
            SignalRGroupAction::remove_user_from_all("u"),
            json!({ "action": "removeAll", "userId": "u" }),
        ),
        (
            SignalRGroupAction::add_connection("c", "g"),
            json!({ "action": "add", "groupName": "g", "connectionId": "c" }),
        ),
        (
            SignalRGroupAction::remove_connection("c", "g"),
            json!({ "action": "remove", "groupName": "g", "connectionId": "c" }),
        ),
        (
            SignalRGroupAction::remove_connection_from_all("c"),
            json!({ "action": "removeAll", "connectionId": "c" }),
        ),
    ] {
        check_sent(&action, &expected);
        check_sent(&SignalROutput::from(action), &expected);
    }
    check_output(
        vec![
            SignalROutput::from(SignalRGroupAction::add_user("u", "g")),
            all.into(),
        ],
        Ok(Data::json(
            r#"[{"action":"add","groupName":"g","userId":"u"},{"target":"say","arguments":["hi"]}]"#,
        )),
    );
    check_output(Vec::<SignalRMessage>::new(), Ok(Data::none()));
}

fn event(arguments: &Value) -> Value {
    json!({
        "Arguments": arguments, "Error": null, "Category": "Messages", "Event": "say", "Hub": "chat", "ConnectionId": "c",
        "UserId": "u", "Headers": { "X-A": "1, 2" }, "Query": { "q": ["1", "2"] }, "Claims": { "role": "admin" }, "New": 1,
    })
}

#[track_caller]
fn check_arguments<T>(arguments: &Value, expected: Result<T, &str>)
where
    T: DeserializeOwned + Debug + PartialEq + 'static,
{
    let data = Data::json(event(arguments).to_string());
    let read = SignalRTrigger::<T>::from_trigger(data, &Trigger::default());
    match (read, expected) {
        (Ok(read), Ok(expected)) => assert_eq!(read.arguments, expected),
        (Err(error), Err(expected)) => {
            assert!(error.to_string().contains(expected), "{error}");
        }
        (read, _) => panic!("{read:?}"),
    }
}

#[test]
fn trigger() {
    // Python sees a text.
    let data = Data::text(event(&json!(["hi"])).to_string());
    let call = SignalRTrigger::<(String,)>::from_trigger(data, &Trigger::default()).unwrap();
    assert_eq!(call.arguments.0, "hi");
    assert_eq!(call.error, None);
    assert_eq!(call.category.as_deref(), Some("Messages"));
    assert_eq!(call.event.as_deref(), Some("say"));
    assert_eq!(call.hub.as_deref(), Some("chat"));
    assert_eq!(call.connection_id.as_deref(), Some("c"));
    assert_eq!(call.user_id.as_deref(), Some("u"));
    assert_eq!(call.header("x-a"), Some("1, 2"));
    assert_eq!(call.query["q"], ["1", "2"]);
    assert_eq!(call.query_param("Q"), Some("1"));
    assert_eq!(call.claim("role"), Some("admin"));

    check_arguments(&json!([1, "a"]), Ok((1, "a".to_owned())));
    check_arguments(&json!([1, "a"]), Ok(vec![json!(1), json!("a")]));
    check_arguments(&Value::Null, Ok(Vec::<Value>::new()));
    check_arguments(&Value::Null, Ok(()));
    check_arguments(&json!([]), Ok(()));
    check_arguments(&Value::Null, Ok(Some(Vec::<u8>::new())));
    check_arguments::<(u8,)>(&json!(["1"]), Err("the arguments: "));
    check_arguments::<(u8, u8)>(&json!([]), Err("the arguments: "));
    check_arguments::<Vec<Value>>(&json!(7), Err("the arguments: "));
}

#[test]
fn events_that_are_none() {
    for (data, problem) in [
        (Data::none(), "no value"),
        (Data::text("[]"), "not a JSON object"),
        (Data::text("hi"), "expected"),
        (Data::bytes(vec![0xff]), "expected"),
    ] {
        let error = SignalRTrigger::<Vec<Value>>::from_trigger(data.clone(), &Trigger::default());
        let error = error.unwrap_err().to_string();
        assert!(error.contains(problem), "{data:?}: {error}");
    }
    // All is optional.
    let empty = SignalRTrigger::<Vec<Value>>::from_trigger(Data::json("{}"), &Trigger::default());
    assert_eq!(empty.unwrap(), SignalRTrigger::default());
}

#[test]
fn replies() {
    check_output(SignalRReply("text"), Ok(Data::text("text")));
    check_output(SignalRReply(7), Ok(Data::json("7")));
    check_output(SignalRReply(json!({ "a": 1 })), Ok(Data::json("{\"a\":1}")));
    check_output(SignalRReply(vec![1_u8]), Ok(Data::bytes(vec![1])));
}
