//! Requests as the host sends them.

use std::{collections::HashMap, fmt::Debug};

use ::http::Method;
use azure_functions_shared::rpc::{self, NullableString, RpcClaim, RpcClaimsIdentity, RpcHttp};
use bytes::Bytes;
use cookie::Cookie;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::json;

use crate::{
    Argument, BindError, Data, FromTrigger, Json, Trigger,
    bindings::{
        http::{Claim, HttpRequest, Identity, cookies},
        recorded::{self, Recorded},
    },
};

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Order {
    lines: Vec<Line>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Line {
    amount: u32,
}

fn bind<T: FromTrigger>(http: RpcHttp) -> Result<T, BindError> {
    T::from_trigger(Data::http(http), &Trigger::default())
}

fn with_body(data: rpc::Data) -> RpcHttp {
    RpcHttp {
        method: "POST".to_owned(),
        url: "http://localhost/api/x".to_owned(),
        body: Some(Box::new(data.into())),
        ..RpcHttp::default()
    }
}

#[track_caller]
fn check_body<T: DeserializeOwned + Debug + PartialEq + 'static>(
    http: RpcHttp,
    expected: Result<T, &str>,
) {
    let body = bind::<HttpRequest<T>>(http).map(HttpRequest::into_body);
    assert_eq!(
        body.map_err(|error| error.to_string()),
        expected.map_err(str::to_owned)
    );
}

const NO_BODY: &str =
    "the request needs a body; one that is sent without a `content-length` does not arrive";

#[test]
fn bodies() {
    let bytes = |bytes: &'static [u8]| with_body(rpc::Data::Bytes(bytes.into()));
    let order = Order {
        lines: vec![Line { amount: 2 }],
    };
    check_body(bytes(b"\xff"), Ok(Bytes::from_static(b"\xff")));
    check_body(bytes(b"hi"), Ok("hi".to_owned()));
    check_body(bytes(b"{\"lines\":[{\"amount\":2}]}"), Ok(order));
    check_body(bytes(b"\"hi\""), Ok("\"hi\"".to_owned()));
    check_body(bytes(b"\"hi\""), Ok(Json("hi".to_owned())));
    check_body(with_body(rpc::Data::String("3".into())), Ok(3_u8));
    check_body(with_body(rpc::Data::Json("[3]".into())), Ok(json!([3])));
    check_body(with_body(rpc::Data::Int(3)), Ok(3_u8));
    // A host that reads JSON itself sends what it had read beside it.
    check_body(
        RpcHttp {
            raw_body: Some(Box::new(rpc::Data::String("{ \"a\": 1 }".into()).into())),
            ..with_body(rpc::Data::Json("{\"a\":1}".into()))
        },
        Ok("{ \"a\": 1 }".to_owned()),
    );

    let none = || RpcHttp {
        body: None,
        ..bytes(b"")
    };
    check_body(none(), Ok(Bytes::new()));
    check_body(bytes(b""), Ok(String::new()));
    check_body(none(), Ok(None::<Order>));
    check_body(bytes(b""), Ok(None::<String>));
    check_body::<Order>(none(), Err(NO_BODY));
    check_body::<Order>(
        bytes(b"{\"lines\":[{\"amount\":\"x\"}]}"),
        Err("`lines[0].amount`: invalid type: string \"x\", expected u32 at line 1 column 23"),
    );
    check_body::<String>(
        bytes(b"\xff"),
        Err("the body is not UTF-8 (invalid utf-8 sequence of 1 bytes from index 0)"),
    );
    check_body::<Bytes>(RpcHttp::default(), Err("`` is not the method of a request"));
    assert_eq!(
        HttpRequest::<Bytes>::from_trigger(Data::text("x"), &Trigger::default())
            .unwrap_err()
            .to_string(),
        "expected an HTTP request, found a text"
    );
}

