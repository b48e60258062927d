//! `route`: a prefix, a template, a method and a target, one a line.

use azure_functions_host::route::RouteTable;
use azure_functions_shared::route::{self, Part, Parts};
use http::Method;

use crate::lines;

/// What the macro lets compile is a route for the host, and nothing else is; no request breaks the table.
///
/// # Panics
///
/// That is not so.
pub fn check(data: &[u8]) {
    let Some([prefix, template, method, target]) = lines::of(data) else {
        return;
    };
    let compiles = route::check(template);
    let functions = [("f", Some(template), None)];
    let served = RouteTable::new("api", functions).is_ok_and(|table| table.refused().is_empty());
    assert_eq!(compiles.is_ok(), served, "{template:?}: {compiles:?}");
    let Ok(table) = RouteTable::new(prefix, functions) else {
        return;
    };
    let method = method.parse().unwrap_or(Method::GET);
    if let Ok(Some(found)) = table.find(&method, target) {
        let whole = format!("{prefix}/{template}");
        let mut names = names(&whole);
        for (name, value) in &found.values {
            let at = names.iter().position(|known| known == name);
            assert!(
                at.is_some(),
                "{whole:?} has no `{name}`, which is {value:?}"
            );
            at.map(|at| names.swap_remove(at));
        }
    }
}

/// The names of the parameters.
fn names(template: &str) -> Vec<String> {
    let template = template.trim_start_matches(['~', '/']);
    let mut parts = Parts::new(template);
    let mut names = Vec::new();
    while let Ok(Some(part)) = parts.next() {
        if let Part::Parameter(parameter) = part {
            names.push(parameter.name.replace("{{", "{").replace("}}", "}"));
        }
    }
    names
}
