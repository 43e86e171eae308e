//! Logging through defmt, or nothing.

/// `defmt::debug!` with the feature `defmt`.
#[cfg(feature = "defmt")]
macro_rules! debug {
    ($($arguments:tt)*) => { defmt::debug!($($arguments)*) };
}

/// Nothing: the feature `defmt` is off.
#[cfg(not(feature = "defmt"))]
macro_rules! debug {
    ($format:literal $(, $value:expr)*) => { $( let _ = &$value; )* };
}

pub(crate) use debug;
