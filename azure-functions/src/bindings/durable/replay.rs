//! Recorded histories, replayed against the orchestrators of the app in its tests.

use std::{
    error::Error as StdError,
    fmt, fs, io,
    path::{Path, PathBuf},
};

use azure_functions_durable::{
    Difference, End,
    recorded::{RecordedHistory, RecordedHistoryError},
    replay,
};

use super::{failure, function::orchestrators};
use crate::{Call, Context, Data, Invoker, Trigger};

/// Replays the history in a file against the orchestrator of its name, and panics if the orchestrator does something else today.
///
/// So a test finds out whether instances that run would survive the deployment of the code. `cargo func durable history ID --out
/// FILE` writes the file. A relative path begins at the folder of the package, where cargo runs tests. The orchestrator is any of
/// the program with `#[func]`; it passes if it schedules what the history says, in the same order and in the same turns, and has
/// ended if and only if the instance has, in the same way. Inputs and outputs may differ; the output is in the [`End`].
///
/// ```no_run
/// use azure_functions::bindings::durable::assert_replays;
///
/// #[test]
/// fn running_instances_go_on() {
///     assert_replays("histories/order-in-may.json");
///     let end = assert_replays("histories/finished.json");
///     assert_eq!(end.output(), Ok("shipped".to_owned()));
/// }
/// # fn main() {}
/// ```
///
/// # Panics
///
/// With both sides, what the history says and what the code did, when they differ; or when there is no such file or orchestrator.
#[track_caller]
#[expect(clippy::panic, reason = "it is an assertion for tests")]
pub fn assert_replays(path: impl AsRef<Path>) -> End {
    match replays(path) {
        Ok(end) => end,
        Err(error) => panic!("{error}"),
    }
}

/// [`assert_replays`] that does not panic.
///
/// # Errors
///
/// When the history and the code differ, or when there is no such file or orchestrator.
pub fn replays(path: impl AsRef<Path>) -> Result<End, ReplayError> {
    let path = path.as_ref();
    let text = fs::read_to_string(path).map_err(|source| ReplayError::Unreadable {
        path: path.to_owned(),
        source,
    })?;
    let history: RecordedHistory = text.parse().map_err(|source| ReplayError::NoHistory {
        path: path.to_owned(),
        source,
    })?;
    let name = history
        .orchestrator()
        .ok_or_else(|| ReplayError::NotBegun(path.to_owned()))?;
    let found = orchestrators().find(|(known, _)| known.eq_ignore_ascii_case(name));
    let (_, function) = found.ok_or_else(|| {
        let mut known: Vec<_> = orchestrators().map(|(name, _)| name).collect();
        known.sort_unstable();
        ReplayError::NoOrchestrator {
            name: name.to_owned(),
            known,
        }
    })?;
    let end = replay(&history, |context| {
        let trigger = function.trigger().map_or("", |trigger| trigger.name);
        let inputs = vec![(trigger.to_owned(), Data::made(context))];
        let call = Call::new(inputs, Trigger::default(), Context::new(function.name));
        async move {
            let invoked = match function.invoker {
                Invoker::Async(invoke) => invoke(call).await,
                Invoker::Blocking(invoke) => invoke(call),
            };
            failure::result("an orchestrator", invoked)
        }
    });
    end.map_err(|difference| ReplayError::Differs(Box::new(difference)))
}

/// Why a history does not replay.
#[derive(Debug)]
#[non_exhaustive]
pub enum ReplayError {
    /// The file cannot be read.
    Unreadable {
        /// Where it should be.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file is no history.
    NoHistory {
        /// Where it is.
        path: PathBuf,
        /// What is wrong with it.
        source: RecordedHistoryError,
    },
    /// The instance had not begun when its history was recorded.
    NotBegun(PathBuf),
    /// The program has no orchestrator of this name.
    NoOrchestrator {
        /// The name in the history.
        name: String,
        /// The orchestrators that there are.
        known: Vec<&'static str>,
    },
    /// The orchestrator does something else today.
    Differs(Box<Difference>),
}

impl fmt::Display for ReplayError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable { path, source } => write!(
                f,
                "the history `{}` cannot be read: {source}; write it with `cargo func durable history ID --out FILE`",
                path.display()
            ),
            Self::NoHistory { path, source } => write!(
                f,
                "`{}`: {source}; write it with `cargo func durable history ID --out FILE`",
                path.display()
            ),
            Self::NotBegun(path) => write!(
                f,
                "the history `{}` ends before the instance begins; record one that has begun",
                path.display()
            ),
            Self::NoOrchestrator { name, known } if known.is_empty() => write!(
                f,
                "this program has no orchestrators, and the history is of `{name}`; if it is in another crate, add `use that_crate as _;`"
            ),
            Self::NoOrchestrator { name, known } => write!(
                f,
                "this program has no orchestrator `{name}`, but `{}`; running instances need the old name: keep it with \
                 `#[binding(orchestration = \"{name}\")]` on its first parameter",
                known.join("`, `")
            ),
            Self::Differs(difference) => difference.fmt(f),
        }
    }
}

impl StdError for ReplayError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            Self::Unreadable { source, .. } => Some(source),
            Self::NoHistory { source, .. } => Some(source),
            _ => None,
        }
    }
}

#[cfg(test)]
#[expect(
    clippy::needless_raw_string_hashes,
    clippy::needless_pass_by_value,
    reason = "`expect-test` writes strings so, and gives them by value"
)]
mod tests {
    use std::{env, fs, process};

