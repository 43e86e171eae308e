//! Code that the QEMU boards share, apart from the node.
#![no_std]

mod panic;
mod port;

use core::ptr::NonNull;

pub use port::{Polled, Port};

/// Returns a pointer to `address`, which must not be 0. In a constant it is evaluated at compile time and
/// leaves no panic path.
pub const fn at<T>(address: usize) -> NonNull<T> {
    NonNull::new(address as *mut T).expect("nothing is at address 0")
}
