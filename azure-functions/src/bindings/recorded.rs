//! What a real host sent, for the tests of the bindings.

use std::path::Path;

use azure_functions_shared::rpc::{Content, StreamingMessage};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use prost::Message as _;
use serde::Deserialize;

use crate::{Data, Trigger};

/// One value, and what the host said of the trigger.
#[derive(Debug)]
pub(crate) struct Recorded {
    pub(crate) data: Data,
    pub(crate) trigger: Trigger,
}

#[derive(Deserialize)]
struct Line {
    dir: String,
    wire: Option<String>,
}

/// The values of the binding called `binding` in all invocations of functions whose id contains `function`.
pub(crate) fn inputs(file: &str, function: &str, binding: &str) -> Vec<Recorded> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../tests/data/transcripts")
        .join(file);
    let text = std::fs::read_to_string(&path)
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let found: Vec<_> = text
        .lines()
        .filter_map(|line| serde_json::from_str::<Line>(line).ok())
        .filter(|line| line.dir == "in")
        .filter_map(|line| line.wire)
        .filter_map(|wire| {
            let bytes = STANDARD.decode(wire).unwrap();
            match StreamingMessage::decode(bytes.as_slice()).unwrap().content {
                Some(Content::InvocationRequest(request)) => Some(request),
                _ => None,
            }
        })
        .filter(|request| request.function_id.contains(function))
        .flat_map(|request| {
            let trigger: Trigger = request
                .trigger_metadata
                .into_iter()
                .map(|(name, data)| (name, Data::from_wire(&data)))
                .collect();
            request
                .input_data
                .into_iter()
                .filter(move |input| input.name == binding)
                .map(move |input| Recorded {
                    data: wire(input.rpc_data),
                    trigger: trigger.clone(),
                })
        })
        .collect();
    assert!(
        !found.is_empty(),
        "{file} has no `{binding}` of `{function}`"
    );
    found
}

fn wire(data: Option<azure_functions_shared::rpc::parameter_binding::RpcData>) -> Data {
    use azure_functions_shared::rpc::parameter_binding::RpcData;
    match data {
        Some(RpcData::Data(data)) => Data::from_wire(&data),
        _ => Data::none(),
    }
}
