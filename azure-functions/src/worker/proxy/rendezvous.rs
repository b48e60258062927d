//! Where the request and the invocation of one id meet, in either order.
//!
//! Each half waits a bounded time for the other, and the error names the half that is missing. An id is free again when
//! its invocation has ended: the next attempt of a retried call has the same.

use std::{
    collections::{HashMap, VecDeque, hash_map::Entry},
    mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use http::{Request, Response};
use hyper::body::Incoming;
use tokio::{
    sync::oneshot,
    time::{Instant, timeout},
};

use super::Reply;

/// How long one half waits for the other. The host sends both at once, so this is for a machine that is very busy.
pub(super) const PATIENCE: Duration = Duration::from_secs(30);

/// How many requests may wait for their invocations. More can only be ones that the host does not know.
const WAITING: usize = 4096;

/// How many clients are remembered that left before their invocation came.
const REMEMBERED: usize = 1024;

/// A request, and the way to answer it. The way is closed when the client leaves.
#[derive(Debug)]
pub(crate) struct Exchange {
    pub(crate) request: Request<Incoming>,
    pub(crate) reply: oneshot::Sender<Response<Reply>>,
}

/// Why an invocation does not get its request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Missed {
    /// It did not come.
    Late,
    /// The client left before the invocation came.
    Left,
}

/// Why a request is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refused {
    /// There was one with its id.
    Again,
    /// Too many wait.
    Full,
}

/// Where the two halves meet.
#[derive(Debug, Default)]
pub(crate) struct Rendezvous(Mutex<Places>);

#[derive(Debug, Default)]
struct Places {
    by_id: HashMap<String, Place>,
    /// How many of them are requests that wait.
    waiting: usize,
    /// The ids of [`Place::Left`], the oldest first.
    left: VecDeque<(Instant, String)>,
}

#[derive(Debug)]
enum Place {
    /// A request waits for its invocation.
    Request(Box<Exchange>),
    /// An invocation waits for its request.
    Invocation(oneshot::Sender<Box<Exchange>>),
    /// Both have met, and the invocation has not ended.
    Met,
    /// A client left before the invocation came.
    Left,
}

impl Rendezvous {
    /// Takes a request. What it gives is held while the request waits; nothing, if its invocation was there.
    ///
    /// # Errors
    ///
    /// When it is not to be waited for.
    pub(super) fn deliver(
        self: &Arc<Self>,
        id: &str,
        exchange: Exchange,
    ) -> Result<Option<Waiting>, Refused> {
        let mut places = self.places();
        let full = places.waiting >= WAITING;
        match places.by_id.entry(id.to_owned()) {
            Entry::Occupied(mut entry) => match mem::replace(entry.get_mut(), Place::Met) {
                Place::Invocation(invocation) => {
                    // One that has given up drops the exchange, and so the request is answered.
                    let _ = invocation.send(Box::new(exchange));
                    return Ok(None);
                }
                Place::Left if !full => {
                    entry.insert(Place::Request(Box::new(exchange)));
                }
                Place::Left => {
                    entry.insert(Place::Left);
                    return Err(Refused::Full);
                }
                taken => {
                    entry.insert(taken);
                    return Err(Refused::Again);
                }
            },
            Entry::Vacant(_) if full => return Err(Refused::Full),
            Entry::Vacant(entry) => {
                entry.insert(Place::Request(Box::new(exchange)));
            }
        }
        places.waiting += 1;
        Ok(Some(Waiting {
            rendezvous: Arc::clone(self),
            id: id.to_owned(),
        }))
    }

    /// Announces an invocation, and waits for its request. An id has one invocation at a time.
    ///
    /// # Errors
    ///
    /// When the request does not come.
    pub(crate) async fn meet(self: &Arc<Self>, id: &str) -> Result<Met, Missed> {
        let met = Met {
            rendezvous: Arc::clone(self),
            id: id.to_owned(),
            exchange: None,
        };
        let request = match self.announce(id)? {
            Announced::Met(exchange) => return Ok(met.with(exchange)),
            Announced::Waits(request) => request,
        };
        match timeout(PATIENCE, request).await {
            Ok(Ok(exchange)) => Ok(met.with(exchange)),
            Ok(Err(_)) | Err(_) => Err(Missed::Late),
        }
    }

    fn announce(&self, id: &str) -> Result<Announced, Missed> {
        let mut places = self.places();
        let (invocation, request) = oneshot::channel();
        match places.by_id.insert(id.to_owned(), Place::Met) {
            Some(Place::Request(exchange)) => {
                places.waiting -= 1;
                Ok(Announced::Met(exchange))
            }
            Some(Place::Left) => {
                places.by_id.remove(id);
                Err(Missed::Left)
            }
            None | Some(Place::Invocation(_) | Place::Met) => {
                places
                    .by_id
                    .insert(id.to_owned(), Place::Invocation(invocation));
                Ok(Announced::Waits(request))
            }
        }
    }

    fn places(&self) -> MutexGuard<'_, Places> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

enum Announced {
    Met(Box<Exchange>),
    Waits(oneshot::Receiver<Box<Exchange>>),
}

/// A request that waits for its invocation. Dropping it says that the client has left.
#[derive(Debug)]
pub(super) struct Waiting {
    rendezvous: Arc<Rendezvous>,
    id: String,
}

impl Waiting {
    /// Ends the wait. Says whether the request waited till now: if not, it has its invocation.
    pub(super) fn give_up(self) -> bool {
        self.end(false)
    }

    fn end(&self, left: bool) -> bool {
        let mut places = self.rendezvous.places();
        let waits = matches!(places.by_id.get(&self.id), Some(Place::Request(_)));
        if !waits {
            return false;
        }
        // Its way to answer is closed now, so it is dropped outside of the lock by nobody who minds.
        places.by_id.remove(&self.id);
        places.waiting -= 1;
        if left {
            places.remember(&self.id);
        }
        true
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.end(true);
    }
}

impl Places {
    /// Remembers that a client left, for as long as its invocation may come.
    fn remember(&mut self, id: &str) {
        let now = Instant::now();
        while let Some((since, _)) = self.left.front()
            && (self.left.len() >= REMEMBERED || now - *since > PATIENCE)
        {
            if let Some((_, oldest)) = self.left.pop_front()
                && matches!(self.by_id.get(&oldest), Some(Place::Left))
            {
                self.by_id.remove(&oldest);
            }
        }
        self.left.push_back((now, id.to_owned()));
        self.by_id.insert(id.to_owned(), Place::Left);
    }
}

/// An invocation that has its request. The id is in use until this is dropped.
#[derive(Debug)]
pub(crate) struct Met {
    rendezvous: Arc<Rendezvous>,
    id: String,
    exchange: Option<Box<Exchange>>,
}

impl Met {
    /// Takes the request and the way to answer it.
    pub(crate) fn take(&mut self) -> Option<Exchange> {
        self.exchange.take().map(|exchange| *exchange)
    }

    fn with(mut self, exchange: Box<Exchange>) -> Self {
        self.exchange = Some(exchange);
        self
    }
}

impl Drop for Met {
    fn drop(&mut self) {
        let mut places = self.rendezvous.places();
        if let Entry::Occupied(entry) = places.by_id.entry(mem::take(&mut self.id))
            && matches!(entry.get(), Place::Met | Place::Invocation(_))
        {
            entry.remove();
        }
    }
}
