//! `docs/protocol.md` against the protocol, the announced capabilities, and the tests that it names.

use std::{fs, path::Path};

use anyhow::Context;

const TABLE: &str = "docs/protocol.md";
const PROTOCOL: &str = "protobuf/FunctionRpc.proto";
const HANDSHAKE: &str = "azure-functions/src/worker/handshake.rs";

/// Where the tests of a name's first segment are; those of the others are in `tests/tests`.
const CRATE: (&str, &str) = ("azure_functions", "azure-functions/src");

/// Reports what has no row, and tests that are not there.
pub(crate) fn check(root: &Path, faults: &mut Vec<String>) -> anyhow::Result<()> {
    let read = |file: &str| fs::read_to_string(root.join(file)).context(file.to_owned());
    let (table, protocol, handshake) = (read(TABLE)?, read(PROTOCOL)?, read(HANDSHAKE)?);
    let rows = rows(&table);
    let messages = variants(&protocol);
    let capabilities = capabilities(&handshake);
    if messages.is_empty() || capabilities.is_empty() {
        faults.push(format!("{TABLE}: neither messages nor capabilities were found; `xtask/src/protocol.rs` looks for them wrongly"));
    }
    for name in messages.iter().chain(&capabilities) {
        let row = rows.iter().find(|(row, _)| row == name);
        if row.is_none_or(|(_, rest)| names(rest).next().is_none()) {
            faults.push(format!(
                "{TABLE}: `{name}` must have a row that names a test"
            ));
        }
    }
    for name in names(&table) {
        if !exists(root, name) {
            faults.push(format!("{TABLE}: there is no test `{name}`"));
        }
    }
    Ok(())
}

/// The first cell of each row that begins with a code span, and the whole row.
fn rows(table: &str) -> Vec<(&str, &str)> {
    table
        .lines()
        .filter_map(|line| {
            let (name, rest) = line.strip_prefix("| `")?.split_once('`')?;
            Some((name, rest))
        })
        .collect()
}

/// The names of the variants of a `StreamingMessage`.
fn variants(protocol: &str) -> Vec<&str> {
    let oneof = protocol
        .split_once("message StreamingMessage {")
        .and_then(|(_, rest)| rest.split_once("oneof content {"))
        .and_then(|(_, rest)| rest.split_once('}'));
    let Some((variants, _)) = oneof else {
        return Vec::new();
    };
    variants
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .filter_map(|line| line.split_once('=')?.0.split_whitespace().nth(1))
        .collect()
}

/// The capabilities that the worker announces.
fn capabilities(handshake: &str) -> Vec<&str> {
    let list = handshake
        .split_once("const CAPABILITIES")
        .and_then(|(_, rest)| rest.split_once("];"));
    let Some((list, _)) = list else {
        return Vec::new();
    };
    list.lines()
        .filter_map(|line| line.trim().strip_prefix('"')?.strip_suffix("\","))
        .collect()
}

/// The code spans that name a test.
fn names(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2).filter(|span| {
        let is_segment = |segment: &str| {
            !segment.is_empty()
                && segment
                    .bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
        };
        span.contains("::") && span.split("::").all(is_segment) && !span.ends_with("env::var")
    })
}

/// Whether the file of a test has a function of its name.
fn exists(root: &Path, name: &str) -> bool {
    let (path, function) = name.rsplit_once("::").unwrap_or_default();
    let (folder, path) = match path.strip_prefix(CRATE.0) {
        Some(path) => (CRATE.1, path.trim_start_matches("::")),
        None => ("tests/tests", path),
    };
    let path = path.replace("::", "/");
    // Tests beside the code are in a module `tests`, in its file or in one of its own.
    let beside = path.trim_end_matches("/tests");
    [
        format!("{path}.rs"),
        format!("{path}/mod.rs"),
        format!("{beside}.rs"),
    ]
    .into_iter()
    .filter_map(|file| fs::read_to_string(root.join(folder).join(file)).ok())
    .any(|text| text.contains(&format!("fn {function}()")))
}

#[cfg(test)]
mod tests {
    use super::{capabilities, names, rows, variants};

    #[test]
    fn what_stands_where() {
        let protocol = "message StreamingMessage {\n  string request_id = 1;\n  oneof content {\n    // A word = 1.\n    \
                        StartStream start_stream = 20;\n\n    RpcLog rpc_log = 2;\n  }\n}";
        assert_eq!(variants(protocol), ["start_stream", "rpc_log"]);
        let handshake =
            "const CAPABILITIES: [&str; 2] = [\n    // Why.\n    \"A\",\n    \"B\",\n];\n\"C\",";
        assert_eq!(capabilities(handshake), ["A", "B"]);
        let table = "| Name | Tests |\n|---|---|\n| `a` | see `B` and `x::y_2::z`, `azure_functions::env::var`, `u::V` |";
        let rows = rows(table);
        assert_eq!(rows.len(), 1);
        assert_eq!(rows.first().map(|(name, _)| *name), Some("a"));
        assert_eq!(names(table).collect::<Vec<_>>(), ["x::y_2::z"]);
    }
}
