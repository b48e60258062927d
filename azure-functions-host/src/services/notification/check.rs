//! What the real extensions ask of an element of an output.

use serde_json::{Map, Value};

use super::{SIGNALR, TWILIO, WEB_PUBSUB};
use crate::plan::Resolved;

/// The actions of Web PubSub, with the members that each must have.
const ACTIONS: [(&str, &[&str]); 14] = [
    ("sendToAll", &["data"]),
    ("sendToGroup", &["group", "data"]),
    ("sendToUser", &["userId", "data"]),
    ("sendToConnection", &["connectionId", "data"]),
    ("addUserToGroup", &["userId", "group"]),
    ("removeUserFromGroup", &["userId", "group"]),
    ("removeUserFromAllGroups", &["userId"]),
    ("addConnectionToGroup", &["connectionId", "group"]),
    ("removeConnectionFromGroup", &["connectionId", "group"]),
    ("closeAllConnections", &[]),
    ("closeClientConnection", &["connectionId"]),
    ("closeGroupConnections", &["group"]),
    ("grantPermission", &["connectionId", "permission"]),
    ("revokePermission", &["connectionId", "permission"]),
];

/// Checks one element of an output: its binding has what it must, and so has the element.
///
/// # Errors
///
/// Something is missing or unknown; the text says what.
pub(super) fn output(binding: &Resolved, element: &Value) -> Result<(), String> {
    let none = Map::new();
    let members = element.as_object().unwrap_or(&none);
    if binding.is(SIGNALR) {
        binding.required("hubName")?;
        signalr(members)
    } else if binding.is(WEB_PUBSUB) {
        binding.required("hub")?;
        web_pubsub(members)
    } else if binding.is(TWILIO) {
        twilio(binding, members)
    } else {
        Ok(())
    }
}

fn signalr(members: &Map<String, Value>) -> Result<(), String> {
    if let Some(action) = members.get("action") {
        return match action.as_str().unwrap_or_default() {
            "add" | "remove" => text(members, "groupName", "the group action"),
            "removeAll" => Ok(()),
            _ => Err(format!(
                "`{action}` is no action on a group; use `add`, `remove` or `removeAll`"
            )),
        };
    }
    text(members, "target", "the message")?;
    if members.get("arguments").is_some_and(Value::is_array) {
        Ok(())
    } else {
        Err("the message has no `arguments`; set them to an array, which may be empty".to_owned())
    }
}

fn web_pubsub(members: &Map<String, Value>) -> Result<(), String> {
    let name = members.get("actionName").and_then(Value::as_str);
    let name = name.ok_or("the action has no `actionName`; set it, to `sendToAll` for instance")?;
    let known = ACTIONS
        .iter()
        .find(|(known, _)| known.eq_ignore_ascii_case(name));
    let (_, required) =
        known.ok_or_else(|| format!("`{name}` is no action of Web PubSub; check its spelling"))?;
    for member in *required {
        if *member == "data" {
            data(members)?;
        } else {
            text(members, member, &format!("the action `{name}`"))?;
        }
    }
    Ok(())
}

/// Checks the data of a message: text for each of the types that there are.
fn data(members: &Map<String, Value>) -> Result<(), String> {
    let kind = members.get("dataType").map(|kind| kind.as_str());
    let known = ["text", "json", "binary"];
    let is_known = |kind: &str| known.iter().any(|known| known.eq_ignore_ascii_case(kind));
    if kind.is_some_and(|kind| !kind.is_some_and(is_known)) {
        return Err("the `dataType` is unknown; use `text`, `json` or `binary`".to_owned());
    }
    match members.get("data") {
        Some(Value::String(_)) => Ok(()),
        // Bytes, as JavaScript writes them.
        Some(data) if data.get("type").is_some_and(|kind| kind == "Buffer") => Ok(()),
        Some(_) => Err("the `data` is not a string; write JSON as text".to_owned()),
        None => Err("the message has no `data`; set it to a string".to_owned()),
    }
}

