//! The executor: replays a history through an orchestrator, and gathers what the host has to do next.

use std::{
    any::Any,
    collections::BTreeSet,
    future::Future,
    ops::Range,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
    time::Duration,
};

use azure_functions_shared::durable::{
    CompleteOrchestrationAction, CreateTimerAction, HistoryEvent, OrchestrationStatus,
    OrchestratorAction, OrchestratorRequest, OrchestratorResponse,
    orchestrator_action::OrchestratorActionType as ActionType,
};

use prost_types::value::Kind;

use crate::{
    FailureDetails, OrchestrationContext, clock,
    entity_call::RELEASE,
    history::{Effect, History, Problem},
    state::Instance,
};

/// How often an orchestrator may wake itself for one event of the history. More is a loop.
const TURNS: u32 = 100_000;

/// Runs an orchestrator for one request of the host, and gives the answer to it.
///
/// `orchestrator` is called when the history says that the instance has begun; its future gives the result as a JSON text. It is
/// polled on this thread after each event of the history, and dropped at the end.
///
/// It never fails: a mistake of the orchestrator, a history that does not fit to it, and a panic all fail the *instance*.
pub fn run<'a, F>(
    request: OrchestratorRequest,
    orchestrator: impl FnOnce(OrchestrationContext) -> F + 'a,
) -> OrchestratorResponse
where
    F: Future<Output = Result<Option<String>, FailureDetails>> + Send + 'a,
{
    // A host that keeps the state of an instance elsewhere sends only what is new. This worker keeps none.
    let partial = request
        .properties
        .get("IncludeState")
        .is_some_and(|value| matches!(value.kind, Some(Kind::BoolValue(false))));
    if partial && request.past_events.is_empty() && !begins(&request.new_events) {
        return OrchestratorResponse {
            instance_id: request.instance_id,
            requires_history: true,
            ..OrchestratorResponse::default()
        };
    }
    let pause = request
        .properties
        .get("HttpDefaultAsyncRequestSleepTimeMilliseconds");
    let pause = match pause.and_then(|value| value.kind.as_ref()) {
        Some(Kind::NumberValue(pause)) => Duration::try_from_secs_f64(pause / 1000.0).ok(),
        _ => None,
    };
    let mut replay = Replay::new(request.instance_id.clone(), orchestrator);
    if let Some(pause) = pause {
        replay.instance.state().http_pause = pause;
    }
    let past = request.past_events.into_iter().map(|event| (true, event));
    let new = request.new_events.into_iter().map(|event| (false, event));
    for (replaying, event) in past.chain(new) {
        replay.step(replaying, event);
    }
    replay.finish(request.instance_id)
}

fn begins(events: &[HistoryEvent]) -> bool {
    use azure_functions_shared::durable::history_event::EventType;

    events
        .iter()
        .any(|event| matches!(event.event_type, Some(EventType::ExecutionStarted(_))))
}

type Orchestrator<'a> = Box<dyn FnOnce(OrchestrationContext) -> Running<'a> + 'a>;
type Running<'a> =
    Pin<Box<dyn Future<Output = Result<Option<String>, FailureDetails>> + Send + 'a>>;

/// How an orchestrator ended.
pub(crate) enum Outcome {
    Completed(Option<String>),
    Failed(FailureDetails),
    Terminated(Option<String>),
}

/// One pass through the history.
pub(crate) struct Replay<'a> {
    pub(crate) instance: Instance,
    history: History,
    alarm: Arc<Alarm>,
    orchestrator: Option<Orchestrator<'a>>,
    future: Option<Running<'a>>,
    pub(crate) outcome: Option<Outcome>,
    /// What was wrong with an event.
    pub(crate) problem: Option<Problem>,
}

impl<'a> Replay<'a> {
    pub(crate) fn new<F>(
        instance_id: String,
        orchestrator: impl FnOnce(OrchestrationContext) -> F + 'a,
    ) -> Self
    where
        F: Future<Output = Result<Option<String>, FailureDetails>> + Send + 'a,
    {
        let instance = Instance::new(instance_id);
        Self {
            history: History::new(instance.clone()),
            instance,
            alarm: Arc::default(),
            orchestrator: Some(Box::new(|context| Box::pin(orchestrator(context)))),
            future: None,
            outcome: None,
            problem: None,
        }
    }

