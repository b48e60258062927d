//! The app of the tests of Durable Functions: its activities do what their input says, and some of its orchestrators break.

#![expect(clippy::panic, reason = "it is one of the things a function may do")]

use std::{
    fs::File,
    path::Path,
    process::{Command, ExitCode, Stdio},
    time::Duration,
};

use azure_functions::{
    BoxError, Context,
    bindings::{
        ActivityOutput, ActivityTrigger, DurableEntityContext, DurableOrchestrationClient,
        DurableOrchestrationContext, EntityOutput, HttpRequest, HttpResponse, OrchestrationOutput,
        durable::{DurableHttpRequest, RetryOptions, TaskError, join_all},
    },
    func,
};
use serde_json::{Value, json};

fn main() -> ExitCode {
    azure_functions::run()
}

/// The number of this process.
#[func]
fn process(#[binding(auth_level = "anonymous")] _request: HttpRequest) -> String {
    std::process::id().to_string()
}

/// Gets a token of each of so many activities, which take so many milliseconds.
#[func]
async fn fan(
    ctx: DurableOrchestrationContext<(usize, u64)>,
) -> Result<OrchestrationOutput<Vec<(usize, String)>>, TaskError> {
    let (count, millis) = *ctx.input();
    let retry = RetryOptions::new(1_000, Duration::from_millis(100));
    let calls = (0..count).map(|number| {
        let call = ctx.call_activity(token, (number, millis));
        call.retry(retry.clone())
    });
    let tokens: Result<_, TaskError> = join_all(calls).await.into_iter().collect();
    tokens.map(OrchestrationOutput)
}

/// What no other call gives: the id of the invocation.
#[func]
async fn token(
    ActivityTrigger(work): ActivityTrigger<(usize, u64)>,
    context: Context,
) -> ActivityOutput<(usize, String)> {
    let (number, millis) = work;
    tokio::time::sleep(Duration::from_millis(millis)).await;
    ActivityOutput((number, context.invocation_id().to_owned()))
}

/// Does what the first word says, with the second.
#[func]
fn act(ActivityTrigger(words): ActivityTrigger<String>) -> Result<ActivityOutput<Value>, BoxError> {
    let (word, rest) = words.split_once(' ').unwrap_or((&words, ""));
    match word {
        "return" => Ok(ActivityOutput(rest.into())),
        "fail" => Err(format!("failed {rest}").into()),
        "fail-once" if mark(rest) => Err("failed the first time".into()),
        "panic" => panic!("panicked {rest}"),
        "die" => die(),
        "die-once" if mark(rest) => die(),
        "fail-once" | "die-once" => Ok(ActivityOutput("did it".into())),
        "big" => Ok(ActivityOutput("x".repeat(rest.parse()?).into())),
        other => Err(format!("`{other}` is no behaviour").into()),
    }
}

/// Has an activity do something, and says what came of it.
#[func]
async fn tries(ctx: DurableOrchestrationContext<String>) -> OrchestrationOutput<Value> {
    let tried = ctx.call_activity(act, ctx.input().clone()).await;
    OrchestrationOutput(match tried {
        Ok(value) => value,
        Err(error) => json!({ "error": error.to_string() }),
    })
}

/// Waits for the event `go`, and has an activity do what it says.
#[func]
async fn waits(ctx: DurableOrchestrationContext) -> Result<OrchestrationOutput<Value>, TaskError> {
    let words: String = ctx.wait_for_event("go").await?;
    let value = ctx.call_activity(act, words).await?;
    Ok(OrchestrationOutput(value))
}

/// Has the host send a request, and gives the status and the body of the last answer.
#[func]
async fn fetches(
    ctx: DurableOrchestrationContext<String>,
) -> Result<OrchestrationOutput<Value>, TaskError> {
    let answer = ctx.call_http(DurableHttpRequest::get(ctx.input())).await?;
    let content = answer.content.unwrap_or_default();
    Ok(OrchestrationOutput(json!([answer.status_code, content])))
}

/// Says that work goes on, and where to ask for it, until all turns are over.
#[func]
#[binding(name = "req", route = "job/{turns}", auth_level = "anonymous")]
fn job(req: &HttpRequest) -> Result<HttpResponse, BoxError> {
    let turns: u32 = req.route_param("turns").unwrap_or_default().parse()?;
    let Some(left) = turns.checked_sub(1) else {
        return Ok("done".into());
    };
    Ok(HttpResponse::builder()
        .status(202)
        .header("location", format!("/api/job/{left}"))
        .header("retry-after", "3600")
        .finish())
}

/// Adds one.
#[func]
async fn number(ctx: DurableOrchestrationContext<i64>) -> OrchestrationOutput<i64> {
    OrchestrationOutput(ctx.input() + 1)
}

/// Ends the process at the first turn.
#[func]
async fn dies(
    ctx: DurableOrchestrationContext<String>,
) -> Result<OrchestrationOutput<Value>, TaskError> {
    if mark(ctx.input()) {
        die();
    }
    let value = ctx.call_activity(act, "return fine".to_owned()).await?;
    Ok(OrchestrationOutput(value))
}

/// Panics after an activity.
#[func]
async fn panics(ctx: DurableOrchestrationContext) -> Result<(), TaskError> {
    ctx.call_activity(act, "return fine".to_owned()).await?;
    panic!("an orchestrator panicked")
}

/// Does something else at each replay.
#[func]
async fn changes(ctx: DurableOrchestrationContext<String>) -> Result<(), TaskError> {
    if mark(ctx.input()) {
        ctx.call_activity(act, "return fine".to_owned()).await?;
    } else {
        ctx.sleep(Duration::from_secs(1)).await;
    }
    Ok(())
}

/// Keeps a number, and ends the process if it is told so.
#[func]
fn keeper(ctx: &DurableEntityContext<i64>) -> Result<EntityOutput<i64>, BoxError> {
    let kept = ctx.state()?.unwrap_or_default();
    let kept = match ctx.operation_name().as_str() {
        "add" => kept + ctx.input::<i64>()?,
        "die-once" if mark(&ctx.input::<String>()?) => die(),
        "die-once" => kept + 1,
        "panic" => panic!("an entity panicked"),
        other => return Err(format!("no operation `{other}`").into()),
    };
    ctx.set_state(&kept)?;
    Ok(EntityOutput(kept))
}

/// What the client says of an instance.
#[func]
#[binding(name = "req", route = "ask/{id}", auth_level = "anonymous")]
async fn ask(req: HttpRequest, client: DurableOrchestrationClient) -> String {
    let id = req.route_param("id").unwrap_or_default();
    match client.status(id).await {
        Ok(Some(status)) => status.runtime_status.to_string(),
        Ok(None) => "none".to_owned(),
        Err(error) => error.to_string(),
    }
}

/// What the client says of a start with an input of so many bytes.
#[func]
#[binding(name = "req", route = "begin/{bytes}", auth_level = "anonymous")]
async fn begin(req: HttpRequest, client: DurableOrchestrationClient) -> Result<String, BoxError> {
    let bytes = req.route_param("bytes").unwrap_or_default().parse()?;
    Ok(match client.start(tries, "x".repeat(bytes)).await {
        Ok(_) => "started".to_owned(),
        Err(error) => error.to_string(),
    })
}

/// Makes a file, and says whether it was not there.
fn mark(path: &str) -> bool {
    let path = Path::new(path);
    !path.exists() && File::create(path).is_ok()
}

/// Ends this process as a system does that has no memory left.
fn die() -> ! {
    let killed = Command::new("kill")
        .args(["-KILL", &std::process::id().to_string()])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    panic!("still alive: {killed:?}")
}
