//! `cargo func`: create, run, pack and deploy Azure Functions written in Rust.

fn main() {}
