//! `host.json`: which files are refused, and where the routes then are.

use std::{collections::HashMap, fs};

use azure_functions_host::config::HostJson;
use serde::Deserialize;

use crate::support::{Difference, Outcome, rows};

/// What the embedded host does on purpose in another way.
const DIFFERENCES: &[Difference] = &[
    (
        "missing file",
        "the recording host had no network to fetch the default bundle; ours needs none",
    ),
    (
        "missing file, no Development",
        "the recording host had no network to fetch the default bundle; ours needs none",
    ),
    (
        "bundle",
        "the recording host had no network to fetch the bundle; ours needs none",
    ),
    (
        "singleton bad",
        "the embedded host runs alone and takes no locks",
    ),
    ("aggregator bad", "the embedded host aggregates no metrics"),
];

#[derive(Deserialize)]
struct Row {
    case: String,
    /// Absent where the row is about something else than a file.
    #[serde(default)]
    host_state: Option<State>,
    #[serde(default)]
    host_json: Option<File>,
    #[serde(default)]
    env: HashMap<String, String>,
    #[serde(default)]
    answers: Vec<Answer>,
}

#[derive(Deserialize, PartialEq)]
enum State {
    #[serde(rename = "started")]
    Started,
    #[serde(rename = "startup error")]
    StartupError,
    #[serde(rename = "not started")]
    NotStarted,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum File {
    Text(String),
    /// Bytes that are no UTF-8, one for each character.
    Bytes {
        latin1: String,
    },
}

#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    path: String,
    #[serde(default)]
    matched: Option<String>,
}

#[test]
fn host_json() {
    let mut outcome = Outcome::new();
    for row in rows::<Row>("host-json-http.jsonl") {
        if let Some(state) = &row.host_state {
            outcome.case(row.case.clone(), difference(&row, state));
        }
    }
    outcome.finish(DIFFERENCES);
}

fn difference(row: &Row, state: &State) -> Option<String> {
    let folder = tempfile::tempdir().expect("a folder for the file");
    let file = folder.path().join("host.json");
    let bytes = match &row.host_json {
        None => None,
        Some(File::Text(text)) => Some(text.clone().into_bytes()),
        Some(File::Bytes { latin1 }) => {
            let bytes: Result<_, _> = latin1.chars().map(u8::try_from).collect();
            Some(bytes.expect("one byte for each character"))
        }
    };
    if let Some(bytes) = bytes {
        fs::write(file, bytes).expect("the file can be written");
    }
    let environment = row
        .env
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()));
    match (
        HostJson::read(folder.path(), environment),
        *state == State::Started,
    ) {
        (Ok(read), true) => wrong_prefix(row, &read.http.route_prefix),
        (Err(_), false) => None,
        (Ok(_), false) => Some("the real host refuses it".to_owned()),
        (Err(error), true) => Some(format!("the real host takes it, but ours says {error}")),
    }
}

/// Compares the prefix with the paths under which the function `echo` was reached, and those where it was not.
fn wrong_prefix(row: &Row, prefix: &str) -> Option<String> {
    if prefix.contains('{') {
        return None;
    }
    let slash = if prefix.is_empty() { "" } else { "/" };
    let expected = format!("/{prefix}{slash}echo").to_lowercase();
    row.answers.iter().find_map(|answer| {
        let path = percent_encoding::percent_decode_str(&answer.path)
            .decode_utf8_lossy()
            .to_lowercase();
        let reached = answer.matched.as_deref() == Some("echo");
        (reached && path != expected)
            .then(|| format!("`{path}` is reached, but ours is `{expected}`"))
    })
}
