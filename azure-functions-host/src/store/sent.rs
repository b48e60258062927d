//! What functions sent to services that this machine does not have: the last of it, for people and tests to look at.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Mutex, MutexGuard, PoisonError},
};

use jiff::Timestamp;
use serde_json::Value;
use tokio::sync::watch;

use super::Changes;

/// How many values are kept.
const MOST: usize = 1000;
/// How many bytes of JSON are kept, unless a single value has more.
const MOST_BYTES: usize = 16 * 1024 * 1024;

/// A value that a function gave to an output binding whose service is not here.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Sent {
    /// When.
    pub time: Timestamp,
    /// The type of the binding, such as `signalR`.
    pub binding: String,
    /// What was sent: one element, if the function gave a JSON array of messages.
    ///
    /// A text is a JSON string, and so are bytes if they are UTF-8; other bytes are said to be so many.
    pub value: Value,
    properties: BTreeMap<String, String>,
}

impl Sent {
    /// A value that is sent by a binding with these properties, whose names are in lower case.
    pub(crate) fn new(
        time: Timestamp,
        binding: impl Into<String>,
        properties: BTreeMap<String, String>,
        value: Value,
    ) -> Self {
        Self {
            time,
            binding: binding.into(),
            value,
            properties,
        }
    }

    /// A property of the binding for this call, in any case; only texts, numbers and truth values are kept.
    pub fn property(&self, name: &str) -> Option<&str> {
        let text = self.properties.get(&name.to_ascii_lowercase())?;
        Some(text.as_str())
    }

    /// About how much memory the value takes.
    fn size(&self) -> usize {
        let properties = self.properties.iter();
        let properties = properties.map(|(name, value)| name.len() + value.len());
        self.value.to_string().len() + properties.sum::<usize>()
    }
}

/// The values that functions sent last: 1000 of them, and 16 MiB, at most.
#[derive(Debug)]
pub struct SentOutputs {
    kept: Mutex<Kept>,
    changes: watch::Sender<u64>,
}

/// Values with their sizes, the oldest first.
#[derive(Debug, Default)]
struct Kept {
    values: VecDeque<(usize, Sent)>,
    bytes: usize,
}

impl SentOutputs {
    /// None yet.
    pub(crate) fn new() -> Self {
        Self {
            kept: Mutex::default(),
            changes: watch::Sender::new(0),
        }
    }

    /// What is kept, the oldest first.
    pub fn all(&self) -> Vec<Sent> {
        let kept = self.kept();
        kept.values.iter().map(|(_, sent)| sent.clone()).collect()
    }

    /// What is kept of a type of binding, in any case, the oldest first.
    pub fn by(&self, binding: &str) -> Vec<Sent> {
        let kept = self.kept();
        let values = kept.values.iter().map(|(_, sent)| sent);
        values
            .filter(|sent| sent.binding.eq_ignore_ascii_case(binding))
            .cloned()
            .collect()
    }

    /// Forgets all.
    pub fn clear(&self) {
        *self.kept() = Kept::default();
    }

    /// Tells when something is sent.
    pub fn changes(&self) -> Changes {
        self.changes.subscribe()
    }

    /// Keeps a value, and forgets the oldest if there are too many.
    pub(crate) fn record(&self, sent: Sent) {
        let size = sent.size();
        let mut kept = self.kept();
        kept.bytes += size;
        kept.values.push_back((size, sent));
        while kept.values.len() > MOST || (kept.bytes > MOST_BYTES && kept.values.len() > 1) {
            let Some((size, _)) = kept.values.pop_front() else {
                break;
            };
            kept.bytes -= size;
        }
        drop(kept);
        self.changes.send_modify(|count| *count += 1);
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        // No code can panic halfway through a change.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn sent(binding: &str, value: Value) -> Sent {
        let properties = BTreeMap::from([("hubname".to_owned(), "chat".to_owned())]);
        Sent::new(Timestamp::UNIX_EPOCH, binding, properties, value)
    }

    #[test]
    fn the_newest_are_kept() {
        let outputs = SentOutputs::new();
        for number in 0..MOST + 2 {
            outputs.record(sent("a", json!(number)));
        }
        let values: Vec<_> = outputs.all().into_iter().map(|sent| sent.value).collect();
        assert_eq!(values.len(), MOST);
        assert_eq!(values.first(), Some(&json!(2)));
        assert_eq!(values.last(), Some(&json!(MOST + 1)));
        outputs.clear();
        assert_eq!(outputs.all(), []);
    }

    #[test]
    fn large_values_push_out_others() {
        let outputs = SentOutputs::new();
        let large = || json!("x".repeat(MOST_BYTES / 2));
        outputs.record(sent("small", json!(1)));
        outputs.record(sent("large", large()));
        outputs.record(sent("large", large()));
        assert_eq!(outputs.all().len(), 1);
        // One that is too large by itself is kept all the same.
        outputs.record(sent("huge", json!("x".repeat(2 * MOST_BYTES))));
        assert_eq!(outputs.by("HUGE").len(), 1);
        outputs.record(sent("small", json!(2)));
        let kept: Vec<_> = outputs.all().into_iter().map(|sent| sent.binding).collect();
        assert_eq!(kept, ["small"]);
    }

    #[test]
    fn properties_in_any_case() {
        let outputs = SentOutputs::new();
        let mut changes = outputs.changes();
        outputs.record(sent("signalR", json!({})));
        assert!(changes.has_changed().unwrap());
        changes.mark_unchanged();
        let sent = outputs.by("SIGNALR").pop().unwrap();
        assert_eq!(sent.property("hubName"), Some("chat"));
        assert_eq!(sent.property("userId"), None);
        assert_eq!(outputs.by("sendGrid"), []);
    }
}
