//! Random orchestrators, with answers that are lost and turns that are divided: the result is the same.
//!
//! `PROPTEST_CASES=10000 cargo test -p azure-functions-durable --test model` runs more of them than the gate does.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use azure_functions_durable::{
    End, OrchestrationContext, RetryOptions, Spawned, TaskError, World, join_all,
    protocol::history_event::EventType, recorded::RecordedHistory, replays, select_all,
};
use futures::{FutureExt, future::BoxFuture};
use proptest::prelude::*;
use serde::{Deserialize, Serialize};

/// A piece of an orchestrator.
#[derive(Clone, Debug, Serialize, Deserialize)]
enum Step {
    Activity(u8),
    /// Fails so many times before it succeeds, and is tried so often.
    Flaky(u8, u8),
    Sleep(u8),
    /// Waits for an event so long.
    Event(u8, u8),
    Part(Vec<Step>),
    All(Vec<Step>),
    First(Vec<Step>),
    Status(u8),
    Guid,
    Again,
}

fn step() -> impl Strategy<Value = Step> {
    let leaf = prop_oneof![
        4 => any::<u8>().prop_map(Step::Activity),
        2 => (0..4_u8, 1..4_u8).prop_map(|(failures, attempts)| Step::Flaky(failures, attempts)),
        2 => (0..40_u8).prop_map(Step::Sleep),
        2 => (0..3_u8, 0..40_u8).prop_map(|(name, patience)| Step::Event(name, patience)),
        1 => any::<u8>().prop_map(Step::Status),
        1 => Just(Step::Guid),
        1 => Just(Step::Again),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        let some = prop::collection::vec(inner, 1..4);
        prop_oneof![
            some.clone().prop_map(Step::Part),
            some.clone().prop_map(Step::All),
            some.prop_map(Step::First),
        ]
    })
}

/// What an orchestrator of steps is given: the steps, and how often it has begun anew.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Program {
    steps: Vec<Step>,
    round: u8,
}

async fn program(ctx: OrchestrationContext) -> Result<String, TaskError> {
    let program: Program = ctx.input()?;
    let mut seen = String::new();
    for step in &program.steps {
        if matches!(step, Step::Again) && program.round < 2 {
            let round = program.round + 1;
            return ctx.continue_as_new(Program { round, ..program }).await;
        }
        seen += &take(ctx.clone(), step.clone()).await?;
        seen += ";";
    }
    Ok(seen)
}

fn take(ctx: OrchestrationContext, step: Step) -> BoxFuture<'static, Result<String, TaskError>> {
    let spawn = |steps: Vec<Step>| -> Vec<Spawned<_>> {
        let steps = steps.into_iter();
        let own = ctx.clone();
        steps
            .map(|step| own.spawn(take(own.clone(), step)))
            .collect()
    };
    match step {
        Step::Part(steps) => {
            let part = Program { steps, round: 0 };
            async move { ctx.call_sub_orchestrator_by_name("program", part).await }.boxed()
        }
        Step::All(steps) => {
            let tasks = spawn(steps);
            async move {
                Ok(join_all(tasks)
                    .await
                    .into_iter()
                    .collect::<Result<Vec<_>, _>>()?
                    .concat())
            }
            .boxed()
        }
        Step::First(steps) => {
            let tasks = spawn(steps);
            async move {
                let (at, first, _others) = select_all(tasks).await;
                Ok(format!("{at}:{}", first?))
            }
            .boxed()
        }
        step => leaf(ctx, step).boxed(),
    }
}

async fn leaf(ctx: OrchestrationContext, step: Step) -> Result<String, TaskError> {
    Ok(match step {
        Step::Activity(n) => {
            let n: u32 = ctx.call_activity_by_name("twice", n).await?;
            n.to_string()
        }
        Step::Flaky(failures, attempts) => {
            let key = ctx.new_guid().to_string();
            let options = RetryOptions::new(attempts.into(), Duration::from_secs(3));
            let task = ctx.call_activity_by_name::<u32>("flaky", (key, failures));
            match task.retry(options).await {
                Ok(attempt) => format!("after {attempt}"),
                Err(error) => error.to_string(),
            }
        }
        Step::Sleep(seconds) => {
            ctx.sleep(Duration::from_secs(seconds.into())).await;
            ctx.now().to_string()
        }
        Step::Event(name, patience) => {
            let event = ctx.wait_for_event::<u32>(&format!("event{name}"));
            let data = event.timeout(Duration::from_secs(patience.into())).await?;
            format!("{data:?}")
        }
        Step::Status(status) => {
            ctx.set_custom_status(status)?;
            String::new()
        }
        Step::Guid => ctx.new_guid().to_string(),
        _ => String::new(),
    })
}

fn world(events: &[(u8, u8)]) -> World {
    let mut world = World::new();
    world.activity("twice", |n: u32| Ok::<_, TaskError>(n * 2));
    let attempts = Arc::new(Mutex::new(HashMap::<String, u32>::new()));
    world.activity("flaky", move |(key, failures): (String, u32)| {
        let mut attempts = attempts.lock().unwrap_or_else(PoisonError::into_inner);
        let attempt = attempts.entry(key).or_default();
        *attempt += 1;
        if *attempt > failures {
            Ok(*attempt)
        } else {
            Err(format!("attempt {attempt}"))
        }
    });
    for (at, (name, after)) in events.iter().enumerate() {
        world.raise_event(
            Duration::from_secs((*after).into()),
            &format!("EVENT{name}"),
            at,
        );
    }
    world.orchestrator("program", program);
    world
}

fn outcome(end: &End) -> impl PartialEq + std::fmt::Debug + use<> {
    (
        end.status(),
        end.output::<String>(),
        end.custom_status::<u8>(),
        end.elapsed(),
    )
}

proptest! {
    #[test]
    fn kills_change_nothing(
        steps in prop::collection::vec(step(), 1..5),
        events in prop::collection::vec((0..3_u8, 0..60_u8), 0..5),
        kills in any::<u32>(),
    ) {
        let input = Program { steps, round: 0 };
        let end = world(&events).run("program", &input, program);
        let plain = outcome(&end);
        let divided = outcome(&world(&events).one_by_one().run("program", &input, program));
        prop_assert_eq!(&divided, &plain, "divided");

        let turn = AtomicU32::new(0);
        let mut killed = world(&events);
        killed.lose_answers(move || {
            // Never twice in a row, so that there is an end.
            let turn = turn.fetch_add(1, Ordering::Relaxed);
            turn.is_multiple_of(2) && kills & (1 << (turn / 2 % 32)) != 0
        });
        let killed = outcome(&killed.one_by_one().run("program", &input, program));
        prop_assert_eq!(&killed, &plain, "killed");

        // So does the history in a file, whole and as it was at the end of each turn.
        let history = RecordedHistory::new("root", end.history().to_vec());
        prop_assert_eq!(history.to_string().parse(), Ok(history.clone()));
        let replayed = replays(&history, program);
        let replayed = replayed.map_err(|error| TestCaseError::fail(error.to_string()))?;
        prop_assert_eq!(replayed.status(), end.status());
        prop_assert_eq!(replayed.output::<String>().ok(), end.output::<String>().ok());
        for (at, event) in history.events.iter().enumerate() {
            if matches!(event.event_type, Some(EventType::OrchestratorCompleted(_))) {
                let events = history.events.iter().take(at + 1).cloned().collect();
                let earlier = RecordedHistory::new("root", events);
                let replayed = replays(&earlier, program);
                let replayed = replayed.map_err(|error| TestCaseError::fail(error.to_string()));
                replayed?;
            }
        }
    }
}
