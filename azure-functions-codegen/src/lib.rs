//! The `#[func]` attribute of the `azure-functions` crate, which re-exports and documents what is here.
//!
//! The crate knows the syntax of a function and nothing else: which types are triggers, inputs and outputs, and which
//! properties they take, is said by traits and checked by the compiler.

mod binding_data;
mod errors;
mod func;
mod list;

use proc_macro::TokenStream;

/// Makes a function an Azure Function.
///
/// The types of the parameters and of the return value say what it is bound to. The function itself stays exactly as it
/// is written, so that a test calls it like any other.
///
/// On an `impl` block it makes an entity of Durable Functions: the type is the state, and each method that takes `self` an operation.
///
/// # Options
///
/// - `#[func(name = "…")]` gives the name that the host knows the function by; otherwise that is the Rust name, or that of the type.
/// - `#[func(retry = RetryPolicy::…)]` says how the host calls the function again when it failed. It does so for timers,
///   Event Hubs, Kafka and Cosmos DB triggers.
///
/// # Properties of bindings
///
/// - `#[binding(…)]` on a parameter sets the properties of its binding: `#[binding(queue_name = "orders")] order: QueueTrigger`.
///   `name = "…"` among them renames the binding, which is otherwise called like the parameter, in camel case.
/// - `#[binding(name = "…", …)]` on the function, below `#[func]`, sets the properties of an output: `$return` is the return
///   value, or the first element of a returned tuple; `output1` is the second, `output2` the third. It can name a
///   parameter too.
///
/// A value is a string, a boolean, a number, a list of these in `[…]`, or the path of a string constant.
///
/// # Parameters
///
/// Exactly one is a trigger. A parameter can be taken by value, by `&`, or by `&mut` if its type can be written back. A batch
/// is a `Vec` or, by reference, a slice.
#[proc_macro_attribute]
pub fn func(options: TokenStream, item: TokenStream) -> TokenStream {
    func::expand(options.into(), &item.into()).into()
}

/// Lists functions by their paths, for an app that says itself which functions it has.
///
/// The value is an array of `&'static FunctionDef`.
#[proc_macro]
pub fn functions(paths: TokenStream) -> TokenStream {
    list::expand(paths.into()).into()
}

/// Tells the compiler the names of a payload's members, so that `{member}` in the properties of bindings is checked.
///
/// It is for structs with named fields. The names are those that serde reads: `rename`, `rename_all`, `alias` and `skip` count.
/// Of a struct with a `flatten`ed field not all names are known, and nothing is checked.
#[proc_macro_derive(BindingData, attributes(serde))]
pub fn binding_data(item: TokenStream) -> TokenStream {
    binding_data::expand(item.into()).into()
}
