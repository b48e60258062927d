//! `#[func]`: parse the function into our model, check what needs no types, and write the rest for the compiler. An `impl` block is
//! read by `methods`.

mod ast;
mod attr;
mod check;
mod expand;
mod methods;

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};
use syn::ext::IdentExt;

use crate::errors::Errors;

/// Expands the attribute. Whatever is wrong, the user's function is still there afterwards.
pub(crate) fn expand(options: TokenStream, item: &TokenStream) -> TokenStream {
    let mut function = match syn::parse2::<syn::ItemFn>(item.clone()) {
        Ok(function) => function,
        Err(error) => {
            if let Ok(block) = syn::parse2::<syn::ItemImpl>(item.clone()) {
                return methods::expand(options, &block);
            }
            let error = not_a_function(item).unwrap_or(error).into_compile_error();
            return quote!(#error #item);
        }
    };
    let mut errors = Errors::default();
    let model = ast::read(options, &mut function, &mut errors);
    check::check(&model, &mut errors);
    // Beside a method there is no place for what the checks need.
    let checked = if model.is_method() {
        TokenStream::new()
    } else {
        expand::expand(&model, errors.is_empty())
    };
    let errors = errors.into_tokens();
    quote!(#function #errors #checked)
}

/// The name of the static that holds the definition of the function called `function`.
pub(crate) fn definition_name(function: &Ident) -> Ident {
    format_ident!(
        "__AZURE_FUNCTION_{}",
        function.unraw().to_string().to_uppercase(),
        span = function.span()
    )
}

/// The mistake, if the item is a sound item of another kind.
fn not_a_function(item: &TokenStream) -> Option<syn::Error> {
    let item = syn::parse2::<syn::Item>(item.clone()).ok()?;
    Some(syn::Error::new_spanned(
        item,
        "`#[func]` goes on a function, or on the `impl` block of an entity",
    ))
}
