//! The value of a property: one of the eight types that a table knows.

use std::cmp::Ordering;

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use bytes::Bytes;
use jiff::{Timestamp, tz::TimeZone};
use uuid::Uuid;

use crate::{
    dotnet::{DateTime, Kind},
    lenient_json::Token,
};

/// The value of a property.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Property {
    /// `Edm.String`.
    String(String),
    /// `Edm.Boolean`.
    Boolean(bool),
    /// `Edm.Int32`.
    Int32(i32),
    /// `Edm.Int64`.
    Int64(i64),
    /// `Edm.Double`.
    Double(f64),
    /// `Edm.DateTime`.
    DateTime(Timestamp),
    /// `Edm.Guid`.
    Guid(Uuid),
    /// `Edm.Binary`.
    Binary(Bytes),
}

/// Why JSON is no entity.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PropertyError {
    /// A key is missing.
    #[error(
        "the entity has no `PartitionKey` or no `RowKey`; give it both, or set them for the binding"
    )]
    NoKey,
    /// A value that the type of the property does not have.
    #[error("the property `{name}` is `{value}`, but it must be {wanted}")]
    Value {
        /// The property.
        name: String,
        /// What it must be.
        wanted: String,
        /// What it is.
        value: String,
    },
    /// A type that tables do not have.
    #[error(
        "the property `{name}` has the type `{kind}`; use one of those of `Edm` that tables have"
    )]
    Type {
        /// The property.
        name: String,
        /// The type.
        kind: String,
    },
}

impl PropertyError {
    pub(super) fn new(name: &str, wanted: &str, value: &Token) -> Self {
        Self::Value {
            name: name.to_owned(),
            wanted: wanted.to_owned(),
            value: value.compact(),
        }
    }
}

impl Property {
    /// Reads the value of the property `name`, of the type `kind` if that is said; null is none.
    ///
    /// # Errors
    ///
    /// There is no such type, or it has no such value.
    pub(super) fn read(
        name: &str,
        token: Token,
        kind: Option<&str>,
    ) -> Result<Option<Self>, PropertyError> {
        if matches!(token, Token::Null | Token::Undefined) {
            return Ok(None);
        }
        match kind {
            None => Self::of_token(name, token),
            Some(kind) => {
                let Some((_, read)) = TYPES.iter().find(|(own, _)| *own == kind) else {
                    return Err(PropertyError::Type {
                        name: name.to_owned(),
                        kind: kind.to_owned(),
                    });
                };
                read(&token.text()).ok_or_else(|| PropertyError::new(name, kind, &token))
            }
        }
        .map(Some)
    }

    /// The value that JSON has by itself.
    fn of_token(name: &str, token: Token) -> Result<Self, PropertyError> {
        Ok(match token {
            Token::Bool(value) => Self::Boolean(value),
            Token::Float(number) => Self::Double(number),
            Token::String(text) | Token::Date { text, .. } => Self::String(text),
            Token::Integer(ref text) => match text.parse() {
                Ok(number) => Self::Int64(number),
                Err(_) => return Err(PropertyError::new(name, "a number of 64 bits", &token)),
            },
            // As the extension does it.
            nested => Self::String(nested.indented()),
        })
    }

    /// The JSON that an input binding hands over.
    pub(super) fn token(&self) -> Token {
        match self {
            Self::String(text) => Token::String(text.clone()),
            Self::Boolean(value) => Token::Bool(*value),
            Self::Int32(number) => Token::Integer(number.to_string()),
            Self::Int64(number) => Token::Integer(number.to_string()),
            Self::Double(number) => Token::Float(*number),
            Self::DateTime(instant) => {
                let date = instant.to_zoned(TimeZone::UTC);
                let kind = Kind::Local(date.offset());
                let civil = date.datetime();
                Token::String(DateTime { civil, kind }.iso())
            }
            Self::Guid(guid) => Token::String(guid.to_string()),
            Self::Binary(bytes) => Token::String(BASE64.encode(bytes)),
        }
    }

    /// Which of two values is the larger, if they can be compared.
    pub(super) fn compare(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::String(own), Self::String(other)) => Some(own.cmp(other)),
            (Self::Boolean(own), Self::Boolean(other)) => Some(own.cmp(other)),
            (Self::DateTime(own), Self::DateTime(other)) => Some(own.cmp(other)),
            (Self::Guid(own), Self::Guid(other)) => Some(own.cmp(other)),
            (Self::Binary(own), Self::Binary(other)) => Some(own.cmp(other)),
            _ => match (self.integer(), other.integer()) {
                (Some(own), Some(other)) => Some(own.cmp(&other)),
                _ => self.number()?.partial_cmp(&other.number()?),
            },
        }
    }

    pub(super) fn size(&self) -> usize {
        match self {
            Self::String(text) => 2 * text.len(),
            Self::Binary(bytes) => bytes.len(),
            Self::Boolean(_) => 1,
            Self::Int32(_) => 4,
            Self::Int64(_) | Self::Double(_) | Self::DateTime(_) => 8,
            Self::Guid(_) => 16,
        }
    }

    fn integer(&self) -> Option<i64> {
        match self {
            Self::Int32(number) => Some((*number).into()),
            Self::Int64(number) => Some(*number),
            _ => None,
        }
    }

    fn number(&self) -> Option<f64> {
        match self {
            Self::Double(number) => Some(*number),
            // The nearest one, as .NET has it.
            #[expect(
                clippy::cast_precision_loss,
                reason = "a comparison with a double is one of doubles"
            )]
            other => other.integer().map(|number| number as f64),
        }
    }
}

type Read = fn(&str) -> Option<Property>;

/// The types by name, and how their values are read.
const TYPES: [(&str, Read); 8] = [
    ("Edm.String", |text| Some(Property::String(text.to_owned()))),
    ("Edm.Boolean", |text| {
        let value = ["false", "true"]
            .iter()
            .position(|own| own.eq_ignore_ascii_case(text));
        value.map(|value| Property::Boolean(value == 1))
    }),
    ("Edm.Int32", |text| text.parse().ok().map(Property::Int32)),
    ("Edm.Int64", |text| text.parse().ok().map(Property::Int64)),
    ("Edm.Double", |text| text.parse().ok().map(Property::Double)),
    ("Edm.DateTime", |text| date(text).map(Property::DateTime)),
    ("Edm.Guid", |text| text.parse().ok().map(Property::Guid)),
    ("Edm.Binary", |text| {
        BASE64
            .decode(text)
            .ok()
            .map(|bytes| Property::Binary(bytes.into()))
    }),
];

/// A date, which is in UTC if it does not say otherwise.
pub(super) fn date(text: &str) -> Option<Timestamp> {
    let instant = text.parse::<Timestamp>().ok();
    instant.or_else(|| {
        let civil: jiff::civil::DateTime = text.parse().ok()?;
        let zoned = civil.to_zoned(TimeZone::UTC).ok()?;
        Some(zoned.timestamp())
    })
}
