//! The smallest glif firmware: a population that `glif freeze` has turned into constants, stepped forever.
//! The image contains no `exp`, no `f64`, no parser and no panic.
//!
//! The population is that of `examples/frozen.toml`, in 16.16 fixed point on a Cortex-M0 or M0+ and in f32 on
//! a Cortex-M4F. Its currents are [`quarter_nanoamperes`]. After each step the UART sends its spikes as a line
//! of hexadecimal digits, with neuron 0 in the last bit.
//!
//! With the feature `allen` the population is one mouse cortical neuron, GLIF5, under a step of 250 pA. The UART
//! then sends the number of each step in which it fires.
//!
//! With the feature `network` it is the network of `examples/direction`.
#![no_std]
#![no_main]

#[cfg_attr(feature = "microbit", path = "microbit.rs")]
#[cfg_attr(feature = "an386", path = "an386.rs")]
#[cfg_attr(feature = "rp2040", path = "rp2040.rs")]
mod board;
#[cfg(feature = "network")]
mod direction;
mod panic;

use board::Uart;
#[cfg(not(feature = "network"))]
use board::population::{AT_REST, Arrays, FLAGS, NEURON, NEURONS};
use cortex_m_rt::entry;
#[cfg(not(feature = "network"))]
use glif_core::RngCounter;

#[cfg(feature = "network")]
#[entry]
fn main() -> ! {
    static mut NETWORK: board::direction::Network = board::direction::Network::START;
    match direction::run(&mut Uart::new(), NETWORK) {}
}

#[cfg(not(feature = "network"))]
#[entry]
fn main() -> ! {
    static mut STATE: Arrays = AT_REST;
    let mut uart = Uart::new();
    let mut spikes = [0; NEURONS.div_ceil(32)];
    let mut step = 0_u32;
    loop {
        let currents = core::array::from_fn::<_, NEURONS, _>(|i| board::current(quarter_nanoamperes(step, i as u32)));
        let at = RngCounter { step: step.into(), neuron: 0 };
        // The only error is a length mismatch, and the types make the lengths agree.
        if NEURON.run(STATE.as_mut(), &currents, FLAGS, at, &mut spikes).is_ok() {
            if !cfg!(feature = "allen") {
                line(&mut uart, &spikes);
            } else if spikes.iter().any(|word| *word != 0) {
                line(&mut uart, &[step]);
            }
        }
        step = step.wrapping_add(1);
        #[cfg(feature = "disprove")]
        assert!(step > 0, "a panic path");
    }
}

#[cfg(not(feature = "network"))]
/// Returns the current at a neuron and step, in quarters of a nanoampere. It rises from 0 to 31.5 nA within 512
/// steps and then drops to 0. Each neuron is half a nanoampere ahead of the previous one.
///
/// The mouse neuron gets 250 pA from 50 to 450 ms of each 500 ms.
fn quarter_nanoamperes(step: u32, neuron: u32) -> u8 {
    if cfg!(feature = "allen") {
        u8::from((1_000..9_000).contains(&(step % 10_000)))
    } else {
        ((step >> 3).wrapping_add(neuron) & 63) as u8 * 2
    }
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
