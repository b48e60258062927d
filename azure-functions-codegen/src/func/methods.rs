//! `#[func]` on an `impl` block: its methods, by what they take, for the traits that give them a meaning.

use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::{
    Attribute, FnArg, ImplItem, ImplItemFn, ItemImpl, ReceiverKind, ReturnType, Type,
    ext::IdentExt, spanned::Spanned,
};

use super::{
    ast::{By, Name},
    attr, check, definition_name,
};
use crate::errors::Errors;

/// A method that takes `self`.
struct Method<'a> {
    function: &'a ImplItemFn,
    by: By,
    /// The types of what it takes besides.
    parameters: Vec<&'a Type>,
}

/// Expands the attribute. Whatever is wrong, the user's block is still there afterwards.
pub(super) fn expand(options: TokenStream, block: &ItemImpl) -> TokenStream {
    let mut errors = Errors::default();
    let written = write(options, block, &mut errors);
    let written = written.filter(|_| errors.is_empty());
    let errors = errors.into_tokens();
    quote!(#block #errors #written)
}

fn write(options: TokenStream, block: &ItemImpl, errors: &mut Errors) -> Option<TokenStream> {
    let options = attr::options(options, errors);
    if let Some(retry) = &options.retry {
        errors.at(
            retry,
            "the host does not call an entity again: leave `retry` out",
        );
    }
    if let Some((of, _)) = &block.trait_ {
        errors.at(
            of,
            "`#[func]` goes on an `impl` block of the type alone, and not on one of a trait",
        );
        return None;
    }
    if !block.generics.params.is_empty() {
        errors.at(
            &block.generics.params,
            "the type of an entity cannot be generic: the host cannot say with which types",
        );
        return None;
    }
    let ty = &*block.self_ty;
    let Some(ident) = last_ident(ty) else {
        errors.at(ty, "an entity is a type with a name");
        return None;
    };
    let name = options.name.unwrap_or_else(|| Name {
        text: ident.unraw().to_string(),
        span: ident.span(),
    });
    check::name(&name, errors);
    let methods: Vec<_> = block
        .items
        .iter()
        .filter_map(|item| match item {
            ImplItem::Fn(function) => method(function, errors),
            _ => None,
        })
        .collect();
    if methods.is_empty() && errors.is_empty() {
        errors.at(
            ty,
            "no method here takes `self`: an entity without operations cannot be called",
        );
    }
    let operations = methods.iter().map(|method| operation(ty, method));
    let waits = methods
        .iter()
        .any(|method| method.function.sig.asyncness.is_some());
    let (definition, text) = (definition_name(ident), &name.text);
    Some(quote_spanned! {ident.span()=>
        ::azure_functions::__methods! {
            impl ::azure_functions::__private::methods::Entity for #ty {
                const NAME: &'static ::core::primitive::str = #text;
                const OPERATIONS: &'static [::azure_functions::__private::methods::Operation<Self>] = &[#(#operations),*];
            }
            #[doc(hidden)]
            #[allow(unreachable_pub)]
            pub static #definition: ::azure_functions::__private::FunctionDef =
                ::azure_functions::__private::methods::definition::<#ty>(::core::file!(), ::core::line!(), #waits);
            const _: () = {
                ::azure_functions::__private::inventory::submit! {
                    ::azure_functions::__private::Registration(&#definition)
                }
            };
        }
    })
}

fn last_ident(ty: &Type) -> Option<&syn::Ident> {
    match ty {
        Type::Path(path) if path.qself.is_none() => {
            path.path.segments.last().map(|last| &last.ident)
        }
        _ => None,
    }
}

/// Reads a method; one without `self` is none.
fn method<'a>(function: &'a ImplItemFn, errors: &mut Errors) -> Option<Method<'a>> {
    let signature = &function.sig;
    let Some(FnArg::Receiver(receiver)) = signature.inputs.first() else {
        return None;
    };
    let by = match &receiver.kind {
        ReceiverKind::Value => By::Value,
        ReceiverKind::Reference(_, _, None) => By::Reference,
        ReceiverKind::Reference(_, _, Some(_)) => By::Mutable,
        _ => {
            errors.at(
                receiver,
                "an operation takes `&self`, `&mut self` or `self`",
            );
            return None;
        }
    };
    if !signature.generics.params.is_empty() {
        errors.at(
            &signature.generics.params,
            "an operation cannot be generic: the caller cannot say with which types; write the method in another `impl` block",
        );
    }
    if let syn::Safety::Unsafe(token) = &signature.safety {
        errors.at(
            token,
            "an operation cannot be `unsafe`: everybody can call it",
        );
    }
    if let ReturnType::Type(_, output) = &signature.output
        && let Type::ImplTrait(output) = &**output
    {
        errors.at(
            output,
            "the return type says what the caller gets: name a type",
        );
    }
    let mut parameters = Vec::new();
    for input in signature.inputs.iter().skip(1) {
        let FnArg::Typed(input) = input else { continue };
        if let Type::ImplTrait(ty) = &*input.ty {
            errors.at(ty, "the type says how the input is read: name a type");
        }
        parameters.push(&*input.ty);
    }
    if let Some(third) = signature.inputs.iter().nth(3) {
        errors.at(
            third,
            "an operation takes one input, and after it its context: put several inputs into a struct",
        );
    }
    Some(Method {
        function,
        by,
        parameters,
    })
}

