#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| glif_tests::attack::nir(bytes));
