//! The suite on a core. Each test runs separately, from reset. The runner reads the list of tests from the
//! image.
#![cfg_attr(feature = "on-target", no_std, no_main)]

/// Without a board there is nothing to run on. The host's own tests call the same functions.
#[cfg(not(feature = "on-target"))]
fn main() {
    println!("no board: give one of the features microbit, an385, an386, an500, an505, an547, virt");
}

#[cfg(feature = "cortex")]
use cortex_m_rt as _;
#[cfg(feature = "virt")]
use riscv_rt as _;

#[cfg(feature = "on-target")]
#[embedded_test::tests]
mod tests {
    use glif_suite::{Wrong, golden, numbers, rules};

    /// Prints an error and returns the result: the runner shows what a core prints, not what a test returns.
    fn report(result: Result<(), Wrong>) -> Result<(), Wrong> {
        result.inspect_err(|wrong| semihosting::println!("{wrong:#x?}"))
    }

    #[test]
    fn runs_of_inferno() -> Result<(), Wrong> {
        report(golden::replay().map(|cases| assert!(cases > 20, "only {cases} cases")))
    }

    #[test]
    fn every_format_and_rounding() -> Result<(), Wrong> {
        report(numbers::check())
    }

    #[test]
    fn refractory_counts() -> Result<(), Wrong> {
        report(rules::refractory_counts())
    }

    #[test]
    fn new_step_time() -> Result<(), Wrong> {
        report(rules::new_step_time())
    }

    #[test]
    fn refused_parameters() -> Result<(), Wrong> {
        report(rules::refused_parameters())
    }
}
