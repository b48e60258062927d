//! A parsed route template, and how it matches a path.

use azure_functions_shared::route::{self as grammar, Part, Parts, RouteError};

use super::{
    constraint::{BrokenConstraint, Constraint},
    path::segments,
};
use crate::dotnet::eq_ignore_case;

/// A route template of which [`grammar::check_template`] says that it is well-formed.
#[derive(Debug)]
pub(super) struct Template {
    segments: Vec<Segment>,
}

#[derive(Debug)]
enum Segment {
    Literal(String),
    Parameter(Parameter),
    CatchAll(Parameter),
    /// Parameters and literals, such as `v{major}.{minor}`.
    Mixed(Vec<Piece>),
}

#[derive(Debug)]
enum Piece {
    Literal(String),
    Parameter(Parameter),
}

#[derive(Debug)]
struct Parameter {
    name: String,
    default: Option<String>,
    optional: bool,
    constraints: Vec<Constraint>,
}

/// The names and values that were found on the way.
type Values = Vec<(String, String)>;

impl Template {
    pub(super) fn parse(template: &str) -> Result<Self, RouteError> {
        let mut parts = Parts::new(template);
        let mut segments = Vec::new();
        let mut pieces = Vec::new();
        let mut catch_all = false;
        loop {
            match parts.next()? {
                Some(Part::Literal(text)) => pieces.push(Piece::Literal(unescape(text))),
                Some(Part::Parameter(parameter)) => {
                    catch_all = parameter.catch_all;
                    pieces.push(Piece::Parameter(Parameter::new(parameter)?));
                }
                end => {
                    segments.extend(Segment::new(std::mem::take(&mut pieces), catch_all));
                    if end.is_none() {
                        return Ok(Self { segments });
                    }
                }
            }
        }
    }

    /// The route values, if the path fits.
    pub(super) fn match_path(&self, path: &str) -> Result<Option<Values>, BrokenConstraint> {
        if !self.may_match(path) {
            return Ok(None);
        }
        let mut values = Values::new();
        let mut found = segments(path);
        for segment in &self.segments {
            let text = found.next();
            match (segment, text) {
                (Segment::Literal(_), _) => {}
                (Segment::Parameter(parameter), text) => {
                    parameter.capture(text.map(|(_, text)| text), &mut values);
                }
                (Segment::CatchAll(parameter), text) => {
                    let rest = text.and_then(|(start, _)| path.get(start..));
                    parameter.capture(rest, &mut values);
                    break;
                }
                (Segment::Mixed(pieces), Some((_, text))) => {
                    if !match_mixed(pieces, text, &mut values) {
                        return Ok(None);
                    }
                }
                (Segment::Mixed(_), None) => return Ok(None),
            }
        }
        for parameter in self.parameters() {
            if !parameter.allows(&values)? {
                return Ok(None);
            }
        }
        Ok(Some(values))
    }

    /// Rules out most paths without an allocation.
    fn may_match(&self, path: &str) -> bool {
        let mut expected = self.segments.iter();
        for (_, text) in segments(path) {
            if text.is_empty() {
                return false;
            }
            match expected.next() {
                None => return false,
                Some(Segment::CatchAll(_)) => return true,
                Some(Segment::Literal(literal)) if !eq_ignore_case(literal, text) => return false,
                Some(_) => {}
            }
        }
        expected.all(|segment| match segment {
            Segment::Parameter(parameter) => parameter.optional || parameter.default.is_some(),
            Segment::CatchAll(_) => true,
            Segment::Literal(_) | Segment::Mixed(_) => false,
        })
    }

    fn parameters(&self) -> impl Iterator<Item = &Parameter> {
        self.segments.iter().flat_map(|segment| {
            let (single, pieces): (_, &[Piece]) = match segment {
                Segment::Literal(_) => (None, &[]),
                Segment::Parameter(parameter) | Segment::CatchAll(parameter) => {
                    (Some(parameter), &[])
                }
                Segment::Mixed(pieces) => (None, pieces),
            };
            single
                .into_iter()
                .chain(pieces.iter().filter_map(|piece| match piece {
                    Piece::Literal(_) => None,
                    Piece::Parameter(parameter) => Some(parameter),
                }))
        })
    }
}

impl Segment {
    /// The segment of these pieces; `None` after the `/` at the end of a template.
    fn new(mut pieces: Vec<Piece>, catch_all: bool) -> Option<Self> {
        if pieces.len() > 1 {
            return Some(Self::Mixed(pieces));
        }
        Some(match pieces.pop()? {
            Piece::Literal(text) => Self::Literal(text),
            Piece::Parameter(parameter) if catch_all => Self::CatchAll(parameter),
            Piece::Parameter(parameter) => Self::Parameter(parameter),
        })
    }
}

