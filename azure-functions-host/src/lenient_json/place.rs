//! Where the reader is: the containers around it, and how far it is in each.

use std::fmt::Write as _;

/// A container, and its last value.
#[derive(Clone, Debug)]
pub(super) enum Place {
    Array(Option<usize>),
    Object(Option<String>),
    Constructor(Option<usize>),
}

impl Place {
    /// The bracket that closes the container.
    pub(super) fn bracket(&self) -> char {
        match self {
            Self::Array(_) => ']',
            Self::Object(_) => '}',
            Self::Constructor(_) => ')',
        }
    }

    /// Notes one more value.
    pub(super) fn count(&mut self) {
        if let Self::Array(index) | Self::Constructor(index) = self {
            *index = Some(index.map_or(0, |index| index + 1));
        }
    }

    /// The path through containers, as in `a.b[2]`.
    pub(super) fn path(places: &[Self]) -> String {
        let mut path = String::new();
        for place in places {
            match place {
                Self::Array(Some(index)) | Self::Constructor(Some(index)) => {
                    // Writing to a string does not fail.
                    let _ = write!(path, "[{index}]");
                }
                Self::Object(Some(name)) if is_plain(name) => {
                    if !path.is_empty() {
                        path.push('.');
                    }
                    path.push_str(name);
                }
                Self::Object(Some(name)) => {
                    let _ = write!(
                        path,
                        "['{}']",
                        name.replace('\\', "\\\\").replace('\'', "\\'")
                    );
                }
                Self::Array(None) | Self::Object(None) | Self::Constructor(None) => {}
            }
        }
        path
    }
}

/// Says whether a name can follow a dot.
fn is_plain(name: &str) -> bool {
    !name.contains(|letter: char| letter.is_whitespace() || "./[]()\"'\\\u{8}".contains(letter))
}
