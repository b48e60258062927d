//! What a function is to us: its parameters, its return type, and the properties given to them, with their spans.

use proc_macro2::{Ident, Span, TokenStream};
use syn::{
    Attribute, Expr, FnArg, ItemFn, Pat, ReturnType, Type, TypeReference,
    ext::IdentExt,
    parse_quote_spanned,
    spanned::Spanned,
    visit::{self, Visit},
};

use super::attr::{self, Block};
use crate::errors::Errors;

/// A function with `#[func]` on it.
pub(super) struct Func {
    pub(super) signature: syn::Signature,
    pub(super) visibility: syn::Visibility,
    /// The name that the host knows it by.
    pub(super) name: Name,
    /// The parameters that could be understood.
    pub(super) parameters: Vec<Parameter>,
    /// Whether every parameter could be understood.
    pub(super) is_complete: bool,
    /// The return type, unless there is none.
    pub(super) output: Option<Type>,
    /// The properties of outputs.
    pub(super) outputs: Vec<Block>,
    /// An expression for the retry policy.
    pub(super) retry: Option<Expr>,
    /// What is allowed of the function, as `#[allow(…)]`.
    pub(super) allowed: Vec<Attribute>,
}

/// A name and where it is written.
#[derive(Clone)]
pub(super) struct Name {
    pub(super) text: String,
    pub(super) span: Span,
}

/// A parameter.
pub(super) struct Parameter {
    /// The name on the wire.
    pub(super) name: Name,
    /// The type, without the reference.
    pub(super) ty: Type,
    pub(super) by: By,
    pub(super) settings: Vec<Setting>,
}

/// How a parameter is taken.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum By {
    Value,
    Reference,
    Mutable,
}

/// `queue_name = "orders"`.
pub(super) struct Setting {
    pub(super) name: Ident,
    pub(super) value: Expr,
}

/// Reads a function, and takes our attributes off it.
pub(super) fn read(options: TokenStream, function: &mut ItemFn, errors: &mut Errors) -> Func {
    let ident = &function.sig.ident;
    let options = attr::options(options, errors);
    let name = options.name.unwrap_or_else(|| Name {
        text: ident.unraw().to_string(),
        span: ident.span(),
    });

    let mut blocks = attr::take_named_blocks(&mut function.attrs, errors);
    let mut parameters = Vec::new();
    let mut is_complete = true;
    for input in &mut function.sig.inputs {
        match parameter(input, &mut blocks, errors) {
            Some(parameter) => parameters.push(parameter),
            None => is_complete = false,
        }
    }
    let output = match &function.sig.output {
        ReturnType::Default => None,
        ReturnType::Type(_, ty) => Some((**ty).clone()),
    };
    Func {
        signature: function.sig.clone(),
        visibility: function.vis.clone(),
        name,
        parameters,
        is_complete,
        output,
        outputs: blocks,
        retry: options.retry,
        allowed: function.attrs.iter().filter_map(allowed).collect(),
    }
}

