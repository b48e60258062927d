//! Responses as the host gets them.

use std::collections::HashMap;

use ::http::{HeaderMap, Response, StatusCode};
use azure_functions_shared::rpc::{self, rpc_http_cookie::SameSite};
use bytes::Bytes;
use cookie::Cookie;
use serde_json::json;

use crate::{IntoOutput, Json, bindings::http::HttpResponse};

/// What goes over the wire: status, headers in order, body.
type Wire<'a> = (&'a str, &'a [(&'a str, &'a str)], &'a str);

#[track_caller]
fn check_output(output: impl IntoOutput, expected: Result<Wire<'_>, &str>) {
    let http = output.into_output().map(super::sent);
    match (http, expected) {
        (Ok(http), Ok((status, headers, body))) => {
            let mut seen: Vec<_> = http
                .headers
                .iter()
                .map(|(name, value)| (name.as_str(), value.as_str()))
                .collect();
            seen.sort_unstable();
            let sent = http.body.and_then(|body| body.data);
            assert_eq!(
                (http.status_code.as_str(), seen.as_slice()),
                (status, headers)
            );
            assert_eq!(
                sent,
                Some(rpc::Data::Bytes(Bytes::copy_from_slice(body.as_bytes())))
            );
            assert!(!http.enable_content_negotiation);
        }
        (seen, expected) => assert_eq!(
            seen.map_err(|error| error.to_string()).err().as_deref(),
            expected.err()
        ),
    }
}

#[test]
fn responses() {
    const TEXT: &[(&str, &str)] = &[("content-type", "text/plain; charset=utf-8")];
    const BINARY: &[(&str, &str)] = &[("content-type", "application/octet-stream")];
    const JSON: &[(&str, &str)] = &[("content-type", "application/json")];
    check_output("hi", Ok(("200", TEXT, "hi")));
    check_output("hi".to_owned(), Ok(("200", TEXT, "hi")));
    check_output(Bytes::from("hi"), Ok(("200", BINARY, "hi")));
    check_output(b"hi".to_vec(), Ok(("200", BINARY, "hi")));
    check_output(StatusCode::NO_CONTENT, Ok(("204", &[], "")));
    check_output(Json("hi"), Ok(("200", JSON, "\"hi\"")));
    check_output(
        HttpResponse::from(json!({"body": 1})),
        Ok(("200", JSON, "{\"body\":1}")),
    );
    check_output(HttpResponse::json(&[1]), Ok(("200", JSON, "[1]")));
    check_output(Some(HttpResponse::from("")), Ok(("200", TEXT, "")));
    check_output(
        Response::builder()
            .status(202)
            .header("Location", "/there")
            .header("x-a", "1")
            .header("X-A", "2")
            .header("content-length", "99")
            .header("transfer-encoding", "gzip")
            .header("content-type", "text/x-mine")
            .body("hi")
            .unwrap(),
        Ok((
            "202",
            &[
                ("content-type", "text/x-mine"),
                ("location", "/there"),
                ("x-a", "1, 2"),
            ],
            "hi",
        )),
    );
    check_output(
        HttpResponse::builder()
            .status(404)
            .header("content-type", "text/html")
            .body("<p>".to_owned())
            .finish(),
        Ok(("404", &[("content-type", "text/html")], "<p>")),
    );
}

#[test]
fn responses_that_cannot_be_sent() {
    let status = |status: u16| HttpResponse::from(StatusCode::from_u16(status).unwrap());
    check_output(status(200), Ok(("200", &[], "")));
    check_output(status(599), Ok(("599", &[], "")));
    for (code, text) in [(100, "100"), (199, "199"), (600, "600"), (999, "999")] {
        let error =
            format!("the host cannot send the status `{text}`; a response has one from 200 to 599");
        check_output(status(code), Err(error.as_str()));
    }
    let builder = HttpResponse::builder;
    check_output(
        builder().status(1000).status(200).finish(),
        Err("the status of the response is no status: invalid status code"),
    );
    check_output(
        builder().header("a b", "x").finish(),
        Err("the name of a header is none: invalid HTTP header name"),
    );
    check_output(
        builder().header("x-a", "x\r\ny").finish(),
        Err("the value of the header `x-a` is none: failed to parse header value"),
    );
    check_output(
        builder().header("x-a", "é").finish(),
        Err(
            "the value of the header `x-a` cannot be sent: it has a character that is not visible ASCII",
        ),
    );
    check_output(
        builder().header("set-cookie", "nothing").finish(),
        Err("the header `set-cookie` holds no cookie: the cookie is missing a name/value pair"),
    );
    check_output(
        Json(HashMap::from([((), 1)])),
        Err("the body of the response cannot be written as JSON: key must be a string"),
    );
}

#[test]
fn response_cookies() {
    let response = HttpResponse::builder()
        .cookie(("n1", "v 1"))
        .cookie(
            Cookie::build(("n2", "v"))
                .domain("ex.com")
                .path("/p")
                .secure(true)
                .http_only(true)
                .same_site(cookie::SameSite::Strict),
        )
        .header(
            "set-cookie",
            "n3=v%202; Max-Age=12; Expires=Sun, 17 Mar 2030 17:46:40 GMT; SameSite=None",
        )
        .finish();
    assert_eq!(response.cookies().len(), 2);
    let http = super::sent(response.into_output().unwrap());
    assert!(http.headers.is_empty());
    let names: Vec<_> = http
        .cookies
        .iter()
        .map(|cookie| (cookie.name.as_str(), cookie.value.as_str()))
        .collect();
    assert_eq!(names, [("n1", "v 1"), ("n2", "v"), ("n3", "v 2")]);
    let [first, second, third] = http.cookies.as_slice() else {
        panic!("three cookies");
    };
    assert_eq!((&first.path, first.same_site()), (&None, SameSite::None));
    assert_eq!(
        (first.secure, first.http_only, first.max_age),
        (None, None, None)
    );
    assert_eq!(second.domain, Some("ex.com".to_owned().into()));
    assert_eq!(second.path, Some("/p".to_owned().into()));
    assert_eq!(second.secure, Some(true.into()));
    assert_eq!(second.http_only, Some(true.into()));
    assert_eq!(second.same_site(), SameSite::Strict);
    assert_eq!(third.max_age, Some(12.0.into()));
    assert_eq!(third.same_site(), SameSite::ExplicitNone);
    assert_eq!(
        third.expires,
        Some(
            prost_types::Timestamp {
                seconds: 1_900_000_000,
                nanos: 0
            }
            .into()
        )
    );
}

#[test]
fn reading_a_response() {
    let response = HttpResponse::builder()
        .status(StatusCode::CREATED)
        .header("x-a", "1")
        .json(&json!({"a": 1}))
        .finish();
    assert_eq!(response.status(), StatusCode::CREATED);
    assert_eq!(
        response.headers(),
        &HeaderMap::from_iter([("x-a".parse().unwrap(), "1".parse().unwrap())])
    );
    assert_eq!(response.body(), "{\"a\":1}");
    assert_eq!(
        response.body_json::<serde_json::Value>().unwrap(),
        json!({"a": 1})
    );
}
