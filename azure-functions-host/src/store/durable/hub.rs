//! The hub as others use it: every step under one lock, with the time of the host's clock.

use std::{
    fmt,
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use azure_functions_shared::durable::{
    CleanEntityStorageRequest, CleanEntityStorageResponse, EntityBatchResult, EntityMetadata,
    HistoryEvent, OrchestrationState, OrchestrationStatus as Status, OrchestratorResponse,
    TaskFailureDetails, history_event::EventType,
};
use jiff::Timestamp;
use tokio::sync::watch;
use uuid::Uuid;

use super::{
    Batch, EntityFilter, Filter, HubError, JournalError, Page, Start, Task, Turn,
    journal::Journal,
    state::{Dirty, State},
    waiting::Waiting,
};
use crate::{
    clock::Clock,
    event::{EventSink, Level},
    services::in_full,
    store::Changes,
};

/// A task hub. Clones are the same one.
#[derive(Clone)]
pub(crate) struct TaskHub {
    shared: Arc<Shared>,
}

struct Shared {
    clock: Arc<dyn Clock>,
    state: Mutex<Kept>,
    changes: watch::Sender<u64>,
    waiting: Waiting,
    /// Who hears that the file cannot be written.
    events: Option<EventSink>,
}

/// The state, and where it is kept.
#[derive(Debug, Default)]
struct Kept {
    state: State,
    /// Without one, it is in memory only.
    journal: Option<Journal>,
}

impl Kept {
    /// Writes what has changed, and says what went wrong.
    fn write(&mut self) -> Option<JournalError> {
        let Some(journal) = &mut self.journal else {
            self.state.dirty = Dirty::default();
            return None;
        };
        journal.write(&mut self.state).err()
    }
}

impl fmt::Debug for TaskHub {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TaskHub").finish_non_exhaustive()
    }
}