/// What the function's parameter answers for a body that it does not take.
#[track_caller]
fn check_rejection<T: Argument<Via>, Via>(error: &str) {
    let (output, data) = T::reject(&BindError::new(error.to_owned())).unwrap();
    assert_eq!(output, "http");
    let http = super::sent(data);
    assert_eq!(http.status_code, "400");
    assert_eq!(
        http.headers.get("content-type").map(String::as_str),
        Some("application/json")
    );
    let body: serde_json::Value = Data::from_wire(&http.body.unwrap()).decode().unwrap();
    assert_eq!(body, json!({ "error": error }));
}

#[test]
fn rejections() {
    check_rejection::<HttpRequest<Order>, _>("`amount`: \"no\"");
    check_rejection::<Json<Order>, _>("");
}

#[test]
fn json_parameter() {
    let http = with_body(rpc::Data::Bytes("{\"lines\":[]}".into()));
    let Json(order) = bind::<Json<Order>>(http).unwrap();
    assert_eq!(order, Order { lines: Vec::new() });
    let http = with_body(rpc::Data::Bytes("\"hi\"".into()));
    assert_eq!(bind::<Json<String>>(http).unwrap().0, "hi");
    assert_eq!(
        bind::<Json<String>>(with_body(rpc::Data::Bytes("hi".into())))
            .unwrap_err()
            .to_string(),
        "expected value at line 1 column 1"
    );
    let none = with_body(rpc::Data::Bytes(Bytes::new()));
    assert_eq!(
        bind::<Json<Order>>(none.clone()).unwrap_err().to_string(),
        NO_BODY
    );
    assert_eq!(bind::<Json<Option<Order>>>(none).unwrap().0, None);
}

#[track_caller]
fn check_query(url: &str, expected: &[(&str, &str)]) {
    let request = HttpRequest::get(url);
    let query: Vec<_> = request.query().iter().collect();
    assert_eq!(query, expected, "{url}");
}

#[derive(Debug, PartialEq, Deserialize)]
struct Search {
    a: Vec<u8>,
    #[serde(rename = "Page")]
    page: Option<u8>,
}

#[test]
fn queries() {
    check_query("/api/x", &[]);
    check_query("/api/x?", &[]);
    check_query("/api/x?&&", &[]);
    check_query("/api/x?a", &[("a", "")]);
    check_query("/api/x?a=b=c&=d", &[("a", "b=c"), ("", "d")]);
    check_query(
        "http://h/api/x?a=1&b=%20+%C3%A9&a=2&A=3#a=4",
        &[("a", "1"), ("b", "  é"), ("a", "2"), ("A", "3")],
    );
    check_query("/api/x?a=%ff&b=%zz", &[("a", "\u{fffd}"), ("b", "%zz")]);

    let request = HttpRequest::get("/api/x?a=1&a=2&Page=3&q=x&Q=y");
    assert_eq!(request.query_param("a"), Some("1"));
    assert_eq!(request.query().get_all("a").collect::<Vec<_>>(), ["1", "2"]);
    assert_eq!(request.query_param("page"), Some("3"));
    assert_eq!(request.query_param("Q"), Some("y"));
    assert_eq!(request.query_param("none"), None);

    assert_eq!(
        request.query_as::<Search>().unwrap(),
        Search {
            a: vec![1, 2],
            page: Some(3)
        }
    );
    assert_eq!(
        HttpRequest::get("/?a=1&Page=x")
            .query_as::<Search>()
            .unwrap_err()
            .to_string(),
        "`Page`: invalid digit found in string"
    );
    assert_eq!(
        HttpRequest::get("/")
            .query_as::<HashMap<String, String>>()
            .unwrap(),
        HashMap::new()
    );
}

#[test]
fn forms() {
    #[derive(Debug, PartialEq, Deserialize)]
    struct Form {
        name: String,
        tag: Vec<String>,
    }
    let request = HttpRequest::post("/").with_bytes("name=J%C3%BCrgen+X&tag=a&tag=b");
    assert_eq!(
        request.form::<Form>().unwrap(),
        Form {
            name: "Jürgen X".to_owned(),
            tag: vec!["a".to_owned(), "b".to_owned()]
        }
    );
    assert_eq!(
        HttpRequest::post("/")
            .with_bytes("tag=a")
            .form::<Form>()
            .unwrap_err()
            .to_string(),
        "missing field `name`"
    );
}

