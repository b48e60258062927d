//! An app for the tests of HTTP on both ways: with `WHOLE=1` the host sends whole messages, else it forwards requests.

#![expect(clippy::panic, reason = "it is what a test is about")]

use std::{process::ExitCode, time::Duration};

use axum::{Router, routing::get};
use azure_functions::{
    App, BoxError, Bytes, Context, Json, Mount,
    bindings::{
        BodyStream, HttpRequest, HttpResponse, QueueMessage, ServerSentEvent, http::Params,
    },
    cookie::{self, Cookie, SameSite},
    func,
    http::{Request, Response, StatusCode, header},
};
use futures::stream;
use serde::{Deserialize, Serialize};

fn main() -> ExitCode {
    let router = Router::new()
        .route("/api/site/{name}", get(site))
        .fallback(|| async { (StatusCode::NOT_FOUND, "the router has no such page") });
    App::new()
        .http_streaming(azure_functions::env::var("WHOLE").is_none())
        .http_body_limit(2 << 20)
        .mount(
            "site",
            Mount::new(router)
                .route("site/{*path}")
                .methods(["get", "post"])
                .auth_level("anonymous"),
        )
        .run()
}

/// A page that knows of its invocation.
async fn site(request: Request<axum::body::Body>) -> String {
    let context = request.extensions().get::<Context>();
    let params = request.extensions().get::<Params>();
    format!(
        "{} by {:?} at {:?}",
        request.uri().path(),
        context.map(Context::function_name),
        params.and_then(|params| params.get("path")),
    )
}

/// All that a function can see of a request.
#[func]
fn about(
    #[binding(route = "about/{id?}", auth_level = "anonymous")] request: &HttpRequest,
) -> String {
    let host = request.header("host").unwrap_or_default();
    let mut headers: Vec<_> = request
        .headers()
        .iter()
        // What is between client and host, or host and worker, is not for the function.
        .filter(|(name, _)| !["connection", "te", "transfer-encoding"].contains(&name.as_str()))
        .filter(|(name, _)| !name.as_str().starts_with("x-forwarded-"))
        .map(|(name, value)| format!("{name}: {}", String::from_utf8_lossy(value.as_bytes())))
        .collect();
    headers.sort_unstable();
    let text = format!(
        "{} {}\nuri: {}\nid: {:?}\nquery: {:?}\ncookies: {:?}\n{}\n{:?}",
        request.method(),
        request.url(),
        request.uri(),
        request.route_param("id"),
        request.query().iter().collect::<Vec<_>>(),
        request
            .cookies()
            .iter()
            .map(Cookie::name_value)
            .collect::<Vec<_>>(),
        headers.join("\n"),
        request.body_bytes(),
    );
    text.replace(host, "HOST")
}

#[derive(Debug, Deserialize, Serialize)]
struct Order {
    item: String,
    amount: u32,
}

#[func]
fn order(#[binding(auth_level = "anonymous")] Json(order): Json<Order>) -> Json<Order> {
    Json(order)
}

#[func]
fn typed(#[binding(auth_level = "anonymous")] request: &HttpRequest<Option<Order>>) -> String {
    format!("{:?}", request.body())
}

#[func]
fn text(#[binding(auth_level = "anonymous")] request: HttpRequest<String>) -> String {
    request.into_body()
}

#[func]
fn bytes(#[binding(auth_level = "anonymous")] request: HttpRequest) -> Bytes {
    request.into_body()
}

/// Any status, with headers and cookies of all kinds.
#[func]
fn answer(
    #[binding(route = "answer/{status}", auth_level = "anonymous")] request: &HttpRequest,
) -> HttpResponse {
    let status: u16 = request
        .route_param("status")
        .unwrap_or_default()
        .parse()
        .unwrap_or(0);
    HttpResponse::builder()
        .status(status)
        .header("x", "1")
        .header("x", "2")
        .header("content-length", "99")
        .header("content-type", "text/html")
        .header("set-cookie", "raw=%C3%A9; Path=/p; HttpOnly")
        .cookie(Cookie::new("plain", "a b;é"))
        .cookie(
            Cookie::build(("full", "v"))
                .domain("example.org")
                .secure(true)
                .max_age(cookie::time::Duration::seconds(9))
                .same_site(SameSite::None),
        )
        .body("<p>")
        .finish()
}

