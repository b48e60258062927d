//! What a const fn needs to read text byte by byte.

/// Where `wanted` is at or behind `at`, or the length.
pub(super) const fn find(bytes: &[u8], mut at: usize, wanted: u8) -> usize {
    while at < bytes.len() && byte(bytes, at) != wanted {
        at += 1;
    }
    at
}

pub(super) const fn starts_with(bytes: &[u8], at: usize, wanted: &[u8]) -> bool {
    let mut offset = 0;
    while offset < wanted.len() {
        if at + offset >= bytes.len()
            || !byte(bytes, at + offset).eq_ignore_ascii_case(&byte(wanted, offset))
        {
            return false;
        }
        offset += 1;
    }
    true
}

#[expect(
    clippy::indexing_slicing,
    reason = "a const fn has no `get`; every caller compares the index with the length"
)]
pub(super) const fn byte(bytes: &[u8], at: usize) -> u8 {
    bytes[at]
}

/// `text[from..to]`; both ends lie beside ASCII characters.
pub(super) const fn slice(text: &str, from: usize, to: usize) -> &str {
    text.split_at(to).0.split_at(from).1
}
