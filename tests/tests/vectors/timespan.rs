//! What `TimeSpan` text the host reads, how long it is, and how the host writes it.

use azure_functions_shared::timespan::{self, Error};
use serde::Deserialize;

use crate::support::{Outcome, rows};

#[derive(Deserialize)]
struct Row {
    text: String,
    ticks: Option<i64>,
    canonical: Option<String>,
    /// What `host.json` makes of it, which is the same but for the empty text.
    binder: Option<String>,
    error: Option<String>,
}

#[test]
fn timespan() {
    let mut outcome = Outcome::new();
    for row in rows::<Row>("timespan.jsonl") {
        let difference = check(&row).err();
        outcome.case(format!("{:?}", row.text), difference);
    }
    outcome.finish(&[]);
}

fn check(row: &Row) -> Result<(), String> {
    let expected = match row.error.as_deref() {
        None => Ok((row.ticks, row.canonical.clone(), row.binder.clone())),
        Some(error) if error.starts_with("OverflowException") => Err(Error::OutOfRange),
        Some(_) => Err(Error::Syntax),
    };
    let ours = timespan::parse(&row.text).map(|span| {
        let text = Some(span.to_string());
        (Some(span.ticks()), text.clone(), text)
    });
    if ours == expected {
        Ok(())
    } else {
        Err(format!("{ours:?} instead of {expected:?}"))
    }
}
