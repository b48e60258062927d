//! Histories that were recorded, replayed against today's code.

mod difference;
mod inexact;

use std::{future::Future, time::Duration};

use azure_functions_shared::durable::{
    ExecutionCompletedEvent, HistoryEvent, OrchestrationStatus, history_event::EventType,
    recorded::RecordedHistory,
};

pub use self::difference::Difference;
use self::{difference::Side, inexact::Guesses};
use crate::{
    End, FailureDetails, OrchestrationContext, Status, clock,
    executor::{Outcome, Replay},
    history::{Described, Problem, scheduled},
    world,
};

/// Replays a recorded history against an orchestrator, and says how far the instance is.
///
/// What the orchestrator takes is an [`OrchestrationContext`], or is made of one. It passes if the orchestrator schedules what the
/// history says, in the same order and in the same turns, and has ended if and only if the instance has, in the same way. Inputs
/// and outputs may differ: the service keeps no inputs of activities by default, and what has been scheduled is not scheduled
/// again. The output is in the [`End`], so that a test may look at it too.
///
/// ```
/// use azure_functions_durable::{OrchestrationContext, TaskError, World, recorded::RecordedHistory, replays};
///
/// async fn greet(ctx: OrchestrationContext) -> Result<String, TaskError> {
///     ctx.call_activity_by_name("greet", ctx.input::<String>()?).await
/// }
///
/// async fn welcome(ctx: OrchestrationContext) -> Result<String, TaskError> {
///     ctx.call_activity_by_name("welcome", ctx.input::<String>()?).await
/// }
///
/// let mut world = World::new();
/// world.activity("greet", |name: String| Ok::<_, TaskError>(format!("Hello, {name}!")));
/// let end = world.run("greet", "Rust", greet);
/// let history = RecordedHistory::new("greeting", end.history().to_vec());
///
/// assert_eq!(replays(&history, greet).unwrap().output::<String>().unwrap(), "Hello, Rust!");
/// let difference = replays(&history, welcome).unwrap_err();
/// assert_eq!(difference.history(), "activity `greet` as number 0");
/// assert_eq!(difference.code(), "activity `welcome` as number 0");
/// ```
///
/// # Errors
///
/// When the orchestrator does something else than the history says.
pub fn replays<C, F, T, E>(
    history: &RecordedHistory,
    orchestrator: impl Fn(C) -> F + Send + Sync + 'static,
) -> Result<End, Difference>
where
    C: TryFrom<OrchestrationContext, Error: Into<Box<dyn std::error::Error + Send + Sync>>>,
    F: Future<Output = Result<T, E>> + Send + 'static,
    T: serde::Serialize,
    E: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let name = history.orchestrator().unwrap_or_default();
    let orchestrator = world::erase(name, orchestrator);
    replay(history, move |context| orchestrator(context))
}

/// [`replays`] for an orchestrator whose result is a JSON text, as [`run`](crate::run) takes it.
///
/// # Errors
///
/// When the orchestrator does something else than the history says.
pub fn replay<'a, F>(
    history: &RecordedHistory,
    orchestrator: impl FnOnce(OrchestrationContext) -> F + 'a,
) -> Result<End, Difference>
where
    F: Future<Output = Result<Option<String>, FailureDetails>> + Send + 'a,
{
    let mut check = Check {
        history,
        replay: Replay::new(history.instance_id.clone(), orchestrator),
        guesses: Guesses::default(),
        rewound: history.events.iter().any(is_of_rewind),
        releases: false,
        over: None,
    };
    for at in 0..history.events.len() {
        check.take(at)?;
    }
    check.end()
}

/// Whether an event stands in histories of instances that were rewound only: other events are gone then.
fn is_of_rewind(event: &HistoryEvent) -> bool {
    matches!(
        event.event_type,
        Some(EventType::GenericEvent(_) | EventType::ExecutionRewound(_))
    )
}

/// A history on its way through the orchestrator.
struct Check<'h, 'a> {
    history: &'h RecordedHistory,
    replay: Replay<'a>,
    guesses: Guesses,
    rewound: bool,
    /// It has failed, and gives back its locks before it says so.
    releases: bool,
    /// How the history says that it ended.
    over: Option<ExecutionCompletedEvent>,
}

impl Check<'_, '_> {
    /// Takes in the event of this number.
    fn take(&mut self, at: usize) -> Result<(), Difference> {
        let Some(event) = self.history.events.get(at) else {
            return Ok(());
        };
        let mut event = event.clone();
        match &event.event_type {
            Some(EventType::OrchestratorStarted(_)) if self.history.exact => {
                self.turn_is_over(at.saturating_sub(1))?;
            }
            Some(EventType::ExecutionCompleted(completed)) => {
                self.compare_ends(at, completed)?;
                self.over = Some(completed.clone());
            }
            _ => {}
        }
        if !self.history.exact {
            let state = self.replay.instance.state();
            self.guesses.adapt(&mut event, &state.pending);
        }
        if let Some(Outcome::Failed(_)) = self.replay.outcome
            && let Some(words) = scheduled(&event)
        {
            if !self
                .replay
                .instance
                .state()
                .pending
                .contains_key(&event.event_id)
            {
                let history = format!("{words} as number {}", event.event_id);
                return Err(self.differs(at, history, self.doing()));
            }
            self.releases = true;
        }
        let doing = self.doing();
        self.replay.step(true, event);
        match self.replay.problem.take() {
            None => Ok(()),
            Some(Problem::Mismatch { id, history, code }) => {
                let history = format!("{history} as number {id}");
                let code = match code {
                    Some(code) => format!("{code} as number {id}"),
                    None => format!("nothing as number {id}; {doing}"),
                };
                Err(self.differs(at, history, code))
            }
            Some(Problem::Contradiction(what)) => {
                let history = format!("contradicts itself: {what}");
                Err(self.differs(at, history, "does not matter".to_owned()))
            }
        }
    }

