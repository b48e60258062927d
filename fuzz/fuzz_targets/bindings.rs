//! Feeds the check `bindings` with what libFuzzer makes up.
#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| azure_functions_fuzz::bindings::check(data));
