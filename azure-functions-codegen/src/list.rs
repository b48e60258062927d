//! `functions![…]`: from the path of a function to the path of its definition.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Path, Token, parse::Parser, punctuated::Punctuated};

use crate::func::definition_name;

/// Expands the list.
pub(crate) fn expand(paths: TokenStream) -> TokenStream {
    let paths = match Punctuated::<Path, Token![,]>::parse_terminated.parse2(paths) {
        Ok(paths) => paths,
        Err(error) => return error.into_compile_error(),
    };
    let definitions = paths.into_iter().map(|mut path| {
        if let Some(last) = path.segments.last_mut() {
            last.ident = definition_name(&last.ident);
        }
        path
    });
    quote!([#(&#definitions),*])
}