#[track_caller]
fn check_cookies(header: &str, expected: &[(&str, &str)]) {
    let cookies = cookies::parse(header);
    let cookies: Vec<_> = cookies.iter().map(Cookie::name_value).collect();
    assert_eq!(cookies, expected, "{header}");
}

#[test]
fn request_cookies() {
    check_cookies("", &[]);
    check_cookies(";;novalue; =x", &[("", "x")]);
    check_cookies("c=1; d=2", &[("c", "1"), ("d", "2")]);
    check_cookies("a=1,b=2", &[("a", "1"), ("b", "2")]);
    check_cookies("a=1,2; b=3", &[("a", "1,2"), ("b", "3")]);
    check_cookies("a=1,{x}=2", &[("a", "1,{x}=2")]);
    check_cookies("a=b=c", &[("a", "b=c")]);
    check_cookies("a=v%202%3Bx", &[("a", "v 2;x")]);
}

#[test]
fn building_a_request() {
    let request = HttpRequest::put("/api/a b/{x}?q=1")
        .with_header("X-Tag", "a")
        .with_header("x-tag", "b")
        .with_header("Cookie", "c=1")
        .with_header("bad name", "x")
        .with_route_param("id", "7")
        .with_identity(Identity {
            name_claim_type: Some("name".to_owned()),
            ..Identity::new([Claim::new("name", "Joe"), Claim::new("roles", "admin")])
        })
        .with_body(Order { lines: Vec::new() });
    assert_eq!(request.method(), Method::PUT);
    assert_eq!(request.uri().path(), "/api/a%20b/%7Bx%7D");
    assert_eq!(request.header("x-tag"), Some("a,b"));
    assert_eq!(request.headers().len(), 2);
    assert_eq!(request.cookie("c").map(Cookie::value), Some("1"));
    assert_eq!(request.route_param("ID"), Some("7"));
    assert_eq!(request.claims().count(), 2);
    assert_eq!(request.identities().first().unwrap().name(), Some("Joe"));
    assert_eq!(request.body_bytes(), "{\"lines\":[]}");
    assert_eq!(request.text().unwrap(), "{\"lines\":[]}");
    assert_eq!(&request.json::<Order>().unwrap(), request.body());
    let converted = ::http::Request::from(request);
    assert_eq!(converted.method(), Method::PUT);
    assert_eq!(converted.uri().query(), Some("q=1"));
    assert_eq!(converted.headers().len(), 2);
    assert_eq!(converted.body(), &Order { lines: Vec::new() });
    assert!(
        HttpRequest::post("/")
            .with_bytes(vec![0xff])
            .text()
            .is_err()
    );
    assert_eq!(HttpRequest::default().uri(), "/");
}

#[test]
fn keys_are_not_logged() {
    let request =
        HttpRequest::get("http://h/api/x?code=secret").with_header("x-functions-key", "secret");
    assert_eq!(request.query().len(), 1);
    let text = format!("{request:?} {:?}", request.query());
    assert!(!text.contains("secret"), "{text}");
    assert!(text.contains("/api/x"), "{text}");
}

#[test]
fn identities() {
    let text = |text: &str| Some(NullableString::from(text.to_owned()));
    let claim = |kind: &str, value: &str| RpcClaim {
        r#type: kind.to_owned(),
        value: value.to_owned(),
    };
    let request: HttpRequest = bind(RpcHttp {
        identities: vec![RpcClaimsIdentity {
            authentication_type: text("aad"),
            name_claim_type: Some(NullableString::default()),
            role_claim_type: text("roles"),
            claims: vec![
                claim("roles", "a"),
                claim("name", "Joe"),
                claim("roles", "b"),
            ],
        }],
        ..with_body(rpc::Data::Bytes(Bytes::new()))
    })
    .unwrap();
    let identity = request.identities().first().unwrap();
    assert_eq!(identity.authentication_type.as_deref(), Some("aad"));
    assert_eq!(identity.name(), None);
    assert_eq!(identity.roles().collect::<Vec<_>>(), ["a", "b"]);
}

