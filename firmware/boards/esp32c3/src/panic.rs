//! What a panic does. None is known.

/// Resets the part. The node then sends `Ready`, which tells its host; a message of its own would go out by the same port.
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    esp_hal::system::software_reset()
}
