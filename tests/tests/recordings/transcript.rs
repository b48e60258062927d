//! Reading a transcript: the messages of a stream, and the functions that the worker announced.

use std::collections::HashMap;

use azure_functions_host::wire::Capabilities;
use azure_functions_shared::rpc::{
    Content, Data, InvocationRequest, InvocationResponse, ParameterBinding, RpcHttp,
    StreamingMessage, TypedData, parameter_binding::RpcData,
};
use azure_functions_tests::recording::rows;
use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use prost::Message as _;
use serde::Deserialize;
use serde_json::Value;

/// A line of a transcript.
#[derive(Deserialize)]
pub(crate) struct Line {
    /// The message as the recorder printed it; absent on a line that is no message.
    #[serde(default)]
    pub(crate) json: Option<Value>,
    /// The message in base64; absent if it was too long.
    #[serde(default)]
    pub(crate) wire: Option<String>,
}

impl Line {
    pub(crate) fn bytes(&self) -> Option<Vec<u8>> {
        let wire = self.wire.as_ref()?;
        Some(BASE64.decode(wire).expect("base64"))
    }
}

/// An invocation with what the worker announced about it before.
pub(crate) struct Invocation {
    pub(crate) request: InvocationRequest,
    /// The first answer with the right id.
    pub(crate) response: Option<InvocationResponse>,
    /// The bindings of the function.
    pub(crate) bindings: Vec<Value>,
    pub(crate) capabilities: Capabilities,
}

/// The invocations of a transcript in order.
pub(crate) fn invocations(file: &str) -> Vec<Invocation> {
    let mut capabilities = Capabilities::default();
    let mut functions: HashMap<String, Vec<Value>> = HashMap::new();
    let mut invocations: Vec<Invocation> = Vec::new();
    for line in rows::<Line>(&format!("transcripts/{file}")) {
        // The list of functions is too long to have its bytes in the transcript.
        let functions_of = |json: &Value| {
            let results = &json["function_metadata_response"]["function_metadata_results"];
            results.as_array().cloned()
        };
        for function in line
            .json
            .as_ref()
            .and_then(functions_of)
            .unwrap_or_default()
        {
            let id = function["function_id"].as_str().expect("an id");
            let bindings = function["raw_bindings"].as_array().expect("bindings");
            let bindings = bindings
                .iter()
                .map(|text| serde_json::from_str(text.as_str().expect("a text")).expect("JSON"));
            functions.insert(id.to_owned(), bindings.collect());
        }
        let Some(bytes) = line.bytes() else {
            continue;
        };
        let message = StreamingMessage::decode(&bytes[..]).expect("a message of the protocol");
        let Some(content) = message.content else {
            continue;
        };
        match content {
            Content::WorkerInitResponse(response) => {
                capabilities = Capabilities::new(&response.capabilities);
            }
            Content::InvocationRequest(request) => invocations.push(Invocation {
                bindings: functions
                    .get(&request.function_id)
                    .cloned()
                    .unwrap_or_default(),
                request,
                response: None,
                capabilities,
            }),
            Content::InvocationResponse(response) => {
                let asked = invocations
                    .iter_mut()
                    .rfind(|asked| asked.request.invocation_id == response.invocation_id);
                if let Some(asked) = asked {
                    asked.response.get_or_insert(response);
                }
            }
            _ => (),
        }
    }
    invocations
}

impl Invocation {
    /// The name and the value of an input, the trigger being the first.
    pub(crate) fn input(&self, at: usize) -> (&str, &TypedData) {
        let ParameterBinding { name, rpc_data } = &self.request.input_data[at];
        match rpc_data {
            Some(RpcData::Data(data)) => (name, data),
            _ => panic!("the input `{name}` has no data"),
        }
    }

    /// The request, if the trigger is HTTP.
    pub(crate) fn http(&self) -> Option<&RpcHttp> {
        match &self.input(0).1.data {
            Some(Data::Http(http)) => Some(http),
            _ => None,
        }
    }

    /// The path and query of the request, if the trigger is HTTP.
    pub(crate) fn target(&self) -> Option<&str> {
        let (_, rest) = self.http()?.url.split_once("://")?;
        rest.get(rest.find('/')?..)
    }

    /// The bindings of one type.
    pub(crate) fn bindings_of<'i>(
        &'i self,
        binding_type: &'i str,
    ) -> impl Iterator<Item = &'i Value> {
        let bindings = self.bindings.iter();
        bindings.filter(move |binding| binding["type"] == binding_type)
    }
}
