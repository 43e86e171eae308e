//! What a panic would do. There is none: with the feature `prove` the linker says so.

use core::panic::PanicInfo;

/// Starts anew: the node then says that it is ready, and so the host hears of it.
#[cfg(not(feature = "prove"))]
#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    reset()
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

#[cfg(all(target_arch = "arm", not(feature = "prove")))]
fn reset() -> ! {
    cortex_m::peripheral::SCB::sys_reset()
}

#[cfg(all(target_arch = "riscv32", not(feature = "prove")))]
fn reset() -> ! {
    use core::ptr::NonNull;

    use safe_mmio::UniqueMmioPointer;
    use safe_mmio::fields::WriteOnly;

    const FINISHER: NonNull<WriteOnly<u32>> = crate::at(0x0010_0000);
    const RESET: u32 = 0x7777;
    // SAFETY: the register of a device that the `virt` machine has at this address, and that nothing else uses.
    unsafe { UniqueMmioPointer::new(FINISHER) }.write(RESET);
    loop {}
}
