//! A node on the STM32F411, over USART2 and with pulses on four pins.
#![no_std]
#![no_main]

mod clocks;

use cortex_m_rt::entry;
use embassy_stm32::bind_interrupts;
use embassy_stm32::gpio::{Level, Output, Speed};
use embassy_stm32::peripherals::USART2;
use embassy_stm32::usart::{BufferedInterruptHandler, BufferedUart, Config};
use embassy_stm32::wdg::IndependentWatchdog;
use glif_node::{Identity, Node, Pulses, words};
use glif_silicon::{BAUD, Cycles, FRAME, Port, RINGS, Sleep, WATCHDOG, serve};
use static_cell::ConstStaticCell;

use crate::clocks::FREQUENCY;

bind_interrupts!(struct Interrupts {
    USART2 => BufferedInterruptHandler<USART2>;
});

/// Blocks of 32 neurons. 2048 neurons take 52 KB of the 128 KB of RAM.
const BLOCKS: usize = 64;
const COMPONENTS: usize = 4;
/// Width of a spike pulse, ns.
const PULSE: u32 = 10_000;
const IDENTITY: Identity = Identity { core: "Cortex-M4F", board: "stm32f411" };

static NODE: ConstStaticCell<Node<{ words(BLOCKS, COMPONENTS) }, COMPONENTS, FRAME>> =
    ConstStaticCell::new(Node::new());

#[entry]
fn main() -> ! {
    let chip = embassy_stm32::init(clocks::config());
    let mut core = cortex_m::Peripherals::take().expect("main runs once");
    let clock = Cycles::start(&mut core.DCB, &mut core.DWT, FREQUENCY);
    let mut watchdog = IndependentWatchdog::new(chip.IWDG, WATCHDOG * 1000);
    watchdog.unleash();
    let idle = Sleep::new(core.SYST, move || watchdog.pet());

    let mut config = Config::default();
    config.baudrate = BAUD;
    let [sent, received] = RINGS.take();
    let uart = BufferedUart::new(chip.USART2, chip.PA3, chip.PA2, sent, received, Interrupts, config)
        .expect("the clock divides to the baud rate");

    let pins = [
        Output::new(chip.PA10, Level::Low, Speed::Low),
        Output::new(chip.PB10, Level::Low, Speed::Low),
        Output::new(chip.PA8, Level::Low, Speed::Low),
        Output::new(chip.PA9, Level::Low, Speed::Low),
    ];
    let outputs = Pulses { pins, delay: clock.delay(), width: PULSE };
    serve(NODE.take(), IDENTITY, Port::new(uart, idle), clock, outputs)
}
