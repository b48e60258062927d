//! Recorded histories, replayed against the code that made them and against code that has changed.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test: what is not there fails it"
)]
#![expect(
    clippy::needless_raw_string_hashes,
    reason = "`expect-test` writes strings so"
)]
#![expect(
    clippy::too_many_lines,
    reason = "a table, whose rows are what is shown"
)]

use std::time::Duration;

use azure_functions_durable::{
    Either, EntityId, OrchestrationContext, Status, TaskError, World, join_all,
    protocol::history_event::EventType,
    recorded::{RecordedHistory, RecordedHistoryError},
    replays, select,
};
use expect_test::{Expect, expect};

const HOUR: Duration = Duration::from_secs(3600);

/// How the code of [`order`] changed since it was recorded.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Change {
    None,
    Renamed,
    OtherOrder,
    NoTimer,
    OtherTimer,
    OneMore,
    OneLess,
    OneMoreBesides,
    OtherPart,
    OtherEvent,
    OtherInput,
    OtherOutput,
    Fails,
    Panics,
    EndsEarly,
    GoesOn,
    BeginsAnew,
    AwaitsOther,
}

async fn order(ctx: OrchestrationContext, change: Change) -> Result<String, TaskError> {
    let call = |name, input: &str| ctx.call_activity_by_name::<String>(name, input);
    let input: String = ctx.input()?;
    let item = match change {
        Change::Renamed => call("book", &input).await?,
        Change::OtherInput => call("Reserve", "another").await?,
        _ => call("reserve", &input).await?,
    };
    match change {
        Change::NoTimer => {}
        Change::OtherTimer => ctx.sleep(2 * HOUR).await,
        Change::OneMore => {
            let _: String = call("check", &item).await?;
        }
        Change::Panics => assert!(item.is_empty(), "out of {item}"),
        Change::Fails => return Err(failed()),
        Change::EndsEarly => return Ok(item),
        Change::BeginsAnew => return ctx.continue_as_new(item).await,
        Change::AwaitsOther => std::future::pending().await,
        _ => ctx.sleep(HOUR).await,
    }
    let mut names = vec!["charge", "mail"];
    match change {
        Change::OtherOrder => names.reverse(),
        Change::OneLess => names.truncate(1),
        Change::OneMoreBesides => names.push("log"),
        _ => {}
    }
    for sent in join_all(names.iter().map(|name| call(name, &item))).await {
        sent?;
    }
    let part = if change == Change::OtherPart {
        "send"
    } else {
        "ship"
    };
    let _: () = ctx.call_sub_orchestrator_by_name(part, &item).await?;
    let stock = EntityId::new("stock", "all");
    let left: u32 = ctx.call_entity(&stock, "take", 1).await?;
    let event = if change == Change::OtherEvent {
        "Paid"
    } else {
        "Confirmed"
    };
    ctx.send_event("other", "Ordered", left)?;
    let confirmed = select(ctx.wait_for_event::<bool>(event), ctx.sleep(24 * HOUR)).await;
    if change == Change::GoesOn {
        let _: String = call("reserve", "again").await?;
    }
    if change == Change::OtherOutput {
        return Ok("other".to_owned());
    }
    Ok(match confirmed {
        Either::Left(confirmed) => format!("{item}: {}", confirmed?),
        Either::Right(()) => item,
    })
}

fn failed() -> TaskError {
    TaskError::Misuse {
        task: "order".to_owned(),
        reason: "sold out".to_owned(),
    }
}

fn history() -> RecordedHistory {
    let mut world = World::new();
    for name in ["reserve", "charge", "mail"] {
        world.activity(name, |input: String| Ok::<_, TaskError>(input));
    }
    world
        .orchestrator("ship", |_: OrchestrationContext| async {
            Ok::<_, TaskError>(())
        })
        .entity("stock", |_: azure_functions_durable::EntityContext| {
            Ok::<_, TaskError>(7)
        })
        .raise_event(5 * HOUR, "confirmed", true);
    let end = world.run("order", "book", |ctx| order(ctx, Change::None));
    assert_eq!(end.output::<String>(), Ok("book: true".to_owned()));
    RecordedHistory::new("root", end.history().to_vec())
}

