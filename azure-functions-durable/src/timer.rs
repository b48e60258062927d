//! Durable timers.

use std::{
    fmt,
    future::Future,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use azure_functions_shared::durable::{
    CreateTimerAction, orchestrator_action::OrchestratorActionType as ActionType,
};
use jiff::Timestamp;

use crate::{
    clock,
    state::{Instance, Scheduled},
};

/// The longest timer that every storage provider takes is six days; longer waits are made of steps of this length.
const LONGEST: Duration = Duration::from_secs(6 * 24 * 3600);
const STEP: Duration = Duration::from_secs(3 * 24 * 3600);

/// A wait until a point in time, which goes on while the app does not run.
#[must_use = "nothing waits unless it is awaited"]
pub struct Timer {
    instance: Instance,
    end: Timestamp,
    /// When the running step ends.
    step: Timestamp,
    scheduled: Option<Scheduled>,
}

impl Timer {
    pub(crate) fn new(instance: &Instance, end: Timestamp) -> Self {
        let now = instance.state().now;
        let mut timer = Self {
            instance: instance.clone(),
            end,
            step: now,
            scheduled: None,
        };
        timer.next_step();
        timer
    }

    /// When it ends.
    pub fn end(&self) -> Timestamp {
        self.end
    }

    fn next_step(&mut self) {
        // Counted from the last step and not from the clock, which may be a little behind it.
        self.step = if self.end <= clock::later(self.step, LONGEST) {
            self.end
        } else {
            clock::later(self.step, STEP)
        };
        let action = CreateTimerAction {
            fire_at: Some(clock::into_wire(self.step)),
        };
        self.scheduled = Some(self.instance.schedule(ActionType::CreateTimer(action)));
    }
}

impl Future for Timer {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.get_mut();
        while let Some(scheduled) = &mut this.scheduled {
            // A timer does not fail.
            let _fired = ready!(Pin::new(scheduled).poll(cx));
            this.scheduled = None;
            if this.step < this.end {
                this.next_step();
            }
        }
        Poll::Ready(())
    }
}

impl fmt::Debug for Timer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Timer")
            .field("end", &self.end)
            .finish_non_exhaustive()
    }
}
