//! A host that misbehaves.

mod bad_input;
mod calls;
#[path = "../../../src/bin/fault_app/functions.rs"]
mod functions;
mod play;
mod properties;
mod script;
mod terminate;
mod worker;

use azure_functions_shared::rpc::{
    Content, Data, InvocationRequest, ParameterBinding, RpcHttp, parameter_binding::RpcData,
};

/// A call of a function of the fault app with its label.
fn call(id: &str, function: &str, label: &str) -> Content {
    let text = Data::String(label.to_owned());
    let streams = ["streams", "breaks_off", "stuck_stream"];
    let (name, data) = if streams.contains(&function) {
        let http = RpcHttp {
            method: "POST".to_owned(),
            url: "http://localhost/api/x".to_owned(),
            body: Some(Box::new(text.into())),
            ..RpcHttp::default()
        };
        ("request", Data::Http(Box::new(http)))
    } else {
        ("message", text)
    };
    Content::InvocationRequest(InvocationRequest {
        invocation_id: id.to_owned(),
        function_id: function.to_owned(),
        input_data: vec![ParameterBinding {
            name: name.to_owned(),
            rpc_data: Some(RpcData::Data(data.into())),
        }],
        ..InvocationRequest::default()
    })
}
