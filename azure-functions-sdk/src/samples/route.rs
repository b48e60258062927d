//! The parameters of a route, and values for them.

use std::{collections::BTreeMap, fmt::Write as _};

/// A route cannot become a path.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum RouteError {
    /// Nothing says what a parameter is.
    Missing(String),
    /// The template is broken.
    Broken,
}

/// A parameter of a route.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Parameter<'r> {
    pub(crate) name: &'r str,
    /// The constraints, with a colon before each.
    constraints: &'r str,
    /// Whether the path may end before it.
    is_optional: bool,
    /// Whether it may hold slashes.
    is_rest: bool,
}

/// The parameters in order.
pub(crate) fn parameters(route: &str) -> Vec<Parameter<'_>> {
    parts(route)
        .unwrap_or_default()
        .into_iter()
        .filter_map(|(_, parameter)| parameter)
        .collect()
}

/// The path that a route makes of values for its parameters. With `samples`, what has no value gets one that its constraints
/// let pass.
///
/// # Errors
///
/// A parameter has no value, or the route is broken.
pub(crate) fn fill(
    route: &str,
    values: &BTreeMap<String, String>,
    samples: bool,
) -> Result<String, RouteError> {
    let mut path = String::new();
    for (before, parameter) in parts(route).ok_or(RouteError::Broken)? {
        path.push_str(&before);
        let Some(parameter) = parameter else { continue };
        let given = values
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(parameter.name));
        let value = match given {
            Some((_, value)) => value.clone(),
            None if parameter.is_optional => break,
            None if samples => sample(parameter.constraints),
            None => return Err(RouteError::Missing(parameter.name.to_owned())),
        };
        escape(&mut path, &value, parameter.is_rest);
    }
    Ok(path.trim_end_matches('/').to_owned())
}

/// Texts, each with the parameter that stands behind it.
fn parts(route: &str) -> Option<Vec<(String, Option<Parameter<'_>>)>> {
    let mut parts = Vec::new();
    let mut text = String::new();
    let mut rest = route;
    while let Some(at) = rest.find(['{', '}']) {
        let (before, after) = rest.split_at_checked(at)?;
        text.push_str(before);
        if let Some(after) = after
            .strip_prefix("{{")
            .or_else(|| after.strip_prefix("}}"))
        {
            // Doubled, a brace stands for itself.
            text.extend(rest.get(at..)?.chars().next());
            rest = after;
            continue;
        }
        let (inside, after) = after.strip_prefix('{')?.split_once('}')?;
        parts.push((std::mem::take(&mut text), Some(parameter(inside))));
        rest = after;
    }
    text.push_str(rest);
    parts.push((text, None));
    Some(parts)
}

fn parameter(inside: &str) -> Parameter<'_> {
    let name = inside.trim_start_matches('*');
    let is_rest = name.len() < inside.len();
    let end = name.find([':', '=', '?']).unwrap_or(name.len());
    let (name, more) = name.split_at_checked(end).unwrap_or((name, ""));
    let constraints = more.split_once('=').map_or(more, |(before, _)| before);
    Parameter {
        name,
        constraints: constraints.trim_end_matches('?'),
        is_optional: more.ends_with('?') || more.contains('=') || is_rest,
        is_rest,
    }
}

/// A value that the constraints let pass, as far as that can be said.
fn sample(constraints: &str) -> String {
    for constraint in constraints.split(':') {
        let (name, arguments) = constraint.split_once('(').unwrap_or((constraint, ""));
        let first = arguments
            .trim_end_matches(')')
            .split(',')
            .next()
            .unwrap_or_default();
        let value = match &*name.to_ascii_lowercase() {
            "int" | "long" | "max" => "1",
            "min" | "range" => first,
            "decimal" | "double" | "float" => "1.5",
            "bool" => "true",
            "guid" => "00000000-0000-0000-0000-000000000001",
            "datetime" => "2026-01-01",
            "minlength" | "length" => {
                let length = first.trim().parse().unwrap_or(1);
                return "s".repeat(usize::min(length, 1000));
            }
            _ => continue,
        };
        return value.trim().to_owned();
    }
    "sample".to_owned()
}

/// Appends a value as part of a path or a query.
pub(crate) fn escape(path: &mut String, value: &str, is_rest: bool) {
    for byte in value.bytes() {
        let plain = byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
        if plain || (is_rest && byte == b'/') {
            path.push(char::from(byte));
        } else {
            let _ = write!(path, "%{byte:02X}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths() {
        let given = BTreeMap::from([("ID".to_owned(), "a b/c".to_owned())]);
        let none = BTreeMap::new();
        for (route, given, samples, expected) in [
            ("api/greet", &none, false, Ok("api/greet")),
            ("api/items/{id}", &given, false, Ok("api/items/a%20b%2Fc")),
            ("api/items/{*id}", &given, false, Ok("api/items/a%20b/c")),
            ("api/items/{id:int?}", &none, true, Ok("api/items")),
            ("api/items/{id:int}", &none, true, Ok("api/items/1")),
            (
                "api/{a:guid}/{b:min(7)}",
                &none,
                true,
                Ok("api/00000000-0000-0000-0000-000000000001/7"),
            ),
            ("api/{a:length(3)}/{b=x}/{*c}", &none, true, Ok("api/sss")),
            ("api/{{x}}/{a}", &none, true, Ok("api/{x}/sample")),
            (
                "api/items/{id}",
                &none,
                false,
                Err(RouteError::Missing("id".to_owned())),
            ),
            ("api/{broken", &none, true, Err(RouteError::Broken)),
            ("api/broken}", &none, true, Err(RouteError::Broken)),
        ] {
            let path = fill(route, given, samples);
            assert_eq!(path, expected.map(str::to_owned), "{route}");
        }
        let names = |route| {
            parameters(route)
                .iter()
                .map(|own| own.name)
                .collect::<Vec<_>>()
        };
        assert_eq!(names("a/{id:int}/{**rest}"), ["id", "rest"]);
    }
}
