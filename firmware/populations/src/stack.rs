//! Measures the stack of a call: the memory below the stack pointer is painted before the call and checked
//! after it.

use core::arch::asm;
use core::hint::black_box;
use core::ptr;

const PAINT: u32 = 0xcccc_cccc;
/// Bytes to paint, if the memory has that many: more than any operation takes.
const WINDOW: usize = 256 * 1024;

/// Returns the size of the result of `work`, and the stack that `work` takes, in bytes. The stack includes
/// the result.
#[inline(never)]
pub(crate) fn depth<T>(work: impl FnOnce() -> T) -> (usize, usize) {
    let top = pointer();
    let bottom = variables_end().max(top.saturating_sub(WINDOW)).next_multiple_of(size_of::<u32>());
    let words = || (bottom..top).step_by(size_of::<u32>()).map(ptr::with_exposed_provenance_mut::<u32>);
    for word in words() {
        // SAFETY: an aligned word of RAM between the last variable and the stack pointer, where nothing is
        // stored.
        unsafe { word.write_volatile(PAINT) };
    }
    call(work);
    // SAFETY: as above. `work` has returned, so its data there is dead.
    let untouched = words().take_while(|word| unsafe { word.read_volatile() } == PAINT).count();
    (size_of::<T>(), top - bottom - untouched * size_of::<u32>())
}

/// Runs `work` in a separate stack frame, below that of the function that paints. `black_box` forces the
/// result to be built.
#[inline(never)]
fn call<T>(work: impl FnOnce() -> T) {
    black_box(&work());
}

/// Returns the stack pointer.
#[inline(always)]
fn pointer() -> usize {
    let pointer;
    // SAFETY: only copies a register.
    unsafe {
        #[cfg(target_arch = "arm")]
        asm!("mov {}, sp", out(reg) pointer, options(nomem, nostack, preserves_flags));
        #[cfg(target_arch = "riscv32")]
        asm!("mv {}, sp", out(reg) pointer, options(nomem, nostack, preserves_flags));
    }
    pointer
}

/// Returns the address after the last variable.
fn variables_end() -> usize {
    // SAFETY: the linker script of either runtime defines the symbol. Only its address is used.
    unsafe extern "C" {
        /// Defined by the linker script of either runtime.
        static __ebss: u32;
    }
    (&raw const __ebss).addr()
}
