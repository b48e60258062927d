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
    /// None so far, of this many workers that are to run.
    pub(crate) fn new(limits: &Limits, processes: usize) -> Self {
        Self {
            delay: limits.restart_delay,
            interval: limits.restart_interval,
            budget: limits.restart_budget.saturating_mul(processes),
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

    /// When the next worker is started: soon, but not too soon after the one before.
    pub(crate) fn next_start(&mut self, now: Instant) -> Instant {
        let soon = now + self.delay;
        let start = self
            .started
            .map_or(soon, |started| soon.max(started + self.interval));
        self.started = Some(start);
        start
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_restart_is_soon_the_next_later_the_third_loss_the_last() {
        let mut losses = Losses::new(&Limits::default(), 1);
        let begin = Instant::now();
        let at = |seconds: f64| begin + Duration::from_secs_f64(seconds);

        losses.count(at(1.0));
        assert!(!losses.exhausted());
        assert_eq!(losses.next_start(at(1.0)), at(1.2));

        losses.count(at(2.0));
        assert!(!losses.exhausted());
        assert_eq!(losses.next_start(at(2.0)), at(11.2));

        losses.count(at(20.0));
        assert!(losses.exhausted());
    }

    #[test]
    fn several_workers_may_be_lost_more_often_and_are_restarted_one_after_the_other() {
        let mut losses = Losses::new(&Limits::default(), 2);
        let now = Instant::now();
        let starts: Vec<_> = (0..5)
            .map(|_| {
                losses.count(now);
                assert!(!losses.exhausted());
                (losses.next_start(now) - now).as_secs_f64()
            })
            .collect();
        assert_eq!(starts, [0.2, 10.2, 20.2, 30.2, 40.2]);
        losses.count(now);
        assert!(losses.exhausted());
    }

    #[test]
    fn losses_long_ago_do_not_count() {
        let mut losses = Losses::new(&Limits::default(), 1);
        let begin = Instant::now();
        losses.count(begin);
        losses.count(begin + Duration::from_secs(60));
        losses.count(begin + Duration::from_secs(60 + 1801));
        assert_eq!(losses.number(), 1);
    }
}
