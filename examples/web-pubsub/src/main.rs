//! A chat over Web PubSub.
//!
//! A client asks `negotiate` where to connect: `curl http://localhost:7071/api/negotiate?user=ann`. Without a service the embedded
//! host makes an address up, and shows what would be sent. What the service tells can be told by hand: `curl
//! http://localhost:7071/admin/functions/message -H 'content-type: application/json' -d '{"input": "{\"connectionContext\":
//! {\"userId\": \"ann\"}, \"data\": \"hi\", \"dataType\": \"text\"}"}'`.

use std::process::ExitCode;

use azure_functions::{
    bindings::{
        HttpRequest, WebPubSubAction, WebPubSubConnection, WebPubSubErrorCode, WebPubSubReply,
        WebPubSubTrigger,
    },
    func,
};

/// Tells a client where to connect.
#[func]
fn negotiate(
    #[binding(auth_level = "anonymous")] _request: HttpRequest,
    #[binding(hub = "chat", user_id = "{query.user}")] connection: WebPubSubConnection,
) -> WebPubSubConnection {
    connection
}

/// Lets a client in that has a name.
#[func]
fn connect(
    #[binding(hub = "chat", event_type = "system", event_name = "connect")]
    request: &WebPubSubTrigger,
) -> WebPubSubReply {
    match &request.client.user_id {
        Some(user) => WebPubSubReply::accept()
            .with_user(user)
            .with_group("members"),
        None => WebPubSubReply::error(WebPubSubErrorCode::Unauthorized, "who are you?"),
    }
}

/// Passes on what a client says, and tells it so.
#[func]
#[binding(name = "output1", hub = "chat")]
fn message(
    #[binding(hub = "chat", event_type = "user", event_name = "message")] request: WebPubSubTrigger,
) -> (Option<WebPubSubReply>, Option<WebPubSubAction>) {
    let Some(text) = request.data else {
        return (None, None);
    };
    let user = request.client.user_id.unwrap_or_default();
    let passed_on = WebPubSubAction::send_to_group("members", format!("{user}: {text}"));
    let own = request.client.connection_id;
    (
        Some(WebPubSubReply::message("sent")),
        Some(passed_on.excluding(own)),
    )
}

/// Tells the members that a client is gone.
#[func]
#[binding(name = "$return", hub = "chat")]
fn disconnected(
    #[binding(hub = "chat", event_type = "system", event_name = "disconnected")]
    request: &WebPubSubTrigger,
) -> Option<WebPubSubAction> {
    let user = request.client.user_id.as_deref()?;
    Some(WebPubSubAction::send_to_group(
        "members",
        format!("{user} has left"),
    ))
}

fn main() -> ExitCode {
    azure_functions::run()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(user: Option<&str>, data: Option<&str>) -> WebPubSubTrigger {
        let mut event = WebPubSubTrigger::default();
        event.client.user_id = user.map(str::to_owned);
        event.client.connection_id = Some("c".to_owned());
        event.data = data.map(str::to_owned);
        event
    }

    #[test]
    fn lets_clients_in() {
        let connection = WebPubSubConnection::new("wss://example.com", "token");
        assert_eq!(
            negotiate(HttpRequest::default(), connection.clone()),
            connection
        );
        let member = WebPubSubReply::accept()
            .with_user("ann")
            .with_group("members");
        assert_eq!(connect(&event(Some("ann"), None)), member);
        let refused = connect(&event(None, None));
        assert!(matches!(refused, WebPubSubReply::Error { .. }));
    }

    #[test]
    fn passes_on_what_clients_say() {
        let (reply, action) = message(event(Some("ann"), Some("hi")));
        assert_eq!(reply, Some(WebPubSubReply::message("sent")));
        let expected = WebPubSubAction::send_to_group("members", "ann: hi").excluding(["c"]);
        assert_eq!(action, Some(expected));
        assert_eq!(message(event(Some("ann"), None)), (None, None));
    }

    #[test]
    fn tells_who_is_gone() {
        let expected = WebPubSubAction::send_to_group("members", "ann has left");
        assert_eq!(disconnected(&event(Some("ann"), None)), Some(expected));
        assert_eq!(disconnected(&event(None, None)), None);
    }
}
