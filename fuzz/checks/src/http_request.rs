//! `http_request`: a method, a target, header lines, an empty line and a body; forwarded, and in a message.

use azure_functions::{
    __private::{forwarded, wire_data},
    Bytes, Data, FromTrigger, Trigger,
    bindings::HttpRequest,
};
use azure_functions_host::wire::{Capabilities, request};
use azure_functions_shared::rpc;
use http::{Request, header, request::Parts};
use serde_json::Value;

/// A request is the same to a function, whichever way it comes.
///
/// # Panics
///
/// That is not so.
pub fn check(data: &[u8]) {
    let Some((parts, body)) = read(data) else {
        return;
    };
    let (whole, streamed) = (in_message(&parts, &body), forwarded(parts, [], body));
    both::<String>(&whole, &streamed);
    both::<Bytes>(&whole, &streamed);
    both::<Value>(&whole, &streamed);
    both::<Vec<u8>>(&whole, &streamed);
}

fn read(data: &[u8]) -> Option<(Parts, Bytes)> {
    let end = data.windows(2).position(|pair| pair == b"\n\n");
    let head = data.get(..end.unwrap_or(data.len()))?;
    let body = end.and_then(|end| data.get(end + 2..)).unwrap_or_default();
    let mut lines = head.split(|byte| *byte == b'\n');
    let mut request = Request::builder()
        .method(lines.next()?)
        .uri(lines.next()?)
        .header(header::HOST, "localhost")
        // A request without it has no body in a message, which the docs say.
        .header(header::CONTENT_LENGTH, body.len());
    for line in lines {
        let colon = line.iter().position(|byte| *byte == b':')?;
        let (name, value) = line.split_at_checked(colon)?;
        let name = header::HeaderName::from_bytes(name).ok()?;
        // Who forwards a request says in these what it was, and not its client.
        if name.as_str().starts_with("x-forwarded")
            || name == header::HOST
            || name == header::CONTENT_LENGTH
        {
            return None;
        }
        let value = value.get(1..)?.trim_ascii();
        // The host has text for a header's value, so it has to be text for a conversation about it.
        request = request.header(name, std::str::from_utf8(value).ok()?);
    }
    let (parts, ()) = request.body(()).ok()?.into_parts();
    parts
        .uri
        .path()
        .starts_with('/')
        .then(|| (parts, Bytes::copy_from_slice(body)))
}

/// As the host puts it into an invocation for our worker.
fn in_message(parts: &Parts, body: &Bytes) -> Data {
    let request = request::HttpRequest {
        parts,
        body,
        route_values: &[],
        scheme: "http",
    };
    let sent = [
        "RpcHttpBodyOnly",
        "RawHttpBodyBytes",
        "UseNullableValueDictionaryForHttp",
    ]
    .map(|name| (name.to_owned(), "true".to_owned()));
    let http = request.to_rpc(Capabilities::new(&sent.into_iter().collect()));
    wire_data(rpc::Data::Http(Box::new(http)).into())
}

fn both<T>(whole: &Data, streamed: &Data)
where
    HttpRequest<T>: FromTrigger,
    T: PartialEq + std::fmt::Debug,
{
    let read = |data: &Data| HttpRequest::<T>::from_trigger(data.clone(), &Trigger::default());
    let (whole, streamed) = match (read(whole), read(streamed)) {
        (Ok(whole), Ok(streamed)) => (whole, streamed),
        (Err(whole), Err(streamed)) => {
            assert_eq!(whole.to_string(), streamed.to_string());
            return;
        }
        (whole, streamed) => {
            let (whole, streamed) = (whole.is_ok(), streamed.is_ok());
            assert_eq!(whole, streamed, "one way fails");
            return;
        }
    };
    assert_eq!(whole.method(), streamed.method());
    assert_eq!(whole.body(), streamed.body());
    let query = |request: &HttpRequest<T>| {
        let mut query: Vec<(String, String)> = request
            .query()
            .iter()
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        query.sort();
        query
    };
    assert_eq!(query(&whole), query(&streamed));
    assert_eq!(whole.cookies(), streamed.cookies());
    for name in whole.headers().keys().chain(streamed.headers().keys()) {
        let (whole, streamed) = (whole.headers().get(name), streamed.headers().get(name));
        assert_eq!(whole, streamed, "{name}");
    }
}
