//! A node on the nRF52840, over UARTE0 and with pulses on four pins.
#![no_std]
#![no_main]

use cortex_m_rt::entry;
use embassy_nrf::bind_interrupts;
use embassy_nrf::buffered_uarte::{BufferedUarte, InterruptHandler};
use embassy_nrf::config::{Config, HfclkSource};
use embassy_nrf::gpio::{Level, Output, OutputDrive};
use embassy_nrf::peripherals::UARTE0;
use embassy_nrf::uarte::{self, Baudrate};
use embassy_nrf::wdt::{self, HaltConfig, SleepConfig, Watchdog};
use glif_node::{Identity, Node, Pulses, words};
use glif_silicon::{BAUD, Cycles, FRAME, Port, RINGS, Sleep, WATCHDOG, serve};
use static_cell::ConstStaticCell;

bind_interrupts!(struct Interrupts {
    UARTE0 => InterruptHandler<UARTE0>;
});

/// Clock of the core, Hz. It is fixed.
const FREQUENCY: u32 = 64_000_000;
/// Clock of the watchdog, Hz.
const LOW_FREQUENCY: u32 = 32_768;
/// Blocks of 32 neurons. 4096 neurons take 104 KB of the 256 KB of RAM.
const BLOCKS: usize = 128;
const COMPONENTS: usize = 4;
/// Width of a spike pulse, ns.
const PULSE: u32 = 10_000;
const IDENTITY: Identity = Identity { core: "Cortex-M4F", board: "nrf52840" };

static NODE: ConstStaticCell<Node<{ words(BLOCKS, COMPONENTS) }, COMPONENTS, FRAME>> =
    ConstStaticCell::new(Node::new());

#[entry]
fn main() -> ! {
    let mut config = Config::default();
    // The crystal, because real-time mode keeps its time by this clock. The internal oscillator may be off by
    // several percent.
    config.hfclk_source = HfclkSource::ExternalXtal;
    let chip = embassy_nrf::init(config);
    let mut core = cortex_m::Peripherals::take().expect("main runs once");
    let clock = Cycles::start(&mut core.DCB, &mut core.DWT, FREQUENCY);

    let mut config = wdt::Config::default();
    config.timeout_ticks = WATCHDOG * LOW_FREQUENCY / 1000;
    // SysTick stops while this core sleeps, so nothing would wake the core to feed the watchdog.
    config.action_during_sleep = SleepConfig::Pause;
    config.action_during_debug_halt = HaltConfig::Pause;
    let Ok((_, [mut watchdog])) = Watchdog::try_new(chip.WDT, config) else {
        // The watchdog still runs from earlier firmware, with other settings. It will reset the part, and is
        // off after that.
        loop {
            cortex_m::asm::nop();
        }
    };
    let idle = Sleep::new(core.SYST, move || watchdog.pet());

    const { assert!(BAUD == 115_200) };
    let mut config = uarte::Config::default();
    config.baudrate = Baudrate::Baud115200;
    let [sent, received] = RINGS.take();
    let uart = BufferedUarte::new(
        chip.UARTE0,
        chip.TIMER0,
        chip.PPI_CH0,
        chip.PPI_CH1,
        chip.PPI_GROUP0,
        chip.P0_08,
        chip.P0_06,
        Interrupts,
        config,
        received,
        sent,
    );

    let pins = [
        Output::new(chip.P1_01, Level::Low, OutputDrive::Standard),
        Output::new(chip.P1_02, Level::Low, OutputDrive::Standard),
        Output::new(chip.P1_03, Level::Low, OutputDrive::Standard),
        Output::new(chip.P1_04, Level::Low, OutputDrive::Standard),
    ];
    let outputs = Pulses { pins, delay: clock.delay(), width: PULSE };
    serve(NODE.take(), IDENTITY, Port::new(uart, idle), clock, outputs)
}
