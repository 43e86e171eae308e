//! What a board counts time with.

/// A counter that runs freely: cycles where a core counts them, else a timer.
///
/// ```
/// use std::time::Instant;
///
/// /// Microseconds of the machine it runs on.
/// struct Micros(Instant);
///
/// impl glif_node::Clock for Micros {
///     fn ticks(&mut self) -> u32 { self.0.elapsed().as_micros() as u32 }
///     fn frequency(&self) -> u32 { 1_000_000 }
/// }
/// ```
pub trait Clock {
    /// Wraps at 2³².
    fn ticks(&mut self) -> u32;
    /// Ticks a second.
    fn frequency(&self) -> u32;
}
