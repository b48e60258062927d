//! What it costs to replay an orchestration: `cargo bench -p azure-functions-durable`.
//!
//! Each case runs an orchestrator over a history of so many events once, as the worker does for each request of the host. Criterion
//! prints the time for one event as its throughput.

use std::{hint::black_box, time::Duration};

use azure_functions_durable::{
    FailureDetails, OrchestrationContext, TaskError, join_all,
    protocol::{
        ExecutionStartedEvent, HistoryEvent, OrchestrationStatus, OrchestratorCompletedEvent,
        OrchestratorRequest, OrchestratorResponse, OrchestratorStartedEvent, TaskCompletedEvent,
        TaskScheduledEvent, TimerCreatedEvent, TimerFiredEvent, history_event::EventType,
        orchestrator_action::OrchestratorActionType as ActionType,
    },
    run,
};
use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use criterion::{BatchSize, BenchmarkId, Criterion, Throughput};
use futures::future::BoxFuture;
use prost::Message as _;

/// How many events the histories have, as near as their shape lets it be.
const EVENTS: [i32; 3] = [100, 1_000, 10_000];

/// An orchestrator, and what its history looks like.
struct Shape {
    name: &'static str,
    orchestrator: fn(OrchestrationContext) -> BoxFuture<'static, Result<i32, TaskError>>,
    /// How many events a step has.
    events: i32,
    /// The history of so many steps, but for its end.
    history: fn(i32) -> Vec<HistoryEvent>,
}

const SHAPES: [Shape; 4] = [
    Shape {
        name: "one activity after the other",
        orchestrator: |ctx| Box::pin(chain(ctx)),
        events: 4,
        history: |steps| turns((0..steps).map(|id| (scheduled(id), completed(id)))),
    },
    Shape {
        name: "all activities at once",
        orchestrator: |ctx| Box::pin(fan_out(ctx)),
        events: 2,
        history: at_once,
    },
    Shape {
        name: "all activities at once, spawned",
        orchestrator: |ctx| Box::pin(spawned(ctx)),
        events: 2,
        history: at_once,
    },
    Shape {
        name: "one timer after the other",
        orchestrator: |ctx| Box::pin(timers(ctx)),
        events: 4,
        history: |steps| turns((0..steps).map(|id| (created(id), fired(id)))),
    },
];

async fn chain(ctx: OrchestrationContext) -> Result<i32, TaskError> {
    let mut sum = 0;
    for number in 0..ctx.input::<i32>()? {
        sum += ctx.call_activity_by_name::<i32>("same", number).await?;
    }
    Ok(sum)
}

async fn fan_out(ctx: OrchestrationContext) -> Result<i32, TaskError> {
    let numbers = 0..ctx.input::<i32>()?;
    let calls = numbers.map(|number| ctx.call_activity_by_name::<i32>("same", number));
    join_all(calls).await.into_iter().sum()
}

async fn spawned(ctx: OrchestrationContext) -> Result<i32, TaskError> {
    let numbers = 0..ctx.input::<i32>()?;
    let calls = numbers.map(|number| {
        let own = ctx.clone();
        ctx.spawn(async move { own.call_activity_by_name::<i32>("same", number).await })
    });
    join_all(calls.collect::<Vec<_>>()).await.into_iter().sum()
}

async fn timers(ctx: OrchestrationContext) -> Result<i32, TaskError> {
    for _ in 0..ctx.input::<i32>()? {
        ctx.sleep(Duration::from_secs(1)).await;
    }
    Ok(0)
}

fn event(event_id: i32, event_type: EventType) -> HistoryEvent {
    let timestamp = prost_types::Timestamp {
        seconds: 1_700_000_000 + i64::from(event_id),
        nanos: 0,
    };
    HistoryEvent {
        event_id,
        timestamp: Some(timestamp),
        event_type: Some(event_type),
    }
}

fn began() -> HistoryEvent {
    event(
        -1,
        EventType::OrchestratorStarted(OrchestratorStartedEvent {}),
    )
}

fn ended() -> HistoryEvent {
    event(
        -1,
        EventType::OrchestratorCompleted(OrchestratorCompletedEvent {}),
    )
}

