//! The constraints of a parameter.

use super::{
    RouteError,
    scan::{byte, find, slice},
};
use crate::names::equal_ignoring_case;

/// A constraint of a parameter: `name` or `name(argument)`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Constraint<'a> {
    /// The name, in the case in which it is written.
    pub name: &'a str,
    /// The text between the parentheses.
    pub argument: Option<&'a str>,
}

/// The constraints of one parameter, one after the other.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Constraints<'a> {
    /// Either nothing, or `:constraint…`, or `=default`, or both.
    text: &'a str,
    at: usize,
}

impl<'a> Constraints<'a> {
    /// The constraints at the start of what follows a parameter's name.
    pub(super) const fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    /// What follows the constraints: the default value, if there is one.
    pub(super) const fn default(mut self) -> Option<&'a str> {
        while self.next().is_some() {}
        if self.at < self.text.len() {
            Some(slice(self.text, self.at + 1, self.text.len()))
        } else {
            None
        }
    }

    /// The next constraint, if there is one.
    pub const fn next(&mut self) -> Option<Constraint<'a>> {
        let bytes = self.text.as_bytes();
        while self.at < bytes.len() && byte(bytes, self.at) == b':' {
            let start = self.at + 1;
            self.at = constraint_end(bytes, start);
            if self.at > start {
                return Some(Constraint::parse(slice(self.text, start, self.at)));
            }
        }
        None
    }
}

impl<'a> Constraint<'a> {
    const fn parse(text: &'a str) -> Self {
        let bytes = text.as_bytes();
        let open = find(bytes, 0, b'(');
        if open < bytes.len() && byte(bytes, bytes.len() - 1) == b')' {
            Self {
                name: slice(text, 0, open),
                argument: Some(slice(text, open + 1, bytes.len() - 1)),
            }
        } else {
            Self {
                name: text,
                argument: None,
            }
        }
    }

    pub(super) const fn check(self) -> Result<(), RouteError> {
        match Kind::named(self.name) {
            None => Err(RouteError::UnknownConstraint),
            Some(kind) => {
                let good = match (kind, self.argument) {
                    (Kind::Plain, None) | (Kind::Regex, Some(_)) => true,
                    (Kind::Length, Some(text)) => match numbers(text) {
                        Some((low, None)) => is_length(low),
                        Some((low, Some(high))) => low <= high && is_length(low) && is_length(high),
                        None => false,
                    },
                    (Kind::OneLength, Some(text)) => match numbers(text) {
                        Some((number, None)) => is_length(number),
                        _ => false,
                    },
                    (Kind::OneNumber, Some(text)) => matches!(numbers(text), Some((_, None))),
                    (Kind::Range, Some(text)) => match numbers(text) {
                        Some((low, Some(high))) => low <= high,
                        _ => false,
                    },
                    _ => false,
                };
                if good {
                    Ok(())
                } else {
                    Err(RouteError::ConstraintArguments)
                }
            }
        }
    }
}

/// What arguments a constraint takes.
#[derive(Clone, Copy)]
enum Kind {
    Plain,
    Regex,
    Length,
    OneLength,
    OneNumber,
    Range,
}

impl Kind {
    const fn named(name: &str) -> Option<Self> {
        const KINDS: &[(&str, Kind)] = &[
            ("int", Kind::Plain),
            ("long", Kind::Plain),
            ("bool", Kind::Plain),
            ("datetime", Kind::Plain),
            ("decimal", Kind::Plain),
            ("double", Kind::Plain),
            ("float", Kind::Plain),
            ("guid", Kind::Plain),
            ("alpha", Kind::Plain),
            ("required", Kind::Plain),
            ("file", Kind::Plain),
            ("nonfile", Kind::Plain),
            ("exists", Kind::Plain),
            ("regex", Kind::Regex),
            ("length", Kind::Length),
            ("minlength", Kind::OneLength),
            ("maxlength", Kind::OneLength),
            ("min", Kind::OneNumber),
            ("max", Kind::OneNumber),
            ("range", Kind::Range),
        ];
        let mut rest = KINDS;
        while let Some(((known, kind), tail)) = rest.split_first() {
            if equal_ignoring_case(known, name) {
                return Some(*kind);
            }
            rest = tail;
        }
        None
    }
}

/// Where the constraint that starts at `start` ends: at the `:` of the next, at the `=` of the default, or at the end.
const fn constraint_end(bytes: &[u8], start: usize) -> usize {
    let mut at = start;
    let mut in_parentheses = false;
    while at < bytes.len() {
        match byte(bytes, at) {
            b'(' => in_parentheses = true,
            b':' | b'=' => {
                // Inside parentheses a delimiter is text, if a closing one is still to come.
                let close = if in_parentheses {
                    find(bytes, at + 1, b')')
                } else {
                    bytes.len()
                };
                if close >= bytes.len() {
                    return at;
                }
                at = close;
            }
            b')' if in_parentheses && at + 1 < bytes.len() => {
                if matches!(byte(bytes, at + 1), b':' | b'=') {
                    return at + 1;
                }
            }
            _ => {}
        }
        at += 1;
    }
    bytes.len()
}

/// One or two whole numbers, separated by a comma.
const fn numbers(text: &str) -> Option<(i64, Option<i64>)> {
    let comma = find(text.as_bytes(), 0, b',');
    if comma == text.len() {
        return match number(text) {
            Some(only) => Some((only, None)),
            None => None,
        };
    }
    match (
        number(slice(text, 0, comma)),
        number(slice(text, comma + 1, text.len())),
    ) {
        (Some(first), Some(second)) => Some((first, Some(second))),
        _ => None,
    }
}

const fn number(text: &str) -> Option<i64> {
    match i64::from_str_radix(text.trim_ascii(), 10) {
        Ok(number) => Some(number),
        Err(_) => None,
    }
}

const fn is_length(number: i64) -> bool {
    number >= 0 && number <= i32::MAX as i64
}
