//! Each recorded HTTP request, and the invocation that the host made of it.

use std::collections::{BTreeMap, HashMap};

use azure_functions_host::wire::request::HttpRequest;
use azure_functions_shared::rpc::{Data, RpcHttp, TypedData};
use azure_functions_tests::recording::{Outcome, rows};
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Request, header, request::Parts};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::transcript::{Invocation, invocations};

const TRANSCRIPTS: &[&str] = &[
    "http-none.jsonl",
    "http-all.jsonl",
    "outputs.jsonl",
    "responses.jsonl",
    "storage.jsonl",
    "trace.jsonl",
];

/// A call of curl: the target, then options.
#[derive(Deserialize)]
struct Call {
    request: String,
}

#[test]
fn requests() {
    let mut outcome = Outcome::new();
    for file in TRANSCRIPTS {
        let invocations = invocations(file);
        let calls = match *file {
            "responses.jsonl" => rows::<Call>("transcripts/requests.client.jsonl"),
            _ => Vec::new(),
        };
        // The calls stand at the end of the transcript.
        let first_call = invocations.len() - calls.len();
        for (at, invocation) in invocations.iter().enumerate() {
            let call = at
                .checked_sub(first_call)
                .map(|at| calls[at].request.as_str());
            if let (Some(http), Some(target)) = (invocation.http(), invocation.target()) {
                let target = call.unwrap_or(target);
                outcome.case(
                    format!("{file}: {target}"),
                    difference(invocation, http, call),
                );
            }
        }
    }
    outcome.finish(&[]);
}

fn difference(invocation: &Invocation, recorded: &RpcHttp, call: Option<&str>) -> Option<String> {
    let parts = parts(recorded, call);
    let body = body(recorded);
    let route_values: Vec<_> = texts(&recorded.params, &recorded.nullable_params)
        .into_iter()
        .collect();
    let request = HttpRequest {
        parts: &parts,
        body: &body,
        route_values: &route_values,
        scheme: "http",
    };
    let (binding, _) = invocation.input(0);
    let ours = request.to_rpc(invocation.capabilities);
    if ours != *recorded {
        return Some(format!("{ours:?}\n  is not {recorded:?}"));
    }
    let ours = comparable(&request.trigger_metadata(binding, invocation.capabilities));
    let recorded = comparable(&invocation.request.trigger_metadata);
    (ours != recorded).then(|| format!("{ours:?}\n  is not {recorded:?}"))
}

/// The request that led to the recorded one, with the headers of the call where they are known.
fn parts(recorded: &RpcHttp, call: Option<&str>) -> Parts {
    let (_, rest) = recorded.url.split_once("://").expect("an absolute URL");
    let target = rest.get(rest.find('/').expect("a path")..).expect("a path");
    let mut request = Request::builder().method(&*recorded.method).uri(target);
    let headers = request.headers_mut().expect("a method and a target");
    for (name, value) in texts(&recorded.headers, &recorded.nullable_headers) {
        headers.insert(
            HeaderName::try_from(name).expect("a name"),
            HeaderValue::try_from(value.into_bytes()).expect("a value"),
        );
    }
    let options = call.into_iter().flat_map(|call| call.split(" -").skip(1));
    let given: Vec<_> = options
        .filter_map(|option| option.strip_prefix("H "))
        .filter_map(|header| match header.split_once(": ") {
            Some((name, value)) => Some((name, value)),
            None => header.strip_suffix(';').map(|name| (name, "")),
        })
        .map(|(name, value)| (name.to_ascii_lowercase(), value))
        .collect();
    for (name, _) in &given {
        headers.remove(name);
    }
    for (name, value) in given {
        let name = HeaderName::try_from(name).expect("a name");
        headers.append(
            name,
            HeaderValue::from_bytes(value.as_bytes()).expect("a value"),
        );
    }
    request.body(()).expect("a request").into_parts().0
}

/// The body that was sent, as far as the recorded request shows it.
fn body(recorded: &RpcHttp) -> Bytes {
    let shown = [&recorded.body, &recorded.raw_body];
    let mut shown = shown
        .into_iter()
        .flatten()
        .rev()
        .map(|data| data.data.clone());
    let bytes = shown.clone().find_map(|data| match data {
        Some(Data::Bytes(bytes)) => Some(bytes),
        _ => None,
    });
    let text = || {
        shown.find_map(|data| match data {
            Some(Data::String(text)) => Some(text.into()),
            _ => None,
        })
    };
    bytes.or_else(text).unwrap_or_default()
}

fn texts(
    plain: &HashMap<String, String>,
    nullable: &HashMap<String, azure_functions_shared::rpc::NullableString>,
) -> HashMap<String, String> {
    let nullable = nullable.iter().map(|(name, text)| {
        let text = text.clone().into_option();
        (name.clone(), text.expect("no text of a request is null"))
    });
    let plain = plain
        .iter()
        .map(|(name, text)| (name.clone(), text.clone()));
    plain.chain(nullable).collect()
}

/// Trigger metadata with its JSON read.
///
/// The server below the embedded host gives names of headers in lower case, but for those that everybody knows; the
/// real one keeps the case in which other names were sent. Case means nothing in HTTP, so such names are lowered here.
fn comparable(metadata: &HashMap<String, TypedData>) -> BTreeMap<String, Value> {
    let entries = metadata.iter().map(|(name, data)| {
        let value = match &data.data {
            Some(Data::Json(text)) => {
                let mut json: Value = serde_json::from_str(text).expect("JSON");
                if let (Value::Object(headers), "Headers") = (&mut json, name.as_str()) {
                    *headers = std::mem::take(headers)
                        .into_iter()
                        .map(|(name, value)| (unknown_lowered(name), value))
                        .collect();
                }
                json!({ "json": json })
            }
            Some(Data::String(text)) => json!({ "string": text }),
            // The request itself, which is compared as the value of the trigger.
            Some(Data::Http(http)) => json!({ "http": http.url, "method": http.method }),
            other => panic!("`{name}` is {other:?}"),
        };
        (name.clone(), value)
    });
    entries.collect()
}

fn unknown_lowered(name: String) -> String {
    const KNOWN: &[HeaderName] = &[
        header::ACCEPT,
        header::ACCEPT_ENCODING,
        header::ACCEPT_LANGUAGE,
        header::AUTHORIZATION,
        header::CONNECTION,
        header::CONTENT_LENGTH,
        header::CONTENT_TYPE,
        header::COOKIE,
        header::HOST,
        header::TRANSFER_ENCODING,
        header::USER_AGENT,
    ];
    let known = KNOWN
        .iter()
        .any(|known| name.eq_ignore_ascii_case(known.as_str()));
    if known {
        name
    } else {
        name.to_ascii_lowercase()
    }
}
