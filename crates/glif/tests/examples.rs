//! The examples, which check their own results.

#[path = "../examples/adaptation.rs"]
mod adaptation;
#[path = "../examples/batch.rs"]
mod batch;

#[test]
fn adaptation_follows_the_published_curve() {
    adaptation::main().unwrap();
}

#[test]
fn batch_has_the_same_bits_on_two_threads() {
    batch::main().unwrap();
}
