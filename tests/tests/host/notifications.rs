//! Services that are not on this machine: what they would get is recorded, and said.

use azure_functions_host::{Event, EventKind, Level};
use azure_functions_shared::rpc::{
    Content, Data, InvocationRequest, TypedData, parameter_binding::RpcData,
};
use serde_json::{Value, json};

use crate::support::{App, Setup, function, http, soon};

fn trigger(kind: &str) -> Value {
    json!({ "type": kind, "direction": "in", "name": "trigger" })
}

/// A function that sends what it is given by one output.
fn sender(name: &str, kind: &str, properties: &Value) -> Value {
    let mut output = json!({ "type": kind, "direction": "out", "name": "out" });
    let members = output.as_object_mut().unwrap();
    members.extend(properties.as_object().unwrap().clone());
    function(name, &json!([trigger("pigeonTrigger"), output]))
}

async fn start(functions: &[Value]) -> App {
    Setup::new(functions).start().await
}

/// The call of a function that the worker heard last.
fn call(app: &App) -> InvocationRequest {
    let messages = app.record().into_iter().rev();
    let mut calls = messages.filter_map(|(_, message)| match message.content {
        Some(Content::InvocationRequest(request)) => Some(request),
        _ => None,
    });
    calls.next().unwrap()
}

fn input(call: &InvocationRequest, at: usize) -> TypedData {
    match call.input_data[at].rpc_data.as_ref() {
        Some(RpcData::Data(data)) => data.clone(),
        other => panic!("{other:?}"),
    }
}

/// The next line of the host about a function.
async fn line(app: &mut App, function: &str) -> Event {
    loop {
        let event = app.event(EventKind::Host).await;
        if event.function.as_deref() == Some(function) {
            return event;
        }
    }
}

#[tokio::test]
async fn outputs_are_checked_recorded_and_shown() {
    let mut app = start(&[
        sender("echo_signalr", "signalR", &json!({ "hubName": "{hub}" })),
        sender("echo_pubsub", "webPubSub", &json!({ "hub": "chat" })),
        sender("echo_mail", "SendGrid", &json!({ "from": "a@b.c" })),
        sender("echo_sms", "twilioSms", &json!({ "from": "+1" })),
    ])
    .await;
    for (function, kind, input, sent) in [
        (
            "echo_mail",
            "sendGrid",
            r#"{"subject":"hi"}"#,
            json!([{ "subject": "hi" }]),
        ),
        (
            "echo_pubsub",
            "webPubSub",
            r#"[{"actionName":"closeAllConnections"},{"actionName":"removeUserFromAllGroups","userId":"u"}]"#,
            json!([
                { "actionName": "closeAllConnections" },
                { "actionName": "removeUserFromAllGroups", "userId": "u" },
            ]),
        ),
        (
            "echo_signalr",
            "signalR",
            r#"{"hub":"chat","target":"t","arguments":[1]}"#,
            json!([{ "hub": "chat", "target": "t", "arguments": [1] }]),
        ),
        (
            "echo_sms",
            "twilioSms",
            r#"{"to":"+2"}"#,
            json!([{ "to": "+2" }]),
        ),
    ] {
        // The first says that nothing triggers the function.
        line(&mut app, function).await;
        let warning = line(&mut app, function).await;
        assert_eq!(warning.level, Level::Warning);
        assert!(
            warning.message.contains("is shown, but not sent"),
            "{}",
            warning.message
        );
        soon(app.host.invoke(function, input)).await.unwrap();
        let values = app.host.sent().by(kind).into_iter().map(|sent| sent.value);
        assert_eq!(values.collect::<Value>(), sent, "{function}");
    }
    for (function, text) in [
        ("echo_signalr", "\"target\":\"t\""),
        ("echo_sms", "\"to\":\"+2\""),
    ] {
        let shown = line(&mut app, function).await;
        assert_eq!(shown.level, Level::Information);
        let squeezed = shown.message.replace(char::is_whitespace, "");
        assert!(squeezed.contains(text), "{}", shown.message);
    }
    let signalr = app.host.sent().by("signalR");
    assert_eq!(signalr[0].property("hubName"), Some("chat"));

    let before = app.host.sent().all().len();
    let bad = r#"[{"actionName":"closeAllConnections"},{"actionName":"shout"}]"#;
    for (function, input, problem) in [
        ("echo_pubsub", bad, "`shout` is no action"),
        ("echo_mail", "hi", "`hi` is not a JSON object"),
        ("echo_sms", "[{}]", "no `to`"),
    ] {
        let error = soon(app.host.invoke(function, input)).await.unwrap_err();
        let error = error.to_string();
        assert!(
            error.contains("`out`") && error.contains(problem),
            "{error}"
        );
    }
    assert_eq!(app.host.sent().all().len(), before);
    soon(app.host.stop()).await.unwrap();
}

