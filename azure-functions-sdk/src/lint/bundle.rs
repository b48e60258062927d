//! The extension bundle of `host.json` against the types of the bindings.

use std::collections::BTreeSet;

use azure_functions_host::Listing;
use serde_json::Value;

use crate::finding::Finding;

const GENERAL: &str = "Microsoft.Azure.Functions.ExtensionBundle";
/// What `cargo func new-app` writes.
const RANGE: &str = "[4.*, 5.0.0)";

/// Types that need no bundle, in lower case.
const BUILT_IN: &[&str] = &["http", "httptrigger", "timertrigger", "warmuptrigger"];

/// Types that only the general bundle has, in lower case.
const ONLY_GENERAL: &[&str] = &[
    "table",
    "webpubsub",
    "webpubsubconnection",
    "webpubsubcontext",
    "webpubsubrequest",
    "webpubsubtrigger",
];

/// Types that only the bundles `Preview` and `Experimental` have, in lower case.
const ONLY_PREVIEW: &[&str] = &[
    "assistantcreate",
    "assistantpost",
    "assistantquery",
    "assistantskilltrigger",
    "authenticationeventstrigger",
    "connectortrigger",
    "cosmosdbmongo",
    "cosmosdbmongotrigger",
    "embeddings",
    "embeddingsstore",
    "kusto",
    "semanticsearch",
    "socketio",
    "socketionegotiation",
    "socketiotrigger",
    "textcompletion",
];

/// Looks at the bundle.
pub(super) fn check(listing: &Listing, host_json: Option<&Value>) -> Vec<Finding> {
    let kinds: BTreeSet<&str> = listing
        .functions
        .iter()
        .flat_map(|function| &function.bindings)
        .map(|binding| binding.kind.as_str())
        .collect();
    let needing: Vec<&str> = kinds
        .iter()
        .copied()
        .filter(|kind| !is_of(kind, BUILT_IN))
        .collect();
    let Some(first) = needing.first() else {
        return Vec::new();
    };
    let member = |name: &str| {
        let bundle = host_json?
            .as_object()?
            .iter()
            .find(|(own, _)| own.eq_ignore_ascii_case("extensionBundle"));
        let mut members = bundle?.1.as_object()?.iter();
        members
            .find(|(own, _)| own.eq_ignore_ascii_case(name))?
            .1
            .as_str()
    };
    let (Some(id), Some(version)) = (member("id"), member("version")) else {
        let text = format!(
            "`{first}` is no part of the host, and there is no `extensionBundle` that has it"
        );
        return vec![error(text).hint(format!(
            "add `\"extensionBundle\": {{ \"id\": \"{GENERAL}\", \"version\": \"{RANGE}\" }}`"
        ))];
    };
    let mut findings = Vec::new();
    let is_general = id.eq_ignore_ascii_case(GENERAL);
    for kind in &needing {
        if is_general && is_of(kind, ONLY_PREVIEW) {
            findings.push(
                error(format!("the bundle `{id}` has no `{kind}`")).hint(format!(
                    "write `{GENERAL}.Preview` for the `id` of the bundle"
                )),
            );
        } else if !is_general && is_of(kind, ONLY_GENERAL) {
            findings.push(
                error(format!("the bundle `{id}` has no `{kind}`"))
                    .hint(format!("write `{GENERAL}` for the `id` of the bundle")),
            );
        }
    }
    findings.extend(check_version(version, &needing));
    findings
}

fn check_version(version: &str, needing: &[&str]) -> Option<Finding> {
    let hint = format!("write `\"version\": \"{RANGE}\"`");
    let Some(major) = highest_major(version) else {
        return Some(
            error(format!(
                "the `version` of the bundle, `{version}`, is no range of versions"
            ))
            .hint(hint),
        );
    };
    if major >= 4 {
        return None;
    }
    let text = format!("the bundle's versions `{version}` end before 4");
    let old = needing
        .iter()
        .find(|kind| kind.to_ascii_lowercase().starts_with("cosmosdb"));
    Some(match old {
        Some(kind) => error(format!("{text}, and know other properties of a `{kind}`")).hint(hint),
        None => Finding::warning("host.json", format!("{text}, which is no longer supported"))
            .hint(hint),
    })
}

/// The highest major version in a range such as `[4.*, 5.0.0)`.
fn highest_major(range: &str) -> Option<u32> {
    let range = range.trim();
    let inner = range
        .trim_start_matches(['[', '('])
        .trim_end_matches([']', ')']);
    let major = |version: &str| version.trim().split('.').next()?.parse::<u32>().ok();
    let Some((low, high)) = inner.split_once(',') else {
        return major(inner);
    };
    let low = major(low)?;
    if high.trim().is_empty() {
        return Some(u32::MAX);
    }
    let zeros = high.trim().split('.').skip(1).all(|part| part == "0");
    let high = major(high)?;
    let high = if range.ends_with(')') && zeros {
        high.checked_sub(1)?
    } else {
        high
    };
    (high >= low).then_some(high)
}

fn is_of(kind: &str, kinds: &[&str]) -> bool {
    kinds.contains(&&*kind.to_ascii_lowercase())
}

fn error(text: String) -> Finding {
    Finding::error("host.json", text)
}

#[cfg(test)]
mod tests {
    use super::highest_major;

    #[test]
    fn ranges() {
        for (range, expected) in [
            ("[4.*, 5.0.0)", Some(4)),
            ("[4.0.0, 5.0.0)", Some(4)),
            ("[3.*, 4.0.0)", Some(3)),
            ("[3.3.0, 4.2.0)", Some(4)),
            ("[4.*, )", Some(u32::MAX)),
            ("4.*", Some(4)),
            ("[1.*, 2.0.0]", Some(2)),
            ("[5.*, 4.0.0)", None),
            ("latest", None),
            ("", None),
        ] {
            assert_eq!(highest_major(range), expected, "{range}");
        }
    }
}
