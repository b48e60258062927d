//! What the host is told of durable functions, and what becomes of its messages.

use azure_functions_durable::{
    FailureDetails,
    protocol::{
        EntityBatchRequest, EntityBatchResult, ExecutionStartedEvent, HistoryEvent,
        OperationRequest, OrchestratorRequest, OrchestratorResponse, OrchestratorStartedEvent,
        history_event::EventType, operation_result::ResultType,
        orchestrator_action::OrchestratorActionType as ActionType,
    },
};
use expect_test::expect;
use prost::Message;
use serde::{Deserialize, Serialize};

use super::{
    ActivityOutput, ActivityTrigger, DurableActivityContext, DurableEntityContext,
    DurableOrchestrationContext, EntityOutput, OrchestrationOutput, Status, TaskError, World,
    join_all, message,
};
use crate::{
    BoxError, Call, Context, Data, FunctionDef, State, Trigger,
    bindings::{Blob, check::check_metadata, queue::QueueMessage},
    context::{Invocation, States},
    driver::{Drive, Driver},
    func, functions,
};

#[derive(Debug, Deserialize, PartialEq, Serialize)]
struct Image {
    width: u32,
}

#[derive(Debug, Deserialize, PartialEq, Serialize)]
struct Thumbnail {
    width: u32,
}

#[derive(Debug)]
struct NoWidth;

impl std::fmt::Display for NoWidth {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an image without width")
    }
}

impl std::error::Error for NoWidth {}

#[func]
fn resize(
    ActivityTrigger(image): ActivityTrigger<Image>,
) -> Result<ActivityOutput<Thumbnail>, NoWidth> {
    match image.width {
        0 => Err(NoWidth),
        13 => panic!("unlucky"),
        width => Ok(ActivityOutput(Thumbnail { width: width / 2 })),
    }
}

#[func]
#[binding(name = "output1", queue_name = "callers")]
async fn shrink(
    #[binding(activity = "Shrinker")] call: &DurableActivityContext<Image>,
    factor: &State<u32>,
    _context: Context,
) -> (ActivityOutput<Thumbnail>, QueueMessage) {
    let width = call.input.width / **factor;
    (
        ActivityOutput(Thumbnail { width }),
        call.instance_id.clone().into(),
    )
}

#[func]
fn forget(_input: ActivityTrigger<Option<String>>) {}

#[func]
async fn album(
    ctx: DurableOrchestrationContext<Vec<u32>>,
) -> Result<OrchestrationOutput<u32>, TaskError> {
    let images = ctx.input().iter().map(|width| Image { width: *width });
    let resized = join_all(images.map(|image| ctx.call_activity(resize, image))).await;
    let mut sum = 0;
    for thumbnail in resized {
        let image = Image {
            width: thumbnail?.width,
        };
        sum += ctx.call_activity(shrink, image).await?.width;
    }
    ctx.call_activity(forget, None).await?;
    Ok(OrchestrationOutput(sum))
}

#[func(name = "Albums")]
async fn all(
    #[binding(orchestration = "albums-of-all")] ctx: DurableOrchestrationContext,
) -> Result<OrchestrationOutput<u32>, BoxError> {
    let counter = ctx.entity(counter, "all")?;
    let sum = ctx.call_sub_orchestrator(album, vec![40, 80]).await?;
    ctx.call_entity::<i64>(&counter, "add", sum).await?;
    Ok(OrchestrationOutput(sum))
}

#[func]
fn counter(ctx: &DurableEntityContext<i64>) -> Result<EntityOutput<i64>, BoxError> {
    let mut count = ctx.state()?.unwrap_or_default();
    match ctx.operation_name().as_str() {
        "add" => count += ctx.input::<i64>()?,
        "panic" => {
            ctx.set_state(&-1)?;
            panic!("no more")
        }
        other => return Err(format!("no operation `{other}`").into()),
    }
    ctx.set_state(&count)?;
    Ok(EntityOutput(count))
}

#[func]
async fn eraser(#[binding(entity_name = "Eraser")] ctx: DurableEntityContext) {
    ctx.delete_state();
}

/// Writes what an entity cannot write.
#[func]
async fn writes(
    _ctx: DurableEntityContext,
    #[binding(path = "logs/entity.txt")] log: &mut Blob<String>,
) {
    log.content.push('x');
}

