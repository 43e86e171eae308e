//! What the boards in QEMU share beside the node.
#![no_std]

mod panic;
mod port;

use core::ptr::NonNull;

pub use port::{Polled, Port};

/// A pointer to what has an address. In a constant it is evaluated when compiled, so that it leaves no panic.
pub const fn at<T>(address: usize) -> NonNull<T> {
    NonNull::new(address as *mut T).expect("nothing is at address 0")
}