/// What an attribute of the function allows of what we write.
fn allowed(attribute: &Attribute) -> Option<Attribute> {
    let path = attribute.path();
    let span = path.span();
    if path.is_ident("allow") {
        Some(attribute.clone())
    } else if path.is_ident("expect") {
        // What is expected may be in the function alone, and an expectation that nothing meets is a warning.
        let lints = &attribute.meta.require_list().ok()?.tokens;
        Some(parse_quote_spanned!(span=> #[allow(#lints)]))
    } else if path.is_ident("deprecated") {
        // The host calls the function all the same.
        Some(parse_quote_spanned!(span=> #[allow(deprecated)]))
    } else {
        None
    }
}

/// Reads a parameter, and takes the block that names it out of `blocks`.
fn parameter(input: &mut FnArg, blocks: &mut Vec<Block>, errors: &mut Errors) -> Option<Parameter> {
    let input = match input {
        FnArg::Typed(input) => input,
        FnArg::Receiver(receiver) => {
            errors.at(
                receiver,
                "an Azure Function cannot be a method: it takes no `self`",
            );
            return None;
        }
    };
    let own = attr::take_block(&mut input.attrs, errors);
    let mut bound = Names::default();
    bound.visit_pat(&input.pat);
    let rust_name = match (bound.0.as_slice(), &*input.pat) {
        ([name], _) => Some(Name {
            text: name.unraw().to_string(),
            span: name.span(),
        }),
        _ => None,
    };

    let named = rust_name.as_ref().and_then(|name| {
        let at = blocks.iter().position(|block| block.names(&name.text))?;
        Some(blocks.remove(at))
    });
    let (own, given) = match (own, named) {
        (Some(own), Some(named)) => {
            errors.push(syn::Error::new(
                named.span,
                "this parameter has a `#[binding(…)]` of its own: put all properties there",
            ));
            (own.settings, own.name)
        }
        (Some(block), None) => (block.settings, block.name),
        // The name of a block on the function says which parameter it means; it renames nothing.
        (None, Some(block)) => (block.settings, None),
        (None, None) => (Vec::new(), None),
    };

    let name = match (given, rust_name) {
        (Some(given), _) => given,
        (None, Some(name)) => Name {
            text: azure_functions_shared::names::to_camel_case(&name.text),
            span: name.span,
        },
        (None, None) => {
            let advice = match &*input.pat {
                Pat::Wild(_) => {
                    "the parameter needs a name, such as `_request`, because the name identifies the binding"
                }
                _ => {
                    "the pattern must have exactly one name, because the name identifies the binding; or add `#[binding(name = \"…\")]`"
                }
            };
            errors.at(&input.pat, advice);
            return None;
        }
    };
    let (ty, by) = match &*input.ty {
        Type::Reference(TypeReference {
            elem,
            mutability,
            lifetime,
            ..
        }) => {
            if let Some(lifetime) = lifetime.as_ref().filter(|lifetime| lifetime.ident != "_") {
                errors.at(
                    lifetime,
                    "a reference lives as long as the invocation: leave the lifetime out",
                );
                return None;
            }
            (
                owned(elem),
                if mutability.is_some() {
                    By::Mutable
                } else {
                    By::Reference
                },
            )
        }
        Type::ImplTrait(ty) => {
            errors.at(
                ty,
                "the type of a parameter says what it is bound to: name a type",
            );
            return None;
        }
        ty => (ty.clone(), By::Value),
    };
    Some(Parameter {
        name,
        ty,
        by,
        settings: own,
    })
}

/// The type of the value behind a reference: of a slice it is a `Vec`.
fn owned(ty: &Type) -> Type {
    match ty {
        Type::Slice(slice) => {
            let element = &slice.elem;
            parse_quote_spanned!(ty.span()=> ::std::vec::Vec<#element>)
        }
        ty => ty.clone(),
    }
}

/// The names that a pattern binds.
#[derive(Default)]
struct Names(Vec<Ident>);

impl<'ast> Visit<'ast> for Names {
    fn visit_pat_ident(&mut self, pattern: &'ast syn::PatIdent) {
        self.0.push(pattern.ident.clone());
        visit::visit_pat_ident(self, pattern);
    }

    // An expression inside a pattern is a constant or a range; it binds nothing.
    fn visit_expr(&mut self, _: &'ast Expr) {}
}

impl Func {
    /// Whether it takes `self`.
    pub(super) fn is_method(&self) -> bool {
        matches!(self.signature.inputs.first(), Some(FnArg::Receiver(_)))
    }
}

impl Parameter {
    /// The name on the wire of the output that writes the parameter back.
    pub(super) fn update_name(&self) -> String {
        format!("{}Out", self.name.text)
    }

    /// Where the parameter's type is written.
    pub(super) fn type_span(&self) -> Span {
        self.ty.span()
    }
}
