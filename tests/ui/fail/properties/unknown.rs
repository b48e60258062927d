//! Properties that a binding does not have.

use azure_functions::{
    bindings::{Blob, HttpRequest, HttpResponse, QueueTrigger},
    func, Context,
};

#[func]
fn misspelt(#[binding(queue_nam = "jobs")] _job: QueueTrigger) {}

#[func]
#[binding(name = "$return", pth = "a/b")]
fn of_output(#[binding(queue_name = "jobs")] job: QueueTrigger) -> Blob {
    job.message.into()
}

#[func]
#[binding(name = "$return", status = 200)]
fn of_none(_request: HttpRequest) -> HttpResponse {
    "".into()
}

#[func]
fn of_context(#[binding(queue_name = "jobs")] _job: QueueTrigger, #[binding(path = "x")] _context: Context) {}

fn main() {}
