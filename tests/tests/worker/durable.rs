//! What the Durable extension sends and makes no sense: a failed call or a failed instance, and the process goes on.

use azure_functions_shared::{
    durable::{
        EntityBatchRequest, ExecutionStartedEvent, HistoryEvent, OperationRequest,
        OrchestrationStatus, OrchestratorRequest, OrchestratorResponse, TaskCompletedEvent,
        TaskScheduledEvent, TimerFiredEvent, history_event::EventType,
        orchestrator_action::OrchestratorActionType as Action,
    },
    rpc::{
        Content, Data, InvocationRequest, InvocationResponse, ParameterBinding,
        parameter_binding::RpcData, status_result::Status,
    },
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use prost::Message;

use crate::host::{Host, status};

fn call(function: &str, parameter: &str, data: Option<Data>) -> Content {
    let data = data.map(|data| ParameterBinding {
        name: parameter.to_owned(),
        rpc_data: Some(RpcData::Data(data.into())),
    });
    Content::InvocationRequest(InvocationRequest {
        invocation_id: "i".to_owned(),
        function_id: function.to_owned(),
        input_data: data.into_iter().collect(),
        ..InvocationRequest::default()
    })
}

fn base64(message: &impl Message) -> Option<Data> {
    text(&BASE64_STANDARD.encode(message.encode_to_vec()))
}

#[expect(clippy::unnecessary_wraps, reason = "none is what some rows have")]
fn text(text: &str) -> Option<Data> {
    Some(Data::String(text.to_owned()))
}

fn event(event_id: i32, event_type: Option<EventType>) -> HistoryEvent {
    HistoryEvent {
        event_id,
        timestamp: Some(prost_types::Timestamp::default()),
        event_type,
    }
}

/// A request for an instance of `number` to which this has happened.
fn turn(past: Vec<HistoryEvent>, new: Vec<HistoryEvent>) -> Option<Data> {
    base64(&OrchestratorRequest {
        instance_id: "instance".to_owned(),
        past_events: past,
        new_events: new,
        ..OrchestratorRequest::default()
    })
}

fn begun(input: &str) -> HistoryEvent {
    let started = ExecutionStartedEvent {
        name: "number".to_owned(),
        input: Some(input.to_owned()),
        ..ExecutionStartedEvent::default()
    };
    event(-1, Some(EventType::ExecutionStarted(started)))
}

fn scheduled(id: i32) -> HistoryEvent {
    let scheduled = TaskScheduledEvent {
        name: "act".to_owned(),
        ..TaskScheduledEvent::default()
    };
    event(id, Some(EventType::TaskScheduled(scheduled)))
}

fn completed(id: i32) -> HistoryEvent {
    let completed = TaskCompletedEvent {
        task_scheduled_id: id,
        result: Some("not JSON".to_owned()),
    };
    event(-1, Some(EventType::TaskCompleted(completed)))
}

fn fired(id: i32) -> HistoryEvent {
    let fired = TimerFiredEvent {
        fire_at: None,
        timer_id: id,
    };
    event(-1, Some(EventType::TimerFired(fired)))
}

/// What became of an instance: its result, its failure, or nothing yet.
fn outcome(response: InvocationResponse) -> Result<String, String> {
    if status(response.result.clone()) != Status::Success {
        let exception = response.result.unwrap().exception.unwrap();
        return Err(format!("call: {}", exception.message));
    }
    let Some(Data::String(text)) = response.return_value.unwrap().data else {
        panic!("no text");
    };
    let bytes = BASE64_STANDARD.decode(text).unwrap();
    let response = OrchestratorResponse::decode(bytes.as_slice()).unwrap();
    let action = response.actions.into_iter().next();
    match action.and_then(|action| action.orchestrator_action_type) {
        None => Ok("waits".to_owned()),
        Some(Action::CompleteOrchestration(end)) => match end.orchestration_status() {
            OrchestrationStatus::Failed => {
                let details = end.failure_details.unwrap();
                let text = format!("{}: {}", details.error_type, details.error_message);
                Err(format!("instance: {text}"))
            }
            _ => Ok(end.result.unwrap_or_default()),
        },
        Some(other) => Ok(format!("{other:?}")),
    }
}

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "a table")]
async fn messages_of_no_sense_fail_a_call_or_an_instance_and_the_process_goes_on() {
    let program = env!("CARGO_BIN_EXE_durable_app");
    let mut host = Host::start_program(program, &[("RUST_BACKTRACE", "0")]).await;
    host.init().await;
    let found = host.metadata("").await.function_metadata_results;
    for function in &found {
        assert_eq!(
            host.load(&function.name, &function.name).await,
            Status::Success
        );
    }
    let older = "parameter `ctx`: the Durable extension sent JSON, its older protocol";
    let unknown = event(7, None);
    let cut = |mut bytes: Vec<u8>| {
        bytes.truncate(bytes.len() - 1);
        text(&BASE64_STANDARD.encode(bytes))
    };
    let request = |input: &str| OrchestratorRequest {
        new_events: vec![begun(input)],
        ..OrchestratorRequest::default()
    };
    let operation = |name: &str| EntityBatchRequest {
        instance_id: "@keeper@k".to_owned(),
        entity_state: Some("no number".to_owned()),
        operations: vec![OperationRequest {
            operation: name.to_owned(),
            ..OperationRequest::default()
        }],
        ..EntityBatchRequest::default()
    };
    for (function, data, expected) in [
        (
            "number",
            None,
            Err("call: parameter `ctx`: the host sent no value"),
        ),
        ("number", text(""), Ok("waits")),
        ("number", text("{"), Err(older)),
        ("number", text("{\"history\":[]}"), Err(older)),
        (
            "number",
            text("%%%"),
            Err("parameter `ctx`: the message is not Base64"),
        ),
        (
            "number",
            text("AAAA"),
            Err("parameter `ctx`: the message is not protobuf"),
        ),
        (
            "number",
            cut(request("1").encode_to_vec()),
            Err("the message is not protobuf"),
        ),
        (
            "number",
            Some(Data::Int(4)),
            Err("expected a text in Base64, found another value"),
        ),
        ("number", turn(vec![], vec![]), Ok("waits")),
        ("number", turn(vec![], vec![begun("1")]), Ok("2")),
        (
            "number",
            turn(vec![unknown.clone()], vec![unknown, begun("1")]),
            Ok("2"),
        ),
        (
            "number",
            turn(vec![], vec![begun("\"x\"")]),
            Err("instance: BindError: "),
        ),
        (
            "number",
            turn(vec![], vec![begun("{")]),
            Err("instance: BindError: "),
        ),
        (
            "number",
            turn(vec![begun("1")], vec![begun("1")]),
            Err("instance: BrokenHistory: "),
        ),
        (
            "number",
            turn(vec![scheduled(0)], vec![begun("1")]),
            Err("instance: BrokenHistory: "),
        ),
        (
            "number",
            turn(vec![begun("1"), scheduled(0)], vec![]),
            Err(
                "instance: NonDeterminism: orchestrator `number` does not do again what it did: as number 0 its history has activity `act`, and the code now scheduled nothing",
            ),
        ),
        (
            "number",
            turn(vec![], vec![completed(9), fired(8), begun("1")]),
            Ok("2"),
        ),
        (
            "waits",
            turn(vec![begun("1"), scheduled(3)], vec![]),
            Err("instance: NonDeterminism: "),
        ),
        (
            "waits",
            turn(vec![begun("1")], vec![completed(3), fired(4)]),
            Ok("waits"),
        ),
        (
            "panics",
            turn(vec![begun("1"), scheduled(0)], vec![completed(0)]),
            Err("instance: TaskError: "),
        ),
        ("keeper", text("{"), Err(older)),
        (
            "keeper",
            text("%%%"),
            Err("call: parameter `ctx`: the message is not Base64"),
        ),
        ("act", text("{"), Err("call: BindError: parameter `words`")),
        ("act", None, Err("call: BindError: ")),
    ] {
        let parameter = if function == "act" { "words" } else { "ctx" };
        host.send(call(function, parameter, data.clone())).await;
        let found = outcome(host.response().await);
        let right = match (&found, expected) {
            (Ok(found), Ok(expected)) => found == expected,
            (Err(found), Err(expected)) => found.contains(expected),
            _ => false,
        };
        assert!(right, "{function} {data:?}: {found:?}, not {expected:?}");
    }
    for name in ["add", "nothing"] {
        host.send(call("keeper", "ctx", base64(&operation(name))))
            .await;
        let answer = host.response().await;
        assert_eq!(status(answer.result), Status::Success, "{name}");
    }
    host.terminate(5).await;
    let end = host.exit().await;
    assert!(end.status.success(), "{end:?}");
}
