//! What the host is told of the bindings, what it sends for them, and what it gets.

use std::fmt::Debug;

use bytes::Bytes;
use expect_test::expect;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};

use super::*;
use crate::{
    BindError, Data, FromInput, FromTrigger, Trigger,
    bindings::{
        HttpRequest, HttpResponse,
        check::{check_metadata, check_output},
    },
    func, functions,
};

#[func]
#[binding(name = "output1", hub = "chat", connection = "PubSub")]
fn hear(
    #[binding(
        hub = "chat",
        event_type = "user",
        event_name = "message",
        client_protocols = "webPubSub",
        connections = ["A", "B"]
    )]
    request: WebPubSubTrigger,
) -> (Option<WebPubSubReply>, Vec<WebPubSubAction>) {
    (request.data.map(WebPubSubReply::message), Vec::new())
}

#[func]
fn negotiate(
    _request: HttpRequest,
    #[binding(
        hub = "chat",
        user_id = "{query.user}",
        client_protocol = "mqtt",
        connection = "PubSub"
    )]
    connection: WebPubSubConnection,
    _context: WebPubSubContext,
) -> WebPubSubConnection {
    connection
}

#[test]
fn metadata() {
    check_metadata(
        &functions![hear, negotiate],
        &expect![[r#"
        {"name":"request","type":"webPubSubTrigger","direction":"in","hub":"chat","eventType":"user","eventName":"message","clientProtocols":"webPubSub","connections":["A","B"]}
        {"name":"output1","type":"webPubSub","direction":"out","hub":"chat","connection":"PubSub"}
        {"name":"request","type":"httpTrigger","direction":"in"}
        {"name":"connection","type":"webPubSubConnection","direction":"in","hub":"chat","userId":"{query.user}","clientProtocol":"mqtt","connection":"PubSub"}
        {"name":"context","type":"webPubSubContext","direction":"in"}
        {"name":"$return","type":"http","direction":"out"}"#]],
    );
}

#[test]
fn connection() {
    let json =
        r#"{"baseUrl":"wss://x","url":"wss://x?access_token=secret","accessToken":"secret"}"#;
    let connection = WebPubSubConnection::from_input(Data::json(json)).unwrap();
    assert_eq!(connection, WebPubSubConnection::new("wss://x", "secret"));
    assert!(!format!("{connection:?}").contains("secret"));
    assert_eq!(HttpResponse::from(connection).body(), json.as_bytes());
    for (data, problem) in [
        (Data::none(), "no value"),
        (Data::json("[]"), "invalid"),
        (Data::json("{}"), "missing field"),
        (Data::bytes(vec![0xff]), "expected"),
    ] {
        let error = WebPubSubConnection::from_input(data.clone()).unwrap_err();
        assert!(error.to_string().contains(problem), "{data:?}: {error}");
    }
}

#[track_caller]
fn check_action(action: &WebPubSubAction, expected: &Value) {
    check_output(
        action.clone(),
        Ok(Data::json(serde_json::to_string(action).unwrap())),
    );
    assert_eq!(&serde_json::to_value(action).unwrap(), expected);
    let read: WebPubSubAction = serde_json::from_value(expected.clone()).unwrap();
    assert_eq!(&read, action);
}

#[test]
fn actions_that_send() {
    check_action(
        &WebPubSubAction::send_to_all("hi")
            .excluding(["c"])
            .with_filter("userId ne null")
            .with_reason("none"),
        &json!({
            "actionName": "sendToAll", "data": "hi", "dataType": "text", "excluded": ["c"], "filter": "userId ne null",
        }),
    );
    check_action(
        &WebPubSubAction::send_to_group("g", json!({ "a": 1 })),
        &json!({ "actionName": "sendToGroup", "group": "g", "data": "{\"a\":1}", "dataType": "json" }),
    );
    check_action(
        &WebPubSubAction::send_to_user("u", vec![1, 255]),
        &json!({
            "actionName": "sendToUser", "userId": "u", "data": { "type": "Buffer", "data": [1, 255] }, "dataType": "binary",
        }),
    );
    check_action(
        &WebPubSubAction::send_to_connection("c", WebPubSubData::json(&[1]).unwrap()),
        &json!({ "actionName": "sendToConnection", "connectionId": "c", "data": "[1]", "dataType": "json" }),
    );
    check_output(
        vec![
            WebPubSubAction::send_to_all("a"),
            WebPubSubAction::close_all_connections(),
        ],
        Ok(Data::json(
            r#"[{"actionName":"sendToAll","data":"a","dataType":"text"},{"actionName":"closeAllConnections"}]"#,
        )),
    );
    check_output(Vec::<WebPubSubAction>::new(), Ok(Data::none()));
}

#[test]
fn actions_that_manage() {
    use WebPubSubAction as Action;

    for (action, expected) in [
        (
            Action::add_user_to_group("u", "g"),
            json!({ "actionName": "addUserToGroup", "userId": "u", "group": "g" }),
        ),
        (
            Action::remove_user_from_group("u", "g"),
            json!({ "actionName": "removeUserFromGroup", "userId": "u", "group": "g" }),
        ),
        (
            Action::remove_user_from_all_groups("u"),
            json!({ "actionName": "removeUserFromAllGroups", "userId": "u" }),
        ),
        (
            Action::add_connection_to_group("c", "g"),
            json!({ "actionName": "addConnectionToGroup", "connectionId": "c", "group": "g" }),
        ),
        (
            Action::remove_connection_from_group("c", "g"),
            json!({ "actionName": "removeConnectionFromGroup", "connectionId": "c", "group": "g" }),
        ),
        (
            Action::close_all_connections()
                .excluding(["c"])
                .with_reason("r"),
            json!({ "actionName": "closeAllConnections", "excluded": ["c"], "reason": "r" }),
        ),
        (
            Action::close_client_connection("c").with_reason("r"),
            json!({ "actionName": "closeClientConnection", "connectionId": "c", "reason": "r" }),
        ),
        (
            Action::close_group_connections("g")
                .excluding(["c"])
                .with_reason("r"),
            json!({ "actionName": "closeGroupConnections", "group": "g", "excluded": ["c"], "reason": "r" }),
        ),
        (
            Action::grant_permission("c", WebPubSubPermission::SendToGroup).with_group("g"),
            json!({
                "actionName": "grantPermission", "connectionId": "c", "permission": "sendToGroup", "targetName": "g",
            }),
        ),
        (
            Action::revoke_permission("c", WebPubSubPermission::JoinLeaveGroup),
            json!({ "actionName": "revokePermission", "connectionId": "c", "permission": "joinLeaveGroup" }),
        ),
    ] {
        check_action(&action, &expected);
    }
}

#[track_caller]
fn check_reply(reply: &WebPubSubReply, expected: &Value) {
    let json = serde_json::to_string(reply).unwrap();
    check_output(reply.clone(), Ok(Data::json(json)));
    assert_eq!(&serde_json::to_value(reply).unwrap(), expected);
    let read: WebPubSubReply = serde_json::from_value(expected.clone()).unwrap();
    assert_eq!(&read, reply);
}

#[test]
fn replies() {
    check_reply(&WebPubSubReply::accept(), &json!({}));
    check_reply(
        &WebPubSubReply::accept()
            .with_user("u")
            .with_group("a")
            .with_group("b")
            .with_subprotocol("p")
            .with_role("r")
            .with_state("n", 1),
        &json!({
            "userId": "u", "groups": ["a", "b"], "subprotocol": "p", "roles": ["r"], "states": { "n": 1 },
        }),
    );
    check_reply(
        &WebPubSubReply::message("hi")
            .with_state("n", "s")
            .with_user("nobody"),
        &json!({ "data": "hi", "dataType": "text", "states": { "n": "s" } }),
    );
    for (code, text) in [
        (WebPubSubErrorCode::Unauthorized, "unauthorized"),
        (WebPubSubErrorCode::UserError, "userError"),
        (WebPubSubErrorCode::ServerError, "serverError"),
    ] {
        check_reply(
            &WebPubSubReply::error(code, "why"),
            &json!({ "code": text, "errorMessage": "why" }),
        );
    }
}

fn context() -> Value {
    json!({
        "eventType": 1, "eventName": "message", "hub": "chat", "connectionId": "c", "userId": "u",
        "headers": { "X-A": ["1", "2"] }, "origin": "o", "signature": "s", "states": { "n": { "deep": true } }, "new": 1,
    })
}

/// A whole event, with this data.
fn event(data: &Value, data_type: &Value) -> Value {
    json!({ "connectionContext": context(), "data": data, "dataType": data_type })
}

fn read<T: DeserializeOwned + 'static>(
    data: Data,
    metadata: &[(&str, Data)],
) -> Result<WebPubSubTrigger<T>, BindError> {
    let metadata = metadata.iter();
    let trigger: Trigger = metadata.map(|(name, data)| (*name, data.clone())).collect();
    WebPubSubTrigger::from_trigger(data, &trigger)
}

#[test]
fn a_whole_event() {
    let connect = json!({
        "ConnectionContext": context(), "claims": { "sub": ["u"] }, "query": { "q": ["1"] }, "subprotocols": ["p"],
        "clientCertificates": [{ "thumbprint": "t" }], "reason": null,
    });
    let request = read::<String>(Data::text(connect.to_string()), &[]).unwrap();
    assert_eq!((request.data, request.data_type), (None, None));
    assert_eq!(request.client.event_type.as_deref(), Some("1"));
    assert_eq!(request.client.event_name.as_deref(), Some("message"));
    assert_eq!(request.client.hub.as_deref(), Some("chat"));
    assert_eq!(request.client.connection_id.as_deref(), Some("c"));
    assert_eq!(request.client.user_id.as_deref(), Some("u"));
    assert_eq!(request.client.origin.as_deref(), Some("o"));
    assert_eq!(request.client.signature.as_deref(), Some("s"));
    assert_eq!(request.client.states["n"], json!({ "deep": true }));
    assert_eq!(request.subprotocols, ["p"]);
    assert_eq!(request.client_certificates, [json!({ "thumbprint": "t" })]);
    assert_eq!(request.reason, None);

    let request = read::<String>(Data::json(connect.to_string()), &[]).unwrap();
    assert_eq!(request.header("x-a"), Some("1"));
    assert_eq!(request.query_param("Q"), Some("1"));
    assert_eq!(request.claim("SUB"), Some("u"));
}

#[derive(Debug, PartialEq, Deserialize)]
struct Order {
    order: u32,
}

#[track_caller]
fn check_data<T>(data: Data, metadata: &[(&str, Data)], expected: Result<Option<T>, &str>)
where
    T: DeserializeOwned + Debug + PartialEq + 'static,
{
    let read = read::<T>(data, metadata).map_err(|error| error.to_string());
    assert_eq!(read.map(|read| read.data), expected.map_err(str::to_owned));
}

#[test]
fn data_of_an_event() {
    let whole =
        |data: Value, data_type: &str| Data::json(event(&data, &data_type.into()).to_string());
    check_data(whole("hi".into(), "text"), &[], Ok(Some("hi".to_owned())));
    check_data(whole("7".into(), "Text"), &[], Ok(Some("7".to_owned())));
    check_data(
        whole(r#"{"order":1}"#.into(), "json"),
        &[],
        Ok(Some(Order { order: 1 })),
    );
    check_data(
        whole(json!({ "order": 1 }), "Json"),
        &[],
        Ok(Some(Order { order: 1 })),
    );
    check_data(
        whole(r#"{"order":1}"#.into(), "json"),
        &[],
        Ok(Some(r#"{"order":1}"#.to_owned())),
    );
    let buffer = json!({ "type": "Buffer", "data": [1, 255] });
    check_data(
        whole(buffer, "binary"),
        &[],
        Ok(Some(Bytes::from(vec![1, 255]))),
    );
    // A member of JSON cannot hold all bytes.
    let beside = [("data", Data::bytes(vec![1, 255]))];
    check_data(
        whole("\u{1}\u{fffd}".into(), "binary"),
        &beside,
        Ok(Some(Bytes::from(vec![1, 255]))),
    );
    check_data(whole(Value::Null, "text"), &[], Ok(None::<String>));
    check_data::<Order>(
        whole("hi".into(), "text"),
        &[],
        Err("the data: expected value at line 1 column 1"),
    );
    check_data::<Order>(
        whole(json!({ "order": "1" }), "json"),
        &[],
        Err("the data: `order`: invalid type: string \"1\", expected u32 at line 1 column 12"),
    );
}

#[test]
fn a_parameter_of_another_name() {
    // One that is called `data` is given what the client said.
    let context = ("connectionContext", Data::json(context().to_string()));
    let beside = [context.clone(), ("dataType", Data::json("\"text\""))];
    let request = read::<String>(Data::text("hi"), &beside).unwrap();
    assert_eq!(request.data.as_deref(), Some("hi"));
    assert_eq!(request.data_type, Some(WebPubSubDataType::Text));
    assert_eq!(request.client.user_id.as_deref(), Some("u"));
    check_data(
        Data::bytes(vec![0xff]),
        &beside,
        Ok(Some(Bytes::from(vec![0xff]))),
    );
    check_data(
        Data::json(r#"{"order":1}"#),
        &[],
        Ok(Some(Order { order: 1 })),
    );

    // One of another name nothing, but all is told besides.
    let said = ("data", Data::text("7"));
    let reason = ("reason", Data::text("left"));
    let beside = [context, said.clone(), reason];
    let request = read::<String>(Data::none(), &beside).unwrap();
    assert_eq!(request.data.as_deref(), Some("7"));
    assert_eq!(request.reason.as_deref(), Some("left"));
    let whole = event(&"hi".into(), &"text".into());
    check_data(
        Data::none(),
        &[("request", Data::json(whole.to_string()))],
        Ok(Some("hi".to_owned())),
    );
    check_data::<String>(
        Data::none(),
        &[],
        Err("the host sent no value; take an `Option` if it can be absent"),
    );
}

#[test]
fn requests_to_an_http_function() {
    let json = json!({
        "request": event(&"hi".into(), &"text".into()),
        "response": { "status": 401, "body": "no", "headers": { "X-A": ["1", "2"], "b": "3" } },
        "errorMessage": "why", "hasError": true, "isPreflight": false, "new": 1,
    });
    let context = WebPubSubContext::<String>::from_input(Data::json(json.to_string())).unwrap();
    assert_eq!(context.request.unwrap().data.as_deref(), Some("hi"));
    assert_eq!(context.error_message.as_deref(), Some("why"));
    assert!(context.has_error && !context.is_preflight);
    let response = HttpResponse::from(context.response);
    assert_eq!(
        (response.status().as_u16(), &response.body()[..]),
        (401, &b"no"[..])
    );
    let values: Vec<_> = response.headers().get_all("x-a").iter().collect();
    assert_eq!(values, ["1", "2"]);
    assert_eq!(response.headers()["b"], "3");

    let preflight = Data::text(r#"{"isPreflight":true,"response":null,"request":null}"#);
    let context = WebPubSubContext::<String>::from_input(preflight).unwrap();
    assert!(context.is_preflight && context.request.is_none());
    assert_eq!(context.response, WebPubSubResponse::default());
    for (data, problem) in [
        (Data::none(), "no value"),
        (Data::json("[]"), "not a JSON object"),
        (Data::bytes(vec![0xff]), "expected"),
    ] {
        let error = WebPubSubContext::<String>::from_input(data.clone()).unwrap_err();
        assert!(error.to_string().contains(problem), "{data:?}: {error}");
    }
}
