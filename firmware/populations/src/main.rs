//! Every operation of `glif_core::Population`, called as user firmware calls it: every model, several formats
//! and rounding modes.
//!
//! The image serves two checks. With the feature `prove` it links only if none of these calls can panic. When
//! it runs, it reports by semihosting how much stack each call takes, one line per call: population,
//! operation, bytes that the operation returns, and bytes of stack including the returned value.
//!
//! The prefix of an operation's name is its kind: `state/` works on a population in place; `deriving/`
//! derives coefficients, with the caller's list of errors; `value/` returns a large object or such a list by
//! value.
#![no_std]
#![no_main]

mod operations;
mod report;
mod stack;

#[cfg(target_arch = "arm")]
use cortex_m_rt::entry;
use glif_core::fixed::types::I16F16;
use glif_core::population::Place;
use glif_core::{Alif, ParamErrors};
// Provides the panic handler.
use glif_emulated as _;
#[cfg(target_arch = "riscv32")]
use riscv_rt::entry;

/// Neurons of the largest population: the 16 KiB of a micro:bit can hold it and copies of its arrays.
const MANY: usize = if cfg!(feature = "microbit") { 64 } else { 2048 };
/// Threshold components per neuron.
const COMPONENTS: usize = 4;

/// Memory for the largest population.
type Large = Place<Alif<I16F16, COMPONENTS>, MANY>;

/// Runs every operation once, with the largest population and the error list in statics.
#[cfg(target_arch = "arm")]
#[entry]
fn main() -> ! {
    static mut PLACE: Large = Place::new();
    static mut ERRORS: ParamErrors = ParamErrors::new();
    operations::all(PLACE, ERRORS);
    report::end()
}

/// Runs every operation once, with the largest population and the error list in statics.
#[cfg(target_arch = "riscv32")]
#[entry]
fn main() -> ! {
    use static_cell::ConstStaticCell;

    static PLACE: ConstStaticCell<Large> = ConstStaticCell::new(Place::new());
    static ERRORS: ConstStaticCell<ParamErrors> = ConstStaticCell::new(ParamErrors::new());
    // `take` would leave a panic path in the image.
    if let (Some(place), Some(errors)) = (PLACE.try_take(), ERRORS.try_take()) {
        operations::all(place, errors);
    }
    report::end()
}
