//! What a trigger hands to the other bindings of a function: named values, whatever the case of their names.

use std::collections::HashMap;

use jiff::{Zoned, tz::Offset};
use uuid::Uuid;

use crate::{
    dotnet::{DateTime, FormatError, Kind, eq_ignore_case, fold_case, guid_text},
    lenient_json::Token,
};

/// The values of one invocation by name.
#[derive(Clone, Debug, Default)]
pub struct BindingData {
    entries: Vec<(String, Value)>,
    places: HashMap<String, usize>,
}

/// A value of the binding data, as far as templates and the worker tell values apart.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Nothing.
    Null,
    /// A text.
    String(String),
    /// A whole number of any of .NET's types, or a member of an enumeration.
    Integer(i128),
    /// A truth value; a template prints it as nothing.
    Bool(bool),
    /// A floating-point number; a template prints it as nothing.
    Double(f64),
    /// A date, the only value besides a GUID to which a format applies.
    DateTime(DateTime),
    /// A date with an offset; a template prints it as nothing, but reads its members.
    DateTimeOffset(Zoned),
    /// A GUID.
    Guid(Uuid),
    /// An address; a template prints it as nothing, but reads its `Host`.
    Uri(http::Uri),
    /// A value that came from JSON.
    Json(Token),
    /// A .NET object or dictionary.
    Object(Object),
    /// Texts, one for each message of a batch; a template prints them as nothing.
    Texts(Vec<String>),
    /// Whole numbers, one for each message of a batch; a template prints them as nothing.
    Integers(Vec<i64>),
    /// A value of any other type, as its JSON; a template prints it as nothing.
    Other(Token),
}

/// The members of a .NET object or dictionary.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Object {
    /// The members.
    pub members: Vec<(String, Value)>,
    /// Whether the case of a member's name matters, as in a plain dictionary.
    pub exact: bool,
}

/// Why a member of a value cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PropertyError {
    /// The value has no such member.
    #[error("the value has no such member; check the name, or the payload")]
    Missing,
    /// There is no value.
    #[error("the value is null; have the trigger send one, or drop the member")]
    Null,
    /// The member takes an argument.
    #[error("the member takes an argument; use another one")]
    Indexed,
}

impl BindingData {
    /// Sets a value; one by the same name, whatever its case, is replaced under its first spelling.
    pub fn insert(&mut self, name: impl Into<String>, value: Value) {
        let name = name.into();
        let place = *self
            .places
            .entry(fold_case(&name))
            .or_insert(self.entries.len());
        match self.entries.get_mut(place) {
            Some((_, old)) => *old = value,
            None => self.entries.push((name, value)),
        }
    }

    /// The value by this name, whatever its case.
    pub fn get(&self, name: &str) -> Option<&Value> {
        let place = *self.places.get(&fold_case(name))?;
        self.entries.get(place).map(|(_, value)| value)
    }

    /// The names and values in the order of insertion.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &Value)> {
        self.entries
            .iter()
            .map(|(name, value)| (name.as_str(), value))
    }
}

impl<N: Into<String>> Extend<(N, Value)> for BindingData {
    fn extend<T: IntoIterator<Item = (N, Value)>>(&mut self, entries: T) {
        for (name, value) in entries {
            self.insert(name, value);
        }
    }
}

impl<N: Into<String>> FromIterator<(N, Value)> for BindingData {
    fn from_iter<T: IntoIterator<Item = (N, Value)>>(entries: T) -> Self {
        let mut data = Self::default();
        data.extend(entries);
        data
    }
}

impl Value {
    /// An object whose members are found whatever the case of their names.
    pub fn object<N: Into<String>>(members: impl IntoIterator<Item = (N, Self)>) -> Self {
        Self::Object(Object {
            members: members
                .into_iter()
                .map(|(name, value)| (name.into(), value))
                .collect(),
            exact: false,
        })
    }

    /// The member of this name.
    ///
    /// # Errors
    ///
    /// Fails if the value has no such member.
    pub fn property(&self, name: &str) -> Result<Self, PropertyError> {
        let found = match self {
            Self::Null => return Err(PropertyError::Null),
            Self::String(_) if eq_ignore_case(name, "Chars") => return Err(PropertyError::Indexed),
            Self::String(text) if eq_ignore_case(name, "Length") => {
                i128::try_from(text.encode_utf16().count())
                    .ok()
                    .map(Self::Integer)
            }
            Self::DateTime(date) => date_property(date, name),
            Self::DateTimeOffset(date) => offset_property(date, name),
            Self::Uri(uri) if eq_ignore_case(name, "Host") => {
                uri.host().map(|host| Self::String(host.to_owned()))
            }
            Self::Json(token) => token_property(token, name),
            Self::Object(object) => object.get(name).cloned(),
            _ => None,
        };
        found.ok_or(PropertyError::Missing)
    }

