//! What a real host asked orchestrators and entities, and what was answered.
//!
//! `data/requests.jsonl` has each request of the recorded scenes (extension 3.14 to 3.16) with the answer of the worker that was
//! recorded, of which the host accepted all but those that were wrong on purpose.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::needless_pass_by_value,
    clippy::unnecessary_wraps,
    clippy::type_complexity,
    reason = "a test: what is not there fails it, and its functions have the forms that they are given to"
)]

use std::{collections::BTreeMap, time::Duration};

use azure_functions_durable::{
    Either, EntityContext, EntityId, FailureDetails, OrchestrationContext, RetryOptions, Status,
    TaskError, join_all,
    protocol::{
        EntityBatchRequest, EntityBatchResult, OrchestrationStatus, OrchestratorRequest,
        OrchestratorResponse, operation_result::ResultType,
        orchestrator_action::OrchestratorActionType as ActionType,
    },
    recorded::RecordedHistory,
    replay, run, run_entity, select,
};
use base64::{Engine, prelude::BASE64_STANDARD};
use futures::{FutureExt, executor::block_on, future::BoxFuture};
use prost::Message;
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
struct Row {
    scene: String,
    function: String,
    request: String,
    response: Option<String>,
}

impl Row {
    /// Whether it is of a scene and function, or of a function, that begins like this.
    fn is_at(&self, place: &str) -> bool {
        match place.split_once('/') {
            Some((scene, function)) => self.scene == scene && self.function == function,
            None => self.function.starts_with(place) && self.function != "killorch",
        }
    }
}

fn rows() -> impl Iterator<Item = Row> {
    let lines = include_str!("data/requests.jsonl").lines();
    lines.map(|line| serde_json::from_str(line).unwrap())
}

fn decode<M: Message + Default>(text: &str) -> M {
    M::decode(BASE64_STANDARD.decode(text).unwrap().as_slice()).unwrap()
}

/// Functions whose recorded answers are not those of this engine, and why.
const DIFFERENT: [(&str, &str); 17] = [
    (
        "b10_grpc/one",
        "the worker took an input that is no JSON for none; here it fails",
    ),
    ("b/event", "the worker went on while it was suspended"),
    ("bad_", "the worker answered wrongly on purpose"),
    ("ent_", "the worker answered wrongly on purpose"),
    (
        "nondet",
        "the worker sent more than the failure, which damages the history",
    ),
    (
        "sameids",
        "the worker gave one id to two actions on purpose",
    ),
    (
        "subnoid",
        "the worker sent no id for a sub-orchestration, which then hangs",
    ),
    (
        "longtimer",
        "the worker did not divide a timer that is too long",
    ),
    (
        "bhttp",
        "the input of the built-in activity is the test's own",
    ),
    (
        "entity",
        "the worker used messages of which the default settings lose some",
    ),
    (
        "lock",
        "the worker used messages of which the default settings lose some",
    ),
    (
        "signalonly",
        "the worker used messages of which the default settings lose some",
    ),
    (
        "entstart",
        "the worker used messages of which the default settings lose some",
    ),
    (
        "entren",
        "an entity that the worker answered by another name",
    ),
    (
        "renamed",
        "its parts have ids by the worker's own rule; see `names`",
    ),
    (
        "kill",
        "the text of the failure is cut by the worker that was recorded",
    ),
    (
        "slow",
        "the text of the failure is cut by the worker that was recorded",
    ),
];

type Answer = Result<Value, FailureDetails>;

