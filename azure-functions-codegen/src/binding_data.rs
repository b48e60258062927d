//! `#[derive(BindingData)]`: the names that serde reads the members of a struct by.

use proc_macro2::TokenStream;
use quote::{ToTokens as _, quote};
use serde_derive_internals::{
    Ctxt, Derive,
    ast::{Container, Data, Style},
};
use syn::DeriveInput;

use crate::errors::Errors;

/// Expands the derive. Mistakes in serde's attributes are left to serde.
pub(crate) fn expand(item: TokenStream) -> TokenStream {
    let input = match syn::parse2::<DeriveInput>(item) {
        Ok(input) => input,
        Err(error) => return error.into_compile_error(),
    };
    let mut errors = Errors::default();
    let context = Ctxt::new();
    let container = Container::from_ast(&context, &input, Derive::Deserialize, &input.ident);
    let names = match (container, context.check()) {
        (Some(container), Ok(())) => names(&container, &mut errors),
        _ => None,
    };
    let errors = errors.into_tokens();
    let names = names.map_or_else(
        || quote!(::core::option::Option::None),
        |names| quote!(::core::option::Option::Some(&[#(#names),*])),
    );
    let name = &input.ident;
    let (impl_generics, type_generics, where_clause) = input.generics.split_for_impl();
    quote! {
        #errors
        // The struct may be deprecated itself.
        #[automatically_derived]
        #[allow(deprecated)]
        impl #impl_generics ::azure_functions::BindingData for #name #type_generics #where_clause {
            const NAMES: ::core::option::Option<&'static [&'static ::core::primitive::str]> = #names;
        }
    }
}

/// The names, if all can be known here.
fn names(container: &Container<'_>, errors: &mut Errors) -> Option<Vec<String>> {
    let Data::Struct(Style::Struct, fields) = &container.data else {
        errors.at(
            container.ident.to_token_stream(),
            "`BindingData` is for structs with named fields: the members of any other JSON are not known",
        );
        return None;
    };
    if container.attrs.transparent()
        || container.attrs.type_from().is_some()
        || container.attrs.type_try_from().is_some()
        || fields.iter().any(|field| field.attrs.flatten())
    {
        return None;
    }
    Some(
        fields
            .iter()
            .filter(|field| !field.attrs.skip_deserializing())
            .flat_map(|field| field.attrs.aliases())
            .map(|name| name.value.clone())
            .collect(),
    )
}
