//! `cargo func` as a person sees it: its help, its errors, and a run from start to Ctrl-C.

mod errors;
mod help;
#[cfg(unix)]
mod run;
mod support;
