//! The addresses by which others can manage an instance.

use std::collections::BTreeMap;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;

use super::DurableClientError;
use crate::bindings::HttpResponse;

/// What the host says of the task hub: `bindings.md` 20.5. Every member can be `null`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Settings {
    pub(super) task_hub_name: Option<String>,
    pub(super) rpc_base_url: Option<String>,
    pub(super) max_grpc_message_size_in_bytes: Option<usize>,
    http_base_url: Option<String>,
    required_query_string_parameters: Option<String>,
    management_urls: Option<BTreeMap<String, Option<String>>>,
}

/// What stands for the id in the host's addresses.
const PLACE: &str = "INSTANCEID";

/// What is in an id as it is; the rest is escaped.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// The member with the address that tells the status.
const STATUS: &str = "statusQueryGetUri";

/// The members of the answer, and what follows the address of the instance in each.
const ACTIONS: [(&str, &str); 8] = [
    (STATUS, ""),
    ("sendEventPostUri", "/raiseEvent/{eventName}"),
    ("terminatePostUri", "/terminate?reason={text}"),
    ("rewindPostUri", "/rewind?reason={text}"),
    ("purgeHistoryDeleteUri", ""),
    ("restartPostUri", "/restart"),
    ("suspendPostUri", "/suspend?reason={text}"),
    ("resumePostUri", "/resume?reason={text}"),
];

impl Settings {
    /// Those of a host on this machine that asks for no key.
    pub(super) fn local() -> Self {
        Self {
            http_base_url: Some("http://localhost:7071/runtime/webhooks/durabletask".to_owned()),
            ..Self::default()
        }
    }

    /// The addresses by which an instance can be managed, by their names in the host's own answers.
    pub(super) fn urls(
        &self,
        id: &str,
    ) -> Result<BTreeMap<&'static str, String>, DurableClientError> {
        let escaped = utf8_percent_encode(id, ESCAPED).to_string();
        let given = |name: &str| self.management_urls.as_ref()?.get(name)?.as_deref();
        let base = self.http_base_url.as_deref();
        let base = base.map(|base| base.trim_end_matches('/'));
        let query = self.required_query_string_parameters.as_deref();
        let query = query.filter(|query| !query.is_empty());
        let mut urls = BTreeMap::new();
        for (name, action) in ACTIONS {
            let url = match (given(name), base) {
                (Some(template), _) => template.replace(PLACE, &escaped),
                (None, Some(base)) => {
                    let mut url = format!("{base}/instances/{escaped}{action}");
                    if let Some(query) = query {
                        url.push(if url.contains('?') { '&' } else { '?' });
                        url.push_str(query);
                    }
                    url
                }
                (None, None) => continue,
            };
            urls.insert(name, url);
        }
        if urls.is_empty() {
            return Err(DurableClientError::Binding(
                "the host does not say where instances are managed".to_owned(),
            ));
        }
        urls.insert("id", id.to_owned());
        Ok(urls)
    }

    /// The response that tells a client where to ask for the status.
    pub(super) fn check_status(&self, id: &str) -> Result<HttpResponse, DurableClientError> {
        let urls = self.urls(id)?;
        let mut response = HttpResponse::builder().status(202).json(&urls);
        if let Some(status) = urls.get(STATUS) {
            response = response.header("location", status.as_str());
        }
        // As long as the extension says itself.
        Ok(response.header("retry-after", "10").finish())
    }
}
