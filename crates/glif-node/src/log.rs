//! Logging through defmt, or nothing.

/// Forwards to `defmt::debug!`: the feature `defmt` is on.
#[cfg(feature = "defmt")]
macro_rules! debug {
    ($($arguments:tt)*) => { defmt::debug!($($arguments)*) };
}

/// Does nothing: the feature `defmt` is off.
#[cfg(not(feature = "defmt"))]
macro_rules! debug {
    ($format:literal $(, $value:expr)*) => { $( let _ = &$value; )* };
}

pub(crate) use debug;
