//! A node on the RP2040 or the RP2350, over UART0 and with pulses on four pins.
#![no_std]
#![no_main]

#[cfg_attr(feature = "rp2040", path = "rp2040.rs")]
#[cfg_attr(feature = "rp2350", path = "rp2350.rs")]
mod chip;

use cortex_m_rt::entry;
use embassy_rp::bind_interrupts;
use embassy_rp::gpio::{Level, Output};
use embassy_rp::peripherals::UART0;
use embassy_rp::uart::{BufferedInterruptHandler, BufferedUart, Config};
use embassy_rp::watchdog::Watchdog;
use embassy_time::Duration;
use glif_node::{Node, Pulses, words};
use glif_silicon::{BAUD, FRAME, Port, RINGS, Sleep, WATCHDOG, serve};
use static_cell::ConstStaticCell;

use crate::chip::{BLOCKS, IDENTITY};

bind_interrupts!(struct Interrupts {
    UART0_IRQ => BufferedInterruptHandler<UART0>;
});

const COMPONENTS: usize = 4;
/// Timeout of the watchdog.
const PATIENCE: Duration = Duration::from_millis(WATCHDOG as u64);
/// Width of a spike pulse, ns.
const PULSE: u32 = 10_000;

static NODE: ConstStaticCell<Node<{ words(BLOCKS, COMPONENTS) }, COMPONENTS, FRAME>> =
    ConstStaticCell::new(Node::new());

#[entry]
fn main() -> ! {
    let chip = embassy_rp::init(embassy_rp::config::Config::default());
    let mut core = cortex_m::Peripherals::take().expect("main runs once");
    let (clock, delay) = chip::clock(&mut core);
    let mut watchdog = Watchdog::new(chip.WATCHDOG);
    watchdog.pause_on_debug(true);
    watchdog.start(PATIENCE);
    let idle = Sleep::new(core.SYST, move || watchdog.feed(PATIENCE));

    let mut config = Config::default();
    config.baudrate = BAUD;
    let [sent, received] = RINGS.take();
    let uart = BufferedUart::new(chip.UART0, chip.PIN_0, chip.PIN_1, Interrupts, sent, received, config);

    let pins = [
        Output::new(chip.PIN_2, Level::Low),
        Output::new(chip.PIN_3, Level::Low),
        Output::new(chip.PIN_4, Level::Low),
        Output::new(chip.PIN_5, Level::Low),
    ];
    let outputs = Pulses { pins, delay, width: PULSE };
    serve(NODE.take(), IDENTITY, Port::new(uart, idle), clock, outputs)
}
