//! The names that a package can have.

use super::ProjectError;
use crate::edit::is_identifier;

/// The longest name that crates.io takes.
const MAX_LEN: usize = 64;

/// Names that cargo, Rust or Windows have for something else.
const RESERVED: &[&str] = &[
    "alloc",
    "azure-functions",
    "azure_functions",
    "build",
    "core",
    "deps",
    "examples",
    "incremental",
    "proc-macro",
    "proc_macro",
    "std",
    "test",
    "tracing",
];

/// Names that no file can have on Windows.
const DEVICES: &[&str] = &["aux", "con", "nul", "prn"];

/// Says whether a package can be called so.
///
/// # Errors
///
/// Says what is wrong with the name.
pub(crate) fn check_name(name: &str) -> Result<(), ProjectError> {
    let lower = name.to_ascii_lowercase();
    let is_device = DEVICES.contains(&lower.as_str())
        || ["com", "lpt"].iter().any(|device| {
            let number = lower.strip_prefix(device);
            number.is_some_and(|number| matches!(number.as_bytes(), [b'1'..=b'9']))
        });
    let problem = if name.is_empty() {
        "it is empty"
    } else if name.len() > MAX_LEN {
        "it has more than 64 characters"
    } else if !name.starts_with(|first: char| first.is_ascii_alphabetic()) {
        "it does not begin with a letter from `a` to `z`"
    } else if !name
        .chars()
        .all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_'))
    {
        "it has a character that is no letter from `a` to `z`, digit, `-` or `_`"
    } else if !is_identifier(&name.replace('-', "_")) {
        "it is a word of Rust"
    } else if RESERVED.contains(&lower.as_str()) {
        "cargo, Rust or a crate of every app is called so"
    } else if is_device {
        "no file on Windows can be called so"
    } else {
        return Ok(());
    };
    Err(ProjectError::Name(name.to_owned(), problem))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        for name in ["hello", "hello-world", "a1_b", "Hello", "community"] {
            assert!(check_name(name).is_ok(), "{name}");
        }
        let long = "a".repeat(65);
        for name in [
            "", "1st", "-a", "a b", "grüße", "match", "test", "nul", "COM1", "a.b", &long,
        ] {
            assert!(check_name(name).is_err(), "{name}");
        }
    }
}
