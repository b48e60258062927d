//! Routes that the host refuses, or that take it down.

use azure_functions::{bindings::HttpRequest, func};

#[func]
fn unclosed(#[binding(route = "items/{id")] _request: HttpRequest) {}

#[func]
fn two_in_a_row(#[binding(route = "{a}{b}")] _request: HttpRequest) {}

#[func]
fn reserved(#[binding(route = "admin/items")] _request: HttpRequest) {}

#[func]
fn twice(#[binding(route = "{id}/{id}")] _request: HttpRequest) {}

#[func]
fn own_name(#[binding(route = "items/{Item}", name = "item")] _item: HttpRequest) {}

// This is good.
#[func]
fn good(#[binding(route = "items/{id:int?}")] _request: HttpRequest) {}

fn main() {}