#[tokio::test]
async fn a_client_gets_a_stand_in_for_its_connection() {
    let mut negotiate = http("negotiate");
    negotiate["bindings"].as_array_mut().unwrap().push(json!({
        "type": "signalRConnectionInfo", "direction": "in", "name": "info", "hubName": "chat", "userId": "{headers.host}",
    }));
    let mut app = start(&[negotiate]).await;
    let warning = line(&mut app, "negotiate").await;
    assert!(
        warning.message.contains("`info` is made up"),
        "{}",
        warning.message
    );
    soon(app.host.invoke("negotiate", "")).await.unwrap();
    let Some(Data::Json(info)) = input(&call(&app), 1).data else {
        panic!("{:?}", call(&app));
    };
    let info: Value = serde_json::from_str(&info).unwrap();
    assert_eq!(info["url"], "https://signalr.localhost/client/?hub=chat");
    assert!(info["accessToken"].is_string());
}

#[tokio::test]
async fn a_binding_that_nobody_knows_can_be_called_by_hand() {
    let bindings = json!([
        trigger("daprTopicTrigger"),
        { "type": "daprState", "direction": "in", "name": "state", "key": "{id}" },
        { "type": "daprPublish", "direction": "out", "name": "out", "topic": "{id}" },
    ]);
    let mut app = start(&[function("echo_dapr", &bindings)]).await;
    for text in [
        "nothing triggers `echo_dapr` here, for this host has no `daprTopicTrigger`",
        "the input `state` is empty, for this host has no `daprState`",
        "the output `out` is shown, but not sent, for this host has no `daprPublish`",
    ] {
        let warning = line(&mut app, "echo_dapr").await;
        assert!(warning.message.contains(text), "{}", warning.message);
    }
    let text = r#"{"id":"7","list":[1]}"#;
    soon(app.host.invoke("echo_dapr", text)).await.unwrap();
    let call = call(&app);
    assert_eq!(input(&call, 0), Data::String(text.to_owned()).into());
    assert_eq!(
        call.trigger_metadata["id"],
        Data::String("7".to_owned()).into()
    );
    assert_eq!(input(&call, 1), TypedData::default());
    let shown = line(&mut app, "echo_dapr").await;
    assert_eq!(
        shown.message,
        format!("the `daprPublish` output `out` is not sent: {text}")
    );
    let sent = app.host.sent().by("daprPublish");
    assert_eq!(sent[0].value, json!(text));
    assert_eq!(sent[0].property("topic"), Some("{id}"));
}

#[tokio::test]
async fn a_warmup_function_runs_once_at_the_start() {
    let warmup = function("warmup", &json!([trigger("warmupTrigger")]));
    let mut app = start(&[warmup]).await;
    let event = app.event(EventKind::Succeeded).await;
    assert_eq!(event.function.as_deref(), Some("warmup"));
    soon(app.host.invoke("warmup", "")).await.unwrap();
    let record = app.record();
    let calls = record
        .iter()
        .filter(|(_, message)| matches!(message.content, Some(Content::InvocationRequest(_))));
    assert_eq!(calls.count(), 2);
}