impl Parameter {
    fn new(parameter: grammar::Parameter<'_>) -> Result<Self, RouteError> {
        let mut constraints = Vec::new();
        let mut written = parameter.constraints();
        while let Some(constraint) = written.next() {
            let argument = constraint.argument.map(unescape);
            let constraint = Constraint::new(constraint.name, argument.as_deref());
            constraints.push(constraint.ok_or(RouteError::ConstraintArguments)?);
        }
        Ok(Self {
            name: unescape(parameter.name),
            default: parameter.default.map(unescape),
            optional: parameter.optional,
            constraints,
        })
    }

    fn capture(&self, text: Option<&str>, values: &mut Values) {
        let text = text.filter(|text| !text.is_empty());
        if let Some(value) = text.or(self.default.as_deref()) {
            values.push((self.name.clone(), value.to_owned()));
        }
    }

    /// Says whether every constraint holds; an absent optional value has none to meet.
    fn allows(&self, values: &Values) -> Result<bool, BrokenConstraint> {
        let value = values.iter().find(|(name, _)| *name == self.name);
        let value = value.map(|(_, value)| value.as_str());
        if value.is_none() && self.optional {
            return Ok(true);
        }
        for constraint in &self.constraints {
            if !constraint.allows(value)? {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// Matches a segment of literals and parameters.
///
/// With an optional parameter at the end, the segment may also end before the dot that precedes it, but not with it.
fn match_mixed(pieces: &[Piece], text: &str, values: &mut Values) -> bool {
    if match_pieces(pieces, text, values) {
        return true;
    }
    match pieces {
        [before @ .., Piece::Literal(dot), Piece::Parameter(last)] if last.optional => {
            !text.ends_with(dot.as_str()) && match_pieces(before, text, values)
        }
        _ => false,
    }
}

/// Matches from the right: each literal lies as far right as it can, and each parameter takes one character at least.
fn match_pieces(pieces: &[Piece], text: &str, values: &mut Values) -> bool {
    let before = values.len();
    let mut rest = text;
    let mut pending: Option<&Parameter> = None;
    let mut at_end = true;
    for piece in pieces.iter().rev() {
        match piece {
            Piece::Parameter(parameter) => pending = Some(parameter),
            Piece::Literal(literal) => {
                let reserved = pending.and_then(|_| rest.chars().next_back());
                let limit = rest.len() - reserved.map_or(0, char::len_utf8);
                let found = rest
                    .get(..limit)
                    .and_then(|text| rfind_ignore_case(text, literal));
                let Some((start, end)) = found else {
                    values.truncate(before);
                    return false;
                };
                if at_end && end != text.len() {
                    values.truncate(before);
                    return false;
                }
                if let (Some(parameter), Some(value)) = (pending.take(), rest.get(end..)) {
                    values.push((parameter.name.clone(), value.to_owned()));
                }
                rest = rest.get(..start).unwrap_or_default();
            }
        }
        at_end = false;
    }
    let complete = match pending {
        Some(parameter) if !rest.is_empty() => {
            values.push((parameter.name.clone(), rest.to_owned()));
            true
        }
        Some(_) => false,
        None => rest.is_empty(),
    };
    if !complete {
        values.truncate(before);
    }
    complete
}

/// Where `literal` occurs last in `text`, in any case: its start and its end.
fn rfind_ignore_case(text: &str, literal: &str) -> Option<(usize, usize)> {
    let length = literal.chars().count();
    text.char_indices().rev().find_map(|(start, _)| {
        let tail = text.get(start..)?;
        let end = tail
            .char_indices()
            .nth(length)
            .map_or(tail.len(), |(at, _)| at);
        let candidate = tail.get(..end)?;
        eq_ignore_case(candidate, literal).then_some((start, start + end))
    })
}

fn unescape(text: &str) -> String {
    text.replace("}}", "}").replace("{{", "{")
}

#[cfg(test)]
mod tests {
    use super::Template;

    #[test]
    fn mixed_segments() {
        for (template, path, expected) in [
            ("{a}-{b}", "/x-y-z", Some("b=z a=x-y")),
            ("{a}-{b}", "/x-", None),
            ("v{n}", "/Vé", Some("n=é")),
            ("v{n}", "/v", None),
            ("{n}v", "/1V", Some("n=1")),
            ("{n}v", "/1vx", None),
            ("x{a}x", "/xx", None),
            ("{name}.{ext?}", "/a.b.c", Some("ext=c name=a.b")),
            ("{name}.{ext?}", "/a", Some("name=a")),
            ("{name}.{ext?}", "/a.", None),
            ("{a}é{b}", "/1É2", Some("b=2 a=1")),
        ] {
            let template = Template::parse(template).unwrap();
            let found = template.match_path(path).unwrap().map(|values| {
                let values = values.iter().map(|(name, value)| format!("{name}={value}"));
                values.collect::<Vec<_>>().join(" ")
            });
            assert_eq!(found.as_deref(), expected, "{path}");
        }
    }
}
