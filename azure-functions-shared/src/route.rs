//! The grammar of HTTP route templates, and which of them the host accepts.
//!
//! Everything here is `const`, so that the macro's checks and the embedded host read templates with one grammar. The
//! rules were recorded from a real host (`tests/data/vectors/routes.jsonl`): one malformed template there takes down
//! the whole function app, which is why it is worth an error at compile time.

use core::fmt;

use crate::names::is_same;

/// Says whether the host accepts `route` as the route of a function.
///
/// The empty route is good: the host puts the function's name in its place.
///
/// # Errors
///
/// What is wrong with the first faulty part. [`RouteError::stops_the_host`] tells what the real host makes of it.
///
/// ```
/// use azure_functions_shared::route::{RouteError, check};
///
/// const GOOD: Result<(), RouteError> = check("items/{id:int?}/{*rest}");
///
/// assert_eq!(GOOD, Ok(()));
/// assert_eq!(check("{a}{b}"), Err(RouteError::ConsecutiveParameters));
/// ```
pub const fn check(route: &str) -> Result<(), RouteError> {
    if is_reserved(route) {
        return Err(RouteError::Reserved);
    }
    check_template(route)
}

/// Says whether a whole template, the route prefix included and its leading `/` removed, is well-formed.
///
/// # Errors
///
/// What is wrong with the first faulty part.
pub const fn check_template(template: &str) -> Result<(), RouteError> {
    let mut parts = Parts::new(template);
    // Of the segment: how many parts came, and whether the last was an optional parameter, a parameter, a lone dot.
    let mut count = 0;
    let mut after_optional = false;
    let mut after_parameter = false;
    let mut after_dot = false;
    let mut after_catch_all = false;
    loop {
        let start = parts.at;
        let part = match parts.next() {
            Ok(Some(part)) => part,
            Ok(None) => return Ok(()),
            Err(error) => return Err(error),
        };
        match part {
            Part::Separator => {
                count = 0;
                after_optional = false;
                after_parameter = false;
                after_dot = false;
                continue;
            }
            _ if after_catch_all => return Err(RouteError::CatchAllNotLast),
            _ if after_optional => return Err(RouteError::OptionalNotLast),
            Part::Literal(text) => {
                after_parameter = false;
                after_dot = is_same(text, ".");
            }
            Part::Parameter(parameter) => {
                if let Err(error) = check_parameter(template, start, parameter) {
                    return Err(error);
                }
                if after_parameter {
                    return Err(RouteError::ConsecutiveParameters);
                }
                if parameter.catch_all && count > 0 {
                    return Err(RouteError::CatchAllNotAlone);
                }
                if parameter.optional && count > 0 && !after_dot {
                    return Err(RouteError::OptionalNotAfterDot);
                }
                after_parameter = true;
                after_catch_all = parameter.catch_all;
                after_optional = parameter.optional;
                after_dot = false;
            }
        }
        count += 1;
    }
}

/// Says whether a route lies in the host's own space: `admin…` and `runtime…`, in any case.
pub const fn is_reserved(route: &str) -> bool {
    let bytes = route.as_bytes();
    let mut start = 0;
    while start < bytes.len() && byte(bytes, start) == b'/' {
        start += 1;
    }
    starts_with(bytes, start, b"admin") || starts_with(bytes, start, b"runtime")
}

