//! `#[func(…)]`, and `#[binding(…)]` on a parameter and on the function.

use proc_macro2::{Ident, Span, TokenStream};
use syn::{
    Attribute, Expr, ExprLit, Lit, LitStr, Token,
    ext::IdentExt,
    parse::{Parse, ParseStream, Parser},
    punctuated::Punctuated,
    spanned::Spanned,
};

use super::ast::{Name, Setting};
use crate::errors::Errors;

/// One `#[binding(…)]`.
pub(super) struct Block {
    /// What it is for, or what the binding is to be called.
    pub(super) name: Option<Name>,
    pub(super) settings: Vec<Setting>,
    pub(super) span: Span,
}

impl Block {
    /// Whether the block is for the parameter called `parameter` in Rust.
    pub(super) fn names(&self, parameter: &str) -> bool {
        self.name.as_ref().is_some_and(|name| {
            name.text == parameter
                || name.text == azure_functions_shared::names::to_camel_case(parameter)
        })
    }
}

impl Parse for Setting {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let name: Ident = input.call(Ident::parse_any)?;
        input.parse::<Token![=]>()?;
        Ok(Self {
            name,
            value: input.parse()?,
        })
    }
}

/// What `#[func(…)]` says.
#[derive(Default)]
pub(super) struct Options {
    pub(super) name: Option<Name>,
    /// An expression for the retry policy.
    pub(super) retry: Option<Expr>,
}

/// Reads `#[func(…)]`.
pub(super) fn options(tokens: TokenStream, errors: &mut Errors) -> Options {
    let mut settings = settings(tokens, errors);
    let mut options = Options {
        name: take_name(&mut settings, errors),
        retry: None,
    };
    for setting in settings {
        let name = setting.name;
        if name == "retry" {
            options.retry = Some(setting.value);
        } else {
            errors.at(
                &name,
                format!("`{name}` is not an option of `func`; expected `name`, `retry`"),
            );
        }
    }
    options
}

/// Takes the `#[binding(…)]` off a parameter.
pub(super) fn take_block(attributes: &mut Vec<Attribute>, errors: &mut Errors) -> Option<Block> {
    let mut blocks = take(attributes, errors).into_iter();
    let block = blocks.next();
    for more in blocks {
        errors.push(syn::Error::new(
            more.span,
            "this parameter has a `#[binding(…)]` already: put all properties there",
        ));
    }
    block
}

/// Takes the `#[binding(name = "…", …)]` off a function.
pub(super) fn take_named_blocks(
    attributes: &mut Vec<Attribute>,
    errors: &mut Errors,
) -> Vec<Block> {
    let mut named: Vec<Block> = Vec::new();
    for block in take(attributes, errors) {
        let Some(name) = &block.name else {
            errors.push(syn::Error::new(
                block.span,
                "a `#[binding(…)]` on a function needs `name = \"…\"`; to set properties of a parameter, put it on the parameter",
            ));
            continue;
        };
        if named.iter().any(|other| {
            other
                .name
                .as_ref()
                .is_some_and(|other| other.text == name.text)
        }) {
            let text = &name.text;
            errors.push(syn::Error::new(
                name.span,
                format!("`{text}` has a `#[binding(…)]` already: put all properties there"),
            ));
            continue;
        }
        named.push(block);
    }
    named
}

fn take(attributes: &mut Vec<Attribute>, errors: &mut Errors) -> Vec<Block> {
    attributes
        .extract_if(.., |attribute| attribute.path().is_ident("binding"))
        .map(|attribute| {
            let tokens = match &attribute.meta {
                syn::Meta::List(list) => list.tokens.clone(),
                meta => {
                    errors.at(
                        meta,
                        "write the properties in parentheses: `#[binding(property = value)]`",
                    );
                    TokenStream::new()
                }
            };
            let mut settings = settings(tokens, errors);
            Block {
                name: take_name(&mut settings, errors),
                settings,
                span: attribute.path().span(),
            }
        })
        .collect()
}

/// Reads `a = 1, b = 2`; a property that stands twice is a mistake.
fn settings(tokens: TokenStream, errors: &mut Errors) -> Vec<Setting> {
    let parsed = errors.ok(Punctuated::<Setting, Token![,]>::parse_terminated.parse2(tokens));
    let mut settings: Vec<Setting> = Vec::new();
    for setting in parsed.into_iter().flatten() {
        let name = &setting.name;
        if settings.iter().any(|other| other.name == *name) {
            errors.at(name, format!("`{name}` is given twice"));
        } else {
            settings.push(setting);
        }
    }
    settings
}

/// Takes `name = "…"` out of the settings.
fn take_name(settings: &mut Vec<Setting>, errors: &mut Errors) -> Option<Name> {
    let at = settings.iter().position(|setting| setting.name == "name")?;
    let setting = settings.remove(at);
    let Some(text) = string(&setting.value) else {
        errors.at(&setting.value, "`name` must be a string literal");
        return None;
    };
    Some(Name {
        text: text.value(),
        span: text.span(),
    })
}

fn string(value: &Expr) -> Option<&LitStr> {
    match value {
        Expr::Lit(ExprLit {
            lit: Lit::Str(text),
            ..
        }) => Some(text),
        _ => None,
    }
}
