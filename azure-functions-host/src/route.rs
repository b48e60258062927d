//! Which function a request is for, exactly as the real host decides it.
//!
//! Functions are tried in the order of their names, ignoring case; the first whose template and methods fit gets the
//! request. There is no precedence of literals over parameters, and no 405.

use std::{error::Error, fmt};

use azure_functions_shared::route::{RouteError, check_template, is_reserved};
use http::Method;

pub use self::constraint::BrokenConstraint;
use self::template::Template;
use crate::dotnet::eq_ignore_case;

mod constraint;
mod datetime;
mod number;
mod path;
mod template;

/// The routes of all HTTP functions of an app.
#[derive(Debug)]
pub struct RouteTable {
    routes: Vec<Route>,
    refused: Vec<Refused>,
}

#[derive(Debug)]
struct Route {
    function: String,
    template: Template,
    methods: Option<Vec<String>>,
}

impl RouteTable {
    /// Builds the table from the name, the route and the methods of each HTTP function.
    ///
    /// A blank route is the function's name; without methods every method fits, with an empty list none does.
    ///
    /// # Errors
    ///
    /// A template that the real host cannot read stops that whole host, so it is an error here too.
    pub fn new<'a>(
        prefix: &str,
        functions: impl IntoIterator<Item = (&'a str, Option<&'a str>, Option<&'a [String]>)>,
    ) -> Result<Self, RouteTableError> {
        let mut functions: Vec<_> = functions.into_iter().collect();
        functions.sort_by_key(|(name, ..)| name.to_ascii_uppercase());
        let mut claims = Claims::default();
        let mut table = Self {
            routes: Vec::with_capacity(functions.len()),
            refused: Vec::new(),
        };
        for (function, route, methods) in functions {
            let route = route_of(function, route);
            if let Err(reason) = claims.claim(function, route, methods) {
                table.refused.push(Refused {
                    function: function.to_owned(),
                    reason,
                });
                continue;
            }
            let template = join(prefix, route);
            let parsed = parse(&template).map_err(|error| RouteTableError {
                function: function.to_owned(),
                template,
                error,
            })?;
            table.routes.push(Route {
                function: function.to_owned(),
                template: parsed,
                methods: methods.map(<[String]>::to_vec),
            });
        }
        Ok(table)
    }

    /// Finds the function for a request; `target` is the path and the query as they were sent.
    ///
    /// # Errors
    ///
    /// The real host answers such a request with [`FindError::status`].
    pub fn find(&self, method: &Method, target: &str) -> Result<Option<RouteMatch<'_>>, FindError> {
        let Some(path) = path::decode(target)? else {
            return Ok(None);
        };
        for route in self.routes.iter().filter(|route| route.takes(method)) {
            if let Some(values) = route.template.match_path(&path)? {
                return Ok(Some(RouteMatch {
                    function: &route.function,
                    values,
                }));
            }
        }
        Ok(None)
    }

    /// The functions that got no route.
    pub fn refused(&self) -> &[Refused] {
        &self.refused
    }
}

impl Route {
    fn takes(&self, method: &Method) -> bool {
        self.methods.as_ref().is_none_or(|methods| {
            methods
                .iter()
                .any(|known| known.eq_ignore_ascii_case(method.as_str()))
        })
    }
}

/// The function that a request is for.
#[derive(Debug, Eq, PartialEq)]
pub struct RouteMatch<'a> {
    /// The function's name.
    pub function: &'a str,
    /// The route values: the parameters that have one, by the names in the template.
    pub values: Vec<(String, String)>,
}

/// A function without a route, and why.
#[derive(Debug, Eq, PartialEq)]
pub struct Refused {
    /// The function's name.
    pub function: String,
    /// What is wrong.
    pub reason: Refusal,
}

/// Why a function may not have its route.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Refusal {
    /// The route lies in the host's own space.
    BuiltIn,
    /// An earlier function has the same route for one of the methods.
    Taken {
        /// The name of the earlier function.
        by: String,
    },
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The host's own words.
        match self {
            Self::BuiltIn => {
                f.write_str("The specified route conflicts with one or more built in routes.")
            }
            Self::Taken { by } => {
                write!(
                    f,
                    "The route specified conflicts with the route defined by function '{by}'."
                )
            }
        }
    }
}

/// A template that stops the host.
#[derive(Debug, Eq, PartialEq)]
pub struct RouteTableError {
    /// The function whose route it is.
    pub function: String,
    /// The template, the prefix included.
    pub template: String,
    /// What is wrong with it.
    pub error: RouteError,
}

impl fmt::Display for RouteTableError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the route `{}` of function `{}` stops the whole host, as {}",
            self.template, self.function, self.error
        )
    }
}

impl Error for RouteTableError {}

