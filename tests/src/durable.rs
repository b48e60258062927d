//! Orchestrators, activities and entities that a worker for tests has, after those of the recordings.

#![expect(clippy::exit, reason = "a worker that ends on purpose")]

use std::{fs::File, future::Future, path::Path, pin::Pin, time::Duration};

use azure_functions_durable::{
    EntityContext, EntityId, FailureDetails, OrchestrationContext, TaskError, join_all,
    protocol::{EntityBatchRequest, OrchestratorRequest},
    run, run_entity,
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use prost::Message;
use serde_json::{Value, json};

/// What an orchestrator gives in the end.
type Output = Result<Option<String>, FailureDetails>;
type Orchestration = Pin<Box<dyn Future<Output = Result<Value, FailureDetails>> + Send>>;

/// Answers the message of a function in base64; `None` is no value at all.
pub async fn answer(trigger: &str, function: &str, message: &str) -> Option<String> {
    match function {
        "bad_none" => return None,
        "bad_empty" => return Some(String::new()),
        "bad_garbage" => return Some("%%%".to_owned()),
        "bad_message" => return Some(BASE64_STANDARD.encode([0xff, 0xff])),
        _ => {}
    }
    let bytes = BASE64_STANDARD.decode(message).ok()?;
    let bytes = if trigger == "entityTrigger" {
        let request = EntityBatchRequest::decode(bytes.as_slice()).ok()?;
        let result = run_entity(request, |context| async move { count(&context) }).await;
        result.encode_to_vec()
    } else {
        let request = OrchestratorRequest::decode(bytes.as_slice()).ok()?;
        let name = function.to_owned();
        run(request, |context| orchestrate(name, context)).encode_to_vec()
    };
    Some(BASE64_STANDARD.encode(bytes))
}

async fn orchestrate(name: String, context: OrchestrationContext) -> Output {
    let orchestration: Orchestration = match name.as_str() {
        "chain" => Box::pin(chain(context)),
        "fan" => Box::pin(fan(context)),
        "can" => return count_down(context).await,
        "wrong" => Box::pin(async { Err(FailureDetails::new("MyOrchError", "it went wrong")) }),
        "event" => Box::pin(async move {
            let got: Value = context.wait_for_event("go").await.map_err(details)?;
            Ok(json!({ "got": got }))
        }),
        "timer" => Box::pin(async move {
            context.sleep(Duration::from_secs(3600)).await;
            Ok(json!("an hour later"))
        }),
        "sub" => Box::pin(async move {
            let chain: Value = context
                .call_sub_orchestrator_by_name("CHAIN", "from the parent")
                .await
                .map_err(details)?;
            let failed: Result<Value, _> = context.call_sub_orchestrator_by_name("wrong", ()).await;
            let failed = failed.err().map(|error| error.to_string());
            Ok(json!([chain, failed]))
        }),
        "tries" => Box::pin(async move {
            let name: String = context.input().map_err(details)?;
            let failed: Result<Value, _> = context.call_activity_by_name(&name, "x").await;
            Ok(json!(failed.err().map(|error| error.to_string())))
        }),
        // Ends the worker, once.
        "killorch" => {
            let mark = Path::new("killed");
            if !mark.exists() && File::create(mark).is_ok() {
                std::process::exit(1);
            }
            Box::pin(async move {
                let hello: Value = context
                    .call_activity_by_name("hello", "again")
                    .await
                    .map_err(details)?;
                Ok(hello)
            })
        }
        "counting" => Box::pin(counting(context)),
        other => {
            let text = format!("there is no orchestrator `{other}` in this script");
            return Err(FailureDetails::new("Script", text));
        }
    };
    orchestration.await.map(|value| Some(value.to_string()))
}

async fn chain(context: OrchestrationContext) -> Result<Value, FailureDetails> {
    let first: String = context
        .call_activity_by_name("hello", "Tokyo")
        .await
        .map_err(details)?;
    let status = json!({ "step": 1, "was": first });
    context.set_custom_status(status).map_err(details)?;
    let second: String = context
        .call_activity_by_name("hello", json!({ "k": [1, 2] }))
        .await
        .map_err(details)?;
    Ok(json!([first, second]))
}

async fn fan(context: OrchestrationContext) -> Result<Value, FailureDetails> {
    let count: u32 = context.input().map_err(details)?;
    let calls = (0..count).map(|number| context.call_activity_by_name::<Value>("hello", number));
    let mut results = Vec::new();
    for result in join_all(calls).await {
        results.push(result.map_err(details)?);
    }
    Ok(json!(results.len()))
}

async fn count_down(context: OrchestrationContext) -> Output {
    let number: u32 = context.input().map_err(details)?;
    let _: Value = context
        .call_activity_by_name("hello", number)
        .await
        .map_err(details)?;
    match number.checked_sub(1) {
        Some(next) => context.continue_as_new(next).await,
        None => Ok(Some("\"can done\"".to_owned())),
    }
}

async fn counting(context: OrchestrationContext) -> Result<Value, FailureDetails> {
    let counter = EntityId::new("counter", "a");
    context.signal_entity(&counter, "add", 3).map_err(details)?;
    let got: i64 = context
        .call_entity(&counter, "get", ())
        .await
        .map_err(details)?;
    let lock = context
        .lock_entities([counter.clone(), EntityId::new("counter", "b")])
        .await
        .map_err(details)?;
    let sum: i64 = context
        .call_entity(&counter, "add", 4)
        .await
        .map_err(details)?;
    drop(lock);
    let boom: Result<Value, _> = context.call_entity(&counter, "boom", ()).await;
    let boom = boom.err().map(|error| error.to_string());
    Ok(json!([got, sum, boom]))
}

fn count(context: &EntityContext) -> Output {
    let state: Option<i64> = context.state().map_err(details)?;
    let number = state.unwrap_or_default();
    match context.operation_name().as_str() {
        "add" => {
            let sum = number + context.input::<i64>().map_err(details)?;
            context.set_state(&sum).map_err(details)?;
            Ok(Some(sum.to_string()))
        }
        "get" => Ok(Some(number.to_string())),
        "delete" => {
            context.delete_state();
            Ok(None)
        }
        other => Err(FailureDetails::new(
            "EntityError",
            format!("no operation {other}"),
        )),
    }
}

#[expect(clippy::needless_pass_by_value, reason = "for `map_err`")]
fn details(error: TaskError) -> FailureDetails {
    FailureDetails::of("TaskError", &error)
}
