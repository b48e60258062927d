//! All that the output of `#[func]` names. Nothing here is for people to use.

pub use inventory;

pub use crate::{
    BindError, Call, Cardinality, DataType, FunctionDef, InvokeError, Invoker, Outputs,
    ParameterDef,
    binding::{
        Description, Setting, Value,
        check::{self, OutputSettings, Parameter},
    },
    input::{Argument, Update},
    output::IntoOutputs,
    registry::Registration,
};

/// What a compiled function's future is.
pub type Future = futures::future::BoxFuture<'static, Result<Outputs, InvokeError>>;
