//! Types that cannot be parameters.

use azure_functions::{
    bindings::{Blob, HttpRequest},
    func, Context,
};

#[func]
fn number(_request: HttpRequest, _count: u32) {}

struct Mine;

#[func]
async fn own(_request: HttpRequest, _mine: &Mine) {}

#[func]
fn mutable(_request: HttpRequest, _context: &mut Context) {}

#[func]
fn many(_request: HttpRequest, #[binding(path = "abc/b")] _blobs: Vec<Blob>) {}

fn main() {}