/// What is wrong with a route template.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum RouteError {
    /// The route lies in the host's own space.
    Reserved,
    /// Two `/` follow each other, or the route starts with one.
    EmptySegment,
    /// The template starts with `~` that is not `~/`.
    Tilde,
    /// A brace has no partner.
    UnbalancedBrace,
    /// A single `{` stands inside a parameter.
    UnescapedBrace,
    /// A literal has a `?`.
    QuestionMark,
    /// A parameter's name is empty or has one of `/`, `{`, `}`, `?`, `*`.
    ParameterName,
    /// Two parameters have names that are equal but for case.
    RepeatedParameter,
    /// Two parameters follow each other without a literal between them.
    ConsecutiveParameters,
    /// A catch-all parameter shares its segment with something else.
    CatchAllNotAlone,
    /// Something follows a catch-all parameter.
    CatchAllNotLast,
    /// A catch-all parameter is marked optional.
    CatchAllOptional,
    /// Something follows an optional parameter in its segment.
    OptionalNotLast,
    /// Something else than a single `.` precedes an optional parameter in its segment.
    OptionalNotAfterDot,
    /// An optional parameter has a default value.
    OptionalDefault,
    /// The host has no constraint of that name.
    UnknownConstraint,
    /// A constraint has too few, too many or unfit arguments.
    ConstraintArguments,
}

impl RouteError {
    /// The fact and the remedy.
    pub const fn message(self) -> &'static str {
        match self {
            Self::Reserved => {
                "the host keeps routes that start with `admin` or `runtime` for itself: choose another first segment"
            }
            Self::EmptySegment => {
                "the route has an empty segment: remove the leading or doubled `/`"
            }
            Self::Tilde => "the route starts with `~`: remove it",
            Self::UnbalancedBrace => {
                "the route has a brace without a partner: close the parameter, or write `{{` or `}}` for a literal brace"
            }
            Self::UnescapedBrace => {
                "a parameter has a single `{` inside: write `{{` and `}}` within a constraint"
            }
            Self::QuestionMark => {
                "the route has a `?` outside of a parameter: a route has no query, and `{name?}` marks a parameter optional"
            }
            Self::ParameterName => {
                "a parameter has no valid name: give it one without `/`, `{`, `}`, `?` and `*`, with `?` only at the end of the parameter"
            }
            Self::RepeatedParameter => {
                "two parameters of the route have the same name, in any case: rename one of them"
            }
            Self::ConsecutiveParameters => {
                "two parameters follow each other: put a `/` or a literal between them"
            }
            Self::CatchAllNotAlone => {
                "a catch-all parameter shares its segment: put a `/` before it"
            }
            Self::CatchAllNotLast => {
                "something follows a catch-all parameter: make it the last part of the route"
            }
            Self::CatchAllOptional => {
                "a catch-all parameter is marked optional: remove the `?`, it may be empty anyway"
            }
            Self::OptionalNotLast => {
                "something follows an optional parameter in its segment: put the parameter last, or make it required"
            }
            Self::OptionalNotAfterDot => {
                "an optional parameter may share its segment only with a `.` before it: put it into its own segment"
            }
            Self::OptionalDefault => {
                "a parameter is both optional and has a default value: remove the `?` or the default"
            }
            Self::UnknownConstraint => {
                "the host does not know a constraint of the route: use one of `int`, `long`, `bool`, `datetime`, `decimal`, `double`, `float`, `guid`, `alpha`, `required`, `file`, `nonfile`, `exists`, `length(…)`, `minlength(n)`, `maxlength(n)`, `min(n)`, `max(n)`, `range(a,b)`, `regex(…)`"
            }
            Self::ConstraintArguments => {
                "a constraint of the route has unfit arguments: give as many whole numbers as it takes, the smaller first, and none to a constraint without parentheses"
            }
        }
    }

    /// Says whether the real host answers 503 to every request because of this, or only refuses the function.
    pub const fn stops_the_host(self) -> bool {
        !matches!(self, Self::Reserved)
    }
}

impl fmt::Display for RouteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.message())
    }
}

impl core::error::Error for RouteError {}

/// One part of a template, as it is written.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Part<'a> {
    /// The `/` between two segments.
    Separator,
    /// Text that must be there; `{{` and `}}` stand for single braces.
    Literal(&'a str),
    /// A parameter between braces.
    Parameter(Parameter<'a>),
}

/// A parameter of a template; within its texts `{{` and `}}` stand for single braces.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Parameter<'a> {
    /// The name under which the value comes.
    pub name: &'a str,
    /// The value that stands in for an absent one.
    pub default: Option<&'a str>,
    /// Whether the value may be absent: `{name?}`.
    pub optional: bool,
    /// Whether the value takes the rest of the path: `{*name}` or `{**name}`.
    pub catch_all: bool,
    constraints: Constraints<'a>,
}