/// Does what the recorded orchestrator of this name did.
fn orchestrator(function: &str, ctx: OrchestrationContext) -> BoxFuture<'static, Answer> {
    let function = function.to_owned();
    async move {
        match function.as_str() {
            "chain" => chain(ctx).await,
            "entityts" => {
                let counter = EntityId::new("counter", "a");
                ctx.signal_entity(&counter, "add", 3).map_err(details)?;
                let got: Value = ctx
                    .call_entity(&counter, "get", ())
                    .await
                    .map_err(details)?;
                let sum: Value = ctx.call_entity(&counter, "add", 4).await.map_err(details)?;
                let caught = ctx.call_entity::<Value>(&counter, "boom", 1).await;
                Ok(json!([got, sum, caught.is_err()]))
            }
            "noinput" => act(&ctx, "hello", ()).await,
            "one" => act(&ctx, "hello", input(&ctx)).await,
            "killorch" => act(&ctx, "hello", "after the kill").await,
            "sub" => sub(ctx).await,
            "subfail" => {
                let id = format!("{}:0000", ctx.instance_id());
                caught(
                    ctx.call_sub_orchestrator_by_name_with_id("fail", id, "q")
                        .await,
                )
            }
            "unknownsub" => {
                let id = format!("{}:0000", ctx.instance_id());
                let part = ctx.call_sub_orchestrator_by_name_with_id("nosuchorch", id, "i");
                part.await.or(Ok(json!({})))
            }
            "unknownact" => {
                let end = ctx.call_activity_by_name("nosuch", "i").await;
                end.or(Ok(json!({})))
            }
            "subterm" => {
                let id = format!("child-of-{}", ctx.instance_id());
                let part = ctx.call_sub_orchestrator_by_name_with_id("long", id, "child");
                part.await.map_err(details)
            }
            "fail" => {
                act(&ctx, "hello", "before failing").await?;
                Err(failure("MyOrchError", "MyOrchError: it went wrong"))
            }
            "failnow" => Err(failure("MyOrchError", "MyOrchError: at once")),
            "failact" => {
                let end = act(&ctx, "boom", "u").await;
                end.map_err(|details| failure("Error", &details.message))
            }
            "rets" => rets(ctx).await,
            "fails" => fails(ctx).await,
            "fan" => {
                let tasks = (1..=3).map(|n| ctx.call_activity_by_name::<Value>("hello", n));
                let ends = join_all(tasks).await.into_iter();
                ends.collect::<Result<_, _>>().map_err(details)
            }
            "retry" => {
                let options = RetryOptions::new(3, Duration::from_secs(1));
                let task = ctx.call_activity_by_name("flaky", "k1").retry(options);
                task.await.map_err(details)
            }
            "retryfail" => {
                let options = RetryOptions::new(2, Duration::from_secs(1));
                caught(ctx.call_activity_by_name("boom", "z").retry(options).await)
            }
            "timer" => {
                ctx.sleep(Duration::from_secs(2)).await;
                Ok(json!("timer done"))
            }
            "timercancel" => {
                let timer = ctx.sleep(Duration::from_secs(60));
                match select(ctx.wait_for_event::<Value>("go"), timer).await {
                    Either::Left(data) => {
                        Ok(json!({ "won": "event", "data": data.map_err(details)? }))
                    }
                    Either::Right(()) => Ok(json!({ "won": "timer" })),
                }
            }
            "event" => {
                let data = ctx.wait_for_event::<Value>("go").await.map_err(details)?;
                Ok(json!({ "got": data }))
            }
            "long" => {
                ctx.wait_for_event::<()>("never").await.map_err(details)?;
                Ok(json!(1))
            }
            "can" => can(ctx).await,
            "carry" => carry(ctx).await,
            "sendev" => {
                let from = ctx.instance_id();
                ctx.send_event("ev-1", "go", json!({ "from": from }))
                    .map_err(details)?;
                Ok(json!("sent"))
            }
            other => panic!("no orchestrator `{other}`"),
        }
    }
    .boxed()
}

async fn chain(ctx: OrchestrationContext) -> Answer {
    let first = act(&ctx, "hello", "Tokyo").await?;
    ctx.set_custom_status(json!({ "step": 1, "was": first }))
        .map_err(details)?;
    let second = act(&ctx, "hello", json!({ "k": [1, 2] })).await?;
    Ok(json!([first, second]))
}

async fn sub(ctx: OrchestrationContext) -> Answer {
    let id = format!("child-of-{}", ctx.instance_id());
    let from = json!({ "from": "parent" });
    let first: Value = ctx
        .call_sub_orchestrator_by_name_with_id("chain", id, from)
        .await
        .map_err(details)?;
    let id = format!("{}:0001", ctx.instance_id());
    let second: Value = ctx
        .call_sub_orchestrator_by_name_with_id("one", id, "auto")
        .await
        .map_err(details)?;
    Ok(json!([first, second]))
}

async fn rets(ctx: OrchestrationContext) -> Answer {
    let mut ends = Vec::new();
    for name in [
        "retstring",
        "retjsonstr",
        "retjsonnum",
        "retobj",
        "retnull",
        "retbytes",
        "retnone",
        "retstrjson",
        "retspaced",
    ] {
        ends.push(act(&ctx, name, name).await?);
    }
    Ok(ends.into())
}

async fn fails(ctx: OrchestrationContext) -> Answer {
    let mut ends = Vec::new();
    for name in ["boom", "boom2", "boom3", "boom4", "boom5", "boom6", "boom7"] {
        let end = ctx.call_activity_by_name::<Value>(name, name).await;
        let details = end.unwrap_err().details().unwrap().clone();
        ends.push(json!({ "k": name, "d": told(&details) }));
    }
    Ok(ends.into())
}

