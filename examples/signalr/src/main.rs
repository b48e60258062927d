//! A chat over SignalR Service.
//!
//! A client asks `negotiate` where to connect. Without a service the embedded host makes an address up, and shows what would be
//! sent: `curl http://localhost:7071/api/messages -d '{"from": "ann", "text": "hi"}'`. What clients call can be called by hand:
//! `curl http://localhost:7071/admin/functions/say -H 'content-type: application/json' -d '{"input": "{\"UserId\": \"ann\",
//! \"Arguments\": [\"hi\"]}"}'`.

use std::process::ExitCode;

use azure_functions::{
    Json,
    bindings::{
        HttpRequest, SignalRConnectionInfo, SignalRGroupAction, SignalRMessage, SignalROutput,
        SignalRReply, SignalRTrigger, WarmupTrigger,
    },
    func,
    http::StatusCode,
};
use serde::Deserialize;
use serde_json::Value;

/// A message of one person to others.
#[derive(Clone, Debug, Deserialize)]
struct Message {
    from: String,
    text: String,
    /// A person.
    to: Option<String>,
    /// Some people.
    group: Option<String>,
}

/// Tells a client where to connect.
#[func]
fn negotiate(
    #[binding(methods = "post", route = "{user}/negotiate", auth_level = "anonymous")]
    _request: HttpRequest,
    #[binding(hub_name = "chat", user_id = "{user}")] info: SignalRConnectionInfo,
) -> SignalRConnectionInfo {
    info
}

/// Sends a message to a person, to a group, or to everybody.
#[func(name = "sendMessage")]
#[binding(name = "output1", hub_name = "chat")]
fn send_message(
    #[binding(methods = "post", route = "messages", auth_level = "anonymous")] Json(message): Json<
        Message,
    >,
) -> (StatusCode, SignalRMessage) {
    let said = SignalRMessage::new("newMessage", [message.from, message.text]);
    let said = match (message.to, message.group) {
        (Some(user), _) => said.to_user(user),
        (None, Some(group)) => said.to_group(group),
        (None, None) => said,
    };
    (StatusCode::ACCEPTED, said)
}

/// Lets a person join a group.
#[func(name = "addToGroup")]
#[binding(name = "output1", hub_name = "chat")]
fn add_to_group(
    #[binding(
        methods = "put",
        route = "groups/{group}/{user}",
        auth_level = "anonymous"
    )]
    request: &HttpRequest,
) -> (StatusCode, SignalRGroupAction) {
    let (group, user) = member(request);
    (
        StatusCode::ACCEPTED,
        SignalRGroupAction::add_user(user, group),
    )
}

/// Lets a person leave a group, and tells the rest of it.
#[func(name = "removeFromGroup")]
#[binding(name = "output1", hub_name = "chat")]
fn remove_from_group(
    #[binding(
        methods = "delete",
        route = "groups/{group}/{user}",
        auth_level = "anonymous"
    )]
    request: &HttpRequest,
) -> (StatusCode, Vec<SignalROutput>) {
    let (group, user) = member(request);
    let outputs = vec![
        SignalRGroupAction::remove_user(user, group).into(),
        SignalRMessage::new("left", [user]).to_group(group).into(),
    ];
    (StatusCode::ACCEPTED, outputs)
}

/// Hears what a client says, tells everybody, and answers how long it was.
#[func]
#[binding(name = "output1", hub_name = "chat")]
fn say(
    #[binding(hub_name = "chat", category = "messages", event = "say")] call: SignalRTrigger<(
        String,
    )>,
) -> (SignalRReply<usize>, SignalRMessage) {
    let (text,) = call.arguments;
    let length = text.chars().count();
    let user = call.user_id.unwrap_or_default();
    (
        SignalRReply(length),
        SignalRMessage::new("newMessage", [user, text]),
    )
}

/// Greets a client that has connected.
#[func]
#[binding(name = "$return", hub_name = "chat")]
fn greet(
    #[binding(hub_name = "chat", category = "connections", event = "connected")]
    client: SignalRTrigger,
) -> Option<SignalRMessage> {
    let greeting = SignalRMessage::new("greeting", Vec::<Value>::new());
    Some(greeting.to_connection(client.connection_id?))
}

/// Prepares an instance of the app before it gets work.
#[func]
fn warmup(_instance: WarmupTrigger) {
    tracing::info!("ready to chat");
}

/// The parameters of the route, which it cannot be without.
fn member(request: &HttpRequest) -> (&str, &str) {
    let param = |name| request.route_param(name).unwrap_or_default();
    (param("group"), param("user"))
}

fn main() -> ExitCode {
    azure_functions::run()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_where_to_connect() {
        let info = SignalRConnectionInfo::new("https://example.com", "token");
        assert_eq!(negotiate(HttpRequest::default(), info.clone()), info);
        warmup(WarmupTrigger::default());
    }

    #[test]
    fn sends_messages() {
        let said = SignalRMessage::new("newMessage", ["ann", "hi"]);
        let message = |to: Option<&str>, group: Option<&str>| Message {
            from: "ann".to_owned(),
            text: "hi".to_owned(),
            to: to.map(str::to_owned),
            group: group.map(str::to_owned),
        };
        for (message, expected) in [
            (message(None, None), said.clone()),
            (message(Some("bob"), None), said.clone().to_user("bob")),
            (message(None, Some("rust")), said.to_group("rust")),
        ] {
            let sent = send_message(Json(message));
            assert_eq!(sent, (StatusCode::ACCEPTED, expected));
        }
    }

    #[test]
    fn manages_groups() {
        let request = HttpRequest::put("/api/groups/rust/ann");
        let request = request
            .with_route_param("group", "rust")
            .with_route_param("user", "ann");
        let (_, action) = add_to_group(&request);
        assert_eq!(action, SignalRGroupAction::add_user("ann", "rust"));
        let (_, outputs) = remove_from_group(&request);
        let left = SignalRMessage::new("left", ["ann"]).to_group("rust");
        assert_eq!(
            outputs,
            [
                SignalRGroupAction::remove_user("ann", "rust").into(),
                left.into()
            ]
        );
    }

    #[test]
    fn hears_clients() {
        let mut call = SignalRTrigger::new(("hé".to_owned(),));
        call.user_id = Some("ann".to_owned());
        let said = SignalRMessage::new("newMessage", ["ann", "hé"]);
        assert_eq!(say(call), (SignalRReply(2), said));

        let mut client = SignalRTrigger::default();
        assert_eq!(greet(client.clone()), None);
        client.connection_id = Some("c".to_owned());
        let greeting = greet(client).and_then(|greeting| greeting.recipient);
        let connection = SignalRMessage::new("", [""]).to_connection("c").recipient;
        assert_eq!(greeting, connection);
    }
}
