//! The answer to an HTTP request, out of what the worker gave for it.
//!
//! Where the real host would send a message that breaks HTTP, such as one with the status 99 or with a length that is
//! not the body's, this is an error or the header is left out.

use azure_functions_shared::rpc::{RpcHttp, TypedData};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header};

use super::{Answer, AnswerError, Output, answer::output, cookie::set_cookie};
use crate::{
    dotnet::{eq_ignore_case, float_text},
    json_text,
    lenient_json::{self, Dates, Token},
};

const TEXT: &str = "text/plain; charset=utf-8";
const JSON: &str = "application/json; charset=utf-8";

/// Which of a function's outputs answers the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HttpOutput<'b> {
    /// The `http` binding of this name, which may be `$return`.
    Binding(&'b str),
    /// The function has no `http` binding; its return value is shown as JSON.
    None,
}

/// Why there is no response; the client gets the status 500 without a body.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ResponseError {
    /// The worker's answer cannot be used.
    #[error(transparent)]
    Answer(#[from] AnswerError),
    /// The status is none that a response can have.
    #[error("the status code {0} cannot be sent; answer with one from 200 to 999")]
    Status(i64),
    /// A header has a name that HTTP does not allow.
    #[error("`{0}` is not the name of a header; use letters, digits and `-`")]
    HeaderName(String),
    /// A header has a value that HTTP does not allow.
    #[error(
        "the value of the header `{0}` cannot be sent; use visible ASCII characters, and escape others"
    )]
    HeaderValue(String),
}

/// Makes the response to a request.
///
/// # Errors
///
/// The value of the output is none that a response can be made of.
pub fn http_response(
    answer: &Answer,
    output: HttpOutput<'_>,
) -> Result<Response<Bytes>, ResponseError> {
    let value = match output {
        HttpOutput::Binding(name) => answer.output(name),
        HttpOutput::None => match answer.return_value() {
            Some(Output::Http(http)) => {
                let body = http.body.as_deref().cloned().map(content).transpose()?;
                let text = Token::Object(members_of(http, body.flatten())).compact();
                return Reply::of_type(text.into(), JSON).send();
            }
            other => other,
        },
    };
    let Some(value) = value else {
        return Reply {
            status: StatusCode::NO_CONTENT.as_u16().into(),
            ..Reply::default()
        }
        .send();
    };
    match value {
        Output::Http(http) => match http.body.as_deref().cloned() {
            Some(body) => {
                let mut reply = Reply::new(content(body)?, http.enable_content_negotiation);
                reply.set_status(&http.status_code);
                let mut headers: Vec<_> = http.headers.iter().collect();
                headers.sort_unstable();
                for (name, value) in headers {
                    reply.add_header(name, value)?;
                }
                for cookie in &http.cookies {
                    let text = set_cookie(cookie);
                    let value = HeaderValue::from_str(&text);
                    let value = value
                        .map_err(|_| ResponseError::HeaderValue(header::SET_COOKIE.to_string()))?;
                    reply.headers.append(header::SET_COOKIE, value);
                }
                reply.send()
            }
            // Without a body the real host does not see that this is a response, and shows what it got.
            None => {
                Reply::of_type(Token::Object(members_of(http, None)).compact().into(), TEXT).send()
            }
        },
        Output::Text(text) => match json_object(text) {
            Some(token) => json_reply(token),
            None => Reply::of_type(text.clone().into(), TEXT).send(),
        },
        Output::Json(token) => json_reply(token.clone()),
        other => Reply::new(Some(other.clone()), false).send(),
    }
}

/// A response that is not yet checked.
#[derive(Debug)]
struct Reply {
    status: i64,
    headers: HeaderMap,
    /// The type if no header says another.
    default_type: Option<&'static str>,
    /// Whether the body is text, which the real host always sends in UTF-8.
    text: bool,
    body: Bytes,
}

impl Default for Reply {
    fn default() -> Self {
        Self {
            status: 200,
            headers: HeaderMap::new(),
            default_type: None,
            text: false,
            body: Bytes::new(),
        }
    }
}

