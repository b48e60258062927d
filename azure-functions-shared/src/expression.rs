//! Binding templates such as `in/{name}-{rand-guid:N}.json`, and `%SETTING%` names, as far as they can be read without values.
//!
//! The rules were recorded from a real host; `tests/data/vectors/expressions.jsonl` holds what it accepts and refuses.
//! Everything is a `const fn`, so that a template can be checked while a function compiles.

use core::fmt;

use crate::names::equal_ignoring_case;

/// What is wrong with a template.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// A `{` without its `}`.
    Unclosed,
    /// A `}` without its `{`.
    Unopened,
    /// A `{}`.
    Empty,
    /// An expression that is not made of names, dots and hyphens.
    Expression,
    /// A first name with a hyphen.
    Name,
    /// Two dots in a row, or one at the end.
    Dots,
    /// A `%` without its partner.
    SettingUnclosed,
    /// A `%%`.
    SettingEmpty,
}

impl Error {
    /// What is wrong, and what to do about it, for a place where nothing can be formatted.
    pub const fn message(self) -> &'static str {
        match self {
            Self::Unclosed => "a `{` has no `}`; add it, or write `{{` for a brace",
            Self::Unopened => "a `}` has no `{`; add it, or write `}}` for a brace",
            Self::Empty => "`{}` has no name in it; write one, or `{{}}` for braces",
            Self::Expression => {
                "the text between `{` and `}` is not a name such as `{queueTrigger}` or `{a.b}`; correct it, or double the braces"
            }
            Self::Name => {
                "a name between `{` and `}` has a `-`, but may have letters, digits and `_` only; rename it"
            }
            Self::Dots => "an expression has an empty member name; write a name after each dot",
            Self::SettingUnclosed => {
                "a `%` has no partner; write `%NAME%` for an app setting (the host has no way to write a lone `%`)"
            }
            Self::SettingEmpty => {
                "`%%` names no app setting; write `%NAME%` (the host has no way to write a lone `%`)"
            }
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.message())
    }
}

impl core::error::Error for Error {}

/// The `{…}` of a template, one after the other.
///
/// ```
/// use azure_functions_shared::expression::Placeholders;
///
/// let mut placeholders = Placeholders::new("in/{name}-{rand-guid}.json");
/// let first = placeholders.next().unwrap().unwrap();
/// assert_eq!(first.name(), "name");
/// assert!(placeholders.next().unwrap().unwrap().is_system());
/// assert!(placeholders.next().unwrap().is_none());
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Placeholders<'a> {
    text: &'a str,
    at: usize,
}

/// One `{…}` of a template.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Placeholder<'a> {
    text: &'a str,
    name: usize,
    system: bool,
}

impl<'a> Placeholders<'a> {
    /// The placeholders of `text`.
    pub const fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    /// The next placeholder, if there is one.
    ///
    /// # Errors
    ///
    /// What is wrong with the template from here on.
    pub const fn next(&mut self) -> Result<Option<Placeholder<'a>>, Error> {
        let bytes = self.text.as_bytes();
        while let Some(brace) = byte(bytes, self.at) {
            if brace != b'{' && brace != b'}' {
                self.at += 1;
            } else if matches!(byte(bytes, self.at + 1), Some(next) if next == brace) {
                self.at += 2;
            } else if brace == b'}' {
                return Err(Error::Unopened);
            } else {
                let start = self.at + 1;
                let mut end = start;
                let close = loop {
                    match byte(bytes, end) {
                        Some(b'}') => break true,
                        Some(b'{') | None => break false,
                        Some(_) => end += 1,
                    }
                };
                if !close {
                    return Err(Error::Unclosed);
                }
                if end == start {
                    return Err(Error::Empty);
                }
                self.at = end + 1;
                return match Placeholder::parse(slice(self.text, start, end)) {
                    Ok(placeholder) => Ok(Some(placeholder)),
                    Err(error) => Err(error),
                };
            }
        }
        Ok(None)
    }
}

impl<'a> Placeholder<'a> {
    /// The text between the braces.
    pub const fn text(self) -> &'a str {
        self.text
    }

    /// What it asks the trigger for: the text up to the first dot or the format.
    pub const fn name(self) -> &'a str {
        slice(self.text, 0, self.name)
    }

    /// Whether the host has a value of its own for it, such as `{rand-guid}`, `{DateTime}` or `{sys.utcnow}`.
    pub const fn is_system(self) -> bool {
        self.system || equal_ignoring_case(self.name(), "sys")
    }

    /// What follows the name: the members with their dots.
    pub const fn members(self) -> &'a str {
        let bytes = self.text.as_bytes();
        let mut end = self.name;
        while let Some(letter) = byte(bytes, end) {
            if letter == b':' {
                break;
            }
            end += 1;
        }
        slice(self.text, self.name, end)
    }

    const fn parse(text: &'a str) -> Result<Self, Error> {
        let bytes = text.as_bytes();
        if starts_ignoring_case(bytes, b"datetime") || starts_ignoring_case(bytes, b"rand-guid") {
            if has_empty_member(bytes) {
                return Err(Error::Dots);
            }
            return Ok(Self {
                text,
                name: bytes.len(),
                system: true,
            });
        }
        let mut name = None;
        let mut hyphen = false;
        let mut dot = false;
        let mut dots = false;
        let mut at = 0;
        while let Some(letter) = byte(bytes, at) {
            match letter {
                // What follows is a format.
                b':' if at > 0 => break,
                // Letters beyond ASCII are allowed; which of these are letters is not looked up here.
                b'a'..=b'z' | b'A'..=b'Z' | b'_' | 0x80.. => dot = false,
                b'0'..=b'9' if at > 0 => dot = false,
                b'-' if at > 0 => {
                    hyphen = hyphen || name.is_none();
                    dot = false;
                }
                b'.' if at > 0 => {
                    dots = dots || dot;
                    dot = true;
                    if name.is_none() {
                        name = Some(at);
                    }
                }
                _ => return Err(Error::Expression),
            }
            at += 1;
        }
        if hyphen {
            return Err(Error::Name);
        }
        if dots || dot {
            return Err(Error::Dots);
        }
        Ok(Self {
            text,
            name: match name {
                Some(name) => name,
                None => at,
            },
            system: false,
        })
    }
}

