//! `#[binding(name = …)]` on the function that names nothing, or the wrong thing.

use azure_functions::{
    bindings::{Blob, QueueTrigger},
    func,
};

#[func]
#[binding(name = "nope", path = "abc/b")]
fn unknown(#[binding(queue_name = "jobs")] _job: QueueTrigger) {}

#[func]
#[binding(name = "$return", path = "abc/b")]
fn no_output(#[binding(queue_name = "jobs")] _job: QueueTrigger) {}

#[func]
#[binding(name = "output2", path = "abc/b")]
fn other_output(#[binding(queue_name = "jobs")] job: QueueTrigger) -> ((), Blob) {
    ((), job.message.into())
}

#[func]
#[binding(path = "abc/b")]
fn nameless(#[binding(queue_name = "jobs")] job: QueueTrigger) -> Blob {
    job.message.into()
}

#[func]
#[binding(name = "$return", path = "abc/b")]
#[binding(name = "$return", path = "abc/c")]
fn twice(#[binding(queue_name = "jobs")] job: QueueTrigger) -> Blob {
    job.message.into()
}

#[func]
#[binding(name = "job", queue_name = "jobs")]
fn in_both_places(#[binding(queue_name = "jobs")] job: QueueTrigger) {
    drop(job);
}

#[func]
fn two_blocks(
    #[binding(queue_name = "jobs")]
    #[binding(connection = "Storage")]
    _job: QueueTrigger,
) {
}

fn main() {}
