//! What is known of an instance while its orchestrator is replayed, and what its futures wait for.

use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    fmt,
    future::Future,
    marker::PhantomData,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
    time::Duration,
};

use azure_functions_shared::durable::{
    HistoryEvent, orchestrator_action::OrchestratorActionType as ActionType,
};
use jiff::Timestamp;

use crate::{FailureDetails, spawn::Parts};

/// What the host says of something that was scheduled.
pub(crate) type Reply = Result<Option<String>, FailureDetails>;

/// The instance that an orchestrator runs for; all its futures share it.
#[derive(Clone)]
pub(crate) struct Instance(Arc<Mutex<State>>);

/// The state behind an [`Instance`].
pub(crate) struct State {
    pub(crate) instance_id: String,
    pub(crate) execution_id: Option<String>,
    pub(crate) parent_instance_id: Option<String>,
    pub(crate) name: String,
    pub(crate) version: Option<String>,
    pub(crate) input: Option<String>,
    /// How long to wait before asking again how far work is that was begun by an HTTP request, unless its answer says.
    pub(crate) http_pause: Duration,
    pub(crate) now: Timestamp,
    pub(crate) replaying: bool,
    pub(crate) custom_status: Option<String>,
    pub(crate) continued: Option<Continued>,
    /// The turn is over: what is dropped from here on does nothing more.
    pub(crate) over: bool,
    /// What the orchestrator did that cannot be replayed.
    pub(crate) mistake: Option<FailureDetails>,
    /// What was scheduled, and is not yet in the history.
    pub(crate) pending: BTreeMap<i32, ActionType>,
    pub(crate) spawned: Parts,
    pub(crate) entities: crate::entity_call::Outgoing,
    next_id: i32,
    next_guid: u32,
    next_ticket: u64,
    slots: HashMap<i32, Slot>,
    mailboxes: HashMap<String, Mailbox>,
    /// How many futures have said whom to wake.
    listeners: usize,
}

/// The end of this execution, and the beginning of the next.
#[derive(Debug)]
pub(crate) struct Continued {
    pub(crate) input: Option<String>,
    pub(crate) keep_events: bool,
}

/// Where the reply to something that was scheduled comes.
enum Slot {
    Waiting(Option<Waker>),
    Done(Reply),
}

/// The events of one name: those that nobody took, and those who wait for one. Waiter number n gets event number n.
#[derive(Default)]
struct Mailbox {
    arrived: VecDeque<(u64, HistoryEvent, Option<String>)>,
    waiters: VecDeque<(u64, Option<Waker>)>,
}

