//! Every request has the same result whether the host forwards it or sends it as a whole.

use std::{fmt::Write as _, path::Path};

use azure_functions_host::EventKind;
use azure_functions_tests::app::{App, Setup, soon};
use bytes::Bytes;
use http::{HeaderMap, Method, Request, header};
use http_body_util::{BodyExt as _, Full};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};

/// A request: what it is for, its headers, its body.
type Case = (&'static str, &'static [(&'static str, &'static str)], Bytes);

/// What came of it.
#[derive(Debug, PartialEq)]
struct Outcome {
    status: u16,
    headers: Vec<String>,
    body: Bytes,
    /// The end of the call, and why it failed; none if the host refused the request itself.
    end: Option<(EventKind, Option<String>)>,
    /// What the function logged.
    logs: Vec<String>,
}

struct Scene {
    app: App,
    client: Client<HttpConnector, Full<Bytes>>,
}

impl Scene {
    async fn new(forwarded: bool) -> Self {
        let program = Path::new(env!("CARGO_BIN_EXE_http_app"));
        let setup = Setup::new(program, Path::new(env!("CARGO_MANIFEST_DIR")));
        let setup = if forwarded {
            setup
        } else {
            setup.with("WHOLE", "1")
        };
        Self {
            app: setup.start().await,
            client: Client::builder(TokioExecutor::new()).build_http(),
        }
    }

    async fn call(&mut self, (target, headers, body): Case) -> Outcome {
        let (method, path) = target.split_once(' ').unwrap();
        let mut request = Request::builder()
            .method(method.parse::<Method>().unwrap())
            .uri(format!("http://{}{path}", self.app.host.address()));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Full::new(body)).unwrap();
        let response = soon(self.client.request(request)).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = soon(body.collect()).await.unwrap().to_bytes();
        let mut outcome = Outcome {
            status: parts.status.as_u16(),
            headers: lines(path, &parts.headers),
            body,
            end: None,
            logs: Vec::new(),
        };
        if path.contains("/none") {
            return outcome;
        }
        while outcome.end.is_none() {
            let event = self.app.event_that(|event| event.function.is_some()).await;
            match event.kind {
                EventKind::User => outcome.logs.push(event.message),
                EventKind::Succeeded | EventKind::Failed => {
                    outcome.end = Some((event.kind, event.exception));
                }
                _ => {}
            }
        }
        outcome
    }
}

/// The functions whose responses are streams.
const STREAMS: [&str; 5] = ["/pieces", "/events", "/echo", "/zeros", "/site"];

/// The headers that tell of the response, and not of its way. The length of a stream is known on one of them only.
fn lines(path: &str, headers: &HeaderMap) -> Vec<String> {
    let streamed = STREAMS.iter().any(|name| path.contains(name));
    let mut lines: Vec<_> = headers
        .iter()
        .filter(|(name, _)| {
            ![header::DATE, header::TRANSFER_ENCODING, header::CONNECTION].contains(name)
        })
        .filter(|(name, _)| *name != header::CONTENT_LENGTH || !streamed)
        .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()))
        .collect();
    lines.sort_unstable();
    lines
}

fn cases() -> Vec<Case> {
    const JSON: &[(&str, &str)] = &[("content-type", "application/json")];
    let none = Bytes::new;
    let text = Bytes::from_static;
    let mut cases: Vec<Case> = vec![
        (
            "GET /api/about?a=1&a=2&b=%C3%A9+x",
            &[("x", "1"), ("x", "2"), ("cookie", "a=1; b=%20")],
            none(),
        ),
        (
            "GET /api/about/a%2Fb%20%C3%A9%25?q=%2F",
            &[("x-empty", "")],
            none(),
        ),
        ("GET /API/About/7", &[], none()),
        ("DELETE /api/about", &[], none()),
        ("OPTIONS /api/about", &[], none()),
        ("PATCH /api/about", JSON, text(b"{\"id\":\"of the body\"}")),
        (
            "POST /api/about",
            &[("content-type", "text/plain")],
            text("é".as_bytes()),
        ),
        (
            "POST /api/about",
            &[("content-type", "application/octet-stream")],
            text(b"\x00\xFF"),
        ),
        (
            "POST /api/about",
            &[("x-forwarded-host", "evil"), ("te", "gzip")],
            none(),
        ),
        ("HEAD /api/about", &[], none()),
        ("HEAD /api/answer/200", &[], none()),
        (
            "POST /api/order",
            JSON,
            text(b"{\"item\":\"book\",\"amount\":2}"),
        ),
        (
            "POST /api/order",
            JSON,
            text(b"{\"item\":\"book\",\"amount\":\"x\"}"),
        ),
        ("POST /api/order", JSON, text(b"{\"item\":")),
        ("POST /api/order", JSON, text(b"\xFF")),
        ("POST /api/order", JSON, none()),
        ("GET /api/typed", &[], none()),
        ("POST /api/typed", JSON, text(b"null")),
        ("POST /api/typed", JSON, text(b"[]")),
        ("POST /api/text", &[], text("é".as_bytes())),
        ("POST /api/text", &[], text(b"\xFF")),
        ("POST /api/bytes", &[], text(b"\x00\xFF")),
        ("POST /api/bytes", &[], Bytes::from(vec![b'y'; 1 << 20])),
        ("GET /api/large", &[], none()),
        ("HEAD /api/large", &[], none()),
        ("GET /api/nothing", &[], none()),
        ("GET /api/perhaps", &[], none()),
        ("GET /api/empty", &[], none()),
        ("GET /api/bad_header", &[], none()),
        ("GET /api/fails", &[], none()),
        ("GET /api/panics", &[], none()),
        ("GET /api/panics_later", &[], none()),
        ("POST /api/two", &[], text(b"message")),
        ("GET /api/pieces", &[], none()),
        ("HEAD /api/empty", &[], none()),
        ("GET /api/events", &[], none()),
        (
            "POST /api/echo",
            &[("content-type", "text/x")],
            text(b"in and out"),
        ),
        ("POST /api/echo", &[], none()),
        ("POST /api/echo", &[], Bytes::from(vec![b'z'; 1 << 20])),
        ("POST /api/count", &[], Bytes::from(vec![b'z'; 100_000])),
        ("GET /api/zeros/1", &[], none()),
        ("GET /api/zeros/x", &[], none()),
        ("GET /api/site/home?x=1", &[], none()),
        ("POST /api/site/home", &[], text(b"body")),
        ("GET /api/site/a/b", &[], none()),
        ("GET /api/none", &[], none()),
    ];
    for status in [
        "200", "204", "205", "302", "304", "400", "404", "418", "500", "503", "599", "100", "600",
        "x",
    ] {
        let target = format!("GET /api/answer/{status}");
        cases.push((target.leak(), &[], none()));
    }
    cases
}

