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
#![expect(
    clippy::too_many_lines,
    reason = "the tests are tables, whose rows are what the tool says"
)]

#[cfg(unix)]
mod build;
#[cfg(unix)]
mod deploy;
mod errors;
mod functions;
mod help;
#[cfg(unix)]
mod pack;
mod project;
#[cfg(unix)]
mod release;
#[cfg(unix)]
mod run;
mod shell;
mod support;
#[cfg(unix)]
mod templates;
