//! Everything that a real host was recorded to say, said to the worker.

use std::{
    collections::{BTreeSet, HashMap},
    fs,
    path::{Path, PathBuf},
};

use azure_functions::{
    App, Binding, Call, Data, Description, FromContext, FunctionDef, InvokeError, Invoker, Outputs,
    ParameterDef, State,
};
use azure_functions_shared::rpc::{
    Content, Data as WireData, InvocationRequest, StreamingMessage, parameter_binding::RpcData,
    status_result::Status,
};
use base64::prelude::{BASE64_STANDARD, Engine};
use prost::Message;
use serde::Deserialize;

use crate::host::{Host, status};

/// A line of a recording.
#[derive(Deserialize)]
struct Line {
    dir: Option<String>,
    wire: Option<String>,
}

/// Recordings that are about something else than the conversation.
const OTHERS: [&str; 4] = [
    "metadata-rejections.jsonl",
    "outputs.stored.jsonl",
    // What the callers of the host saw.
    "client",
    "README.md",
];

#[tokio::test]
async fn all() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/transcripts");
    let mut files: Vec<PathBuf> = fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            let name = path.file_name().unwrap().to_string_lossy();
            path.is_file() && !OTHERS.iter().any(|other| name.contains(other))
        })
        .collect();
    files.sort();
    assert_eq!(files.len(), 13);
    let mut answered = 0;
    for file in files {
        for session in sessions(&fs::read_to_string(&file).unwrap()) {
            answered += play(&file.display().to_string(), session).await;
        }
    }
    assert_eq!(answered, 377);
}

/// What the host said to each worker of a recording.
fn sessions(recording: &str) -> Vec<Vec<StreamingMessage>> {
    let mut sessions: Vec<Vec<StreamingMessage>> = Vec::new();
    for line in recording.lines() {
        let line: Line = serde_json::from_str(line).unwrap();
        let (Some("in"), Some(wire)) = (line.dir.as_deref(), line.wire) else {
            continue;
        };
        let wire = BASE64_STANDARD.decode(wire).unwrap();
        let message = StreamingMessage::decode(wire.as_slice()).unwrap();
        if matches!(message.content, Some(Content::WorkerInitRequest(_))) {
            sessions.push(Vec::new());
        }
        sessions.last_mut().unwrap().push(message);
    }
    sessions
}

/// Says all that to a worker, and gives the number of its answers.
async fn play(file: &str, session: Vec<StreamingMessage>) -> usize {
    let (app, names) = app(&session);
    let mut host = Host::start(app).await;
    let mut answered = 0;
    let mut terminated = false;
    for mut message in session {
        message.request_id = format!("request {answered}");
        let request_id = message.request_id.clone();
        // The directory of the recording is not here.
        if let Some(Content::FunctionEnvironmentReloadRequest(reload)) = &mut message.content {
            env!("CARGO_MANIFEST_DIR").clone_into(&mut reload.function_app_directory);
        }
        let request = message.content.clone().unwrap();
        host.send_message(message).await;
        match request {
            Content::WorkerTerminate(_) => {
                terminated = true;
                break;
            }
            // In the recording it came while the call was open; here it comes too late.
            Content::InvocationCancel(_) => continue,
            _ => {}
        }
        let answer = host
            .next()
            .await
            .unwrap_or_else(|| panic!("{file}: no answer to {request:?}"));
        assert_eq!(answer.request_id, request_id, "{file}");
        check(file, &names, request, answer.content.unwrap());
        answered += 1;
    }
    if terminated {
        host.end().await.unwrap();
    } else {
        host.hang_up().await.unwrap_err();
    }
    answered
}