impl<'a> Parameter<'a> {
    /// The constraints in their order.
    pub const fn constraints(self) -> Constraints<'a> {
        self.constraints
    }

    const fn parse(text: &'a str) -> Result<Self, RouteError> {
        let bytes = text.as_bytes();
        let catch_all = starts_with(bytes, 0, b"*");
        let start = if starts_with(bytes, 0, b"**") {
            2
        } else if catch_all {
            1
        } else {
            0
        };
        let optional = !bytes.is_empty() && byte(bytes, bytes.len() - 1) == b'?';
        let end = if optional {
            bytes.len() - 1
        } else {
            bytes.len()
        };
        if start >= end {
            return Err(RouteError::ParameterName);
        }
        // A delimiter in the first place belongs to the name.
        let mut name_end = start + 1;
        while name_end < end && !matches!(byte(bytes, name_end), b':' | b'=') {
            name_end += 1;
        }
        let name = slice(text, start, name_end);
        let constraints = Constraints {
            text: slice(text, name_end, end),
            at: 0,
        };
        let mut scan = constraints;
        while scan.next().is_some() {}
        let default = if scan.at < scan.text.len() {
            Some(slice(scan.text, scan.at + 1, scan.text.len()))
        } else {
            None
        };
        if catch_all && optional {
            return Err(RouteError::CatchAllOptional);
        }
        if optional && default.is_some() {
            return Err(RouteError::OptionalDefault);
        }
        Ok(Self {
            name,
            default,
            optional,
            catch_all,
            constraints,
        })
    }
}

/// A constraint of a parameter: `name` or `name(argument)`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Constraint<'a> {
    /// The name, in the case in which it is written.
    pub name: &'a str,
    /// The text between the parentheses.
    pub argument: Option<&'a str>,
}

/// The constraints of one parameter, one after the other.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Constraints<'a> {
    /// Either nothing, or `:constraint…`, or `=default`, or both.
    text: &'a str,
    at: usize,
}

impl<'a> Constraints<'a> {
    /// The next constraint, if there is one.
    #[expect(
        clippy::should_implement_trait,
        reason = "the trait's method is not const"
    )]
    pub const fn next(&mut self) -> Option<Constraint<'a>> {
        let bytes = self.text.as_bytes();
        while self.at < bytes.len() && byte(bytes, self.at) == b':' {
            let start = self.at + 1;
            self.at = constraint_end(bytes, start);
            if self.at > start {
                return Some(Constraint::parse(slice(self.text, start, self.at)));
            }
        }
        None
    }
}

impl<'a> Constraint<'a> {
    const fn parse(text: &'a str) -> Self {
        let bytes = text.as_bytes();
        let open = find(bytes, 0, b'(');
        if open < bytes.len() && byte(bytes, bytes.len() - 1) == b')' {
            Self {
                name: slice(text, 0, open),
                argument: Some(slice(text, open + 1, bytes.len() - 1)),
            }
        } else {
            Self {
                name: text,
                argument: None,
            }
        }
    }

    const fn check(self) -> Result<(), RouteError> {
        match Kind::named(self.name) {
            None => Err(RouteError::UnknownConstraint),
            Some(kind) => {
                let good = match (kind, self.argument) {
                    (Kind::Plain, None) | (Kind::Regex, Some(_)) => true,
                    (Kind::Length, Some(text)) => match numbers(text) {
                        Some((low, None)) => is_length(low),
                        Some((low, Some(high))) => low <= high && is_length(low) && is_length(high),
                        None => false,
                    },
                    (Kind::OneLength, Some(text)) => match numbers(text) {
                        Some((number, None)) => is_length(number),
                        _ => false,
                    },
                    (Kind::OneNumber, Some(text)) => matches!(numbers(text), Some((_, None))),
                    (Kind::Range, Some(text)) => match numbers(text) {
                        Some((low, Some(high))) => low <= high,
                        _ => false,
                    },
                    _ => false,
                };
                if good {
                    Ok(())
                } else {
                    Err(RouteError::ConstraintArguments)
                }
            }
        }
    }
}

