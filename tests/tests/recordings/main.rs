//! What a real host and a worker said to each other, held against ours.
//!
//! Each module reads transcripts of `tests/data/transcripts`. A case that ours answers differently on purpose stands
//! in a list beside the test, with a reason; a listed case that no longer differs is a failure too.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that cannot read its data has to say so"
)]

mod outputs;
mod requests;
mod responses;
mod storage;
mod transcript;
mod wire;
