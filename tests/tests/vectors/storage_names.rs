//! Which container, blob, queue and table names the host accepts, and why it refuses the others.

use azure_functions_host::blob_path::BlobPath;
use azure_functions_shared::storage_name;
use serde::Deserialize;

use crate::support::{Difference, Outcome, rows};

#[derive(Debug, Deserialize)]
struct Row {
    check: String,
    name: Option<String>,
    ok: bool,
    error: Option<String>,
    parsed: Option<String>,
}

const OTHER_SCRIPTS: &str =
    "the queue's name is part of a DNS name: the storage service refuses what is not ASCII";
const NO_CONTAINER: &str =
    "a path without a container fails at the first use; ours is refused at once";

const DIFFERENCES: &[Difference] = &[
    ("queue \"é12\"", OTHER_SCRIPTS),
    ("queue \"日本語\"", OTHER_SCRIPTS),
    ("queue \"١٢٣\"", OTHER_SCRIPTS),
    ("queue \"abcª\"", OTHER_SCRIPTS),
    ("queue \"ÉAB\"", OTHER_SCRIPTS),
    ("tableKey null", "a string of Rust is never null"),
    ("path \"file:///x/y\"", NO_CONTAINER),
    ("path \"c:/a\"", NO_CONTAINER),
    ("path \"/samples/a\"", NO_CONTAINER),
    ("blobAttribute \"/a\"", NO_CONTAINER),
    ("blobAttribute \"/\"", NO_CONTAINER),
    ("blobAttribute \"c:/a\"", NO_CONTAINER),
    ("blobAttribute \"abc:def\"", NO_CONTAINER),
];

/// Words of the host's errors, and words that ours has where the host says them.
const WORDS: &[(&str, &str)] = &[
    ("Invalid container name", "container name"),
    ("is too short", "1 to 1024"),
    ("is too long", "1 to 1024"),
    ("invalid suffix", "ends with `.` or `/`"),
    ("contain illegal characters", "contains `\\`"),
    ("null or empty", "3 to 63"),
    ("must be from 3 to 63", "3 to 63"),
    ("may not be the first or last", "begins or ends"),
    ("must be all lower case", "upper-case"),
    ("can contain only letters", "not an ASCII letter"),
    ("consecutive dash", "in a row"),
    ("valid name for an Azure table", "table name"),
    ("partition key or row key", "partition or row key"),
    ("Illegal blob path", "blob path"),
    ("Blob path can't be null", "container name"),
    ("must not be null", "container name"),
    ("Value cannot be null", "container name"),
    ("Blob identifiers must be", "`container/blob`"),
    ("missing container information", "container"),
];

#[test]
fn storage_names() {
    let mut outcome = Outcome::new();
    for row in rows::<Row>("storage-names.jsonl") {
        let key = match &row.name {
            Some(name) => format!("{} {name:?}", row.check),
            None => format!("{} null", row.check),
        };
        outcome.case(key, difference(&row));
    }
    outcome.finish(DIFFERENCES);
}

fn difference(row: &Row) -> Option<String> {
    let name = row.name.as_deref().unwrap_or_default();
    let result = match row.check.as_str() {
        "container" => storage_name::container(name).map_err(|error| error.to_string()),
        "blob" => storage_name::blob(name).map_err(|error| error.to_string()),
        "queue" => storage_name::queue(name).map_err(|error| error.to_string()),
        "table" => storage_name::table(name).map_err(|error| error.to_string()),
        "tableKey" => storage_name::table_key(name).map_err(|error| error.to_string()),
        "blobAttribute" => storage_name::blob_path(name).map_err(|error| error.to_string()),
        "path" => match BlobPath::parse(name) {
            Ok(path) if Some(path.to_string()) != row.parsed => {
                return Some(format!("parsed as {path}"));
            }
            Ok(_) => Ok(()),
            Err(error) => Err(error.to_string()),
        },
        other => panic!("unknown check {other}"),
    };
    match (result, &row.error) {
        (Ok(()), None) if row.ok => None,
        (Err(ours), Some(theirs)) => {
            let (_, words) = WORDS
                .iter()
                .find(|(host, _)| theirs.contains(host))
                .unwrap_or_else(|| panic!("no words for {theirs}"));
            (!ours.contains(words)).then(|| format!("{ours}; the host: {theirs}"))
        }
        (ours, theirs) => Some(format!("{ours:?}; the host: {theirs:?}")),
    }
}