    /// The text that takes the place of an expression: only dates and GUIDs heed a format.
    ///
    /// # Errors
    ///
    /// Fails if the value is a date or GUID, and .NET does not know the format.
    pub fn text(&self, format: &str) -> Result<String, FormatError> {
        Ok(match self {
            Self::String(text) => text.clone(),
            Self::Integer(number) => number.to_string(),
            Self::DateTime(date) if format.trim().is_empty() => date.format(DATE_FORMAT)?,
            Self::DateTime(date) => date.format(format)?,
            Self::Guid(guid) => guid_text(*guid, format)?,
            Self::Json(Token::Array(_) | Token::Object(_) | Token::Constructor(..)) => {
                String::new()
            }
            Self::Json(scalar) => scalar.text(),
            Self::Null
            | Self::Bool(_)
            | Self::Double(_)
            | Self::DateTimeOffset(_)
            | Self::Uri(_)
            | Self::Object(_)
            | Self::Texts(_)
            | Self::Integers(_)
            | Self::Other(_) => String::new(),
        })
    }
}

impl Object {
    /// The member of this name.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.members
            .iter()
            .find(|(member, _)| {
                if self.exact {
                    member == name
                } else {
                    eq_ignore_case(member, name)
                }
            })
            .map(|(_, value)| value)
    }
}

/// The format of a date without one: unlike ISO 8601, it is good for the name of a blob.
const DATE_FORMAT: &str = "yyyy-MM-ddTHH-mm-ssK";

fn date_property(date: &DateTime, name: &str) -> Option<Value> {
    if eq_ignore_case(name, "Date") {
        return Some(Value::DateTime(date.date()));
    }
    date.number(name)
        .map(|number| Value::Integer(number.into()))
}

fn offset_property(date: &Zoned, name: &str) -> Option<Value> {
    let (civil, kind) = match name.to_ascii_lowercase().as_str() {
        "utcdatetime" => (Offset::UTC.to_datetime(date.timestamp()), Kind::Utc),
        _ => (date.datetime(), Kind::Unspecified),
    };
    let date = DateTime { civil, kind };
    match name.to_ascii_lowercase().as_str() {
        "utcdatetime" | "datetime" => Some(Value::DateTime(date)),
        _ => date_property(&date, name),
    }
}

/// What .NET's `JToken` has by this name: a member of an object, the `Count` of an array, the `Value` of a scalar.
fn token_property(token: &Token, name: &str) -> Option<Value> {
    match token {
        Token::Object(members) => members
            .iter()
            .find(|(member, _)| member == name)
            .or_else(|| {
                members
                    .iter()
                    .find(|(member, _)| eq_ignore_case(member, name))
            })
            .map(|(_, value)| Value::Json(value.clone())),
        Token::Array(elements) => eq_ignore_case(name, "Count")
            .then(|| i128::try_from(elements.len()).ok().map(Value::Integer))
            .flatten(),
        Token::Constructor(..) => None,
        scalar => eq_ignore_case(name, "Value").then(|| scalar_value(scalar)),
    }
}

/// The .NET value inside of a scalar.
fn scalar_value(token: &Token) -> Value {
    match token {
        Token::Bool(value) => Value::Bool(*value),
        Token::Integer(text) => text.parse().map_or(Value::Null, Value::Integer),
        Token::Float(number) => Value::Double(*number),
        Token::String(text) => Value::String(text.clone()),
        Token::Date { date, .. } => Value::DateTime(*date),
        _ => Value::Null,
    }
}

#[cfg(test)]
mod tests {
    use super::{BindingData, Value};

    #[test]
    fn names_have_no_case_and_keep_their_first_spelling() {
        let mut data = BindingData::default();
        data.insert("Id", Value::Integer(1));
        data.insert("other", Value::Null);
        data.insert("ID", Value::Integer(2));
        let entries: Vec<_> = data.iter().collect();
        assert_eq!(
            entries,
            [("Id", &Value::Integer(2)), ("other", &Value::Null)]
        );
        assert_eq!(data.get("iD"), Some(&Value::Integer(2)));
        assert_eq!(data.get("i"), None);
    }
}