    /// Holds what the orchestrator did in a turn against the history, which has no more of it behind this event.
    fn turn_is_over(&mut self, at: usize) -> Result<(), Difference> {
        if self.over.is_some() || self.rewound {
            return Ok(());
        }
        let goes_on = || "the orchestrator waits".to_owned();
        match &self.replay.outcome {
            Some(Outcome::Failed(_)) if std::mem::take(&mut self.releases) => Ok(()),
            Some(Outcome::Terminated(_)) => Ok(()),
            Some(_) => Err(self.differs(at, goes_on(), self.doing())),
            None => {
                if self.replay.instance.state().continued.is_some() {
                    return Err(self.differs(at, goes_on(), self.doing()));
                }
                match self.more() {
                    Some(more) => Err(self.differs(at, "nothing more".to_owned(), more)),
                    None => Ok(()),
                }
            }
        }
    }

    /// Holds the end of the orchestrator against that of the instance.
    fn compare_ends(&self, at: usize, ended: &ExecutionCompletedEvent) -> Result<(), Difference> {
        let status = ended.orchestration_status();
        let continued = self.replay.instance.state().continued.is_some();
        let same = match (&self.replay.outcome, status) {
            // Nobody asked the orchestrator.
            (_, OrchestrationStatus::Terminated | OrchestrationStatus::Canceled)
            | (Some(Outcome::Failed(_)), OrchestrationStatus::Failed) => true,
            (_, OrchestrationStatus::ContinuedAsNew) => continued,
            (Some(Outcome::Completed(_)), OrchestrationStatus::Completed) => !continued,
            _ => false,
        };
        if !same {
            let history = match (status, &ended.failure_details) {
                (OrchestrationStatus::Completed, _) => "it has completed".to_owned(),
                (OrchestrationStatus::ContinuedAsNew, _) => "it begins anew".to_owned(),
                (_, Some(details)) => {
                    let details = FailureDetails::from_wire(details.clone());
                    format!("it has failed: {details}")
                }
                (_, None) => "it has failed".to_owned(),
            };
            let code = self.more().unwrap_or_else(|| self.doing());
            return Err(self.differs(at, history, code));
        }
        match self.more() {
            Some(more) if status == OrchestrationStatus::Completed && !self.rewound => {
                Err(self.differs(at, "nothing more".to_owned(), more))
            }
            _ => Ok(()),
        }
    }

    /// What the orchestrator has scheduled and the history does not have.
    fn more(&self) -> Option<String> {
        let state = self.replay.instance.state();
        let (id, action) = state.pending.first_key_value()?;
        Some(format!("{} as number {id}", Described(action)))
    }

    /// What the orchestrator does now.
    fn doing(&self) -> String {
        match &self.replay.outcome {
            Some(Outcome::Completed(_)) => "it has completed".to_owned(),
            Some(Outcome::Failed(details)) => format!("it has failed: {details}"),
            Some(Outcome::Terminated(_)) => "it was terminated".to_owned(),
            None if self.replay.instance.state().continued.is_some() => "it begins anew".to_owned(),
            None => "it waits".to_owned(),
        }
    }

    fn differs(&self, at: usize, history: String, code: String) -> Difference {
        Difference::new(self.history, at, Side { history, code })
    }

    /// What became of the instance.
    fn end(mut self) -> Result<End, Difference> {
        let last = self.history.events.len().saturating_sub(1);
        self.replay.close();
        self.turn_is_over(last)?;
        let mut state = self.replay.instance.state();
        let mut end = End {
            custom_status: state.custom_status.take(),
            elapsed: elapsed(&self.history.events),
            history: self.history.events.clone(),
            ..End::default()
        };
        drop(state);
        // Only an instance that has ended has an output.
        match (self.replay.outcome, self.over) {
            (Some(Outcome::Completed(output)), Some(_)) => {
                end.status = Status::Completed;
                end.output = output;
            }
            (Some(Outcome::Failed(details)), _) => {
                end.status = Status::Failed;
                end.failure = Some(details);
            }
            (Some(Outcome::Terminated(output)), _) => {
                end.status = Status::Terminated;
                end.output = output;
            }
            (_, Some(over)) if over.orchestration_status() == OrchestrationStatus::Terminated => {
                end.status = Status::Terminated;
                end.output = over.result;
            }
            _ => {}
        }
        Ok(end)
    }
}

/// The time from the first event to the last.
fn elapsed(events: &[HistoryEvent]) -> Duration {
    let time = |event: &HistoryEvent| event.timestamp.as_ref().and_then(clock::from_wire);
    let first = events.first().and_then(time);
    let last = events.last().and_then(time);
    let between = first
        .zip(last)
        .map(|(first, last)| last.duration_since(first));
    between
        .and_then(|between| Duration::try_from(between).ok())
        .unwrap_or_default()
}
