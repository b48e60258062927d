//! The addresses by which a client manages an instance.

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::Response,
};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::json;

use super::{
    super::{CONNECTION, Durable, WEBHOOK},
    Api, page,
};

/// What an id may not have in an address.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'@')
    .remove(b':');

/// After how many seconds a client may ask for the first time, and again.
const FIRST_LOOK: &str = "10";
const NEXT_LOOK: &str = "5";

impl Api<'_> {
    /// The answer of a start: where to look, and what else can be done.
    pub(super) fn started(&self, id: &str) -> Response {
        let hub = &self.ground.settings.durable.hub_name;
        let base = self.base();
        let Durable { key, .. } = &self.ground.durable;
        let written = utf8_percent_encode(id, ESCAPED);
        let address = |rest: &str, query: &str| {
            format!(
                "{base}/runtime/webhooks/{WEBHOOK}/instances/{written}{rest}?{query}taskHub={hub}&connection={CONNECTION}&{key}"
            )
        };
        let status = address("", "");
        let body = json!({
            "id": id,
            "statusQueryGetUri": status,
            "sendEventPostUri": address("/raiseEvent/{eventName}", ""),
            "terminatePostUri": address("/terminate", "reason={text}&"),
            "purgeHistoryDeleteUri": address("", ""),
            "restartPostUri": address("/restart", ""),
            "suspendPostUri": address("/suspend", "reason={text}&"),
            "resumePostUri": address("/resume", "reason={text}&"),
        });
        look_at(page(StatusCode::ACCEPTED, &body), &status, FIRST_LOOK)
    }

    /// An answer to a client that is to look again at the same place.
    pub(super) fn look_again(&self, response: Response) -> Response {
        let address = format!("{}{}", self.base(), self.hook.request.uri());
        look_at(response, &address, NEXT_LOOK)
    }

    /// The address by which the client knows the host.
    fn base(&self) -> String {
        let host = self.hook.request.headers().get(header::HOST);
        match host.and_then(|host| host.to_str().ok()) {
            Some(host) => format!("http://{host}"),
            None => format!("http://{}", self.ground.durable.http),
        }
    }
}

/// Says to a client where to look, and when.
fn look_at(mut response: Response, address: &str, after: &'static str) -> Response {
    let headers = response.headers_mut();
    if let Ok(address) = HeaderValue::try_from(address) {
        headers.insert(header::LOCATION, address);
    }
    headers.insert(header::RETRY_AFTER, HeaderValue::from_static(after));
    response
}