#[func]
fn nothing(#[binding(auth_level = "anonymous")] _request: HttpRequest) {}

#[func]
fn perhaps(#[binding(auth_level = "anonymous")] _request: HttpRequest) -> Option<HttpResponse> {
    None
}

#[func]
fn empty(#[binding(auth_level = "anonymous")] _request: HttpRequest) -> HttpResponse {
    StatusCode::ACCEPTED.into()
}

#[func]
fn bad_header(#[binding(auth_level = "anonymous")] _request: HttpRequest) -> HttpResponse {
    HttpResponse::builder().header("x", "a\nb").finish()
}

#[func]
fn fails(#[binding(auth_level = "anonymous")] _request: HttpRequest) -> Result<String, BoxError> {
    Err("no luck".into())
}

#[func]
fn panics(#[binding(auth_level = "anonymous")] _request: HttpRequest) -> String {
    panic!("oh no")
}

#[func]
async fn panics_later(#[binding(auth_level = "anonymous")] _request: HttpRequest) -> String {
    tokio::time::sleep(Duration::from_millis(1)).await;
    panic!("oh no")
}

/// Two outputs: the response is the second.
#[func]
#[binding(name = "$return", queue_name = "items")]
fn two(
    #[binding(auth_level = "anonymous")] request: &HttpRequest<String>,
) -> (QueueMessage, String) {
    (request.body().clone().into(), "queued".to_owned())
}

#[func]
fn large(#[binding(auth_level = "anonymous")] _request: HttpRequest) -> Vec<u8> {
    vec![b'x'; 1 << 20]
}

/// A response in pieces; of each a line is logged.
#[func]
fn pieces(#[binding(auth_level = "anonymous")] _request: HttpRequest) -> HttpResponse {
    HttpResponse::stream(stream::iter((1..=3).map(|number| {
        tracing::info!("piece {number}");
        Ok::<_, BoxError>(format!("{number}\n"))
    })))
}

#[func]
fn events(#[binding(auth_level = "anonymous")] _request: HttpRequest) -> HttpResponse {
    HttpResponse::events(stream::iter(
        ["one", "two"].map(|text| Ok::<_, BoxError>(ServerSentEvent::data(text))),
    ))
}

#[func]
fn echo(#[binding(auth_level = "anonymous")] request: Request<BodyStream>) -> Response<BodyStream> {
    let mut response = Response::new(BodyStream::default());
    let kind = request.headers().get("content-type").cloned();
    response
        .headers_mut()
        .extend(kind.map(|kind| (header::CONTENT_TYPE, kind)));
    *response.body_mut() = request.into_body();
    response
}

/// Counts the bytes of an upload.
#[func]
async fn count(
    #[binding(auth_level = "anonymous")] request: HttpRequest<BodyStream>,
) -> Result<String, BoxError> {
    let mut body = request.into_body();
    let mut length = 0_u64;
    while let Some(chunk) = body.chunk().await? {
        length += chunk.len() as u64;
    }
    Ok(length.to_string())
}

/// As many MiB of nothing as the path says.
#[func]
fn zeros(
    #[binding(route = "zeros/{mib}", auth_level = "anonymous")] request: &HttpRequest,
) -> Result<HttpResponse, BoxError> {
    static CHUNK: [u8; 1 << 16] = [0; 1 << 16];
    let mib: usize = request.route_param("mib").unwrap_or_default().parse()?;
    let chunk = || Ok::<_, BoxError>(Bytes::from_static(&CHUNK));
    Ok(HttpResponse::stream(stream::iter(
        (0..mib * 16).map(move |_| chunk()),
    )))
}

#[func]
fn process(#[binding(auth_level = "anonymous")] _request: HttpRequest) -> String {
    std::process::id().to_string()
}
