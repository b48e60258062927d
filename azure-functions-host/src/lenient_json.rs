//! JSON as the host reads it: with comments, single quotes, bare names and trailing commas.
//!
//! The host hands texts to Newtonsoft.Json, which also takes `NaN`, `undefined`, octal and hexadecimal numbers,
//! missing array elements and `new Date(1)`, turns dates into other dates, and prints back what it understood.
//! `json5` and `jsonc-parser` read other languages: neither takes `[1,,2]`, `010`, `undefined` or a constructor, keeps
//! `1.0` apart from `1`, or stops at a depth of 64. So there is a reader of its own here.

mod date;
mod error;
mod number;
mod place;
mod reader;
mod scanner;
mod token;
mod writer;

use jiff::tz::TimeZone;

pub use error::{Error, Problem};
pub use token::Token;

/// What to do with a string that looks like a date.
#[derive(Clone, Copy, Debug)]
pub enum Dates<'a> {
    /// Leave it a string.
    Keep,
    /// Make it a date, one with an offset in this zone.
    Parse(&'a TimeZone),
}

/// The deepest nesting of arrays and objects.
pub const MAX_DEPTH: usize = 64;

/// Reads a document into an ordinary JSON value; strings that look like dates stay as they are.
///
/// `undefined` becomes `null`, `NaN` and the infinities strings. A byte order mark at the start is ignored.
///
/// # Errors
///
/// Fails with the place of what cannot be read.
pub fn parse(text: &str) -> Result<serde_json::Value, Error> {
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
    let reader = reader::Reader::new(text, Dates::Keep).without_constructors();
    reader.document().map(Into::into)
}

/// Reads a document, and keeps what JSON has no words for.
///
/// # Errors
///
/// Fails with the place of what cannot be read.
pub fn tokens(text: &str, dates: Dates<'_>) -> Result<Token, Error> {
    reader::Reader::new(text, dates).document()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Dates, parse, tokens};

    #[test]
    fn values() {
        for (text, value) in [
            (
                "\u{FEFF}{ a: 'b', /* c */ \"d\": [1.50, 2,], // e\n}",
                json!({ "a": "b", "d": [1.5, 2] }),
            ),
            (
                "\"2026-02-27T23:59:58.10Z\"",
                json!("2026-02-27T23:59:58.10Z"),
            ),
            (
                "[undefined, null, NaN, -Infinity, 0x10, -0.0]",
                json!([null, null, "NaN", "-Infinity", 16, -0.0]),
            ),
            (
                "[18446744073709551615]",
                json!([18_446_744_073_709_551_615_u64]),
            ),
            (
                "// a\n'\\u0041\\ud83d\\ude00\\ud83d\\n'",
                json!("A😀\u{FFFD}\n"),
            ),
            ("\0 [1\0]\0", json!([1])),
        ] {
            assert_eq!(parse(text), Ok(value), "{text}");
        }
    }

    #[test]
    fn errors() {
        for (text, error) in [
            (
                "",
                "the JSON text is empty; write a value, line 1, column 1",
            ),
            (
                "{\n  \"a\" 1\n}",
                "`1` stands where `:` belongs; put `:` after the name, line 2, column 7",
            ),
            (
                "[\r\n'a' 1]",
                "`1` stands after a value; put `,` between values, at `[0]`, line 2, column 5",
            ),
            (
                "{\"a\":{\"b c\":[1,2",
                "the array is not closed; add `]`, at `a['b c'][1]`, line 1, column 17",
            ),
            (
                "{'a':1",
                "the object is not closed; add `}`, at `a`, line 1, column 7",
            ),
            (
                "{'a':]",
                "`]` closes an array; use `}`, at `a`, line 1, column 7",
            ),
            ("['a", "the string is not closed; add `'`, line 1, column 4"),
            (
                "/x",
                "a comment begins with `/`; write `/*` or `//`, line 1, column 2",
            ),
            (
                "[1]/*",
                "the comment is not closed; add `*/`, line 1, column 6",
            ),
            (
                "[08]",
                "`08` is not a number; write it as JSON does, line 1, column 4",
            ),
            (
                "[-]",
                "`-` is not a number; write it as JSON does, line 1, column 3",
            ),
            (
                "'\\u12G4'",
                "`\\u12G4` is not an escape; use one such as `\\n` or `\\u00e9`, line 1, column 4",
            ),
            (
                "[new Date(1)]",
                "`new` begins a call, which is no JSON value; write a value, or put it into quotes, line 1, column 2",
            ),
            (
                "👍",
                "`👍` begins no value; put strings into quotes, line 1, column 1",
            ),
        ] {
            assert_eq!(
                parse(text).map_err(|error| error.to_string()),
                Err(error.to_owned()),
                "{text}"
            );
        }
    }

    #[test]
    fn depth() {
        let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
        assert!(tokens(&nested(64), Dates::Keep).is_ok());
        assert!(tokens(&nested(65), Dates::Keep).is_err());
        let objects = "{a:".repeat(64) + "1" + &"}".repeat(64);
        assert!(tokens(&objects, Dates::Keep).is_ok());
        assert!(tokens(&format!("[{objects}]"), Dates::Keep).is_err());
    }
}