impl Reply {
    /// A response with that body; with `negotiated`, the real host prints JSON on one line and says what it is.
    fn new(body: Option<Output>, negotiated: bool) -> Self {
        match body {
            None => Self::of_type(Bytes::new(), TEXT),
            Some(Output::Bytes(body)) => Self {
                body,
                ..Self::default()
            },
            Some(Output::Json(token)) if negotiated => Self::of_type(token.compact().into(), JSON),
            Some(Output::Json(token)) => Self::of_type(token.text().into(), TEXT),
            Some(Output::Text(text)) => Self::of_type(text.into(), TEXT),
            Some(Output::Int(number)) => Self::of_type(number.to_string().into(), TEXT),
            Some(Output::Double(number)) => Self::of_type(float_text(number).into(), TEXT),
            Some(Output::Http(http)) => Self::of_type(
                Token::Object(members_of(&http, None)).compact().into(),
                TEXT,
            ),
        }
    }

    fn of_type(body: Bytes, default_type: &'static str) -> Self {
        Self {
            default_type: Some(default_type),
            text: true,
            body,
            ..Self::default()
        }
    }

    /// Takes the status from a text; one that is no number leaves it at 200.
    fn set_status(&mut self, text: &str) {
        self.status = text.trim().parse().unwrap_or(200);
    }

    /// Adds a header unless it is there already, or is about the framing of the message.
    fn add_header(&mut self, name: &str, value: &str) -> Result<(), ResponseError> {
        let header =
            HeaderName::try_from(name).map_err(|_| ResponseError::HeaderName(name.to_owned()))?;
        if header == header::CONTENT_LENGTH || header == header::TRANSFER_ENCODING {
            return Ok(());
        }
        let plain = value.is_ascii();
        let value = HeaderValue::from_str(value).ok().filter(|_| plain);
        let value = value.ok_or_else(|| ResponseError::HeaderValue(name.to_owned()))?;
        self.headers.entry(header).or_insert(value);
        Ok(())
    }

    fn send(mut self) -> Result<Response<Bytes>, ResponseError> {
        let status = u16::try_from(self.status)
            .ok()
            .filter(|status| *status >= 200);
        let status = status.and_then(|status| StatusCode::from_u16(status).ok());
        let status = status.ok_or(ResponseError::Status(self.status))?;
        if let Some(content_type) = self.content_type()? {
            self.headers.insert(header::CONTENT_TYPE, content_type);
        }
        let bodiless = [
            StatusCode::NO_CONTENT,
            StatusCode::RESET_CONTENT,
            StatusCode::NOT_MODIFIED,
        ];
        let body = if bodiless.contains(&status) {
            Bytes::new()
        } else {
            self.body
        };
        let mut response = Response::new(body);
        *response.status_mut() = status;
        *response.headers_mut() = self.headers;
        Ok(response)
    }

    fn content_type(&self) -> Result<Option<HeaderValue>, ResponseError> {
        let Some(given) = self.headers.get(header::CONTENT_TYPE) else {
            return Ok(self.default_type.map(HeaderValue::from_static));
        };
        let text = given.to_str().unwrap_or_default();
        if !self.text || text.to_ascii_lowercase().contains("charset=") {
            return Ok(Some(given.clone()));
        }
        HeaderValue::try_from(format!("{text}; charset=utf-8"))
            .map(Some)
            .map_err(|_| ResponseError::HeaderValue(header::CONTENT_TYPE.to_string()))
    }
}

/// The body of a response.
fn content(body: TypedData) -> Result<Option<Output>, ResponseError> {
    Ok(output("body", body)?)
}

/// The object in a text that the real host takes for JSON.
fn json_object(text: &str) -> Option<Token> {
    if !json_text::looks_like_json(text) {
        return None;
    }
    let token = lenient_json::tokens(text, Dates::Keep).ok()?;
    matches!(token, Token::Object(_)).then_some(token)
}

/// A response out of JSON: an object with a `body` describes one, anything else is the body.
fn json_reply(token: Token) -> Result<Response<Bytes>, ResponseError> {
    let Some(body) = member(&token, "body") else {
        return Reply::new(Some(Output::Json(token)), false).send();
    };
    let negotiated = member(&token, "enableContentNegotiation");
    let negotiated = matches!(negotiated, Some(Token::Bool(true)));
    let body = match body.clone() {
        Token::Null | Token::Undefined => None,
        body => Some(Output::Json(body)),
    };
    let mut reply = Reply::new(body, negotiated);
    if let Some(status) = member(&token, "statusCode").or_else(|| member(&token, "status")) {
        reply.set_status(&status.text());
    }
    if let Some(Token::Object(headers)) = member(&token, "headers") {
        for (name, value) in headers {
            reply.add_header(name, &value.text())?;
        }
    }
    reply.send()
}

