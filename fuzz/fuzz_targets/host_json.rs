//! Feeds the check `host_json` with what libFuzzer makes up.
#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| azure_functions_fuzz::host_json::check(data));
