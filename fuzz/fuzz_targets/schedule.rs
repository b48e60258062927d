//! Feeds the check `schedule` with what libFuzzer makes up.
#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| azure_functions_fuzz::schedule::check(data));
