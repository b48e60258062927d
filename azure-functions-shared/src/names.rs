//! The host's rules for the names of functions and bindings, and how a Rust name becomes a wire name.
//!
//! The rules were recorded from a real host; `tests/data/vectors/names.jsonl` holds what it accepts and refuses.

/// The longest name of a function or a binding, in bytes.
pub const MAX_LEN: usize = 128;

/// The name under which a function's return value is bound.
pub const RETURN: &str = "$return";

/// The header by which a host that forwards a request says which invocation it belongs to.
pub const INVOCATION_ID_HEADER: &str = "x-ms-invocation-id";

/// Says whether the host accepts `name` as the name of a function.
///
/// A letter comes first; letters, digits, `_` and `-` follow, 128 characters in all; `host` is reserved.
#[expect(
    clippy::indexing_slicing,
    reason = "a const fn has no iterators; every index is below the length"
)]
pub const fn is_function_name(name: &str) -> bool {
    let bytes = name.as_bytes();
    if bytes.is_empty() || bytes.len() > MAX_LEN || !bytes[0].is_ascii_alphabetic() {
        return false;
    }
    let mut at = 1;
    while at < bytes.len() {
        if !bytes[at].is_ascii_alphanumeric() && bytes[at] != b'_' && bytes[at] != b'-' {
            return false;
        }
        at += 1;
    }
    !equal_ignoring_case(name, "host")
}

/// Says whether the host accepts `name` as the name of a binding: letters and digits, or `$return`.
#[expect(
    clippy::indexing_slicing,
    reason = "a const fn has no iterators; every index is below the length"
)]
pub const fn is_binding_name(name: &str) -> bool {
    let bytes = name.as_bytes();
    if matches!(bytes, b"$return") {
        return true;
    }
    if bytes.is_empty() || bytes.len() > MAX_LEN || !bytes[0].is_ascii_alphabetic() {
        return false;
    }
    let mut at = 1;
    while at < bytes.len() {
        if !bytes[at].is_ascii_alphanumeric() {
            return false;
        }
        at += 1;
    }
    true
}

/// Says whether two names are the same to the host, which ignores the case of ASCII letters.
#[expect(
    clippy::indexing_slicing,
    reason = "a const fn has no iterators; every index is below the length"
)]
pub const fn equal_ignoring_case(left: &str, right: &str) -> bool {
    let (left, right) = (left.as_bytes(), right.as_bytes());
    if left.len() != right.len() {
        return false;
    }
    let mut at = 0;
    while at < left.len() {
        if !left[at].eq_ignore_ascii_case(&right[at]) {
            return false;
        }
        at += 1;
    }
    true
}

/// Turns the name of a Rust parameter or property into the camel case that the host expects.
///
/// Leading underscores and the `r#` of a raw identifier go away: `_req` is `req`, `queue_name` is `queueName`.
///
/// ```
/// use azure_functions_shared::names::to_camel_case;
///
/// assert_eq!(to_camel_case("_my_first_blob"), "myFirstBlob");
/// assert_eq!(to_camel_case("r#type"), "type");
/// ```
pub fn to_camel_case(name: &str) -> String {
    let name = name.strip_prefix("r#").unwrap_or(name);
    let mut camel = String::with_capacity(name.len());
    let mut upper = false;
    for letter in name.trim_start_matches('_').chars() {
        if letter == '_' {
            upper = true;
        } else if upper {
            camel.extend(letter.to_uppercase());
            upper = false;
        } else {
            camel.push(letter);
        }
    }
    camel
}

#[cfg(test)]
mod tests {
    use super::{is_binding_name, is_function_name, to_camel_case};

    #[test]
    fn camel_case() {
        for (name, wire) in [
            ("req", "req"),
            ("_req", "req"),
            ("my_queue", "myQueue"),
            ("a__b", "aB"),
            ("_", ""),
            ("x1_2", "x12"),
        ] {
            assert_eq!(to_camel_case(name), wire, "{name}");
        }
    }

    #[test]
    fn bindings() {
        for (name, good) in [
            ("req", true),
            ("$return", true),
            ("$RETURN", false),
            ("$ret", false),
            ("a_b", false),
            ("", false),
            ("1a", false),
            ("a1", true),
        ] {
            assert_eq!(is_binding_name(name), good, "{name}");
        }
    }

    #[test]
    fn functions() {
        for (name, good) in [
            ("a", true),
            ("A-b_c9", true),
            ("Host", false),
            ("_a", false),
            ("", false),
            ("é", false),
        ] {
            assert_eq!(is_function_name(name), good, "{name}");
        }
    }
}