#[tokio::test]
async fn both_ways_have_the_same_results() {
    let mut forwarded = Scene::new(true).await;
    let mut whole = Scene::new(false).await;
    let mut differences = String::new();
    for case in cases() {
        let what = format!("{} {:?}", case.0, case.1);
        let one = forwarded.call(case.clone()).await;
        let other = whole.call(case).await;
        if one != other {
            let _ = write!(
                differences,
                "{what}:\n  forwarded: {one:.300?}\n  whole:     {other:.300?}\n"
            );
        }
    }
    assert!(differences.is_empty(), "{differences}");
    forwarded.app.stop().await;
    whole.app.stop().await;
}

/// Equal results can both be wrong: these are what they have to be.
#[tokio::test]
async fn results_are_right() {
    let mut scene = Scene::new(true).await;
    let mut results = String::new();
    for target in [
        "GET /api/about/a%2Fb?q=%2F",
        "GET /api/answer/418",
        "GET /api/nothing",
        "GET /api/fails",
        "POST /api/order",
        "GET /api/pieces",
        "GET /api/site/home",
        "POST /api/site/home",
    ] {
        let outcome = scene
            .call((target, &[("user-agent", "test")], Bytes::new()))
            .await;
        let _ = write!(
            results,
            "{target}: {} {:?}\n{:?} {:?}\n{}\n\n",
            outcome.status,
            outcome.headers,
            outcome.end.map(|(kind, exception)| (
                kind,
                exception.map(|text| text.lines().take(2).collect::<Vec<_>>().join(" "))
            )),
            outcome.logs,
            String::from_utf8_lossy(&outcome.body)
        );
    }
    expect_test::expect![[r#"
        GET /api/about/a%2Fb?q=%2F: 200 ["content-length: 158", "content-type: text/plain; charset=utf-8"]
        Some((Succeeded, None)) []
        GET http://HOST/api/about/a%2Fb?q=%2F
        uri: http://HOST/api/about/a%2Fb?q=%2F
        id: Some("a%2Fb")
        query: [("q", "/")]
        cookies: []
        host: HOST
        user-agent: test
        b""

        GET /api/answer/418: 418 ["content-length: 3", "content-type: text/html", "set-cookie: full=v; SameSite=None; Secure; Path=/; Domain=example.org; Max-Age=9", "set-cookie: plain=a%20b%3B%C3%A9; Path=/", "set-cookie: raw=%C3%A9; HttpOnly; Path=/p", "x: 1, 2"]
        Some((Succeeded, None)) []
        <p>

        GET /api/nothing: 204 []
        Some((Succeeded, None)) []


        GET /api/fails: 500 ["content-length: 0"]
        Some((Failed, Some("Result: Failure Exception: no luck"))) []


        POST /api/order: 400 ["content-length: 97", "content-type: application/json"]
        Some((Succeeded, None)) []
        {"error":"the request needs a body; one that is sent without a `content-length` does not arrive"}

        GET /api/pieces: 200 []
        Some((Succeeded, None)) ["piece 1", "piece 2", "piece 3"]
        1
        2
        3


        GET /api/site/home: 200 ["content-type: text/plain; charset=utf-8"]
        Some((Succeeded, None)) []
        /api/site/home by Some("site") at Some("home")

        POST /api/site/home: 405 ["allow: GET,HEAD"]
        Some((Succeeded, None)) []


    "#]].assert_eq(&results);
    scene.app.stop().await;
}
