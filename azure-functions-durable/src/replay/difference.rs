//! Where a history and the code part.

use std::{error::Error, fmt};

use azure_functions_shared::durable::recorded::{Brief, RecordedHistory};

/// How many events are shown before the one that differs.
const BEFORE: usize = 5;

/// Where a recorded history and today's code part, with both sides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    instance_id: String,
    orchestrator: String,
    exact: bool,
    total: usize,
    /// The events that led there, each with its number, and at last the one that differs.
    events: Vec<(usize, String)>,
    side: Side,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Side {
    pub(super) history: String,
    pub(super) code: String,
}

impl Difference {
    /// What differs at the event at this place.
    pub(super) fn new(history: &RecordedHistory, at: usize, side: Side) -> Self {
        let events = history.events.iter().enumerate().take(at + 1);
        let events = events.skip(at.saturating_sub(BEFORE));
        Self {
            instance_id: history.instance_id.clone(),
            orchestrator: history.orchestrator().unwrap_or_default().to_owned(),
            exact: history.exact,
            total: history.events.len(),
            events: events
                .map(|(at, event)| (at + 1, Brief(event).to_string()))
                .collect(),
            side,
        }
    }

    /// The number of the event, beginning with 1.
    pub fn number(&self) -> usize {
        self.events.last().map_or(0, |(number, _)| *number)
    }

    /// What the history has there.
    pub fn history(&self) -> &str {
        &self.side.history
    }

    /// What the code does there.
    pub fn code(&self) -> &str {
        &self.side.code
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            instance_id,
            orchestrator,
            total,
            ..
        } = self;
        writeln!(
            f,
            "orchestrator `{orchestrator}` does not do again what the instance `{instance_id}` did"
        )?;
        writeln!(f, "  history: {}", self.history())?;
        writeln!(f, "  code:    {}", self.code())?;
        writeln!(f, "at event {} of {total}:", self.number())?;
        for (number, event) in &self.events {
            let mark = if *number == self.number() { ">" } else { " " };
            writeln!(f, "{mark} {number:>4} {event}")?;
        }
        if !self.exact {
            writeln!(
                f,
                "ids and times of this history were guessed from a status page, so an orchestrator that looks at the time may differ \
                 without being changed"
            )?;
        }
        f.write_str(
            "let running instances end before this code is deployed, or branch on the version of the instance",
        )
    }
}

impl Error for Difference {}