    use azure_functions_durable::{OrchestrationContext, Status, World, recorded::RecordedHistory};
    use expect_test::{Expect, expect};

    use super::replays;
    use crate::{
        Context,
        bindings::durable::{DurableOrchestrationContext, OrchestrationOutput, TaskError},
        func,
    };

    /// As it is today.
    #[func]
    async fn shipping(
        #[binding(orchestration = "Ship")] ctx: &DurableOrchestrationContext<String>,
        context: Context,
    ) -> Result<OrchestrationOutput<String>, TaskError> {
        let parcel: String = ctx.call_activity_by_name("pack", ctx.input()).await?;
        ctx.sleep(std::time::Duration::from_secs(60)).await;
        let _: String = ctx.call_activity_by_name("send", &parcel).await?;
        Ok(OrchestrationOutput(format!(
            "{parcel} by {}",
            context.function_name()
        )))
    }

    /// As it was when its history was recorded: it called these activities, and slept between them.
    async fn before(
        ctx: OrchestrationContext,
        names: [&'static str; 2],
        sleeps: bool,
    ) -> Result<String, TaskError> {
        let parcel: String = ctx.call_activity_by_name(names[0], "book").await?;
        if sleeps {
            ctx.sleep(std::time::Duration::from_secs(60)).await;
        }
        ctx.call_activity_by_name(names[1], parcel).await
    }

    fn check(name: &str, text: &str, expected: Expect) {
        let path = env::temp_dir().join(format!("history-{}-{name}.json", process::id()));
        fs::write(&path, text).unwrap();
        let shown = match replays(&path) {
            Ok(end) => format!("{:?} {:?}", end.status(), end.output::<String>().ok()),
            Err(error) => error.to_string(),
        };
        fs::remove_file(&path).unwrap();
        let path = path.to_str().unwrap();
        expected.assert_eq(&shown.replace(path, "[FILE]"));
    }

    fn recorded(name: &str, names: [&'static str; 2], sleeps: bool) -> RecordedHistory {
        let mut world = World::new();
        for name in names {
            world.activity(name, |input: String| Ok::<_, TaskError>(input));
        }
        let end = world.run(name, "book", move |ctx| before(ctx, names, sleeps));
        assert_eq!(end.status(), Status::Completed);
        RecordedHistory::new("parcel", end.history().to_vec())
    }

    #[test]
    fn orchestrators_are_found_and_replayed() {
        let file = |name, names, sleeps| recorded(name, names, sleeps).to_string();
        let same = file("SHIP", ["pack", "Send"], true);
        check(
            "same",
            &same,
            expect![[r#"Completed Some("book by shipping")"#]],
        );
        let waiting = same.lines().take(14).collect::<Vec<_>>().join("\n");
        let waiting = format!("{}\n]}}", waiting.trim_end_matches(','));
        check("waiting", &waiting, expect!["Running None"]);
        check(
            "renamed",
            &file("Ship", ["pack", "post"], true),
            expect![[r#"
                orchestrator `Ship` does not do again what the instance `parcel` did
                  history: activity `post` as number 2
                  code:    activity `send` as number 2
                at event 11 of 16:
                     6 taskCompleted of 0
                     7 timerCreated 1
                     8 orchestratorCompleted
                     9 orchestratorStarted
                    10 timerFired of 1
                >   11 taskScheduled 2 `post`
                let running instances end before this code is deployed, or branch on the version of the instance"#]],
        );
        check(
            "awake",
            &file("Ship", ["pack", "send"], false),
            expect![[r#"
                orchestrator `Ship` does not do again what the instance `parcel` did
                  history: activity `send` as number 1
                  code:    a timer as number 1
                at event 7 of 12:
                     2 executionStarted `Ship`
                     3 taskScheduled 0 `pack`
                     4 orchestratorCompleted
                     5 orchestratorStarted
                     6 taskCompleted of 0
                >    7 taskScheduled 1 `send`
                let running instances end before this code is deployed, or branch on the version of the instance"#]],
        );
        check(
            "unknown",
            &file("shipping", ["pack", "send"], true),
            expect![[
                r#"this program has no orchestrator `shipping`, but `Ship`, `album`, `albums-of-all`, `calls_configured`, `receives`, `sleeps`, `spawns`; running instances need the old name: keep it with `#[binding(orchestration = "shipping")]` on its first parameter"#
            ]],
        );
        let input = same.replacen(r#""value":"book""#, r#""value":7"#, 1);
        check(
            "input",
            &input,
            expect![[r#"
            orchestrator `SHIP` does not do again what the instance `parcel` did
              history: activity `pack` as number 0
              code:    it has failed: BindError: parameter `ctx`: the input of orchestrator `SHIP`: invalid type: integer `7`, expected a string at line 1 column 1
            at event 3 of 16:
                 1 orchestratorStarted
                 2 executionStarted `SHIP`
            >    3 taskScheduled 0 `pack`
            let running instances end before this code is deployed, or branch on the version of the instance"#]],
        );
        check(
            "empty",
            r#"{"historyVersion":1,"instanceId":"parcel","exact":true,"events":[]}"#,
            expect![
                "the history `[FILE]` ends before the instance begins; record one that has begun"
            ],
        );
        check(
            "broken",
            "{}",
            expect![
                "`[FILE]`: it is not a history: missing field `historyVersion` at line 1 column 2; write it with `cargo func durable history ID --out FILE`"
            ],
        );
        let missing = replays("no/such.json").unwrap_err().to_string();
        assert!(
            missing.starts_with("the history `no/such.json` cannot be read: "),
            "{missing}"
        );
    }
}
