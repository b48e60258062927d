//! What our worker heard, against what one of the real host heard.

use std::{collections::HashMap, path::Path};

use azure_functions_shared::rpc::{Content, FunctionLoadRequest, StreamingMessage};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use prost::Message as _;
use serde_json::{Value, json};

use crate::{
    client::get,
    support::{Setup, soon},
};

/// The messages of a recording, with their directions.
fn recording(file: &str) -> Vec<(String, Content)> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("data/transcripts")
        .join(file);
    let text = std::fs::read_to_string(path).unwrap();
    let rows = text
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap());
    rows.filter_map(|row| {
        let wire = BASE64_STANDARD.decode(row["wire"].as_str()?).unwrap();
        let message = StreamingMessage::decode(wire.as_slice()).unwrap();
        Some((row["dir"].as_str()?.to_owned(), message.content?))
    })
    .collect()
}

/// The functions that the worker of a recording listed, as the script of ours.
fn functions(recording: &[(String, Content)]) -> Vec<Value> {
    let listed = recording.iter().find_map(|(_, content)| match content {
        Content::FunctionMetadataResponse(response) => Some(&response.function_metadata_results),
        _ => None,
    });
    let script = listed.unwrap().iter().map(|function| {
        let bindings = function.raw_bindings.iter();
        let bindings: Vec<Value> = bindings
            .map(|json| serde_json::from_str(json).unwrap())
            .collect();
        json!({ "name": function.name, "bindings": bindings })
    });
    script.collect()
}

/// What a host said, without what differs from one start to the next, and without calls.
fn said(messages: impl IntoIterator<Item = (String, Content)>) -> Vec<Content> {
    let heard = messages
        .into_iter()
        .filter(|(direction, _)| direction == "in");
    let contents = heard.filter_map(|(_, content)| match content {
        Content::WorkerInitRequest(mut request) => {
            request.worker_directory.clear();
            assert!(!request.function_app_directory.is_empty());
            request.function_app_directory.clear();
            // Ours takes one stream of a worker.
            request.capabilities.remove("MultiStream");
            Some(Content::WorkerInitRequest(request))
        }
        Content::FunctionsMetadataRequest(mut request) => {
            request.function_app_directory.clear();
            Some(Content::FunctionsMetadataRequest(request))
        }
        Content::InvocationRequest(_) | Content::InvocationCancel(_) => None,
        other => Some(other),
    });
    contents.collect()
}

#[tokio::test]
async fn a_worker_hears_the_same_from_start_to_end() {
    let theirs = recording("terminate.jsonl");
    let app = Setup::new(&functions(&theirs)).start().await;
    assert_eq!(get(app.host.address(), "/api/echo").await.status, 200);
    let host = app.host;
    let folder = app.folder;
    soon(host.stop()).await.unwrap();
    let ours = crate::support::record(folder.path());
    let ours = ours
        .into_iter()
        .filter_map(|(direction, message)| Some((direction, message.content?)));
    assert_eq!(said(ours), said(theirs));
}

#[tokio::test]
async fn the_second_worker_hears_the_same_too() {
    let theirs = recording("restart.jsonl");
    let mut functions = functions(&theirs);
    functions.push(crate::support::http("crash"));
    let app = Setup::new(&functions).start().await;
    let address = app.host.address();
    assert_eq!(get(address, "/api/crash").await.status, 500);
    assert_eq!(get(address, "/api/echo").await.status, 200);
    let ours = app.record();
    let ours = ours
        .into_iter()
        .filter_map(|(direction, message)| Some((direction, message.content?)));
    let second = |messages: Vec<Content>| {
        let start = messages
            .iter()
            .rposition(|content| matches!(content, Content::WorkerInitRequest(_)));
        let after = messages.into_iter().skip(start.unwrap() + 1);
        let loads = after.filter_map(|content| match content {
            Content::FunctionLoadRequest(request) => Some((request.function_id.clone(), request)),
            Content::FunctionsMetadataRequest(_) => panic!("it is asked for its functions again"),
            _ => None,
        });
        let mut loads: HashMap<String, FunctionLoadRequest> = loads.collect();
        loads.remove("id-crash");
        loads
    };
    assert_eq!(second(said(ours)), second(said(theirs)));
}