fn check(file: &str, names: &BTreeSet<String>, request: Content, answer: Content) {
    match (request, answer) {
        (Content::WorkerInitRequest(_), Content::WorkerInitResponse(answer)) => {
            assert_eq!(status(answer.result), Status::Success, "{file}");
        }
        (
            Content::FunctionEnvironmentReloadRequest(_),
            Content::FunctionEnvironmentReloadResponse(answer),
        ) => assert_eq!(status(answer.result), Status::Success, "{file}"),
        (Content::FunctionsMetadataRequest(request), Content::FunctionMetadataResponse(answer)) => {
            assert_eq!(status(answer.result), Status::Success, "{file}");
            let told: BTreeSet<_> = answer
                .function_metadata_results
                .into_iter()
                .map(|function| {
                    assert_eq!(function.directory, request.function_app_directory, "{file}");
                    function.name
                })
                .collect();
            assert_eq!(&told, names, "{file}");
        }
        (Content::FunctionLoadRequest(request), Content::FunctionLoadResponse(answer)) => {
            assert_eq!(answer.function_id, request.function_id, "{file}");
            assert_eq!(status(answer.result), Status::Success, "{file}");
        }
        (Content::InvocationRequest(request), Content::InvocationResponse(answer)) => {
            assert_eq!(answer.invocation_id, request.invocation_id, "{file}");
            assert_eq!(status(answer.result), Status::Success, "{file}");
            let saw = match answer.return_value.and_then(|value| value.data) {
                Some(WireData::String(saw)) => saw,
                other => panic!("{file}: expected a text, got {other:?}"),
            };
            assert_eq!(saw, said(request), "{file}");
        }
        (request, answer) => panic!("{file}: {request:?} was answered by {answer:?}"),
    }
}

/// The names of the parameters of each function.
struct Parameters(HashMap<String, Vec<String>>);

/// An app that has all functions that the recorded one had.
fn app(session: &[StreamingMessage]) -> (App, BTreeSet<String>) {
    let mut parameters: HashMap<String, Vec<String>> = HashMap::new();
    for message in session {
        if let Some(Content::FunctionLoadRequest(request)) = &message.content {
            let metadata = request.metadata.clone().unwrap();
            parameters.insert(metadata.name, metadata.bindings.into_keys().collect());
        }
    }
    let names: BTreeSet<_> = parameters.keys().cloned().collect();
    let functions: Vec<&'static FunctionDef> = names
        .iter()
        .map(|name| {
            let function = FunctionDef {
                name: name.clone().leak(),
                file: "src/main.rs",
                line: 1,
                parameters: &[PARAMETER],
                outputs: &[],
                output_settings: &[],
                retry: None,
                invoker: Invoker::Blocking(tell),
                identity: None,
            };
            &*Box::leak(Box::new(function))
        })
        .collect();
    let app = App::with_functions(functions).state(Parameters(parameters));
    (app, names)
}

struct AnyTrigger;

impl Binding for AnyTrigger {
    const TYPE: &'static str = "anyTrigger";
}

const PARAMETER: ParameterDef = ParameterDef {
    name: "any",
    binding: Some(Description::of::<AnyTrigger>()),
    trigger: true,
    data_type: None,
    cardinality: None,
    settings: &[],
    need: None,
    update: None,
};

/// Says what reached the function.
#[expect(clippy::unnecessary_wraps, reason = "an invoker returns a `Result`")]
fn tell(mut call: Call) -> Result<Outputs, InvokeError> {
    let parameters = State::<Parameters>::from_context(call.context()).unwrap();
    let mut inputs = Vec::new();
    for name in parameters.0.get(call.context().function_name()).unwrap() {
        let data = call.take(name);
        if !data.is_none() {
            inputs.push(name.clone());
        }
    }
    let metadata = call.trigger().names().map(str::to_owned).collect();
    let context = call.context();
    let retry = context
        .retry()
        .map(|retry| (i64::from(retry.count), retry.error.is_some()));
    let mut outputs = Outputs::new();
    let text = line(inputs, metadata, &context.trace().parent, retry);
    outputs.put("$return", Data::text(text));
    Ok(outputs)
}

/// Says the same of what the host sent.
fn said(request: InvocationRequest) -> String {
    let inputs = request
        .input_data
        .into_iter()
        .filter(|input| matches!(&input.rpc_data, Some(RpcData::Data(data)) if data.data.is_some()))
        .map(|input| input.name)
        .collect();
    let retry = request
        .retry_context
        .map(|retry| (i64::from(retry.retry_count), retry.exception.is_some()));
    let parent = request.trace_context.unwrap_or_default().trace_parent;
    line(
        inputs,
        request.trigger_metadata.into_keys().collect(),
        &parent,
        retry,
    )
}

fn line(
    mut inputs: Vec<String>,
    mut metadata: Vec<String>,
    parent: &str,
    retry: Option<(i64, bool)>,
) -> String {
    inputs.sort();
    metadata.sort();
    format!("{inputs:?} {metadata:?} {parent} {retry:?}")
}