/// Says whether each `%` of a text is part of a `%NAME%`.
///
/// # Errors
///
/// What is wrong with the first that is not.
pub const fn settings(text: &str) -> Result<(), Error> {
    let bytes = text.as_bytes();
    let mut open = None;
    let mut at = 0;
    while let Some(letter) = byte(bytes, at) {
        if letter == b'%' {
            open = match open {
                None => Some(at),
                Some(start) if start + 1 == at => return Err(Error::SettingEmpty),
                Some(_) => None,
            };
        }
        at += 1;
    }
    match open {
        None => Ok(()),
        Some(_) => Err(Error::SettingUnclosed),
    }
}

/// Says whether a text has a `%`, and so is not all there while a function compiles.
pub const fn has_setting(text: &str) -> bool {
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(letter) = byte(bytes, at) {
        if letter == b'%' {
            return true;
        }
        at += 1;
    }
    false
}

const fn byte(bytes: &[u8], at: usize) -> Option<u8> {
    match bytes.split_at_checked(at) {
        Some((_, [first, ..])) => Some(*first),
        _ => None,
    }
}

/// The text from `start` to `end`, which stand before ASCII letters or at the end.
const fn slice(text: &str, start: usize, end: usize) -> &str {
    match text.split_at_checked(end) {
        Some((text, _)) => match text.split_at_checked(start) {
            Some((_, text)) => text,
            None => "",
        },
        None => "",
    }
}

/// Whether a dot has another one behind it, or nothing.
const fn has_empty_member(bytes: &[u8]) -> bool {
    let mut at = 0;
    while let Some(letter) = byte(bytes, at) {
        at += 1;
        if letter == b'.' && matches!(byte(bytes, at), Some(b'.') | None) {
            return true;
        }
    }
    false
}

const fn starts_ignoring_case(bytes: &[u8], start: &[u8]) -> bool {
    let mut at = 0;
    while let Some(wanted) = byte(start, at) {
        match byte(bytes, at) {
            Some(letter) if letter.to_ascii_lowercase() == wanted => at += 1,
            _ => return false,
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::{Error, Placeholders, settings};

    #[track_caller]
    fn check(template: &str, expected: Result<&[(&str, &str)], Error>) {
        let mut placeholders = Placeholders::new(template);
        let mut found = Vec::new();
        let result = loop {
            match placeholders.next() {
                Ok(Some(placeholder)) => found.push((placeholder.name(), placeholder.members())),
                Ok(None) => break Ok(found.as_slice()),
                Err(error) => break Err(error),
            }
        };
        assert_eq!(result, expected, "{template}");
    }

    #[test]
    fn templates() {
        check("plain {{x}} }}", Ok(&[]));
        check("a/{name}.{b.c.d:yyyy}", Ok(&[("name", ""), ("b", ".c.d")]));
        check("{имя}{x1}{_a:}", Ok(&[("имя", ""), ("x1", ""), ("_a", "")]));
        check(
            "{DateTime:yyyy-MM}{rand-guid:N}",
            Ok(&[("DateTime:yyyy-MM", ""), ("rand-guid:N", "")]),
        );
        check(
            "{headers.content-type}",
            Ok(&[("headers", ".content-type")]),
        );
        check("{a", Err(Error::Unclosed));
        check("{a{b}}", Err(Error::Unclosed));
        check("{{a}", Err(Error::Unopened));
        check("{}", Err(Error::Empty));
        check("{a b}", Err(Error::Expression));
        check("{1a}", Err(Error::Expression));
        check("{:a}", Err(Error::Expression));
        check("{%a%}", Err(Error::Expression));
        check("{a-b}", Err(Error::Name));
        check("{a..b}", Err(Error::Dots));
        check("{a.}", Err(Error::Dots));
        check("{rand-guid.}", Err(Error::Dots));
        check("{DateTime:dd..MM}", Err(Error::Dots));
        check("{DateTime:dd.MM.yyyy}", Ok(&[("DateTime:dd.MM.yyyy", "")]));
    }

    #[test]
    fn percent_signs() {
        for (text, expected) in [
            ("", Ok(())),
            ("%A%-%B%", Ok(())),
            ("100%", Err(Error::SettingUnclosed)),
            ("%A%%", Err(Error::SettingUnclosed)),
            ("%%", Err(Error::SettingEmpty)),
        ] {
            assert_eq!(settings(text), expected, "{text}");
        }
    }
}
