//! What can be wrong with a route template, and what to do about it.

use core::fmt;

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
