//! The suite on a core. Each test is a run of its own from reset; the runner knows them from the image.
#![cfg_attr(any(feature = "cortex", feature = "virt"), no_std, no_main)]

/// Without a board there is nothing to run on: the host's own tests call the same functions.
#[cfg(not(any(feature = "cortex", feature = "virt")))]
fn main() {
    println!("no board: give one of the features microbit, mps2, an505, an547, virt");
}

#[cfg(feature = "cortex")]
use cortex_m_rt as _;
#[cfg(feature = "virt")]
use riscv_rt as _;

#[cfg(any(feature = "cortex", feature = "virt"))]
#[embedded_test::tests]
mod tests {
    use glif_suite::{Wrong, golden, numbers, rules};

    #[test]
    fn runs_of_inferno() -> Result<(), Wrong> {
        let cases = golden::replay()?;
        assert!(cases > 20, "only {cases} cases");
        Ok(())
    }

    #[test]
    fn every_format_and_rounding() -> Result<(), Wrong> {
        numbers::check()
    }

    #[test]
    fn refractory_counts() -> Result<(), Wrong> {
        rules::refractory_counts()
    }

    #[test]
    fn new_step_time() -> Result<(), Wrong> {
        rules::new_step_time()
    }

    #[test]
    fn refused_parameters() -> Result<(), Wrong> {
        rules::refused_parameters()
    }
}