/// What arguments a constraint takes.
#[derive(Clone, Copy)]
enum Kind {
    Plain,
    Regex,
    Length,
    OneLength,
    OneNumber,
    Range,
}

impl Kind {
    const fn named(name: &str) -> Option<Self> {
        const KINDS: &[(&str, Kind)] = &[
            ("int", Kind::Plain),
            ("long", Kind::Plain),
            ("bool", Kind::Plain),
            ("datetime", Kind::Plain),
            ("decimal", Kind::Plain),
            ("double", Kind::Plain),
            ("float", Kind::Plain),
            ("guid", Kind::Plain),
            ("alpha", Kind::Plain),
            ("required", Kind::Plain),
            ("file", Kind::Plain),
            ("nonfile", Kind::Plain),
            ("exists", Kind::Plain),
            ("regex", Kind::Regex),
            ("length", Kind::Length),
            ("minlength", Kind::OneLength),
            ("maxlength", Kind::OneLength),
            ("min", Kind::OneNumber),
            ("max", Kind::OneNumber),
            ("range", Kind::Range),
        ];
        let mut rest = KINDS;
        while let Some(((known, kind), tail)) = rest.split_first() {
            if is_same(known, name) {
                return Some(*kind);
            }
            rest = tail;
        }
        None
    }
}

/// The parts of a template, one after the other.
#[derive(Clone, Copy, Debug)]
pub struct Parts<'a> {
    template: &'a str,
    at: usize,
}

impl<'a> Parts<'a> {
    /// The parts of `template`, which has no leading `/`.
    pub const fn new(template: &'a str) -> Self {
        Self { template, at: 0 }
    }

    /// The next part, or `None` at the end.
    ///
    /// # Errors
    ///
    /// What is wrong with the part. The rules between parts are those of [`check_template`].
    #[expect(
        clippy::should_implement_trait,
        reason = "the trait's method is not const"
    )]
    pub const fn next(&mut self) -> Result<Option<Part<'a>>, RouteError> {
        let bytes = self.template.as_bytes();
        let start = self.at;
        if start >= bytes.len() {
            return Ok(None);
        }
        if byte(bytes, start) == b'/' {
            if start == 0 || byte(bytes, start - 1) == b'/' {
                return Err(RouteError::EmptySegment);
            }
            self.at += 1;
            return Ok(Some(Part::Separator));
        }
        let is_parameter = byte(bytes, start) == b'{' && !starts_with(bytes, start, b"{{");
        let end = if is_parameter {
            parameter_end(bytes, start)
        } else {
            literal_end(bytes, start)
        };
        self.at = match end {
            Ok(end) => end,
            Err(error) => return Err(error),
        };
        if is_parameter {
            match Parameter::parse(slice(self.template, start + 1, self.at - 1)) {
                Ok(parameter) => Ok(Some(Part::Parameter(parameter))),
                Err(error) => Err(error),
            }
        } else {
            Ok(Some(Part::Literal(slice(self.template, start, self.at))))
        }
    }
}

/// Checks what stands in one pair of braces, and that no earlier parameter of the template has its name.
const fn check_parameter(
    template: &str,
    start: usize,
    parameter: Parameter<'_>,
) -> Result<(), RouteError> {
    let name = parameter.name.as_bytes();
    let mut at = 0;
    while at < name.len() {
        if matches!(byte(name, at), b'/' | b'{' | b'}' | b'?' | b'*') {
            return Err(RouteError::ParameterName);
        }
        at += 1;
    }
    let mut earlier = Parts::new(template);
    while earlier.at < start {
        if let Ok(Some(Part::Parameter(other))) = earlier.next()
            && is_same(other.name, parameter.name)
        {
            return Err(RouteError::RepeatedParameter);
        }
    }
    let mut constraints = parameter.constraints();
    while let Some(constraint) = constraints.next() {
        if let Err(error) = constraint.check() {
            return Err(error);
        }
    }
    Ok(())
}

