//! The path of a request as the host's web server hands it on: decoded, without dot segments.

use std::borrow::Cow;

use super::FindError;

/// The decoded path of a request's target, or `None` if the target is no path, as in `OPTIONS *`.
pub(super) fn decode(target: &str) -> Result<Option<Cow<'_, str>>, FindError> {
    if !target.is_ascii() {
        return Err(FindError::BadPath);
    }
    let path = target.split('?').next().unwrap_or_default();
    if !path.starts_with('/') {
        return Ok(None);
    }
    let path = if path.contains('%') {
        Cow::Owned(unescape(path)?)
    } else {
        Cow::Borrowed(path)
    };
    Ok(Some(if path.contains("/.") {
        Cow::Owned(remove_dot_segments(&path))
    } else {
        path
    }))
}

/// The segments of a decoded path, each with its offset. One `/` at the end starts no segment.
pub(super) fn segments(path: &str) -> impl Iterator<Item = (usize, &str)> {
    let path = path.strip_suffix('/').unwrap_or(path);
    let mut at = 0;
    path.split('/').skip(1).map(move |segment| {
        let start = at + 1;
        at = start + segment.len();
        (start, segment)
    })
}

/// Decodes what is UTF-8. `%2F` stays, so that it starts no segment, and so do bytes that are no character.
fn unescape(path: &str) -> Result<String, FindError> {
    let mut decoded = String::with_capacity(path.len());
    let mut rest = path;
    while let Some((text, escaped)) = rest.split_once('%') {
        decoded.push_str(text);
        rest = escaped;
        match character(rest) {
            Some(('\0', _)) => return Err(FindError::BadPath),
            Some((letter, tail)) if letter != '/' => {
                decoded.push(letter);
                rest = tail;
            }
            _ => decoded.push('%'),
        }
    }
    decoded.push_str(rest);
    Ok(decoded)
}

/// The character at the start of `escaped`, whose first `%` is gone, and what follows it.
fn character(escaped: &str) -> Option<(char, &str)> {
    let (first, mut rest) = hex(escaped)?;
    let mut bytes = [first, 0, 0, 0];
    let length = match first {
        0..0x80 => 1,
        0xC0..0xE0 => 2,
        0xE0..0xF0 => 3,
        0xF0.. => 4,
        _ => return None,
    };
    let bytes = bytes.get_mut(..length)?;
    for byte in bytes.iter_mut().skip(1) {
        (*byte, rest) = hex(rest.strip_prefix('%')?)?;
    }
    Some((str::from_utf8(bytes).ok()?.chars().next()?, rest))
}

fn hex(text: &str) -> Option<(u8, &str)> {
    let (digits, rest) = text.split_at_checked(2)?;
    if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    Some((u8::from_str_radix(digits, 16).ok()?, rest))
}

fn remove_dot_segments(path: &str) -> String {
    let mut kept = Vec::new();
    let mut segments = path.split('/').skip(1).peekable();
    while let Some(segment) = segments.next() {
        match segment {
            "." | ".." => {
                if segment == ".." {
                    kept.pop();
                }
                if segments.peek().is_none() {
                    kept.push("");
                }
            }
            _ => kept.push(segment),
        }
    }
    format!("/{}", kept.join("/"))
}

#[cfg(test)]
mod tests {
    use super::{decode, segments};

    #[test]
    fn paths() {
        for (target, path) in [
            ("/a?b=/c", "/a"),
            ("/a%2fb%2F", "/a%2fb%2F"),
            ("/%c3%A9%C3/%FF%zz%4", "/é%C3/%FF%zz%4"),
            ("/a/./b/../c/.", "/a/c/"),
            ("/a/%2e%2E/b", "/b"),
            ("/..", "/"),
            ("/a//../b", "/a/b"),
            ("/..a", "/..a"),
        ] {
            assert_eq!(decode(target).unwrap().unwrap(), path, "{target}");
        }
        assert!(decode("*").unwrap().is_none());
        assert!(decode("/a%00").is_err());
        assert!(decode("/é").is_err());
    }

    #[test]
    fn splits() {
        for (path, expected) in [
            ("/", vec![]),
            ("/a", vec![(1, "a")]),
            ("/ab/c/", vec![(1, "ab"), (4, "c")]),
            ("/a//", vec![(1, "a"), (3, "")]),
            ("//", vec![(1, "")]),
        ] {
            assert_eq!(segments(path).collect::<Vec<_>>(), expected, "{path}");
        }
    }
}
