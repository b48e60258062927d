//! The functions that `#[func]` registered, put in order and checked.

use std::{collections::HashMap, fmt::Write as _};

use crate::{Error, FunctionDef, error::Kind};

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

/// Sorts the functions by name.
///
/// # Errors
///
/// When there are none, or two have names that differ in case only: the host would answer 503 to every call.
pub(crate) fn check(
    mut functions: Vec<&'static FunctionDef>,
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
    let mut clashes = String::new();
    for function in &functions {
        if let Some(other) = seen.insert(function.name.to_lowercase(), function) {
            if !clashes.is_empty() {
                clashes.push_str("; ");
            }
            let _ = write!(
                clashes,
                "two functions are called `{}`, at {}:{} and at {}:{}; rename one with `#[func(name = \"…\")]`",
                function.name, other.file, other.line, function.file, function.line
            );
        }
    }
    if clashes.is_empty() {
        Ok(functions)
    } else {
        Err(Error::new(Kind::Functions(clashes)))
    }
}

#[cfg(test)]
mod tests {
    use crate::{FunctionDef, Invoker, Outputs};

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
        }
    }

    #[test]
    fn sorted() {
        let names: Vec<_> = super::check(vec![&C, &A])
            .unwrap()
            .iter()
            .map(|function| function.name)
            .collect();
        assert_eq!(names, ["Greet", "alone"]);
    }

    #[test]
    fn clash() {
        assert_eq!(
            super::check(vec![&B, &C, &A]).unwrap_err().to_string(),
            "two functions are called `greet`, at src/main.rs:1 and at src/main.rs:2; rename one with `#[func(name = \"…\")]`"
        );
    }

    #[test]
    fn none() {
        assert!(super::check(Vec::new()).unwrap_err().is_functions());
    }
}
