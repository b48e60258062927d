//! The attribute is silent under the strictest lints of a user.

#![forbid(unsafe_code)]
#![deny(
    warnings,
    missing_docs,
    missing_debug_implementations,
    unreachable_pub,
    unused_qualifications,
    unused_results,
    single_use_lifetimes,
    let_underscore_drop,
    rust_2018_idioms,
    trivial_casts,
    variant_size_differences,
    non_upper_case_globals
)]

use azure_functions::{
    BindingData,
    bindings::{Blob, CosmosDbTrigger, HttpRequest, HttpResponse, QueueTrigger},
    func,
};

/// Greets.
#[func]
pub async fn greet(request: HttpRequest) -> HttpResponse {
    drop(request);
    "hello".into()
}

mod inner {
    use azure_functions::{bindings::HttpRequest, func};

    #[func]
    pub(super) fn quiet(_request: HttpRequest) {}
}

#[func]
#[binding(name = "$return", path = "abc/b")]
fn keep(#[binding(queue_name = "jobs")] job: QueueTrigger, #[binding(path = "cde/d")] old: &mut Blob) -> Blob {
    let _old: &Blob = old;
    job.message.into()
}

/// Still called by the host, and by nobody else.
#[func]
#[deprecated]
pub fn outdated(_request: HttpRequest) {}

#[func]
#[expect(deprecated, reason = "one expectation for the function and for the old name of a property")]
fn expected(#[binding(database_name = "shop", collection_name = "orders")] _orders: CosmosDbTrigger) {
    outdated(HttpRequest::default());
}

/// A payload that nobody should use any more.
#[deprecated]
#[derive(Debug, BindingData)]
pub struct Outdated<T: Default = u32, const N: usize = 1>
where
    T: Copy,
{
    /// Its only member.
    pub id: [T; N],
}

fn main() {
    inner::quiet(HttpRequest::default());
}
