//! How much stack a call takes: the memory below the stack pointer is painted before it, and looked at afterwards.

use core::arch::asm;
use core::hint::black_box;
use core::ptr;

const PAINT: u32 = 0xcccc_cccc;
/// Bytes that are painted, where there are so many: more than any operation takes.
const WINDOW: usize = 256 * 1024;

/// Bytes of what `work` returns, and bytes of stack that it takes, what it returns among them.
#[inline(never)]
pub(crate) fn depth<T>(work: impl FnOnce() -> T) -> (usize, usize) {
    let top = pointer();
    let bottom = variables_end().max(top.saturating_sub(WINDOW)).next_multiple_of(size_of::<u32>());
    let words = || (bottom..top).step_by(size_of::<u32>()).map(ptr::with_exposed_provenance_mut::<u32>);
    for word in words() {
        // SAFETY: an aligned word of RAM between the last variable and the stack pointer, which nothing lives in.
        unsafe { word.write_volatile(PAINT) };
    }
    call(work);
    // SAFETY: as above; what `work` kept there is gone.
    let untouched = words().take_while(|word| unsafe { word.read_volatile() } == PAINT).count();
    (size_of::<T>(), top - bottom - untouched * size_of::<u32>())
}

/// A frame of its own, below the one that paints. What is returned is made, whether anyone reads it or not.
#[inline(never)]
fn call<T>(work: impl FnOnce() -> T) {
    black_box(&work());
}

/// The stack pointer.
#[inline(always)]
fn pointer() -> usize {
    let pointer;
    // SAFETY: copies a register.
    unsafe {
        #[cfg(target_arch = "arm")]
        asm!("mov {}, sp", out(reg) pointer, options(nomem, nostack, preserves_flags));
        #[cfg(target_arch = "riscv32")]
        asm!("mv {}, sp", out(reg) pointer, options(nomem, nostack, preserves_flags));
    }
    pointer
}

/// The address behind the last variable.
fn variables_end() -> usize {
    // SAFETY: the linker script of either runtime defines the symbol; only its address is taken.
    unsafe extern "C" {
        /// From the linker script of either runtime.
        static __ebss: u32;
    }
    (&raw const __ebss).addr()
}
