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
        let finding = Finding::error(&error.function, &error.message);
        findings.push(match remedy(&error.message) {
            Some(hint) => finding.hint(hint),
            None => finding,
        });
    }
    let host_json = host_json::read(&config.directory);
    findings.extend(bundle::check(listing, host_json.as_ref()));
    findings.extend(host_json.iter().flat_map(host_json::check));
    findings.extend(bindings::check(listing, config));
    findings
}

/// What to do about a function that the host refuses in words of its own.
fn remedy(message: &str) -> Option<&'static str> {
    const REMEDIES: &[(&str, &str)] = &[
        (
            "is not a valid function name",
            "begin with a letter, and go on with letters, digits, `_` and `-`",
        ),
        (
            "must be unique within the function app",
            "give one of them another name: `#[func(name = \"…\")]`",
        ),
        (
            "conflicts with the route",
            "give one of them another `route`, or other `methods`",
        ),
        (
            "was not recognized as a valid cron expression",
            "write six fields, such as `0 */5 * * * *`, or a time span `hh:mm:ss`",
        ),
        (
            "The binding name",
            "begin with a letter, and go on with letters and digits",
        ),
    ];
    let mut remedies = REMEDIES.iter();
    let (_, remedy) = remedies.find(|(part, _)| message.contains(part))?;
    Some(remedy)
}
