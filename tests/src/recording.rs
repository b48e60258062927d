//! Reading a recording, and collecting what differs from it.

use std::{fmt::Write as _, path::Path};

use serde::de::DeserializeOwned;

/// The rows of one recording, by its path below `tests/data`.
///
/// # Panics
///
/// The file cannot be read, or a row has another form.
#[expect(
    clippy::panic,
    reason = "a test that cannot read its data has to say so"
)]
pub fn rows<T: DeserializeOwned>(file: &str) -> Vec<T> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("data")
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
pub type Difference = (&'static str, &'static str);

/// Collects the cases that differ, and compares them with those that are meant to.
#[derive(Debug, Default)]
pub struct Outcome {
    seen: usize,
    differences: Vec<(String, String)>,
}

impl Outcome {
    /// No case yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Records one case: `key` names it, and `difference` says how ours differs, if it does.
    pub fn case(&mut self, key: impl Into<String>, difference: Option<String>) {
        self.seen += 1;
        if let Some(difference) = difference {
            self.differences.push((key.into(), difference));
        }
    }

    /// Checks that exactly the `intended` cases differ.
    ///
    /// # Panics
    ///
    /// Another case differs, or an intended one does not.
    #[track_caller]
    pub fn finish(self, intended: &[Difference]) {
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
