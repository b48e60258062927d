//! Answers that nobody waited for: what a worker that answers twice makes.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use tracing::{
    Event, Metadata, Subscriber,
    field::{Field, Visit},
    span::{Attributes, Id, Record},
};

/// What the hosts of this process write when an answer comes to an id that waits for none.
const WORDS: &str = "an answer that nobody waits for was dropped";
const TARGET: &str = "azure_functions_host";

/// Counts the answers that a host drops; it is a `tracing` subscriber, which has to be installed.
#[derive(Clone, Debug, Default)]
pub struct Strays(Arc<AtomicU64>);

impl Strays {
    /// How many there were.
    pub fn count(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl Subscriber for Strays {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.is_event() && metadata.target().starts_with(TARGET)
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut is_stray = IsStray(false);
        event.record(&mut is_stray);
        if is_stray.0 {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

struct IsStray(bool);

impl Visit for IsStray {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0 |= field.name() == "message" && format!("{value:?}") == WORDS;
    }
}
