//! The functions that `#[func]` registered, put in order and checked.

use std::collections::HashMap;

use crate::{Error, FunctionDef, context::States, error::Kind, worker::limit::Limits};

/// A function that registers itself.
#[derive(Debug)]
pub struct Registration(pub &'static FunctionDef);

inventory::collect!(Registration);

/// All functions that registered themselves. inventory promises no order.
pub(crate) fn registered() -> Vec<&'static FunctionDef> {
    inventory::iter::<Registration>
        .into_iter()
        .map(|registration| registration.0)
        .collect()
}

/// The registered function of this type.
#[cfg(feature = "durable")]
pub(crate) fn find(identity: std::any::TypeId) -> Option<&'static FunctionDef> {
    inventory::iter::<Registration>
        .into_iter()
        .map(|registration| registration.0)
        .find(|function| function.identity.is_some_and(|of| of() == identity))
}

/// Sorts the functions by name.
///
/// # Errors
///
/// When there are none, when two have names that differ in case only, because the host would answer 503 to every call,
/// when one needs a state that the app does not have, or when there is a limit for one that is not there.
pub(crate) fn check(
    mut functions: Vec<&'static FunctionDef>,
    states: &States,
    limits: &Limits,
) -> Result<Vec<&'static FunctionDef>, Error> {
    if functions.is_empty() {
        return Err(Error::new(Kind::Functions(
            "no functions are registered; put `#[func]` on one, and if they live in a library crate, add `use my_crate as _;` \
             to `main.rs` so that it is linked"
                .to_owned(),
        )));
    }
    functions.sort_by_key(|function| function.name);
    let mut seen: HashMap<String, &FunctionDef> = HashMap::new();
    let mut mistakes = Vec::new();
    for function in &functions {
        if let Some(other) = seen.insert(function.name.to_lowercase(), function) {
            mistakes.push(format!(
                "two functions are called `{}`, at {}:{} and at {}:{}; rename one with `#[func(name = \"…\")]`",
                function.name, other.file, other.line, function.file, function.line
            ));
        }
        for parameter in function.parameters {
            if let Some(type_name) = parameter.need.and_then(|need| need.missing(states)) {
                mistakes.push(format!(
                    "function `{}`, at {}:{}, takes `State<{type_name}>`, and the app has no such state; give it one with \
                     `App::new().state(…)`",
                    function.name, function.file, function.line
                ));
            }
        }
    }
    let mut limited: Vec<_> = limits.functions.keys().collect();
    limited.sort();
    for name in limited {
        if !functions.iter().any(|function| function.name == name) {
            mistakes.push(format!(
                "`max_concurrency_of` limits the function `{name}`, and the app has no such function; write the name that the \
                 host knows it by"
            ));
        }
    }
    if mistakes.is_empty() {
        Ok(functions)
    } else {
        Err(Error::new(Kind::Functions(mistakes.join("; "))))
    }
}

#[cfg(test)]
mod tests {
    use crate::{
        FunctionDef, Invoker, Outputs, State, bindings::HttpRequest, context::States, func,
        functions, worker::limit::Limits,
    };

    static A: FunctionDef = function("Greet", 1);
    static B: FunctionDef = function("greet", 2);
    static C: FunctionDef = function("alone", 3);

    const fn function(name: &'static str, line: u32) -> FunctionDef {
        FunctionDef {
            name,
            file: "src/main.rs",
            line,
            parameters: &[],
            outputs: &[],
            output_settings: &[],
            retry: None,
            invoker: Invoker::Blocking(|_| Ok(Outputs::new())),
            identity: None,
        }
    }

    #[test]
    fn sorted() {
        let names: Vec<_> = super::check(vec![&C, &A], &States::default(), &Limits::default())
            .unwrap()
            .iter()
            .map(|function| function.name)
            .collect();
        assert_eq!(names, ["Greet", "alone"]);
    }

    #[test]
    fn clash() {
        assert_eq!(
            super::check(vec![&B, &C, &A], &States::default(), &Limits::default())
                .unwrap_err()
                .to_string(),
            "two functions are called `greet`, at src/main.rs:1 and at src/main.rs:2; rename one with `#[func(name = \"…\")]`"
        );
    }

    #[test]
    fn none() {
        assert!(
            super::check(Vec::new(), &States::default(), &Limits::default())
                .unwrap_err()
                .is_functions()
        );
    }

    #[test]
    fn limit_of_nothing() {
        let limits = Limits {
            functions: [("alone", 1), ("Alone", 1)]
                .map(|(name, limit)| (name.to_owned(), limit))
                .into(),
            ..Limits::default()
        };
        assert_eq!(
            super::check(vec![&C], &States::default(), &limits)
                .unwrap_err()
                .to_string(),
            "`max_concurrency_of` limits the function `Alone`, and the app has no such function; write the name that the host \
             knows it by"
        );
    }

    #[func]
    fn counts(_request: HttpRequest, _visits: State<u64>, _name: &State<String>) {}

    #[test]
    fn missing_state() {
        let [function] = functions![counts];
        let error = super::check(
            vec![function],
            &States::default().with(String::new()),
            &Limits::default(),
        )
        .unwrap_err();
        let error = error.to_string();
        assert!(error.starts_with("function `counts`, at "), "{error}");
        assert!(
            error.ends_with(
                ", takes `State<u64>`, and the app has no such state; give it one with `App::new().state(…)`"
            ),
            "{error}"
        );
        let states = States::default().with(1_u64).with(String::new());
        assert!(super::check(vec![function], &states, &Limits::default()).is_ok());
    }
}
