//! A node on the RP2040, over UART0 and with pulses on four pins.
#![no_std]
#![no_main]

mod clock;

use cortex_m::peripheral::SCB;
use cortex_m_rt::{entry, exception};
use embassy_rp::bind_interrupts;
use embassy_rp::gpio::{Level, Output};
use embassy_rp::peripherals::UART0;
use embassy_rp::uart::{BufferedInterruptHandler, BufferedUart, Config};
use embassy_rp::watchdog::Watchdog;
use embassy_time::{Delay, Duration};
use glif_node::{Identity, Node, Pulses};
use glif_silicon::port::{BAUD, FRAME, RING};
use glif_silicon::{Port, Sleep, WATCHDOG};
use static_cell::ConstStaticCell;

bind_interrupts!(struct Interrupts {
    UART0_IRQ => BufferedInterruptHandler<UART0>;
});

/// Blocks of 32: 4096 neurons take 104 KB of the 256.
const BLOCKS: usize = 128;
const COMPONENTS: usize = 4;
/// Of the watchdog.
const PATIENCE: Duration = Duration::from_millis(WATCHDOG as u64);
/// ns
const PULSE: u32 = 10_000;
const IDENTITY: Identity = Identity { core: "Cortex-M0+", board: "rp2040" };

static NODE: ConstStaticCell<Node<BLOCKS, COMPONENTS, FRAME>> = ConstStaticCell::new(Node::new());
static SENT: ConstStaticCell<[u8; RING]> = ConstStaticCell::new([0; RING]);
static RECEIVED: ConstStaticCell<[u8; RING]> = ConstStaticCell::new([0; RING]);

#[entry]
fn main() -> ! {
    let chip = embassy_rp::init(embassy_rp::config::Config::default());
    let core = cortex_m::Peripherals::take().expect("main runs once");
    let mut watchdog = Watchdog::new(chip.WATCHDOG);
    watchdog.pause_on_debug(true);
    watchdog.start(PATIENCE);
    let idle = Sleep::new(core.SYST, move || watchdog.feed(PATIENCE));

    let mut config = Config::default();
    config.baudrate = BAUD;
    let (sent, received) = (SENT.take(), RECEIVED.take());
    let uart = BufferedUart::new(chip.UART0, chip.PIN_0, chip.PIN_1, Interrupts, sent, received, config);

    let pins = [
        Output::new(chip.PIN_2, Level::Low),
        Output::new(chip.PIN_3, Level::Low),
        Output::new(chip.PIN_4, Level::Low),
        Output::new(chip.PIN_5, Level::Low),
    ];
    // By the timer: a loop of so many cycles takes three times as long on this core.
    let outputs = Pulses { pins, delay: Delay, width: PULSE };

    #[cfg(feature = "defmt")]
    defmt::info!("glif node on {}: {} neurons", IDENTITY.board, 32 * BLOCKS);
    let node = NODE.take();
    let _failed = node.serve(IDENTITY, Port::new(uart, idle), clock::Timer, outputs);
    SCB::sys_reset()
}

/// Wakes the core, so that it feeds the watchdog while no byte comes.
#[exception]
fn SysTick() {}
