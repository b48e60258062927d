//! Keys, as the real host asks for them.

use std::{collections::BTreeMap, fmt::Write as _};

use azure_functions_host::Keys;
use azure_functions_shared::rpc::{
    Content, Data, RpcClaimsIdentity, nullable_string, parameter_binding::RpcData,
};
use serde_json::{Value, json};

use crate::{
    client::{receive, send},
    support::{App, Setup},
};

/// The keys of the recording, by the names that it has for them.
const KEYS: &[(&str, &str)] = &[
    ("<master key>", "Master-1"),
    ("<host function key default>", "Host-Default-1"),
    ("<host function key custom>", "Host-Custom-1"),
    ("<system key>", "System-1"),
    ("<fn default key>", "Fn-Default-1"),
    ("<fn custom key>", "Fn-Custom-1"),
    ("<other default key>", "Other-Default-1"),
    ("<adm default key>", "Adm-Default-1"),
    ("<wrong key>", "Wrong-1"),
    ("<empty key>", ""),
    ("<fn custom key in upper case>", "FN-CUSTOM-1"),
    (
        "<fn custom key, percent-encoded first letter>",
        "%46n-Custom-1",
    ),
];

/// Paths whose recorded answers differ from ours, and why.
const DIFFERENT: &[(&str, &str)] = &[
    (
        "/api/fn?code=<fn custom key in upper case>",
        "the real host takes any case once it has seen the right one; who relies on that is refused later",
    ),
    (
        "/admin/functions/fn/keys",
        "the keys stand in a file; no page shows them",
    ),
    ("/admin/host/keys", "as above"),
    ("/admin/host/systemkeys", "as above"),
    ("/admin/vfs/", "no page shows files"),
    (
        "/admin/host/synctriggers",
        "there is nothing to tell a platform",
    ),
    ("/admin/instance/info", "this is not one instance of many"),
    ("/admin/instance/http-health", "as above"),
    (
        "/admin/warmup",
        "as above; a warmup function runs at the start",
    ),
];

#[derive(Debug, serde::Deserialize)]
struct Row {
    method: String,
    path: String,
    status: u16,
    #[serde(default, rename = "authLevel", deserialize_with = "present")]
    auth_level: Option<Value>,
    code: Option<String>,
    #[serde(default)]
    request_headers: Vec<(String, String)>,
    note: Option<String>,
    sequence: Option<String>,
    identities: Option<Vec<Value>>,
}

/// A value that is there, `null` among them.
fn present<'de, D: serde::Deserializer<'de>>(value: D) -> Result<Option<Value>, D::Error> {
    serde::Deserialize::deserialize(value).map(Some)
}

fn value(key: &str) -> String {
    let known = KEYS.iter().find(|(name, _)| *name == key);
    known.map_or_else(|| key.to_owned(), |(_, value)| (*value).to_owned())
}

/// A text with the keys in place of their names.
fn filled(text: &str) -> String {
    let keys = KEYS.iter();
    keys.fold(text.to_owned(), |text, (name, value)| {
        text.replace(name, value)
    })
}

fn keys() -> Keys {
    let named = |names: &[(&str, &str)]| {
        let keys = names.iter();
        keys.map(|(name, key)| ((*name).to_owned(), value(key)))
            .collect::<BTreeMap<_, _>>()
    };
    let mut keys = Keys::generate();
    keys.master_key = value("<master key>");
    keys.function_keys = named(&[
        ("default", "<host function key default>"),
        ("hc", "<host function key custom>"),
    ]);
    keys.system_keys = named(&[("sk", "<system key>"), ("eventgrid_extension", "grid")]);
    for (function, names) in [
        (
            "fn",
            &[("default", "<fn default key>"), ("c1", "<fn custom key>")][..],
        ),
        ("other", &[("default", "<other default key>")]),
        ("adm", &[("default", "<adm default key>")]),
    ] {
        keys.functions.insert(function.to_owned(), named(names));
    }
    keys
}

/// The functions of the recording.
fn functions(rows: &[Row]) -> Vec<Value> {
    let mut functions = BTreeMap::new();
    for row in rows {
        let name = row.path.strip_prefix("/api/").unwrap_or_default();
        let (Some(level), false) = (&row.auth_level, name.contains('?') || name == "nosuch") else {
            continue;
        };
        let mut trigger = json!({ "type": "httpTrigger", "direction": "in", "name": "req" });
        if *level != json!("<absent>") {
            trigger["authLevel"] = level.clone();
        }
        let bindings = json!([trigger, { "type": "http", "direction": "out", "name": "$return" }]);
        functions.insert(
            name.to_owned(),
            json!({ "name": name, "bindings": bindings }),
        );
    }
    functions.into_values().collect()
}