fn twilio(binding: &Resolved, members: &Map<String, Value>) -> Result<(), String> {
    if binding.get("to").is_some_and(|to| !to.is_empty()) {
        return Ok(());
    }
    text(members, "to", "the message")
}

/// Checks that a member is a text that is not empty.
fn text(members: &Map<String, Value>, name: &str, whose: &str) -> Result<(), String> {
    match members.get(name).and_then(Value::as_str) {
        Some(text) if !text.is_empty() => Ok(()),
        _ => Err(format!("{whose} has no `{name}`; set it to a string")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn binding(kind: &str, properties: &Value) -> Resolved {
        let properties = properties.as_object().unwrap().iter();
        let properties = properties.map(|(name, value)| {
            (
                name.to_ascii_lowercase(),
                value.as_str().unwrap().to_owned(),
            )
        });
        Resolved::for_test(kind, properties.collect())
    }

    #[track_caller]
    fn check(kind: &str, properties: &Value, cases: &[(Value, Option<&str>)]) {
        for (element, problem) in cases {
            let result = output(&binding(kind, properties), element);
            match problem {
                None => assert_eq!(result, Ok(()), "{element}"),
                Some(problem) => {
                    let error = result.unwrap_err();
                    assert!(error.contains(problem), "{element}: {error}");
                }
            }
        }
    }

    #[test]
    fn signalr() {
        let message = json!({ "target": "t", "arguments": [] });
        check(
            "SIGNALR",
            &json!({ "hubName": "chat" }),
            &[
                (message.clone(), None),
                (json!({ "arguments": [] }), Some("no `target`")),
                (json!({ "target": "t" }), Some("no `arguments`")),
                (
                    json!({ "target": "t", "arguments": 1 }),
                    Some("no `arguments`"),
                ),
                (
                    json!({ "action": "add", "groupName": "g", "userId": "u" }),
                    None,
                ),
                (
                    json!({ "action": "remove", "userId": "u" }),
                    Some("no `groupName`"),
                ),
                (json!({ "action": "removeAll", "userId": "u" }), None),
                (json!({ "action": "join" }), Some("`\"join\"` is no action")),
            ],
        );
        check("signalR", &json!({}), &[(message, Some("needs `hubName`"))]);
    }

    #[test]
    fn web_pubsub() {
        let all = |data: Value| json!({ "actionName": "sendToAll", "data": data });
        check(
            "webPubSub",
            &json!({ "hub": "chat" }),
            &[
                (all("d".into()), None),
                (all(json!({ "type": "Buffer", "data": [1] })), None),
                (all(json!({})), Some("not a string")),
                (json!({ "actionName": "sendToAll" }), Some("no `data`")),
                (
                    json!({ "actionName": "SENDTOALL", "data": "d", "dataType": "xml" }),
                    Some("`dataType` is unknown"),
                ),
                (
                    json!({ "actionName": "sendToAll", "data": "d", "dataType": 1 }),
                    Some("`dataType` is unknown"),
                ),
                (
                    json!({ "actionName": "sendToGroup", "data": "d" }),
                    Some("no `group`"),
                ),
                (json!({ "actionName": "closeAllConnections" }), None),
                (
                    json!({ "actionName": "shout" }),
                    Some("`shout` is no action"),
                ),
                (json!({ "actionName": "" }), Some("`` is no action")),
                (json!({ "data": "d" }), Some("no `actionName`")),
            ],
        );
        check(
            "webPubSub",
            &json!({}),
            &[(all("d".into()), Some("needs `hub`"))],
        );
    }

    #[test]
    fn messages() {
        let to = || json!({ "to": "+1" });
        let none = || json!({});
        check(
            "twilioSms",
            &none(),
            &[(to(), None), (none(), Some("no `to`"))],
        );
        check("twilioSms", &to(), &[(none(), None)]);
        check("sendGrid", &none(), &[(none(), None)]);
    }
}
