//! `cargo func` as a person sees it: its help, its errors, and a run from start to Ctrl-C.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has to say so"
)]
#![expect(
    clippy::needless_raw_string_hashes,
    reason = "`expect-test` writes strings so"
)]

#[cfg(unix)]
mod core_tools;
mod errors;
mod help;
#[cfg(unix)]
mod run;
mod support;
#[cfg(unix)]
mod tour;