fn rows() -> Vec<Row> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/data/vectors/auth.jsonl");
    let text = std::fs::read_to_string(path).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// Who the last function that was called was called by.
fn identities(app: &App) -> Vec<Value> {
    let record = app.record();
    let request = record
        .iter()
        .rev()
        .find_map(|(_, message)| match &message.content {
            Some(Content::InvocationRequest(request)) => Some(request),
            _ => None,
        });
    let Some(RpcData::Data(data)) = &request.unwrap().input_data[0].rpc_data else {
        panic!("the trigger has no value");
    };
    let Some(Data::Http(http)) = &data.data else {
        panic!("the trigger is not HTTP");
    };
    http.identities.iter().map(shown).collect()
}

fn shown(identity: &RpcClaimsIdentity) -> Value {
    let mut shown = json!({});
    for (name, value) in [
        ("authentication_type", &identity.authentication_type),
        ("name_claim_type", &identity.name_claim_type),
        ("role_claim_type", &identity.role_claim_type),
    ] {
        if let Some(value) = value {
            let nullable_string::String::Value(value) = value.string.as_ref().unwrap();
            shown[name] = json!({ "value": value, "string": "value" });
        }
    }
    if !identity.claims.is_empty() {
        let claims = identity.claims.iter();
        shown["claims"] = claims
            .map(|claim| json!({ "value": claim.value, "type": claim.r#type }))
            .collect();
    }
    shown
}

#[tokio::test]
async fn keys_open_what_they_open_on_the_real_host() {
    let rows = rows();
    let mut setup = Setup::new(&functions(&rows));
    setup.config.keys = Some(keys().into());
    let app = setup.start().await;
    let (mut compared, mut seen) = (0, 0);
    let mut different = BTreeMap::new();
    for row in &rows {
        // Nothing here makes or deletes keys while the host runs.
        let staged = row
            .note
            .as_deref()
            .is_some_and(|note| note.contains("DELETE"));
        if row.sequence.is_some() || staged {
            continue;
        }
        compared += 1;
        let mut target = format!("{} {}", row.method, filled(&row.path));
        if let Some(code) = row.code.as_deref().filter(|code| *code != "<no key>") {
            let _ = write!(target, "?code={}", value(code));
        }
        let values: Vec<_> = row
            .request_headers
            .iter()
            .map(|(_, key)| value(key))
            .collect();
        let names = row.request_headers.iter().map(|(name, _)| name.as_str());
        let mut headers: Vec<_> = names.zip(values.iter().map(String::as_str)).collect();
        let body = if row.method == "POST" {
            r#"{"input":"x"}"#
        } else {
            ""
        };
        let length = body.len().to_string();
        headers.push(("Content-Length", &length));
        let reply = receive(send(app.host.address(), &target, &headers, body).await).await;
        if reply.status != row.status {
            different.insert(row.path.as_str(), format!("{target}: {}", reply.status));
        } else if let Some(expected) = &row.identities {
            seen += 1;
            assert_eq!(&identities(&app), expected, "{target}");
        }
    }
    assert!(compared >= 350 && seen >= 60, "{compared} {seen}");
    let known: BTreeMap<_, _> = DIFFERENT.iter().copied().collect();
    assert_eq!(
        different.keys().collect::<Vec<_>>(),
        known.keys().collect::<Vec<_>>(),
        "{different:#?}"
    );
}

#[tokio::test]
async fn a_webhook_takes_the_key_of_its_extension() {
    let mut setup = Setup::new(&[crate::support::http("echo")]);
    setup.config.keys = Some(keys().into());
    let app = setup.start().await;
    for (key, status) in [
        ("grid", 404),
        ("Master-1", 404),
        ("System-1", 403),
        ("Host-Default-1", 403),
        ("nobody", 401),
    ] {
        let target = format!("POST /runtime/webhooks/EventGrid?functionName=none&code={key}");
        let reply = receive(send(app.host.address(), &target, &[], "").await).await;
        if status == 404 {
            // It is let in; there is no such function.
            assert!(
                ![401, 403].contains(&reply.status),
                "{key}: {}",
                reply.status
            );
        } else {
            assert_eq!(reply.status, status, "{key}");
        }
    }
}

#[test]
fn keys_that_are_made_are_long_and_all_different() {
    let (one, other) = (Keys::generate(), Keys::generate());
    let all = |keys: &Keys| {
        let more = keys.function_keys.values().chain(keys.system_keys.values());
        more.chain([&keys.master_key]).cloned().collect::<Vec<_>>()
    };
    let mut keys = [all(&one), all(&other)].concat();
    assert!(keys.iter().all(|key| key.len() >= 32));
    let number = keys.len();
    keys.sort();
    keys.dedup();
    assert_eq!(keys.len(), number);
}
