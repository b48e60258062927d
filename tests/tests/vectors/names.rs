//! Which functions and bindings a real host accepts, and what it says about the others.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a recording that reads otherwise is a failure"
)]

use std::{collections::BTreeMap, path::Path};

use azure_functions_host::{
    functions::{Index, index},
    route::RouteTable,
};
use azure_functions_shared::rpc::{
    RpcException, RpcFunctionMetadata, RpcRetryOptions, StatusResult, status_result::Status,
};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::support::{Difference, Outcome, rows};

const NOT_EMULATED: &str = "a binding type that is not emulated is accepted; the caller decides";
const OWN_WORDS: &str = "the host's words name its own internals; ours name the fault";

const DIFFERENCES: &[Difference] = &[
    (
        "function name \"a\\n\"",
        "a line break at the end passes there by an accident of the pattern",
    ),
    (
        "function name \"\"",
        "dropped there without a word; ours is listed as an error",
    ),
    ("unknown trigger type null", NOT_EMULATED),
    ("unknown output type null", NOT_EMULATED),
    ("unknown input type null", NOT_EMULATED),
    (
        "known output of an extension that is not loaded null",
        NOT_EMULATED,
    ),
    ("queue output without connection null", NOT_EMULATED),
    ("no type null", OWN_WORDS),
    ("type null null", OWN_WORDS),
    ("trigger direction bad null", OWN_WORDS),
    ("raw binding not JSON null", OWN_WORDS),
    ("raw binding array null", OWN_WORDS),
    ("raw binding null null", OWN_WORDS),
    ("raw binding empty string null", OWN_WORDS),
    ("dataType bad null", OWN_WORDS),
    ("timer without schedule null", OWN_WORDS),
    (
        "timer setting missing null",
        "a setting is resolved, and missed, when the timer starts",
    ),
];

#[derive(Deserialize)]
struct Row {
    kind: String,
    #[serde(default)]
    name: Value,
    functions: Option<Vec<Metadata>>,
    listed: Vec<String>,
    answers: BTreeMap<String, u16>,
    messages: Vec<String>,
}

#[derive(Clone, Deserialize)]
struct Metadata {
    name: String,
    id: Option<String>,
    script: Option<String>,
    #[serde(default)]
    props: BTreeMap<String, String>,
    status: Option<Value>,
    retry: Option<Retry>,
    bindings: Vec<Value>,
}

#[derive(Clone, Deserialize)]
struct Retry {
    max_retry_count: i32,
}

/// What a host makes of an app: what it lists, what it says, and which paths are a function's.
#[derive(Debug, PartialEq)]
struct Answer {
    listed: Vec<String>,
    messages: Vec<String>,
    answers: BTreeMap<String, u16>,
}

#[test]
fn names() {
    let mut outcome = Outcome::new();
    for row in rows::<Row>("names.jsonl") {
        let key = format!("{} {}", row.kind, row.name);
        let recorded = recorded(&row);
        let index = index(
            functions(&row)
                .into_iter()
                .map(Metadata::into_rpc)
                .collect(),
        );
        let ours = ours(&index, recorded.answers.keys());
        let difference =
            (recorded != ours).then(|| format!("recorded {recorded:?}, ours {ours:?}"));
        outcome.case(key, difference);
    }
    outcome.finish(DIFFERENCES);
}

fn recorded(row: &Row) -> Answer {
    let messages = row.messages.iter().filter_map(|message| {
        let message = message.strip_prefix("fail: ")?;
        // What an index error says is the same with and without the name of the function before it.
        let reason = message
            .split_once("function is in error: ")
            .map(|(_, reason)| reason)
            .or_else(|| {
                message
                    .starts_with("Microsoft.Azure.WebJobs.Host: ")
                    .then_some(message)
            });
        Some(expand(reason?))
    });
    // The log has an index error twice.
    let mut messages: Vec<String> = messages.collect();
    messages.dedup();
    let answers = row.answers.iter().map(|(path, status)| {
        let path = match row.name.as_str() {
            Some(name) if path.contains('…') => format!("/api/{}", expand(name)),
            _ => path.clone(),
        };
        // A 500 comes from the call, not from the route.
        let status = match (*status, row.kind.as_str()) {
            (500, "trigger binding name") => 404,
            (500, _) => 200,
            (other, _) => other,
        };
        (path, status)
    });
    Answer {
        listed: row.listed.iter().map(|name| expand(name)).collect(),
        messages,
        answers: answers.collect(),
    }
}

