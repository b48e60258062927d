//! Write Azure Functions in Rust.

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;
mod app;
mod binding;
pub mod bindings;
mod context;
mod data;
pub mod env;
mod error;
mod function;
mod input;
mod output;
mod payload;
mod registry;
mod time;
mod worker;

pub use azure_functions_codegen::{func, functions};
pub use bytes::Bytes;
pub use cookie;
pub use http;
pub use jiff::Timestamp;

pub use crate::{
    app::{App, run},
    binding::{Binding, Cardinality, DataType, Description, Property, Setting, Value},
    context::{Context, Retry, State, Trace},
    data::Data,
    error::{BindError, BoxError, Error, InvokeError},
    function::{Call, FunctionDef, Invoker, Outputs, ParameterDef, Trigger},
    input::{Argument, FromContext, FromInput, FromTrigger, Update},
    output::{IntoElement, IntoOutput, IntoOutputs},
    payload::Json,
    worker::logs::LogLayer,
};
