//! Functions with bindings of their own, which are in [`pigeon`].
//!
//! This host has no pigeons. A letter by hand: `curl http://localhost:7071/admin/functions/forward -d '{"input":
//! "{\"to\": \"north\", \"text\": \"hi\"}"}' -H 'content-type: application/json'`; what `forward` sends is shown.

pub mod pigeon;

use std::process::ExitCode;

use azure_functions::{BindingData, func};
use serde::Deserialize;

use crate::pigeon::{Loft, Pigeon, PigeonTrigger};

/// What the letters of this app say. The macro knows its members, and so a misspelt `{to}` below would not compile.
#[derive(Debug, Deserialize, PartialEq, BindingData)]
pub struct Letter {
    /// The loft to forward it to.
    pub to: String,
    /// What it says.
    pub text: String,
}

/// Forwards a letter, if there is a pigeon.
#[func]
#[binding(name = "$return", loft = "{to}")]
fn forward(
    #[binding(loft = "south")] pigeon: &PigeonTrigger<Letter>,
    #[binding(loft = "south")] loft: Option<Loft>,
) -> Pigeon {
    let at_home = loft.map_or(0, |loft| loft.at_home.len());
    Pigeon(format!("{} ({at_home} at home)", pigeon.letter.text))
}

/// Counts the letters that came together.
#[func]
#[binding(name = "$return", loft = "tower")]
fn count(#[binding(region = "coast")] pigeons: &[PigeonTrigger]) -> Option<Pigeon> {
    (!pigeons.is_empty()).then(|| Pigeon(format!("{} letters", pigeons.len())))
}

fn main() -> ExitCode {
    azure_functions::run()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pigeon<T>(letter: T) -> PigeonTrigger<T> {
        PigeonTrigger {
            letter,
            ring: None,
            landed: None,
        }
    }

    #[test]
    fn forwards() {
        let letter = Letter {
            to: "north".to_owned(),
            text: "hi".to_owned(),
        };
        let loft = Loft { at_home: vec![7] };
        assert_eq!(
            forward(&pigeon(letter), Some(loft)),
            Pigeon("hi (1 at home)".to_owned())
        );
    }

    #[test]
    fn counts() {
        assert_eq!(count(&[]), None);
        let one = pigeon("hi".to_owned());
        assert_eq!(count(&[one]), Some(Pigeon("1 letters".to_owned())));
    }
}