/// Where the constraint that starts at `start` ends: at the `:` of the next, at the `=` of the default, or at the end.
const fn constraint_end(bytes: &[u8], start: usize) -> usize {
    let mut at = start;
    let mut in_parentheses = false;
    while at < bytes.len() {
        match byte(bytes, at) {
            b'(' => in_parentheses = true,
            b':' | b'=' => {
                // Inside parentheses a delimiter is text, if a closing one is still to come.
                let close = if in_parentheses {
                    find(bytes, at + 1, b')')
                } else {
                    bytes.len()
                };
                if close >= bytes.len() {
                    return at;
                }
                at = close;
            }
            b')' if in_parentheses && at + 1 < bytes.len() => {
                if matches!(byte(bytes, at + 1), b':' | b'=') {
                    return at + 1;
                }
            }
            _ => {}
        }
        at += 1;
    }
    bytes.len()
}

/// Where the literal that starts at `start` ends.
const fn literal_end(bytes: &[u8], start: usize) -> Result<usize, RouteError> {
    let mut at = start;
    while at < bytes.len() {
        match byte(bytes, at) {
            b'/' => break,
            b'?' => return Err(RouteError::QuestionMark),
            b'{' if starts_with(bytes, at, b"{{") => at += 1,
            b'{' if at + 1 < bytes.len() => break,
            b'}' if starts_with(bytes, at, b"}}") => at += 1,
            b'{' | b'}' => return Err(RouteError::UnbalancedBrace),
            _ => {}
        }
        at += 1;
    }
    Ok(at)
}

/// Where the parameter that starts at `start` ends: behind its closing brace.
const fn parameter_end(bytes: &[u8], start: usize) -> Result<usize, RouteError> {
    let mut at = start + 1;
    while at < bytes.len() {
        match byte(bytes, at) {
            b'{' if starts_with(bytes, at, b"{{") => at += 1,
            b'{' if at + 1 < bytes.len() => return Err(RouteError::UnescapedBrace),
            b'}' if starts_with(bytes, at, b"}}") => at += 1,
            b'}' => return Ok(at + 1),
            _ => {}
        }
        at += 1;
    }
    Err(RouteError::UnbalancedBrace)
}

/// One or two whole numbers, separated by a comma.
const fn numbers(text: &str) -> Option<(i64, Option<i64>)> {
    let comma = find(text.as_bytes(), 0, b',');
    if comma == text.len() {
        return match number(text) {
            Some(only) => Some((only, None)),
            None => None,
        };
    }
    match (
        number(slice(text, 0, comma)),
        number(slice(text, comma + 1, text.len())),
    ) {
        (Some(first), Some(second)) => Some((first, Some(second))),
        _ => None,
    }
}

const fn number(text: &str) -> Option<i64> {
    match i64::from_str_radix(text.trim_ascii(), 10) {
        Ok(number) => Some(number),
        Err(_) => None,
    }
}

const fn is_length(number: i64) -> bool {
    number >= 0 && number <= i32::MAX as i64
}

/// Where `wanted` is at or behind `at`, or the length.
const fn find(bytes: &[u8], mut at: usize, wanted: u8) -> usize {
    while at < bytes.len() && byte(bytes, at) != wanted {
        at += 1;
    }
    at
}

