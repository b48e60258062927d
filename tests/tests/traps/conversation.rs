//! One question of the host, and the worker's answer to it.

use std::collections::HashMap;

use azure_functions::App;
use azure_functions_shared::rpc::{
    Content, Data, FunctionsMetadataRequest, InvocationRequest, InvocationResponse,
    ParameterBinding, RpcFunctionMetadata, RpcHttp, StatusResult, TypedData, WorkerInitRequest,
    parameter_binding::RpcData, status_result::Status,
};
use serde_json::Value;

use crate::{functions, host::Host};

/// Calls a function with one input, which is its trigger.
pub(crate) async fn call(
    function: &str,
    parameter: &str,
    data: Data,
    metadata: &[(&str, Data)],
) -> InvocationResponse {
    call_with(function, &[(parameter, data)], metadata).await
}

/// Calls a function with its inputs.
pub(crate) async fn call_with(
    function: &str,
    inputs: &[(&str, Data)],
    metadata: &[(&str, Data)],
) -> InvocationResponse {
    let mut host = Host::initialized(App::with_functions(functions::all())).await;
    let input = |(name, data): &(&str, Data)| ParameterBinding {
        name: (*name).to_owned(),
        rpc_data: Some(RpcData::Data(data.clone().into())),
    };
    let entry = |(name, data): &(&str, Data)| ((*name).to_owned(), data.clone().into());
    host.send(Content::InvocationRequest(InvocationRequest {
        invocation_id: "1".to_owned(),
        function_id: function.to_owned(),
        input_data: inputs.iter().map(input).collect(),
        trigger_metadata: metadata.iter().map(entry).collect(),
        ..InvocationRequest::default()
    }))
    .await;
    host.response().await
}

/// Calls a function of HTTP.
pub(crate) async fn request(function: &str, http: RpcHttp) -> RpcHttp {
    let http = RpcHttp {
        method: "POST".to_owned(),
        ..http
    };
    let parameter = if function == "order" {
        "order"
    } else {
        "request"
    };
    let response = call(function, parameter, Data::Http(Box::new(http)), &[]).await;
    match value(&response, "$return") {
        Some(Data::Http(http)) => *http,
        other => panic!("{other:?} {:?}", response.result),
    }
}

/// What a function gave to one of its outputs.
pub(crate) fn value(response: &InvocationResponse, output: &str) -> Option<Data> {
    if output == "$return" {
        return response.return_value.clone()?.data;
    }
    let mut outputs = response.output_data.iter();
    match outputs
        .find(|binding| binding.name == output)?
        .rpc_data
        .clone()
    {
        Some(RpcData::Data(TypedData { data })) => data,
        _ => None,
    }
}

/// The JSON that a function returned.
pub(crate) fn json(response: &InvocationResponse) -> Value {
    match response.return_value.clone().and_then(|value| value.data) {
        Some(Data::Bytes(bytes)) => serde_json::from_slice(&bytes).unwrap(),
        other => panic!("{other:?} {:?}", response.result),
    }
}

/// Why a call failed.
pub(crate) fn failure(response: InvocationResponse) -> String {
    let result: StatusResult = response.result.unwrap();
    assert_eq!(result.status(), Status::Failure);
    result.exception.unwrap().message
}

/// What the worker says of all functions: the names, and the JSON of each binding.
pub(crate) async fn metadata() -> Vec<(String, Vec<Value>)> {
    let mut host = Host::initialized(App::with_functions(functions::all())).await;
    let request = FunctionsMetadataRequest::default();
    host.send(Content::FunctionsMetadataRequest(request)).await;
    let Content::FunctionMetadataResponse(response) = host.answer().await else {
        panic!("not the metadata");
    };
    let told = |function: RpcFunctionMetadata| {
        let bindings = function.raw_bindings.iter();
        let bindings = bindings.map(|binding| serde_json::from_str(binding).unwrap());
        (function.name, bindings.collect())
    };
    let functions = response.function_metadata_results.into_iter();
    functions.map(told).collect()
}

/// What the worker says of the bindings of one function, the trigger first.
pub(crate) async fn bindings(function: &str) -> Vec<Value> {
    let mut functions = metadata().await.into_iter();
    let (_, bindings) = functions.find(|(name, _)| name == function).unwrap();
    bindings
}

/// What the worker says that it can do.
pub(crate) async fn capabilities() -> HashMap<String, String> {
    let mut host = Host::start(App::with_functions(functions::all())).await;
    let request = WorkerInitRequest::default();
    host.send(Content::WorkerInitRequest(request)).await;
    match host.answer().await {
        Content::WorkerInitResponse(response) => response.capabilities,
        other => panic!("{other:?}"),
    }
}
