//! What a task hub knows, and the rows of what can be worked on.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use azure_functions_shared::durable::{
    ExecutionSuspendedEvent, HistoryEvent, OrchestrationStatus as Status, history_event::EventType,
};
use jiff::Timestamp;

use super::{
    Start,
    entity::{Entity, Operation},
    instance::{Instance, event},
};

/// A task hub, without the clock, the journal and those who wait for it.
#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) instances: BTreeMap<String, Instance>,
    /// By `@name@key`.
    pub(super) entities: BTreeMap<String, Entity>,
    /// The calls of activities that have not been answered.
    pub(super) tasks: BTreeMap<u64, Task>,
    pub(super) timers: BTreeMap<(Timestamp, u64), Due>,
    /// The last number that a task or a timer got.
    pub(super) last: u64,
    /// What can be worked on, in the order in which it could be first.
    pub(super) turns: VecDeque<String>,
    pub(super) batches: VecDeque<String>,
    pub(super) calls: VecDeque<u64>,
    pub(super) dirty: Dirty,
}

/// A call of an activity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Task {
    pub(crate) instance_id: String,
    pub(crate) execution_id: String,
    pub(crate) event_id: i32,
    pub(crate) name: String,
    pub(crate) input: Option<String>,
}

/// What happens at some moment.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Due {
    /// An instance is told of something.
    Event {
        instance_id: String,
        execution_id: String,
        event: Box<HistoryEvent>,
    },
    /// An entity is asked for something.
    Operation {
        entity: String,
        operation: Box<Operation>,
    },
    /// An instance may have a turn; not in the journal.
    Turn(String),
    /// An entity may have a batch; not in the journal.
    Batch(String),
}

/// What the journal does not have yet.
#[derive(Debug, Default)]
pub(super) struct Dirty {
    pub(super) instances: BTreeSet<String>,
    pub(super) entities: BTreeSet<String>,
    pub(super) tasks: BTreeSet<u64>,
    pub(super) timers: BTreeSet<(Timestamp, u64)>,
}

impl Dirty {
    pub(super) fn is_empty(&self) -> bool {
        self.instances.is_empty()
            && self.entities.is_empty()
            && self.tasks.is_empty()
            && self.timers.is_empty()
    }
}

impl State {
    pub(super) fn next_number(&mut self) -> u64 {
        self.last += 1;
        self.last
    }

    /// Adds an instance in place of one that is over, if there is one.
    pub(super) fn add(&mut self, start: Start, now: Timestamp) {
        let id = start.instance_id.clone();
        let at = start.at;
        let instance = Instance::new(start, now);
        if instance.held
            && let Some(at) = at
        {
            self.at(at, Due::Turn(id.clone()));
        }
        self.instances.insert(id.clone(), instance);
        self.touch(&id);
    }

    /// Tells an instance of something, unless it is over or another execution.
    pub(super) fn tell(
        &mut self,
        id: &str,
        execution: Option<&str>,
        what: EventType,
        now: Timestamp,
    ) {
        self.deliver(id, execution, event(now, -1, what));
    }

    fn deliver(&mut self, id: &str, execution: Option<&str>, event: HistoryEvent) {
        let Some(instance) = self.instances.get_mut(id) else {
            return;
        };
        if instance.is_over() || !instance.is(execution) {
            return;
        }
        instance.inbox.push(event);
        self.touch(id);
    }

    /// Has the journal hear of an instance, and gives it a turn if it can have one.
    pub(super) fn touch(&mut self, id: &str) {
        self.dirty.instances.insert(id.to_owned());
        self.schedule(id);
    }

    pub(super) fn schedule(&mut self, id: &str) {
        let Some(instance) = self.instances.get_mut(id) else {
            return;
        };
        if instance.is_ready() && !instance.queued {
            instance.queued = true;
            self.turns.push_back(id.to_owned());
        }
    }

    /// Has something happen at a moment.
    pub(super) fn at(&mut self, time: Timestamp, due: Due) {
        let key = (time, self.next_number());
        if !matches!(due, Due::Turn(_) | Due::Batch(_)) {
            self.dirty.timers.insert(key);
        }
        self.timers.insert(key, due);
    }

    /// The next moment at which something happens.
    pub(super) fn next_due(&self) -> Option<Timestamp> {
        let ((time, _), _) = self.timers.first_key_value()?;
        Some(*time)
    }

    /// Has everything happen whose moment has come.
    pub(super) fn fire(&mut self, now: Timestamp) {
        while let Some(entry) = self.timers.first_entry() {
            let key = *entry.key();
            if key.0 > now {
                return;
            }
            match entry.remove() {
                Due::Event {
                    instance_id,
                    execution_id,
                    event,
                } => {
                    self.dirty.timers.insert(key);
                    let event = HistoryEvent {
                        timestamp: Some(super::time::wire(now)),
                        ..*event
                    };
                    self.deliver(&instance_id, Some(&execution_id), event);
                }
                Due::Operation { entity, operation } => {
                    self.dirty.timers.insert(key);
                    self.ask(&entity, *operation, now);
                }
                Due::Turn(id) => {
                    if let Some(instance) = self.instances.get_mut(&id) {
                        instance.held = false;
                        self.schedule(&id);
                    }
                }
                Due::Batch(id) => {
                    if let Some(entity) = self.entities.get_mut(&id) {
                        entity.held = false;
                        self.schedule_entity(&id);
                    }
                }
            }
        }
    }

    /// The next call of an activity.
    pub(super) fn take_task(&mut self) -> Option<(u64, Task)> {
        loop {
            let number = self.calls.pop_front()?;
            if let Some(task) = self.tasks.get(&number) {
                return Some((number, task.clone()));
            }
        }
    }

    pub(super) fn add_task(&mut self, task: Task) {
        let number = self.next_number();
        self.tasks.insert(number, task);
        self.calls.push_back(number);
        self.dirty.tasks.insert(number);
    }

    /// Tells an instance what its activity answered. Only the first answer counts.
    pub(super) fn end_task(&mut self, number: u64, what: EventType, now: Timestamp) {
        if let Some(task) = self.tasks.remove(&number) {
            self.dirty.tasks.insert(number);
            self.tell(&task.instance_id, Some(&task.execution_id), what, now);
        }
    }

    /// Takes notice of what an instance was told: whether it is suspended.
    pub(super) fn heed(instance: &mut Instance, events: &[HistoryEvent], now: Timestamp) {
        for event in events {
            let (status, reason) = match &event.event_type {
                Some(EventType::ExecutionSuspended(ExecutionSuspendedEvent { input })) => {
                    (Status::Suspended, input)
                }
                Some(EventType::ExecutionResumed(resumed)) => (Status::Running, &resumed.input),
                _ => continue,
            };
            instance.set_status(status, now);
            instance.state.output.clone_from(reason);
        }
    }
}
