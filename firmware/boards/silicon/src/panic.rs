//! What a panic does. None is known; the parts' HALs can panic where a clock tree is wrong.

/// With a debug probe: the message goes out by RTT, `probe-rs run` prints it with a backtrace, and the core stops at a fault.
/// Without a probe the watchdog resets the part then.
#[cfg(feature = "defmt")]
mod probe {
    use defmt_rtt as _;
    use panic_probe as _;
}

/// Resets the part. The node then sends `Ready`, which tells its host.
#[cfg(not(feature = "defmt"))]
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    cortex_m::peripheral::SCB::sys_reset()
}