fn member<'t>(token: &'t Token, name: &str) -> Option<&'t Token> {
    let Token::Object(members) = token else {
        return None;
    };
    let mut members = members.iter();
    let (_, value) = members.find(|(known, _)| eq_ignore_case(known, name))?;
    Some(value)
}

/// The object that the real host makes of a response, and shows when it does not see that it is one.
fn members_of(http: &RpcHttp, body: Option<Output>) -> Vec<(String, Token)> {
    let mut headers: Vec<_> = http.headers.iter().collect();
    headers.sort_unstable();
    let headers = headers.into_iter();
    let headers = headers.map(|(name, value)| (name.clone(), Token::String(value.clone())));
    let mut members = vec![
        ("method".to_owned(), Token::String(http.method.clone())),
        ("query".to_owned(), Token::Object(Vec::new())),
        (
            "statusCode".to_owned(),
            Token::String(http.status_code.clone()),
        ),
        ("headers".to_owned(), Token::Object(headers.collect())),
        (
            "enableContentNegotiation".to_owned(),
            Token::Bool(http.enable_content_negotiation),
        ),
        ("cookies".to_owned(), Token::Array(Vec::new())),
    ];
    if let Some(body) = body {
        let body = match body {
            Output::Text(text) => Token::String(text),
            Output::Json(token) => token,
            Output::Bytes(bytes) => Token::String(String::from_utf8_lossy(&bytes).into_owned()),
            Output::Int(number) => Token::Integer(number.to_string()),
            Output::Double(number) => Token::Float(number),
            Output::Http(_) => Token::Null,
        };
        members.push(("body".to_owned(), body));
    }
    members
}

#[cfg(test)]
mod tests {
    use azure_functions_shared::rpc::{Data, InvocationResponse, StatusResult};

    use super::*;

    fn response(value: Data) -> Result<(u16, String, String), ResponseError> {
        let response = InvocationResponse {
            result: Some(StatusResult::success()),
            return_value: Some(value.into()),
            ..InvocationResponse::default()
        };
        let answer = Answer::read(response, true)?;
        let response = http_response(&answer, HttpOutput::Binding("$return"))?;
        let headers = response.headers();
        let header = headers.get("content-type").or_else(|| headers.get("x-a"));
        Ok((
            response.status().as_u16(),
            header
                .map_or("", |value| value.to_str().unwrap())
                .to_owned(),
            String::from_utf8(response.body().to_vec()).unwrap(),
        ))
    }

    #[test]
    fn json_with_a_body_describes_a_response() {
        for (json, status, content_type, body) in [
            (r#"{"body":"x"}"#, 200, TEXT, "x"),
            (r#"{"BODY":"x","status":201}"#, 201, TEXT, "x"),
            (
                r#"{"body":"x","statusCode":"202","status":201}"#,
                202,
                TEXT,
                "x",
            ),
            (
                r#"{"body":"<p>","headers":{"Content-Type":"text/html"}}"#,
                200,
                "text/html; charset=utf-8",
                "<p>",
            ),
            (
                r#"{"body":{"a":1},"enableContentNegotiation":true}"#,
                200,
                JSON,
                r#"{"a":1}"#,
            ),
            (r#"{"body":null,"status":204}"#, 204, TEXT, ""),
            (r#"{"status":201}"#, 200, TEXT, "{\n  \"status\": 201\n}"),
        ] {
            let expected = (status, content_type.to_owned(), body.to_owned());
            assert_eq!(
                response(Data::Json(json.to_owned())).unwrap(),
                expected,
                "{json}"
            );
            assert_eq!(
                response(Data::String(json.to_owned())).unwrap(),
                expected,
                "{json}"
            );
        }
    }

    #[test]
    fn without_a_return_binding_the_members_of_json_are_outputs() {
        let response = InvocationResponse {
            result: Some(StatusResult::success()),
            return_value: Some(Data::Json(r#"{"res":{"body":"x"},"none":null}"#.to_owned()).into()),
            ..InvocationResponse::default()
        };
        let answer = Answer::read(response.clone(), false).unwrap();
        let sent = http_response(&answer, HttpOutput::Binding("RES")).unwrap();
        assert_eq!(sent.body(), "x");
        assert_eq!(answer.output("none"), None);
        let answer = Answer::read(response, true).unwrap();
        assert_eq!(answer.output("res"), None);
    }
}
