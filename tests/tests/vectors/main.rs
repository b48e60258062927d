//! What a real host did with thousands of inputs, held against ours.
//!
//! Each module reads one recording of `tests/data/vectors`. A case that ours answers differently on purpose stands
//! in a list beside the test, with a reason; a listed case that no longer differs is a failure too.

#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot read its data has to say so"
)]

mod blob_patterns;
mod compile_time;
mod expressions;
mod host_json;
mod json_conversion;
mod loads;
mod names;
mod ncrontab;
mod request_data;
mod routes;
mod storage_names;
mod support;
mod timespan;
