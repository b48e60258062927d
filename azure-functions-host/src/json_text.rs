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

/// Splits an output that is JSON, as opposed to a text, into messages; `null` and `[]` make none.
///
/// Here strings that look like dates stay as they are.
///
/// # Errors
///
/// Fails if the text is not JSON.
pub fn json_elements(text: &str) -> Result<Vec<Element>, Error> {
    Ok(match lenient_json::tokens(text, Dates::Keep)? {
        Token::Null => Vec::new(),
        token => token_elements(token),
    })
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

#[cfg(test)]
mod tests {
    use super::{Element, json_elements};

    #[test]
    fn json_outputs() {
        for (text, messages) in [
            ("null", Some(vec![])),
            ("[]", Some(vec![])),
            ("7", Some(vec!["7"])),
            ("\"quoted\"", Some(vec!["quoted"])),
            ("{\"a\":1}", Some(vec!["{\n  \"a\": 1\n}"])),
            (
                "[\"a\",{\"b\":1},3,null,true]",
                Some(vec!["a", "{\n  \"b\": 1\n}", "3", "", "True"]),
            ),
            (
                "\"2026-02-27T23:59:58Z\"",
                Some(vec!["2026-02-27T23:59:58Z"]),
            ),
            ("{", None),
        ] {
            let elements = json_elements(text).ok();
            let texts =
                elements.map(|elements| elements.iter().map(Element::text).collect::<Vec<_>>());
            assert_eq!(
                texts,
                messages.map(|all| all.into_iter().map(str::to_owned).collect()),
                "{text}"
            );
        }
    }
}
