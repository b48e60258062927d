//! Reading a recording, and collecting what differs from it.

use std::{fmt::Write as _, path::Path};

use serde::de::DeserializeOwned;

/// The rows of one recording.
pub(crate) fn rows<T: DeserializeOwned>(file: &str) -> Vec<T> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("data/vectors")
        .join(file);
    let text = std::fs::read_to_string(&path)
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    text.lines()
        .enumerate()
        .map(|(at, line)| {
            serde_json::from_str(line)
                .unwrap_or_else(|error| panic!("{}:{}: {error}", path.display(), at + 1))
        })
        .collect()
}

/// A case of which ours is known to differ: which, and why.
pub(crate) type Difference = (&'static str, &'static str);

/// Collects the cases that differ, and compares them with those that are meant to.
#[derive(Debug)]
pub(crate) struct Outcome {
    seen: usize,
    differences: Vec<(String, String)>,
}

impl Outcome {
    pub(crate) fn new() -> Self {
        Self {
            seen: 0,
            differences: Vec::new(),
        }
    }

    /// Records one case: `key` names it, and `difference` says how ours differs, if it does.
    pub(crate) fn case(&mut self, key: impl Into<String>, difference: Option<String>) {
        self.seen += 1;
        if let Some(difference) = difference {
            self.differences.push((key.into(), difference));
        }
    }

    /// Fails unless exactly the `intended` cases differ.
    #[track_caller]
    pub(crate) fn finish(self, intended: &[Difference]) {
        assert!(self.seen > 0, "no case was read");
        let mut report = String::new();
        for (key, difference) in &self.differences {
            if !intended.iter().any(|(known, _)| known == key) {
                let _ = writeln!(report, "{key}: {difference}");
            }
        }
        for (key, reason) in intended {
            if !self.differences.iter().any(|(seen, _)| seen == key) {
                let _ = writeln!(report, "{key}: listed as different ({reason}), but is not");
            }
        }
        assert!(report.is_empty(), "of {} cases:\n{report}", self.seen);
    }
}
