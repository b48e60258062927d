//! An embedded Azure Functions host: it speaks the worker protocol to a function app on a bare machine.

pub mod binding_data;
pub mod blob_path;
pub mod blob_pattern;
pub mod clock;
pub mod config;
pub mod dotnet;
mod error;
mod event;
pub mod expression;
pub mod functions;
pub mod json_text;
pub mod lenient_json;
pub mod route;
pub mod schedule;
pub mod store;
pub mod wire;
