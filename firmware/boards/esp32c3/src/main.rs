//! A node on the ESP32-C3, over its USB serial port and with pulses on four pins.
#![no_std]
#![no_main]

mod clock;
mod panic;
mod port;

use esp_bootloader_esp_idf::esp_app_desc;
use esp_hal::clock::CpuClock;
use esp_hal::delay::Delay;
use esp_hal::gpio::{Level, Output, OutputConfig};
use esp_hal::rtc_cntl::{Rtc, RwdtStage};
use esp_hal::time::Duration;
use esp_hal::timer::systimer::SystemTimer;
use esp_hal::usb::usb_serial_jtag::UsbSerialJtag;
use glif_node::{Identity, Node, Pulses, words};
use static_cell::ConstStaticCell;

use crate::clock::Timer;
use crate::port::Port;

esp_app_desc!();

/// Blocks of 32 neurons. 4096 neurons take 104 KB of the 313 KB that the boot loader leaves.
const BLOCKS: usize = 128;
const COMPONENTS: usize = 4;
const FRAME: usize = 1536;
/// Timeout of the watchdog, which is fed each time the node polls its port. The node is busy for a quarter of
/// a second (`Run`) and one step at the longest.
const WATCHDOG: Duration = Duration::from_millis(2000);
/// Width of a spike pulse, ns.
const PULSE: u32 = 10_000;
const IDENTITY: Identity = Identity { core: "RV32IMC", board: "esp32c3" };

static NODE: ConstStaticCell<Node<{ words(BLOCKS, COMPONENTS) }, COMPONENTS, FRAME>> =
    ConstStaticCell::new(Node::new());

#[esp_hal::main]
fn main() -> ! {
    let chip = esp_hal::init(esp_hal::Config::default().with_cpu_clock(CpuClock::max()));
    let timer = SystemTimer::new(chip.SYSTIMER);
    let clock = Timer::start(&timer);
    let mut watchdog = Rtc::new(chip.RTC_TIMER).rwdt;
    watchdog.set_timeout(RwdtStage::Stage0, WATCHDOG);
    watchdog.enable();
    let port = Port::new(UsbSerialJtag::new(chip.USB_DEVICE), timer.alarm0, watchdog);

    let config = OutputConfig::default();
    let pins = [
        Output::new(chip.GPIO4, Level::Low, config),
        Output::new(chip.GPIO5, Level::Low, config),
        Output::new(chip.GPIO6, Level::Low, config),
        Output::new(chip.GPIO7, Level::Low, config),
    ];
    let outputs = Pulses { pins, delay: Delay::new(), width: PULSE };

    let node = NODE.take();
    let _failed = node.serve(IDENTITY, port, clock, outputs);
    esp_hal::system::software_reset()
}
