//! The grammar of HTTP route templates, and which of them the host accepts.
//!
//! Everything here is `const`, so that the macro's checks and the embedded host read templates with one grammar. The
//! rules were recorded from a real host (`tests/data/vectors/routes.jsonl`): one malformed template there takes down
//! the whole function app, which is why it is worth an error at compile time.

use self::scan::{byte, starts_with};
pub use self::{
    constraint::{Constraint, Constraints},
    error::RouteError,
    parts::{Parameter, Part, Parts},
};
use crate::names::equal_ignoring_case;

mod constraint;
mod error;
mod parts;
mod scan;

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
                after_dot = equal_ignoring_case(text, ".");
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
            && equal_ignoring_case(other.name, parameter.name)
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

#[cfg(test)]
mod tests {
    use super::{RouteError, check};

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
}
