//! What is wrong with an app, or may be, before the host finds out.

mod bindings;
mod bundle;
mod host_json;

use azure_functions_host::{Config, Listing};

use crate::finding::Finding;

/// Looks at everything.
pub(crate) fn check(listing: &Listing, config: &Config) -> Vec<Finding> {
    let mut findings = Vec::new();
    if let Some(fatal) = &listing.fatal {
        findings.push(Finding::error("app", fatal.to_string()));
    }
    for error in &listing.refused {
        findings.push(Finding::error(&error.function, &error.message));
    }
    let host_json = host_json::read(&config.directory);
    findings.extend(bundle::check(listing, host_json.as_ref()));
    findings.extend(host_json.iter().flat_map(host_json::check));
    findings.extend(bindings::check(listing, config));
    findings
}
