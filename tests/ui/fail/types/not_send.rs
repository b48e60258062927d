//! A future that cannot move between threads.

use std::rc::Rc;

use azure_functions::{bindings::HttpRequest, func};

#[func]
async fn rc(_request: HttpRequest) {
    let count = Rc::new(1);
    std::future::ready(()).await;
    drop(count);
}

fn main() {}
