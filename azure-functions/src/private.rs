//! All that the output of `#[func]` names, and how the fuzz targets make values that only a host can make. Nothing here is
//! for people to use.

use azure_functions_shared::rpc::TypedData;
use bytes::Bytes;
use http::request::Parts;

pub use inventory;

pub use crate::{
    BindError, Call, Cardinality, DataType, FunctionDef, InvokeError, Invoker, Outputs,
    ParameterDef, RetryPolicy,
    binding::{
        Description, Setting, Value,
        check::{self, OutputSettings, Parameter, Source},
    },
    input::{Argument, Update},
    output::IntoOutputs,
    registry::Registration,
};
use crate::{
    Data,
    bindings::http::arrived::{Arrived, Content},
};

/// What `#[func]` on an `impl` block names.
#[cfg(feature = "durable")]
pub mod methods {
    pub use azure_functions_durable::{Entity, Operation};

    pub use crate::bindings::durable::methods::definition;
}

/// What `#[func]` writes for an `impl` block, where it has a meaning.
#[cfg(feature = "durable")]
#[doc(hidden)]
#[macro_export]
macro_rules! __methods {
    ($($written:tt)*) => { $($written)* };
}

/// What `#[func]` writes for an `impl` block, where it has a meaning.
#[cfg(not(feature = "durable"))]
#[doc(hidden)]
#[macro_export]
macro_rules! __methods {
    ($($written:tt)*) => {
        ::core::compile_error!(
            "`#[func]` on an `impl` block makes an entity of Durable Functions: switch on the feature `durable` of `azure-functions`"
        );
    };
}

/// A value as the host sends it.
#[expect(
    clippy::needless_pass_by_value,
    reason = "a value is what its callers have"
)]
pub fn wire_data(data: TypedData) -> Data {
    Data::from_wire(&data)
}

/// A request as the host forwards it, with the values of the route's parameters.
pub fn forwarded(
    parts: Parts,
    params: impl IntoIterator<Item = (String, String)>,
    body: Bytes,
) -> Data {
    Data::request(Arrived::new(parts, params, Content::Bytes(body)))
}

/// The type of a function, by which its definition is found.
pub fn identity<F: 'static>(_: &F) -> std::any::TypeId {
    std::any::TypeId::of::<F>()
}

/// What a compiled function's future is.
pub type Future = futures::future::BoxFuture<'static, Result<Outputs, InvokeError>>;

/// Finds the names of a payload's members: its own constant where there are names, else that of [`UnknownPayload`].
#[derive(Debug)]
pub struct Payload<T>(std::marker::PhantomData<T>);

impl<T: crate::BindingData> Payload<T> {
    /// The names of the members.
    pub const NAMES: Option<&'static [&'static str]> = T::NAMES;
}

/// A payload of which nothing is known.
pub trait UnknownPayload {
    /// The names of the members.
    const NAMES: Option<&'static [&'static str]> = None;
}

impl<T> UnknownPayload for Payload<T> {}

/// Makes the compiler warn of a property that is written with a name it had before.
#[derive(Debug)]
pub struct Spelling<const OLD: bool>;

impl Spelling<false> {
    /// Nothing to say.
    pub const CHECKED: () = ();
}

impl Spelling<true> {
    /// The warning.
    #[deprecated(
        note = "the host has another name for this property now; the documentation of the binding gives it"
    )]
    pub const CHECKED: () = ();
}
