//! How many requests and calls an app still has to answer, so that it is not ended under one of them.

use std::sync::Arc;

use tokio::sync::watch;

/// The visits that an app has at the moment.
#[derive(Debug, Clone)]
pub(crate) struct Visits {
    number: Arc<watch::Sender<usize>>,
}

impl Visits {
    pub(crate) fn new() -> Self {
        Self {
            number: Arc::new(watch::Sender::new(0)),
        }
    }

    /// Begins a visit, which ends with what this returns.
    pub(crate) fn begin(&self) -> Visit {
        self.number.send_modify(|number| *number += 1);
        Visit {
            visits: self.clone(),
        }
    }

    /// Waits until there is no visit.
    pub(crate) async fn none(&self) {
        // The sender lives as long as `self`.
        let _ = self
            .number
            .subscribe()
            .wait_for(|number| *number == 0)
            .await;
    }
}

/// Somebody who waits for an app; whoever holds this keeps its worker running.
#[derive(Debug)]
pub(crate) struct Visit {
    visits: Visits,
}

impl Drop for Visit {
    fn drop(&mut self) {
        self.visits.number.send_modify(|number| *number -= 1);
    }
}