fn recorded_requests(file: &str) -> Vec<HttpRequest> {
    recorded::inputs(file, "", "req")
        .into_iter()
        .map(|Recorded { data, trigger }| HttpRequest::from_trigger(data, &trigger).unwrap())
        .collect()
}

#[track_caller]
fn recorded_at<'a>(requests: &'a [HttpRequest], path: &str) -> &'a HttpRequest {
    requests
        .iter()
        .find(|request| request.url().ends_with(path))
        .unwrap_or_else(|| panic!("no request ends with {path}"))
}

#[test]
fn recordings() {
    // With and without the capabilities of this worker, the same requests were sent.
    for file in ["http-all.jsonl", "http-none.jsonl"] {
        let requests = recorded_requests(file);
        let request = recorded_at(&requests, "/7?name=Azure&name=again&empty=&enc=a%20b%26c");
        assert_eq!(request.method(), Method::GET);
        assert_eq!(
            request.query().iter().collect::<Vec<_>>(),
            [
                ("name", "Azure"),
                ("name", "again"),
                ("empty", ""),
                ("enc", "a b&c")
            ]
        );
        assert_eq!(request.route_param("id"), Some("7"));
        assert_eq!(request.header("x-custom"), Some("v1"));
        assert_eq!(request.cookie("d").map(Cookie::value), Some("2"));
        assert_eq!(request.identities().len(), 1);
        assert_eq!(request.claims().count(), 0);
        assert!(request.body().is_empty());

        let posted = |path: &str, index: usize| {
            requests
                .iter()
                .filter(|request| request.method() != Method::GET && request.url().ends_with(path))
                .nth(index)
                .unwrap()
        };
        assert_eq!(
            posted("/echo/1", 0).json::<serde_json::Value>().unwrap(),
            json!({"a": 1, "b": [1, 2.5, null, "x"]}),
            "{file}"
        );
        assert_eq!(posted("/echo/1", 1).text().unwrap(), "{broken");
        assert_eq!(posted("/echo/2", 0).text().unwrap(), "héllo");
        assert_eq!(
            posted("/echo/3", 0).body_bytes(),
            b"\0\x9f\x92\x96\xff".as_slice()
        );
        assert_eq!(
            posted("/echo/4", 0)
                .form::<HashMap<String, String>>()
                .unwrap(),
            [("a", "1"), ("b", "two")]
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .into()
        );
    }

    let requests = recorded_requests("responses.jsonl");
    let request = recorded_at(&requests, "?a=1&a=2&b=&c&=d&e=%20+x&A=3");
    assert_eq!(
        request.query().iter().collect::<Vec<_>>(),
        [
            ("a", "1"),
            ("a", "2"),
            ("b", ""),
            ("c", ""),
            ("", "d"),
            ("e", "  x"),
            ("A", "3")
        ]
    );
    let request = requests
        .iter()
        .find(|request| request.header("x-r").is_some())
        .unwrap();
    assert_eq!(request.header("x-r"), Some("1,2"));
    assert_eq!(request.header("x-lat"), Some("hé"));
    assert_eq!(request.header("x-empty"), Some(""));
    let names: Vec<_> = request.cookies().iter().map(Cookie::name_value).collect();
    assert_eq!(names, [("a", "1"), ("b", "2")]);
    assert!(
        requests
            .iter()
            .any(|request| request.method() == "PROPFIND")
    );
    let request = recorded_at(&requests, "?x=%ff");
    assert_eq!(request.route_param("rest"), Some("a%2Fb/c d/é/%E4"));
    assert_eq!(request.uri().path(), "/api/x/a%2Fb/c%20d/%C3%A9/%E4");
}
