#![no_main]

libfuzzer_sys::fuzz_target!(init: morphospace_fuzz::begin(), |bytes: &[u8]| morphospace_fuzz::go("command_line", bytes));