async fn can(ctx: OrchestrationContext) -> Answer {
    let n = number(&ctx);
    ctx.set_custom_status(json!({ "n": n })).map_err(details)?;
    act(&ctx, "hello", n).await?;
    if n > 0 {
        return ctx.continue_as_new(json!({ "n": n - 1 })).await;
    }
    Ok(json!("can done"))
}

async fn carry(ctx: OrchestrationContext) -> Answer {
    let n = number(&ctx);
    if n > 0 {
        ctx.sleep(Duration::from_secs(4)).await;
        return ctx.continue_as_new(json!({ "n": n - 1 })).await;
    }
    let data = ctx.wait_for_event::<Value>("go").await.map_err(details)?;
    Ok(json!({ "carried": data }))
}

fn input(ctx: &OrchestrationContext) -> Value {
    ctx.input().unwrap()
}

fn number(ctx: &OrchestrationContext) -> i64 {
    input(ctx)["n"].as_i64().unwrap()
}

async fn act(ctx: &OrchestrationContext, name: &str, input: impl serde::Serialize) -> Answer {
    ctx.call_activity_by_name(name, input)
        .await
        .map_err(details)
}

fn details(error: TaskError) -> FailureDetails {
    let details = error.details().cloned();
    details.unwrap_or_else(|| FailureDetails::new("Error", error.to_string()))
}

fn failure(error_type: &str, message: &str) -> FailureDetails {
    let mut details = FailureDetails::new(error_type, message);
    details.stack_trace = Some("at orchestrator".to_owned());
    details
}

fn caught(end: Result<Value, TaskError>) -> Answer {
    let error = end.unwrap_err();
    Ok(json!({ "caught": told(error.details().unwrap()) }))
}

/// A failure as the recorded worker told of it, which left out what is empty.
fn told(details: &FailureDetails) -> Value {
    let trace = details.stack_trace.as_ref();
    let mut told = json!({
        "errorType": details.error_type,
        "stackTrace": trace.map_or(json!({}), |trace| json!({ "value": trace })),
    });
    if !details.message.is_empty() {
        told["errorMessage"] = json!(details.message);
    }
    told
}

/// The value with `1.0` as `1`: the recorded worker knew no difference.
fn whole(value: Value) -> Value {
    match value {
        Value::Number(number) => match number.as_f64() {
            #[expect(clippy::cast_possible_truncation, reason = "it is a whole number")]
            Some(float) if float.fract() == 0.0 => Value::from(float as i64),
            _ => Value::Number(number),
        },
        Value::Array(values) => values.into_iter().map(whole).collect(),
        Value::Object(members) => {
            let members = members
                .into_iter()
                .map(|(name, value)| (name, whole(value)));
            members.collect()
        }
        other => other,
    }
}

/// An answer in a form that can be compared: texts of JSON as values, and times in whole seconds.
fn comparable(response: OrchestratorResponse) -> Value {
    let json = |text: Option<String>| {
        text.map(|text| serde_json::from_str(&text).map_or(Value::String(text), whole))
    };
    let first = response.actions.iter().map(|action| action.id).min();
    let actions = response.actions.into_iter().map(|action| {
        let id = action.id - first.unwrap_or_default();
        match action.orchestrator_action_type.unwrap() {
            ActionType::ScheduleTask(task) => json!([id, "task", task.name, json(task.input)]),
            ActionType::CreateSubOrchestration(sub) => {
                json!([id, "sub", sub.name, sub.instance_id, json(sub.input)])
            }
            ActionType::CreateTimer(timer) => {
                let time = timer.fire_at.unwrap();
                // The recorded worker knew milliseconds only.
                json!([
                    id,
                    "timer",
                    time.seconds * 1000 + i64::from(time.nanos / 1_000_000)
                ])
            }
            ActionType::SendEvent(event) => {
                let target = event.instance.unwrap().instance_id;
                json!([id, "event", target, event.name, json(event.data)])
            }
            ActionType::CompleteOrchestration(end) => {
                let status = end.orchestration_status().as_str_name();
                let failure = end.failure_details.map(|details| {
                    json!([
                        details.error_type,
                        details.error_message,
                        details.stack_trace
                    ])
                });
                let carried: Vec<_> = end
                    .carryover_events
                    .into_iter()
                    .map(|event| BASE64_STANDARD.encode(event.encode_to_vec()))
                    .collect();
                json!([id, status, json(end.result), failure, carried])
            }
            other => json!([id, format!("{other:?}")]),
        }
    });
    json!({ "actions": actions.collect::<Vec<_>>(), "status": json(response.custom_status) })
}

