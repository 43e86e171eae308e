//! The clock tree.

use embassy_stm32::Config;
use embassy_stm32::rcc::{APBPrescaler, Pll, PllMul, PllPDiv, PllPreDiv, PllSource, Sysclk};

/// Clock of the core, Hz: the maximum of the part.
pub(crate) const FREQUENCY: u32 = 100_000_000;

/// 100 MHz from the internal oscillator, so that any board works: 16 MHz / 8 * 100 / 2. It may be off by one
/// percent. A UART tolerates that; real-time mode is off by as much.
pub(crate) fn config() -> Config {
    let mut config = Config::default();
    config.rcc.pll_src = PllSource::HSI;
    config.rcc.pll =
        Some(Pll { prediv: PllPreDiv::DIV8, mul: PllMul::MUL100, divp: Some(PllPDiv::DIV2), divq: None, divr: None });
    config.rcc.sys = Sysclk::PLL1_P;
    // The slow bus (APB1) allows half of that.
    config.rcc.apb1_pre = APBPrescaler::DIV2;
    config
}
