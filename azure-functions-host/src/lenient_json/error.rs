//! What is wrong with a JSON text, and where.

use std::fmt;

/// What is wrong with a JSON text, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// What is wrong.
    pub problem: Problem,
    /// The value that was being read, such as `a.b[2]`; empty at the top.
    pub path: String,
    /// The line, from 1.
    pub line: usize,
    /// The column in UTF-16 units, from 1.
    pub column: usize,
}

/// What is wrong with a JSON text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// There is nothing to read.
    #[error("the JSON text is empty; write a value")]
    Empty,
    /// No value begins so.
    #[error("`{0}` begins no value; put strings into quotes")]
    Value(char),
    /// A word that is almost one of JSON's.
    #[error("this is not `{0}`; write it so, or put it into quotes")]
    Word(&'static str),
    /// A number with a letter in it.
    #[error("`{0}` stands within a number; put texts into quotes")]
    NumberLetter(char),
    /// The letters of a number in the wrong order.
    #[error("`{0}` is not a number; write it as JSON does")]
    Number(String),
    /// No property name begins so.
    #[error("`{0}` begins no property name; put names into quotes")]
    Name(char),
    /// A bare property name has such a letter.
    #[error("`{0}` stands within a bare property name; put the name into quotes")]
    BareName(char),
    /// A property name without a colon.
    #[error("`{0}` stands where `:` belongs; put `:` after the name")]
    Colon(char),
    /// Two values without a comma.
    #[error("`{0}` stands after a value; put `,` between values")]
    AfterValue(char),
    /// More than one document.
    #[error("`{0}` stands after the end; write one value only")]
    AfterEnd(char),
    /// A wrong escape.
    #[error("`{0}` is not an escape; use one such as `\\n` or `\\u00e9`")]
    Escape(String),
    /// A slash that begins no comment.
    #[error("a comment begins with `/`; write `/*` or `//`")]
    Comment,
    /// The wrong bracket.
    #[error("`{bracket}` closes an {container}; use `{wanted}`")]
    Bracket {
        /// The bracket.
        bracket: char,
        /// What it would close.
        container: &'static str,
        /// The bracket that does.
        wanted: char,
    },
    /// The text ends too early.
    #[error("the {container} is not closed; add `{wanted}`")]
    Unclosed {
        /// What is open.
        container: &'static str,
        /// What closes it.
        wanted: &'static str,
    },
    /// A call of a constructor that is not one, or where JSON proper is wanted.
    #[error("`new` begins a call, which is no JSON value; write a value, or put it into quotes")]
    Constructor,
    /// Too many arrays and objects in each other.
    #[error("arrays and objects are nested more than 64 deep; flatten the value")]
    Depth,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.problem.fmt(f)?;
        if !self.path.is_empty() {
            write!(f, ", at `{}`", self.path)?;
        }
        write!(f, ", line {}, column {}", self.line, self.column)
    }
}

impl std::error::Error for Error {}
