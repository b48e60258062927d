//! Names that cannot be those of bindings.

use azure_functions::{
    bindings::{Blob, QueueTrigger},
    func, Context,
};

#[func]
fn nameless(#[binding(queue_name = "jobs")] _: QueueTrigger) {}

#[func]
fn two_names(#[binding(queue_name = "jobs")] QueueTrigger { message: _a, id: _b, .. }: QueueTrigger) {}

#[func]
fn foreign(#[binding(queue_name = "jobs")] größe: QueueTrigger) {}

#[func]
fn clash(#[binding(queue_name = "jobs")] my_job: QueueTrigger, #[expect(non_snake_case)] myJob: Context) {}

#[func]
fn hidden_clash(
    #[binding(queue_name = "jobs")] _job: QueueTrigger,
    #[binding(path = "a/b")] _blob: &mut Blob,
    #[binding(path = "a/c")] _blob_out: Blob,
) {
}

#[func]
#[binding(name = "output1", path = "a/b")]
fn output_clash(#[binding(queue_name = "jobs")] output1: QueueTrigger) -> ((), Blob) {
    ((), output1.message.into())
}

#[func]
fn reserved(#[binding(name = "$return", queue_name = "jobs")] _job: QueueTrigger) {}

fn main() {}
