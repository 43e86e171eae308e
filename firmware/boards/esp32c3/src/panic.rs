//! The panic handler. No panic is known.

/// Resets the part. The node then sends `Ready`, from which the host learns of the reset. A panic message is
/// not sent, because it would go out through the same port.
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    esp_hal::system::software_reset()
}
