//! How .NET prints dates, GUIDs and floating-point numbers, in its invariant culture.

mod date_format;
mod date_time;
mod float;
mod guid;

pub use date_time::{DateTime, Kind};
pub use float::float_text;
pub use guid::guid_text;

/// A format text that .NET does not know.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FormatError {
    /// The format of a date.
    #[error("`{0}` is not a date format of .NET; use one such as `yyyy-MM-dd`")]
    Date(String),
    /// The format of a GUID.
    #[error("`{0}` is not a GUID format of .NET; use one of `N`, `D`, `B`, `P` and `X`")]
    Guid(String),
}

/// Compares two names as `StringComparer.OrdinalIgnoreCase` does: letter by letter, whatever their case.
pub fn eq_ignore_case(left: &str, right: &str) -> bool {
    left.chars().map(upper).eq(right.chars().map(upper))
}

/// The form of a name under which `eq_ignore_case` names are equal.
pub fn fold_case(name: &str) -> String {
    name.chars().map(upper).collect()
}

/// The upper-case letter of `letter`, if that is one letter.
fn upper(letter: char) -> char {
    let mut upper = letter.to_uppercase();
    match (upper.next(), upper.next()) {
        (Some(one), None) => one,
        _ => letter,
    }
}
