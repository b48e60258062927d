//! Write Azure Functions in Rust: ordinary functions, whose types say what they are bound to.
//!
//! ```no_run
//! use std::process::ExitCode;
//!
//! use azure_functions::{
//!     Context, Json,
//!     bindings::{Blob, HttpRequest, QueueMessage, QueueTrigger},
//!     func,
//! };
//! use serde::Deserialize;
//!
//! #[derive(Deserialize)]
//! struct Order {
//!     id: u32,
//! }
//!
//! /// `POST /api/order` with a JSON body puts a message into the queue `orders`.
//! #[func]
//! #[binding(name = "output1", queue_name = "orders")]
//! fn order(Json(order): Json<Order>) -> (String, QueueMessage) {
//!     (format!("order {} is taken", order.id), order.id.to_string().into())
//! }
//!
//! /// A message of the queue `orders` adds a line to the blob `log/orders.txt`.
//! #[func]
//! async fn keep(
//!     #[binding(queue_name = "orders")] id: QueueTrigger<u32>,
//!     #[binding(path = "log/orders.txt")] log: &mut Blob<String>,
//!     context: Context,
//! ) {
//!     tracing::info!("invocation {}", context.invocation_id());
//!     log.content.push_str(&format!("{}\n", id.message));
//! }
//!
//! fn main() -> ExitCode {
//!     azure_functions::run()
//! }
//! ```
//!
//! # Parameters
//!
//! - Exactly one **trigger**: a type that implements [`FromTrigger`], such as [`HttpRequest`](bindings::HttpRequest).
//! - Any number of **inputs**: [`FromInput`], such as [`Blob`](bindings::Blob), or `Option` of one.
//! - Parts of the invocation: [`Context`], and [`State`] that [`App::state`] was given.
//!
//! A parameter is taken by value or by `&`; by `&mut` if its type is an [`Update`]: it is then written back if it changed.
//!
//! # Return values
//!
//! A type that implements [`IntoOutput`], `()`, `Option` of one, `Vec` of an [`IntoElement`], a tuple of these (called `$return`,
//! `output1`, `output2` …), or a `Result` of any of them with any error that converts into [`BoxError`].
//!
//! # Payloads
//!
//! `QueueTrigger<T>`, `Blob<T>`, `HttpRequest<T>` and their like take any `T` that serde can read: strings and bytes are taken as
//! they are, every other type is JSON. [`Json<T>`](Json) asks for JSON even when `T` is a string.
//!
//! # Bindings of your own
//!
//! [`FromTrigger`], [`FromInput`] and [`IntoOutput`] each have an example; nothing has to be registered. A binding that has no
//! type yet can be used through [`GenericTrigger`](bindings::GenericTrigger) and its siblings.
//!
//! # What happens to failures
//!
//! An error, a panic or a value that does not fit fails its invocation and no other; the host logs the message and, for
//! queues and blobs, tries again; [`Permanent`] marks an error that this does not cure. A body that is not the `T` of an HTTP function is answered with 400.
//!
//! # Around the functions
//!
//! [`App::on_start`], [`App::state_with`] and [`App::on_stop`] are for what an app needs before its functions run and after. With
//! the feature `tower`, `App::layer` puts `tower` middleware around them.
//!
//! # Traces and logs
//!
//! `tracing` events and `log` records of a function reach the host's log. [`Context::trace`] has the host's trace context, and
//! [`Context::set_trace_attribute`] adds a tag to the host's span. With the feature `opentelemetry`, `App::opentelemetry` exports
//! each invocation as a span below the host's, with the spans and events in it, and flushes before the answer. Without the
//! feature it adds no crate.
//!
//! # Running
//!
//! The binary is a language worker: a Functions host starts it. `cargo func run` does so on the embedded host.

// So that `#[func]` works in the tests of this crate.
#[cfg(test)]
extern crate self as azure_functions;

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;
mod app;
mod binding;
pub mod bindings;
mod context;
mod data;
#[cfg(feature = "durable")]
mod driver;
pub mod env;
mod error;
mod function;
mod hook;
mod input;
#[cfg(feature = "tower")]
pub mod layer;
mod lazy;
mod mark;
#[cfg(feature = "tower")]
mod mount;
mod output;
mod payload;
mod registry;
mod retry;
mod settlement;
mod time;
mod trigger;
mod wire;
mod worker;

#[cfg(feature = "tower")]
pub use crate::mount::Mount;
#[cfg(feature = "opentelemetry")]
pub use crate::worker::telemetry::OpenTelemetry;
pub use azure_functions_codegen::{BindingData, func, functions};
pub use bytes::Bytes;
pub use cookie;
pub use http;
pub use jiff::Timestamp;
#[cfg(feature = "mcp")]
pub use schemars;

pub use crate::{
    app::{App, run},
    binding::{
        Binding, BindingData, Cardinality, DataType, Description, Offers, Property, Rule, Setting,
        Syntax, Value,
    },
    context::{Child, ChildError, Context, Retry, State, Trace},
    data::Data,
    error::{BindError, BoxError, Error, InvokeError},
    function::{Call, FunctionDef, Invoker, Outputs, ParameterDef},
    hook::AppContext,
    input::{Argument, FromBatch, FromContext, FromInput, FromTrigger, Update},
    lazy::Lazy,
    mark::{Permanent, ResultExt, Transient},
    output::{IntoElement, IntoOutput, IntoOutputs},
    payload::Json,
    retry::RetryPolicy,
    trigger::Trigger,
    worker::logs::LogLayer,
};

/// The README's example compiles.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