/// A request that cannot be routed.
#[derive(Debug)]
pub enum FindError {
    /// The path is not ASCII, or holds an escaped NUL.
    BadPath,
    /// A route on the way has a constraint that cannot be evaluated.
    Constraint(BrokenConstraint),
}

impl FindError {
    /// The status of the answer.
    pub fn status(&self) -> http::StatusCode {
        match self {
            Self::BadPath => http::StatusCode::BAD_REQUEST,
            Self::Constraint(_) => http::StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

impl fmt::Display for FindError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BadPath => f.write_str(
                "the request's target is not ASCII, or holds `%00`: escape it as UTF-8, without NUL",
            ),
            Self::Constraint(error) => error.fmt(f),
        }
    }
}

impl Error for FindError {}

impl From<BrokenConstraint> for FindError {
    fn from(error: BrokenConstraint) -> Self {
        Self::Constraint(error)
    }
}

/// The routes that functions have, to find those that may not have theirs.
#[derive(Debug, Default)]
pub(crate) struct Claims<'a>(Vec<(&'a str, &'a str, Option<&'a [String]>)>);

impl<'a> Claims<'a> {
    /// Gives `function` its route, or says why it may not have it.
    pub(crate) fn claim(
        &mut self,
        function: &'a str,
        route: &'a str,
        methods: Option<&'a [String]>,
    ) -> Result<(), Refusal> {
        if is_reserved(route) {
            return Err(Refusal::BuiltIn);
        }
        let route = route.trim_matches('/');
        for (other, taken, others) in &self.0 {
            if eq_ignore_case(route, taken) && share_method(methods, *others) {
                return Err(Refusal::Taken {
                    by: (*other).to_owned(),
                });
            }
        }
        self.0.push((function, route, methods));
        Ok(())
    }
}

/// The route of a function: its name, unless it has one.
pub(crate) fn route_of<'a>(function: &'a str, route: Option<&'a str>) -> &'a str {
    route
        .filter(|route| !route.trim().is_empty())
        .unwrap_or(function)
}

/// Says whether two lists have a method in common. Here the host takes an empty list for all methods, and compares
/// with case, neither of which it does for a request.
fn share_method(left: Option<&[String]>, right: Option<&[String]>) -> bool {
    match (left.unwrap_or_default(), right.unwrap_or_default()) {
        ([], _) | (_, []) => true,
        (left, right) => left.iter().any(|method| right.contains(method)),
    }
}

fn join(prefix: &str, route: &str) -> String {
    if prefix.is_empty() {
        route.to_owned()
    } else {
        format!("{prefix}/{route}")
    }
}

fn parse(template: &str) -> Result<Template, RouteError> {
    let template = template
        .strip_prefix("~/")
        .or_else(|| template.strip_prefix('/'))
        .unwrap_or(template);
    if template.starts_with('~') {
        return Err(RouteError::Tilde);
    }
    check_template(template)?;
    Template::parse(template)
}

#[cfg(test)]
mod tests {
    use http::Method;

    use super::{RouteError, RouteTable};

    fn values(prefix: &str, route: &str, target: &str) -> Option<String> {
        let table = RouteTable::new(prefix, [("f", Some(route), None)]).unwrap();
        let found = table.find(&Method::GET, target).unwrap()?;
        let values = found.values.iter();
        Some(
            values
                .map(|(name, value)| format!("{name}={value}"))
                .collect::<Vec<_>>()
                .join(" "),
        )
    }

    #[test]
    fn matches() {
        for (prefix, route, target, expected) in [
            ("api", "x/{id:int?}", "/API/X/7/", Some("id=7")),
            ("api", "x/{id:int?}", "/api/x", Some("")),
            ("api", "x/{id:int?}", "/api/x/y", None),
            ("/v1", "x", "/v1/x", Some("")),
            ("{tenant:int}", "x", "/7/x", Some("tenant=7")),
            ("{tenant:int}", "x", "/a/x", None),
            (" ", "x", "/%20/x", Some("")),
            ("é", "x", "/%C3%89/x", Some("")),
            ("", "~/x", "/x", Some("")),
        ] {
            let found = values(prefix, route, target);
            assert_eq!(found.as_deref(), expected, "{prefix} {route} {target}");
        }
    }

    #[test]
    fn prefixes_that_stop_the_host() {
        for (prefix, error) in [
            ("v1/", RouteError::EmptySegment),
            ("/v1/", RouteError::EmptySegment),
            ("/", RouteError::EmptySegment),
            ("v1//api", RouteError::EmptySegment),
            ("{*x}", RouteError::CatchAllNotLast),
            ("~x", RouteError::Tilde),
        ] {
            let found = RouteTable::new(prefix, [("echo", None, None)]).unwrap_err();
            assert_eq!(found.error, error, "{prefix}");
        }
    }
}
