//! The path of a blob trigger, such as `in/{name}.{ext}`, matched against the names of blobs.

use std::sync::LazyLock;

use azure_functions_shared::storage_name::{self, StorageNameError};
use regex::Regex;

use crate::{
    dotnet::eq_ignore_case,
    expression::{Piece, Template, TemplateError},
};

/// A pattern of blobs within one container.
#[derive(Clone, Debug)]
pub struct BlobPattern {
    container: String,
    blobs: Blobs,
}

/// What is wrong with the path of a blob trigger.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BlobPatternError {
    /// It is not `container` or `container/pattern`.
    #[error(
        "the blob trigger path `{0}` is not `container/pattern`; write it so, with `/` as the only separator"
    )]
    Shape(String),
    /// An expression in the container's name.
    #[error("the container in the blob trigger path `{0}` has an expression; name one container")]
    Container(String),
    /// The storage service has no such container or blob.
    #[error("the blob trigger path `{path}` cannot match: {error}")]
    Name {
        /// The whole path.
        path: String,
        /// What is wrong with the name.
        error: StorageNameError,
    },
    /// The braces or an expression are wrong.
    #[error(transparent)]
    Template(#[from] TemplateError),
    /// An expression with a member.
    #[error(
        "the blob trigger path `{0}` has an expression with a dot; a pattern captures plain names, such as `{{name}}`"
    )]
    Member(String),
    /// An expression that is not the name of a capture, such as `{DateTime:yyyy}`.
    #[error(
        "the blob trigger path `{path}` cannot capture `{name}`; use a name of letters, digits and `_`"
    )]
    Capture {
        /// The whole path.
        path: String,
        /// The name.
        name: String,
    },
}

impl BlobPattern {
    /// Reads the path of a blob trigger: a container alone stands for all of its blobs.
    ///
    /// # Errors
    ///
    /// Fails if the path could never match.
    pub fn parse(path: &str) -> Result<Self, BlobPatternError> {
        let (container, blob) = match path.split_once('/') {
            Some(("", _) | (_, "")) => return Err(BlobPatternError::Shape(path.to_owned())),
            Some((container, blob)) => (container, Some(blob)),
            None => (path, None),
        };
        if container.contains('\\') {
            return Err(BlobPatternError::Shape(path.to_owned()));
        }
        if container.contains('{') {
            return Err(BlobPatternError::Container(path.to_owned()));
        }
        let template = Template::parse(path)?;
        let blobs = if template.parameters().next().is_some() {
            Blobs::Matching(Captures::new(path, &template)?)
        } else {
            let named = |error| BlobPatternError::Name {
                path: path.to_owned(),
                error,
            };
            storage_name::container(container).map_err(named)?;
            match blob {
                None => Blobs::All,
                Some(blob) => {
                    storage_name::blob(blob).map_err(named)?;
                    // Without a parameter the host does not look at braces: `{{x}}` is just that.
                    Blobs::One(blob.to_owned())
                }
            }
        };
        Ok(Self {
            container: container.to_owned(),
            blobs,
        })
    }

    /// The container whose blobs the pattern is about.
    pub fn container(&self) -> &str {
        &self.container
    }

    /// The names that the pattern captures, each spelling once.
    pub fn parameters(&self) -> impl Iterator<Item = &str> {
        match &self.blobs {
            Blobs::Matching(captures) => captures.names.as_slice(),
            Blobs::All | Blobs::One(_) => &[],
        }
        .iter()
        .map(String::as_str)
    }

    /// What the pattern captures of a blob, if it matches: each name once, whatever its case, with its last value.
    pub fn matches(&self, container: &str, blob: &str) -> Option<Vec<(String, String)>> {
        if container != self.container {
            return None;
        }
        match &self.blobs {
            Blobs::All => Some(Vec::new()),
            Blobs::One(only) => (blob == only).then(Vec::new),
            Blobs::Matching(_) if blob.is_empty() => None,
            Blobs::Matching(captures) => captures.of(&format!("{container}/{blob}")),
        }
    }
}

#[derive(Clone, Debug)]
enum Blobs {
    All,
    One(String),
    Matching(Captures),
}

/// The regular expression of a pattern, and the names of its captures.
#[derive(Clone, Debug)]
struct Captures {
    path: Regex,
    /// The name of each group of `path`, as a place in `names`.
    groups: Vec<usize>,
    names: Vec<String>,
}

impl Captures {
    fn new(path: &str, template: &Template) -> Result<Self, BlobPatternError> {
        if template.has_members() {
            return Err(BlobPatternError::Member(path.to_owned()));
        }
        let mut pattern = r"\A".to_owned();
        let mut groups = Vec::new();
        let mut names: Vec<String> = Vec::new();
        for piece in template.pieces() {
            match piece {
                Piece::Literal(text) => pattern.push_str(&regex::escape(text)),
                Piece::Parameter(name) => {
                    if !CAPTURE.is_match(name) {
                        return Err(BlobPatternError::Capture {
                            path: path.to_owned(),
                            name: name.to_owned(),
                        });
                    }
                    // Greedy, over slashes, and not over line breaks.
                    pattern.push_str("(.*)");
                    let known = names.iter().position(|known| known == name);
                    groups.push(known.unwrap_or(names.len()));
                    if known.is_none() {
                        names.push(name.to_owned());
                    }
                }
            }
        }
        // In .NET, `$` looks past a final line break.
        pattern.push_str(r"\n?\z");
        let path = Regex::new(&pattern).map_err(|_| BlobPatternError::Shape(path.to_owned()))?;
        Ok(Self {
            path,
            groups,
            names,
        })
    }

    fn of(&self, path: &str) -> Option<Vec<(String, String)>> {
        let captured = self.path.captures(path)?;
        let mut last = vec![""; self.names.len()];
        for (group, place) in captured.iter().skip(1).zip(&self.groups) {
            if let (Some(value), Some(last)) = (group, last.get_mut(*place)) {
                *last = value.as_str();
            }
        }
        let mut values: Vec<(String, String)> = Vec::new();
        for (name, value) in self.names.iter().zip(last) {
            match values
                .iter_mut()
                .find(|(known, _)| eq_ignore_case(known, name))
            {
                Some((_, old)) => value.clone_into(old),
                None => values.push((name.clone(), value.to_owned())),
            }
        }
        Some(values)
    }
}

/// What .NET takes for the name of a group.
#[expect(
    clippy::expect_used,
    reason = "the pattern is a constant, which every test of a blob pattern compiles"
)]
static CAPTURE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\A[\p{L}\p{Mn}\p{Nd}\p{Pc}\u{200C}\u{200D}]+\z").expect("the pattern is valid")
});

#[cfg(test)]
mod tests {
    use super::BlobPattern;

    #[track_caller]
    fn check(pattern: &str, blob: &str, captured: Option<&[(&str, &str)]>) {
        let pattern = BlobPattern::parse(pattern).unwrap();
        let matched = pattern.matches("abc", blob);
        let captured = captured.map(|all| {
            all.iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect::<Vec<_>>()
        });
        assert_eq!(matched, captured, "{blob}");
    }

    #[test]
    fn captures() {
        check("abc/{a}.{b}", "x.y.z", Some(&[("a", "x.y"), ("b", "z")]));
        check("abc/{a}/{A}", "x/y", Some(&[("a", "y")]));
        check("abc/({a})", "(x)\n", Some(&[("a", "x")]));
        check("abc/{a}", "x\ny", None);
        check("abc", "anything", Some(&[]));
        check("other/{a}", "x", None);
    }
}
