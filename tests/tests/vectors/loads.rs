//! The load requests that a real host made of the functions that a worker answered.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a recording that reads otherwise is a failure"
)]

use std::{collections::HashMap, path::Path};

use azure_functions_host::functions::{Function, index};
use azure_functions_shared::rpc::{
    RpcFunctionMetadata,
    binding_info::{DataType, Direction},
};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::support::Outcome;

#[derive(Deserialize)]
struct Line {
    #[serde(default)]
    json: Option<Message>,
}

#[derive(Default, Deserialize)]
struct Message {
    function_metadata_response: Option<Response>,
    function_load_request: Option<Value>,
}

#[derive(Deserialize)]
struct Response {
    #[serde(default)]
    function_metadata_results: Vec<Metadata>,
}

#[derive(Deserialize)]
struct Metadata {
    name: String,
    function_id: String,
    script_file: String,
    entry_point: String,
    raw_bindings: Vec<String>,
}

#[test]
fn loads() {
    let mut outcome = Outcome::new();
    for file in ["storage", "http-all", "outputs", "responses"] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("data/transcripts")
            .join(file)
            .with_extension("jsonl");
        let text = std::fs::read_to_string(path).unwrap();
        let mut functions = HashMap::new();
        for line in text.lines() {
            let message = serde_json::from_str::<Line>(line).unwrap().json;
            let message = message.unwrap_or_default();
            let results = message.function_metadata_response.into_iter();
            let results = results.flat_map(|response| response.function_metadata_results);
            for function in index(results.map(Metadata::into_rpc).collect()).functions {
                functions.insert(function.id.clone(), function);
            }
            if let Some(recorded) = message.function_load_request {
                let id = recorded["function_id"].as_str().unwrap();
                let ours = functions.get(id).map(|function| load_request(function));
                let difference = (ours.as_ref() != Some(&recorded))
                    .then(|| format!("recorded {recorded}, ours {ours:?}"));
                outcome.case(format!("{file} {id}"), difference);
            }
        }
    }
    outcome.finish(&[]);
}

/// The request as a recording shows it: without what has its default value.
fn load_request(function: &Function) -> Value {
    let request = function.load_request();
    let metadata = request.metadata.unwrap();
    let mut bindings = Map::new();
    for (name, info) in metadata.bindings {
        let mut binding = json!({ "type": info.r#type });
        if info.direction() != Direction::In {
            binding["direction"] = json!(info.direction().as_str_name());
        }
        if info.data_type() != DataType::Undefined {
            binding["data_type"] = json!(info.data_type().as_str_name());
        }
        bindings.insert(name, binding);
    }
    json!({
        "function_id": request.function_id,
        "metadata": {
            "name": metadata.name,
            "script_file": metadata.script_file,
            "entry_point": metadata.entry_point,
            "bindings": bindings,
            "properties": metadata.properties,
        },
    })
}

impl Metadata {
    fn into_rpc(self) -> RpcFunctionMetadata {
        RpcFunctionMetadata {
            name: self.name,
            function_id: self.function_id,
            script_file: self.script_file,
            entry_point: self.entry_point,
            raw_bindings: self.raw_bindings,
            ..RpcFunctionMetadata::default()
        }
    }
}
