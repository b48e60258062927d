//! When a lost worker is replaced, and when no more.

use std::time::Duration;

use tokio::time::Instant;

use crate::limits::Limits;

/// The losses of workers so far.
#[derive(Debug)]
pub(crate) struct Losses {
    delay: Duration,
    interval: Duration,
    budget: usize,
    window: Duration,
    number: usize,
    last: Option<Instant>,
    /// When the last replacement was started.
    started: Option<Instant>,
}

impl Losses {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            delay: limits.restart_delay,
            interval: limits.restart_interval,
            budget: limits.restart_budget,
            window: limits.restart_window,
            number: 0,
            last: None,
            started: None,
        }
    }

    /// Counts a loss; the count begins again after a long time without one.
    pub(crate) fn count(&mut self, now: Instant) {
        if self
            .last
            .is_some_and(|last| now.duration_since(last) > self.window)
        {
            self.number = 0;
        }
        self.number += 1;
        self.last = Some(now);
    }

    pub(crate) fn number(&self) -> usize {
        self.number
    }

    /// Whether there were too many.
    pub(crate) fn exhausted(&self) -> bool {
        self.number >= self.budget
    }

    /// When the next worker may be started: soon, but not too soon after the one before.
    pub(crate) fn next_start(&self, now: Instant) -> Instant {
        let soon = now + self.delay;
        self.started
            .map_or(soon, |started| soon.max(started + self.interval))
    }

    /// A replacement is being started.
    pub(crate) fn started(&mut self, now: Instant) {
        self.started = Some(now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_restart_is_soon_the_next_later_the_third_loss_the_last() {
        let mut losses = Losses::new(&Limits::default());
        let begin = Instant::now();
        let at = |seconds: f64| begin + Duration::from_secs_f64(seconds);

        losses.count(at(1.0));
        assert!(!losses.exhausted());
        assert_eq!(losses.next_start(at(1.0)), at(1.2));
        losses.started(at(1.2));

        losses.count(at(2.0));
        assert!(!losses.exhausted());
        assert_eq!(losses.next_start(at(2.0)), at(11.2));
        losses.started(at(11.2));

        losses.count(at(20.0));
        assert!(losses.exhausted());
    }

    #[test]
    fn losses_long_ago_do_not_count() {
        let mut losses = Losses::new(&Limits::default());
        let begin = Instant::now();
        losses.count(begin);
        losses.count(begin + Duration::from_secs(60));
        losses.count(begin + Duration::from_secs(60 + 1801));
        assert_eq!(losses.number(), 1);
    }
}