impl TaskHub {
    /// A hub in memory.
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            shared: Arc::new(Shared {
                clock,
                state: Mutex::default(),
                changes: watch::Sender::new(0),
                waiting: Waiting::default(),
                events: None,
            }),
        }
    }

    /// A hub in a file, which is made if it is not there.
    ///
    /// # Errors
    ///
    /// [`JournalError`] if the file cannot be used.
    pub(crate) fn open(
        clock: Arc<dyn Clock>,
        path: &Path,
        events: EventSink,
    ) -> Result<Self, JournalError> {
        let (journal, state) = Journal::open(path, clock.now())?;
        let journal = Some(journal);
        Ok(Self {
            shared: Arc::new(Shared {
                clock,
                state: Mutex::new(Kept { state, journal }),
                changes: watch::Sender::new(0),
                waiting: Waiting::default(),
                events: Some(events),
            }),
        })
    }

    /// Tells of each step.
    pub(crate) fn changes(&self) -> Changes {
        self.shared.changes.subscribe()
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        let state = self.shared.state.lock();
        state.unwrap_or_else(PoisonError::into_inner)
    }

    /// Looks at the state.
    fn look<T>(&self, look: impl FnOnce(&State) -> T) -> T {
        look(&self.lock().state)
    }

    /// Makes one step.
    fn step<T>(&self, step: impl FnOnce(&mut State, Timestamp) -> T) -> T {
        let mut kept = self.lock();
        let result = step(&mut kept.state, self.shared.clock.now());
        self.shared.waiting.tell(&kept.state.dirty.instances);
        let problem = kept.write();
        drop(kept);
        if let (Some(problem), Some(events)) = (problem, &self.shared.events) {
            let text = format!(
                "the task hub cannot be written, and would be lost with the host: {}",
                in_full(&problem)
            );
            events.host(Level::Critical, "Host.Triggers.DurableTask", text);
        }
        self.shared
            .changes
            .send_modify(|count| *count = count.wrapping_add(1));
        result
    }

    /// Has everything happen whose moment has come, and says when the next is.
    pub(crate) fn fire(&self) -> Option<Timestamp> {
        let now = self.shared.clock.now();
        let due = self.look(State::next_due)?;
        if due > now {
            return Some(due);
        }
        self.step(|state, now| {
            state.fire(now);
            state.next_due()
        })
    }

    /// The next turn of an orchestrator.
    pub(crate) fn take_turn(&self) -> Option<Turn> {
        let now = self.shared.clock.now();
        self.lock().state.take_turn(now)
    }

    /// Does what an orchestrator wants.
    ///
    /// # Errors
    ///
    /// It wants something that there is not; the text says what. Nothing was done.
    pub(crate) fn end_turn(
        &self,
        turn: &Turn,
        response: OrchestratorResponse,
    ) -> Result<(), String> {
        self.step(|state, now| state.end_turn(turn, response, now))
    }

    /// Ends an instance whose orchestrator gives no answer that can be read.
    pub(crate) fn fail_turn(&self, turn: &Turn, output: String) {
        self.step(|state, now| state.fail_turn(turn, output, now));
    }

    /// Gives a turn back, to be had later.
    pub(crate) fn abandon_turn(&self, turn: &Turn) {
        self.step(|state, now| state.abandon_turn(turn, now));
    }

    /// The next call of an activity.
    pub(crate) fn take_task(&self) -> Option<(u64, Task)> {
        self.lock().state.take_task()
    }

    /// Tells an instance what its activity answered.
    pub(crate) fn end_task(&self, number: u64, what: EventType) {
        self.step(|state, now| state.end_task(number, what, now));
    }

    /// The next batch of an entity.
    pub(crate) fn take_batch(&self) -> Option<Batch> {
        // A lock may be given on the way, so this is a step, unless there is nothing.
        if self.look(|state| state.batches.is_empty()) {
            return None;
        }
        self.step(State::take_batch)
    }

    /// Keeps what an entity made of a batch.
    pub(crate) fn end_batch(&self, batch: &Batch, result: EntityBatchResult) {
        self.step(|state, now| state.end_batch(batch, result, now));
    }

    /// Answers the callers of a batch that its entity could not do.
    pub(crate) fn fail_batch(&self, batch: &Batch, failure: &TaskFailureDetails) {
        self.step(|state, now| state.fail_batch(batch, failure, now));
    }

    /// Gives a batch back, to be done later.
    pub(crate) fn abandon_batch(&self, batch: &Batch) {
        self.step(|state, now| state.abandon_batch(batch, now));
    }

    /// Starts an instance, and says its id. One that has a status among `replaceable` makes room for it.
    pub(crate) fn start(
        &self,
        start: Start,
        replaceable: Option<&[Status]>,
    ) -> Result<String, HubError> {
        let id = start.instance_id.clone();
        self.step(|state, now| state.start(start, replaceable, now))?;
        Ok(id)
    }

    /// Starts an instance as another one was started, and says its id.
    pub(crate) fn restart(&self, id: &str, with_new_id: bool) -> Result<String, HubError> {
        self.step(|state, now| state.restart(id, with_new_id, now))
    }

    pub(crate) fn raise(
        &self,
        id: &str,
        name: String,
        input: Option<String>,
    ) -> Result<(), HubError> {
        self.step(|state, now| state.raise(id, name, input, now))
    }

    pub(crate) fn terminate(&self, id: &str, output: Option<String>) -> Result<(), HubError> {
        self.step(|state, now| state.terminate(id, output, now))
    }

    pub(crate) fn suspend(&self, id: &str, reason: Option<String>) -> Result<(), HubError> {
        self.step(|state, now| state.suspend(id, reason, now))
    }

    pub(crate) fn resume(&self, id: &str, reason: Option<String>) -> Result<(), HubError> {
        self.step(|state, now| state.resume(id, reason, now))
    }

    pub(crate) fn rewind(&self, id: &str, reason: Option<String>) -> Result<(), HubError> {
        self.step(|state, now| state.rewind(id, reason, now))
    }

    pub(crate) fn purge(&self, id: &str) -> Result<(), HubError> {
        self.step(|state, _| state.purge(id))
    }

    /// Forgets instances that are over, and says how many.
    pub(crate) fn purge_all(&self, filter: &Filter) -> usize {
        self.step(|state, _| state.purge_all(filter))
    }

    /// What is known of an instance.
    pub(crate) fn get(&self, id: &str) -> Option<OrchestrationState> {
        self.look(|state| Some(state.instances.get(id)?.state.clone()))
    }

    /// What has happened to an instance, as far as it was told.
    pub(crate) fn history(&self, id: &str) -> Option<Vec<HistoryEvent>> {
        self.look(|state| Some(state.instances.get(id)?.history.clone()))
    }

    /// Waits until an instance is there, and has a status that is awaited.
    pub(crate) async fn wait(
        &self,
        id: &str,
        awaited: impl Fn(Status) -> bool,
    ) -> OrchestrationState {
        let mut place = self.shared.waiting.join(id);
        loop {
            let found = self.look(|state| {
                let instance = state.instances.get(id)?;
                awaited(instance.status()).then(|| instance.state.clone())
            });
            if let Some(state) = found {
                return state;
            }
            place.changed().await;
        }
    }

    pub(crate) fn query(
        &self,
        filter: &Filter,
        after: Option<&str>,
        limit: usize,
    ) -> Page<OrchestrationState> {
        self.look(|state| state.query(filter, after, limit))
    }

    /// Signals an entity, now or at some moment.
    pub(crate) fn signal(
        &self,
        entity: &str,
        operation: String,
        input: Option<String>,
        id: Uuid,
        at: Option<Timestamp>,
    ) {
        self.step(|state, now| state.signal(entity, operation, input, id, at, now));
    }

    /// What is known of an entity that has a state.
    pub(crate) fn entity(&self, id: &str, include_state: bool) -> Option<EntityMetadata> {
        self.look(|state| state.entity(id, include_state))
    }

    pub(crate) fn query_entities(
        &self,
        filter: &EntityFilter,
        after: Option<&str>,
        limit: usize,
    ) -> Page<EntityMetadata> {
        self.look(|state| state.query_entities(filter, after, limit))
    }

    pub(crate) fn clean(&self, request: &CleanEntityStorageRequest) -> CleanEntityStorageResponse {
        self.step(|state, _| state.clean(request))
    }
}
