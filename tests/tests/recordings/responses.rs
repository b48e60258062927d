//! Each recorded answer of a worker, and the HTTP response that the host made of it.

use std::collections::BTreeMap;

use azure_functions_host::wire::{
    Answer,
    response::{HttpOutput, http_response},
};
use azure_functions_tests::recording::{Difference, Outcome, rows};
use cookie::Cookie;
use http::HeaderMap;
use serde::Deserialize;

use crate::transcript::{Invocation, invocations};

/// Where the real host sends a broken message, or one that the status makes into another.
const DIFFERENCES: &[Difference] = &[
    (
        "/api/x?do=status&c=0",
        "the real host sends no valid status line; ours answers 500",
    ),
    (
        "/api/x?do=status&c=-5",
        "the real host sends no valid status line; ours answers 500",
    ),
    (
        "/api/x?do=status&c=1000",
        "the real host sends no valid status line; ours answers 500",
    ),
    (
        "/api/x?do=status&c=100",
        "the real host sends 100 as the last answer; ours answers 500",
    ),
    (
        "/api/x?do=emptyhdr",
        "the real host passes on a wrong length and transfer coding; ours leaves both to the server",
    ),
];

/// What curl printed: the status line, the headers, the lines of the body.
#[derive(Deserialize)]
struct Printed {
    request: String,
    client: Vec<String>,
}

/// What a client of Node.js saw.
#[derive(Deserialize)]
struct Seen {
    call: String,
    #[serde(default)]
    status: Option<u16>,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    #[serde(default)]
    body: String,
}

/// A response as far as it can be compared.
#[derive(Debug, Default, PartialEq)]
struct Response {
    status: u16,
    headers: BTreeMap<String, String>,
    /// The attributes of each cookie, sorted, in lower case.
    cookies: Vec<Vec<String>>,
    body: Vec<u8>,
}

#[test]
fn responses() {
    let mut outcome = Outcome::new();
    let invocations = invocations("responses.jsonl");
    for printed in rows::<Printed>("transcripts/responses.client.jsonl") {
        let found = invocations
            .iter()
            .find(|invocation| invocation.target() == printed.request.split(' ').next());
        let invocation = found.unwrap_or_else(|| panic!("{} was not invoked", printed.request));
        let difference = difference(invocation, &from_curl(&printed.client));
        outcome.case(printed.request, difference);
    }
    outcome.finish(DIFFERENCES);
}

#[test]
fn responses_of_a_worker_without_capabilities() {
    let mut outcome = Outcome::new();
    let invocations = invocations("http-none.jsonl");
    for seen in rows::<Seen>("transcripts/http-none.client.jsonl") {
        let target = seen.call.strip_prefix("GET ").unwrap_or_default();
        let found = invocations
            .iter()
            .find(|invocation| invocation.target() == Some(target));
        if let (Some(invocation), Some(status)) = (found, seen.status) {
            let expected = from_node(&seen, status);
            outcome.case(seen.call.clone(), difference(invocation, &expected));
        }
    }
    outcome.finish(&[]);
}

fn difference(invocation: &Invocation, expected: &Response) -> Option<String> {
    let response = invocation.response.clone().expect("the worker answered");
    let binding = invocation.bindings_of("http").next();
    let output = match binding.and_then(|binding| binding["name"].as_str()) {
        Some(name) => HttpOutput::Binding(name),
        None => HttpOutput::None,
    };
    let has_return = invocation
        .bindings
        .iter()
        .any(|binding| binding["name"] == "$return");
    let answer = Answer::read(response, has_return).map_err(Into::into);
    let response = answer.and_then(|answer| http_response(&answer, output));
    let ours = match response {
        Ok(response) => Response {
            status: response.status().as_u16(),
            headers: headers(response.headers()),
            cookies: response
                .headers()
                .get_all("set-cookie")
                .iter()
                .map(|value| attributes(value.to_str().expect("ASCII")))
                .collect(),
            body: response.body().to_vec(),
        },
        Err(_) => Response {
            status: 500,
            ..Response::default()
        },
    };
    (ours != *expected).then(|| format!("{ours:?}\n  is not {expected:?}"))
}

fn headers(headers: &HeaderMap) -> BTreeMap<String, String> {
    let headers = headers.iter().filter(|(name, _)| *name != "set-cookie");
    headers
        .map(|(name, value)| {
            let value = value.to_str().expect("ASCII");
            (name.to_string(), value.to_owned())
        })
        .collect()
}

fn attributes(text: &str) -> Vec<String> {
    // The reader and this test are of one mind about what a cookie is.
    Cookie::parse(text).expect("a cookie");
    let mut parts = text.split("; ");
    let pair = parts.next().unwrap_or_default().to_owned();
    let mut attributes: Vec<_> = parts.map(str::to_ascii_lowercase).collect();
    attributes.sort();
    attributes.insert(0, pair);
    attributes
}

/// Whether a header is about the connection, which is the business of the server below the host.
fn is_framing(name: &str, value: &str) -> bool {
    match name {
        "connection" | "content-length" => value == "close" || value == "0",
        "transfer-encoding" => value == "chunked",
        _ => false,
    }
}

fn from_curl(lines: &[String]) -> Response {
    let mut response = Response::default();
    let Some((status, lines)) = lines.split_first() else {
        return response;
    };
    let status = status.split(' ').nth(1).expect("a status line");
    response.status = status.parse().expect("a number");
    let mut body = Vec::new();
    // Nothing separates the headers from the body: the first line that can be no header begins it.
    for line in lines {
        match line.split_once(": ") {
            Some((name, value)) if body.is_empty() && !name.contains(['"', ' ']) => {
                let name = name.to_ascii_lowercase();
                if name == "set-cookie" {
                    response.cookies.push(attributes(value));
                } else if !is_framing(&name, value) {
                    response.headers.insert(name, value.to_owned());
                }
            }
            _ => body.push(line.as_str()),
        }
    }
    response.body = body.join("\n").into_bytes();
    // A right length is the business of the server below the host.
    let length = response.body.len().to_string();
    if response.headers.get("content-length") == Some(&length) {
        response.headers.remove("content-length");
    }
    response
}

fn from_node(seen: &Seen, status: u16) -> Response {
    let mut response = Response {
        status,
        // The recorder read each byte as a character.
        body: seen
            .body
            .chars()
            .filter_map(|letter| u8::try_from(letter).ok())
            .collect(),
        ..Response::default()
    };
    for (name, value) in &seen.headers {
        if name == "set-cookie" {
            response.cookies.push(attributes(value));
        } else if name != "content-length" && !is_framing(name, value) {
            response.headers.insert(name.clone(), value.clone());
        }
    }
    response
}
