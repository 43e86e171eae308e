//! The panic handler. No panic path exists: with the feature `prove` the image links only if none does.

use core::panic::PanicInfo;

/// Resets the machine. The node then sends `Ready`, from which the host learns of the reset.
#[cfg(not(feature = "prove"))]
#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    reset()
}

#[cfg(feature = "prove")]
#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    // SAFETY: nothing defines this symbol. An image that still references it does not link, so no program can
    // call it.
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
    // SAFETY: the `virt` machine has this device register at this address, and nothing else uses it.
    unsafe { UniqueMmioPointer::new(FINISHER) }.write(RESET);
    loop {}
}
