//! The smallest glif firmware: a population that `glif freeze` has turned into constants, stepped forever.
//! The image contains no `exp`, no `f64`, no parser and no panic.
//!
//! A feature selects another program: `allen` a mouse cortical neuron, `network` the network of `examples/direction`,
//! `digits` that of `examples/digits`, `braille` a recurrent network. Each module says what its program sends.
#![no_std]
#![no_main]

#[cfg_attr(feature = "microbit", path = "microbit.rs")]
#[cfg_attr(feature = "an386", path = "an386.rs")]
#[cfg_attr(feature = "rp2040", path = "rp2040.rs")]
mod board;
#[cfg(any(feature = "digits", feature = "braille"))]
mod clock;
mod panic;
#[cfg_attr(feature = "network", path = "direction.rs")]
#[cfg_attr(feature = "digits", path = "digits.rs")]
#[cfg_attr(feature = "braille", path = "braille.rs")]
#[cfg_attr(not(any(feature = "network", feature = "digits", feature = "braille")), path = "alone.rs")]
mod program;

use board::Uart;
use cortex_m_rt::entry;

#[entry]
fn main() -> ! {
    static mut STATE: program::State = program::START;
    program::run(&mut Uart::new(), STATE)
}

/// Sends words in hexadecimal, the last word first.
fn line(uart: &mut Uart, words: &[u32]) {
    for word in words.iter().rev() {
        for nibble in (0..8).rev() {
            let digit = (word >> (4 * nibble) & 15) as u8;
            uart.send(if digit < 10 { b'0' + digit } else { b'a' + digit - 10 });
        }
    }
    uart.send(b'\n');
}
