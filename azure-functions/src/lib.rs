//! Write Azure Functions in Rust.
