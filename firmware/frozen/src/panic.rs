//! What a panic would do. There is none: `--features prove` makes the linker say so.

use core::panic::PanicInfo;

#[cfg(not(feature = "prove"))]
#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    loop {}
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
