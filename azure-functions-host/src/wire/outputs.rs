//! The value of an output binding as messages of a queue, or as the content of a blob.

use bytes::Bytes;

use super::{Output, ZONE};
use crate::{
    dotnet::float_text,
    json_text::{self, Element},
    lenient_json,
};

/// Why a value cannot be written by an output binding.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum OutputError {
    /// The text stands in braces or brackets, but is no JSON.
    #[error("the text looks like JSON, but is not; correct it, or send it as `bytes`")]
    Json(#[source] lenient_json::Error),
    /// An HTTP response is for an HTTP binding only.
    #[error("an HTTP response cannot be stored; send its body as `bytes` or `string`")]
    Http,
}

/// The messages that a value becomes: one for each element of a JSON array, otherwise one.
///
/// # Errors
///
/// The value is an HTTP response, or a text that looks like JSON and is not.
pub fn queue_messages(output: &Output) -> Result<Vec<Bytes>, OutputError> {
    let texts = |elements: Vec<Element>| {
        let texts = elements.iter().map(Element::text);
        texts.map(Bytes::from).collect()
    };
    match output {
        Output::Text(text) => json_text::elements(text, &ZONE)
            .map(texts)
            .map_err(OutputError::Json),
        Output::Json(token) => Ok(texts(json_text::token_elements(token.clone()))),
        Output::Bytes(bytes) => Ok(vec![bytes.clone()]),
        Output::Int(number) => Ok(vec![number.to_string().into()]),
        Output::Double(number) => Ok(vec![float_text(*number).into()]),
        Output::Http(_) => Err(OutputError::Http),
    }
}

/// The content of the blob that a value becomes.
///
/// Numbers are written as the real host writes them: the lower four bytes of a whole number, the eight of another.
///
/// # Errors
///
/// The value is an HTTP response.
pub fn blob_content(output: &Output) -> Result<Bytes, OutputError> {
    use lenient_json::Token;
    Ok(match output {
        Output::Text(text) => text.clone().into(),
        Output::Json(token @ (Token::Array(_) | Token::Object(_))) => token.compact().into(),
        Output::Json(token) => token.text().into(),
        Output::Bytes(bytes) => bytes.clone(),
        Output::Int(number) => {
            let bytes = number.to_le_bytes();
            Bytes::copy_from_slice(bytes.first_chunk::<4>().map_or(&bytes[..], |low| low))
        }
        Output::Double(number) => Bytes::copy_from_slice(&number.to_le_bytes()),
        Output::Http(_) => return Err(OutputError::Http),
    })
}
