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
mod built;
#[cfg(unix)]
mod check;
mod core_tools;
#[cfg(unix)]
mod deploy;
#[cfg(unix)]
mod doctor;
#[cfg(unix)]
mod durable;
mod errors;
mod functions;
mod help;
mod invoke;
#[cfg(unix)]
mod list;
#[cfg(unix)]
mod pack;
mod project;
#[cfg(unix)]
mod release;
#[cfg(unix)]
mod run;
#[cfg(unix)]
mod scripted;
mod shell;
mod stand_in;
mod support;
#[cfg(target_os = "linux")]
mod survival;
#[cfg(unix)]
mod templates;
#[cfg(unix)]
mod tour;
