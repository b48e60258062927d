//! Types that cannot be returned.

use azure_functions::{
    bindings::{Blob, HttpRequest, HttpResponse, QueueTrigger},
    func,
};

#[func]
fn number(_request: HttpRequest) -> u32 {
    1
}

#[func]
fn in_tuple(_request: HttpRequest) -> (HttpResponse, u32) {
    ("".into(), 1)
}

#[func]
fn many(_request: HttpRequest) -> Vec<HttpResponse> {
    Vec::new()
}

#[func]
fn error(_request: HttpRequest) -> Result<HttpResponse, u32> {
    Err(1)
}

#[func]
fn future(_request: HttpRequest) -> std::future::Ready<HttpResponse> {
    std::future::ready("".into())
}

#[func]
#[binding(name = "output1", path = "abc/b")]
fn response_without_request(#[binding(queue_name = "jobs")] job: QueueTrigger) -> (HttpResponse, Blob) {
    ("".into(), job.message.into())
}

fn main() {}