#[test]
fn metadata() {
    check_metadata(
        &functions![resize, shrink, album, all, counter, eraser],
        &expect![[r#"
            {"name":"image","type":"activityTrigger","direction":"in","durableRequiresGrpc":true}
            {"name":"call","type":"activityTrigger","direction":"in","activity":"Shrinker","durableRequiresGrpc":true}
            {"name":"output1","type":"queue","direction":"out","queueName":"callers"}
            {"name":"ctx","type":"orchestrationTrigger","direction":"in","durableRequiresGrpc":true}
            {"name":"ctx","type":"orchestrationTrigger","direction":"in","orchestration":"albums-of-all","durableRequiresGrpc":true}
            {"name":"ctx","type":"entityTrigger","direction":"in","durableRequiresGrpc":true}
            {"name":"ctx","type":"entityTrigger","direction":"in","entityName":"Eraser","durableRequiresGrpc":true}"#]],
    );
}

/// What a worker would answer: the return value, or the text of the failure.
pub(super) async fn drive(function: &'static FunctionDef, data: Data) -> Result<Data, String> {
    let name = function.trigger().unwrap().name;
    let context = Context::of(Invocation {
        states: States::default().with(2_u32),
        ..Invocation::default()
    });
    let trigger: Trigger = [("instanceId", Data::text("abc"))].into_iter().collect();
    let call = Call::new(vec![(name.to_owned(), data)], trigger, context);
    let driver: Driver = function.driver().unwrap();
    let outputs = driver
        .run(Drive::new(
            function,
            call,
            crate::worker::limit::Threads::default(),
        ))
        .await
        .map_err(|error| error.to_string())?;
    Ok(outputs.get("$return").cloned().unwrap_or_default())
}

#[tokio::test]
async fn activities() {
    let [resize, shrink, forget] = functions![resize, shrink, forget];
    let cases: [(&'static FunctionDef, Data, Result<Data, &str>); 9] = [
        (
            resize,
            Data::text(r#"{"width":8}"#),
            Ok(Data::json(r#"{"width":4}"#)),
        ),
        (
            resize,
            Data::text(r#"{"width":0}"#),
            Err("NoWidth: an image without width"),
        ),
        (resize, Data::text(r#"{"width":13}"#), Err("panic: unlucky")),
        (
            resize,
            Data::text(r#"{"width":"x"}"#),
            Err(
                "BindError: parameter `image`: `width`: invalid type: string \"x\", expected u32 at line 1 column 12",
            ),
        ),
        (
            resize,
            Data::none(),
            Err(
                "BindError: parameter `image`: invalid type: null, expected struct Image at line 1 column 4",
            ),
        ),
        (
            shrink,
            Data::json(r#"{"width":8}"#),
            Ok(Data::json(r#"{"width":4}"#)),
        ),
        (forget, Data::none(), Ok(Data::none())),
        (forget, Data::text("\"text\""), Ok(Data::none())),
        (
            forget,
            Data::text("text"),
            Err("BindError: parameter `input`: expected ident at line 1 column 2"),
        ),
    ];
    for (function, data, expected) in cases {
        let case = format!("{data:?}");
        let answer = drive(function, data).await;
        assert_eq!(answer, expected.map_err(str::to_owned), "{case}");
    }
}

fn request(name: &str, input: Option<&str>) -> Data {
    let event = |event| HistoryEvent {
        event_id: -1,
        timestamp: None,
        event_type: Some(event),
    };
    let started = ExecutionStartedEvent {
        name: name.to_owned(),
        input: input.map(str::to_owned),
        ..ExecutionStartedEvent::default()
    };
    message::encode(&OrchestratorRequest {
        instance_id: "abc".to_owned(),
        new_events: vec![
            event(EventType::OrchestratorStarted(OrchestratorStartedEvent {})),
            event(EventType::ExecutionStarted(started)),
        ],
        ..OrchestratorRequest::default()
    })
}

/// What an orchestrator has the host do in its first turn.
async fn actions(function: &'static FunctionDef, data: Data) -> Vec<ActionType> {
    let answer = drive(function, data).await.unwrap();
    let response: OrchestratorResponse = message::decode(&answer).unwrap();
    assert_eq!(response.instance_id, "abc");
    let actions = response.actions.into_iter();
    actions
        .filter_map(|action| action.orchestrator_action_type)
        .collect()
}

#[tokio::test]
async fn orchestrators() {
    let [album] = functions![album];
    let scheduled = actions(album, request("album", Some("[2, 4]"))).await;
    let inputs: Vec<_> = scheduled
        .iter()
        .map(|action| match action {
            ActionType::ScheduleTask(task) => (task.name.as_str(), task.input.as_deref()),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(
        inputs,
        [
            ("resize", Some(r#"{"width":2}"#)),
            ("resize", Some(r#"{"width":4}"#))
        ]
    );
    for (function, input, expected) in [
        (album, Some("[]"), Ok("forget")),
        (
            album,
            Some("[-1]"),
            Err(
                "BindError: parameter `ctx`: the input of orchestrator `album`: at `[0]`: invalid value: integer `-1`, expected u32 at line 1 column 3",
            ),
        ),
        (
            album,
            None,
            Err(
                "BindError: parameter `ctx`: the input of orchestrator `album`: invalid type: null, expected a sequence at line 1 column 4",
            ),
        ),
    ] {
        let name = function.name;
        let action = actions(function, request(name, input)).await.remove(0);
        let found = match action {
            ActionType::ScheduleTask(task) => Ok(task.name),
            ActionType::CompleteOrchestration(completion) => {
                let details = completion.failure_details.unwrap();
                Err(format!("{}: {}", details.error_type, details.error_message))
            }
            other => panic!("{other:?}"),
        };
        assert_eq!(
            found,
            expected.map(str::to_owned).map_err(str::to_owned),
            "{name} {input:?}"
        );
    }
}

#[tokio::test]
async fn messages_of_no_sense() {
    let [album, counter] = functions![album, counter];
    for function in [album, counter] {
        for (data, expected) in [
            (
                Data::none(),
                "the host sent no value; take an `Option` if it can be absent",
            ),
            (
                Data::text(r#" {"history":[]}"#),
                "the Durable extension sent JSON, its older protocol, which this worker does not speak; use an extension bundle \
                 with version 3.15.0 of the extension or later (3.14 obeys `durableRequiresGrpc`, which the function has)",
            ),
            (
                Data::text("=="),
                "the message is not Base64: Invalid symbol 61, offset 0.",
            ),
            (Data::text("/w=="), "the message is not protobuf: "),
            (
                Data::bytes("abc"),
                "expected a text in Base64, found another value",
            ),
        ] {
            let error = drive(function, data).await.unwrap_err();
            let expected = format!("parameter `ctx`: {expected}");
            assert!(error.starts_with(&expected), "{error}");
        }
    }
}

#[tokio::test]
async fn entities() {
    let [counter, eraser, writes] = functions![counter, eraser, writes];
    let operation = |name: &str, input: &str| OperationRequest {
        operation: name.to_owned(),
        request_id: "1".to_owned(),
        input: Some(input.to_owned()),
        trace_context: None,
    };
    let batch = EntityBatchRequest {
        instance_id: "@counter@a".to_owned(),
        entity_state: Some("1".to_owned()),
        operations: vec![
            operation("add", "2"),
            operation("panic", "2"),
            operation("divide", "2"),
            operation("add", "\"x\""),
            operation("add", "3"),
        ],
        ..EntityBatchRequest::default()
    };
    let answer = drive(counter, message::encode(&batch)).await.unwrap();
    let answer: EntityBatchResult = message::decode(&answer).unwrap();
    assert_eq!(answer.entity_state.as_deref(), Some("6"));
    let results: Vec<_> = answer
        .results
        .into_iter()
        .map(|result| match result.result_type.unwrap() {
            ResultType::Success(success) => Ok(success.result.unwrap_or_default()),
            ResultType::Failure(failure) => {
                let details = failure.failure_details.unwrap();
                Err(format!("{}: {}", details.error_type, details.error_message))
            }
        })
        .collect();
    let failure = |text: &str| Err(text.to_owned());
    assert_eq!(
        results,
        [
            Ok("3".to_owned()),
            failure("panic: no more"),
            failure("Error: no operation `divide`"),
            failure(
                "TaskError: the result of the input of operation `add` of entity `@counter@a`: invalid type: string \"x\", expected i64 at line 1 column 3"
            ),
            Ok("6".to_owned()),
        ]
    );
    let batch = EntityBatchRequest {
        instance_id: "@eraser@a".to_owned(),
        entity_state: Some("1".to_owned()),
        operations: vec![operation("erase", "null")],
        ..EntityBatchRequest::default()
    };
    let answer = drive(eraser, message::encode(&batch)).await.unwrap();
    let answer: EntityBatchResult = message::decode(&answer).unwrap();
    assert_eq!(answer.entity_state, None);
    let answer = drive(writes, message::encode(&batch)).await.unwrap();
    let answer: EntityBatchResult = message::decode(&answer).unwrap();
    let Some(ResultType::Failure(failure)) = &answer.results[0].result_type else {
        panic!("{answer:?}")
    };
    assert_eq!(
        failure.failure_details.as_ref().unwrap().error_message,
        "output `logOut`: an entity cannot write anything, because it may run again; write it in an activity"
    );
}

fn world() -> World {
    let mut world = World::new();
    world
        .activity("resize", |image: Image| {
            Ok::<_, TaskError>(Thumbnail {
                width: image.width / 2,
            })
        })
        .activity("Shrinker", |image: Image| {
            Ok::<_, TaskError>(Thumbnail {
                width: image.width / 10,
            })
        })
        .activity("forget", |_: Option<String>| Ok::<_, TaskError>(()))
        .orchestrator("album", album)
        .entity("counter", |ctx: DurableEntityContext<i64>| counter(&ctx));
    world
}

fn plain(_: ActivityTrigger<u32>) {}

async fn calls(ctx: DurableOrchestrationContext) -> Result<OrchestrationOutput<()>, TaskError> {
    ctx.call_activity(plain, 1).await.map(OrchestrationOutput)
}

#[func]
fn configured(#[binding(activity = "%STEP%")] _call: ActivityTrigger<u32>) {}

#[func]
async fn calls_configured(ctx: DurableOrchestrationContext) -> Result<(), TaskError> {
    ctx.call_activity(configured, 1).await
}

#[func]
async fn sleeps(_ctx: DurableOrchestrationContext) {
    tokio::time::sleep(std::time::Duration::from_millis(1)).await;
}

#[func]
async fn receives(ctx: DurableOrchestrationContext) -> Result<(), TaskError> {
    let (sender, receiver) = tokio::sync::oneshot::channel();
    // It is woken by another thread while something durable is waited for.
    let timer = ctx.sleep(std::time::Duration::from_secs(1));
    let mut receiver = std::pin::pin!(receiver);
    std::future::poll_fn(|cx| {
        assert!(receiver.as_mut().poll(cx).is_pending());
        std::task::Poll::Ready(())
    })
    .await;
    std::thread::spawn(move || sender.send(()))
        .join()
        .unwrap()
        .unwrap();
    timer.await;
    Ok(())
}

#[func]
async fn spawns(_ctx: DurableOrchestrationContext) -> Result<(), BoxError> {
    tokio::spawn(std::future::ready(())).await?;
    Ok(())
}

/// What an orchestrator cannot do fails its instance, and names it.
#[tokio::test]
async fn misuse() {
    let [calls_configured, sleeps, receives, spawns] =
        functions![calls_configured, sleeps, receives, spawns];
    let foreign = |name: &str| {
        format!(
            "NonDurableAwait: orchestrator `{name}` awaits something that is not durable, such as a timer of tokio, a channel or \
             I/O, and could never be replayed; await what its context gives, and do everything else in an activity"
        )
    };
    for (function, expected) in [
        (
            calls_configured,
            "TaskError: function `configured`: its property `activity` is `%STEP%`, a setting, which only the host knows; write \
             the name itself, or call the function by its name"
                .to_owned(),
        ),
        (sleeps, foreign("sleeps")),
        (receives, foreign("receives")),
        (spawns, foreign("spawns")),
    ] {
        let found = actions(function, request(function.name, None)).await;
        let [ActionType::CompleteOrchestration(completion)] = &found[..] else {
            panic!("{}: {found:?}", function.name)
        };
        let details = completion.failure_details.clone().unwrap();
        assert_eq!(
            format!("{}: {}", details.error_type, details.error_message),
            expected
        );
    }
}

#[test]
fn functions_as_arguments() {
    assert_eq!(world().run("album", [40, 80], album).output::<u32>(), Ok(6));
    assert_eq!(world().run("all", (), all).output::<u32>(), Ok(6));
    let end = world().run("album", "x", album);
    assert_eq!(end.status(), Status::Failed);

    let end = world().run("calls", (), calls);
    assert_eq!(
        end.failure(),
        Some(&FailureDetails::new(
            "TaskError",
            "function `azure_functions::bindings::durable::tests::plain`: the app does not have it; put \
             `#[func]` on it, or call one by its name"
        ))
    );
}

#[test]
fn a_recorded_request() {
    // The first turn of `chain-1` in the recording `b`.
    let recorded = "CgdjaGFpbi0xIhsI////////////ARIMCJmmhNgGEJSSx5YDcgAiXQj///////////8BEgwImaaE2AYQrIXR5AIaQgoFY2hhaW4aBgoEImluIiIxCgdjaGFpbi0xEiYKJGEzZDgyYzZiLWM5YzQtNDA0ZC1hYzhmLWU5NTU3NGRmNTNmOSoFCgMIiA46OQosSHR0cERlZmF1bHRBc3luY1JlcXVlc3RTbGVlcFRpbWVNaWxsaXNlY29uZHMSCREAAAAAAEzdQDoSCgxJbmNsdWRlU3RhdGUSAiABOhcKEUlzRXh0ZW5kZWRTZXNzaW9uEgIgADowCiNFeHRlbmRlZFNlc3Npb25JZGxlVGltZW91dEluU2Vjb25kcxIJEQAAAAAAAAAA";
    let request: OrchestratorRequest = message::decode(&Data::text(recorded)).unwrap();
    assert_eq!(request.instance_id, "chain-1");
    assert_eq!(request.new_events.len(), 2);
    // The extension leaves fields out in another order, so that only the values are compared.
    let again = message::encode(&request);
    let again: OrchestratorRequest = message::decode(&again).unwrap();
    assert_eq!(again.encode_to_vec().len(), request.encode_to_vec().len());
    assert_eq!(again, request);
}