#[test]
fn orchestrators_do_what_the_recorded_ones_did() {
    let mut compared = BTreeMap::<_, usize>::new();
    for row in rows() {
        if row.function == "counter" || row.function.starts_with("ent") {
            continue;
        }
        let request: OrchestratorRequest = decode(&row.request);
        let skipped = DIFFERENT.iter().any(|(place, _)| row.is_at(place));
        let Some(response) = row.response.filter(|_| !skipped) else {
            // It must be answered all the same.
            let response = run(request, |ctx| async move {
                ctx.wait_for_event("never").await.map_err(details)
            });
            drop(response);
            continue;
        };
        let instance = request.instance_id.clone();
        let response = comparable(decode(&response));
        let answer = run(request, |ctx| async move {
            let end = orchestrator(&row.function, ctx).await?;
            Ok(Some(end.to_string()).filter(|end| end != "null"))
        });
        assert_eq!(comparable(answer), response, "{} {instance}", row.scene);
        *compared.entry(row.scene).or_default() += 1;
    }
    let count: usize = compared.values().sum();
    assert!(count >= 190, "only {count} compared: {compared:?}");
}

#[test]
fn every_difference_is_one() {
    for (place, _) in DIFFERENT {
        assert!(rows().any(|row| row.is_at(place)), "{place}");
    }
}

/// The recorded counter.
async fn counter(ctx: EntityContext) -> Result<Option<String>, FailureDetails> {
    let failed = |error: TaskError| details(error);
    let state = ctx.state::<i64>().map_err(failed)?;
    match ctx.operation_name().as_str() {
        "add" => {
            let sum = state.unwrap_or_default() + ctx.input::<i64>().map_err(failed)?;
            ctx.set_state(&sum).map_err(failed)?;
            Ok(Some(sum.to_string()))
        }
        "get" => Ok(Some(state.unwrap_or_default().to_string())),
        other => Err(FailureDetails::new(
            "EntityError",
            format!("EntityError: no operation {other}"),
        )),
    }
}

/// The results, the state and the actions of a batch.
fn outcome(
    result: EntityBatchResult,
) -> (Vec<Result<Option<String>, String>>, Option<String>, usize) {
    let results = result
        .results
        .into_iter()
        .map(|result| match result.result_type {
            Some(ResultType::Success(success)) => Ok(success.result),
            Some(ResultType::Failure(failure)) => {
                Err(failure.failure_details.unwrap().error_message)
            }
            None => Err("nothing".to_owned()),
        });
    (results.collect(), result.entity_state, result.actions.len())
}

#[test]
fn entities_do_what_the_recorded_ones_did() {
    let mut compared = 0;
    for row in rows().filter(|row| row.function == "counter") {
        let request: EntityBatchRequest = decode(&row.request);
        assert!(
            request.instance_id.starts_with("@counter@"),
            "{}",
            row.scene
        );
        let own = ["add", "get", "boom"];
        let known = request
            .operations
            .iter()
            .all(|operation| own.contains(&operation.operation.as_str()));
        let Some(response) = row.response.filter(|_| known) else {
            continue;
        };
        let response: EntityBatchResult = decode(&response);
        let answer = block_on(run_entity(request, counter));
        assert_eq!(outcome(answer), outcome(response), "{}", row.scene);
        compared += 1;
    }
    assert!(compared >= 20, "only {compared} compared");
}

#[test]
fn a_request_that_was_rewound_is_answered() {
    let rewound = rows().filter(|row| row.scene == "b6_management" && row.function == "fail");
    let ends = rewound.map(|row| {
        let answer = run(decode(&row.request), |ctx| async move {
            orchestrator("fail", ctx).await.map(|end| Some(end.to_string()))
        });
        answer.actions.into_iter().any(|action| {
            matches!(
                action.orchestrator_action_type,
                Some(ActionType::CompleteOrchestration(end)) if end.orchestration_status() == OrchestrationStatus::Failed
            )
        })
    });
    assert!(ends.filter(|failed| *failed).count() >= 2);
}

/// `data/histories.jsonl` is what `cargo func durable history` made of the status pages of the recorded instances, one in a line.
#[test]
fn histories_of_status_pages() {
    for line in include_str!("data/histories.jsonl").lines() {
        let history: RecordedHistory = line.parse().unwrap();
        let function = history.orchestrator().unwrap().to_owned();
        let end = replay(&history, |ctx| async move {
            let output = orchestrator(&function, ctx).await?;
            Ok(Some(output.to_string()))
        });
        let end = end.unwrap_or_else(|difference| panic!("{difference}"));
        assert_ne!(end.status(), Status::Running, "{}", history.instance_id);
    }
}
