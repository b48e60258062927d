//! The constraints that a route puts on its values.

use std::{error::Error, fmt};

use regex::{Regex, RegexBuilder};

use super::{
    datetime::is_date_time,
    number::{is_decimal, is_float, parse_integer},
};

/// A constraint of a parameter.
#[derive(Debug)]
pub(super) enum Constraint {
    Int,
    Long,
    Bool,
    DateTime,
    Decimal,
    Float,
    Guid,
    Alpha,
    Required,
    File,
    NonFile,
    /// Asks for a route of the web framework, of which a function app has none.
    Exists,
    /// The number of UTF-16 units.
    Length(usize, usize),
    Range(i64, i64),
    Regex(Regex),
    Broken(BrokenConstraint),
}

impl Constraint {
    /// The constraint of this name, unless the host does not know it or the arguments do not fit.
    pub(super) fn new(name: &str, argument: Option<&str>) -> Option<Self> {
        let length = |text: &str| text.trim().parse::<usize>().ok();
        let number = |text: &str| text.trim().parse::<i64>().ok();
        Some(match (name.to_ascii_lowercase().as_str(), argument) {
            ("int", None) => Self::Int,
            ("long", None) => Self::Long,
            ("bool", None) => Self::Bool,
            ("datetime", None) => Self::DateTime,
            ("decimal", None) => Self::Decimal,
            ("double" | "float", None) => Self::Float,
            ("guid", None) => Self::Guid,
            ("alpha", None) => Self::Alpha,
            ("required", None) => Self::Required,
            ("file", None) => Self::File,
            ("nonfile", None) => Self::NonFile,
            ("exists", None) => Self::Exists,
            ("length", Some(text)) => match text.split_once(',') {
                Some((low, high)) => Self::Length(length(low)?, length(high)?),
                None => Self::Length(length(text)?, length(text)?),
            },
            ("minlength", Some(text)) => Self::Length(length(text)?, usize::MAX),
            ("maxlength", Some(text)) => Self::Length(0, length(text)?),
            ("min", Some(text)) => Self::Range(number(text)?, i64::MAX),
            ("max", Some(text)) => Self::Range(i64::MIN, number(text)?),
            ("range", Some(text)) => {
                let (low, high) = text.split_once(',')?;
                Self::Range(number(low)?, number(high)?)
            }
            ("regex", Some(pattern)) => Self::regex(pattern),
            _ => return None,
        })
    }

    /// Says whether a value may stand there; `None` is the value of a catch-all that caught nothing.
    pub(super) fn allows(&self, value: Option<&str>) -> Result<bool, BrokenConstraint> {
        let Some(value) = value else {
            return Ok(matches!(self, Self::NonFile));
        };
        Ok(match self {
            Self::Int => parse_integer(value).is_some_and(|number| i32::try_from(number).is_ok()),
            Self::Long => parse_integer(value).is_some(),
            Self::Bool => {
                let value =
                    value.trim_matches(|letter: char| letter.is_whitespace() || letter == '\0');
                value.eq_ignore_ascii_case("true") || value.eq_ignore_ascii_case("false")
            }
            Self::DateTime => is_date_time(value),
            Self::Decimal => is_decimal(value),
            Self::Float => is_float(value),
            Self::Guid => is_guid(value),
            Self::Alpha => value.bytes().all(|letter| letter.is_ascii_alphabetic()),
            Self::Required => !value.is_empty(),
            Self::File => is_file(value),
            Self::NonFile => !is_file(value),
            Self::Exists => false,
            Self::Length(low, high) => (*low..=*high).contains(&value.encode_utf16().count()),
            Self::Range(low, high) => {
                parse_integer(value).is_some_and(|number| (*low..=*high).contains(&number))
            }
            Self::Regex(regex) => regex.is_match(value),
            Self::Broken(error) => return Err(error.clone()),
        })
    }

    fn regex(pattern: &str) -> Self {
        match RegexBuilder::new(&translate(pattern))
            .case_insensitive(true)
            .build()
        {
            Ok(regex) => Self::Regex(regex),
            Err(_) => Self::Broken(BrokenConstraint {
                pattern: pattern.to_owned(),
            }),
        }
    }
}

/// A `regex(…)` that cannot be evaluated.
///
/// The real host fails likewise, at the first request that gets there, when the pattern is malformed. Look-around and
/// back-references are good there, and broken here.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct BrokenConstraint {
    /// The regular expression.
    pub pattern: String,
}

impl fmt::Display for BrokenConstraint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the route constraint `regex({})` cannot be evaluated: write a regular expression without look-around and back-references",
            self.pattern
        )
    }
}

impl Error for BrokenConstraint {}

