//! What we write for the compiler: the checks that need types, and the definition of the function.
//!
//! Every check stands entirely inside one `quote_spanned!` with the span of the word that it is about; otherwise the error
//! would underline `#[func]`.
//!
//! Items have no hygiene: the names of ours begin with `__`, so that none hides a constant or a function of the user.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::{Expr, ExprLit, Lit, Type, parse_quote_spanned, spanned::Spanned};

use super::{
    ast::{By, Func, Parameter, Setting},
    check::is_output_name,
    definition_name,
};

/// Writes the checks, and with `sound` the definition of the function and its registration.
pub(super) fn expand(function: &Func, sound: bool) -> TokenStream {
    let checks = checks(function);
    // What the user allows of the function is allowed of its properties too: an old name of one, for example.
    let allowed = &function.allowed;
    if !sound {
        return quote!(#(#allowed)* const _: () = { #checks };);
    }
    let definition_name = definition_name(&function.signature.ident);
    let definition = definition(function);
    let visibility = &function.visibility;
    quote! {
        #(#allowed)*
        #[doc(hidden)]
        #visibility static #definition_name: ::azure_functions::__private::FunctionDef = {
            #checks
            #definition
        };
        const _: () = {
            ::azure_functions::__private::inventory::submit! {
                ::azure_functions::__private::Registration(&#definition_name)
            }
        };
    }
}

/// The checks of types and properties. They define `__PARAMETERS`, `__OUTPUTS`, `__OUTPUT_SETTINGS` and `__RETRY`.
fn checks(function: &Func) -> TokenStream {
    let mut checks = TokenStream::new();
    for (at, parameter) in function.parameters.iter().enumerate() {
        checks.extend(parameter_consts(at, parameter));
    }
    let name = &function.name.text;
    let name_span = function.signature.ident.span();
    let numbers = 0..function.parameters.len();
    let consts = numbers.clone().map(parameter_const);
    let settings = numbers.clone().map(settings_const);
    let payloads = numbers.map(payload_const);
    checks.extend(quote_spanned! {name_span=>
        const __PARAMETERS: &[::azure_functions::__private::Parameter] = &[#(#consts),*];
        const __SOURCE: ::azure_functions::__private::Source =
            ::azure_functions::__private::Source::of(__PARAMETERS, &[#(#settings),*], &[#(#payloads),*]);
    });
    for (at, parameter) in function.parameters.iter().enumerate() {
        checks.extend(parameter_checks(at, parameter));
    }
    if function.is_complete {
        checks.extend(quote_spanned! {name_span=>
            const _: () = ::azure_functions::__private::check::has_trigger(#name, __PARAMETERS);
        });
    }
    for (at, parameter) in function.parameters.iter().enumerate() {
        checks.extend(quote_spanned! {parameter.type_span()=>
            const _: () = ::azure_functions::__private::check::only_trigger(__PARAMETERS, #at);
        });
    }
    checks.extend(retry(function));
    if !matches!(function.output, Some(Type::ImplTrait(_))) {
        checks.extend(output_checks(function));
    }
    checks
}

/// What the checks need to know of a parameter.
fn parameter_consts(at: usize, parameter: &Parameter) -> TokenStream {
    let (ty, span) = (&parameter.ty, parameter.type_span());
    let (this, settings, payload) = (parameter_const(at), settings_const(at), payload_const(at));
    let values = parameter.settings.iter().map(setting);
    quote_spanned! {span=>
        const #this: ::azure_functions::__private::Parameter = <#ty as ::azure_functions::__private::Argument<_>>::PARAMETER;
        const #settings: &[::azure_functions::__private::Setting] = &[#(#values),*];
        const #payload: ::core::option::Option<&[&::core::primitive::str]> = {
            #[allow(unused_imports)]
            use ::azure_functions::__private::UnknownPayload as _;
            ::azure_functions::__private::Payload::<#ty>::NAMES
        };
    }
}

fn parameter_checks(at: usize, parameter: &Parameter) -> TokenStream {
    let (this, settings) = (parameter_const(at), settings_const(at));
    let name = &parameter.name.text;
    let mut checks = TokenStream::new();
    for setting in &parameter.settings {
        let tokens = self::setting(setting);
        checks.extend(quote_spanned! {setting.name.span()=>
            const _: () = ::azure_functions::__private::check::parameter_setting(#this, #tokens);
            const _: () = ::azure_functions::__private::Spelling::<
                { ::azure_functions::__private::check::parameter_spelling(#this, #tokens) },
            >::CHECKED;
        });
        checks.extend(quote_spanned! {setting.value.span()=>
            const _: () = ::azure_functions::__private::check::parameter_value(#this, #name, #tokens, __SOURCE);
        });
    }
    checks.extend(quote_spanned! {parameter.type_span()=>
        const _: () = ::azure_functions::__private::check::parameter_complete(#this, #settings);
    });
    checks
}

/// The retry policy, if there is one, and whether the trigger allows it.
fn retry(function: &Func) -> TokenStream {
    let Some(policy) = &function.retry else {
        return quote! {
            const __RETRY: ::core::option::Option<::azure_functions::__private::RetryPolicy> = ::core::option::Option::None;
        };
    };
    quote_spanned! {policy.span()=>
        const __POLICY: ::azure_functions::__private::RetryPolicy = #policy;
        const __RETRY: ::core::option::Option<::azure_functions::__private::RetryPolicy> = ::core::option::Option::Some(__POLICY);
        const _: () = ::azure_functions::__private::check::retry(__PARAMETERS, __POLICY);
    }
}

fn output_checks(function: &Func) -> TokenStream {
    let ty = output_type(function);
    let span = function
        .output
        .as_ref()
        .map_or_else(|| function.signature.ident.span(), Spanned::span);
    let mut checks = quote_spanned! {span=>
        const __OUTPUTS: &[::core::option::Option<::azure_functions::__private::Description>] =
            <#ty as ::azure_functions::__private::IntoOutputs>::SLOTS;
    };
    let mut blocks = Vec::new();
    for block in &function.outputs {
        let Some(name) = block
            .name
            .as_ref()
            .filter(|name| is_output_name(&name.text))
        else {
            continue;
        };
        let text = &name.text;
        checks.extend(quote_spanned! {name.span=>
            const _: () = ::azure_functions::__private::check::output_exists(__OUTPUTS, #text);
        });
        let settings: Vec<_> = block.settings.iter().map(setting).collect();
        for (setting, tokens) in block.settings.iter().zip(&settings) {
            checks.extend(quote_spanned! {setting.name.span()=>
                const _: () = ::azure_functions::__private::check::output_setting(__OUTPUTS, #text, #tokens);
                const _: () = ::azure_functions::__private::Spelling::<
                    { ::azure_functions::__private::check::output_spelling(__OUTPUTS, #text, #tokens) },
                >::CHECKED;
            });
            checks.extend(quote_spanned! {setting.value.span()=>
                const _: () = ::azure_functions::__private::check::output_value(__OUTPUTS, #text, #tokens, __SOURCE);
            });
        }
        blocks.push(quote_spanned! {span=>
            ::azure_functions::__private::OutputSettings { name: #text, settings: &[#(#settings),*] }
        });
    }
    checks.extend(quote_spanned! {span=>
        const __OUTPUT_SETTINGS: &[::azure_functions::__private::OutputSettings] = &[#(#blocks),*];
        const _: () = ::azure_functions::__private::check::outputs_complete(__OUTPUTS, __OUTPUT_SETTINGS, __PARAMETERS);
    });
    for parameter in function
        .parameters
        .iter()
        .filter(|parameter| is_output_name(&parameter.name.text))
    {
        let name = &parameter.name.text;
        checks.extend(quote_spanned! {parameter.name.span=>
            const _: () = ::azure_functions::__private::check::no_output_called(__OUTPUTS, #name);
        });
    }
    checks
}

/// The value of the definition.
fn definition(function: &Func) -> TokenStream {
    let span = function.signature.ident.span();
    let name = &function.name.text;
    let parameters = function
        .parameters
        .iter()
        .enumerate()
        .map(|(at, parameter)| parameter_definition(at, parameter));
    let invoker = invoker(function);
    let user = &function.signature.ident;
    let kind = if function.signature.asyncness.is_some() {
        quote!(Async)
    } else {
        quote!(Blocking)
    };
    quote_spanned! {span=>
        #invoker
        ::azure_functions::__private::FunctionDef {
            name: #name,
            file: ::core::file!(),
            line: ::core::line!(),
            parameters: &[#(#parameters),*],
            outputs: __OUTPUTS,
            output_settings: __OUTPUT_SETTINGS,
            retry: __RETRY,
            invoker: ::azure_functions::__private::Invoker::#kind(__invoke),
            identity: ::core::option::Option::Some(|| ::azure_functions::__private::identity(&#user)),
        }
    }
}

fn parameter_definition(at: usize, parameter: &Parameter) -> TokenStream {
    let (ty, span, name) = (&parameter.ty, parameter.type_span(), &parameter.name.text);
    let (this, settings) = (parameter_const(at), settings_const(at));
    let update = if parameter.by == By::Mutable {
        let output = parameter.update_name();
        quote_spanned! {span=>
            ::core::option::Option::Some((#output, <#ty as ::azure_functions::__private::Update>::OUTPUT))
        }
    } else {
        quote!(::core::option::Option::None)
    };
    quote_spanned! {span=>
        ::azure_functions::__private::ParameterDef {
            name: #name,
            binding: #this.binding,
            trigger: #this.trigger,
            data_type: <#ty as ::azure_functions::__private::Argument<_>>::DATA_TYPE,
            cardinality: <#ty as ::azure_functions::__private::Argument<_>>::CARDINALITY,
            settings: #settings,
            need: <#ty as ::azure_functions::__private::Argument<_>>::NEED,
            update: #update,
        }
    }
}

/// The function that binds the parameters, calls the user's function, and collects the outputs.
fn invoker(function: &Func) -> TokenStream {
    let span = function.signature.ident.span();
    let user = &function.signature.ident;
    let call = Ident::new("call", Span::mixed_site());
    let outputs = Ident::new("outputs", Span::mixed_site());
    let mut before = TokenStream::new();
    let mut after = TokenStream::new();
    let mut arguments = Vec::new();
    for (at, parameter) in function.parameters.iter().enumerate() {
        let (ty, span, name) = (&parameter.ty, parameter.type_span(), &parameter.name.text);
        let value = format_ident!("value{at}", span = Span::mixed_site());
        let old = format_ident!("before{at}", span = Span::mixed_site());
        match parameter.by {
            By::Value | By::Reference => before.extend(quote_spanned! {span=>
                let #value = <#ty as ::azure_functions::__private::Argument<_>>::argument(&mut #call, #name)?;
            }),
            By::Mutable => {
                let output = parameter.update_name();
                before.extend(quote_spanned! {span=>
                    let mut #value = match <#ty as ::azure_functions::__private::Update>::absent_from(&#call, #name) {
                        ::core::option::Option::Some(absent) => absent,
                        ::core::option::Option::None => {
                            <#ty as ::azure_functions::__private::Argument<_>>::argument(&mut #call, #name)?
                        }
                    };
                    let #old = <#ty as ::azure_functions::__private::Update>::before(&#value);
                });
                after.extend(quote_spanned! {span=>
                    <#ty as ::azure_functions::__private::Update>::write_back(#value, #old, #output, &mut #outputs)?;
                });
            }
        }
        arguments.push(match parameter.by {
            By::Value => quote!(#value),
            By::Reference => quote!(&#value),
            By::Mutable => quote!(&mut #value),
        });
    }
    let output = output_type(function);
    let output_span = function.output.as_ref().map_or(span, Spanned::span);
    let is_async = function.signature.asyncness.is_some();
    let wait = is_async.then(|| quote!(.await));
    // The call stands under the function's name, so that a future that is not `Send` is reported there.
    let called = quote_spanned!(span=> #user(#(#arguments),*)#wait);
    let collect = quote_spanned! {output_span=>
        <#output as ::azure_functions::__private::IntoOutputs>::into_outputs(#called, &mut #outputs)?;
    };
    let body = quote_spanned! {span=>
        #before
        ::core::mem::drop(#call);
        let mut #outputs = ::azure_functions::__private::Outputs::new();
        #collect
        #after
        ::core::result::Result::Ok(#outputs)
    };
    if is_async {
        quote_spanned! {span=>
            fn __invoke(mut #call: ::azure_functions::__private::Call) -> ::azure_functions::__private::Future {
                ::std::boxed::Box::pin(async move { #body })
            }
        }
    } else {
        quote_spanned! {span=>
            fn __invoke(
                mut #call: ::azure_functions::__private::Call,
            ) -> ::core::result::Result<
                ::azure_functions::__private::Outputs,
                ::azure_functions::__private::InvokeError,
            > {
                #body
            }
        }
    }
}

fn output_type(function: &Func) -> Type {
    let span = function.signature.ident.span();
    function
        .output
        .clone()
        .unwrap_or_else(|| parse_quote_spanned!(span=> ()))
}

/// The constant that holds what the checks know of a parameter.
fn parameter_const(at: usize) -> Ident {
    format_ident!("__PARAMETER{at}", span = Span::mixed_site())
}

/// The constant that holds the properties of a parameter.
fn settings_const(at: usize) -> Ident {
    format_ident!("__SETTINGS{at}", span = Span::mixed_site())
}

/// The constant that holds the names of the members of a parameter's payload. Without properties nobody reads it.
fn payload_const(at: usize) -> Ident {
    format_ident!("__PAYLOAD{at}", span = Span::mixed_site())
}

fn setting(setting: &Setting) -> TokenStream {
    let name = syn::ext::IdentExt::unraw(&setting.name).to_string();
    let value = value(&setting.value);
    quote!(::azure_functions::__private::Setting { name: #name, value: #value })
}

fn value(value: &Expr) -> TokenStream {
    match value {
        Expr::Lit(ExprLit {
            lit: Lit::Str(_), ..
        }) => quote!(::azure_functions::__private::Value::Text(#value)),
        Expr::Lit(ExprLit {
            lit: Lit::Bool(_), ..
        }) => quote!(::azure_functions::__private::Value::Flag(#value)),
        Expr::Lit(ExprLit {
            lit: Lit::Int(_), ..
        }) => quote!(::azure_functions::__private::Value::Integer(#value)),
        Expr::Lit(ExprLit {
            lit: Lit::Float(_), ..
        }) => quote!(::azure_functions::__private::Value::Number(#value)),
        Expr::Unary(unary)
            if matches!(
                &*unary.expr,
                Expr::Lit(ExprLit {
                    lit: Lit::Float(_),
                    ..
                })
            ) =>
        {
            quote!(::azure_functions::__private::Value::Number(#value))
        }
        Expr::Unary(_) => quote!(::azure_functions::__private::Value::Integer(#value)),
        Expr::Array(array) => {
            let elements = array.elems.iter().map(self::value);
            quote!(::azure_functions::__private::Value::List(&[#(#elements),*]))
        }
        Expr::Path(_) | Expr::Macro(_) => {
            let span = value.span();
            quote_spanned!(span=> ::azure_functions::__private::Value::Text(#value))
        }
        // A mistake, which has been reported.
        _ => quote!(::azure_functions::__private::Value::Text("")),
    }
}