impl Instance {
    pub(crate) fn new(instance_id: String) -> Self {
        Self(Arc::new(Mutex::new(State {
            instance_id,
            execution_id: None,
            parent_instance_id: None,
            name: String::new(),
            version: None,
            input: None,
            http_pause: Duration::from_secs(30),
            now: Timestamp::UNIX_EPOCH,
            replaying: true,
            custom_status: None,
            continued: None,
            over: false,
            mistake: None,
            pending: BTreeMap::new(),
            spawned: Parts::default(),
            entities: crate::entity_call::Outgoing::default(),
            next_id: 0,
            next_guid: 0,
            next_ticket: 0,
            slots: HashMap::new(),
            mailboxes: HashMap::new(),
            listeners: 0,
        })))
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Schedules something that the host replies to.
    pub(crate) fn schedule(&self, action: ActionType) -> Scheduled {
        let mut state = self.state();
        let id = state.post(action);
        state.slots.insert(id, Slot::Waiting(None));
        drop(state);
        Scheduled {
            instance: self.clone(),
            id,
        }
    }

    /// Hands in the reply to what was scheduled as `id`. One that nobody waits for any more is lost.
    pub(crate) fn reply(&self, id: i32, reply: Reply) {
        let mut state = self.state();
        let waker = match state.slots.get_mut(&id) {
            Some(slot @ Slot::Waiting(_)) => match std::mem::replace(slot, Slot::Done(reply)) {
                Slot::Waiting(waker) => waker,
                Slot::Done(_) => None,
            },
            Some(Slot::Done(_)) | None => None,
        };
        state.forget(waker.is_some());
        drop(state);
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Hands in an event from outside.
    pub(crate) fn raise(&self, name: &str, input: Option<String>, event: HistoryEvent) {
        let mut state = self.state();
        let ticket = state.ticket();
        let mailbox = state.mailboxes.entry(name.to_lowercase()).or_default();
        mailbox.arrived.push_back((ticket, event, input));
        let last = mailbox.arrived.len() - 1;
        let waker = mailbox
            .waiters
            .get(last)
            .and_then(|(_, waker)| waker.clone());
        drop(state);
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Stands in the queue for events of this name.
    pub(crate) fn listen(&self, name: &str) -> Listening {
        let mut state = self.state();
        let ticket = state.ticket();
        let name = name.to_lowercase();
        let mailbox = state.mailboxes.entry(name.clone()).or_default();
        mailbox.waiters.push_back((ticket, None));
        drop(state);
        Listening {
            instance: self.clone(),
            name,
            ticket: Some(ticket),
        }
    }
}

impl State {
    /// Adds an action and gives its id.
    pub(crate) fn post(&mut self, action: ActionType) -> i32 {
        let id = self.id();
        if !self.over {
            self.pending.insert(id, action);
        }
        id
    }

    /// The next id of an action.
    pub(crate) fn id(&mut self) -> i32 {
        let id = self.next_id;
        self.next_id = self.next_id.saturating_add(1);
        id
    }

    /// The number of the next GUID.
    pub(crate) fn guid(&mut self) -> u32 {
        let number = self.next_guid;
        self.next_guid = self.next_guid.wrapping_add(1);
        number
    }

    /// Whether anything waits for the host.
    pub(crate) fn anybody_waits(&self) -> bool {
        self.listeners > 0
    }

    /// The events that nobody took, as they came.
    pub(crate) fn untaken(&mut self) -> Vec<HistoryEvent> {
        let mut events: Vec<_> = self
            .mailboxes
            .drain()
            .flat_map(|(_, mailbox)| mailbox.arrived)
            .collect();
        events.sort_by_key(|(ticket, ..)| *ticket);
        events.into_iter().map(|(_, event, _)| event).collect()
    }

    fn ticket(&mut self) -> u64 {
        let ticket = self.next_ticket;
        self.next_ticket = self.next_ticket.wrapping_add(1);
        ticket
    }

    /// A future listens no longer, if it did.
    fn forget(&mut self, listened: bool) {
        self.listeners = self.listeners.saturating_sub(usize::from(listened));
    }
}

/// The reply to something that was scheduled.
pub(crate) struct Scheduled {
    instance: Instance,
    id: i32,
}

impl Future for Scheduled {
    type Output = Reply;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Reply> {
        let mut state = self.instance.state();
        let is_new = match state.slots.get_mut(&self.id) {
            Some(Slot::Waiting(waker)) => waker.replace(cx.waker().clone()).is_none(),
            Some(Slot::Done(_)) => {
                return match state.slots.remove(&self.id) {
                    Some(Slot::Done(reply)) => Poll::Ready(reply),
                    _ => Poll::Pending,
                };
            }
            // It was polled after its end.
            None => false,
        };
        state.listeners += usize::from(is_new);
        Poll::Pending
    }
}

impl Drop for Scheduled {
    fn drop(&mut self) {
        let mut state = self.instance.state();
        let slot = state.slots.remove(&self.id);
        state.forget(matches!(slot, Some(Slot::Waiting(Some(_)))));
        // A waker may belong to a future that locks the state when it is dropped.
        drop(state);
        drop(slot);
    }
}

/// The next event of a name.
pub(crate) struct Listening {
    instance: Instance,
    name: String,
    /// `None` once an event was taken.
    ticket: Option<u64>,
}

impl Future for Listening {
    type Output = Option<String>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<String>> {
        let this = self.get_mut();
        let mut state = this.instance.state();
        let Some(ticket) = this.ticket else {
            return Poll::Pending;
        };
        let Some(mailbox) = state.mailboxes.get_mut(&this.name) else {
            return Poll::Pending;
        };
        let Some(at) = mailbox.waiters.iter().position(|(own, _)| *own == ticket) else {
            return Poll::Pending;
        };
        if at < mailbox.arrived.len() {
            let event = mailbox.arrived.remove(at);
            let waiter = mailbox.waiters.remove(at);
            state.forget(matches!(&waiter, Some((_, Some(_)))));
            this.ticket = None;
            drop(state);
            drop(waiter);
            return Poll::Ready(event.and_then(|(_, _, input)| input));
        }
        let is_new = mailbox
            .waiters
            .get_mut(at)
            .is_some_and(|(_, waker)| waker.replace(cx.waker().clone()).is_none());
        state.listeners += usize::from(is_new);
        Poll::Pending
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        let Some(ticket) = self.ticket else { return };
        let mut state = self.instance.state();
        let Some(mailbox) = state.mailboxes.get_mut(&self.name) else {
            return;
        };
        let at = mailbox.waiters.iter().position(|(own, _)| *own == ticket);
        let waiter = at.and_then(|at| mailbox.waiters.remove(at));
        // The one who now stands where an event is.
        let next = mailbox.arrived.len().checked_sub(1);
        let next = next.and_then(|last| mailbox.waiters.get(last));
        let next = next.and_then(|(_, waker)| waker.clone());
        state.forget(matches!(&waiter, Some((_, Some(_)))));
        drop(state);
        drop(waiter);
        if let Some(waker) = next {
            waker.wake();
        }
    }
}

/// The end of an execution that goes on as a new one: it never ends itself, so nothing behind its `.await` runs.
#[must_use = "nothing behind it runs only if it is awaited"]
pub struct ContinueAsNew<T> {
    pub(crate) instance: Instance,
    pub(crate) never: PhantomData<fn() -> T>,
}

impl<T> ContinueAsNew<T> {
    /// Lets the events go that nobody took. Without this the new execution gets them.
    pub fn discard_events(self) -> Self {
        if let Some(continued) = &mut self.instance.state().continued {
            continued.keep_events = false;
        }
        self
    }
}

impl<T> Future for ContinueAsNew<T> {
    type Output = T;

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<T> {
        Poll::Pending
    }
}

impl<T> fmt::Debug for ContinueAsNew<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ContinueAsNew")
    }
}

impl fmt::Debug for Instance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Instance")
            .field(&self.state().instance_id)
            .finish()
    }
}
