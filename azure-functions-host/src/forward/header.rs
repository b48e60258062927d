//! The header of a forwarded message: what is left out, and what is added.

use http::{HeaderMap, HeaderName, HeaderValue, Uri, header, uri::PathAndQuery};

/// What is for one connection only, besides what the header `connection` names.
const HOP_BY_HOP: [HeaderName; 7] = [
    header::CONNECTION,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
    header::PROXY_AUTHENTICATE,
    header::PROXY_AUTHORIZATION,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
];

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// Makes the header of a client's request that of the request to the worker.
///
/// The real host does not replace an invocation id that the client sent, and so this does not.
pub(super) fn to_worker(headers: &mut HeaderMap, invocation_id: &str) {
    strip(headers);
    // This host has answered it.
    headers.remove(header::EXPECT);
    if let Ok(id) = HeaderValue::try_from(invocation_id) {
        let name = HeaderName::from_static(azure_functions_shared::names::INVOCATION_ID_HEADER);
        headers.entry(name).or_insert(id);
    }
    // The client that sends it names the worker there.
    if let Some(host) = headers.remove(header::HOST) {
        headers.insert(FORWARDED_HOST, host);
    } else {
        headers.remove(FORWARDED_HOST);
    }
    // This host listens nowhere else.
    headers.insert(FORWARDED_FOR, HeaderValue::from_static("127.0.0.1"));
    headers.insert(FORWARDED_PROTO, HeaderValue::from_static("http"));
}

/// Removes what is for one connection only.
pub(super) fn strip(headers: &mut HeaderMap) {
    let named: Vec<HeaderName> = headers
        .get_all(header::CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|name| HeaderName::try_from(name.trim()).ok())
        .filter(|name| name != header::TE)
        .collect();
    for name in HOP_BY_HOP.into_iter().chain(named) {
        headers.remove(name);
    }
    let trailers = headers
        .get_all(header::TE)
        .iter()
        .any(|value| value.as_bytes().eq_ignore_ascii_case(b"trailers"));
    headers.remove(header::TE);
    if trailers {
        headers.insert(header::TE, HeaderValue::from_static("trailers"));
    }
}

/// Where the worker gets a request: the percent signs of the path are encoded once more, the query is as it was.
pub(super) fn target(worker: &Uri, request: &Uri) -> Option<Uri> {
    let mut target = request.path().replace('%', "%25");
    if let Some(query) = request.query() {
        target.push('?');
        target.push_str(query);
    }
    let mut parts = worker.clone().into_parts();
    parts.path_and_query = Some(PathAndQuery::try_from(target).ok()?);
    Uri::from_parts(parts).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(lines: &[(&str, &str)]) -> HeaderMap {
        lines
            .iter()
            .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
            .collect::<Vec<(HeaderName, HeaderValue)>>()
            .into_iter()
            .fold(HeaderMap::new(), |mut headers, (name, value)| {
                headers.append(name, value);
                headers
            })
    }

    #[test]
    fn a_request_is_marked_and_loses_what_is_for_its_connection() {
        let mut seen = headers(&[
            ("host", "example.org"),
            ("connection", "keep-alive, X-Mine"),
            ("x-mine", "1"),
            ("keep-alive", "timeout=5"),
            ("te", "trailers"),
            ("transfer-encoding", "chunked"),
            ("expect", "100-continue"),
            ("x-forwarded-for", "1.2.3.4"),
            ("x-forwarded-proto", "https"),
            ("x", "1"),
            ("x", "2"),
        ]);
        to_worker(&mut seen, "id");
        let expected = headers(&[
            ("te", "trailers"),
            ("x", "1"),
            ("x", "2"),
            ("x-ms-invocation-id", "id"),
            ("x-forwarded-for", "127.0.0.1"),
            ("x-forwarded-host", "example.org"),
            ("x-forwarded-proto", "http"),
        ]);
        assert_eq!(seen, expected);
        // A client's own id stays, as with the real host.
        let mut seen = headers(&[("x-ms-invocation-id", "mine"), ("te", "gzip")]);
        to_worker(&mut seen, "id");
        assert_eq!(seen["x-ms-invocation-id"], "mine");
        assert!(!seen.contains_key("te"));
    }

    #[test]
    fn percent_signs_of_the_path_are_encoded_once_more() {
        let worker = Uri::from_static("http://127.0.0.1:1");
        for (request, expected) in [
            ("/api/a?b", "http://127.0.0.1:1/api/a?b"),
            ("/api/a%2Fb?c=%20", "http://127.0.0.1:1/api/a%252Fb?c=%20"),
        ] {
            let request = Uri::from_static(request);
            assert_eq!(target(&worker, &request).unwrap().to_string(), expected);
        }
    }
}