/// What the traits are told of a method, and how it is called.
fn operation(ty: &Type, method: &Method<'_>) -> TokenStream {
    let signature = &method.function.sig;
    let ident = &signature.ident;
    let name = ident.unraw().to_string();
    let span = ident.span();
    let there = method
        .function
        .attrs
        .iter()
        .filter(|attribute| is_cfg(attribute));
    let output = match &signature.output {
        ReturnType::Default => span,
        ReturnType::Type(_, output) => output.span(),
    };
    let [call, state] = ["call", "state"].map(|name| syn::Ident::new(name, Span::mixed_site()));
    let result = syn::Ident::new("result", Span::mixed_site().located_at(output));
    let mut arguments = Vec::new();
    let mut taken = TokenStream::new();
    for (at, parameter) in method.parameters.iter().enumerate() {
        let value = format_ident!("value{at}", span = Span::mixed_site());
        // All of it has the span of the type, which is what a mistake is about.
        taken.extend(if at == 0 {
            quote_spanned!(parameter.span()=> let #value = #call.argument::<#parameter>()?;)
        } else {
            quote_spanned!(parameter.span()=> let #value = #call.context::<#parameter>();)
        });
        arguments.push(value);
    }
    let (binding, receiver, end) = match method.by {
        By::Value => (
            quote!(#state),
            quote!(#state),
            quote_spanned!(output=> #call.ended(#result)),
        ),
        By::Reference => (
            quote!(#state),
            quote!(&#state),
            quote_spanned!(output=> #call.left(#result)),
        ),
        By::Mutable => (
            quote!(mut #state),
            quote!(&mut #state),
            quote_spanned!(output=> #call.changed(&#state, #result)),
        ),
    };
    let wait = signature.asyncness.is_some().then(|| quote!(.await));
    let called = quote_spanned!(span=> <#ty>::#ident(#receiver #(, #arguments)*)#wait);
    quote_spanned! {span=>
        #(#there)*
        ::azure_functions::__private::methods::Operation::new(
            #name,
            || ::azure_functions::__private::identity(&<#ty>::#ident),
            |#call| ::std::boxed::Box::pin(async move {
                let #binding: #ty = #call.state()?;
                #taken
                let #result = #called;
                #end
            }),
        )
    }
}

fn is_cfg(attribute: &Attribute) -> bool {
    attribute.path().is_ident("cfg")
}
