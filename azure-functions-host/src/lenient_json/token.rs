//! A JSON value with all that the host keeps of it.

use serde_json::{Map, Number, Value};

use super::writer;
use crate::dotnet::{DateTime, float_text};

/// A JSON value with all that the host keeps of it.
#[derive(Clone, Debug, PartialEq)]
pub enum Token {
    /// `null`.
    Null,
    /// `undefined`, and an element that is missing between two commas.
    Undefined,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number of any size, as decimal digits.
    Integer(String),
    /// A number with a point or an exponent.
    Float(f64),
    /// A string.
    String(String),
    /// A string that is a date.
    Date {
        /// The string.
        text: String,
        /// The date.
        date: DateTime,
    },
    /// An array.
    Array(Vec<Token>),
    /// An object, each name once.
    Object(Vec<(String, Token)>),
    /// The call of a constructor, such as `new Date(1)`.
    Constructor(String, Vec<Token>),
}

impl Token {
    /// The text that the value becomes: `True`, `1`, nothing for `null`, indented JSON for arrays and objects.
    pub fn text(&self) -> String {
        match self {
            Self::Null | Self::Undefined => String::new(),
            Self::Bool(true) => "True".to_owned(),
            Self::Bool(false) => "False".to_owned(),
            Self::Integer(text) | Self::String(text) => text.clone(),
            Self::Float(number) => float_text(*number),
            Self::Date { date, .. } => date.general(),
            Self::Array(_) | Self::Object(_) | Self::Constructor(..) => self.indented(),
        }
    }

    /// The JSON of the value on many lines.
    pub fn indented(&self) -> String {
        writer::write(self, true)
    }

    /// The JSON of the value on one line.
    pub fn compact(&self) -> String {
        writer::write(self, false)
    }
}

impl From<Token> for Value {
    /// Makes an ordinary JSON value; what JSON has no words for becomes a string or `null`.
    fn from(token: Token) -> Self {
        match token {
            Token::Null | Token::Undefined => Self::Null,
            Token::Bool(value) => Self::Bool(value),
            Token::Integer(text) => integer(&text),
            Token::Float(number) => {
                Number::from_f64(number).map_or_else(|| float_text(number).into(), Self::Number)
            }
            Token::String(text) | Token::Date { text, .. } => Self::String(text),
            Token::Array(elements) => elements.into_iter().map(Self::from).collect(),
            Token::Object(members) => members
                .into_iter()
                .map(|(name, value)| (name, Self::from(value)))
                .collect::<Map<_, _>>()
                .into(),
            Token::Constructor(..) => Self::String(token.compact()),
        }
    }
}

/// The number in the widest type that holds it.
fn integer(text: &str) -> Value {
    let signed = text.parse::<i64>().map(Number::from);
    let number = signed
        .or_else(|_| text.parse::<u64>().map(Number::from))
        .ok();
    let wide = || text.parse::<f64>().ok().and_then(Number::from_f64);
    number
        .or_else(wide)
        .map_or_else(|| text.into(), Value::Number)
}
