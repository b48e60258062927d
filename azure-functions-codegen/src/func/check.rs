//! The rules that need no types: the shape of the function, the names, the values.

use azure_functions_shared::names::{MAX_LEN, RETURN, is_binding_name, is_function_name};
use syn::{Expr, ExprArray, ExprLit, ExprUnary, Lit, Type, UnOp};

use super::ast::{By, Func, Name, Setting};
use crate::errors::Errors;

/// Reports every mistake that can be seen without types.
pub(super) fn check(function: &Func, errors: &mut Errors) {
    shape(function, errors);
    names(function, errors);
    for parameter in &function.parameters {
        values(&parameter.settings, errors);
    }
    for block in &function.outputs {
        values(&block.settings, errors);
    }
}

/// The host calls a function by its name only, so it has to be a plain one.
fn shape(function: &Func, errors: &mut Errors) {
    let signature = &function.signature;
    if let Some(token) = &signature.constness {
        errors.at(token, "an Azure Function cannot be `const`");
    }
    if let syn::Safety::Unsafe(token) = &signature.safety {
        errors.at(
            token,
            "an Azure Function cannot be `unsafe`: the host calls it",
        );
    }
    if let Some(token) = &signature.abi {
        errors.at(
            token,
            "an Azure Function cannot be `extern`: it is called from Rust",
        );
    }
    if !signature.generics.params.is_empty() {
        errors.at(
            &signature.generics.params,
            "an Azure Function cannot be generic: the host calls it, and cannot say with which types",
        );
    } else if let Some(clause) = &signature.generics.where_clause {
        errors.at(
            clause,
            "an Azure Function cannot have a `where` clause, because it cannot be generic",
        );
    }
    if let Some(token) = &signature.variadic {
        errors.at(token, "an Azure Function cannot be variadic");
    }
    if let Some(Type::ImplTrait(output)) = &function.output {
        errors.at(
            output,
            "the return type says which outputs the function has: name a type",
        );
    }
}

/// The name that the host knows a function by.
pub(super) fn name(name: &Name, errors: &mut Errors) {
    if !is_function_name(&name.text) {
        let text = &name.text;
        errors.push(syn::Error::new(
            name.span,
            format!(
                "`{text}` cannot be the name of an Azure Function: it must start with a letter, have only letters, digits, `_` \
                 and `-`, at most {MAX_LEN} of them, and not be `host`; give another with `#[func(name = \"…\")]`"
            ),
        ));
    }
}

fn names(function: &Func, errors: &mut Errors) {
    name(&function.name, errors);
    let mut seen: Vec<String> = Vec::new();
    for parameter in &function.parameters {
        let name = &parameter.name;
        let text = &name.text;
        if text == RETURN || !is_binding_name(text) {
            errors.push(syn::Error::new(
                name.span,
                format!(
                    "`{text}` cannot be the name of a binding: the host takes a letter and then letters and digits, at most {MAX_LEN}; \
                     give another with `#[binding(name = \"…\")]`"
                ),
            ));
            continue;
        }
        let mut wire = vec![text.clone()];
        if parameter.by == By::Mutable {
            wire.push(parameter.update_name());
        }
        for wire in wire {
            if seen.iter().any(|seen| seen.eq_ignore_ascii_case(&wire)) {
                errors.push(syn::Error::new(
                    name.span,
                    format!("the host would see two bindings called `{wire}`: give one another name with `#[binding(name = \"…\")]`"),
                ));
            } else {
                seen.push(wire);
            }
        }
    }

    for block in &function.outputs {
        let Some(name) = &block.name else { continue };
        if function.is_complete && !is_output_name(&name.text) {
            let text = &name.text;
            errors.push(syn::Error::new(
                name.span,
                format!(
                    "`{text}` is neither a parameter nor an output of this function; outputs are called `$return`, `output1`, `output2` …"
                ),
            ));
        }
    }
}

/// Whether an output can have this name. Whether there is one is seen when the types are known.
pub(super) fn is_output_name(name: &str) -> bool {
    name == RETURN
        || name.strip_prefix("output").is_some_and(|number| {
            !number.starts_with('0') && number.len() < 3 && number.parse::<u8>().is_ok()
        })
}

fn values(settings: &[Setting], errors: &mut Errors) {
    for setting in settings {
        value(&setting.value, errors);
    }
}

fn value(value: &Expr, errors: &mut Errors) {
    match value {
        Expr::Lit(ExprLit { lit: Lit::Str(_) | Lit::Bool(_) | Lit::Int(_) | Lit::Float(_), .. }) => {}
        Expr::Unary(ExprUnary { op: UnOp::Neg(_), expr, .. })
            if matches!(**expr, Expr::Lit(ExprLit { lit: Lit::Int(_) | Lit::Float(_), .. })) => {}
        Expr::Array(ExprArray { elems, .. }) => {
            for element in elems {
                self::value(element, errors);
            }
        }
        // A constant, which must be a string.
        Expr::Path(_) | Expr::Macro(_) => {}
        other => errors.at(
            other,
            "the value of a property is a string, a boolean, a number, a list of these in `[…]`, or the path of a string constant",
        ),
    }
}
