//! What a panic would do. There is none: with the feature `prove` the linker says so.

use core::panic::PanicInfo;

/// Starts anew: the node then says that it is ready, and so the host hears of it.
#[cfg(not(feature = "prove"))]
#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    cortex_m::peripheral::SCB::sys_reset()
}

#[cfg(feature = "prove")]
#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    // SAFETY: nothing defines it, so that an image in which it is left does not link, and none can call it.
    unsafe extern "C" {
        safe fn a_panic_path_is_left() -> !;
    }
    a_panic_path_is_left()
}
