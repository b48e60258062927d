//! Orchestrators of all kinds, in a scripted world.

#![expect(
    clippy::items_after_statements,
    clippy::needless_pass_by_value,
    reason = "an orchestrator stands before the line that runs it, and is given its context"
)]

use std::{
    future::Future,
    pin::Pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use azure_functions_durable::{
    DurableHttpRequest, DurableHttpResponse, Either, EntityContext, EntityId, OrchestrationContext,
    RetryOptions, Status, TaskError, World, join_all, select, select_all,
};

const fn secs(secs: u64) -> Duration {
    Duration::from_secs(secs)
}

const DAY: u64 = 24 * 3600;

/// A world with the activities that the orchestrators here call.
fn world() -> World {
    let mut world = World::new();
    world
        .activity("double", |n: u32| Ok::<_, TaskError>(n * 2))
        .activity("greet", |name: Option<String>| {
            name.map(|name| format!("Hello, {name}!")).ok_or("nobody")
        });
    world
}

/// Runs `orchestrator` in `world`, once told of many things at a time and once of one.
macro_rules! check {
    ($world:expr, $input:expr, $orchestrator:expr, $expected:expr) => {{
        let end = $world.run("test", $input, $orchestrator);
        let output = end.output();
        assert_eq!(output, Ok($expected), "{:#?}", end.history());
        let mut world = $world;
        let end = world.one_by_one().run("test", $input, $orchestrator);
        assert_eq!(
            end.output(),
            Ok($expected),
            "one by one: {:#?}",
            end.history()
        );
        end
    }};
}

/// The text of the failure with which `orchestrator` ends in `world`.
macro_rules! failure {
    ($world:expr, $input:expr, $orchestrator:expr) => {{
        let end = $world.run("test", $input, $orchestrator);
        assert_eq!(end.status(), Status::Failed, "{:#?}", end.history());
        end.failure().unwrap().to_string()
    }};
}

#[test]
fn chain() {
    async fn chain(ctx: OrchestrationContext) -> Result<u32, TaskError> {
        let mut n = ctx.input()?;
        for _ in 0..3 {
            n = ctx.call_activity_by_name("double", n).await?;
        }
        Ok(n)
    }
    check!(world(), 5, chain, 40);
    assert_eq!(
        failure!(world(), "x", chain),
        "TaskError: the input of orchestrator `test`: invalid type: string \"x\", expected u32 at line 1 column 3"
    );
}

#[test]
fn fan_out() {
    async fn fan(ctx: OrchestrationContext) -> Result<u32, TaskError> {
        let count: u32 = ctx.input()?;
        let tasks = (0..count).map(|n| ctx.call_activity_by_name::<u32>("double", n));
        join_all(tasks).await.into_iter().sum()
    }
    check!(world(), 0, fan, 0);
    check!(world(), 5, fan, 20);
    check!(world(), 100, fan, 9900);
}

#[test]
fn failures() {
    async fn greet(ctx: OrchestrationContext) -> Result<String, TaskError> {
        ctx.call_activity_by_name("greet", ctx.input::<Option<String>>()?)
            .await
    }
    check!(world(), "you", greet, "Hello, you!".to_owned());
    assert_eq!(
        failure!(world(), (), greet),
        "activity `greet` failed: nobody"
    );

    async fn unknown(ctx: OrchestrationContext) -> Result<(), TaskError> {
        ctx.call_activity_by_name("nothing", ()).await
    }
    assert_eq!(
        failure!(world(), (), unknown),
        "World: activity `nothing` failed: World: there is no activity `nothing` in this world; give it one with `World::activity`"
    );

    async fn wrong(ctx: OrchestrationContext) -> Result<Vec<String>, TaskError> {
        ctx.call_activity_by_name("double", 1).await
    }
    assert_eq!(
        failure!(world(), (), wrong),
        "TaskError: the result of activity `double`: invalid type: integer `2`, expected a sequence at line 1 column 1"
    );

    async fn panics(_: OrchestrationContext) -> Result<(), TaskError> {
        panic!("no way")
    }
    assert_eq!(failure!(world(), (), panics), "panic: no way");
}

#[test]
fn retries() {
    async fn retry(ctx: OrchestrationContext) -> Result<(u32, i64), TaskError> {
        let begun = ctx.now();
        let options = RetryOptions::new(4, secs(10)).backoff_coefficient(3.0);
        let n = ctx
            .call_activity_by_name("flaky", ())
            .retry(options)
            .await?;
        Ok((n, ctx.now().duration_since(begun).as_secs()))
    }
    let flaky = |failures: u32| {
        let mut world = World::new();
        let calls = AtomicU32::new(0);
        world.activity("flaky", move |(): ()| {
            let call = calls.fetch_add(1, Ordering::Relaxed) + 1;
            if call > failures {
                Ok(call)
            } else {
                Err("flaky")
            }
        });
        world
    };
    let end = flaky(2).run("test", (), retry);
    assert_eq!(end.output(), Ok((3, 40)));
    assert_eq!(
        failure!(flaky(4), (), retry),
        "activity `flaky` failed: flaky"
    );
}

#[test]
fn timers() {
    async fn sleep(ctx: OrchestrationContext) -> Result<i64, TaskError> {
        let begun = ctx.now();
        ctx.sleep(secs(ctx.input()?)).await;
        Ok(ctx.now().duration_since(begun).as_secs())
    }
    check!(world(), 0, sleep, 0);
    check!(world(), 90, sleep, 90);
    // Seven days are three steps of at most six.
    let end = check!(world(), 7 * DAY, sleep, 7 * 24 * 3600);
    let created = format!("{:?}", end.history());
    assert_eq!(created.matches("TimerCreated(").count(), 2);

    async fn race(ctx: OrchestrationContext) -> Result<String, TaskError> {
        let late = ctx.sleep(secs(20));
        let soon = ctx.sleep(secs(10));
        let first = match select(late, soon).await {
            Either::Left(()) => "late",
            Either::Right(()) => "soon",
        };
        let (at, (), others) = select_all([30, 5, 40].map(|after| ctx.sleep(secs(after)))).await;
        Ok(format!("{first} {at} {}", others.len()))
    }
    check!(world(), (), race, "soon 1 2".to_owned());
}

#[test]
fn events() {
    async fn two(ctx: OrchestrationContext) -> Result<(u32, u32), TaskError> {
        let first = ctx.wait_for_event("Number").await?;
        ctx.sleep(secs(60)).await;
        Ok((first, ctx.wait_for_event("number").await?))
    }
    let mut with_events = world();
    with_events
        .raise_event(secs(1), "number", 1)
        .raise_event(secs(2), "NUMBER", 2);
    assert_eq!(with_events.run("test", (), two).output(), Ok((1, 2)));
    let end = world().run("test", (), two);
    assert_eq!(end.status(), Status::Running);

    // An event that comes too late for one who gave up is for the next.
    async fn late(ctx: OrchestrationContext) -> Result<(Option<u32>, u32), TaskError> {
        let first = ctx.wait_for_event("number").timeout(secs(10)).await?;
        Ok((first, ctx.wait_for_event("number").await?))
    }
    let mut with_events = world();
    with_events.raise_event(secs(11), "number", 7);
    assert_eq!(
        with_events.run("test", (), late).output(),
        Ok((None::<u32>, 7))
    );
    let mut with_events = world();
    with_events.raise_event(secs(1), "number", "seven");
    assert_eq!(
        failure!(with_events, (), late),
        "TaskError: the result of event `number`: invalid type: string \"seven\", expected u32 at line 1 column 7"
    );
}

#[test]
fn suspension_and_termination() {
    async fn waits(ctx: OrchestrationContext) -> Result<i64, TaskError> {
        let begun = ctx.now();
        ctx.sleep(secs(10)).await;
        Ok(ctx.now().duration_since(begun).as_secs())
    }
    let mut world = World::new();
    world.suspend(secs(5)).resume(secs(60));
    assert_eq!(world.run("test", (), waits).output(), Ok(60));
    let mut world = World::new();
    world.terminate(secs(5), "enough");
    let end = world.run("test", (), waits);
    assert_eq!(end.status(), Status::Terminated);
    assert_eq!(end.output(), Ok("enough".to_owned()));
}

#[test]
fn continue_as_new() {
    async fn count(ctx: OrchestrationContext) -> Result<(u32, String), TaskError> {
        let n: u32 = ctx.input()?;
        ctx.set_custom_status(n)?;
        if n < 3 {
            ctx.sleep(secs(1)).await;
            return ctx.continue_as_new(n + 1).await;
        }
        Ok((n, ctx.wait_for_event("kept").await?))
    }
    let mut world = World::new();
    world.raise_event(Duration::ZERO, "kept", "yes");
    let end = world.run("test", 0, count);
    assert_eq!(end.output(), Ok((3, "yes".to_owned())));
    assert_eq!(end.custom_status(), Some(3));
    assert_eq!(end.elapsed(), secs(3));

    async fn discards(ctx: OrchestrationContext) -> Result<(), TaskError> {
        if ctx.input::<bool>()? {
            ctx.sleep(secs(1)).await;
            return ctx.continue_as_new(false).discard_events().await;
        }
        ctx.wait_for_event("kept").await
    }
    let mut world = World::new();
    world.raise_event(Duration::ZERO, "kept", ());
    let end = world.run("test", true, discards);
    assert_eq!(end.status(), Status::Running);
}

#[test]
fn sub_orchestrations() {
    async fn child(ctx: OrchestrationContext) -> Result<String, String> {
        let n: u32 = ctx.input().map_err(|error| error.to_string())?;
        let parent = ctx.parent_instance_id().unwrap_or_default();
        if n > 2 {
            return Err(format!("{n} is too much"));
        }
        Ok(format!("{n} of {parent}"))
    }
    async fn parent(ctx: OrchestrationContext) -> Result<Vec<String>, TaskError> {
        let count: u32 = ctx.input()?;
        let children = (0..count).map(|n| ctx.call_sub_orchestrator_by_name("child", n));
        join_all(children).await.into_iter().collect()
    }
    let with_child = || {
        let mut world = world();
        world.orchestrator("Child", child);
        world
    };
    let children = || vec!["0 of root".to_owned(), "1 of root".to_owned()];
    check!(with_child(), 2, parent, children());
    assert_eq!(
        failure!(with_child(), 4, parent),
        "sub-orchestration `child` failed: 3 is too much"
    );
}

#[test]
fn spawned() {
    async fn spawns(ctx: OrchestrationContext) -> Result<u32, TaskError> {
        let tasks: Vec<_> = (1..=3_u32)
            .map(|n| {
                let own = ctx.clone();
                ctx.spawn(async move {
                    own.sleep(secs(10 * u64::from(4 - n))).await;
                    own.call_activity_by_name::<u32>("double", n).await
                })
            })
            .collect();
        join_all(tasks).await.into_iter().sum()
    }
    check!(world(), (), spawns, 12);
}

fn counter(ctx: EntityContext) -> Result<i64, String> {
    let state = ctx.state::<i64>().map_err(|error| error.to_string())?;
    let input = || ctx.input::<i64>().map_err(|error| error.to_string());
    let state = match ctx.operation_name().as_str() {
        "add" => state.unwrap_or_default() + input()?,
        "get" => return Ok(state.unwrap_or_default()),
        "spoil" => {
            ctx.set_state(&"spoilt")
                .map_err(|error| error.to_string())?;
            return Err("spoilt".to_owned());
        }
        other => return Err(format!("no operation `{other}`")),
    };
    ctx.set_state(&state).map_err(|error| error.to_string())?;
    Ok(state)
}

#[test]
fn entities() {
    async fn counts(ctx: OrchestrationContext) -> Result<(i64, i64), TaskError> {
        let counter = EntityId::new("Counter", "a");
        ctx.signal_entity(&counter, "add", 3)?;
        let three = ctx.call_entity(&counter, "get", ()).await?;
        // What fails leaves no trace.
        let error = ctx.call_entity::<()>(&counter, "spoil", ()).await;
        let error = error.unwrap_err().to_string();
        assert_eq!(
            error,
            "operation `spoil` of entity `@counter@a` failed: spoilt"
        );
        let later = ctx.now() + secs(60);
        ctx.signal_entity_at(later, &counter, "add", 100)?;
        let seven = ctx.call_entity(&counter, "add", 4).await?;
        Ok((three, seven))
    }
    let with_counter = || {
        let mut world = World::new();
        world.entity("counter", counter);
        world
    };
    check!(with_counter(), (), counts, (3, 7));

    async fn locks(ctx: OrchestrationContext) -> Result<i64, TaskError> {
        let [a, b, c] = ["a", "b", "c"].map(|key| EntityId::new("counter", key));
        let lock = ctx.lock_entities([b.clone(), a.clone(), b.clone()]).await?;
        let locked: Vec<_> = lock.entities().map(EntityId::key).collect();
        assert_eq!(locked, ["a", "b"]);
        let sum: i64 = ctx.call_entity(&a, "add", 1).await?;
        let error = ctx.call_entity::<i64>(&c, "get", ()).await.unwrap_err();
        assert!(error.to_string().contains("is not in it"), "{error}");
        let error = ctx.lock_entities([c.clone()]).await.unwrap_err();
        assert!(error.to_string().contains("has a lock already"), "{error}");
        assert!(ctx.signal_entity(&a, "add", 1).is_err());
        drop(lock);
        Ok(sum + ctx.call_entity::<i64>(&c, "get", ()).await?)
    }
    check!(with_counter(), (), locks, 1);

    // A lock is given back even if the orchestrator fails with it.
    async fn fails(ctx: OrchestrationContext) -> Result<(), String> {
        let counter = EntityId::new("counter", "a");
        let _lock = ctx
            .lock_entities([counter])
            .await
            .map_err(|error| error.to_string())?;
        Err("with a lock".to_owned())
    }
    async fn outlives(ctx: OrchestrationContext) -> Result<i64, TaskError> {
        let failed = ctx.call_sub_orchestrator_by_name::<()>("fails", ()).await;
        assert!(failed.is_err());
        ctx.call_entity(&EntityId::new("counter", "a"), "add", 1)
            .await
    }
    let mut world = with_counter();
    world.orchestrator("fails", fails);
    check!(world, (), outlives, 1);
}

#[test]
fn what_is_not_durable() {
    async fn waits_for_a_channel(_: OrchestrationContext) -> Result<(), TaskError> {
        std::future::pending().await
    }
    let text = failure!(world(), (), waits_for_a_channel);
    assert!(
        text.starts_with(
            "NonDurableAwait: orchestrator `test` awaits something that is not durable"
        ),
        "{text}"
    );

    async fn is_woken_by_a_thread(ctx: OrchestrationContext) -> Result<(), TaskError> {
        let timer = ctx.sleep(secs(1));
        let foreign = std::future::poll_fn(|cx| {
            let waker = cx.waker().clone();
            std::thread::spawn(move || waker.wake()).join().unwrap();
            std::task::Poll::<()>::Pending
        });
        futures::future::select(Box::pin(foreign), timer).await;
        Ok(())
    }
    let text = failure!(world(), (), is_woken_by_a_thread);
    assert!(text.starts_with("NonDurableAwait: "), "{text}");

    async fn spins(_: OrchestrationContext) -> Result<(), TaskError> {
        std::future::poll_fn(|cx| {
            cx.waker().wake_by_ref();
            std::task::Poll::<()>::Pending
        })
        .await;
        Ok(())
    }
    let text = failure!(world(), (), spins);
    assert!(text.starts_with("NonDurableAwait: "), "{text}");
}

#[test]
fn what_does_not_replay() {
    let calls = Arc::new(AtomicU32::new(0));
    let unsteady = move |ctx: OrchestrationContext| {
        let call = calls.fetch_add(1, Ordering::Relaxed);
        async move {
            // The first turn is run twice, and agrees with itself.
            if call < 2 {
                ctx.call_activity_by_name::<u32>("double", 1).await
            } else {
                ctx.sleep(secs(1)).await;
                Ok(0)
            }
        }
    };
    assert_eq!(
        failure!(world(), (), unsteady),
        "NonDeterminism: orchestrator `test` does not do again what it did: as number 0 its history has activity `double`, and \
         the code now scheduled a timer; let running instances end before the code changes, or branch on the version"
    );
}

/// Runs an orchestrator that does something else each time, and gives how the first difference is described.
fn difference<F>(other: impl Fn(OrchestrationContext, u32) -> F + Send + Sync + 'static) -> String
where
    F: Future<Output = Result<u32, TaskError>> + Send + 'static,
{
    let calls = AtomicU32::new(0);
    let orchestrator =
        move |ctx: OrchestrationContext| other(ctx, calls.fetch_add(1, Ordering::Relaxed));
    let text = failure!(world(), (), orchestrator);
    let short = text.strip_prefix(
        "NonDeterminism: orchestrator `test` is not deterministic: run twice over the same history, ",
    );
    let rest = "; what it does may depend on its input and its context only";
    let short = short.and_then(|text| text.strip_suffix(rest));
    short.unwrap_or(&text).to_owned()
}

#[test]
fn what_differs_at_once() {
    assert_eq!(
        difference(|ctx, n| async move {
            let steady = ctx.call_activity_by_name::<u32>("double", 7);
            let other = ctx.call_activity_by_name::<u32>("double", n);
            Ok(steady.await? + other.await?)
        }),
        "it asked for this as number 1: activity `double`, with the input `0`; and then for this: activity `double`, with the input `1`"
    );
    assert_eq!(
        difference(|ctx, n| async move {
            ctx.sleep(secs(n.into())).await;
            Ok(0)
        }),
        "it asked for this as number 0: a timer, that ends at `2023-11-14T22:13:20Z`; and then for this: a timer, that ends at \
         `2023-11-14T22:13:21Z`"
    );
    assert_eq!(
        difference(|ctx, n| async move {
            ctx.set_custom_status(n)?;
            ctx.sleep(secs(1)).await;
            Ok(0)
        }),
        "it set the custom status 0, and then 1"
    );
    assert_eq!(
        difference(|_, n| async move { Ok(n) }),
        "it asked for this as number 0: its end, with `0`; and then for this: its end, with `1`"
    );
    assert_eq!(
        difference(|ctx, n| async move {
            if n == 0 {
                ctx.send_event("other", "go", 1)?;
            }
            ctx.wait_for_event("never").await
        }),
        "it asked for this as number 0: event `go` to `other`, with `1`; and then for this: nothing"
    );
}

#[test]
fn identity() {
    async fn who(ctx: OrchestrationContext) -> Result<(String, bool, bool), TaskError> {
        let before = ctx.new_guid();
        let first = ctx.is_replaying();
        ctx.call_activity_by_name::<u32>("double", 1).await?;
        let other = ctx.new_guid();
        Ok((
            ctx.name(),
            before != other && ctx.random_u64() != ctx.random_u64(),
            first && !ctx.is_replaying(),
        ))
    }
    check!(world(), (), who, ("test".to_owned(), true, true));
}

/// A server whose work takes `turns` questions, and that says what it was asked.
fn server(turns: u32) -> (World, Arc<Mutex<Vec<String>>>) {
    let asked = Arc::new(Mutex::new(Vec::new()));
    let own = Arc::clone(&asked);
    let mut world = World::new();
    world.http(move |request: DurableHttpRequest| {
        let mut asked = own.lock().unwrap_or_else(PoisonError::into_inner);
        asked.push(format!("{} {}", request.method, request.uri));
        let answer = match asked.len() {
            n if n > turns as usize => DurableHttpResponse::new(200).with_content("\"done\""),
            1 => DurableHttpResponse::new(202).with_header("Location", "/jobs/1"),
            _ => DurableHttpResponse::new(202)
                .with_header("location", "2")
                .with_header("Retry-After", "5"),
        };
        Ok::<_, TaskError>(answer)
    });
    (world, asked)
}

#[test]
fn http() {
    async fn call(ctx: OrchestrationContext) -> Result<String, TaskError> {
        let request = DurableHttpRequest::post("http://a/jobs?code=1");
        ctx.call_http(request).await?.json()
    }
    for (turns, elapsed, expected) in [
        (0, 0, vec!["POST http://a/jobs?code=1"]),
        (
            1,
            30,
            vec!["POST http://a/jobs?code=1", "GET http://a/jobs/1"],
        ),
        (
            3,
            40,
            vec![
                "POST http://a/jobs?code=1",
                "GET http://a/jobs/1",
                "GET http://a/jobs/2",
                "GET http://a/jobs/2",
            ],
        ),
    ] {
        let (mut world, asked) = server(turns);
        let end = world.run("test", (), call);
        assert_eq!(end.output(), Ok("done".to_owned()), "{:#?}", end.history());
        assert_eq!(end.elapsed(), secs(elapsed));
        assert_eq!(*asked.lock().unwrap(), expected);
    }

    async fn once(ctx: OrchestrationContext) -> Result<u16, TaskError> {
        let request = DurableHttpRequest::post("http://a/jobs").without_polling();
        Ok(ctx.call_http(request).await?.status_code)
    }
    let (mut world, _) = server(3);
    assert_eq!(world.run("test", (), once).output(), Ok(202));

    // A status is an answer, and no answer is a failure, which can be tried again.
    async fn again(ctx: OrchestrationContext) -> Result<u16, TaskError> {
        let retry = RetryOptions::new(2, secs(7));
        let request = DurableHttpRequest::get("http://a/?code=secret");
        Ok(ctx.call_http(request).retry(retry).await?.status_code)
    }
    for (failures, expected) in [
        (1, Ok(503)),
        (2, Err("request `GET http://a/` failed: no server")),
    ] {
        let mut world = World::new();
        let mut calls = 0;
        world.http(move |_| {
            calls += 1;
            if calls <= failures {
                return Err("no server");
            }
            Ok(DurableHttpResponse::new(503))
        });
        let end = world.run("test", (), again);
        let output = end.output().map_err(|_| end.failure().unwrap().to_string());
        assert_eq!(output, expected.map_err(str::to_owned));
        assert_eq!(end.elapsed(), secs(7));
    }
}

/// What is spawned is polled when something that it waits for has happened, and not for each event.
#[test]
fn spawned_parts_are_polled_when_they_are_woken() {
    const PARTS: u32 = 200;
    let polls = Arc::new(AtomicU32::new(0));
    let count = Arc::clone(&polls);
    let orchestrator = move |ctx: OrchestrationContext| {
        let polls = Arc::clone(&count);
        async move {
            let parts: Vec<_> = (0..PARTS)
                .map(|n| {
                    let mut call = ctx.call_activity_by_name::<u32>("double", n);
                    let polls = Arc::clone(&polls);
                    ctx.spawn(std::future::poll_fn(move |cx| {
                        polls.fetch_add(1, Ordering::Relaxed);
                        Pin::new(&mut call).poll(cx)
                    }))
                })
                .collect();
            join_all(parts).await.into_iter().sum::<Result<u32, _>>()
        }
    };
    let end = world().run("test", (), orchestrator);
    assert_eq!(end.output(), Ok(PARTS * (PARTS - 1)));
    // Two turns, each run twice: in the first all wait, in the second all wait and then end.
    assert_eq!(polls.load(Ordering::Relaxed), 2 * (PARTS + 2 * PARTS));
}
