//! How the host turns an output value into messages, and what a JSON payload adds to the binding data.

use jiff::tz::TimeZone;

use crate::{
    binding_data::Value,
    lenient_json::{self, Dates, Error, Token},
};

/// One message of an output value.
#[derive(Clone, Debug, PartialEq)]
pub enum Element {
    /// A text that is not JSON, as it came.
    Text(String),
    /// A JSON value.
    Json(Token),
}

impl Element {
    /// The text of the message.
    pub fn text(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Json(token) => token.text(),
        }
    }
}

/// Says whether the host takes a text for JSON: it stands in braces or brackets.
pub fn looks_like_json(text: &str) -> bool {
    let text = text.trim();
    (text.starts_with('{') && text.ends_with('}')) || (text.starts_with('[') && text.ends_with(']'))
}

/// Splits an output text into messages: one for each element of an array, otherwise one.
///
/// Dates with an offset come in `zone`, which is UTC on a host in Azure.
///
/// # Errors
///
/// Fails if the text looks like JSON and is not.
pub fn elements(text: &str, zone: &TimeZone) -> Result<Vec<Element>, Error> {
    if !looks_like_json(text) {
        return Ok(vec![Element::Text(text.to_owned())]);
    }
    Ok(token_elements(lenient_json::tokens(
        text,
        Dates::Parse(zone),
    )?))
}

/// Splits a JSON value into messages: one for each element of an array, otherwise one.
pub fn token_elements(token: Token) -> Vec<Element> {
    match token {
        Token::Array(elements) => elements.into_iter().map(Element::Json).collect(),
        other => vec![Element::Json(other)],
    }
}

/// What a trigger's payload adds to the binding data: the members of a JSON object, but for arrays and nulls.
///
/// Objects stay JSON; all others become text. A payload that is not JSON adds nothing.
pub fn binding_data(text: &str, zone: &TimeZone) -> Vec<(String, Value)> {
    if !looks_like_json(text) {
        return Vec::new();
    }
    let Ok(Token::Object(members)) = lenient_json::tokens(text, Dates::Parse(zone)) else {
        return Vec::new();
    };
    members
        .into_iter()
        .filter_map(|(name, token)| {
            let value = match token {
                Token::Null | Token::Undefined | Token::Array(_) | Token::Constructor(..) => {
                    return None;
                }
                object @ Token::Object(_) => Value::Json(object),
                scalar => Value::String(scalar.text()),
            };
            Some((name, value))
        })
        .collect()
}
