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
#[expect(
    clippy::panic,
    reason = "it is an assertion for tests"
)]
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