/// Writes a .NET regular expression in the syntax of the crate. Within a class a `[` is a letter in .NET, unless it
/// follows a `-`, and `&&` and `~~` have no meaning.
fn translate(pattern: &str) -> String {
    let mut translated = String::with_capacity(pattern.len());
    // How many classes are open, and how many letters the innermost has.
    let mut depth = 0_usize;
    let mut letters = 0_usize;
    let mut previous = None;
    let mut rest = pattern.chars();
    while let Some(letter) = rest.next() {
        match letter {
            '\\' => {
                translated.push('\\');
                match rest.next() {
                    Some('Z') => translated.push('z'),
                    next => translated.extend(next),
                }
                letters += 1;
                previous = None;
                continue;
            }
            '[' if depth == 0 => {
                depth = 1;
                letters = 0;
                translated.push('[');
                previous = Some('[');
                continue;
            }
            '[' if previous == Some('-') => {
                depth += 1;
                letters = 0;
                translated.push_str("-[");
                previous = Some('[');
                continue;
            }
            '[' | '&' | '~' if depth > 0 => translated.extend(['\\', letter]),
            '^' if depth > 0 && previous == Some('[') && letters == 0 => {
                translated.push('^');
                previous = Some('[');
                continue;
            }
            ']' if depth > 0 && letters == 0 => translated.push_str("\\]"),
            ']' if depth > 0 => {
                depth -= 1;
                translated.push(']');
            }
            _ => translated.push(letter),
        }
        letters += 1;
        previous = Some(letter);
    }
    translated
}

/// Says whether the text is a GUID with or without hyphens, perhaps in braces or parentheses.
fn is_guid(text: &str) -> bool {
    let text = text.trim();
    let bare = text
        .strip_prefix('{')
        .and_then(|text| text.strip_suffix('}'))
        .or_else(|| {
            text.strip_prefix('(')
                .and_then(|text| text.strip_suffix(')'))
        });
    let digits = bare.unwrap_or(text);
    let hyphens = |at: usize| matches!(at, 8 | 13 | 18 | 23);
    match digits.len() {
        36 => digits.bytes().enumerate().all(|(at, letter)| {
            if hyphens(at) {
                letter == b'-'
            } else {
                letter.is_ascii_hexdigit()
            }
        }),
        32 => bare.is_none() && digits.bytes().all(|letter| letter.is_ascii_hexdigit()),
        _ => false,
    }
}

/// Says whether the last segment looks like the name of a file: a dot with more than dots behind it.
fn is_file(text: &str) -> bool {
    let name = text.rsplit('/').next().unwrap_or(text);
    name.split_once('.')
        .is_some_and(|(_, extension)| extension.contains(|letter| letter != '.'))
}

#[cfg(test)]
mod tests {
    use super::{Constraint, is_file, is_guid, translate};

    #[test]
    fn patterns() {
        for (pattern, expected) in [
            ("^[a-z]$", "^[a-z]$"),
            ("^[[a-z]]$", r"^[\[a-z]]$"),
            ("[]a]", r"[\]a]"),
            ("[^]a]", r"[^\]a]"),
            ("[a-z-[aeiou]]", "[a-z--[aeiou]]"),
            ("[a&&b]", r"[a\&\&b]"),
            (r"\d\Z", r"\d\z"),
        ] {
            assert_eq!(translate(pattern), expected, "{pattern}");
        }
    }

    #[test]
    fn values() {
        for (name, argument, value, good) in [
            ("length", Some("2, 3"), "😀", true),
            ("length", Some("2,3"), "a", false),
            ("maxlength", Some("0"), "", true),
            ("Min", Some("-5"), "-5", true),
            ("regex", Some("[a-z-[aeiou]]"), "E", false),
            ("regex", Some("[a-z-[aeiou]]"), "F", true),
            ("bool", None, " TRUE", true),
            ("exists", None, "x", false),
        ] {
            let constraint = Constraint::new(name, argument).unwrap();
            assert_eq!(
                constraint.allows(Some(value)).unwrap(),
                good,
                "{name} {value}"
            );
        }
        assert!(
            Constraint::new("regex", Some("(?=a)"))
                .unwrap()
                .allows(Some("a"))
                .is_err()
        );
        assert!(Constraint::new("int", Some("1")).is_none());
    }

    #[test]
    fn shapes() {
        for (text, guid, file) in [
            ("00000000-0000-0000-0000-00000000000a", true, false),
            ("{0000000000000000000000000000000a}", false, false),
            ("a/b.txt", false, true),
            ("a.b/c", false, false),
            ("a..", false, false),
        ] {
            assert_eq!(is_guid(text), guid, "{text}");
            assert_eq!(is_file(text), file, "{text}");
        }
    }
}