fn ours<'a>(index: &Index, paths: impl Iterator<Item = &'a String>) -> Answer {
    let functions = index.functions.iter();
    let table = RouteTable::new(
        "api",
        functions
            .clone()
            .filter(|function| function.http().is_some())
            .map(|function| (&*function.name, function.route(), function.methods())),
    )
    .unwrap();
    let answers = paths.map(|path| {
        let found = table.find(&http::Method::GET, path).unwrap();
        let status = match (&index.fatal, found) {
            (Some(_), _) => 503,
            (None, Some(_)) => 200,
            (None, None) => 404,
        };
        (path.clone(), status)
    });
    let errors = index.errors.iter();
    let listed = functions.map(|function| function.name.clone()).chain(
        errors
            .clone()
            .filter(|error| error.listed)
            .map(|error| error.function.clone()),
    );
    Answer {
        listed: listed.collect(),
        messages: errors.map(|error| error.message.clone()).collect(),
        answers: answers.collect(),
    }
}

/// The functions of a row. The rows with long names, and those about the name itself, do not spell them out.
fn functions(row: &Row) -> Vec<Metadata> {
    let name = row.name.as_str().map(expand);
    let http = |function: &str, input: &str, output: &str, route: Option<&str>| {
        let mut trigger = json!({
            "type": "httpTrigger", "direction": "in", "name": input, "authLevel": "anonymous",
        });
        if let Some(route) = route {
            trigger["route"] = json!(route);
        }
        let output = json!({ "type": "http", "direction": "out", "name": output });
        Metadata {
            name: function.to_owned(),
            id: None,
            script: None,
            props: BTreeMap::new(),
            status: None,
            retry: None,
            bindings: vec![trigger, output],
        }
    };
    let name = name.as_deref().unwrap_or_default();
    vec![match (&row.functions, row.kind.as_str()) {
        (Some(functions), _) => return functions.clone(),
        (None, "function name") => http(name, "req", "$return", Some("n")),
        (None, "function name, no route") => http(name, "req", "$return", None),
        (None, "trigger binding name") => http("f", name, "$return", Some("n")),
        (None, "http output binding name") => http("f", "req", name, Some("n")),
        (None, kind) => panic!("`{kind}` has no functions"),
    }]
}

/// `'a'*129` and `<126 a>` stand for many letters.
fn expand(text: &str) -> String {
    match text.strip_prefix("'a'*") {
        Some(count) => "a".repeat(count.parse().unwrap()),
        None => text.replace("<126 a>", &"a".repeat(126)),
    }
}

impl Metadata {
    fn into_rpc(self) -> RpcFunctionMetadata {
        let status = self.status.map(|status| StatusResult {
            status: Status::Failure.into(),
            exception: Some(RpcException {
                message: status["exception"]["message"].as_str().unwrap().to_owned(),
                ..RpcException::default()
            }),
            ..StatusResult::default()
        });
        RpcFunctionMetadata {
            function_id: self.id.unwrap_or_else(|| format!("id-{}", self.name)),
            script_file: self.script.unwrap_or_else(|| "app".to_owned()),
            raw_bindings: self
                .bindings
                .iter()
                .map(|binding| match binding {
                    Value::String(raw) => raw.clone(),
                    object => object.to_string(),
                })
                .collect(),
            name: self.name,
            properties: self.props.into_iter().collect(),
            retry_options: self.retry.map(|retry| RpcRetryOptions {
                max_retry_count: retry.max_retry_count,
                ..RpcRetryOptions::default()
            }),
            status,
            ..RpcFunctionMetadata::default()
        }
    }
}

#[derive(Deserialize)]
struct Rejection {
    metadata: Metadata,
    host_says: String,
}

/// One app with thirteen bad functions and a good one, which goes on working.
#[test]
fn rejections() {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("data/transcripts/metadata-rejections.jsonl");
    let text = std::fs::read_to_string(path).unwrap();
    let rejections: Vec<Rejection> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let recorded: Vec<(String, String)> = rejections
        .iter()
        .map(|row| (row.metadata.name.clone(), row.host_says.clone()))
        .collect();
    let echo = json!({
        "name": "echo",
        "bindings": [{ "type": "httpTrigger", "direction": "in", "name": "req", "route": "echo" }],
    });
    let good: Metadata = serde_json::from_value(echo).unwrap();
    let apps = [good]
        .into_iter()
        .chain(rejections.into_iter().map(|row| row.metadata));
    let index = index(apps.map(Metadata::into_rpc).collect());

    let accepted: Vec<&str> = index
        .functions
        .iter()
        .map(|function| &*function.name)
        .collect();
    assert_eq!(accepted, ["echo", "unknownext"]);
    assert_eq!(index.fatal, None);

    let mut outcome = Outcome::new();
    for (name, said) in recorded {
        let ours = index.errors.iter().find(|error| error.function == name);
        let ours = ours.map(|error| error.message.as_str()).unwrap_or_default();
        let difference = (ours != said).then(|| format!("recorded {said:?}, ours {ours:?}"));
        outcome.case(name, difference);
    }
    outcome.finish(&[("badjson", OWN_WORDS), ("unknownext", NOT_EMULATED)]);
}