    /// Takes in one event.
    pub(crate) fn step(&mut self, replaying: bool, event: HistoryEvent) {
        match self.outcome {
            None | Some(Outcome::Completed(_)) => {}
            Some(Outcome::Failed(_)) => return self.history.acknowledge(&event),
            Some(Outcome::Terminated(_)) => return,
        }
        self.instance.state().replaying = replaying;
        match self.history.apply(event) {
            Ok(Effect::Nothing) => {}
            Ok(Effect::Begun) => {
                if let Some(orchestrator) = self.orchestrator.take() {
                    let context = OrchestrationContext::new(self.instance.clone());
                    match catch_unwind(AssertUnwindSafe(|| orchestrator(context))) {
                        Ok(future) => self.future = Some(future),
                        Err(panic) => self.fail(panicked(&*panic)),
                    }
                    self.poll();
                }
            }
            Ok(Effect::Progress) => self.poll(),
            Ok(Effect::Terminated(output)) => {
                self.instance.state().over = true;
                self.future = None;
                self.outcome = Some(Outcome::Terminated(output));
            }
            Err(problem) => {
                self.future = None;
                let details = problem.details(&self.instance.state().name);
                self.problem = Some(problem);
                self.fail(details);
            }
        }
    }

    /// Ends the instance with a failure. The entities that it has locked are given back first: the host takes nothing else
    /// together with a failure, so this is a turn of its own, and a timer makes another one.
    fn fail(&mut self, details: FailureDetails) {
        // It gives back what it holds.
        drop(self.future.take());
        let mut state = self.instance.state();
        let release = |action: &ActionType| matches!(action, ActionType::SendEvent(event) if event.name == RELEASE);
        state.pending.retain(|_, action| release(action));
        if !state.pending.is_empty() {
            let now = clock::into_wire(state.now);
            state.post(ActionType::CreateTimer(CreateTimerAction {
                fire_at: Some(now),
            }));
        }
        state.over = true;
        self.outcome = Some(Outcome::Failed(details));
    }

    /// Polls the orchestrator and what it spawned until all of it waits.
    fn poll(&mut self) {
        let Some(future) = self.future.take() else {
            return;
        };
        if let Err(details) = self.poll_all(future) {
            self.fail(details);
        }
    }

    /// Keeps the future if it waits.
    fn poll_all(&mut self, mut future: Running<'a>) -> Result<(), FailureDetails> {
        let waker = Waker::from(Arc::clone(&self.alarm));
        let mut cx = Context::from_waker(&waker);
        for _ in 0..TURNS {
            self.alarm.rung.store(false, Ordering::Relaxed);
            match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(&mut cx))) {
                Ok(Poll::Pending) => {}
                Ok(Poll::Ready(result)) => {
                    self.outcome = Some(Outcome::Completed(result?));
                    return Ok(());
                }
                Err(panic) => {
                    let details = panicked(&*panic);
                    return Err(details);
                }
            }
            self.poll_spawned()?;
            let mut state = self.instance.state();
            if let Some(mistake) = state.mistake.take() {
                return Err(mistake);
            }
            if self.alarm.rung.load(Ordering::Relaxed) {
                continue;
            }
            if state.continued.is_none() && !state.anybody_waits() {
                return Err(foreign(&state.name));
            }
            drop(state);
            self.future = Some(future);
            return Ok(());
        }
        Err(foreign(&self.instance.state().name))
    }

    /// Polls what the orchestrator spawned and what has been woken since, in the order in which it was spawned.
    ///
    /// Polling all of it after each event would make a replay cost the product of both.
    fn poll_spawned(&self) -> Result<(), FailureDetails> {
        let mut from = 0;
        loop {
            self.alarm
                .wake_all(self.instance.state().spawned.take_new());
            let Some(number) = self.alarm.take_woken(from) else {
                return Ok(());
            };
            // One that wakes itself has its next turn after the others.
            from = number + 1;
            // A future that runs may spawn others, so it is not polled in its place.
            let Some(mut future) = self.instance.state().spawned.take(number) else {
                continue;
            };
            let waker = Waker::from(Arc::new(Bell {
                number,
                alarm: Arc::clone(&self.alarm),
            }));
            let mut cx = Context::from_waker(&waker);
            match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(&mut cx))) {
                Ok(Poll::Pending) => self.instance.state().spawned.put_back(number, future),
                Ok(Poll::Ready(())) => {}
                Err(panic) => return Err(panicked(&*panic)),
            }
        }
    }

    /// Ends the pass: what the orchestrator drops from here on does nothing more.
    pub(crate) fn close(&mut self) {
        // Somebody else's thread has tried to make the orchestrator go on.
        if self.alarm.foreign.load(Ordering::Relaxed)
            && matches!(self.outcome, None | Some(Outcome::Completed(_)))
        {
            let details = foreign(&self.instance.state().name);
            self.fail(details);
        }
        let mut state = self.instance.state();
        state.over = true;
        let spawned = std::mem::take(&mut state.spawned);
        drop(state);
        // What they hold may look at the state when it is dropped.
        drop((self.future.take(), spawned));
    }

    /// Makes the answer.
    fn finish(mut self, instance_id: String) -> OrchestratorResponse {
        self.close();
        let mut state = self.instance.state();
        let continued = state.continued.take();
        let completion = match (self.outcome, continued) {
            (Some(Outcome::Failed(_)), _) if !state.pending.is_empty() => None,
            (Some(Outcome::Failed(details)), _) => Some(CompleteOrchestrationAction {
                orchestration_status: OrchestrationStatus::Failed.into(),
                failure_details: Some(details.into_wire()),
                ..CompleteOrchestrationAction::default()
            }),
            (Some(Outcome::Terminated(output)), _) => {
                state.pending.clear();
                Some(CompleteOrchestrationAction {
                    orchestration_status: OrchestrationStatus::Terminated.into(),
                    result: output,
                    ..CompleteOrchestrationAction::default()
                })
            }
            (_, Some(continued)) => Some(CompleteOrchestrationAction {
                orchestration_status: OrchestrationStatus::ContinuedAsNew.into(),
                result: continued.input,
                carryover_events: if continued.keep_events {
                    state.untaken()
                } else {
                    Vec::new()
                },
                ..CompleteOrchestrationAction::default()
            }),
            (Some(Outcome::Completed(output)), None) => Some(CompleteOrchestrationAction {
                orchestration_status: OrchestrationStatus::Completed.into(),
                result: output,
                ..CompleteOrchestrationAction::default()
            }),
            (None, None) => None,
        };
        let mut actions = std::mem::take(&mut state.pending);
        if let Some(completion) = completion {
            actions.insert(state.id(), ActionType::CompleteOrchestration(completion));
        }
        let actions = actions.into_iter().map(|(id, action)| OrchestratorAction {
            id,
            orchestrator_action_type: Some(action),
        });
        OrchestratorResponse {
            instance_id,
            actions: actions.collect(),
            custom_status: state.custom_status.take(),
            ..OrchestratorResponse::default()
        }
    }
}

