//! The panic handler. No panic is known, but a part's HAL can panic if a clock tree is wrong.

/// Panics with a message for the debug probe. It goes out over RTT, `probe-rs run` prints it with a
/// backtrace, and the core stops at a fault. Without a probe, the watchdog then resets the part.
#[cfg(feature = "defmt")]
mod probe {
    use defmt_rtt as _;
    use panic_probe as _;
}

/// Resets the part. The node then sends `Ready`, from which the host learns of the reset.
#[cfg(not(feature = "defmt"))]
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    cortex_m::peripheral::SCB::sys_reset()
}
