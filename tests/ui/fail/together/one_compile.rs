//! Many mistakes in one function are reported in one compile, those of syntax and those of types.

use azure_functions::{
    bindings::{Blob, HttpRequest, QueueTrigger, TimerInfo},
    func,
};

#[func(nam = "x")]
#[binding(name = "nope", path = "abc/b")]
fn many(
    #[binding(queue_nam = "jobs")] _job: QueueTrigger,
    #[binding(schedule = true)] _timer: TimerInfo,
    #[binding(path = "abc/b", path = "abc/c")] _blob: Blob,
    _: HttpRequest,
    _count: u32,
) -> u32 {
    1
}

fn main() {}