/// What the orchestrator's futures wake. Nothing runs when it rings: the executor looks at it after each poll.
struct Alarm {
    rung: AtomicBool,
    foreign: AtomicBool,
    thread: std::thread::ThreadId,
    /// The numbers of what was spawned and is to be polled.
    woken: Mutex<BTreeSet<u64>>,
}

impl Alarm {
    fn ring(&self) {
        self.rung.store(true, Ordering::Relaxed);
        if std::thread::current().id() != self.thread {
            self.foreign.store(true, Ordering::Relaxed);
        }
    }

    fn woken(&self) -> MutexGuard<'_, BTreeSet<u64>> {
        self.woken.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wake_all(&self, numbers: Range<u64>) {
        self.woken().extend(numbers);
    }

    /// The first that is to be polled, from this number on.
    fn take_woken(&self, from: u64) -> Option<u64> {
        let mut woken = self.woken();
        let number = *woken.range(from..).next()?;
        woken.remove(&number);
        Some(number)
    }
}

impl Default for Alarm {
    fn default() -> Self {
        Self {
            rung: AtomicBool::new(false),
            foreign: AtomicBool::new(false),
            thread: std::thread::current().id(),
            woken: Mutex::default(),
        }
    }
}

impl Wake for Alarm {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.ring();
    }
}

/// What the futures of one spawned part wake.
struct Bell {
    number: u64,
    alarm: Arc<Alarm>,
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.alarm.woken().insert(self.number);
        self.alarm.ring();
    }
}

/// The failure of an orchestrator that waits for something that is not in the history.
fn foreign(name: &str) -> FailureDetails {
    FailureDetails::new(
        "NonDurableAwait",
        format!(
            "orchestrator `{name}` awaits something that is not durable, such as a timer of tokio, a channel or I/O, and could \
             never be replayed; await what its context gives, and do everything else in an activity"
        ),
    )
    .non_retriable()
}

/// The failure that a panic is.
fn panicked(payload: &(dyn Any + Send)) -> FailureDetails {
    let text = payload
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| payload.downcast_ref::<String>().cloned());
    FailureDetails::new(
        "panic",
        text.unwrap_or_else(|| "the orchestrator panicked".to_owned()),
    )
}
