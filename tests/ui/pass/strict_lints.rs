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
    bindings::{Blob, HttpRequest, HttpResponse, QueueTrigger},
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

fn main() {
    inner::quiet(HttpRequest::default());
}