fn scheduled(id: i32) -> HistoryEvent {
    let scheduled = TaskScheduledEvent {
        name: "same".to_owned(),
        ..TaskScheduledEvent::default()
    };
    event(id, EventType::TaskScheduled(scheduled))
}

fn completed(id: i32) -> HistoryEvent {
    let completed = TaskCompletedEvent {
        task_scheduled_id: id,
        result: Some(id.to_string()),
    };
    event(-1, EventType::TaskCompleted(completed))
}

fn created(id: i32) -> HistoryEvent {
    event(
        id,
        EventType::TimerCreated(TimerCreatedEvent { fire_at: None }),
    )
}

fn fired(id: i32) -> HistoryEvent {
    let fired = TimerFiredEvent {
        fire_at: None,
        timer_id: id,
    };
    event(-1, EventType::TimerFired(fired))
}

/// A turn for each step.
fn turns(steps: impl Iterator<Item = (HistoryEvent, HistoryEvent)>) -> Vec<HistoryEvent> {
    steps
        .flat_map(|(asked, answered)| [asked, ended(), began(), answered])
        .collect()
}

/// All steps in one turn.
fn at_once(steps: i32) -> Vec<HistoryEvent> {
    let mut events: Vec<_> = (0..steps).map(scheduled).collect();
    events.extend([ended(), began()]);
    events.extend((0..steps).map(completed));
    events
}

/// The request of an instance that has taken `steps` steps, with all of its history.
fn request(shape: &Shape, steps: i32) -> OrchestratorRequest {
    let started = ExecutionStartedEvent {
        name: "bench".to_owned(),
        input: Some(steps.to_string()),
        ..ExecutionStartedEvent::default()
    };
    let mut past_events = vec![began(), event(-1, EventType::ExecutionStarted(started))];
    past_events.extend((shape.history)(steps));
    OrchestratorRequest {
        instance_id: "0123456789abcdef0123456789abcdef".to_owned(),
        past_events,
        ..OrchestratorRequest::default()
    }
}

async fn erased(
    running: BoxFuture<'static, Result<i32, TaskError>>,
) -> Result<Option<String>, FailureDetails> {
    let sum = running.await;
    sum.map(|sum| Some(sum.to_string()))
        .map_err(|error| FailureDetails::of("TaskError", &error))
}

fn ends(answer: &OrchestratorResponse) -> bool {
    answer.actions.iter().any(|action| {
        matches!(
            &action.orchestrator_action_type,
            Some(ActionType::CompleteOrchestration(end))
                if end.orchestration_status() == OrchestrationStatus::Completed
        )
    })
}

fn replays(criterion: &mut Criterion) {
    for shape in &SHAPES {
        let mut group = criterion.benchmark_group(shape.name);
        for events in EVENTS {
            let request = request(shape, events / shape.events);
            let count = request.past_events.len();
            let answer = run(request.clone(), |ctx| erased((shape.orchestrator)(ctx)));
            // It has to reach its end: a replay that stops early costs nothing.
            assert!(ends(&answer), "{}: {answer:?}", shape.name);
            let id = |what| BenchmarkId::new(what, count);
            group.throughput(Throughput::Elements(
                u64::try_from(count).unwrap_or(u64::MAX),
            ));
            group.bench_function(id("engine"), |bench| {
                bench.iter_batched(
                    || request.clone(),
                    |request| run(request, |ctx| erased((shape.orchestrator)(ctx))),
                    BatchSize::LargeInput,
                );
            });
            let text = BASE64.encode(request.encode_to_vec());
            group.bench_function(id("with the message"), |bench| {
                bench.iter(|| {
                    let bytes = BASE64.decode(black_box(&text)).unwrap_or_default();
                    let request = OrchestratorRequest::decode(bytes.as_slice()).unwrap_or_default();
                    let answer = run(request, |ctx| erased((shape.orchestrator)(ctx)));
                    BASE64.encode(answer.encode_to_vec())
                });
            });
        }
        group.finish();
    }
}

fn main() {
    let mut criterion = Criterion::default()
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(1))
        .sample_size(20)
        .configure_from_args();
    replays(&mut criterion);
    criterion.final_summary();
}
