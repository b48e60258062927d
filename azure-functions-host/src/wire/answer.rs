//! A worker's response as the host understands it, before any output is written.

use azure_functions_shared::rpc::{
    Data, InvocationResponse, RpcHttp, StatusResult, TypedData, parameter_binding::RpcData,
    status_result::Status,
};
use bytes::Bytes;

use crate::{
    dotnet::eq_ignore_case,
    lenient_json::{self, Dates, Token},
};

/// The name of the output that is the return value.
const RETURN: &str = "$return";

/// What a function that succeeded gave.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Answer {
    outputs: Vec<(String, Output)>,
    return_value: Option<Output>,
}

/// A value for an output binding.
#[derive(Clone, Debug, PartialEq)]
pub enum Output {
    /// A text.
    Text(String),
    /// JSON.
    Json(Token),
    /// Bytes.
    Bytes(Bytes),
    /// An HTTP response.
    Http(Box<RpcHttp>),
    /// A whole number.
    Int(i64),
    /// A floating-point number.
    Double(f64),
}

/// Why an invocation failed although the worker answered.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum AnswerError {
    /// The function failed.
    #[error("the function failed: {message}")]
    Failure {
        /// What the worker says.
        message: String,
        /// Where it happened.
        stack_trace: String,
    },
    /// The function was cancelled.
    #[error("the function was cancelled: {message}")]
    Cancelled {
        /// What the worker says.
        message: String,
        /// Where it happened.
        stack_trace: String,
    },
    /// The response has no result.
    #[error("the worker's response has no `result`; set it, to success or to failure")]
    NoResult,
    /// An output comes twice.
    #[error("the worker's response has two values for the output `{0}`; send one")]
    Duplicate(String),
    /// An output has no value, not even an empty one.
    #[error(
        "the worker's response names the output `{0}` without data; send an empty value, or leave it out"
    )]
    NoData(String),
    /// The host takes no such value as an output.
    #[error(
        "the output `{name}` is a `{kind}`, which the host takes from no worker; send `bytes`, `string` or `json`"
    )]
    Kind {
        /// The output.
        name: String,
        /// The field of `TypedData`.
        kind: &'static str,
    },
    /// The JSON of an output cannot be read.
    #[error("the output `{name}` is not JSON, although it says so")]
    Json {
        /// The output.
        name: String,
        /// What is wrong.
        #[source]
        source: lenient_json::Error,
    },
}

impl Answer {
    /// Reads the response of a worker.
    ///
    /// Without a binding called `$return`, the members of a JSON return value are outputs of their names.
    ///
    /// # Errors
    ///
    /// The function failed, or the real host would fail the invocation for what the response holds.
    pub fn read(response: InvocationResponse, has_return: bool) -> Result<Self, AnswerError> {
        check(response.result)?;
        let mut answer = Self::default();
        let mut names: Vec<String> = Vec::new();
        for binding in response.output_data {
            if names.iter().any(|name| eq_ignore_case(name, &binding.name)) {
                return Err(AnswerError::Duplicate(binding.name));
            }
            let Some(RpcData::Data(data)) = binding.rpc_data else {
                return Err(AnswerError::NoData(binding.name));
            };
            if let Some(output) = output(&binding.name, data)? {
                answer.outputs.push((binding.name.clone(), output));
            }
            names.push(binding.name);
        }
        if let Some(value) = response.return_value {
            answer.return_value = output(RETURN, value)?;
        }
        if !has_return && let Some(Output::Json(Token::Object(members))) = &answer.return_value {
            for (name, token) in members {
                let known = names.iter().any(|known| eq_ignore_case(known, name));
                if !known && !matches!(token, Token::Null | Token::Undefined) {
                    let output = Output::Json(token.clone());
                    answer.outputs.push((name.clone(), output));
                }
            }
        }
        Ok(answer)
    }

    /// The value of the output binding `name`, which may be `$return`, if there is one.
    pub fn output(&self, name: &str) -> Option<&Output> {
        if eq_ignore_case(name, RETURN) {
            return self.return_value();
        }
        let mut outputs = self.outputs.iter();
        let (_, output) = outputs.find(|(known, _)| eq_ignore_case(known, name))?;
        Some(output)
    }

    /// The return value, if there is one.
    pub fn return_value(&self) -> Option<&Output> {
        self.return_value.as_ref()
    }
}

fn check(result: Option<StatusResult>) -> Result<(), AnswerError> {
    let result = result.ok_or(AnswerError::NoResult)?;
    let status = Status::try_from(result.status);
    // The real host takes a status that it does not know for a success.
    if matches!(status, Ok(Status::Success) | Err(_)) {
        return Ok(());
    }
    let exception = result.exception.unwrap_or_default();
    let (message, stack_trace) = (exception.message, exception.stack_trace);
    Err(if status == Ok(Status::Cancelled) {
        AnswerError::Cancelled {
            message,
            stack_trace,
        }
    } else {
        AnswerError::Failure {
            message,
            stack_trace,
        }
    })
}

/// The value of one output; null is none.
pub(super) fn output(name: &str, data: TypedData) -> Result<Option<Output>, AnswerError> {
    let kind = |kind| {
        Err(AnswerError::Kind {
            name: name.to_owned(),
            kind,
        })
    };
    Ok(match data.data {
        None => None,
        Some(Data::String(text)) => Some(Output::Text(text)),
        Some(Data::Json(text)) => {
            let token = lenient_json::tokens(&text, Dates::Keep);
            match token.map_err(|source| AnswerError::Json {
                name: name.to_owned(),
                source,
            })? {
                Token::Null | Token::Undefined => None,
                token => Some(Output::Json(token)),
            }
        }
        Some(Data::Bytes(bytes)) => Some(Output::Bytes(bytes)),
        // The real host reads the wrong field.
        Some(Data::Stream(_)) => Some(Output::Bytes(Bytes::new())),
        Some(Data::Http(http)) => Some(Output::Http(http)),
        Some(Data::Int(number)) => Some(Output::Int(number)),
        Some(Data::Double(number)) => Some(Output::Double(number)),
        Some(Data::CollectionBytes(_)) => return kind("collection_bytes"),
        Some(Data::CollectionString(_)) => return kind("collection_string"),
        Some(Data::CollectionDouble(_)) => return kind("collection_double"),
        Some(Data::CollectionSint64(_)) => return kind("collection_sint64"),
        Some(Data::ModelBindingData(_)) => return kind("model_binding_data"),
        Some(Data::CollectionModelBindingData(_)) => return kind("collection_model_binding_data"),
    })
}
