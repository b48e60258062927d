//! What a client needs to connect, as SignalR and Web PubSub hand it out.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD as BASE64URL};
use jiff::Timestamp;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use crate::plan::Resolved;

pub(super) const SIGNALR: &str = "signalRConnectionInfo";
pub(super) const SIGNALR_NEGOTIATION: &str = "signalRNegotiation";
pub(super) const SIGNALR_ENDPOINTS: &str = "signalREndpoints";
pub(super) const WEB_PUBSUB: &str = "webPubSubConnection";

/// Where SignalR would be. Nothing listens there.
const SIGNALR_ENDPOINT: &str = "https://signalr.localhost";
/// Where Web PubSub would be. Nothing listens there.
const WEB_PUBSUB_ENDPOINT: &str = "wss://webpubsub.localhost";
/// How long a token is good, in seconds.
const LIFETIME: i64 = 3600;

/// The value of an input.
///
/// # Errors
///
/// The binding names no hub.
pub(super) fn value(binding: &Resolved, now: Timestamp) -> Result<Value, String> {
    let user = binding.get("userId").filter(|user| !user.is_empty());
    if binding.is(WEB_PUBSUB) {
        let hub = encoded(binding.required("hub")?);
        let base = format!("{WEB_PUBSUB_ENDPOINT}/client/hubs/{hub}");
        let token = token(&base, user, now);
        return Ok(json!({
            "baseUrl": base,
            "url": format!("{base}?access_token={token}"),
            "accessToken": token,
        }));
    }
    let hub = encoded(binding.required("hubName")?);
    let url = format!("{SIGNALR_ENDPOINT}/client/?hub={hub}");
    let info = || json!({ "url": url, "accessToken": token(&url, user, now) });
    if binding.is(SIGNALR) {
        return Ok(info());
    }
    let mut endpoint = json!({
        "endpointType": "Primary",
        "name": "local",
        "endpoint": SIGNALR_ENDPOINT,
        "online": true,
    });
    if binding.is(SIGNALR_ENDPOINTS) {
        return Ok(json!([endpoint]));
    }
    if let Some(members) = endpoint.as_object_mut() {
        members.insert("connectionInfo".to_owned(), info());
    }
    Ok(json!({ "endpoints": [endpoint] }))
}

fn encoded(hub: &str) -> String {
    utf8_percent_encode(hub, NON_ALPHANUMERIC).to_string()
}

/// A JSON web token that nobody signed.
fn token(audience: &str, user: Option<&str>, now: Timestamp) -> String {
    let issued = now.as_second();
    let mut claims = json!({ "aud": audience, "iat": issued, "exp": issued + LIFETIME });
    if let (Some(user), Some(members)) = (user, claims.as_object_mut()) {
        members.insert("sub".to_owned(), user.into());
    }
    let header = json!({ "alg": "none", "typ": "JWT" });
    let part = |value: &Value| BASE64URL.encode(value.to_string());
    format!("{}.{}.", part(&header), part(&claims))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claims(token: &Value) -> Value {
        let token = token.as_str().unwrap();
        let parts: Vec<_> = token.split('.').collect();
        assert_eq!(parts.len(), 3, "{token}");
        let part = |at: usize| -> Value {
            serde_json::from_slice(&BASE64URL.decode(parts[at]).unwrap()).unwrap()
        };
        assert_eq!(part(0), json!({ "alg": "none", "typ": "JWT" }));
        assert_eq!(parts[2], "");
        part(1)
    }

    fn input(kind: &str, properties: &[(&str, &str)]) -> Result<Value, String> {
        let properties = properties.iter();
        let properties = properties.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let binding = Resolved::for_test(kind, properties.collect());
        value(&binding, Timestamp::from_second(1000).unwrap())
    }

    #[test]
    fn signalr() {
        let url = "https://signalr.localhost/client/?hub=chat%20room";
        let check = |info: &Value, user: Option<&str>| {
            assert_eq!(info["url"], url);
            let mut expected = json!({ "aud": url, "iat": 1000, "exp": 4600 });
            if let Some(user) = user {
                expected["sub"] = json!(user);
            }
            assert_eq!(claims(&info["accessToken"]), expected);
        };
        let hub = ("hubname", "chat room");
        let info = input(SIGNALR, &[hub, ("userid", "ann")]).unwrap();
        check(&info, Some("ann"));
        let info = input(SIGNALR, &[hub, ("userid", "")]).unwrap();
        check(&info, None);
        let mut negotiation = input(SIGNALR_NEGOTIATION, &[hub]).unwrap();
        let mut endpoint = negotiation["endpoints"][0].take();
        check(&endpoint["connectionInfo"].take(), None);
        let endpoints = input(SIGNALR_ENDPOINTS, &[hub]).unwrap();
        endpoint.as_object_mut().unwrap().remove("connectionInfo");
        assert_eq!(endpoints, json!([endpoint]));
        for kind in [SIGNALR, SIGNALR_NEGOTIATION, SIGNALR_ENDPOINTS] {
            let error = input(kind, &[]).unwrap_err();
            assert!(error.contains("needs `hubName`"), "{error}");
        }
    }

    #[test]
    fn web_pubsub() {
        let info = input(WEB_PUBSUB, &[("hub", "chat"), ("userid", "ann")]).unwrap();
        let base = "wss://webpubsub.localhost/client/hubs/chat";
        assert_eq!(info["baseUrl"], base);
        let token = info["accessToken"].as_str().unwrap();
        assert_eq!(info["url"], format!("{base}?access_token={token}"));
        let expected = json!({ "aud": base, "iat": 1000, "exp": 4600, "sub": "ann" });
        assert_eq!(claims(&info["accessToken"]), expected);
        assert!(input(WEB_PUBSUB, &[]).unwrap_err().contains("needs `hub`"));
    }
}