const fn starts_with(bytes: &[u8], at: usize, wanted: &[u8]) -> bool {
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
const fn byte(bytes: &[u8], at: usize) -> u8 {
    bytes[at]
}

/// `text[from..to]`; both ends lie beside ASCII characters.
const fn slice(text: &str, from: usize, to: usize) -> &str {
    text.split_at(to).0.split_at(from).1
}

#[cfg(test)]
mod tests {
    use super::{Part, Parts, RouteError, check};

    #[test]
    fn routes() {
        for (route, expected) in [
            ("", Ok(())),
            ("a/{b}/{c:int:min(5)?}", Ok(())),
            ("{a}/{*rest:regex(^a/b:c=d$)}", Ok(())),
            ("{name}.{ext?}", Ok(())),
            ("{x:regex(^[a-c]{{2}}$)}", Ok(())),
            ("a{{b}}/", Ok(())),
            ("{x:length( 1 , 2 )=a?b}", Ok(())),
            ("{x::int}", Ok(())),
            ("/Admin/x", Err(RouteError::Reserved)),
            ("runtimes", Err(RouteError::Reserved)),
            ("/a", Err(RouteError::EmptySegment)),
            ("a//b", Err(RouteError::EmptySegment)),
            ("{id", Err(RouteError::UnbalancedBrace)),
            ("id}", Err(RouteError::UnbalancedBrace)),
            ("id{", Err(RouteError::UnbalancedBrace)),
            ("{x:regex({2})}", Err(RouteError::UnescapedBrace)),
            ("a?b", Err(RouteError::QuestionMark)),
            ("{}", Err(RouteError::ParameterName)),
            ("{?}", Err(RouteError::ParameterName)),
            ("{**}", Err(RouteError::ParameterName)),
            ("{a?=x}", Err(RouteError::ParameterName)),
            ("{a/b}", Err(RouteError::ParameterName)),
            ("{x}/{X}", Err(RouteError::RepeatedParameter)),
            ("{a}{b}", Err(RouteError::ConsecutiveParameters)),
            ("a{*b}", Err(RouteError::CatchAllNotAlone)),
            ("{*a}/b", Err(RouteError::CatchAllNotLast)),
            ("{*a?}", Err(RouteError::CatchAllOptional)),
            ("{a?}b", Err(RouteError::OptionalNotLast)),
            ("{a}-{b?}", Err(RouteError::OptionalNotAfterDot)),
            ("{a=x?}", Err(RouteError::OptionalDefault)),
            ("{a: int}", Err(RouteError::UnknownConstraint)),
            ("{a:int()}", Err(RouteError::ConstraintArguments)),
            ("{a:length(2,1)}", Err(RouteError::ConstraintArguments)),
            ("{a:length(-1)}", Err(RouteError::ConstraintArguments)),
            ("{a:min}", Err(RouteError::ConstraintArguments)),
            ("{a:min(x)}", Err(RouteError::ConstraintArguments)),
            ("{a:range(1)}", Err(RouteError::ConstraintArguments)),
        ] {
            assert_eq!(check(route), expected, "{route}");
        }
    }

    #[test]
    fn parameters() {
        for (template, constraints, default) in [
            ("{a}", "", None),
            ("{a:int=5}", "int", Some("5")),
            ("{a=5:int}", "", Some("5:int")),
            ("{a:int:min(5)}", "int min(5)", None),
            ("{a:regex(x:y=z)=w}", "regex(x:y=z)", Some("w")),
            ("{a:regex((a|b)):int}", "regex((a|b)) int", None),
            ("{:a=}", "", Some("")),
        ] {
            let Ok(Some(Part::Parameter(parameter))) = Parts::new(template).next() else {
                panic!("{template} is no parameter");
            };
            let mut found = Vec::new();
            let mut rest = parameter.constraints();
            while let Some(constraint) = rest.next() {
                found.push(match constraint.argument {
                    Some(argument) => format!("{}({argument})", constraint.name),
                    None => constraint.name.to_owned(),
                });
            }
            assert_eq!(found.join(" "), constraints, "{template}");
            assert_eq!(parameter.default, default, "{template}");
        }
    }
}
