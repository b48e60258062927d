//! Names that cannot be those of bindings.

use azure_functions::{
    bindings::{Blob, HttpRequest, HttpResponse, QueueTrigger},
    func, Context,
};

#[func]
fn nameless(#[binding(queue_name = "jobs")] _: QueueTrigger) {}

#[func]
fn two_names(#[binding(queue_name = "jobs")] QueueTrigger { message: _a, id: _b, .. }: QueueTrigger) {}

#[func]
fn foreign(#[binding(queue_name = "jobs")] _größe: QueueTrigger) {}

#[func]
fn clash(#[binding(queue_name = "jobs")] _my_job: QueueTrigger, #[expect(non_snake_case)] _myJob: Context) {}

#[func]
fn hidden_clash(
    #[binding(queue_name = "jobs")] _job: QueueTrigger,
    #[binding(path = "abc/b")] _blob: &mut Blob,
    #[binding(path = "abc/c")] _blob_out: Blob,
) {
}

#[func]
fn output_clash(output1: HttpRequest) -> ((), HttpResponse) {
    ((), output1.url().into())
}

#[func]
fn reserved(#[binding(name = "$return", queue_name = "jobs")] _job: QueueTrigger) {}

fn main() {}
