//! The host's rules for the names of containers, blobs, queues and tables, checked at compile time or at run time.
//!
//! The rules were recorded from a real host; `tests/data/vectors/storage-names.jsonl` holds what it accepts and
//! refuses. Every check is a `const fn`, so that a wrong name can be an error of the compiler:
//!
//! ```
//! use azure_functions_shared::storage_name;
//!
//! const _: () = match storage_name::queue("orders") {
//!     Ok(()) => (),
//!     Err(error) => panic!("{}", error.as_str()),
//! };
//! ```

use std::{error::Error, fmt};

/// What is wrong with the name of a container, blob, queue or table, and what to do about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StorageNameError {
    resource: Resource,
    fault: Fault,
}

impl StorageNameError {
    /// The text of the error, for a place where nothing can be formatted, such as a `const` panic.
    pub const fn as_str(self) -> &'static str {
        match (self.resource, self.fault) {
            (Resource::Container, Fault::Length) => {
                "the container name is not 3 to 63 characters long; use a name of that length"
            }
            (Resource::Container, _) => {
                "the container name is not `$root` and not made of lower-case ASCII letters, digits and inner `-`; \
                 remove the other characters"
            }
            (Resource::Blob, Fault::Length) => {
                "the blob name is not 1 to 1024 characters long; use a name of that length"
            }
            (Resource::Blob, Fault::Edge) => {
                "the blob name ends with `.` or `/`; remove them from its end"
            }
            (Resource::Blob, _) => "the blob name contains `\\`; use `/` to separate its parts",
            (Resource::Queue, Fault::Length) => {
                "the queue name is not 3 to 63 characters long; use a name of that length"
            }
            (Resource::Queue, Fault::Edge) => {
                "the queue name begins or ends with `-`; remove it there"
            }
            (Resource::Queue, Fault::Case) => {
                "the queue name has an upper-case letter; write it in lower case"
            }
            (Resource::Queue, Fault::Character) => {
                "the queue name has a character that is not an ASCII letter, a digit or `-`; remove it"
            }
            (Resource::Queue, Fault::DoubleDash) => {
                "the queue name has two `-` in a row; keep one of them"
            }
            (Resource::Table, Fault::Length) => {
                "the table name is not 3 to 63 characters long; use a name of that length"
            }
            (Resource::Table, Fault::Edge) => {
                "the table name does not begin with an ASCII letter; put one first"
            }
            (Resource::Table, _) => {
                "the table name has a character that is not an ASCII letter or digit; remove it"
            }
            (Resource::TableKey, _) => {
                "the partition or row key has a `/`, `\\`, `#`, `?` or a control character; encode or remove it"
            }
            (Resource::BlobPath, _) => {
                "the blob path is not `container` or `container/blob`; name the container first, then the blob"
            }
        }
    }
}

impl fmt::Display for StorageNameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Error for StorageNameError {}

/// Checks the name of a blob container: 3 to 63 of `a-z`, `0-9` and inner `-`, or `$root`.
///
/// As the host does, it also lets inner `[` and `^` pass, and a final line break; the storage service refuses them.
///
/// # Errors
///
/// Says what the name breaks.
pub const fn container(name: &str) -> Result<(), StorageNameError> {
    container_bytes(name.as_bytes())
}

/// Checks the name of a blob: 1 to 1024 characters without `\`, and neither `.` nor `/` at the end.
///
/// # Errors
///
/// Says what the name breaks.
pub const fn blob(name: &str) -> Result<(), StorageNameError> {
    blob_bytes(name.as_bytes())
}

/// Checks the `path` of a blob binding after its settings are resolved: `container` or `container/blob`, or an
/// `http` address, of which only the storage service can tell more.
///
/// # Errors
///
/// Says what the container, the blob, or the path as a whole breaks.
pub const fn blob_path(path: &str) -> Result<(), StorageNameError> {
    let bytes = path.as_bytes();
    if starts_with(bytes, b"https://") || starts_with(bytes, b"http://") {
        return Ok(());
    }
    let Some(slash) = find(bytes, b'/') else {
        return container_bytes(bytes);
    };
    let (before, after) = bytes.split_at(slash);
    if before.is_empty() || after.len() == 1 {
        return fault(Resource::BlobPath, Fault::Length);
    }
    match container_bytes(before) {
        Ok(()) => blob_bytes(after.split_at(1).1),
        error => error,
    }
}

