//! What happens when a function fails: the client gets 500, the log gets the reason, and the next request is served.

use azure_functions::{bindings::HttpRequest, func};

/// The number in the query was not one.
#[derive(Debug, thiserror::Error)]
#[error("`{text}` is not a number")]
struct NotANumber {
    text: String,
    source: std::num::ParseIntError,
}

/// Doubles the number in the query: `GET /api/double?number=21`.
///
/// # Errors
///
/// [`NotANumber`] if it is none.
#[func]
fn double(
    #[binding(methods = ["get"], auth_level = "anonymous")] request: &HttpRequest,
) -> Result<String, NotANumber> {
    let text = request.query_param("number").unwrap_or_default();
    match text.parse::<i32>() {
        Ok(number) => Ok((i64::from(number) * 2).to_string()),
        Err(source) => Err(NotANumber {
            text: text.to_owned(),
            source,
        }),
    }
}

/// Panics, which ends this invocation and nothing else.
#[func]
#[expect(clippy::panic, reason = "it shows what a panic does")]
fn explode(
    #[binding(methods = ["get"], auth_level = "anonymous")] _request: HttpRequest,
) -> String {
    panic!("boom")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubles_numbers_only() {
        let double = |url| double(&HttpRequest::get(url)).map_err(|error| error.to_string());
        assert_eq!(double("/api/double?number=21").as_deref(), Ok("42"));
        assert_eq!(
            double("/api/double?number=x"),
            Err("`x` is not a number".to_owned())
        );
    }

    #[test]
    #[should_panic(expected = "boom")]
    fn explodes() {
        explode(HttpRequest::get("/api/explode"));
    }
}