/// The history as it was after some turns.
fn after(history: &RecordedHistory, turns: usize) -> RecordedHistory {
    let ends = history.events.iter().enumerate();
    let mut ends = ends
        .filter(|(_, event)| matches!(event.event_type, Some(EventType::OrchestratorCompleted(_))));
    let (end, _) = ends.nth(turns - 1).unwrap();
    RecordedHistory::new("root", history.events[..=end].to_vec())
}

#[test]
fn changes_are_found() {
    let whole = history();
    let check = |change, turns: usize, expected: Expect| {
        let history = if turns == 0 {
            whole.clone()
        } else {
            after(&whole, turns)
        };
        let shown = match replays(&history, move |ctx| order(ctx, change)) {
            Ok(end) => format!("{:?} {:?}\n", end.status(), end.output::<String>().ok()),
            Err(difference) => format!("{difference}\n"),
        };
        expected.assert_eq(&shown);
    };
    check(
        Change::None,
        0,
        expect![[r#"
        Completed Some("book: true")
    "#]],
    );
    check(
        Change::None,
        1,
        expect![[r#"
        Running None
    "#]],
    );
    check(
        Change::None,
        3,
        expect![[r#"
        Running None
    "#]],
    );
    check(
        Change::OtherInput,
        0,
        expect![[r#"
        Completed Some("book: true")
    "#]],
    );
    check(
        Change::OtherTimer,
        0,
        expect![[r#"
        Completed Some("book: true")
    "#]],
    );
    check(
        Change::OtherOutput,
        0,
        expect![[r#"
        Completed Some("other")
    "#]],
    );
    check(
        Change::OtherEvent,
        0,
        expect![[r#"
        orchestrator `order` does not do again what the instance `root` did
          history: it has completed
          code:    it waits
        at event 30 of 31:
            25 eventSent 6 `Ordered`
            26 timerCreated 7
            27 orchestratorCompleted
            28 orchestratorStarted
            29 eventRaised `confirmed`
        >   30 executionCompleted 8 completed
        let running instances end before this code is deployed, or branch on the version of the instance
    "#]],
    );
    check(
        Change::OtherEvent,
        5,
        expect![[r#"
        Running None
    "#]],
    );
    check(
        Change::Renamed,
        0,
        expect![[r#"
        orchestrator `order` does not do again what the instance `root` did
          history: activity `reserve` as number 0
          code:    activity `book` as number 0
        at event 3 of 31:
             1 orchestratorStarted
             2 executionStarted `order`
        >    3 taskScheduled 0 `reserve`
        let running instances end before this code is deployed, or branch on the version of the instance
    "#]],
    );
    check(
        Change::Renamed,
        1,
        expect![[r#"
        orchestrator `order` does not do again what the instance `root` did
          history: activity `reserve` as number 0
          code:    activity `book` as number 0
        at event 3 of 4:
             1 orchestratorStarted
             2 executionStarted `order`
        >    3 taskScheduled 0 `reserve`
        let running instances end before this code is deployed, or branch on the version of the instance
    "#]],
    );
    check(
        Change::OtherOrder,
        0,
        expect![[r#"
        orchestrator `order` does not do again what the instance `root` did
          history: activity `charge` as number 2
          code:    activity `mail` as number 2
        at event 11 of 31:
             6 taskCompleted of 0
             7 timerCreated 1
             8 orchestratorCompleted
             9 orchestratorStarted
            10 timerFired of 1
        >   11 taskScheduled 2 `charge`
        let running instances end before this code is deployed, or branch on the version of the instance
    "#]],
    );
    check(
        Change::NoTimer,
        0,
        expect![[r#"
        orchestrator `order` does not do again what the instance `root` did
          history: a timer as number 1
          code:    activity `charge` as number 1
        at event 7 of 31:
             2 executionStarted `order`
             3 taskScheduled 0 `reserve`
             4 orchestratorCompleted
             5 orchestratorStarted
             6 taskCompleted of 0
        >    7 timerCreated 1
        let running instances end before this code is deployed, or branch on the version of the instance
    "#]],
    );
    check(
        Change::OneMore,
        2,
        expect![[r#"
        orchestrator `order` does not do again what the instance `root` did
          history: a timer as number 1
          code:    activity `check` as number 1
        at event 7 of 8:
             2 executionStarted `order`
             3 taskScheduled 0 `reserve`
             4 orchestratorCompleted
             5 orchestratorStarted
             6 taskCompleted of 0
        >    7 timerCreated 1
        let running instances end before this code is deployed, or branch on the version of the instance
    "#]],
    );
    check(
        Change::OneLess,
        0,
        expect![[r#"
            orchestrator `order` does not do again what the instance `root` did
              history: activity `mail` as number 3
              code:    nothing as number 3; it waits
            at event 12 of 31:
                 7 timerCreated 1
                 8 orchestratorCompleted
                 9 orchestratorStarted
                10 timerFired of 1
                11 taskScheduled 2 `charge`
            >   12 taskScheduled 3 `mail`
            let running instances end before this code is deployed, or branch on the version of the instance
        "#]],
    );
    check(
        Change::OneMoreBesides,
        0,
        expect![[r#"
        orchestrator `order` does not do again what the instance `root` did
          history: nothing more
          code:    activity `log` as number 4
        at event 13 of 31:
             8 orchestratorCompleted
             9 orchestratorStarted
            10 timerFired of 1
            11 taskScheduled 2 `charge`
            12 taskScheduled 3 `mail`
        >   13 orchestratorCompleted
        let running instances end before this code is deployed, or branch on the version of the instance
    "#]],
    );
    check(
        Change::OneMoreBesides,
        3,
        expect![[r#"
        orchestrator `order` does not do again what the instance `root` did
          history: nothing more
          code:    activity `log` as number 4
        at event 13 of 13:
             8 orchestratorCompleted
             9 orchestratorStarted
            10 timerFired of 1
            11 taskScheduled 2 `charge`
            12 taskScheduled 3 `mail`
        >   13 orchestratorCompleted
        let running instances end before this code is deployed, or branch on the version of the instance
    "#]],
    );
    check(
        Change::OtherPart,
        0,
        expect![[r#"
        orchestrator `order` does not do again what the instance `root` did
          history: sub-orchestration `ship` with the id `7cfdfa2ccebc5b05bc180a2c730d4947` as number 4
          code:    sub-orchestration `send` with the id `7cfdfa2ccebc5b05bc180a2c730d4947` as number 4
        at event 17 of 31:
            12 taskScheduled 3 `mail`
            13 orchestratorCompleted
            14 orchestratorStarted
            15 taskCompleted of 2
            16 taskCompleted of 3
        >   17 subOrchestrationInstanceCreated 4 `ship`
        let running instances end before this code is deployed, or branch on the version of the instance
    "#]],
    );
    check(
        Change::Fails,
        0,
        expect![[r#"
        orchestrator `order` does not do again what the instance `root` did
          history: a timer as number 1
          code:    it has failed: TaskError: order: sold out
        at event 7 of 31:
             2 executionStarted `order`
             3 taskScheduled 0 `reserve`
             4 orchestratorCompleted
             5 orchestratorStarted
             6 taskCompleted of 0
        >    7 timerCreated 1
        let running instances end before this code is deployed, or branch on the version of the instance
    "#]],
    );
    check(
        Change::Panics,
        0,
        expect![[r#"
        orchestrator `order` does not do again what the instance `root` did
          history: a timer as number 1
          code:    it has failed: panic: out of book
        at event 7 of 31:
             2 executionStarted `order`
             3 taskScheduled 0 `reserve`
             4 orchestratorCompleted
             5 orchestratorStarted
             6 taskCompleted of 0
        >    7 timerCreated 1
        let running instances end before this code is deployed, or branch on the version of the instance
    "#]],
    );
    check(
        Change::EndsEarly,
        0,
        expect![[r#"
            orchestrator `order` does not do again what the instance `root` did
              history: a timer as number 1
              code:    nothing as number 1; it has completed
            at event 7 of 31:
                 2 executionStarted `order`
                 3 taskScheduled 0 `reserve`
                 4 orchestratorCompleted
                 5 orchestratorStarted
                 6 taskCompleted of 0
            >    7 timerCreated 1
            let running instances end before this code is deployed, or branch on the version of the instance
        "#]],
    );
    check(
        Change::EndsEarly,
        2,
        expect![[r#"
            orchestrator `order` does not do again what the instance `root` did
              history: a timer as number 1
              code:    nothing as number 1; it has completed
            at event 7 of 8:
                 2 executionStarted `order`
                 3 taskScheduled 0 `reserve`
                 4 orchestratorCompleted
                 5 orchestratorStarted
                 6 taskCompleted of 0
            >    7 timerCreated 1
            let running instances end before this code is deployed, or branch on the version of the instance
        "#]],
    );
    check(
        Change::GoesOn,
        0,
        expect![[r#"
        orchestrator `order` does not do again what the instance `root` did
          history: it has completed
          code:    activity `reserve` as number 8
        at event 30 of 31:
            25 eventSent 6 `Ordered`
            26 timerCreated 7
            27 orchestratorCompleted
            28 orchestratorStarted
            29 eventRaised `confirmed`
        >   30 executionCompleted 8 completed
        let running instances end before this code is deployed, or branch on the version of the instance
    "#]],
    );
    check(
        Change::BeginsAnew,
        0,
        expect![[r#"
            orchestrator `order` does not do again what the instance `root` did
              history: a timer as number 1
              code:    nothing as number 1; it begins anew
            at event 7 of 31:
                 2 executionStarted `order`
                 3 taskScheduled 0 `reserve`
                 4 orchestratorCompleted
                 5 orchestratorStarted
                 6 taskCompleted of 0
            >    7 timerCreated 1
            let running instances end before this code is deployed, or branch on the version of the instance
        "#]],
    );
    check(
        Change::AwaitsOther,
        0,
        expect![[r#"
        orchestrator `order` does not do again what the instance `root` did
          history: a timer as number 1
          code:    it has failed: NonDurableAwait: orchestrator `order` awaits something that is not durable, such as a timer of tokio, a channel or I/O, and could never be replayed; await what its context gives, and do everything else in an activity
        at event 7 of 31:
             2 executionStarted `order`
             3 taskScheduled 0 `reserve`
             4 orchestratorCompleted
             5 orchestratorStarted
             6 taskCompleted of 0
        >    7 timerCreated 1
        let running instances end before this code is deployed, or branch on the version of the instance
    "#]],
    );
}

#[test]
fn a_history_without_the_clock_passes_too() {
    let exact = history();
    let mut events = exact.events.clone();
    events.retain(|event| !matches!(event.event_type, Some(EventType::OrchestratorCompleted(_))));
    for event in &mut events {
        // The clock is wrong, and with it all ids that are made of it.
        if let (Some(EventType::OrchestratorStarted(_)), Some(time)) =
            (&event.event_type, &mut event.timestamp)
        {
            time.seconds += 1;
        }
    }
    let strict = RecordedHistory::new("root", events.clone());
    assert!(replays(&strict, |ctx| order(ctx, Change::None)).is_err());
    let history = RecordedHistory::inexact("root", events);
    let end = replays(&history, |ctx| order(ctx, Change::None)).unwrap();
    assert_eq!(
        (end.status(), end.output::<String>()),
        (Status::Completed, Ok("book: true".to_owned()))
    );
    let difference = replays(&history, |ctx| order(ctx, Change::OtherPart)).unwrap_err();
    assert_eq!(
        difference.code().split(' ').take(2).collect::<Vec<_>>(),
        ["sub-orchestration", "`send`"]
    );
    assert!(difference.to_string().contains("guessed"), "{difference}");
}

#[test]
fn the_file_is_readable() {
    let text = history().to_string();
    let ids = ["root", "other", "@stock@all"];
    assert!(ids.iter().all(|id| text.contains(id)));
    let history: RecordedHistory = text.parse().unwrap();
    assert_eq!(history.orchestrator(), Some("order"));
    assert_eq!(history.to_string(), text);
    let first: Vec<_> = text.lines().take(12).collect();
    expect![[r#"
        {
          "historyVersion": 1,
          "instanceId": "root",
          "exact": true,
          "events": [
            {"time":"2023-11-14T22:13:20Z","event":"orchestratorStarted"},
            {"time":"2023-11-14T22:13:20Z","event":"executionStarted","name":"order","instanceId":"root","executionId":"root-1","value":"book"},
            {"time":"2023-11-14T22:13:20Z","event":"taskScheduled","id":0,"name":"reserve"},
            {"time":"2023-11-14T22:13:20Z","event":"orchestratorCompleted"},
            {"time":"2023-11-14T22:13:20Z","event":"orchestratorStarted"},
            {"time":"2023-11-14T22:13:20Z","event":"taskCompleted","of":0,"value":"book"},
            {"time":"2023-11-14T22:13:20Z","event":"timerCreated","id":1,"fireAt":"2023-11-14T23:13:20Z"},"#]].assert_eq(&first.join("\n"));
}

#[test]
fn texts_that_are_no_history() {
    let file = |events: &str| {
        format!(r#"{{"historyVersion":1,"instanceId":"a","exact":true,"events":[{events}]}}"#)
    };
    let check = |text: &str, expected: Expect| {
        let error: RecordedHistoryError = text.parse::<RecordedHistory>().unwrap_err();
        expected.assert_eq(&error.to_string());
    };
    check(
        "",
        expect!["it is not a history: EOF while parsing a value at line 1 column 0"],
    );
    check(
        "{}",
        expect!["it is not a history: missing field `historyVersion` at line 1 column 2"],
    );
    check(
        r#"{"historyVersion":9}"#,
        expect!["it has the version 9, and this program knows version 1"],
    );
    for (event, expected) in [
        (
            r#"{"event":"orchestratorStarted","tme":1}"#,
            expect![
                "it is not a history: unknown field `tme`, expected one of `time`, `event`, `id`, `of`, `name`, `instanceId`, `executionId`, `version`, `parent`, `tags`, `fireAt`, `status`, `value`, `text`, `failure` at line 1 column 96"
            ],
        ),
        (
            r#"{"event":"orchestratorstarted"}"#,
            expect![
                "it is not a history: unknown variant `orchestratorstarted`, expected one of `executionStarted`, `executionCompleted`, `executionTerminated`, `taskScheduled`, `taskCompleted`, `taskFailed`, `subOrchestrationInstanceCreated`, `subOrchestrationInstanceCompleted`, `subOrchestrationInstanceFailed`, `timerCreated`, `timerFired`, `orchestratorStarted`, `orchestratorCompleted`, `eventSent`, `eventRaised`, `genericEvent`, `continueAsNew`, `executionSuspended`, `executionResumed`, `other` at line 1 column 90"
            ],
        ),
        (
            r#"{"event":"taskScheduled","id":0}"#,
            expect!["event 1: `name` is missing"],
        ),
        (
            r#"{"event":"taskCompleted"}"#,
            expect!["event 1: `of` is missing"],
        ),
        (
            r#"{"event":"executionCompleted","status":"done"}"#,
            expect!["event 1: there is no status `done`"],
        ),
        (
            r#"{"event":"orchestratorStarted","time":"now"}"#,
            expect!["event 1: `time` is `now`, which is not a time"],
        ),
    ] {
        check(&file(event), expected);
    }
}