/// Checks the name of a queue: 3 to 63 of `a-z`, `0-9` and single inner `-`.
///
/// The host also accepts letters and digits of other scripts; the storage service does not, and neither does this.
///
/// # Errors
///
/// Says what the name breaks.
#[expect(
    clippy::indexing_slicing,
    reason = "a const fn has no iterators; every index is below the length"
)]
pub const fn queue(name: &str) -> Result<(), StorageNameError> {
    let bytes = name.as_bytes();
    let length = utf16_len(bytes);
    if length < 3 || length > 63 {
        return fault(Resource::Queue, Fault::Length);
    }
    if bytes[0] == b'-' || bytes[bytes.len() - 1] == b'-' {
        return fault(Resource::Queue, Fault::Edge);
    }
    let mut double_dash = false;
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at].is_ascii_uppercase() {
            return fault(Resource::Queue, Fault::Case);
        }
        if !bytes[at].is_ascii_alphanumeric() && bytes[at] != b'-' {
            return fault(Resource::Queue, Fault::Character);
        }
        double_dash |= bytes[at] == b'-' && bytes[at + 1] == b'-';
        at += 1;
    }
    if double_dash {
        return fault(Resource::Queue, Fault::DoubleDash);
    }
    Ok(())
}

/// Checks the name of a table: an ASCII letter, then 2 to 62 ASCII letters and digits.
///
/// As the host does, it lets a final line break pass; the storage service refuses it.
///
/// # Errors
///
/// Says what the name breaks.
#[expect(
    clippy::indexing_slicing,
    reason = "a const fn has no iterators; every index is below the length"
)]
pub const fn table(name: &str) -> Result<(), StorageNameError> {
    let bytes = without_line_break(name.as_bytes());
    let length = utf16_len(bytes);
    if length < 3 || length > 63 {
        return fault(Resource::Table, Fault::Length);
    }
    if !bytes[0].is_ascii_alphabetic() {
        return fault(Resource::Table, Fault::Edge);
    }
    let mut at = 1;
    while at < bytes.len() {
        if !bytes[at].is_ascii_alphanumeric() {
            return fault(Resource::Table, Fault::Character);
        }
        at += 1;
    }
    Ok(())
}

/// Checks the partition key or row key of a table entity: no `/`, `\`, `#`, `?` and no control character.
///
/// # Errors
///
/// Says what the key breaks.
#[expect(
    clippy::indexing_slicing,
    reason = "a const fn has no iterators; every index is below the length"
)]
pub const fn table_key(key: &str) -> Result<(), StorageNameError> {
    let bytes = key.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        let forbidden =
            matches!(bytes[at], b'/' | b'\\' | b'#' | b'?') || bytes[at].is_ascii_control();
        // U+0080 to U+009F, the other control characters, are `C2 80` to `C2 9F` in UTF-8.
        let second = at > 0 && bytes[at - 1] == 0xC2 && bytes[at] < 0xA0;
        if forbidden || second {
            return fault(Resource::TableKey, Fault::Character);
        }
        at += 1;
    }
    Ok(())
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Resource {
    Container,
    Blob,
    BlobPath,
    Queue,
    Table,
    TableKey,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    Length,
    Edge,
    Case,
    Character,
    DoubleDash,
}

const fn fault(resource: Resource, fault: Fault) -> Result<(), StorageNameError> {
    Err(StorageNameError { resource, fault })
}

#[expect(
    clippy::indexing_slicing,
    reason = "a const fn has no iterators; every index is below the length"
)]
const fn container_bytes(name: &[u8]) -> Result<(), StorageNameError> {
    if name.len() == 5 && starts_with(name, b"$root") {
        return Ok(());
    }
    let name = without_line_break(name);
    let length = utf16_len(name);
    if length < 3 || length > 63 {
        return fault(Resource::Container, Fault::Length);
    }
    let mut at = 0;
    while at < name.len() {
        let inner = at > 0 && at < name.len() - 1;
        match name[at] {
            b'a'..=b'z' | b'0'..=b'9' => {}
            b'-' | b'[' | b'^' if inner => {}
            _ => return fault(Resource::Container, Fault::Character),
        }
        at += 1;
    }
    Ok(())
}

#[expect(
    clippy::indexing_slicing,
    reason = "a const fn has no iterators; the name is not empty"
)]
const fn blob_bytes(name: &[u8]) -> Result<(), StorageNameError> {
    let length = utf16_len(name);
    if length == 0 || length > 1024 {
        return fault(Resource::Blob, Fault::Length);
    }
    if matches!(name[name.len() - 1], b'.' | b'/') {
        return fault(Resource::Blob, Fault::Edge);
    }
    if find(name, b'\\').is_some() {
        return fault(Resource::Blob, Fault::Character);
    }
    Ok(())
}

/// The number of UTF-16 units, which is what the host counts: one for each lead byte, two for one of four bytes.
#[expect(
    clippy::indexing_slicing,
    reason = "a const fn has no iterators; every index is below the length"
)]
const fn utf16_len(utf8: &[u8]) -> usize {
    let mut length = 0;
    let mut at = 0;
    while at < utf8.len() {
        length += match utf8[at] {
            0x80..=0xBF => 0,
            0xF0..=0xFF => 2,
            _ => 1,
        };
        at += 1;
    }
    length
}

/// Takes away one final line break, which the end of the host's patterns looks past.
const fn without_line_break(name: &[u8]) -> &[u8] {
    match name {
        [before @ .., b'\n'] => before,
        _ => name,
    }
}

#[expect(
    clippy::indexing_slicing,
    reason = "a const fn has no iterators; every index is below the length"
)]
const fn find(bytes: &[u8], wanted: u8) -> Option<usize> {
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at] == wanted {
            return Some(at);
        }
        at += 1;
    }
    None
}

#[expect(
    clippy::indexing_slicing,
    reason = "a const fn has no iterators; every index is below both lengths"
)]
const fn starts_with(bytes: &[u8], prefix: &[u8]) -> bool {
    let mut at = 0;
    while at < prefix.len() {
        if at >= bytes.len() || bytes[at] != prefix[at] {
            return false;
        }
        at += 1;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::{StorageNameError, blob, blob_path, container, queue, table, table_key};

    #[track_caller]
    fn check(rule: fn(&str) -> Result<(), StorageNameError>, cases: &[(&str, &str)]) {
        for (name, wanted) in cases {
            let got = rule(name).err().map_or("", StorageNameError::as_str);
            assert_eq!(got.is_empty(), wanted.is_empty(), "{name:?}: {got}");
            assert!(got.contains(wanted), "{name:?}: {got}");
        }
    }

    #[test]
    fn each_fault_has_its_own_words() {
        check(
            container,
            &[
                ("abc", ""),
                ("$root", ""),
                ("ab", "3 to 63"),
                ("aBc", "lower-case"),
                ("-ab", "inner `-`"),
            ],
        );
        check(
            blob,
            &[
                ("a/b", ""),
                ("", "1 to 1024"),
                ("a.", "ends with"),
                ("a\\b", "contains `\\`"),
            ],
        );
        check(
            queue,
            &[
                ("a-b", ""),
                ("ab", "3 to 63"),
                ("ab-", "begins or ends"),
                ("aBc", "upper-case"),
                ("a_b", "not an ASCII"),
                ("a--b", "in a row"),
                ("é12", "not an ASCII"),
            ],
        );
        check(
            table,
            &[
                ("Ab1", ""),
                ("ab", "3 to 63"),
                ("1ab", "begin"),
                ("a_b", "ASCII letter or digit"),
            ],
        );
        check(
            table_key,
            &[
                ("", ""),
                ("é", ""),
                ("a\u{a0}", ""),
                ("a/b", "encode"),
                ("a\u{85}", "encode"),
            ],
        );
        check(
            blob_path,
            &[
                ("abc", ""),
                ("abc/d", ""),
                ("http://h/c/b", ""),
                ("/a", "container first"),
                ("abc/", "container first"),
                ("ab/c", "3 to 63"),
                ("abc/d.", "ends with"),
            ],
        );
    }

    #[test]
    fn a_blob_name_is_counted_in_utf16() {
        check(
            blob,
            &[
                (&"👍".repeat(512), ""),
                (&"👍".repeat(513), "1 to 1024"),
                (&"é".repeat(1024), ""),
            ],
        );
    }
}
